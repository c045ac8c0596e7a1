package desk_test

import (
	"errors"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/templates"
)

// Every mail can be looked at before anything happened, about a past order and
// about one that nobody placed, in the text that is given, and nothing is stored.
func TestProofOfEveryMail(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		who := r.anna("77")
		who.FirstName, who.LastName = "Giulia", "Bianchi"
		r.buys("1001", who)
		before := r.rows()
		for _, j := range journeys.All {
			for _, locale := range []string{"en", "it"} {
				for _, order := range []string{"", "1001"} {
					plain, err := r.Proof(t.Context(), r.shop, crm.Template{Journey: j.Key, Locale: locale}, order)
					if err != nil {
						t.Errorf("%s in %s, order %q: %v", j.Key, locale, order, err)
						continue
					}
					if plain.Locale != locale || plain.Subject == "" || !strings.Contains(plain.HTML, "<html") || plain.Text == "" {
						t.Errorf("%s in %s, order %q: %+v", j.Key, locale, order, plain)
					}
					copied, err := templates.Source(j.Key, locale)
					if err != nil {
						t.Fatal(err)
					}
					if own, err := r.Proof(t.Context(), r.shop, copied, order); err != nil || own.HTML != plain.HTML || own.Text != plain.Text {
						t.Errorf("%s in %s, order %q: a copy of the built-in text comes out otherwise: %v", j.Key, locale, order, err)
					}
					if strings.Contains(plain.HTML, "Anna Rossi") || order != "" && strings.Contains(plain.Text, "Linen Apron") {
						t.Errorf("%s about an order tells of an invented one: %s", j.Key, plain.Text)
					}
				}
			}
		}
		own := crm.Template{Journey: "thank_you", Locale: "it", Subject: "Ciao {{ customer.first_name }}", HTML: "<p>{{ order.name }}</p>", Text: "{{ order.name }}"}
		if m, err := r.Proof(t.Context(), r.shop, own, "1001"); err != nil || m.Subject != "Ciao Giulia" || m.HTML != "<p>#1001</p>" {
			t.Errorf("%+v %v", m, err)
		}
		var fault *templates.TemplateError
		if _, err := r.Proof(t.Context(), r.shop, crm.Template{Journey: "thank_you", Locale: "it", HTML: "{{ nobody }}"}, ""); !errors.As(err, &fault) || fault.Part != "html" {
			t.Error(err)
		}
		if _, err := r.Proof(t.Context(), r.shop, own, "9999"); !errors.Is(err, crm.ErrNotFound) {
			t.Error(err)
		}
		if after := r.rows(); after != before {
			t.Error("something was stored")
		}
	})
}

// Marketing without an imprint cannot be looked at either: it would not be sent.
func TestProofNeedsImprint(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.shop.LegalName = ""
		if _, err := r.Proof(t.Context(), r.shop, crm.Template{Journey: "birthday_coupon", Locale: "it"}, ""); !errors.Is(err, desk.ErrNoImprint) {
			t.Error(err)
		}
	})
}

// A past order is its customer's business: only the shop's owner gets it by mail.
func TestTrialProofIsForTheOwner(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		who := r.anna("77")
		who.FirstName, who.LastName = "Giulia", "Bianchi"
		r.buys("1001", who)
		text := crm.Template{Journey: "thank_you", Locale: "en"}
		m, real, err := r.TrialProof(t.Context(), r.shop, text, "1001", "anna@bottega.example", "[Test]")
		if err != nil || !real || !strings.Contains(m.Text, "Giulia") || !strings.HasPrefix(m.MessageID, "tst_") || m.Headers["Feedback-ID"] != "" {
			t.Errorf("%+v %v %v", m, real, err)
		}
		m, real, err = r.TrialProof(t.Context(), r.shop, text, "1001", "kim@staff.example", "[Test]")
		if err != nil || real || strings.Contains(m.HTML+m.Text, "Giulia") || m.To.Email != "kim@staff.example" || !strings.HasPrefix(m.Subject, "[Test] ") {
			t.Errorf("%+v %v %v", m, real, err)
		}
	})
}
