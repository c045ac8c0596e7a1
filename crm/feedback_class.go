package crm

import (
	"regexp"
	"strings"
)

var (
	enhancedCode = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)
	basicCode    = regexp.MustCompile(`^\s*([245]\d\d)\b`)
)

// ClassOf reads a refusal (mail-and-domain.md, 1.6): the enhanced status code
// when it was told apart, the mail server's words, and whether whoever tells of
// it says that the address is not the cause. The words go before the code where
// servers are known to use one code for two things: some say "throttled" with
// that of a full mailbox.
func ClassOf(code, text string, blocked bool) BounceClass {
	basic := ""
	if m := basicCode.FindStringSubmatch(text); m != nil {
		basic = m[1]
	}
	if code == "" || strings.HasSuffix(code, ".0.0") { // says nothing: the words may hold a better one
		if m := enhancedCode.FindString(text); m != "" {
			code = m
		}
	}
	c := classOf(code, basic, strings.ToLower(text), blocked)
	if blocked && c.Suppresses() {
		return BounceUnclassified
	}
	return c
}

func classOf(code, basic, words string, blocked bool) BounceClass {
	class, detail, _ := strings.Cut(code, ".")
	soft := class == "4" || code == "" && strings.HasPrefix(basic, "4")
	switch {
	case code == "4.7.28" || code == "4.2.1" || (soft || blocked) && says(words, rateWords):
		return BounceRate
	case detail == "2.2" || code == "" && basic == "552" || says(words, fullWords):
		return BounceFull
	case detail == "3.4" || detail == "2.3":
		return BounceTooBig
	case code == "5.4.4" || basic == "556": // no way there: no such domain, or one that takes no mail (RFC 7505)
		return BounceInvalid
	case strings.HasPrefix(detail, "4."):
		return BounceNetwork
	case (code == "5.7.0" || code == "5.7.1") && says(words, contentWords), strings.HasPrefix(detail, "6."):
		return BounceContent
	case strings.HasPrefix(detail, "7."), detail == "1.7", detail == "1.8": // policy; and the sender's own address
		return BounceReputation
	case class == "5" && strings.HasPrefix(detail, "1."):
		return BounceInvalid
	case code == "5.2.1", code == "5.2.0":
		return BounceInactive
	case soft:
		return BounceNetwork
	}
	return classOfWords(basic, words)
}

// classOfWords is for refusals whose code says no more than no.
func classOfWords(basic, words string) BounceClass {
	switch {
	case says(words, contentWords):
		return BounceContent
	case says(words, reputationWords):
		return BounceReputation
	case says(words, unknownWords):
		return BounceInvalid
	case says(words, inactiveWords):
		return BounceInactive
	case basic == "550" || basic == "551" || basic == "553":
		return BounceInvalid
	}
	return BounceUnclassified
}

// What mail servers say, in lower case.
var (
	rateWords = []string{"throttl", "rate limit", "ratelimit", "unusual rate", "too many", "too fast", "too much mail", "temporarily deferred",
		"[ts0", "(ts0", "tss0", "frequency", "slow down"}
	fullWords = []string{"mailbox full", "mailbox is full", "inbox is full", "inbox full", "over quota", "overquota", "quota exceeded",
		"exceeded storage", "out of storage", "insufficient storage for"}
	contentWords = []string{"spam", "content", "virus", "malware", "phish", "unsolicited", "suspicious", "blacklisted url", "message rejected due to"}

	reputationWords = []string{"blocklist", "blacklist", "block list", "reputation", "spf", "dkim", "dmarc", "authentication", "policy",
		"relay", "access denied", "not authorized", "banned"}
	unknownWords = []string{"user unknown", "unknown user", "unknown recipient", "no such user", "no such recipient", "no such mailbox",
		"does not exist", "doesn't exist", "not found", "invalid recipient", "recipient unknown", "no mailbox", "nobody here"}
	inactiveWords = []string{"disabled", "inactive", "deactivated", "suspended", "not active", "mailbox unavailable", "no longer"}
)

func says(words string, any []string) bool {
	for _, w := range any {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}
