package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestClaimIsWonOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		var wg sync.WaitGroup
		var won sync.Map
		for i := range 50 {
			wg.Go(func() {
				ok, err := s.ClaimMessage(context.Background(), m)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Store(i, true)
				}
			})
		}
		wg.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Fatalf("%d of 50 won the claim", n)
		}
		m.State, m.Attempt = crm.Sending, 1
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now(), Mailer: "outbox", Phrases: []string{"a", "b"}}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		// A late worker's word about the same try comes to nothing.
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Failed}); ok || err != nil {
			t.Fatal("recorded twice", err)
		}
		got, _ := s.Message(t.Context(), shop.ID, m.ID)
		if got.State != crm.Sent || got.Attempt != 1 || len(got.Phrases) != 2 || !got.SentAt.Equal(c.Now()) {
			t.Errorf("stored: %+v", got)
		}
	})
}

func TestByHandTakesUpWhatDidNotGoOut(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if _, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Skipped, Reason: crm.ReasonStale}); err != nil {
			t.Fatal(err)
		}
		again := thankYou(o, c.Now())
		again.ShopID, again.ByHand, again.Detail, again.CustomerID = shop.ID, true, "she asked", "77"
		got, err := s.PlanByHand(t.Context(), again)
		if err != nil || got.ID != m.ID || got.State != crm.Planned || !got.ByHand || got.Detail != "she asked" {
			t.Fatalf("taken up: %+v, %v", got, err)
		}
		if won, _ := s.ClaimMessage(t.Context(), got); !won {
			t.Fatal("not claimed")
		}
		if _, err := s.PlanByHand(t.Context(), again); err == nil {
			t.Error("planned while it is in the air")
		}
	})
}

// A worker that was given up as lost and comes back holds the receipt: it is
// believed. One that speaks of an earlier try is not.
func TestLateOutcomeIsBelieved(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
			t.Fatal(won, err)
		}
		c.pass(time.Hour)
		if lost, err := s.LoseLeases(t.Context(), c.Now()); len(lost) != 1 || err != nil {
			t.Fatal(lost, err)
		}
		m.State = crm.Sending
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now()}); ok || err != nil {
			t.Fatal("an earlier try was believed", err)
		}
		m.Attempt = 1
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now()}); !ok || err != nil {
			t.Fatal("the receipt was thrown away", err)
		}
		if got := messages(t, s, shop.ID)[0]; got.State != crm.Sent {
			t.Errorf("it is %s", got.State)
		}
	})
}

// A decision on older facts does not undo what staff asked for meanwhile.
func TestStaffWinsOverAnOlderDecision(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		read := messages(t, s, shop.ID)[0]
		c.pass(time.Second)
		again := thankYou(o, c.Now())
		again.ShopID, again.ByHand, again.CustomerID = shop.ID, true, "77"
		if _, err := s.PlanByHand(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: read, State: crm.Skipped, Reason: crm.ReasonStale}); ok || err != nil {
			t.Error("the older decision was taken", err)
		}
		if got := messages(t, s, shop.ID)[0]; got.State != crm.Planned || !got.ByHand {
			t.Errorf("it is %s, by hand %v", got.State, got.ByHand)
		}
	})
}
