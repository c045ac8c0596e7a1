package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestKnowsWhatIsAsNew(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, at := connect(t, s, "known.myshopify.com"), c.Now().Truncate(time.Second)
		order := paidOrder(c, "1001", "77", "anna@x.example")
		order.UpdatedAt = at
		tell(t, s, shop.ID, order)
		known(t, s, c, shop.ID, crm.Customer{ID: "77", FirstName: "Anna", UpdatedAt: at})
		known(t, s, c, shop.ID, crm.Customer{ID: "76", FirstName: "Bea", UpdatedAt: at, Birthday: crm.Birthday{Day: "03-05", At: at}})
		returned(t, s, shop.ID, crm.Return{ID: "r1", OrderID: "1001", Status: crm.ReturnOpen, UpdatedAt: at})
		for _, q := range []struct {
			kind, id string
			at       time.Time
			state    string
			want     bool
		}{
			{"order", "1001", at, "", true}, {"order", "1001", at.Add(-time.Hour), "", true}, {"order", "1001", at.Add(time.Second), "", false}, {"order", "1002", at, "", false},
			{"customer", "77", at, "", true}, {"customer", "77", at.Add(time.Second), "", false}, {"customer", "78", at, "", false},
			{"customer", "77", at, "03-05", false}, {"customer", "76", at, "03-05", true}, {"customer", "76", at, "03-06", false},
			{"return", "r1", at, string(crm.ReturnOpen), true}, {"return", "r1", at, string(crm.ReturnClosed), false}, {"return", "r2", at, string(crm.ReturnOpen), false},
		} {
			if got, err := s.Knows(t.Context(), shop.ID, q.kind, q.id, q.at, q.state); got != q.want || err != nil {
				t.Errorf("%+v: %t, %v", q, got, err)
			}
		}
		if _, err := s.Knows(t.Context(), shop.ID, "coupon", "1", at, ""); err == nil {
			t.Error("a kind that there is not was no error")
		}
	})
}
