package senderdns

import (
	"maps"
	"slices"
)

func say(what string, state State, code string, add Record) Finding {
	return Finding{What: what, State: state, Code: code, Advice: advice[code], Record: add}
}

// Codes are the names of all advice there is.
func Codes() []string { return slices.Sorted(maps.Keys(advice)) }

// advice is for a merchant who has never seen a record of the DNS. Which
// mailbox wants what stands in mail-and-domain.md, 1.1.
var advice = map[string]string{
	"unknown": "The DNS did not answer in time. Check again in a few minutes.",

	"free_mail": "Nobody but its provider may send from this address: Gmail, Yahoo, Outlook and others refuse such mails or file them as spam (DMARC). Use an address at your shop's own domain, such as hello@ before it.",
	"reserved":  "Nobody owns this domain: mails from it arrive nowhere. Use an address at your shop's own domain.",

	"spf_ok":       "It names SendGrid.",
	"spf_there":    "There is a record. Whether it names the server that sends your mails, only that server's operator can say.",
	"spf_provider": "SendGrid looks after it, by the names that you added for it.",
	"spf_missing":  "Servers that may send for your domain are not named. Every big mailbox asks for it. Add this record.",
	"spf_dots":     "Servers that may send for your domain are not named. Every big mailbox asks for it. Add this record; what stands for the dots, your mail service tells you.",
	"spf_two":      "There are two records, and two count as none. Merge them into one that begins with v=spf1.",
	"spf_open":     "It lets the whole world send for you. End it with ~all.",
	"spf_broken":   "It leads to a domain that has no such record, so mailboxes give up reading it. Remove that include, or mend its name.",
	"spf_lookups":  "It needs more than ten look-ups, so mailboxes give up reading it. Remove an include that you do not need any more.",
	"spf_include":  "It does not name SendGrid. Put this record in its place; or let SendGrid look after it, under Settings, Sender Authentication.",

	"dkim_ok":            "The key is there.",
	"dkim_missing":       "There is no key of this name. Your mail service tells you the record to add.",
	"dkim_sendgrid":      "SendGrid cannot sign for your domain. Authenticate it there, under Settings, Sender Authentication: it shows the records to add, of this form, with your own numbers.",
	"dkim_leads_nowhere": "The record is there and leads to no key. Compare it letter by letter with what your mail service shows.",
	"dkim_no_key":        "There is a record without a key that can be read. Copy it again from your mail service.",
	"dkim_short":         "The key is shorter than 1024 bits, which Gmail and Yahoo refuse. Ask your mail service for one of 2048.",
	"dkim_selector":      "What the key is called, only your mail service can say: it names a selector. Type that, and check again.",

	"dmarc_ok":      "There is a policy. p=none is enough for all big mailboxes.",
	"dmarc_missing": "There is no policy. Gmail and Yahoo want one from all who send much, Outlook.com from 5,000 mails a day, iCloud from all. Add this record; it changes nothing for your other mails.",
	"dmarc_two":     "There are two records, and two count as none. Remove one.",
	"dmarc_policy":  "The record has no policy that mailboxes know. Put this one in its place.",

	"replies_ok":      "Answers arrive.",
	"replies_missing": "The domain has no mail server, so answers come back, and many mailboxes refuse mails from where they cannot answer. Use an address that receives mail.",
	"replies_refused": "The domain says that it takes no mail at all, so mailboxes refuse mails from it. Use an address that receives mail.",
}
