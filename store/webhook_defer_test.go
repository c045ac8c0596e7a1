package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// rings tells whether a webhook stands among those that the sweep rings for.
func rings(t *testing.T, s *store.Store, c *clock, id string) bool {
	t.Helper()
	waiting, err := s.Ring(t.Context(), c.Now().Add(-store.RingAgain), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range waiting {
		if w.ID == id {
			return true
		}
	}
	return false
}

// A webhook that was put off says why, is rung at its time and not before, and
// waits as received: a worker that is lost changes nothing.
func TestDeferredWebhookIsRungAtItsTime(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		id := receive(t, s, shop.ID, "d-1").ID
		until := c.Now().Add(time.Hour)
		if err := s.DeferWebhook(t.Context(), shop.ID, id, "the shop is away", until); err != nil {
			t.Fatal(err)
		}
		w, err := s.Webhook(t.Context(), shop.ID, id)
		if err != nil || w.State != store.WebhookReceived || w.Reason != "the shop is away" {
			t.Errorf("stored: %s, %q, %v", w.State, w.Reason, err)
		}
		c.pass(59 * time.Minute)
		if rings(t, s, c, id) {
			t.Error("it is rung before its time")
		}
		c.pass(time.Minute + time.Second)
		if !rings(t, s, c, id) {
			t.Error("it is not rung at its time")
		}
	})
}

// Whoever was done with a webhook meanwhile is right.
func TestDeferringChangesNothingThatEnded(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		id := receive(t, s, shop.ID, "d-1").ID
		if _, err := s.ApplyEvents(t.Context(), shop.ID, []store.Applied{{WebhookID: id, State: store.WebhookProcessed}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.DeferWebhook(t.Context(), shop.ID, id, "late", c.Now()); err != nil {
			t.Fatal(err)
		}
		if w, err := s.Webhook(t.Context(), shop.ID, id); err != nil || w.State != store.WebhookProcessed || w.Reason != "" {
			t.Errorf("stored: %s, %q, %v", w.State, w.Reason, err)
		}
	})
}

// Connecting a shop anew rings for what waited for its credentials, and leaves
// what is being worked on.
func TestConnectingAgainWakesWebhooks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		waits, works, other := receive(t, s, shop.ID, "d-1").ID, receive(t, s, shop.ID, "d-2").ID, connect(t, s, "other.myshopify.com")
		theirs := receive(t, s, other.ID, "d-1").ID
		for shopID, id := range map[string]string{shop.ID: waits, other.ID: theirs} {
			if err := s.DeferWebhook(t.Context(), shopID, id, "the token is refused", c.Now().Add(6*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.ConnectShop(t.Context(), crm.Shop{Platform: "shopify", Domain: shop.Domain}, crm.Values{"secret": "new"}); err != nil {
			t.Fatal(err)
		}
		waiting, err := s.Ring(t.Context(), c.Now().Add(-store.RingAgain), 100)
		if err != nil || len(waiting) != 1 || waiting[0].ID != waits {
			t.Errorf("rung are %v, %v; want %s, not %s or %s", waiting, err, waits, works, theirs)
		}
	})
}
