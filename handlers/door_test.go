package handlers_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// door is a real server over a real database, with a simulated shop before it.
type door struct {
	t       *testing.T
	options handlers.Options
	url     string
	shop    *simshop.Shop
	shopID  string
	store   *store.Store
	path    string // of the database
	log     *record
	metrics *prometheus.Registry

	mu   sync.Mutex
	now  time.Time
	rung []string // ids of webhooks
}

// newDoor opens one; change may alter what the routes are given.
func newDoor(t *testing.T, change ...func(*door)) *door {
	t.Helper()
	d := &door{t: t, log: &record{}, now: time.Now().Truncate(time.Microsecond), metrics: prometheus.NewRegistry(), path: filepath.Join(t.TempDir(), "grazie.db")}
	d.store = d.open()
	d.shop = simshop.New(7, d.now)
	d.shopID = d.connect(d.shop.Domain, crm.Values{shopify.SettingSecret: d.shop.Secret})
	platform := shopify.New()
	d.options = handlers.Options{
		Store: d.store, Platforms: map[string]integrations.Platform{platform.Name(): platform}, Ring: d.ring,
		PingQueue: func(context.Context) error { return nil }, Now: d.Now,
		Log: slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Metrics: handlers.NewMetrics(d.metrics),
	}
	for _, c := range change {
		c(d)
	}
	srv := httptest.NewUnstartedServer(handlers.New(d.options))
	srv.Config.ReadTimeout = 2 * time.Second
	srv.Config.ErrorLog = slog.NewLogLogger(d.options.Log.Handler(), slog.LevelDebug)
	srv.Start()
	t.Cleanup(func() { srv.Close(); d.silent() })
	d.url = srv.URL
	return d
}

func (d *door) open() *store.Store {
	d.t.Helper()
	s, err := store.Open(d.t.Context(), store.Options{Path: d.path, Secrets: []string{"a secret key for the tests"}, Now: d.Now})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if s == d.store {
			s.Close()
		}
	})
	return s
}

func (d *door) connect(domain string, connection crm.Values) (shopID string) {
	d.t.Helper()
	shop, _, err := d.store.ConnectShop(d.t.Context(), crm.Shop{Platform: "shopify", Domain: domain, Name: "Bottega",
		Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"}, Timezone: "Europe/Rome", Locale: "it", Currency: "EUR"}, connection)
	if err != nil {
		d.t.Fatal(err)
	}
	return shop.ID
}

func (d *door) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *door) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func (d *door) ring(_, _ string, ids ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rung = append(d.rung, ids...)
}

func (d *door) rings() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.rung)
}

// answer is all of an answer that can be compared.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request to a path. Without a body's length it goes in chunks.
func (d *door) send(method, path string, header http.Header, body io.Reader) answer {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	resp.Header.Del("Date")
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (d *door) post(w simshop.Webhook) answer {
	d.t.Helper()
	return d.send(http.MethodPost, "/webhooks/shopify", w.Header, bytes.NewReader(w.Body))
}

func (d *door) get(path string) answer {
	d.t.Helper()
	return d.send(http.MethodGet, path, http.Header{}, nil)
}

// stored are all webhooks of the shop.
func (d *door) stored() []store.Webhook {
	d.t.Helper()
	all, err := d.store.Webhooks(d.t.Context(), d.shopID, store.WebhookFilter{Limit: 10_000})
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// paid is a new order's webhook; order makes another each time.
func (d *door) paid() simshop.Webhook {
	return d.shop.OrderPaid(d.shop.Place(d.shop.Customers()[0], simshop.Cart{Items: []simshop.Item{{Product: d.shop.Products()[0], Quantity: 1}}}))
}

// resigned is a webhook with another body, signed rightly.
func (d *door) resigned(w simshop.Webhook, body []byte) simshop.Webhook {
	w = w.Redeliver()
	w.Body = body
	w.Header.Set("X-Shopify-Hmac-Sha256", shopify.Sign(d.shop.Secret, body))
	return w
}

// silent checks that the log tells neither secrets nor anything of a customer.
func (d *door) silent() {
	text := d.log.String()
	words := []string{d.shop.Secret, "another secret", "fresh", "@posta.example", "key-of-the-outbox"}
	for _, c := range d.shop.Customers() {
		words = append(words, c.LastName, c.Email)
	}
	for _, w := range words {
		if w != "" && strings.Contains(text, w) {
			d.t.Errorf("the log tells %q:\n%s", w, text)
		}
	}
}

// record is a log that can be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

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

// received reads the counter of the door by its result.
func (d *door) received(result string) (n float64) {
	d.t.Helper()
	families, err := d.metrics.Gather()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == "grazie_webhooks_received_total" && l.GetName() == "result" && l.GetValue() == result {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}
