package store_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

func factsOf(t *testing.T, s *store.Store, shopID string, m crm.Message) crm.Facts {
	t.Helper()
	facts, err := s.FactsOf(t.Context(), shopID, []crm.Message{m})
	if err != nil || len(facts) != 1 {
		t.Fatal(facts, err)
	}
	return facts[0]
}

func TestFactsOfAGift(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		begin := c.Now()
		known(t, s, c, shop.ID, crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example"})
		known(t, s, c, shop.ID, crm.Customer{ID: "78", Email: "ada@x.example", EmailKey: "ada@x.example"}) // another account of the same address
		buy := func(id, customer string, net, back int64) {
			o := holding(c, id, customer, net)
			o.Email, o.EmailKey = "ada@x.example", "ada@x.example"
			if back > 0 {
				o.Status, o.Refunds = crm.PartiallyRefunded, []crm.Refund{{ID: "r" + id, Amount: euros(back + 100), Goods: euros(back)}}
			}
			tell(t, s, shop.ID, o)
			c.pass(time.Hour)
		}
		buy("1", "77", 4000, 0)
		buy("2", "78", 3000, 1000)
		buy("3", "", 500, 0) // as a guest: goes to an account of the address
		last := c.Now().Add(-time.Hour)

		origin := gifted(t, s, c, shop.ID, "77")
		made(t, s, c, origin, "CODE", 500)
		other := gifted(t, s, c, shop.ID, "78")
		if won, err := s.ClaimMessage(t.Context(), other); !won || err != nil {
			t.Fatal(won, err)
		}
		plan := func(journey, subject string, purpose crm.Purpose, due time.Time) crm.Message {
			m := crm.Message{Journey: journey, Purpose: purpose, CustomerID: "77", OrderID: "1", Subject: subject, DueAt: due}
			if _, err := s.PlanMessages(t.Context(), shop.ID, []crm.Message{m}); err != nil {
				t.Fatal(err)
			}
			return bySubject(t, s, shop.ID, subject)
		}
		soon := plan("review_request", "review:1", crm.Marketing, c.Now().Add(36*time.Hour))
		plan("review_request", "review:far", crm.Marketing, c.Now().Add(36*time.Hour+time.Second))
		plan("thank_you", "order:1", crm.Transactional, c.Now())
		reminder := plan("birthday_coupon", crm.ReminderOf(origin.Subject), crm.Marketing, c.Now().AddDate(0, 0, 20))
		plan("anniversary_coupon", crm.ReminderOf(origin.Subject)+"x", crm.Marketing, c.Now().AddDate(0, 1, 0))

		returned(t, s, shop.ID, crm.Return{ID: "r10", OrderID: "1", Status: crm.ReturnOpen, UpdatedAt: c.Now()})
		returned(t, s, shop.ID, crm.Return{ID: "r9", OrderID: "1", Status: crm.ReturnClosed, UpdatedAt: c.Now()})
		for _, source := range []string{"review:a", "review:b"} {
			if err := s.OpenTask(t.Context(), crm.Task{ShopID: shop.ID, Kind: crm.TaskLowRating, Source: source, OrderID: "1", CustomerID: "77", Detail: source}); err != nil {
				t.Fatal(err)
			}
		}
		tasks, err := s.Tasks(t.Context(), shop.ID, false, 10)
		if err != nil || len(tasks) != 2 {
			t.Fatal(tasks, err)
		}
		if err := s.FinishTask(t.Context(), shop.ID, tasks[0].ID, "Bea: called her"); err != nil {
			t.Fatal(err)
		}

		f := factsOf(t, s, shop.ID, soon)
		if len(f.Returns) != 2 || f.Returns[0].ID != "r9" || len(f.OpenTasks) != 1 || f.OpenTasks[0].ID != tasks[1].ID || !f.TaskDoneAt.Equal(c.Now()) || f.Review != nil {
			t.Errorf("returns %+v, tasks %+v, review %v", f.Returns, f.OpenTasks, f.Review)
		}
		if f.Orders != 3 || f.Spent != euros(6500) || !f.FirstOrder.Equal(begin) || !f.LastOrder.Equal(last) {
			t.Errorf("%d orders of %v from %v to %v; want 3 of 65.00 from %v to %v", f.Orders, f.Spent, f.FirstOrder, f.LastOrder, begin, last)
		}
		var waiting []string
		for _, m := range f.Waiting {
			waiting = append(waiting, m.Subject)
		}
		if !slices.Equal(waiting, []string{origin.Subject}) {
			t.Errorf("waiting: %v; want only what is due within 36 hours, of marketing, and not itself", waiting)
		}
		if len(f.SentToOthers) != 1 || f.SentToOthers[0].MessageID != other.ID {
			t.Errorf("to others at the address: %+v", f.SentToOthers)
		}
		if f.Origin != nil || len(f.Effects) != 0 {
			t.Errorf("of another occasion: %v, %v", f.Origin, f.Effects)
		}
		f = factsOf(t, s, shop.ID, reminder)
		if f.Origin == nil || f.Origin.ID != origin.ID || f.Code() == nil || f.Code().Code != "CODE" {
			t.Errorf("the reminder: of %v, %v", f.Origin, f.Effects)
		}
		f = factsOf(t, s, shop.ID, crm.Message{ID: "thought", ShopID: shop.ID, Journey: "anniversary_coupon", CustomerID: "77", Purpose: crm.Marketing, Subject: crm.ReminderOf(origin.Subject)})
		if f.Origin != nil || f.Code() != nil {
			t.Errorf("a reminder of another journey: %v, %v", f.Origin, f.Code())
		}
	})
}

