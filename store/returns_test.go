package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func returned(t *testing.T, s *store.Store, shopID string, r crm.Return, messages ...crm.Message) []string {
	t.Helper()
	return apply(t, s, shopID, store.NewID("d"), []crm.Event{{Kind: crm.ReturnChanged, Return: &r, At: r.UpdatedAt}}, messages...)
}

// upgrade is the message about a return of which nothing else is known yet.
func upgrade(id string, due time.Time) crm.Message {
	return crm.Message{ReturnID: id, Journey: "return_upgrade", Purpose: crm.Transactional, Subject: "return:" + id, DueAt: due}
}

func TestReturnsInAnySequence(t *testing.T) {
	at := newClock().now
	states := []crm.Return{
		{ID: "r1"}, // only that there is one
		{ID: "r1", Name: "#1-R1", OrderID: "1", Status: crm.ReturnRequested, RequestedAt: at, UpdatedAt: at},
		{ID: "r1", Status: crm.ReturnOpen, UpdatedAt: at.Add(time.Second)},
		{ID: "r1", OrderID: "1", Lines: []crm.ReturnLine{{Title: "Soap", Quantity: 1}}, Fee: euros(590), ReadAt: at.Add(2 * time.Second)},
		{ID: "r1", Status: crm.ReturnClosed, UpdatedAt: at.Add(time.Second)}, // told within the same second
	}
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		for i, sequence := range permutations(states) {
			if i%7 != 0 { // 18 of 120
				continue
			}
			shop := connect(t, s, store.NewID("s")+".myshopify.com")
			apply(t, s, shop.ID, "order", paid(paidOrder(c, "1", "77", "ada@x.example")))
			for _, r := range sequence {
				returned(t, s, shop.ID, r)
				returned(t, s, shop.ID, r)
			}
			got, err := s.Return(t.Context(), shop.ID, "r1")
			if err != nil || got.Status != crm.ReturnClosed || got.CustomerID != "77" || got.OrderID != "1" || got.Name != "#1-R1" || got.Fee.Minor != 590 || len(got.Lines) != 1 {
				t.Fatalf("sequence %d: %+v, %v", i, got, err)
			}
			of, err := s.Returns(t.Context(), shop.ID, "1", 10)
			all, _ := s.Returns(t.Context(), shop.ID, "", 10)
			if len(of) != 1 || len(all) != 1 || err != nil {
				t.Errorf("sequence %d: %d of the order, %d of all, %v", i, len(of), len(all), err)
			}
		}
	})
}

// What is read from the platform tells a message whose it is, and takes nothing
// away that was known.
func TestReadReturnTellsItsMessages(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		apply(t, s, shop.ID, "order", paid(paidOrder(c, "1", "77", "ada@x.example")))
		returned(t, s, shop.ID, crm.Return{ID: "r1", Status: crm.ReturnRequested, UpdatedAt: c.Now()}, upgrade("r1", c.Now()))
		byHand := upgrade("r2", c.Now())
		byHand.CustomerID = "77"
		returned(t, s, shop.ID, crm.Return{ID: "r2", Status: crm.ReturnRequested, UpdatedAt: c.Now()}, byHand)
		before := bySubject(t, s, shop.ID, "return:r1")
		c.pass(time.Second)
		for _, r := range []crm.Return{{ID: "r1", OrderID: "1", ReadAt: c.Now()}, {ID: "r2", OrderID: "never told", ReadAt: c.Now()}} {
			if err := s.ApplyReturn(t.Context(), shop.ID, r); err != nil {
				t.Fatal(err)
			}
		}
		m := bySubject(t, s, shop.ID, "return:r1")
		if m.OrderID != "1" || m.CustomerID != "77" || !m.UpdatedAt.Equal(before.UpdatedAt) {
			t.Errorf("it is %+v", m) // a change time that moved would void the outcome of whoever reads it now
		}
		facts, err := s.Facts(t.Context(), shop.ID, []string{m.ID})
		if err != nil || facts[0].Return() == nil || facts[0].Order == nil || facts[0].Order.CustomerID != "77" {
			t.Errorf("facts: %+v, %v", facts, err)
		}
		if m := bySubject(t, s, shop.ID, "return:r2"); m.CustomerID != "77" || m.OrderID != "never told" {
			t.Errorf("of customer %q, order %q", m.CustomerID, m.OrderID)
		}
	})
}

