package mailertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"grazie/crm"
	"grazie/integrations"
)

func settings(t *testing.T, h *Harness) {
	if h.Mailer.Name() == "" {
		t.Error("no name")
	}
	declared := map[string]bool{}
	for _, s := range h.Mailer.Settings() {
		if s.Key == "" || s.Label == "" || s.Kind == "" || declared[s.Key] {
			t.Errorf("setting %+v", s)
		}
		declared[s.Key] = true
		if s.Default != "" {
			if err := s.Check(s.Default); err != nil {
				t.Errorf("its own default is refused: %v", err)
			}
		}
	}
	for key := range h.Connection.Settings {
		if !declared[key] {
			t.Errorf("uses the setting %q and does not declare it", key)
		}
	}
	if err := h.Mailer.Check(t.Context(), h.Connection); err != nil {
		t.Errorf("Check: %v", err)
	}
	if n := len(h.Arrived(t)); n != 0 {
		t.Errorf("Check sent %d mails", n)
	}
}

// arrives sends what mails are made of in real life.
func arrives(t *testing.T, start func(t *testing.T) *Harness) {
	emoji := strings.Repeat("🎁 grazie ", 30)
	for name, change := range map[string]func(m *crm.Mail){
		"plain":           func(m *crm.Mail) {},
		"accents":         func(m *crm.Mail) { m.Subject = "Größe, naïve, Łódź, Việt Nam, ありがとう, شكرا" },
		"emoji":           func(m *crm.Mail) { m.Subject = "Danke 💛👩‍👩‍👧‍👦🇮🇹" },
		"long subject":    func(m *crm.Mail) { m.Subject = emoji + "!" },
		"long word":       func(m *crm.Mail) { m.Subject = strings.Repeat("x", 300) },
		"long ascii":      func(m *crm.Mail) { m.Subject = strings.Repeat("many short words  and doubled spaces ", 9) + "." },
		"quoted sender":   func(m *crm.Mail) { m.From.Name = `Rosa "Rosé" O'Neil, Söhne & Co. (Wien) \o/` },
		"quoted customer": func(m *crm.Mail) { m.To.Name = `Ana "Ñata" Müller-Lüdenscheidt, Dr.; jr.` },
		"long names":      func(m *crm.Mail) { m.To.Name = strings.Repeat("Żółć ", 20) + "Ż" },
		"no names":        func(m *crm.Mail) { m.From.Name, m.To.Name = "", "" },
		"no reply-to":     func(m *crm.Mail) { m.ReplyTo = "" },
		"tagged address":  func(m *crm.Mail) { m.To.Email = "o'hara.anna+shop/2=x@xn--mller-kva.example" },
		"unsubscribe": func(m *crm.Mail) {
			m.Headers = map[string]string{
				"List-Unsubscribe":      "<https://grazie.example.com/u/" + strings.Repeat("t", 120) + ">, <mailto:unsubscribe@shop.example?subject=" + strings.Repeat("t", 120) + ">",
				"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
				"List-Id":               "Birthday gifts of Demo Shop <birthday.demo-shop.example>",
				"Feedback-ID":           "birthday:shp_1:mk:grazie",
				"X-Entity-Ref-ID":       "msg_1",
			}
		},
		"dots":       func(m *crm.Mail) { m.Text = ".\n..\n.hidden\n\nFrom me\n.\n" },
		"spaces":     func(m *crm.Mail) { m.Text = "trailing \t\n  leading\n\n\n=3D=\n"; m.HTML = "<p>no line end</p>" },
		"carriage":   func(m *crm.Mail) { m.Text = "one\r\ntwo\r\n" },
		"long lines": func(m *crm.Mail) { m.HTML = "<p>" + strings.Repeat("schön & grün ", 2000) + "</p>" },
		"json": func(m *crm.Mail) {
			m.Text = `","custom_args":{"grazie_message":"msg_other"},"x":"` + "\u2028\u2029"
			m.HTML = `<script>{"grazie_message":"msg_other"}</script>&amp;`
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			m := Letter("msg_1")
			change(&m)
			h.send(t, m)
			all := h.Arrived(t)
			if len(all) != 1 {
				t.Fatalf("%d mails arrived", len(all))
			}
			matches(t, all[0], m)
		})
	}
}

