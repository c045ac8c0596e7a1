package bigcommerce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

// crowd puts many customers, subscribers and orders into a store.
func crowd(s *simstore.Store, customers, orders int) {
	for i := range customers {
		id := 1000 + i
		email := fmt.Sprintf("c%d@shop.example", id)
		s.Customers[id] = simstore.Customer{ID: id, Email: email, FirstName: "C", Created: start.AddDate(-1, 0, 0), Modified: start.AddDate(-1, 0, 0)}
		if i%2 == 0 {
			s.Subscribers[id] = simstore.Subscriber{ID: id, Email: email, Consents: []string{"marketing_newsletter"}, Modified: start.AddDate(-1, 0, 0)}
		}
	}
	for i := range orders {
		id := 5000 + 3*i
		s.Orders[id] = simstore.Order{ID: id, CustomerID: 1000 + i%max(customers, 1), StatusID: 10, Subtotal: "10", Total: "10", Email: fmt.Sprintf("c%d@shop.example", 1000+i%max(customers, 1)),
			Items: []simstore.Item{{ID: 1, ProductID: 87, Quantity: 1, Name: "Sapone", Price: "10"}}, Created: start.AddDate(-1, 0, 0), Modified: start.AddDate(-1, 0, i%300)}
	}
}

// past reads a history to its end, beginning anew after each portion as if the
// worker had been lost, and returns what was told.
func past(t *testing.T, s *stand) (events []crm.Event, last integrations.Portion) {
	t.Helper()
	cut := errors.New("lost")
	at := ""
	for range 1000 {
		err := s.History(t.Context(), s.conn, at, func(p integrations.Portion) error {
			events, last, at = append(events, p.Events...), p, p.Cursor
			return cut
		})
		if err == nil {
			return events, last
		}
		if e, ok := err.(*integrations.Error); ok && e.Kind == integrations.RateLimited {
			s.now = e.RetryAt
			s.Change(func() { s.Quota = 32 })
			continue
		}
		if !errors.Is(err, cut) {
			t.Fatal(err)
		}
		var told struct{ Part string }
		if json.Unmarshal([]byte(at), &told) == nil && told.Part == "" {
			return events, last
		}
	}
	t.Fatal("it does not end")
	return nil, last
}

// History tells all customers, who of them takes the newsletter, and all orders
// once, however often it is cut; and leaves webhooks a part of the quota.
func TestHistory(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	crowd(s.Store, 260, 400)
	s.Change(func() {
		o := s.Orders[5000]
		o.StatusID, o.Refunds = 14, []simstore.Refund{{ID: 1, Amount: 10, At: start}}
		s.Orders[5000] = o
		bad := s.Orders[5003]
		bad.Total = "a lot"
		s.Orders[5003] = bad
	})
	s.Quota = 32
	events, last := past(t, s)
	customers, orders, subscribed := map[string]int{}, map[string]int{}, 0
	for _, e := range events {
		switch {
		case e.Kind == crm.CustomerChanged:
			customers[e.Customer.ID]++
		case e.Kind == crm.ConsentChanged && e.Customer.Consent.State == crm.ConsentSubscribed:
			subscribed++
		case e.Kind == crm.OrderChanged:
			orders[e.Order.ID]++
			if e.Order.ID == "5000" && !e.Order.FullyRefunded() {
				t.Error("a refund is not told")
			}
		}
	}
	if len(customers) != 260 || len(orders) != 399 || subscribed != 130 || orders["5006"] != 1 {
		t.Errorf("%d customers, %d orders, %d subscribed", len(customers), len(orders), subscribed)
	}
	if last.Done != 660 || last.Total != 660 {
		t.Errorf("done %d of %d", last.Done, last.Total)
	}
	if s.Least < 20 {
		t.Errorf("it left %d calls to webhooks", s.Least)
	}
}

func TestHistorySkipsWhatCannotBeRead(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	crowd(s.Store, 0, 2)
	s.Change(func() { o := s.Orders[5003]; o.Total = "a lot"; s.Orders[5003] = o })
	var skipped []string
	if err := s.History(t.Context(), s.conn, "", func(p integrations.Portion) error { skipped = append(skipped, p.Skipped...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 1 || !strings.Contains(skipped[0], "order 2: ") || strings.Contains(skipped[0], "a lot") {
		t.Errorf("skipped: %q", skipped)
	}
	if err := s.History(t.Context(), s.conn, "nonsense", nil); kindOf(err) != integrations.Rejected {
		t.Errorf("a cursor of another program: %v", err)
	}
}

// What changed between two times is handed over once, oldest first, in a form
// that reads back.
func TestChanged(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	crowd(s.Store, 3, 300)
	since, until := start.AddDate(-1, 0, 0), start.AddDate(-1, 0, 200)
	seen := map[string]bool{}
	last := map[integrations.ChangedKind]time.Time{}
	err := s.Changed(t.Context(), s.conn, since, until, func(c integrations.Changed) error {
		if seen[c.ID] || c.At.Before(since) || c.At.After(until) || c.At.Before(last[c.Kind]) {
			t.Errorf("%s %s at %s", c.Kind, c.ID, c.At)
		}
		seen[c.ID], last[c.Kind] = true, c.At
		if len(seen) > 1 {
			return nil
		}
		events, err := s.ReadWebhook(t.Context(), s.conn, integrations.Envelope{Topic: c.Topic, Domain: s.Hash}, c.Body)
		if err != nil || len(events) == 0 || events[0].Order.ID != c.ID || !events[0].Order.UpdatedAt.Equal(c.At) {
			t.Errorf("read back: %+v, %v", events, err)
		}
		return nil
	})
	if err != nil || len(seen) != 201+3 {
		t.Errorf("%d things, %v", len(seen), err)
	}
	stop := errors.New("enough")
	if err := s.Changed(t.Context(), s.conn, since, until, func(integrations.Changed) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("it goes on: %v", err)
	}
}
