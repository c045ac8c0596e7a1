package store_test

import (
	"context"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// A fault in one operation leaves no transaction open: whoever caught it, and
// everybody else, writes on.
func TestPanicLeavesNothingOpen(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		for range 20 { // more than there are connections
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				_, _ = s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error { shop.Name = "Half"; panic("a fault") })
			}()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		got, err := s.ChangeShop(ctx, shop.ID, func(*crm.Shop) error { return nil })
		if err != nil || got.Name != shop.Name {
			t.Fatalf("%q, %v", got.Name, err)
		}
		receive(t, s, shop.ID, "d-1")
	})
}
