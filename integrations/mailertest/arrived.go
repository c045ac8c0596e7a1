package mailertest

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"grazie/crm"
)

// Arrived is a mail as its reader has it, however it came.
type Arrived struct {
	ID      string // which of our messages it is
	From    crm.Mailbox
	To      crm.Mailbox
	ReplyTo string
	Subject string
	Parts   []Part // in their order
	Header  func(name string) string
}

// Part is one form of a mail's text, its lines ended by a line feed.
type Part struct{ Type, Text string }

// Arrived reads a kept mail.
func (m SendGridMail) Arrived() (Arrived, error) {
	if len(m.Personalizations) != 1 || len(m.Personalizations[0].To) != 1 {
		return Arrived{}, fmt.Errorf("not one recipient")
	}
	a := Arrived{
		ID: m.CustomArgs[MessageArg], From: m.From, To: m.Personalizations[0].To[0], Subject: m.Subject,
		Header: func(name string) string { return m.Headers[name] },
	}
	if m.ReplyTo != nil {
		a.ReplyTo = m.ReplyTo.Email
	}
	for _, c := range m.Content {
		a.Parts = append(a.Parts, Part{c.Type, strings.ReplaceAll(c.Value, "\r\n", "\n")})
	}
	return a, nil
}

// words decodes the encoded words of headers.
var words = new(mime.WordDecoder)

// Arrived reads a mail as a mail program does. It is strict where receivers are:
// one of each header, no line beyond 998 octets.
func (m SMTPMail) Arrived() (Arrived, error) {
	for line := range strings.SplitSeq(string(m.Raw), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			return Arrived{}, fmt.Errorf("a line of %d octets, or one that does not end in CR LF", len(line))
		}
	}
	head, body, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	head = strings.ReplaceAll(head, "\r\n ", " ") // net/mail unfolds and shrinks white space; RFC 5322 2.2.3 only unfolds
	msg, err := mail.ReadMessage(strings.NewReader(head + "\r\n\r\n" + body))
	if err != nil {
		return Arrived{}, err
	}
	for name, values := range msg.Header {
		if len(values) > 1 {
			return Arrived{}, fmt.Errorf("%s stands %d times", name, len(values))
		}
	}
	var a Arrived
	a.ID, _, _ = strings.Cut(strings.Trim(msg.Header.Get("Message-Id"), "<>"), "@")
	a.Header = func(name string) string {
		value, _ := words.DecodeHeader(msg.Header.Get(name))
		return value
	}
	a.Subject = a.Header("Subject")
	var reply crm.Mailbox
	for header, to := range map[string]*crm.Mailbox{"From": &a.From, "To": &a.To, "Reply-To": &reply} {
		if msg.Header.Get(header) == "" {
			continue
		}
		address, err := mail.ParseAddress(msg.Header.Get(header))
		if err != nil {
			return Arrived{}, fmt.Errorf("%s: %w", header, err)
		}
		*to = crm.Mailbox{Name: address.Name, Email: address.Address}
	}
	a.ReplyTo = reply.Email
	if m.From != a.From.Email || m.To != a.To.Email {
		return Arrived{}, fmt.Errorf("the envelope says %s to %s", m.From, m.To)
	}
	a.Parts, err = parts(msg)
	return a, err
}

func parts(msg *mail.Message) ([]Part, error) {
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return nil, fmt.Errorf("content type %q: %v", kind, err)
	}
	var all []Part
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if encoding := p.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
			return nil, fmt.Errorf("encoding %q", encoding)
		}
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(params["charset"], "utf-8") {
			return nil, fmt.Errorf("part %q in %q: %v", kind, params["charset"], err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			return nil, err
		}
		all = append(all, Part{kind, strings.ReplaceAll(string(text), "\r\n", "\n")})
	}
}
