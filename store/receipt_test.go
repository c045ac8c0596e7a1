package store_test

import (
	"testing"

	"grazie/crm"
	"grazie/store"
)

// The provider's event can be faster than the worker that handed the mail
// over: the message stays delivered, and keeps the worker's receipt.
func TestEventBeforeTheWorkersWord(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "paid", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if ok, err := s.ClaimMessage(t.Context(), m); !ok || err != nil {
			t.Fatal(ok, err)
		}
		m.State, m.Attempt = crm.Sending, 1
		if _, err := s.ApplyFeedback(t.Context(), []crm.Feedback{{ID: "e1", ShopID: shop.ID, MessageID: m.ID, Kind: crm.FeedbackDelivered, At: c.Now()}}); err != nil {
			t.Fatal(err)
		}
		written, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, Mailer: "sendgrid", ProviderID: "r1", SentAt: c.Now(), Locale: "it", Phrases: []string{"thank_you.open.1"}})
		if written || err != nil {
			t.Fatal(written, err)
		}
		if m = messages(t, s, shop.ID)[0]; m.State != crm.Delivered || m.ProviderID != "r1" || m.Locale != "it" || len(m.Phrases) != 1 {
			t.Errorf("%+v", m)
		}
	})
}