// An address that must not be written to is known even where whose order it is
// was told later than what the message is about.
func TestSuppressedWithoutACustomer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		apply(t, s, shop.ID, "order", paid(paidOrder(c, "1", "77", "ada@x.example")))
		if err := s.Suppress(t.Context(), shop.ID, "ada@x.example", crm.ScopeAll, "complained", time.Time{}); err != nil {
			t.Fatal(err)
		}
		m := upgrade("r1", c.Now())
		m.OrderID = "1"
		if f := factsOf(t, s, shop.ID, m); f.Address() == "" || !f.Suppressed(c.Now()) {
			t.Errorf("it would go to %q", f.Address())
		}
	})
}

// The thank-you, of which there are most, asks for nothing that only gifts
// need. What was asked is told by the server's counters of each table's scans.
func TestThankYouAsksForNoGifts(t *testing.T) {
	s := open(t, store.Options{URL: needs.FreshPostgres(t), Secrets: []string{secret}, Now: newClock().Now})
	db, c := store.Database(s), newClock()
	shop := connect(t, s, "demo.myshopify.com")
	o := paidOrder(c, "1", "77", "ada@x.example")
	apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
	m := messages(t, s, shop.ID)[0]
	gifts := []string{"returns", "reviews", "tasks", "effects", "brakes", "rewards"}
	asked := func(m crm.Message) (tables []string) {
		before := scans(t, db)
		if _, err := s.FactsOf(t.Context(), shop.ID, []crm.Message{m}); err != nil {
			t.Fatal(err)
		}
		for table, n := range scans(t, db) {
			if n > before[table] && slices.Contains(gifts, table) {
				tables = append(tables, table)
			}
		}
		return tables
	}
	if got := asked(m); len(got) != 0 {
		t.Errorf("a thank-you asked for %v", got)
	}
	m.Ask = &crm.Ask{By: "Bea"}
	if got := asked(m); len(got) < 4 {
		t.Errorf("by hand it asked for %v only: this test sees nothing", got)
	}
}

func scans(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	query(t, db, `select pg_stat_force_next_flush()`)
	query(t, db, `select pg_stat_clear_snapshot()`)
	return counters(t, db, `select relname, seq_scan + coalesce(idx_scan, 0) from pg_stat_user_tables`)
}
