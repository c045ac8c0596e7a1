package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// known makes a customer as the platform tells of her.
func known(t *testing.T, s *store.Store, c *clock, shopID string, p crm.Customer) {
	t.Helper()
	if p.Email == "" {
		p.Email, p.EmailKey = p.ID+"@x.example", p.ID+"@x.example"
	}
	p.UpdatedAt = c.Now()
	apply(t, s, shopID, store.NewID("d"), []crm.Event{{Kind: crm.CustomerChanged, Customer: &p}})
}

func TestBirthdaysAreFoundByDay(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		born := func(shopID, id string, day crm.MonthDay) {
			known(t, s, c, shopID, crm.Customer{ID: id, Birthday: crm.Birthday{Day: day, At: c.Now()}})
		}
		for i := range 7 {
			born(shop.ID, fmt.Sprint("1", i), crm.MonthDay(fmt.Sprint("03-0", i+1)))
			born(other.ID, fmt.Sprint("2", i), crm.MonthDay(fmt.Sprint("03-0", i+1)))
		}
		born(shop.ID, "leap", "02-29")
		known(t, s, c, shop.ID, crm.Customer{ID: "untold"})
		var found []string
		after := ""
		for range 10 {
			some, err := s.BornOn(t.Context(), shop.ID, []crm.MonthDay{"02-29", "03-02", "03-03", "03-04"}, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range some {
				if !o.FirstOrder.IsZero() {
					t.Errorf("%s has a first day: %v", o.Customer.ID, o.FirstOrder)
				}
				found, after = append(found, o.Customer.ID), o.Customer.ID
			}
			if len(some) == 0 {
				break
			}
		}
		if want := []string{"11", "12", "13", "leap"}; !slices.Equal(found, want) {
			t.Errorf("by twos: %v; want %v", found, want)
		}
		c.pass(time.Hour)
		born(shop.ID, "12", "07-01") // she told another day
		if some, err := s.BornOn(t.Context(), shop.ID, []crm.MonthDay{"03-03"}, "", 10); len(some) != 0 || err != nil {
			t.Errorf("her old day: %v, %v", some, err)
		}
		known(t, s, c, shop.ID, crm.Customer{ID: "12", Birthday: crm.Birthday{At: c.Now().Add(time.Second)}}) // and took it back
		if some, err := s.BornOn(t.Context(), shop.ID, []crm.MonthDay{"07-01", ""}, "", 10); len(some) != 0 || err != nil {
			t.Errorf("a day that was taken back, or none: %v, %v", some, err)
		}
	})
}

