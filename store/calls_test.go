package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// delivers lets a customer have a paid order that arrived at a time.
func delivers(t *testing.T, s *store.Store, shopID, order, customer string, at time.Time, euro int64) {
	t.Helper()
	email := customer + "@x.example"
	price := crm.Money{Minor: euro * 100, Currency: "EUR"}
	o := crm.Order{ID: order, Name: "#" + order, CustomerID: customer, Email: email, EmailKey: email, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{Title: "Soap", Quantity: 1, Price: price}}, CreatedAt: at.Add(-48 * time.Hour), PaidAt: at.Add(-48 * time.Hour), UpdatedAt: at,
		Fulfillments: []crm.Fulfillment{{ID: "1", Status: "success", CreatedAt: at, UpdatedAt: at, DeliveredAt: at}}}
	who := crm.Customer{ID: customer, FirstName: "Dora", Email: email, EmailKey: email, UpdatedAt: at}
	if _, err := s.ApplyEvents(t.Context(), shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o, Customer: &who}}}}, nil); err != nil {
		t.Fatal(err)
	}
}

func callable(t *testing.T, s *store.Store, shopID string, arrived time.Time, minimum int64) (ids []string) {
	t.Helper()
	all, err := s.Callables(t.Context(), shopID, arrived, crm.Money{Minor: minimum, Currency: "EUR"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		ids = append(ids, c.Order.ID)
	}
	return ids
}

// Who may be called: whoever has her order for long enough, once, and not while
// something of hers is open.
func TestCallables(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, ctx := connect(t, s, "calls.myshopify.com"), t.Context()
		old := c.Now().AddDate(0, 0, -20)
		delivers(t, s, shop.ID, "1", "a", old, 30)
		delivers(t, s, shop.ID, "2", "a", old.Add(time.Hour), 30) // of the same customer
		delivers(t, s, shop.ID, "3", "b", old.Add(2*time.Hour), 5)
		delivers(t, s, shop.ID, "4", "c", c.Now().AddDate(0, 0, -3), 30)  // not yet
		delivers(t, s, shop.ID, "5", "d", c.Now().AddDate(0, 0, -90), 30) // too long ago
		delivers(t, s, shop.ID, "6", "e", old.Add(3*time.Hour), 30)
		arrived := c.Now().AddDate(0, 0, -14)
		if got := callable(t, s, shop.ID, arrived, 0); !slices.Equal(got, []string{"1", "3", "6"}) {
			t.Errorf("%v", got)
		}
		if got := callable(t, s, shop.ID, arrived, 1000); !slices.Equal(got, []string{"1", "6"}) {
			t.Errorf("of 10 euros and more: %v", got)
		}
		if err := s.OpenTask(ctx, crm.Task{ShopID: shop.ID, Kind: crm.TaskLowRating, Source: "review:1", CustomerID: "b"}); err != nil {
			t.Fatal(err)
		}
		if err := s.ApplyReturn(ctx, shop.ID, crm.Return{ID: "r1", OrderID: "6", CustomerID: "e", Status: crm.ReturnOpen, UpdatedAt: c.Now()}); err != nil {
			t.Fatal(err)
		}
		if got := callable(t, s, shop.ID, arrived, 0); !slices.Equal(got, []string{"1"}) {
			t.Errorf("with a complaint and a return: %v", got)
		}
		if _, err := s.TakeCall(ctx, shop.ID, "6", "stf_1", "Kim", manyCalls); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("a call during a return: %v", err)
		}
	})
}

