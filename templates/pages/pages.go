// Package pages renders the HTML pages that Grazie shows in a browser. It
// makes no decisions: what a page shows is given to it.
package pages

import (
	"embed"
	"html/template"
	"io"
	"time"

	"grazie/crm"
)

//go:embed *.html style.css
var files embed.FS

// Style is the stylesheet that all pages use.
func Style() []byte {
	css, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // it is in the binary
	}
	return css
}

var parsed = template.Must(template.New("").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") },
	"inc":  func(n int) int { return n + 1 },
}).ParseFS(files, "*.html"))

// OutboxMail is one mail in the outbox, as the pages show it. One without a
// date is a file that could not be read.
type OutboxMail struct {
	ID, Subject, Locale, Journey, Text string
	From, To                           crm.Mailbox
	ReplyTo                            string
	At                                 time.Time
	Headers                            map[string]string
	Href, Frame                        string // addresses of its page and of its HTML
}

// Outbox is the list of mails that were written instead of sent.
type Outbox struct {
	Mails []OutboxMail
	Total int
	Next  string // address of the next page; empty on the last one
}

// WriteOutbox renders the list.
func WriteOutbox(w io.Writer, o Outbox) error { return parsed.ExecuteTemplate(w, "outbox.html", o) }

// WriteMail renders one mail with its parts.
func WriteMail(w io.Writer, m OutboxMail) error { return parsed.ExecuteTemplate(w, "mail.html", m) }