// Anniversaries are of the first counted order, where it is known for sure
// (mail-and-domain.md, 4.5).
func TestFirstOrders(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		connected := c.Now()
		one := 1
		long := connected.AddDate(-2, 0, 0)
		c.pass(24 * time.Hour)
		joined := c.Now()
		for _, p := range []crm.Customer{
			{ID: "first", CreatedAt: joined}, {ID: "later", CreatedAt: joined}, {ID: "cancelled", CreatedAt: joined}, {ID: "only-joined", CreatedAt: joined},
			{ID: "old", CreatedAt: long},                       // her first order may be one that Grazie never saw
			{ID: "old-joined", CreatedAt: long, Orders: &one},  // and this one's surely is
			{ID: "old-window", CreatedAt: long.Add(time.Hour)}, // joined then, and never ordered as far as anybody knows
		} {
			known(t, s, c, shop.ID, p)
		}
		order := func(id, customer string, at time.Time, change func(*crm.Order)) {
			o := paidOrder(c, id, customer, customer+"@x.example")
			o.CreatedAt = at
			if customer == "" {
				o.Email, o.EmailKey = "", ""
			}
			if change != nil {
				change(&o)
			}
			apply(t, s, shop.ID, "o"+id, paid(o))
		}
		day := joined.AddDate(0, 0, 10)
		order("1", "first", day, nil)
		order("2", "first", day.Add(time.Hour), nil)
		order("3", "later", day.AddDate(0, 0, -5), nil)
		order("4", "later", day, nil)
		order("5", "cancelled", day, func(o *crm.Order) { o.CancelledAt = day })
		order("6", "old", day, nil)
		order("7", "", day, nil) // at the counter, of nobody
		apply(t, s, shop.ID, "guest", paid(func() crm.Order { o := paidOrder(c, "8", "", "guest@x.example"); o.CreatedAt = day; return o }()))
		since := func(from, to time.Time) (all []string) {
			t.Helper()
			found, err := s.FirstOrdersBetween(t.Context(), shop, from, to)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range found {
				all = append(all, o.Customer.ID+" "+o.FirstOrder.Format(time.DateTime))
			}
			slices.Sort(all)
			return all
		}
		at := func(id string, when time.Time) string { return id + " " + when.Format(time.DateTime) }
		for name, c := range map[string]struct {
			from time.Time
			want []string
		}{
			"the day of the orders":  {day, []string{at("first", day)}},
			"the earlier order":      {day.AddDate(0, 0, -5), []string{at("later", day.AddDate(0, 0, -5))}},
			"the day they joined":    {joined, nil},
			"long before":            {long, nil},
			"a day on which nothing": {day.AddDate(0, 1, 0), nil},
		} {
			if got := since(c.from, c.from.Add(24*time.Hour)); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v; want %v", name, got, c.want)
			}
		}
		if got := since(day.Add(-time.Hour), day); len(got) != 0 {
			t.Errorf("the end belongs to the next: %v", got)
		}
		shop.Imports = []string{joined.Format(time.DateOnly)}
		if got := since(day, day.Add(24*time.Hour)); len(got) != 0 {
			t.Errorf("customers of an import: %v", got)
		}
		shop.Imports = nil
		if first, err := s.FirstOrdered(t.Context(), shop.ID); err != nil || !first.Equal(day.AddDate(0, 0, -5)) {
			t.Errorf("the shop begins at %v, %v; want %v", first, err, day.AddDate(0, 0, -5))
		}
	})
}

// An order whose time of placing nobody told does not end the looking for
// anniversaries.
func TestTheFirstOrderOfAShop(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		first := func(want time.Time) {
			t.Helper()
			if got, err := s.FirstOrdered(t.Context(), shop.ID); err != nil || !got.Equal(want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		}
		first(time.Time{})
		o := paidOrder(c, "1", "77", "ada@x.example")
		o.CreatedAt = time.Time{}
		apply(t, s, shop.ID, "untold", paid(o))
		first(time.Time{})
		apply(t, s, shop.ID, "told", paid(paidOrder(c, "2", "77", "ada@x.example")))
		first(c.Now())
	})
}

// More than 2 % of all customers on one day, and more than a handful, is an
// import (mail-and-domain.md, 4.5).
func TestImportsStampCustomers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		imported, usual := c.Now(), c.Now().AddDate(0, 0, 7)
		n := 0
		join := func(count int, at time.Time) {
			var events []crm.Event
			for range count {
				n++
				events = append(events, crm.Event{Kind: crm.CustomerChanged, Customer: &crm.Customer{ID: fmt.Sprint(n), CreatedAt: at, UpdatedAt: at}})
			}
			apply(t, s, shop.ID, store.NewID("d"), events)
		}
		is := func(at time.Time, want bool) {
			t.Helper()
			got, err := s.Imports(t.Context(), shop.ID)
			if err != nil || slices.Contains(got, at.UTC().Format(time.DateOnly)) != want {
				t.Errorf("%s with %d customers: %v, %v", at, n, got, err)
			}
		}
		join(20, usual)
		is(usual, false) // a handful
		join(1, usual)
		is(usual, true)
		join(1029, imported) // 21 of 1050 are 2 %
		is(usual, false)
		is(imported, true)
	})
}

func TestPlannedDays(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		if day, err := s.Planned(t.Context(), shop.ID); !day.IsZero() || err != nil {
			t.Errorf("before the first: %v, %v", day, err)
		}
		for _, day := range []crm.Day{{Year: 2028, Month: 2, Day: 28}, {Year: 2028, Month: 2, Day: 29}} {
			if err := s.SetPlanned(t.Context(), shop.ID, day); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Planned(t.Context(), shop.ID); got != day || err != nil {
				t.Errorf("got %v, %v; want %v", got, err, day)
			}
		}
	})
}
