package smtp

import (
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"grazie/crm"
	"grazie/integrations"
)

// compose writes a mail as RFC 5322 and MIME have it: text before HTML, quoted-
// printable, long headers folded (mail-and-domain.md, 1.2 and 1.3). It says
// nothing about the program that wrote it.
func compose(m crm.Mail, now time.Time) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(&netmail.Address{Name: m.From.Name, Address: m.From.Email})
	msg.ToMailAddress(&netmail.Address{Name: m.To.Name, Address: m.To.Email})
	if m.ReplyTo != "" {
		msg.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo})
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(now)
	_, domain, _ := strings.Cut(m.From.Email, "@")
	msg.SetMessageIDWithValue(m.MessageID + "@" + domain)
	for name, value := range m.Headers {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg
}

// plain tells whether all addresses of a mail can go through any server.
// Others need SMTPUTF8 on the whole way (RFC 6531).
func plain(m crm.Mail) bool {
	return integrations.ASCII(m.From.Email) && integrations.ASCII(m.To.Email) && integrations.ASCII(m.ReplyTo)
}
