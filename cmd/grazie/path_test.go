package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
)

// backend is a database and a queue that the whole program runs on in a test.
type backend struct {
	name    string
	environ func(t *testing.T) map[string]string
}

// backends are the embedded pair always, and the servers where there are any.
var backends = []backend{
	{"embedded", func(t *testing.T) map[string]string { return map[string]string{} }},
	{"servers", func(t *testing.T) map[string]string {
		return map[string]string{"DATABASE_URL": needs.FreshPostgres(t), "REDIS_URL": needs.Redis(t)}
	}},
}

// site is one installation under test: its settings, its simulated shop, and
// the stand-in for the mail provider.
type site struct {
	t       *testing.T
	environ map[string]string
	shop    *simshop.Shop
	shopID  string
	mails   *mailertest.SendGrid // the mail provider
	store   *store.Store         // beside the program, as staff's commands are
	killed  atomic.Int32         // children that a failpoint ended
}

func newSite(t *testing.T, e backend) *site {
	t.Helper()
	s := &site{t: t, environ: e.environ(t)}
	s.mails = &mailertest.SendGrid{Key: "key", Keep: true}
	provider := httptest.NewServer(s.mails)
	t.Cleanup(provider.Close)
	for name, value := range map[string]string{
		"GRAZIE_DATA_DIR": t.TempDir(), "GRAZIE_SECRET_KEY": "a secret key for the tests", "GRAZIE_ADDR": "127.0.0.1:0",
		"MAIL_URL": "sendgrid+http://key@" + provider.Listener.Addr().String(), "GRAZIE_ALLOW_PRIVATE_HOSTS": "true", "GRAZIE_LOG": "json",
	} {
		if s.environ[name] == "" {
			s.environ[name] = value
		}
	}
	var err error
	if s.store, err = openStore(t.Context(), s.config(), time.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.store.Close() })
	s.shop = simshop.New(7, time.Now())
	shop, _, err := s.store.ConnectShop(t.Context(), crm.Shop{
		Platform: "shopify", Domain: s.shop.Domain, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
		LegalName: "Bottega Srl", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Locale: "en", Currency: s.shop.Currency,
	}, crm.Values{"secret": s.shop.Secret})
	if err != nil {
		t.Fatal(err)
	}
	s.shopID = shop.ID
	s.shop.Now = time.Now()
	s.set("thank_you", "delay", "0s")
	return s
}

