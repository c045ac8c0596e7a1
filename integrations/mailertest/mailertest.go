// Package mailertest holds what every mailer must keep, and stand-ins for the
// outside: a SendGrid and an SMTP server.
package mailertest

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Harness is one mailer with the outside that it talks to. What cannot happen
// to a mailer stays nil.
type Harness struct {
	Mailer     integrations.Mailer
	Connection integrations.Connection
	Now        time.Time                    // what the mailer's clock says
	Arrived    func(t *testing.T) []Arrived // all mails taken so far
	Secrets    []string                     // never to be seen in an error
	UTF8       bool                         // delivers to addresses beyond ASCII

	Down         func()           // from now on nobody answers
	LoseAnswer   func()           // the next mail is taken, and its answer lost
	Refuse       func()           // the next mail is refused for good
	Busy         func()           // the next mail is refused for now
	Limit        func() time.Time // the next mail comes too fast; says until when, zero when not told
	Unauthorized func()           // from now on the credentials are wrong
}

// Run holds a mailer to the contract of integrations.Mailer. start makes a fresh
// harness for each case.
func Run(t *testing.T, start func(t *testing.T) *Harness) {
	t.Run("Settings", func(t *testing.T) { settings(t, start(t)) })
	t.Run("Arrives", func(t *testing.T) { arrives(t, start) })
	t.Run("SameMessage", func(t *testing.T) { sameMessage(t, start(t)) })
	t.Run("HeaderInjection", func(t *testing.T) { injection(t, start(t)) })
	t.Run("BeyondASCII", func(t *testing.T) { beyondASCII(t, start(t)) })
	t.Run("Cancelled", func(t *testing.T) { cancelled(t, start(t)) })
	t.Run("Concurrent", func(t *testing.T) { concurrent(t, start(t)) })

	// A failure that is certain leaves nothing behind, and the next mail goes through.
	failure := func(name string, kind integrations.Kind, taken int, lasts bool, cause func(h *Harness) bool) {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			if !cause(h) {
				return // cannot happen to this mailer
			}
			h.fails(t, context.Background(), Letter("msg_1"), kind)
			if n := len(h.Arrived(t)); n != taken {
				t.Errorf("%d mails were taken, want %d", n, taken)
			}
			if lasts {
				if err := h.Mailer.Check(t.Context(), h.Connection); err == nil {
					t.Error("Check finds nothing wrong")
				} else {
					h.silent(t, err)
				}
				return
			}
			h.send(t, Letter("msg_2"))
		})
	}
	failure("Down", integrations.Temporary, 0, true, func(h *Harness) bool { return call(h.Down) })
	failure("Unauthorized", integrations.Unauthorized, 0, true, func(h *Harness) bool { return call(h.Unauthorized) })
	failure("AnswerLost", integrations.Unknown, 1, false, func(h *Harness) bool { return call(h.LoseAnswer) })
	failure("Refused", integrations.Rejected, 0, false, func(h *Harness) bool { return call(h.Refuse) })
	failure("Busy", integrations.Temporary, 0, false, func(h *Harness) bool { return call(h.Busy) })
	t.Run("RateLimited", func(t *testing.T) {
		h := start(t)
		if h.Limit == nil {
			return
		}
		until := h.Limit()
		if err := h.fails(t, context.Background(), Letter("msg_1"), integrations.RateLimited); !err.RetryAt.Equal(until) {
			t.Errorf("try again at %v, want %v", err.RetryAt, until)
		}
	})
}

func call(f func()) bool {
	if f == nil {
		return false
	}
	f()
	return true
}

// Letter is a mail that nothing is wrong with.
func Letter(id string) crm.Mail {
	return crm.Mail{
		MessageID: id, ShopID: "shp_1", Journey: "thank_you", Purpose: crm.Transactional, Locale: "en",
		From: crm.Mailbox{Name: "Rosa", Email: "rosa@shop.example"}, To: crm.Mailbox{Name: "Anna", Email: "anna@customer.example"},
		ReplyTo: "hello@shop.example",
		Subject: "Thank you, Anna", Text: "Thank you!\n", HTML: "<p>Thank you!</p>\n",
		Headers: map[string]string{"Auto-Submitted": "auto-generated"},
	}
}

// send must succeed and give proof.
func (h *Harness) send(t *testing.T, m crm.Mail) {
	t.Helper()
	r, err := h.Mailer.Send(t.Context(), h.Connection, m)
	if err != nil {
		t.Fatal(err)
	}
	if r.By != h.Mailer.Name() || r.ID == "" || !r.At.Equal(h.Now) {
		t.Errorf("receipt %+v", r)
	}
}

// fails sends and wants an error of a kind that tells no secrets.
func (h *Harness) fails(t *testing.T, ctx context.Context, m crm.Mail, kind integrations.Kind) *integrations.Error {
	t.Helper()
	_, err := h.Mailer.Send(ctx, h.Connection, m)
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Service != h.Mailer.Name() {
		t.Fatalf("%v, want %s", err, kind)
	}
	h.silent(t, err, m.To.Email)
	return e
}

// silent checks that an error tells neither secrets nor whom the mail was for.
func (h *Harness) silent(t *testing.T, err error, personal ...string) {
	t.Helper()
	for _, secret := range append(personal, h.Secrets...) {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}

// matches compares a mail with what was handed over. Line ends are the way's own.
func matches(t *testing.T, got Arrived, want crm.Mail) {
	t.Helper()
	if got.ID != want.MessageID || got.Subject != want.Subject || got.From != want.From || got.To.Email != want.To.Email || got.ReplyTo != want.ReplyTo {
		t.Errorf("got  %q %q %q %q %q\nwant %q %q %q %q %q", got.ID, got.Subject, got.From, got.To.Email, got.ReplyTo,
			want.MessageID, want.Subject, want.From, want.To.Email, want.ReplyTo)
	}
	name := strings.NewReplacer(",", " ", ";", " ") // refused by some in the recipient's name
	if g, w := strings.Fields(name.Replace(got.To.Name)), strings.Fields(name.Replace(want.To.Name)); strings.Join(g, " ") != strings.Join(w, " ") {
		t.Errorf("to %q, want %q", got.To.Name, want.To.Name)
	}
	for header := range maps.Keys(want.Headers) {
		if g := got.Header(header); g != want.Headers[header] {
			t.Errorf("%s: %q, want %q", header, g, want.Headers[header])
		}
	}
	parts := []Part{{"text/plain", want.Text}, {"text/html", want.HTML}}
	if len(got.Parts) != 2 {
		t.Fatalf("%d parts", len(got.Parts))
	}
	for i, part := range parts {
		part.Text = strings.ReplaceAll(part.Text, "\r\n", "\n")
		if got.Parts[i] != part {
			t.Errorf("part %d is %s\n%q\nwant %s\n%q", i, got.Parts[i].Type, got.Parts[i].Text, part.Type, part.Text)
		}
	}
}
