package integrations

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"grazie/crm"
)

// NeedsSMTPUTF8 is the Detail of a mail refused because its address has
// letters beyond ASCII and the mailer cannot deliver to those. It is also the
// reason that the message gets.
const NeedsSMTPUTF8 = string(crm.ReasonNeedsSMTPUTF8)

// CheckMail refuses what no mailer may send, before it is turned into headers
// or JSON: line breaks that would smuggle headers in, headers that belong to the
// mailer, missing parts (mail-and-domain.md, 5.3). The message names the field
// and never its value.
func CheckMail(m crm.Mail) error {
	for _, field := range []struct{ name, value string }{
		{"message id", m.MessageID}, {"sender's name", m.From.Name}, {"sender's address", m.From.Email},
		{"recipient's name", m.To.Name}, {"recipient's address", m.To.Email}, {"reply address", m.ReplyTo}, {"subject", m.Subject},
	} {
		if !headerSafe(field.value) {
			return fmt.Errorf("the %s holds a line break or another control character", field.name)
		}
	}
	for name, value := range m.Headers {
		if !headerName(name) {
			return errors.New("a header's name is malformed")
		}
		if !headerSafe(value) || len(value) > maxHeader {
			return fmt.Errorf("the header %q is malformed or too long", name)
		}
		if own[strings.ToLower(name)] {
			return fmt.Errorf("the header %q is set by the mailer", name)
		}
	}
	switch {
	case m.MessageID == "":
		return errors.New("the message id is missing")
	case !address(m.From.Email) || !address(m.To.Email) || m.ReplyTo != "" && !address(m.ReplyTo):
		return errors.New("an address is missing or malformed")
	case m.Subject == "":
		return errors.New("the subject is missing")
	case m.Text == "" || m.HTML == "":
		return errors.New("the text or the HTML part is missing")
	case !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML):
		return errors.New("a part is not UTF-8")
	}
	return nil
}

// ASCII tells whether an address can be written to without SMTPUTF8. Domains
// are A-labels already, see crm.Customer.
func ASCII(address string) bool {
	return ascii(address)
}

// maxHeader keeps a header within a line of 998 octets even if it cannot be
// folded (RFC 5322, 2.1.1).
const maxHeader = 900

// own are the headers that a mailer writes, and those that SendGrid refuses
// (mail-and-domain.md, 2.1). All mailers refuse the same, so that a mail does
// not depend on who carries it.
var own = map[string]bool{
	"from": true, "sender": true, "to": true, "cc": true, "bcc": true, "reply-to": true, "subject": true, "date": true,
	"message-id": true, "mime-version": true, "content-type": true, "content-transfer-encoding": true,
	"received": true, "return-path": true, "dkim-signature": true, "x-sg-id": true, "x-sg-eid": true,
}

func headerName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return name != ""
}

func headerSafe(value string) bool {
	for _, r := range value {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return utf8.ValidString(value)
}

// address tells whether text could be one at all: lists and names are refused,
// and what is too long for SMTP (RFC 5321, 4.5.3.1); the rest is left to the
// mail servers.
func address(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && len(local) <= 64 && domain != "" && len(text) <= 254 && !strings.ContainsAny(text, " <>,;\"()\\") && !strings.Contains(domain, "@")
}

// maxQuote is how much of a service's words is kept.
const maxQuote = 300

var mailAddress = regexp.MustCompile(`[^\s<>"'(),;:]+@[^\s<>"'(),;:]+`)

// Quote makes what a service said fit for an Error's Detail: on one line, not
// too long, without mail addresses, which services like to repeat.
func Quote(text string) string {
	text = mailAddress.ReplaceAllString(crm.Clean(strings.ToValidUTF8(text, "?")), "(address)")
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "..."
	}
	return text
}