func (s *site) config() config.Config {
	s.t.Helper()
	cfg, err := config.Load(s.environ)
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

func (s *site) set(journey, key, value string) {
	s.t.Helper()
	if _, err := s.store.ChangeShop(s.t.Context(), s.shopID, func(sh *crm.Shop) error {
		if sh.Journeys == nil {
			sh.Journeys = map[string]crm.Values{}
		}
		if sh.Journeys[journey] == nil {
			sh.Journeys[journey] = crm.Values{}
		}
		sh.Journeys[journey][key] = value
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// running is a program that serves inside the test.
type running struct {
	*program
	addr string
	stop func() // drains and closes
}

func (s *site) run(h hooks) *running {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p, err := build(ctx, s.config(), slog.New(slog.NewJSONHandler(io.Discard, nil)), h)
	if err != nil {
		s.t.Fatal(err)
	}
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- p.run(ctx, true, true, func(a string) { addr <- a }) }()
	r := &running{program: p}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := errors.Join(<-ended, p.close()); err != nil {
			s.t.Error(err)
		}
	}
	s.t.Cleanup(r.stop)
	select {
	case r.addr = <-addr:
	case err := <-ended:
		ended <- err
		s.t.Fatal(err)
	}
	return r
}

// push sends a webhook once and returns the status, 0 when nobody answered.
func push(ctx context.Context, addr string, w simshop.Webhook) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/webhooks/shopify", bytes.NewReader(w.Body))
	if err != nil {
		return 0
	}
	req.Header = w.Header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// eventually asks until the answer is yes; what says what was waited for.
func eventually(t *testing.T, most time.Duration, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
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

// messages are all messages of the shop.
func (s *site) messages() []crm.Message {
	s.t.Helper()
	all, err := s.store.Messages(s.t.Context(), s.shopID, store.MessageFilter{Limit: 100_000})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// done counts the messages that have an outcome.
func (s *site) done() int {
	s.t.Helper()
	all, err := s.store.Messages(s.t.Context(), s.shopID, store.MessageFilter{Limit: 100_000})
	if err != nil {
		return -1 // a database that was away: ask again
	}
	n := 0
	for _, m := range all {
		if m.State != crm.Planned && m.State != crm.Sending {
			n++
		}
	}
	return n
}

// settled waits until as many messages as told have an outcome.
func (s *site) settled(count int, most time.Duration) {
	s.t.Helper()
	eventually(s.t, most, fmt.Sprintf("%d messages with an outcome", count), func() bool { return s.done() == count })
}

// clean checks the promises: every order has one message; each was sent once,
// or is unknown and was sent at most once. It returns the number of unknown.
func (s *site) clean(orders int) (unknown int) {
	s.t.Helper()
	subjects := map[string]bool{}
	for _, m := range s.messages() {
		subjects[m.Subject] = true
		copies := s.mails.Count(m.ID)
		switch m.State {
		case crm.Sent:
			if copies != 1 {
				s.t.Errorf("%s is sent and came %d times", m.ID, copies)
			}
		case crm.Unknown:
			unknown++
			if copies > 1 {
				s.t.Errorf("%s is unknown and came %d times", m.ID, copies)
			}
		default:
			s.t.Errorf("%s is %s: %s %s", m.ID, m.State, m.Reason, m.Detail)
		}
	}
	if len(subjects) != orders {
		s.t.Errorf("%d orders have a message; want %d", len(subjects), orders)
	}
	if n := s.mails.Total() - int64(len(s.mails.Counts())); n > 0 {
		s.t.Errorf("%d mails came twice", n)
	}
	return unknown
}

// The main job: a signed webhook becomes one mail, whichever topic tells of the
// payment and however often.
func TestOneOrderOneMail(t *testing.T) {
	for _, e := range backends {
		t.Run(e.name, func(t *testing.T) {
			s := newSite(t, e)
			p := s.run(hooks{})
			o := s.shop.Place(s.shop.Customers()[0], simshop.Cart{Items: []simshop.Item{{Product: s.shop.Products()[0], Quantity: 1}}})
			created, paid := s.shop.OrderCreated(o), s.shop.OrderPaid(o)
			for _, w := range []simshop.Webhook{created, created.Redeliver(), paid, s.shop.OrderUpdated(o, "vip"), paid.Redeliver()} {
				if status := push(t.Context(), p.addr, w); status != http.StatusOK {
					t.Fatalf("%s: %d", w.Topic, status)
				}
			}
			s.settled(1, 20*time.Second)
			eventually(t, 20*time.Second, "all webhooks processed", func() bool {
				b, err := s.store.Backlog(t.Context())
				return err == nil && b.Webhooks == 0
			})
			if unknown := s.clean(1); unknown > 0 {
				t.Error("unknown without a fault")
			}
			m := s.messages()[0]
			if m.Mailer != "sendgrid" || m.ProviderID == "" || len(m.Phrases) == 0 || !strings.HasPrefix(m.Subject, "order:") {
				t.Errorf("message: %+v", m)
			}
			// The queue may hand out everything again at any time.
			p.bell.Ring(store.KindMessage, s.shopID, m.ID)
			p.bell.Ring(store.KindWebhook, s.shopID, m.WebhookID)
			if err := p.store.ReplayWebhook(t.Context(), s.shopID, m.WebhookID); err != nil {
				t.Fatal(err)
			}
			eventually(t, 20*time.Second, "the replay processed", func() bool {
				w, err := s.store.Webhook(t.Context(), s.shopID, m.WebhookID)
				return err == nil && w.State == store.WebhookProcessed
			})
			s.clean(1)
		})
	}
}
