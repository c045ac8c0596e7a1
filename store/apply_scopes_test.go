package store_test

import (
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// What the merchant allows is what the newest word says, and a word from before
// she connected again says nothing.
func TestScopesAreTheNewestWord(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "scopes.myshopify.com")
		told := func(at time.Time, scopes ...string) []string {
			t.Helper()
			_, err := s.ApplyEvents(t.Context(), shop.ID, []store.Applied{{State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.ScopesChanged, At: at, Scopes: scopes}}}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := s.Shop(t.Context(), shop.ID)
			if err != nil {
				t.Fatal(err)
			}
			return stored.Scopes
		}
		if got := told(c.Now().Add(time.Minute), "read_orders", "write_discounts"); !slices.Equal(got, []string{"read_orders", "write_discounts"}) {
			t.Errorf("told %v", got)
		}
		if got := told(shop.Since.Add(-time.Hour), "read_orders"); len(got) != 2 {
			t.Errorf("an old word took effect: %v", got)
		}
		if got := told(c.Now().Add(3*time.Minute), "read_orders"); len(got) != 1 {
			t.Errorf("a new word had no effect: %v", got)
		}
		if got := told(c.Now().Add(2*time.Minute), "read_orders", "write_discounts"); len(got) != 1 {
			t.Errorf("a word that came late took effect: %v", got)
		}
	})
}
