package handlers

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations/outbox"
	"grazie/journeys"
	"grazie/templates/pages"
)

// mailbox shows the mails that the outbox wrote. They are personal, so the
// address holds a key that only this installation can tell.
type mailbox struct{ Options }

// OutboxPath is the address of the list, below the public URL.
func OutboxPath(key string) string { return "/outbox/" + key }

func (m mailbox) allowed(c echo.Context) error {
	if m.OutboxKey == "" || subtle.ConstantTimeCompare([]byte(c.Param("key")), []byte(m.OutboxKey)) != 1 {
		return crm.ErrNotFound
	}
	return nil
}

const mailsOnPage = 50

func (m mailbox) list(c echo.Context) error {
	if err := m.allowed(c); err != nil {
		return err
	}
	page, err := m.Outbox.Mails(c.QueryParam("after"), mailsOnPage)
	if err != nil {
		return err
	}
	o := pages.Outbox{Total: page.Total}
	for _, mail := range page.Mails {
		o.Mails = append(o.Mails, m.view(mail))
	}
	if page.Next != "" {
		o.Next = OutboxPath(m.OutboxKey) + "?after=" + url.QueryEscape(page.Next)
	}
	return html(c, func(b *bytes.Buffer) error { return pages.WriteOutbox(b, o) })
}

func (m mailbox) show(c echo.Context) error {
	if err := m.allowed(c); err != nil {
		return err
	}
	mail, err := m.Outbox.Mail(c.Param("id"))
	if err != nil {
		return err
	}
	v := m.view(mail)
	v.Frame, v.Href = v.Href+"/html", OutboxPath(m.OutboxKey)
	return html(c, func(b *bytes.Buffer) error { return pages.WriteMail(b, v) })
}

// html is the mail's own HTML, for the frame on its page: it may style itself
// and show pictures, and nothing else.
func (m mailbox) html(c echo.Context) error {
	if err := m.allowed(c); err != nil {
		return err
	}
	mail, err := m.Outbox.Mail(c.Param("id"))
	if err != nil {
		return err
	}
	protect(c, "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors 'self'")
	return c.HTML(http.StatusOK, mail.HTML)
}

func (m mailbox) view(mail outbox.Mail) pages.OutboxMail {
	journey := mail.Journey
	if j, ok := journeys.Find(mail.Journey); ok {
		journey = j.Name
	}
	return pages.OutboxMail{
		ID: mail.ID, At: mail.At, Subject: mail.Subject, Locale: mail.Locale, Journey: journey, Text: mail.Text, Headers: mail.Headers,
		From: mail.From, To: mail.To, ReplyTo: mail.ReplyTo, Href: OutboxPath(m.OutboxKey) + "/" + mail.ID,
	}
}

// html renders a page whole before its first byte goes out, so that a broken
// page is an error and not half a page.
func html(c echo.Context, render func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return errors.Join(errors.New("a page could not be rendered"), err)
	}
	protect(c, "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return c.HTMLBlob(http.StatusOK, b.Bytes())
}

// protect sets the headers that keep a page and its address to itself.
func protect(c echo.Context, policy string) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func style(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "max-age=3600")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", pages.Style())
}
