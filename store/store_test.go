package store_test

import (
	"path/filepath"
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
		WebhookID: receive(t, s, shopID, delivery).ID, State: store.WebhookProcessed, Events: events,
	}}, planning(messages))
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// planning plans given messages for the first event, with its customer as known.
func planning(messages []crm.Message) store.Plan {
	return func(e crm.Event) []crm.Message {
		var all []crm.Message
		for _, m := range messages {
			if e.Order != nil && m.CustomerID == "" {
				m.CustomerID = e.Order.CustomerID
			}
			all = append(all, m)
		}
		messages = nil
		return all
	}
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
