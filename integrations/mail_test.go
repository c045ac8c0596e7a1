package integrations_test

import (
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// What a mail must have; what it must not is in the conformance suite.
func TestCheckMail(t *testing.T) {
	for name, change := range map[string]func(m *crm.Mail){
		"":                  func(m *crm.Mail) {},
		"no id":             func(m *crm.Mail) { m.MessageID = "" },
		"no sender":         func(m *crm.Mail) { m.From.Email = "" },
		"no recipient":      func(m *crm.Mail) { m.To.Email = "" },
		"no domain":         func(m *crm.Mail) { m.To.Email = "anna@" },
		"no local part":     func(m *crm.Mail) { m.To.Email = "@x.example" },
		"two at signs":      func(m *crm.Mail) { m.To.Email = "a@b@c" },
		"long local part":   func(m *crm.Mail) { m.To.Email = strings.Repeat("a", 65) + "@x.example" },
		"long address":      func(m *crm.Mail) { m.To.Email = "a@" + strings.Repeat("a.", 127) + "example" },
		"no subject":        func(m *crm.Mail) { m.Subject = "" },
		"no text":           func(m *crm.Mail) { m.Text = "" },
		"no HTML":           func(m *crm.Mail) { m.HTML = "" },
		"no UTF-8":          func(m *crm.Mail) { m.HTML = "\xff" },
		"long header":       func(m *crm.Mail) { m.Headers = map[string]string{"X-Y": strings.Repeat("y", 901)} },
		"no header name":    func(m *crm.Mail) { m.Headers = map[string]string{"": "y"} },
		"the mailer's name": func(m *crm.Mail) { m.Headers = map[string]string{"mEssage-iD": "y"} },
	} {
		m := mailertest.Letter("msg_1")
		change(&m)
		if err := integrations.CheckMail(m); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuote(t *testing.T) {
	for said, want := range map[string]string{
		"":                                   "",
		"550 <anna@x.example>: user unknown": "550 <(address)>: user unknown",
		"two\r\nlines":                       "two lines",
		"not\xffUTF-8":                       "not?UTF-8",
		strings.Repeat("ä", 200):             strings.Repeat("ä", 150) + "...",
	} {
		if got := integrations.Quote(said); got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
}