// Two do not call one customer, nobody calls twice, and a day ends at its quota.
func TestCallsAreMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, ctx := connect(t, s, "calls.myshopify.com"), t.Context()
		old := c.Now().AddDate(0, 0, -20)
		delivers(t, s, shop.ID, "1", "a", old, 30)
		delivers(t, s, shop.ID, "2", "b", old.Add(time.Hour), 30)
		delivers(t, s, shop.ID, "3", "a", old.Add(2*time.Hour), 30)
		arrived := c.Now().AddDate(0, 0, -14)
		quota := store.CallQuota{PerDay: 1, PerWeek: 5, Day: c.Now().Add(-time.Hour), Week: c.Now().Add(-time.Hour)}
		take := func(order, who string) error {
			_, err := s.TakeCall(ctx, shop.ID, order, who, who, quota)
			return err
		}
		finish := func(order, who string, outcome crm.CallState, task *crm.Task) error {
			return s.FinishCall(ctx, crm.CallTry{ShopID: shop.ID, OrderID: order, StaffID: who, By: who, Outcome: outcome, Note: "said so"}, c.Now().AddDate(0, 0, 1), task)
		}
		want := func(what string, err, wanted error) {
			t.Helper()
			if !errors.Is(err, wanted) {
				t.Errorf("%s: %v", what, err)
			}
		}
		want("the first takes it", take("1", "kim"), nil)
		want("and once more", take("1", "kim"), nil)
		want("another does not", take("1", "bea"), crm.ErrConflict)
		want("nor notes what came of it", finish("1", "bea", crm.CallHappy, nil), crm.ErrConflict)
		want("the quota counts what is in hand", take("2", "bea"), store.ErrQuota)
		c.pass(31 * time.Minute)
		want("after half an hour it is free", take("1", "bea"), nil)
		want("and not the first one's any more", finish("1", "kim", crm.CallHappy, nil), crm.ErrConflict)
		want("not reached", finish("1", "bea", crm.CallNotReached, nil), nil)
		if got := callable(t, s, shop.ID, arrived, 0); !slices.Equal(got, []string{"2"}) {
			t.Errorf("on the same day: %v", got)
		}
		want("the day is over", take("2", "kim"), store.ErrQuota)
		for range crm.CallTries - 1 {
			c.pass(25 * time.Hour)
			quota.Day = c.Now().Add(-time.Hour)
			if got := callable(t, s, shop.ID, arrived, 0); !slices.Equal(got, []string{"1", "2"}) {
				t.Errorf("on the next day: %v", got)
			}
			want("again", take("1", "kim"), nil)
			want("again not reached", finish("1", "kim", crm.CallNotReached, nil), nil)
		}
		c.pass(25 * time.Hour)
		quota.Day = c.Now().Add(-time.Hour)
		want("not a fourth time", take("1", "kim"), crm.ErrNotFound)
		want("nor about another order so soon", take("3", "kim"), crm.ErrNotFound)
		want("but another customer", take("2", "kim"), nil)
		want("who has a problem", finish("2", "kim", crm.CallProblem, &crm.Task{Kind: crm.TaskCallProblem, Source: "call:2"}), nil)
		want("once", finish("2", "kim", crm.CallHappy, nil), crm.ErrConflict)
		if tasks, err := s.OpenTasks(ctx, shop.ID, crm.TaskCallProblem, "", 5); err != nil || len(tasks) != 1 || tasks[0].CustomerID != "b" {
			t.Error(tasks, err)
		}
		made, err := s.CallsMade(ctx, shop.ID, time.Time{}, 10)
		if err != nil || len(made) != 4 || made[0].Outcome != crm.CallProblem || made[3].N != 1 {
			t.Errorf("%+v %v", made, err)
		}
	})
}

// Whoever wants no calls is never called again, about whatever; and what is kept of
// calls goes with her.
func TestCallsNeverAgain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, ctx := connect(t, s, "calls.myshopify.com"), t.Context()
		delivers(t, s, shop.ID, "1", "a", c.Now().AddDate(0, 0, -20), 30)
		if _, err := s.TakeCall(ctx, shop.ID, "1", "kim", "Kim", manyCalls); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishCall(ctx, crm.CallTry{ShopID: shop.ID, OrderID: "1", StaffID: "kim", By: "Kim", Outcome: crm.CallNever, Note: "she said so"}, c.Now(), nil); err != nil {
			t.Fatal(err)
		}
		c.pass(365 * 24 * time.Hour)
		delivers(t, s, shop.ID, "2", "a", c.Now().AddDate(0, 0, -20), 30)
		if gone, _, err := s.DropDone(ctx, shop.ID, c.Now()); err != nil || gone != 1 { // the try, and not her word
			t.Error(gone, err)
		}
		if got := callable(t, s, shop.ID, c.Now().AddDate(0, 0, -14), 0); len(got) != 0 {
			t.Errorf("%v", got)
		}
		r := ask(t, s, crm.PrivacyRequest{ShopID: shop.ID, Kind: crm.PrivacyEraseCustomer, CustomerID: "a"})
		for more := true; more; {
			var err error
			if more, err = s.EraseStep(ctx, shop.ID, r.ID); err != nil {
				t.Fatal(err)
			}
		}
		if k, err := s.Call(ctx, shop.ID, "1"); err != nil || k.CustomerID != "" {
			t.Errorf("%+v %v", k, err)
		}
	})
}

