package desk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/internal/needs"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates"
)

// room is a desk over a real database, in a shop where all gestures are
// switched on. Its clock moves only when told.
type room struct {
	*desk.Desk
	t    *testing.T
	shop crm.Shop
	rows func() string // all that the database holds

	mu  sync.Mutex
	now time.Time
	n   int
}

// each runs a test on both engines.
func each(t *testing.T, test func(t *testing.T, r *room)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "grazie.db")
		r := newRoom(t, store.Options{Path: path})
		r.rows = func() string {
			var all strings.Builder
			for _, file := range []string{path, path + "-wal"} { // whatever is written goes into one of them
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(b)
			}
			return all.String()
		}
		test(t, r)
	})
	t.Run("postgres", func(t *testing.T) {
		url := needs.FreshPostgres(t)
		r := newRoom(t, store.Options{URL: url})
		r.rows = func() string { return needs.PostgresRows(t, url) }
		test(t, r)
	})
}

func newRoom(t *testing.T, o store.Options) *room {
	t.Helper()
	r := &room{t: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	o.Secrets, o.Now = []string{"a secret key for the tests"}, r.Now
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	renderer, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	r.Desk = &desk.Desk{Store: s, Templates: renderer, PublicURL: "https://grazie.example", Now: r.Now}
	r.shop, _, err = s.ConnectShop(t.Context(), crm.Shop{
		Platform: "shopify", Domain: "bottega.myshopify.com", Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
		LegalName: "Bottega Srl", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Country: "IT", Locale: "en", Currency: "EUR",
		Journeys: map[string]crm.Values{"birthday_coupon": {"enabled": "true"}, "anniversary_coupon": {"enabled": "true"},
			"review_request": {"enabled": "true"}, "return_upgrade": {"enabled": "true", "label_url": "https://label.example/1"}},
	}, crm.Values{"secret": "hush"})
	if err != nil {
		t.Fatal(err)
	}
	r.pass(time.Hour)
	return r
}

func (r *room) Now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *room) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// told applies what the platform tells, with the messages that follow by
// themselves, or without.
func (r *room) told(plan bool, events ...crm.Event) {
	r.t.Helper()
	r.n++
	w, err := r.Store.ReceiveWebhook(r.t.Context(), store.Webhook{ShopID: r.shop.ID, DeliveryID: fmt.Sprint("d", r.n), Topic: "orders/paid", Headers: "{}", Body: []byte(`{}`)})
	if err != nil {
		r.t.Fatal(err)
	}
	var follow store.Plan
	if plan {
		follow = func(e crm.Event) []crm.Message { return journeys.Plan(e, r.shop) }
	}
	if _, err := r.Store.ApplyEvents(r.t.Context(), r.shop.ID, []store.Applied{{WebhookID: w.ID, State: store.WebhookProcessed, Events: events}}, follow); err != nil {
		r.t.Fatal(err)
	}
	r.pass(time.Second)
}

// anna is a customer who agreed to marketing, by her id.
func (r *room) anna(id string) crm.Customer {
	email := "anna" + id + "@posta.example"
	return crm.Customer{ID: id, FirstName: "Anna", LastName: "Rossi", Email: email, EmailKey: email, Locale: "en",
		Address: &crm.Address{Country: "IT", City: "Bologna"}, CreatedAt: r.Now().Add(-time.Minute), UpdatedAt: r.Now(),
		Consent: crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "confirmed_opt_in", At: r.Now()}}
}

// order is a paid order of a customer.
func (r *room) order(id string, c crm.Customer) crm.Order {
	price := crm.Money{Minor: 2500, Currency: "EUR"}
	return crm.Order{ID: id, Name: "#" + id, CustomerID: c.ID, Email: c.Email, EmailKey: c.EmailKey, Status: crm.Paid, Total: price, Subtotal: price,
		Presentment: price, Items: []crm.LineItem{{ID: "1", ProductID: "9", Title: "Olive soap", Quantity: 1, Price: price}},
		Shipping: c.Address, Locale: "en", CreatedAt: r.Now(), PaidAt: r.Now(), UpdatedAt: r.Now()}
}

// buys lets a customer order; no message follows by itself.
func (r *room) buys(order string, c crm.Customer) crm.Order {
	r.t.Helper()
	o := r.order(order, c)
	r.told(false, crm.Event{Kind: crm.OrderPaid, At: r.Now(), Order: &o, Customer: &c})
	return o
}

// set changes the shop.
func (r *room) set(change func(*crm.Shop)) {
	r.t.Helper()
	var err error
	if r.shop, err = r.Store.ChangeShop(r.t.Context(), r.shop.ID, func(s *crm.Shop) error {
		if s.Rules == nil {
			s.Rules = crm.Values{}
		}
		change(s)
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
}

// sent is a worker who hands a message over.
func (r *room) sent(m crm.Message) {
	r.t.Helper()
	r.outcome(m, store.Outcome{State: crm.Sent, Mailer: "outbox", ProviderID: "p1", SentAt: r.Now()})
}

func (r *room) outcome(m crm.Message, o store.Outcome) {
	r.t.Helper()
	m, err := r.Store.Message(r.t.Context(), r.shop.ID, m.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	if won, err := r.Store.ClaimMessage(r.t.Context(), m); !won || err != nil {
		r.t.Fatal(won, err)
	}
	m.State, m.Attempt = crm.Sending, m.Attempt+1
	o.Message = m
	if done, err := r.Store.RecordOutcome(r.t.Context(), o); !done || err != nil {
		r.t.Fatal(done, err)
	}
}

func (r *room) messages() []crm.Message {
	r.t.Helper()
	all, err := r.Store.Messages(r.t.Context(), r.shop.ID, store.MessageFilter{Limit: 1000})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// run asks for a gesture and must get it.
func (r *room) run(q desk.Request) crm.Message {
	r.t.Helper()
	m, err := r.Run(r.t.Context(), r.shop, q)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *room) preview(q desk.Request) desk.Preview {
	r.t.Helper()
	p, err := r.Preview(r.t.Context(), r.shop, q)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

var kim = crm.Ask{By: "kim", Reason: "she asked"}
