package templates

import (
	"fmt"
	"strings"

	"grazie/crm"
)

// address fills the head of a mail. Transactional mail has no unsubscribe
// headers; Feedback-ID is never unique per message, X-Entity-Ref-ID always, so
// that Gmail does not fold letters of one subject (mail-and-domain.md, 1.2).
func address(m *crm.Mail, f crm.Facts, familyFirst bool) error {
	m.From = crm.Mailbox{Name: cleanLabel(f.Shop.Sender.Name), Email: f.Shop.Sender.Email}
	if m.From.Name == "" {
		m.From.Name = cleanShop(f.Shop)
	}
	m.ReplyTo = f.Shop.ReplyTo
	m.To = crm.Mailbox{Name: toName(f, familyFirst), Email: f.Customer.Email}
	if f.Order != nil && f.Order.Email != "" {
		m.To.Email = f.Order.Email
	}
	m.Headers = map[string]string{
		"Auto-Submitted":  "auto-generated",
		"Feedback-ID":     "thankyou:" + feedbackField(f.Shop.ID) + ":tx:grazie",
		"X-Entity-Ref-ID": f.Message.ID,
	}
	if m.From.Email == "" {
		return fmt.Errorf("templates: the shop has no sender address")
	}
	if m.To.Email == "" {
		return fmt.Errorf("templates: the customer has no address")
	}
	return refuseBreaks(m)
}

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