// A return that ended stops its upgrade, one of which only the id is told does not.
func TestEndedReturnStopsItsUpgrade(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		for _, status := range []crm.ReturnStatus{"", crm.ReturnRequested, crm.ReturnOpen, crm.ReturnDeclined, crm.ReturnCanceled, crm.ReturnClosed} {
			id := "r-" + string(status)
			returned(t, s, shop.ID, crm.Return{ID: id}, upgrade(id, c.Now().Add(time.Hour)))
			returned(t, s, shop.ID, crm.Return{ID: id, Status: status, UpdatedAt: c.Now()})
			want := crm.Cancelled
			if status == "" || status == crm.ReturnRequested || status == crm.ReturnOpen {
				want = crm.Planned
			}
			if m := bySubject(t, s, shop.ID, "return:"+id); m.State != want {
				t.Errorf("%q: the upgrade is %s (%s)", status, m.State, m.Reason)
			}
		}
	})
}

// Goods that came back are noted whoever tells it first, and nobody is asked
// for them any more.
func TestGoodsComeBack(t *testing.T) {
	closed := func(c *clock) crm.Return {
		return crm.Return{ID: "r1", Status: crm.ReturnClosed, UpdatedAt: c.Now().Add(time.Minute), ReadAt: c.Now()}
	}
	for name, tell := range map[string]func(*testing.T, *store.Store, *clock, string){
		"by a webhook": func(t *testing.T, s *store.Store, c *clock, shopID string) { returned(t, s, shopID, closed(c)) },
		"read from the shop, before the webhook": func(t *testing.T, s *store.Store, c *clock, shopID string) {
			if err := s.ApplyReturn(t.Context(), shopID, closed(c)); err != nil {
				t.Fatal(err)
			}
			returned(t, s, shopID, closed(c))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *store.Store, c *clock) {
				shop := connect(t, s, "demo.myshopify.com")
				apply(t, s, shop.ID, "order", paid(paidOrder(c, "1", "77", "ada@x.example")))
				returned(t, s, shop.ID, crm.Return{ID: "r1", OrderID: "1", Status: crm.ReturnOpen, UpdatedAt: c.Now()}, upgrade("r1", c.Now()))
				m := bySubject(t, s, shop.ID, "return:r1")
				m.CustomerID = "77"
				all, _, err := s.PlanEffects(t.Context(), m, []crm.Effect{{Kind: crm.ReplacementPlaced, Replacement: &crm.Replacement{ReturnID: "r1", DueBack: c.Now().AddDate(0, 0, 14)}}}, crm.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				finish(t, s, all[0], crm.EffectDone)
				goods := func(lost, open int) {
					t.Helper()
					facts, err := s.FactsOf(t.Context(), shop.ID, []crm.Message{{ID: "thought", ShopID: shop.ID, CustomerID: "77", OrderID: "1", ReturnID: "r9"}})
					if err != nil || facts[0].LostGoods != lost || facts[0].OpenGoods != open {
						t.Errorf("lost %d, open %d, %v; want %d, %d", facts[0].LostGoods, facts[0].OpenGoods, err, lost, open)
					}
				}
				ending := func(want int) {
					t.Helper()
					if all, err := s.EndingEffects(t.Context(), 10); len(all) != want || err != nil {
						t.Errorf("%d are asked for, %v; want %d", len(all), err, want)
					}
				}
				goods(0, 1)
				ending(0)
				c.pass(15 * 24 * time.Hour)
				goods(1, 1)
				ending(1)
				tell(t, s, c, shop.ID)
				goods(0, 0)
				c.pass(15 * 24 * time.Hour)
				ending(0)
				if e := effect(t, s, all[0]); e.Replacement.Back.IsZero() {
					t.Error("nobody noted that the goods are back")
				}
			})
		})
	}
}
