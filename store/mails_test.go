package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// The mail that is about to be handed over is stored with the claim, whoever wins
// it, and stays for as long as there is no newer one.
func TestClaimKeepsTheMail(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		o := paidOrder(c, "1001", "77", "anna@x.example")
		apply(t, s, shop.ID, "d1", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if _, err := s.MailOf(t.Context(), shop.ID, m.ID); !errors.Is(err, crm.ErrNotFound) {
			t.Fatal(err)
		}
		long := strings.Repeat("Liebe Anna, möge das „lange“ Leinen halten. ", 500)
		mail := crm.Mail{From: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"}, ReplyTo: "answers@bottega.example", To: crm.Mailbox{Name: "חנה 🌷", Email: "anna@x.example"},
			Subject: "Grazie <Anna> \u2028", HTML: "<p>\x00" + long + "</p>", Text: long, Locale: "it", Headers: map[string]string{"List-Id": "x"}, Template: 4}
		if won, err := s.ClaimMessage(t.Context(), m, mail); !won || err != nil {
			t.Fatal(won, err)
		}
		if won, err := s.ClaimMessage(t.Context(), m, crm.Mail{Subject: "the loser's"}); won || err != nil {
			t.Fatal(won, err)
		}
		got, err := s.MailOf(t.Context(), shop.ID, m.ID)
		if err != nil || got.Attempt != 1 || !got.At.Equal(c.Now()) || got.MessageID != m.ID || got.Mail.Template != 4 || got.Mail.Locale != "it" {
			t.Fatalf("%+v %v", got, err)
		}
		mail.MessageID, mail.ShopID = m.ID, shop.ID
		if asText(t, got.Mail) != asText(t, mail) {
			t.Errorf("stored\n%s\ngot\n%s", asText(t, mail), asText(t, got.Mail))
		}
		if _, err := s.MailOf(t.Context(), other.ID, m.ID); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("another shop: %v", err)
		}
		// It is tried again.
		c.pass(time.Minute)
		m.State, m.Attempt = crm.Sending, 1
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonMailerBusy, DueAt: c.Now()}); !done || err != nil {
			t.Fatal(done, err)
		}
		m = messages(t, s, shop.ID)[0]
		if won, err := s.ClaimMessage(t.Context(), m, crm.Mail{Subject: "newer", Locale: "en"}); !won || err != nil {
			t.Fatal(won, err)
		}
		if got, err := s.MailOf(t.Context(), shop.ID, m.ID); err != nil || got.Attempt != 2 || got.Mail.Subject != "newer" || got.Mail.HTML != "" || got.Mail.Template != 0 {
			t.Errorf("%+v %v", got, err)
		}
		// It goes when its message does.
		m.State, m.Attempt = crm.Sending, 2
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now()}); !done || err != nil {
			t.Fatal(done, err)
		}
		if gone, _, _, err := s.DropMessages(t.Context(), shop.ID, c.Now().AddDate(2, 0, 0), ""); gone != 1 || err != nil {
			t.Fatal(gone, err)
		}
		if got, err := s.MailOf(t.Context(), shop.ID, m.ID); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%+v %v", got, err)
		}
	})
}
