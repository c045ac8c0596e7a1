package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// Room answers as PlanEffects would, and holds nothing.
func TestRoom(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		first := gifted(t, s, c, shop.ID, "77")
		made(t, s, c, first, "FIRST", 500)
		hers, others := crm.Message{ShopID: shop.ID, CustomerID: "77"}, crm.Message{ShopID: shop.ID, CustomerID: "78"}
		label := crm.Effect{Kind: crm.LabelBought, Worth: euros(200)}
		code := codeOf(c, "NEXT", "78", 300)[0]
		for name, try := range map[string]struct {
			m             crm.Message
			wanted        []crm.Effect
			shop, hersMay int64
			want          crm.Reason
		}{
			"exactly the rest":             {others, []crm.Effect{code, label}, 1000, 500, ""},
			"together above the budget":    {others, []crm.Effect{code, label}, 999, 500, crm.ReasonBudget},
			"each alone has room":          {others, []crm.Effect{label}, 999, 500, ""},
			"together above the ceiling":   {others, []crm.Effect{code, label}, 1000, 499, crm.ReasonCeiling},
			"above hers, for she has some": {hers, []crm.Effect{label}, 1000, 699, crm.ReasonCeiling},
			"exactly hers":                 {hers, []crm.Effect{label}, 1000, 700, ""},
			"stored already":               {first, []crm.Effect{code}, 0, 0, ""},
			"stored, and more":             {first, []crm.Effect{code, label}, 699, 700, crm.ReasonBudget},
			"worth nothing":                {others, []crm.Effect{{Kind: crm.ReturnApproved}}, 0, 0, ""},
		} {
			for range 2 {
				full, err := s.Room(t.Context(), try.m, try.wanted, crm.Limits{Currency: "EUR", Shop: &try.shop, Customer: &try.hersMay})
				if full != try.want || err != nil {
					t.Errorf("%s: %q, %v; want %q", name, full, err, try.want)
				}
			}
		}
		if full, err := s.Room(t.Context(), hers, []crm.Effect{label}, crm.Limits{Currency: "EUR"}); full != "" || err != nil {
			t.Errorf("no limits: %q, %v", full, err)
		}
		if given, err := s.Given(t.Context(), shop.ID, "", "EUR", time.Time{}); given != 500 || err != nil {
			t.Errorf("%d is held, %v", given, err)
		}
	})
}
