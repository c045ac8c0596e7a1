package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestOneOccasionIsPlannedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		if due := apply(t, s, shop.ID, "create", paid(o), thankYou(o, c.Now())); len(due) != 1 {
			t.Fatalf("due: %v", due)
		}
		// The other topic, in a batch with a copy of itself, and then as a guest's.
		receive(t, s, shop.ID, "paid")
		if due := apply(t, s, shop.ID, "paid-2", paid(o), thankYou(o, c.Now()), thankYou(o, c.Now())); len(due) != 0 {
			t.Errorf("planned again: %v", due)
		}
		o.CustomerID = ""
		if due := apply(t, s, shop.ID, "updated", paid(o), thankYou(o, c.Now())); len(due) != 0 {
			t.Errorf("planned again for a guest: %v", due)
		}
		if all := messages(t, s, shop.ID); len(all) != 1 || all[0].CustomerID != "77" {
			t.Errorf("messages: %+v", all)
		}
	})
}

func TestGuestsAreFoundByAddress(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		for i, id := range []string{"1", "2"} {
			o := paidOrder(c, id, "", "Ada@x.example")
			o.CreatedAt = o.CreatedAt.Add(time.Duration(i) * time.Minute)
			apply(t, s, shop.ID, "d"+id, paid(o), thankYou(o, c.Now()))
		}
		all := messages(t, s, shop.ID)
		if len(all) != 2 || all[0].CustomerID != all[1].CustomerID || !strings.HasPrefix(all[0].CustomerID, "guest_") {
			t.Fatalf("two orders of one guest: %+v", all)
		}
		if strings.Contains(all[0].CustomerID, "ada") {
			t.Error("the guest's id tells the address")
		}
		// The same address with an account: new orders go to the account.
		apply(t, s, shop.ID, "account", []crm.Event{{Kind: crm.CustomerChanged, Customer: &crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example", UpdatedAt: c.Now()}}})
		o := paidOrder(c, "3", "", "ada@x.example")
		o.CreatedAt = o.CreatedAt.Add(time.Hour)
		apply(t, s, shop.ID, "d3", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		facts, err := s.Facts(t.Context(), shop.ID, []string{m.ID})
		if err != nil || len(facts) != 1 {
			t.Fatal(facts, err)
		}
		if m.CustomerID != "77" || facts[0].OrdersBefore != 2 {
			t.Errorf("customer %s with %d orders before; want 77 with 2", m.CustomerID, facts[0].OrdersBefore)
		}
	})
}

func TestCancelledOrderStopsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d1", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		read := messages(t, s, shop.ID)[0] // as a worker has it in hand
		c.pass(time.Hour)
		o.CancelledAt, o.UpdatedAt = c.Now(), c.Now()
		apply(t, s, shop.ID, "d2", []crm.Event{{Kind: crm.OrderChanged, Order: &o}})
		if m := messages(t, s, shop.ID)[0]; m.State != crm.Cancelled || m.Reason != crm.ReasonOrderCancelled {
			t.Errorf("message: %+v", m)
		}
		if won, err := s.ClaimMessage(t.Context(), read); won || err != nil {
			t.Error("a cancelled message was claimed", err)
		}
	})
}

func TestOlderNeverOverwritesNewer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		newer := paidOrder(c, "9007199254740993", "77", "new@x.example")
		newer.UpdatedAt = c.Now().Add(time.Minute)
		older := paidOrder(c, "9007199254740993", "77", "old@x.example")
		older.Status = crm.Pending
		apply(t, s, shop.ID, "new", []crm.Event{{Kind: crm.OrderChanged, Order: &newer}})
		apply(t, s, shop.ID, "old", []crm.Event{{Kind: crm.OrderChanged, Order: &older}})
		got, err := s.Order(t.Context(), shop.ID, "9007199254740993")
		if err != nil || got.Status != crm.Paid || got.Email != "new@x.example" {
			t.Errorf("order: %+v, %v", got, err)
		}
	})
}

// Many writers change one order and one customer; none is lost.
func TestWritersOfOneOrderMeet(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		var wg sync.WaitGroup
		const parcels = 12
		for i := range parcels {
			wg.Go(func() {
				id := string(rune('a' + i))
				_, err := s.ApplyEvents(context.Background(), shop.ID, []store.Applied{{WebhookID: id, State: store.WebhookProcessed, Events: []crm.Event{
					{Kind: crm.ParcelChanged, Order: &crm.Order{ID: "1", Fulfillments: []crm.Fulfillment{{ID: id}}}}}}}, nil)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if o, err := s.Order(t.Context(), shop.ID, "1"); err != nil || len(o.Fulfillments) != parcels {
			t.Errorf("%d parcels, %v; want %d", len(o.Fulfillments), err, parcels)
		}
	})
}

// A word of removal that is older than the latest connection is void: the shop's
// retries and replays bring such late.
func TestOldWordOfRemovalIsVoid(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		removed := []crm.Event{{Kind: crm.AppUninstalled, At: c.Now().Add(time.Minute)}}
		state := func(want crm.ShopState) {
			t.Helper()
			if now, err := s.Shop(t.Context(), shop.ID); err != nil || now.State != want {
				t.Fatalf("the shop is %s, %v; want %s", now.State, err, want)
			}
		}
		c.pass(time.Hour)
		apply(t, s, shop.ID, "removed", removed)
		state(crm.ShopUninstalled)
		if _, err := s.ChangeConnection(t.Context(), shop.ID, func(*crm.Shop, crm.Values) error { return nil }); err != nil {
			t.Fatal(err)
		}
		apply(t, s, shop.ID, "paid", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		apply(t, s, shop.ID, "removed again", removed)
		state(crm.ShopActive)
		if m := messages(t, s, shop.ID)[0]; m.State != crm.Planned {
			t.Errorf("what waits is %s", m.State)
		}
	})
}
