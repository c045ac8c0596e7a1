package store_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const secret = "a secret key for the tests"

// each runs a test on every engine there is: SQLite always, PostgreSQL in CI.
func each(t *testing.T, test func(t *testing.T, s *store.Store, c *clock)) {
	t.Helper()
	for name, options := range map[string]func(*testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")} },
		"postgres": func(t *testing.T) store.Options { return store.Options{URL: needs.FreshPostgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := options(t)
			o.Secrets, o.Now = []string{secret}, c.Now
			test(t, open(t, o), c)
		})
	}
}

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func connect(t *testing.T, s *store.Store, domain string) crm.Shop {
	t.Helper()
	shop, _, err := s.ConnectShop(t.Context(), crm.Shop{
		Platform: "shopify", Domain: domain, Name: "Demo", Sender: crm.Mailbox{Name: "Anna", Email: "anna@demo.example"},
		Timezone: "Europe/Rome", Locale: "en", Currency: "EUR",
	}, crm.Values{"secret": "hush"})
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

func receive(t *testing.T, s *store.Store, shopID, delivery string) store.Received {
	t.Helper()
	r, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: shopID, DeliveryID: delivery, Topic: "orders/paid", Headers: "{}", Body: []byte(`{"id":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// apply stores a webhook and applies what it told.
func apply(t *testing.T, s *store.Store, shopID, delivery string, events []crm.Event, messages ...crm.Message) []string {
	t.Helper()
	due, err := s.ApplyEvents(t.Context(), shopID, []store.Applied{{
		WebhookID: receive(t, s, shopID, delivery).ID, State: store.WebhookProcessed, Events: events, Messages: messages,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func paidOrder(c *clock, id, customer, email string) crm.Order {
	return crm.Order{ID: id, Name: "#" + id, CustomerID: customer, Email: email, EmailKey: crm.EmailKey(email), Status: crm.Paid,
		Total: crm.Money{Minor: 1000, Currency: "EUR"}, Items: []crm.LineItem{{Title: "Soap", Quantity: 1}},
		CreatedAt: c.Now(), PaidAt: c.Now(), UpdatedAt: c.Now()}
}

func paid(o crm.Order) []crm.Event {
	return []crm.Event{{Kind: crm.OrderPaid, Order: &o, At: o.PaidAt}}
}

func thankYou(o crm.Order, due time.Time) crm.Message {
	return crm.Message{OrderID: o.ID, Journey: "thank_you", Purpose: crm.Transactional, Subject: "order:" + o.ID, DueAt: due}
}

func messages(t *testing.T, s *store.Store, shopID string) []crm.Message {
	t.Helper()
	all, err := s.Messages(t.Context(), shopID, store.MessageFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

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

func TestOneOccasionIsPlannedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		if due := apply(t, s, shop.ID, "create", paid(o), thankYou(o, c.Now())); len(due) != 1 {
			t.Fatalf("due: %v", due)
		}
		// The other topic, in a batch with a copy of itself, and then as a guest's.
		receive(t, s, shop.ID, "paid")
		if due := apply(t, s, shop.ID, "paid-2", paid(o), thankYou(o, c.Now()), thankYou(o, c.Now())); len(due) != 0 {
			t.Errorf("planned again: %v", due)
		}
		o.CustomerID = ""
		if due := apply(t, s, shop.ID, "updated", paid(o), thankYou(o, c.Now())); len(due) != 0 {
			t.Errorf("planned again for a guest: %v", due)
		}
		if all := messages(t, s, shop.ID); len(all) != 1 || all[0].CustomerID != "77" {
			t.Errorf("messages: %+v", all)
		}
	})
}

func TestGuestsAreFoundByAddress(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		for i, id := range []string{"1", "2"} {
			o := paidOrder(c, id, "", "Ada@x.example")
			o.CreatedAt = o.CreatedAt.Add(time.Duration(i) * time.Minute)
			apply(t, s, shop.ID, "d"+id, paid(o), thankYou(o, c.Now()))
		}
		all := messages(t, s, shop.ID)
		if len(all) != 2 || all[0].CustomerID != all[1].CustomerID || !strings.HasPrefix(all[0].CustomerID, "guest_") {
			t.Fatalf("two orders of one guest: %+v", all)
		}
		if strings.Contains(all[0].CustomerID, "ada") {
			t.Error("the guest's id tells the address")
		}
		// The same address with an account: new orders go to the account.
		apply(t, s, shop.ID, "account", []crm.Event{{Kind: crm.CustomerChanged, Customer: &crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example", UpdatedAt: c.Now()}}})
		o := paidOrder(c, "3", "", "ada@x.example")
		o.CreatedAt = o.CreatedAt.Add(time.Hour)
		apply(t, s, shop.ID, "d3", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		facts, err := s.Facts(t.Context(), shop.ID, []string{m.ID})
		if err != nil || len(facts) != 1 {
			t.Fatal(facts, err)
		}
		if m.CustomerID != "77" || facts[0].OrdersBefore != 2 {
			t.Errorf("customer %s with %d orders before; want 77 with 2", m.CustomerID, facts[0].OrdersBefore)
		}
	})
}

func TestClaimIsWonOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		var wg sync.WaitGroup
		var won sync.Map
		for i := range 50 {
			wg.Go(func() {
				ok, err := s.ClaimMessage(context.Background(), m)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Store(i, true)
				}
			})
		}
		wg.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Fatalf("%d of 50 won the claim", n)
		}
		m.State, m.Attempt = crm.Sending, 1
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Sent, SentAt: c.Now(), Mailer: "outbox", Phrases: []string{"a", "b"}}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		// A late worker's word about the same try comes to nothing.
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Failed}); ok || err != nil {
			t.Fatal("recorded twice", err)
		}
		got, _ := s.Message(t.Context(), shop.ID, m.ID)
		if got.State != crm.Sent || got.Attempt != 1 || len(got.Phrases) != 2 || !got.SentAt.Equal(c.Now()) {
			t.Errorf("stored: %+v", got)
		}
	})
}

func TestCancelledOrderStopsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d1", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		read := messages(t, s, shop.ID)[0] // as a worker has it in hand
		c.pass(time.Hour)
		o.CancelledAt, o.UpdatedAt = c.Now(), c.Now()
		apply(t, s, shop.ID, "d2", []crm.Event{{Kind: crm.OrderChanged, Order: &o}})
		if m := messages(t, s, shop.ID)[0]; m.State != crm.Cancelled || m.Reason != crm.ReasonOrderCancelled {
			t.Errorf("message: %+v", m)
		}
		if won, err := s.ClaimMessage(t.Context(), read); won || err != nil {
			t.Error("a cancelled message was claimed", err)
		}
	})
}

func TestOlderNeverOverwritesNewer(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		newer := paidOrder(c, "9007199254740993", "77", "new@x.example")
		newer.UpdatedAt = c.Now().Add(time.Minute)
		older := paidOrder(c, "9007199254740993", "77", "old@x.example")
		older.Status = crm.Pending
		apply(t, s, shop.ID, "new", []crm.Event{{Kind: crm.OrderChanged, Order: &newer}})
		apply(t, s, shop.ID, "old", []crm.Event{{Kind: crm.OrderChanged, Order: &older}})
		got, err := s.Order(t.Context(), shop.ID, "9007199254740993")
		if err != nil || got.Status != crm.Paid || got.Email != "new@x.example" {
			t.Errorf("order: %+v, %v", got, err)
		}
	})
}

// Many writers change one order and one customer; none is lost.
func TestWritersOfOneOrderMeet(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		var wg sync.WaitGroup
		const parcels = 12
		for i := range parcels {
			wg.Go(func() {
				id := string(rune('a' + i))
				_, err := s.ApplyEvents(context.Background(), shop.ID, []store.Applied{{WebhookID: id, State: store.WebhookProcessed, Events: []crm.Event{
					{Kind: crm.ParcelChanged, Order: &crm.Order{ID: "1", Fulfillments: []crm.Fulfillment{{ID: id}}}}}}})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if o, err := s.Order(t.Context(), shop.ID, "1"); err != nil || len(o.Fulfillments) != parcels {
			t.Errorf("%d parcels, %v; want %d", len(o.Fulfillments), err, parcels)
		}
	})
}

func TestLeaseThatRunsOutIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if won, _ := s.ClaimMessage(t.Context(), m); !won {
			t.Fatal("not claimed")
		}
		if lost, err := s.LoseLeases(t.Context(), c.Now()); len(lost) != 0 || err != nil {
			t.Fatalf("lost before its time: %v %v", lost, err)
		}
		c.pass(3 * time.Minute)
		if lost, err := s.LoseLeases(t.Context(), c.Now()); len(lost) != 1 || err != nil {
			t.Fatalf("not lost: %v %v", lost, err)
		}
		if rung, err := s.Ring(t.Context(), c.Now().Add(time.Hour), 10); err != nil || contains(rung, m.ID) {
			t.Errorf("an unknown message is rung: %v %v", rung, err)
		}
		if err := s.SettleMessage(t.Context(), shop.ID, m.ID, false, "asked the customer"); err != nil {
			t.Fatal(err)
		}
		got, _ := s.Message(t.Context(), shop.ID, m.ID)
		if got.State != crm.Planned || got.Attempt != 1 {
			t.Errorf("settled as not sent: %+v", got)
		}
		if err := s.SettleMessage(t.Context(), shop.ID, m.ID, true, ""); err == nil {
			t.Error("a planned message was settled")
		}
	})
}

func contains(rows []store.Waiting, id string) bool {
	for _, r := range rows {
		if r.ID == id {
			return true
		}
	}
	return false
}

func TestRingLeavesOutWhatWasRungLately(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		w := receive(t, s, shop.ID, "d")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d2", paid(o), thankYou(o, c.Now().Add(time.Hour)))
		m := messages(t, s, shop.ID)[0]
		again := func(want ...string) {
			t.Helper()
			rung, err := s.Ring(t.Context(), c.Now().Add(-30*time.Second), 10)
			if err != nil || len(rung) != len(want) {
				t.Fatalf("rung %v, %v; want %v", rung, err, want)
			}
			for _, id := range want {
				if !contains(rung, id) {
					t.Errorf("%s was not rung", id)
				}
			}
		}
		again() // just received: it stands in the queue
		c.pass(time.Minute)
		again(w.ID)
		again()
		c.pass(time.Hour)
		again(w.ID, m.ID)
		again()
	})
}

func TestOneLeads(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		lead := func(who string, want bool) {
			t.Helper()
			if got, err := s.Lead(t.Context(), "sweep", who, 15*time.Second); got != want || err != nil {
				t.Fatalf("%s leads: %v, %v; want %v", who, got, err, want)
			}
		}
		lead("a", true)
		lead("b", false)
		lead("a", true)
		c.pass(16 * time.Second)
		lead("b", true)
		lead("a", false)
		if err := s.Resign(t.Context(), "sweep", "b"); err != nil {
			t.Fatal(err)
		}
		lead("a", true)
	})
}

func TestSuppressionStopsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		o := paidOrder(c, "1", "77", "Ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		apply(t, s, other.ID, "d", paid(o), thankYou(o, c.Now()))
		if err := s.Suppress(t.Context(), shop.ID, "ada@x.example", "bounced"); err != nil {
			t.Fatal(err)
		}
		if m := messages(t, s, shop.ID)[0]; m.State != crm.Skipped || m.Reason != crm.ReasonSuppressed {
			t.Errorf("what waits: %+v", m)
		}
		facts, err := s.FactsOf(t.Context(), shop.ID, messages(t, s, shop.ID))
		if err != nil || !facts[0].Suppressed {
			t.Errorf("facts: suppressed %v, %v", facts[0].Suppressed, err)
		}
		facts, err = s.FactsOf(t.Context(), other.ID, messages(t, s, other.ID))
		if err != nil || facts[0].Suppressed {
			t.Errorf("another shop: suppressed %v, %v", facts[0].Suppressed, err)
		}
	})
}

func TestByHandTakesUpWhatDidNotGoOut(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		o := paidOrder(c, "1", "77", "ada@x.example")
		apply(t, s, shop.ID, "d", paid(o), thankYou(o, c.Now()))
		m := messages(t, s, shop.ID)[0]
		if _, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Skipped, Reason: crm.ReasonStale}); err != nil {
			t.Fatal(err)
		}
		again := thankYou(o, c.Now())
		again.ShopID, again.ByHand, again.Detail, again.CustomerID = shop.ID, true, "she asked", "77"
		got, err := s.PlanByHand(t.Context(), again)
		if err != nil || got.ID != m.ID || got.State != crm.Planned || !got.ByHand || got.Detail != "she asked" {
			t.Fatalf("taken up: %+v, %v", got, err)
		}
		if won, _ := s.ClaimMessage(t.Context(), got); !won {
			t.Fatal("not claimed")
		}
		if _, err := s.PlanByHand(t.Context(), again); err == nil {
			t.Error("planned while it is in the air")
		}
	})
}
