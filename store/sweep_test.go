package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestLeaseThatRunsOutIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if won, _ := s.ClaimMessage(t.Context(), m); !won {
			t.Fatal("not claimed")
		}
		if lost, err := s.LoseLeases(t.Context(), c.Now()); len(lost) != 0 || err != nil {
			t.Fatalf("lost before its time: %v %v", lost, err)
		}
		c.pass(3 * time.Minute)
		if lost, err := s.LoseLeases(t.Context(), c.Now()); len(lost) != 1 || err != nil {
			t.Fatalf("not lost: %v %v", lost, err)
		}
		if rung, err := s.Ring(t.Context(), c.Now().Add(time.Hour), 10); err != nil || contains(rung, m.ID) {
			t.Errorf("an unknown message is rung: %v %v", rung, err)
		}
		if err := s.SettleMessage(t.Context(), shop.ID, m.ID, false, "asked the customer"); err != nil {
			t.Fatal(err)
		}
		got, _ := s.Message(t.Context(), shop.ID, m.ID)
		if got.State != crm.Planned || got.Attempt != 1 {
			t.Errorf("settled as not sent: %+v", got)
		}
		if err := s.SettleMessage(t.Context(), shop.ID, m.ID, true, ""); err == nil {
			t.Error("a planned message was settled")
		}
	})
}

func contains(rows []store.Waiting, id string) bool {
	for _, r := range rows {
		if r.ID == id {
			return true
		}
	}
	return false
}

func TestRingLeavesOutWhatWasRungLately(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		w := receive(t, s, shop.ID, "d")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d2", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		m := messages(t, s, shop.ID)[0]
		again := func(want ...string) {
			t.Helper()
			rung, err := s.Ring(t.Context(), c.Now().Add(-30*time.Second), 10)
			if err != nil || len(rung) != len(want) {
				t.Fatalf("rung %v, %v; want %v", rung, err, want)
			}
			for _, id := range want {
				if !contains(rung, id) {
					t.Errorf("%s was not rung", id)
				}
			}
		}
		again() // just received: it stands in the queue
		c.pass(time.Minute)
		again(w.ID)
		again()
		c.pass(time.Hour)
		again(w.ID, m.ID)
		again()
	})
}

// However many rows of one shop wait, and however much older they are, those of
// the others are in the first look.
func TestRingTakesShopsInTurns(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		crowd, small, single := connect(t, s, "crowd.myshopify.com"), connect(t, s, "small.myshopify.com"), connect(t, s, "single.myshopify.com")
		wait := func(shop crm.Shop, n int) {
			for i := range n {
				order := fmt.Sprint(shop.Domain, i)
				receive(t, s, shop.ID, "w"+order)
				o := paidOrder(c, order, "77", "ada@x.example")
				apply(t, s, shop.ID, "d"+order, paid(o), thankYou(o, c.Now()))
			}
		}
		wait(crowd, 30)
		c.pass(time.Hour)
		wait(small, 5)
		wait(single, 1)
		c.pass(time.Hour)
		look := func(limit int, want ...int) {
			t.Helper()
			rung, err := s.Ring(t.Context(), c.Now().Add(-store.RingAgain), limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{store.KindWebhook, store.KindMessage} {
				n := map[string]int{}
				for _, r := range rung {
					if r.Kind == kind {
						n[r.ShopID]++
					}
				}
				if got := []int{n[crowd.ID], n[small.ID], n[single.ID]}; !slices.Equal(got, want) {
					t.Errorf("%s: rung %v of crowd, small and single; want %v", kind, got, want)
				}
			}
		}
		look(9, 4, 4, 1)
		look(9, 8, 1, 0)
		look(99, 18, 0, 0)
		look(99, 0, 0, 0)
	})
}

func TestOneLeads(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		lead := func(who string, want bool) {
			t.Helper()
			if got, err := s.Lead(t.Context(), "sweep", who, 15*time.Second); got != want || err != nil {
				t.Fatalf("%s leads: %v, %v; want %v", who, got, err, want)
			}
		}
		lead("a", true)
		lead("b", false)
		lead("a", true)
		c.pass(16 * time.Second)
		lead("b", true)
		lead("a", false)
		if err := s.Resign(t.Context(), "sweep", "b"); err != nil {
			t.Fatal(err)
		}
		lead("a", true)
	})
}