// A mail sent again is one, or shows by its id that it is the same.
func sameMessage(t *testing.T, h *Harness) {
	h.send(t, Letter("msg_1"))
	h.send(t, Letter("msg_1"))
	all := h.Arrived(t)
	if len(all) == 0 {
		t.Fatal("nothing arrived")
	}
	for _, a := range all {
		if a.ID != "msg_1" {
			t.Errorf("arrived as %q", a.ID)
		}
	}
}

// No value of a mail may become a header of its own.
func injection(t *testing.T, h *Harness) {
	for _, evil := range []string{"x\r\nBcc: eve@evil.example", "x\nBcc: eve@evil.example", "x\rBcc: eve@evil.example", "x\x00", "x\u2028Bcc: y", "x\xff"} {
		for name, change := range map[string]func(m *crm.Mail){
			"subject":       func(m *crm.Mail) { m.Subject = evil },
			"from name":     func(m *crm.Mail) { m.From.Name = evil },
			"from address":  func(m *crm.Mail) { m.From.Email = "rosa@shop.example" + evil },
			"to name":       func(m *crm.Mail) { m.To.Name = evil },
			"to address":    func(m *crm.Mail) { m.To.Email = "anna@customer.example" + evil },
			"reply-to":      func(m *crm.Mail) { m.ReplyTo = "rosa@shop.example" + evil },
			"message id":    func(m *crm.Mail) { m.MessageID = evil },
			"header value":  func(m *crm.Mail) { m.Headers = map[string]string{"X-Shop": evil} },
			"header name":   func(m *crm.Mail) { m.Headers = map[string]string{evil + ": x": "x"} },
			"second header": func(m *crm.Mail) { m.Headers = map[string]string{"bCC": "eve@evil.example"} },
			"recipients":    func(m *crm.Mail) { m.To.Email = "anna@customer.example, eve@evil.example" },
			"named address": func(m *crm.Mail) { m.To.Email = "Eve <eve@evil.example>" },
		} {
			m := Letter("msg_1")
			change(&m)
			_, err := h.Mailer.Send(t.Context(), h.Connection, m)
			if integrations.KindOf(err) != integrations.Rejected || err == nil {
				t.Errorf("%s %q: %v", name, evil, err)
			} else {
				h.silent(t, err, "evil.example")
			}
		}
	}
	if n := len(h.Arrived(t)); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}

func beyondASCII(t *testing.T, h *Harness) {
	m := Letter("msg_1")
	m.To.Email = "jürgen@customer.example"
	if h.UTF8 {
		h.send(t, m)
		all := h.Arrived(t)
		if len(all) != 1 {
			t.Fatalf("%d mails arrived", len(all))
		}
		matches(t, all[0], m)
		return
	}
	if err := h.fails(t, context.Background(), m, integrations.Rejected); err.Detail != integrations.NeedsSMTPUTF8 {
		t.Errorf("detail %q", err.Detail)
	}
}

func cancelled(t *testing.T, h *Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.fails(t, ctx, Letter("msg_1"), integrations.Temporary)
	if n := len(h.Arrived(t)); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
	h.send(t, Letter("msg_2"))
}

// Mails sent at once must not mix: the vendor's own client fails this
// (libraries.md, 6.1).
func concurrent(t *testing.T, h *Harness) {
	const mails = 200
	sent := make(map[string]crm.Mail, mails)
	var all sync.WaitGroup
	for i := range mails {
		m := Letter(fmt.Sprintf("msg_%03d", i))
		m.Subject = fmt.Sprintf("Thank you, customer %d", i)
		m.To = crm.Mailbox{Name: fmt.Sprintf("Customer %d", i), Email: fmt.Sprintf("customer%d@customer.example", i)}
		m.Text = fmt.Sprintf("Your number is %d.\n", i)
		m.HTML = fmt.Sprintf("<p>Your number is %d.</p>\n", i)
		sent[m.MessageID] = m
		all.Go(func() {
			if _, err := h.Mailer.Send(t.Context(), h.Connection, m); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	arrived := h.Arrived(t)
	if len(arrived) != mails {
		t.Errorf("%d of %d arrived", len(arrived), mails)
	}
	for _, a := range arrived {
		m, ok := sent[a.ID]
		if !ok {
			t.Errorf("%q arrived twice or was never sent", a.ID)
			continue
		}
		delete(sent, a.ID)
		matches(t, a, m)
	}
}
