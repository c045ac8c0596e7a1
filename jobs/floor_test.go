package jobs

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
	"grazie/integrations/sendgrid"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
	"grazie/templates"
)

// floor is a worker with a real database, a real queue in memory, and a
// stand-in for the mail provider. Its clock moves only when told.
type floor struct {
	*Worker
	t      *testing.T
	shop   *simshop.Shop
	shopID string
	mails  *mailertest.SendGrid
	queue  *Queue
	log    *record

	mu  sync.Mutex
	now time.Time
}

// newFloor makes one that sends as many mails at once as told.
func newFloor(t *testing.T, sending int) *floor {
	t.Helper()
	return newFloorOn(t, sending, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db")})
}

// newFloorOn makes one on a database.
func newFloorOn(t *testing.T, sending int, o store.Options) *floor {
	t.Helper()
	f := &floor{t: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), log: &record{}, mails: &mailertest.SendGrid{Key: "key", Keep: true}}
	o.Secrets, o.Now = []string{"a secret key for the tests"}, f.Now
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	provider := httptest.NewServer(f.mails)
	t.Cleanup(provider.Close)
	redis, stop := Embedded()
	t.Cleanup(stop)
	renderer, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(f.log, nil))
	metrics := NewMetrics(prometheus.NewRegistry())
	f.queue = NewQueue(redis, "test")
	f.Worker = New(&Worker{
		Store: s, Bell: NewBell(f.queue, log, metrics), Platforms: map[string]integrations.Platform{"shopify": shopify.New()},
		Mailer:     sendgrid.New(integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true}), f.Now),
		Connection: integrations.Connection{Settings: crm.Values{"key": "key", "base_url": provider.URL}},
		Templates:  renderer, Now: f.Now, Log: log, Metrics: metrics,
	}, sending)
	f.shop = simshop.New(7, f.now.Add(-time.Hour))
	shop, _, err := s.ConnectShop(t.Context(), crm.Shop{
		Platform: "shopify", Domain: f.shop.Domain, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
		LegalName: "Bottega Srl", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Locale: "en", Currency: "EUR",
		Journeys: map[string]crm.Values{"thank_you": {"delay": "0s"}},
	}, crm.Values{shopify.SettingSecret: f.shop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	f.shopID = shop.ID
	f.shop.Now = f.now
	f.pass(time.Minute)
	return f
}

func (f *floor) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *floor) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// order is a new paid order of a customer, by the key that simshop knows her by.
func (f *floor) order(customer string) simshop.Webhook {
	return f.shop.OrderPaid(f.shop.Place(f.shop.Customer(customer), simshop.Cart{Items: []simshop.Item{{Product: f.shop.Products()[0], Quantity: 1}}}))
}

// receive stores a webhook as the door does.
func (f *floor) receive(w simshop.Webhook) (id string) {
	f.t.Helper()
	e, err := shopify.New().Envelope(w.Header, w.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	r, err := f.Store.ReceiveWebhook(f.t.Context(), store.Webhook{ShopID: f.shopID, DeliveryID: e.DeliveryID, EventID: e.EventID, Topic: e.Topic,
		Version: e.Version, TriggeredAt: e.TriggeredAt, Headers: "{}", Body: w.Body})
	if err != nil {
		f.t.Fatal(err)
	}
	return r.ID
}

// planned takes orders in and returns the messages that follow, oldest first.
func (f *floor) planned(orders ...simshop.Webhook) (ids []string) {
	f.t.Helper()
	var hooks []string
	for _, w := range orders {
		hooks = append(hooks, f.receive(w))
	}
	if err := f.processWebhooks(f.t.Context(), f.shopID, hooks); err != nil {
		f.t.Fatal(err)
	}
	for _, m := range f.messages() {
		if slices.Contains(hooks, m.WebhookID) {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) != len(orders) {
		f.t.Fatalf("%d messages follow from %d orders", len(ids), len(orders))
	}
	return ids
}

// deliverAll does the job for messages.
func (f *floor) deliverAll(ids ...string) {
	f.t.Helper()
	if err := f.deliverMessages(f.t.Context(), f.shopID, ids); err != nil {
		f.t.Fatal(err)
	}
	f.flying.Wait()
}

func (f *floor) messages() []crm.Message {
	f.t.Helper()
	all, err := f.Store.Messages(f.t.Context(), f.shopID, store.MessageFilter{Limit: 1000})
	if err != nil {
		f.t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

func (f *floor) message(id string) crm.Message {
	f.t.Helper()
	m, err := f.Store.Message(f.t.Context(), f.shopID, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

func (f *floor) webhook(id string) store.Webhook {
	f.t.Helper()
	w, err := f.Store.Webhook(f.t.Context(), f.shopID, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// is checks a message's state and reason.
func (f *floor) is(id string, state crm.MessageState, reason crm.Reason) crm.Message {
	f.t.Helper()
	m := f.message(id)
	if m.State != state || m.Reason != reason {
		f.t.Errorf("%s is %s, %s (%s); want %s, %s", id, m.State, m.Reason, m.Detail, state, reason)
	}
	return m
}

// work runs the whole worker; stop ends it and waits for that.
func (f *floor) work() (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { f.Bell.Run(ctx) })
	all.Go(func() {
		if err := f.Run(ctx, f.queue, 4, "me"); err != nil {
			f.t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); all.Wait() })
	f.t.Cleanup(stop)
	return stop
}

// eventually asks until the answer is yes; what says what was waited for.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	const most = 20 * time.Second
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(most)
	for !yes() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", most, what)
		}
	}
}

// record is a log that can be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*record)(nil)

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
