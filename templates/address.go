package templates

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"grazie/crm"
)

// address fills the head of a mail.
func address(m *crm.Mail, f crm.Facts, l *letter) error {
	m.From = crm.Mailbox{Name: cleanLabel(f.Shop.Sender.Name), Email: f.Shop.Sender.Email}
	if m.From.Name == "" {
		m.From.Name = cleanShop(f.Shop)
	}
	m.ReplyTo = f.Shop.ReplyTo
	m.To = crm.Mailbox{Name: toName(f, l.lang.FamilyFirst), Email: f.Customer.Email}
	if f.Order != nil && f.Order.Email != "" {
		m.To.Email = f.Order.Email
	}
	m.Headers = headers(f, l)
	if m.From.Email == "" {
		return fmt.Errorf("templates: the shop has no sender address")
	}
	if m.To.Email == "" {
		return fmt.Errorf("templates: the customer has no address")
	}
	return refuseBreaks(m)
}

// headers are those of mail-and-domain.md, 1.2. Feedback-ID is never unique per
// message; X-Entity-Ref-ID always is, so that Gmail does not fold letters of
// one subject. A post to List-Unsubscribe must end the mails at once, so only an
// encrypted address offers it (RFC 8058, 3.1).
func headers(f crm.Facts, l *letter) map[string]string {
	campaign, kind := gestures[f.Message.Journey].campaign, "tx"
	if f.Message.Purpose == crm.Marketing {
		kind = "mk"
	}
	h := map[string]string{
		"Auto-Submitted":  "auto-generated",
		"Feedback-ID":     campaign + ":" + feedbackField(f.Shop.ID) + ":" + kind + ":grazie",
		"X-Entity-Ref-ID": reference(f.Message.ID),
	}
	if l.unsubscribeURL != "" {
		h["List-Unsubscribe"] = "<" + l.unsubscribeURL + ">"
		if strings.HasPrefix(l.unsubscribeURL, "https://") {
			h["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
		}
		h["List-Id"] = listID(campaign, f.Shop)
	}
	return h
}

// reference is another name for a message, which tells nothing of it.
func reference(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id))
	return strconv.FormatUint(h.Sum64(), 16)
}

// listID names the stream of mails, the same for a shop's mails of one kind
// (RFC 2919). The shop's name goes with it where it needs no encoding: an
// encoded word would swallow the id.
func listID(campaign string, s crm.Shop) string {
	domain := host(s.Domain)
	if domain == "" {
		_, domain, _ = strings.Cut(s.Sender.Email, "@")
	}
	if domain = host(domain); domain == "" {
		domain = "grazie.invalid"
	}
	id := "<" + campaign + "." + domain + ">"
	if name := cleanShop(s); plainPhrase.MatchString(name) {
		return name + " " + id
	}
	return id
}

// plainPhrase is a name that a header may hold as it is (RFC 5322, 3.2.5).
var plainPhrase = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 '&+-]*$`)

// feedbackField keeps a value in its field: a colon would begin the next.
func feedbackField(s string) string { return strings.ReplaceAll(s, ":", "-") }

// cleanShop is the shop's name for texts and headers.
func cleanShop(s crm.Shop) string { return truncate(cleanLabel(s.Name), 80) }

// refuseBreaks looks at everything that becomes a header: a line break there
// would write headers of its own, so such a mail is never sent
// (mail-and-domain.md, 5.3). Names were cleaned; what is left is a fault in
// what we were given.
func refuseBreaks(m *crm.Mail) error {
	check := func(what, value string) error {
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("templates: %s holds a line break or NUL", what)
		}
		return nil
	}
	fields := [][2]string{
		{"From", m.From.Name}, {"From", m.From.Email}, {"To", m.To.Name}, {"To", m.To.Email},
		{"Reply-To", m.ReplyTo}, {"Subject", m.Subject}, {"the message id", m.MessageID},
	}
	for _, f := range fields {
		if err := check(f[0], f[1]); err != nil {
			return err
		}
	}
	for name, value := range m.Headers {
		if err := check(name, name+value); err != nil {
			return err
		}
	}
	return nil
}
