package store_test

import (
	"context"
	"sync"
	"testing"

	"grazie/store"
)

func TestReceiveCountsDuplicates(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		first := receive(t, s, shop.ID, "d-1")
		if first.Duplicate {
			t.Error("the first one is called a duplicate")
		}
		again := receive(t, s, shop.ID, "d-1")
		if !again.Duplicate || again.ID != first.ID {
			t.Errorf("second delivery: %+v, first: %+v", again, first)
		}
		w, err := s.Webhook(t.Context(), shop.ID, first.ID)
		if err != nil || w.Duplicates != 1 || w.State != store.WebhookReceived || string(w.Body) != `{"id":1}` {
			t.Errorf("stored: %+v, %v", w, err)
		}
	})
}

// Fault test 15: many copies of one delivery at the same instant are one row.
func TestSimultaneousCopiesAreOneRow(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		const deliveries, copies = 20, 16
		var wg sync.WaitGroup
		var mu sync.Mutex
		fresh := map[string]int{}
		for i := range deliveries * copies {
			wg.Go(func() {
				id := "d-" + string(rune('a'+i%deliveries))
				r, err := s.ReceiveWebhook(context.Background(), store.Webhook{ShopID: shop.ID, DeliveryID: id, Topic: "orders/paid", Headers: "{}", Body: []byte("{}")})
				if err != nil {
					t.Error(err)
				}
				if !r.Duplicate {
					mu.Lock()
					fresh[id]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		all, err := s.Webhooks(t.Context(), shop.ID, store.WebhookFilter{Limit: 1000})
		if err != nil || len(all) != deliveries || len(fresh) != deliveries {
			t.Fatalf("%d rows, %d told to be new, %v; want %d", len(all), len(fresh), err, deliveries)
		}
		for _, w := range all {
			if w.Duplicates != copies-1 || fresh[w.DeliveryID] != 1 {
				t.Errorf("%s: %d duplicates counted, %d told to be new", w.DeliveryID, w.Duplicates, fresh[w.DeliveryID])
			}
		}
	})
}