// What is to be packed are the paid orders of some days of which nothing was sent.
func TestToPack(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, ctx := connect(t, s, "packs.myshopify.com"), t.Context()
		buy := func(id, customer string, at time.Time, change func(*crm.Order)) {
			o := crm.Order{ID: id, Name: "#" + id, CustomerID: customer, Status: crm.Paid, Total: euros(500), Items: []crm.LineItem{{Title: `"fulfillments":`, Quantity: 1}}, CreatedAt: at, PaidAt: at, UpdatedAt: at}
			change(&o)
			who := crm.Customer{ID: customer, FirstName: "Dora", UpdatedAt: at}
			if _, err := s.ApplyEvents(ctx, shop.ID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o, Customer: &who}}}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		now := c.Now()
		nothing := func(*crm.Order) {}
		buy("1", "a", now.AddDate(0, 0, -9), nothing)
		buy("2", "a", now.Add(-3*time.Hour), nothing)
		buy("3", "b", now.Add(-2*time.Hour), nothing)
		buy("4", "c", now.Add(-time.Hour), func(o *crm.Order) { o.Fulfillments = []crm.Fulfillment{{ID: "1", Status: "success", UpdatedAt: now}} })
		buy("5", "d", now.Add(-time.Hour), func(o *crm.Order) { o.Fulfillments = []crm.Fulfillment{{ID: "1", Status: "cancelled", UpdatedAt: now}} })
		buy("6", "e", now.Add(-time.Hour), func(o *crm.Order) { o.Status = crm.Pending })
		all, more, err := s.ToPack(ctx, shop.ID, now.AddDate(0, 0, -1), now, 10)
		if err != nil || more || len(all) != 3 {
			t.Fatalf("%+v %v %v", all, more, err)
		}
		for i, want := range []struct {
			id    string
			first bool
		}{{"2", false}, {"3", true}, {"5", true}} {
			if all[i].Order.ID != want.id || all[i].First != want.first || all[i].Customer.FirstName != "Dora" {
				t.Errorf("%+v", all[i])
			}
		}
		if some, more, err := s.ToPack(ctx, shop.ID, now.AddDate(0, 0, -10), now, 2); err != nil || !more || len(some) != 2 || some[0].Order.ID != "1" {
			t.Errorf("%+v %v %v", some, more, err)
		}
	})
}

// She herself has her data by a link that came to her own address, and is erased
// by it, once; who reads at another address gets nothing.
func TestDataOfLinks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, ctx := connect(t, s, "data.myshopify.com"), t.Context()
		delivers(t, s, shop.ID, "1", "a", c.Now().AddDate(0, 0, -2), 30)
		o, err := s.Order(ctx, shop.ID, "1")
		if err != nil {
			t.Fatal(err)
		}
		o.ID, o.Name, o.Email, o.EmailKey = "2", "#2", "gift@x.example", "gift@x.example"
		if _, err := s.ApplyEvents(ctx, shop.ID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o}}}}, nil); err != nil {
			t.Fatal(err)
		}
		planned, err := s.PlanMessages(ctx, shop.ID, []crm.Message{{Journey: "thank_you", Subject: "order:2", CustomerID: "a", OrderID: "2", Purpose: crm.Transactional, DueAt: c.Now().AddDate(1, 0, 0)}})
		if err != nil {
			t.Fatal(err)
		}
		if all := messages(t, s, shop.ID); len(all) == 0 {
			t.Fatal(planned)
		}
		elsewhere := store.Link{ShopID: shop.ID, CustomerID: "a", MessageID: messages(t, s, shop.ID)[0].ID}
		if x, own, err := s.DataOf(ctx, elsewhere); err != nil || own || len(x.Orders) != 0 {
			t.Errorf("at another address: %v %v %+v", own, err, x)
		}
		if _, err := s.AskErasure(ctx, elsewhere); !errors.Is(err, crm.ErrConflict) {
			t.Errorf("erased by who reads at another address: %v", err)
		}
		l := store.Link{ShopID: shop.ID, CustomerID: "a"}
		if x, own, err := s.DataOf(ctx, l); err != nil || !own || len(x.Orders) != 2 || len(x.Customers) != 1 {
			t.Errorf("%v %v %+v", own, err, x)
		}
		first, err := s.AskErasure(ctx, l)
		if err != nil || first.Kind != crm.PrivacyEraseCustomer || first.State != crm.PrivacyOpen {
			t.Fatalf("%+v %v", first, err)
		}
		if again, err := s.AskErasure(ctx, l); err != nil || again.ID != first.ID {
			t.Errorf("asked twice: %+v %v", again, err)
		}
		if open, err := s.ErasureOf(ctx, l); err != nil || open == nil || open.ID != first.ID {
			t.Errorf("%+v %v", open, err)
		}
	})
}
