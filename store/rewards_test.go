package store_test

import (
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// holding is an order that holds codes, each of which took something off.
func holding(c *clock, id, customer string, net int64, codes ...string) crm.Order {
	o := paidOrder(c, id, customer, customer+"@x.example")
	o.Subtotal, o.Total = euros(net), euros(net+500)
	for _, code := range codes {
		o.Codes = append(o.Codes, crm.CodeOnOrder{Code: code, Amount: euros(300)})
	}
	return o
}

func tell(t *testing.T, s *store.Store, shopID string, o crm.Order) {
	t.Helper()
	apply(t, s, shopID, store.NewID("d"), []crm.Event{{Kind: crm.OrderChanged, Order: &o}})
}

func sums(t *testing.T, s *store.Store, shopID, customer string) (given int64, by map[crm.RewardKind]int64, lines int) {
	t.Helper()
	all, err := s.Rewards(t.Context(), shopID, customer, 1000)
	if err != nil {
		t.Fatal(err)
	}
	by = map[crm.RewardKind]int64{}
	for _, l := range all {
		by[l.Kind] += l.Amount.Minor
		if l.Amount.Currency != "EUR" {
			t.Errorf("a line without the shop's currency is in no sum: %+v", l)
		}
		if l.OrderID == "" && l.Kind == crm.RewardReturned {
			t.Errorf("a line of an order does not say which: %+v", l)
		}
	}
	if given, err = s.Given(t.Context(), shopID, customer, "EUR", time.Time{}); err != nil {
		t.Fatal(err)
	}
	return given, by, len(all)
}

// step is something that happens to a code of 500 that took 300 off an order.
type step func(t *testing.T, s *store.Store, c *clock, shopID string, code crm.Effect)

// becomes is an order's state, told some minutes after it was placed.
func becomes(minutes int, change func(*crm.Order)) step {
	return func(t *testing.T, s *store.Store, c *clock, shopID string, code crm.Effect) {
		o := holding(c, "1", "77", 4000, code.Code.Code)
		o.UpdatedAt = o.UpdatedAt.Add(time.Duration(minutes) * time.Minute)
		if change != nil {
			change(&o)
		}
		tell(t, s, shopID, o)
	}
}

// ends is the end of a code that was not used, as housekeeping writes it.
func ends(as crm.CodeEnding) step {
	return func(t *testing.T, s *store.Store, c *clock, shopID string, code crm.Effect) {
		if _, err := s.ChangeEffect(t.Context(), shopID, code.ID, func(e *crm.Effect) error {
			if !e.Code.Used() && e.Code.Ended == "" {
				e.Code.Ended, e.Code.EndedAt = as, c.Now()
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func permutations[T any](of []T) [][]T {
	if len(of) < 2 {
		return [][]T{of}
	}
	var all [][]T
	for i := range of {
		for _, rest := range permutations(slices.Concat(of[:i], of[i+1:])) {
			all = append(all, append([]T{of[i]}, rest...))
		}
	}
	return all
}

// Whatever the sequence in which a life is told, and however often, the ledger
// comes to the same.
func TestLedgerInAnySequence(t *testing.T) {
	paid, again := becomes(0, nil), becomes(0, nil)
	refunded := becomes(1, func(o *crm.Order) {
		o.Status, o.Refunds = crm.PartiallyRefunded, []crm.Refund{{ID: "r", Amount: euros(1000), Goods: euros(900), CreatedAt: o.UpdatedAt}}
	})
	cancelled := becomes(2, func(o *crm.Order) { o.CancelledAt = o.UpdatedAt })
	edited := becomes(3, func(o *crm.Order) { o.Codes = nil })
	for name, life := range map[string]struct {
		steps []step
		given int64 // once the code came to its end
		net   int64
	}{
		"used":                        {[]step{paid, again, refunded, ends(crm.CodeExpired)}, 300, 3100},
		"cancelled":                   {[]step{paid, again, refunded, cancelled}, 0, 0},
		"revoked":                     {[]step{paid, cancelled, ends(crm.CodeRevoked)}, 0, 0},
		"taken off the order":         {[]step{paid, again, edited}, 0, 0},
		"never used, and ended twice": {[]step{ends(crm.CodeRevoked), ends(crm.CodeExpired)}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *store.Store, c *clock) {
				for _, worth := range []int64{500, 0} { // the worth of free shipping is not known
					for i, steps := range permutations(life.steps) {
						shop := connect(t, s, string(rune('a'+i))+string(rune('a'+worth/100))+".myshopify.com")
						code := made(t, s, c, gifted(t, s, c, shop.ID, "77"), "CODE", worth)
						for _, step := range steps {
							step(t, s, c, shop.ID, code)
							_, _, before := sums(t, s, shop.ID, "")
							step(t, s, c, shop.ID, code)
							if _, _, after := sums(t, s, shop.ID, ""); after != before {
								t.Errorf("sequence %d: told twice, it added %d lines", i, after-before)
							}
						}
						ends(crm.CodeExpired)(t, s, c, shop.ID, code)
						given, by, _ := sums(t, s, shop.ID, "77")
						if given != life.given || by[crm.RewardPromised] != worth || by[crm.RewardReleased] != -worth || by[crm.RewardUsed]+by[crm.RewardReturned] != life.given {
							t.Errorf("sequence %d: given %d, by kind %v; want %d", i, given, by, life.given)
						}
						net := int64(0)
						for _, u := range effect(t, s, code).Code.Uses {
							net += u.Net.Minor
						}
						if net != life.net {
							t.Errorf("sequence %d: it brought %d; want %d", i, net, life.net)
						}
					}
				}
			})
		})
	}
}

// The worked case of mail-and-domain.md, 4.4: an order with two of our codes is
// split, and not a unit of it is lost.
func TestSeveralCodesOnOneOrder(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		a := made(t, s, c, gifted(t, s, c, shop.ID, "77"), "AAA", 500)
		b := made(t, s, c, gifted(t, s, c, shop.ID, "78"), "BBB", 500)
		tell(t, s, shop.ID, holding(c, "1", "77", 1001, "aaa", "B-B-B", "NOT-OURS"))
		tell(t, s, shop.ID, holding(c, "2", "79", 2000, "aaa"))
		a, b = effect(t, s, a), effect(t, s, b)
		if len(a.Code.Uses) != 2 || len(b.Code.Uses) != 1 {
			t.Fatalf("uses: %+v and %+v", a.Code.Uses, b.Code.Uses)
		}
		if sum := a.Code.Uses[0].Net.Minor + b.Code.Uses[0].Net.Minor; sum != 1001 || b.Code.Uses[0].Net.Minor != 500 {
			t.Errorf("1001 became %d and %d", a.Code.Uses[0].Net.Minor, b.Code.Uses[0].Net.Minor)
		}
		if a.Code.Uses[0].PassedOn || !b.Code.Uses[0].PassedOn || !a.Code.Uses[1].PassedOn {
			t.Errorf("passed on: %v, %v, %v; want no, yes, yes", a.Code.Uses[0].PassedOn, b.Code.Uses[0].PassedOn, a.Code.Uses[1].PassedOn)
		}
		if given, _, _ := sums(t, s, shop.ID, "77"); given != 600 {
			t.Errorf("the code that was used twice cost %d; want 600", given)
		}
		if given, _, _ := sums(t, s, shop.ID, ""); given != 900 {
			t.Errorf("all cost %d; want 900", given)
		}
	})
}

// A label costs what it costs, no more what it was thought to.
func TestLabelsCostWhatTheyCost(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		all, _, err := s.PlanEffects(t.Context(), gifted(t, s, c, shop.ID, "77"), []crm.Effect{{Kind: crm.LabelBought, Worth: euros(900), Label: &crm.Label{By: "easypost"}}}, crm.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if given, _, _ := sums(t, s, shop.ID, ""); given != 900 {
			t.Errorf("promised %d", given)
		}
		e, _, err := s.ClaimEffect(t.Context(), all[0])
		if err != nil {
			t.Fatal(err)
		}
		e.State, e.Label.Cost = crm.EffectDone, euros(745)
		if ok, err := s.SaveEffect(t.Context(), e); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if given, by, lines := sums(t, s, shop.ID, "77"); given != 745 || by[crm.RewardUsed] != 745 || lines != 3 {
			t.Errorf("given %d in %d lines, %v; want 745", given, lines, by)
		}
	})
}
