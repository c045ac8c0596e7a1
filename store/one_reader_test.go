package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// A guest and an account with one address are one reader: what the account
// withdraws at the shop stops the guest's marketing too, at once, until one of
// them agrees again.
func TestAGuestLeavesWithHerAccount(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "", "ada@x.example")
		ask := crm.Message{OrderID: "1", Journey: "review_request", Purpose: crm.Marketing, Subject: "review:1", DueAt: c.Now().Add(time.Hour)}
		apply(t, s, shop.ID, "paid", paid(o), thankYou(o, c.Now().Add(time.Hour)), ask)
		told := func(id string, state crm.ConsentState) {
			c.pass(time.Minute)
			apply(t, s, shop.ID, id, []crm.Event{{Kind: crm.ConsentChanged, Customer: &crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example", UpdatedAt: c.Now(), Partial: true,
				Consent: crm.Consent{State: state, Source: "shopify", At: c.Now()}}}})
		}
		told("no", crm.ConsentUnsubscribed)
		var guest crm.Message
		for _, m := range messages(t, s, shop.ID) {
			want := crm.Planned
			if m.Purpose == crm.Marketing {
				guest, want = m, crm.Cancelled
			}
			if m.State != want {
				t.Errorf("%s is %s; want %s", m.Journey, m.State, want)
			}
		}
		consent := func(want crm.ConsentState) {
			t.Helper()
			facts, err := s.FactsOf(t.Context(), shop.ID, []crm.Message{guest})
			if err != nil || facts[0].Customer.Consent.State != want {
				t.Errorf("the guest is %q, %v; want %q", facts[0].Customer.Consent.State, err, want)
			}
		}
		consent(crm.ConsentUnsubscribed)
		told("yes", crm.ConsentSubscribed)
		consent(crm.ConsentUnknown) // the account agreed; the guest never did
	})
}

// What staff takes up again is promised anew, and only while there is room.
func TestTakenUpAgainWithinTheBudget(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		budget := int64(900)
		limits := crm.Limits{Currency: "EUR", Since: c.Now().AddDate(0, -1, 0), Shop: &budget}
		first := gifted(t, s, c, shop.ID, "1")
		all, _, err := s.PlanEffects(t.Context(), first, codeOf(c, "GRAZIE-22222-22222", "1", 500), limits)
		if err != nil {
			t.Fatal(err)
		}
		finish(t, s, all[0], crm.EffectFailed)
		if _, full, err := s.PlanEffects(t.Context(), gifted(t, s, c, shop.ID, "2"), codeOf(c, "GRAZIE-33333-33333", "2", 500), limits); full != "" || err != nil {
			t.Fatal(full, err)
		}
		first.ByHand, first.Ask = true, &crm.Ask{By: "Kim", Reason: "she asked"}
		again, err := s.PlanByHand(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		if _, full, err := s.PlanEffects(t.Context(), again, nil, limits); full != crm.ReasonBudget || err != nil {
			t.Errorf("beyond the budget: %q, %v", full, err)
		}
		budget = 1000
		if all, full, err := s.PlanEffects(t.Context(), again, nil, limits); full != "" || err != nil || len(all) != 1 || all[0].State != crm.EffectPlanned {
			t.Errorf("within it: %+v, %q, %v", all, full, err)
		}
		if given, err := s.Given(t.Context(), shop.ID, "", "EUR", limits.Since); given != 1000 || err != nil {
			t.Errorf("given %d, %v", given, err)
		}
	})
}

// A mail whose code was ended while it was over gets a new one when staff takes
// it up again.
func TestTakenUpAgainWithANewCode(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m := gifted(t, s, c, shop.ID, "1")
		old := made(t, s, c, m, "GRAZIE-22222-22222", 500)
		if _, err := s.ChangeEffect(t.Context(), shop.ID, old.ID, func(e *crm.Effect) error {
			e.State, e.Code.Ended, e.Code.EndedAt = crm.EffectUndone, crm.CodeRevoked, c.Now()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		m.ByHand, m.Ask = true, &crm.Ask{By: "Kim", Reason: "the mailer was mended"}
		again, err := s.PlanByHand(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		all, full, err := s.PlanEffects(t.Context(), again, codeOf(c, "GRAZIE-33333-33333", "1", 500), crm.Limits{Currency: "EUR"})
		if err != nil || full != "" || len(all) != 1 || all[0].Code.Code != "GRAZIE-33333-33333" {
			t.Errorf("%+v, %q, %v", all, full, err)
		}
		if e, err := s.EffectByCode(t.Context(), shop.ID, "GRAZIE-22222-22222"); err != nil || e.Code.Ended != crm.CodeRevoked {
			t.Errorf("the old one: %+v, %v", e, err)
		}
	})
}
