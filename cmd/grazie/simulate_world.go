package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// world is the simulated shop, its customers, the mail provider, and a real
// server between them whose clock jumps.
type world struct {
	simulated
	clock   atomic.Int64 // nanoseconds since 1970
	opened  time.Time    // when the shop opened its doors
	random  *rand.Rand
	program *program
	shop    crm.Shop
	sim     *simshop.Shop
	post    *postOffice
	people  []*citizen
	later   map[int64][]func() []simshop.Webhook // by tick
	outage  bool                                 // the workers are down
	closers []func()

	killing sync.Mutex
	dice    *rand.Rand // of the killer
	killed  int
	armed   atomic.Bool
}

func (w *world) now() time.Time           { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) pass(d time.Duration)     { w.clock.Add(int64(d)) }
func (w *world) tickOf(t time.Time) int64 { return t.Unix() / int64(tick/time.Second) }

// at lets something happen at a time, once the clock gets there.
func (w *world) at(t time.Time, do func() []simshop.Webhook) {
	w.later[w.tickOf(t)] = append(w.later[w.tickOf(t)], do)
}

func (w *world) close() {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
}

// connectedBefore is how long before the first day the shop was connected:
// customers of that time have a history that is known for sure.
const connectedBefore = 3 * 365

// newWorld builds everything and starts nothing.
func newWorld(ctx context.Context, s simulated, cfg config.Config) (_ *world, err error) {
	w := &world{simulated: s, random: rand.New(rand.NewPCG(s.Seed, 1)), dice: rand.New(rand.NewPCG(s.Seed, 2)), later: map[int64][]func() []simshop.Webhook{}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	dir, err := os.MkdirTemp("", "grazie-simulate-")
	if err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() { os.RemoveAll(dir) })
	if w.post, err = newPostOffice(w); err != nil {
		return nil, err
	}
	w.closers = append(w.closers, w.post.close)
	vars := map[string]string{
		"GRAZIE_DATA_DIR": dir, "MAIL_URL": "sendgrid+http://simulated@" + w.post.addr, "GRAZIE_ALLOW_PRIVATE_HOSTS": "true",
		"GRAZIE_PUBLIC_URL": "https://grazie.example", "GRAZIE_SENDGRID_WEBHOOK_KEYS": w.post.publicKey(),
	}
	if cfg.Database.Postgres() {
		url, drop, err := ownDatabase(ctx, cfg.Database.URL, "simulate")
		if err != nil {
			return nil, fmt.Errorf("a database for the simulation cannot be made: %w", err)
		}
		w.closers = append(w.closers, drop)
		vars["DATABASE_URL"], vars["GRAZIE_SECRET_KEY"] = url, "simulated-secret-key"
	}
	own, err := config.Load(vars)
	if err != nil {
		return nil, err
	}
	own.Sending = 16
	own.Redis = config.Redis{} // the queue stands still: Drain does its work
	w.clock.Store(s.From.Add(-connectedBefore).At(0, 0, 0, time.UTC).UnixNano())
	w.opened = w.now()
	w.sim = simshop.New(s.Seed, w.opened)
	w.sim.Domain = s.Name + ".myshopify.com"
	w.sim.BucketClock(func() time.Time { return time.Unix(0, 0).Add(time.Since(processStart) * 1000) })
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: w.sim.API()}
	go server.Serve(api)
	w.closers = append(w.closers, func() { server.Close() })
	if w.program, err = build(ctx, own, s.Log, hooks{atStep: w.atStep, now: w.now, random: rand.NewChaCha8([32]byte{byte(s.Seed)})}); err != nil {
		return nil, err
	}
	w.closers = append(w.closers, func() { w.program.close() })
	shop := simulatedShop(w.sim)
	w.shop, _, err = w.program.store.ConnectShop(ctx, shop, crm.Values{
		shopify.SettingSecret: w.sim.Secret, shopify.SettingToken: w.sim.Token(), shopify.SettingAdminURL: "http://" + api.Addr().String(),
	})
	w.clock.Store(s.From.At(0, 0, 0, time.UTC).UnixNano())
	return w, err
}

var processStart = time.Now()

// simulatedShop has all gestures switched on, and limits that are met.
func simulatedShop(sim *simshop.Shop) crm.Shop {
	return crm.Shop{
		Platform: "shopify", Domain: sim.Domain, Name: sim.Name, Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega-demo.example"},
		LegalName: "Bottega Demo di Anna Vasari", PostalAddress: "Via dei Vasai 8, 40100 Bologna, Italia",
		Timezone: "Europe/Rome", Country: "IT", Locale: "en", Currency: sim.Currency,
		Rules: crm.Values{"reward_budget": "20000.00", "customer_ceiling": "30.00"},
		Journeys: map[string]crm.Values{
			"thank_you":          {"delay": "2h"},
			"birthday_coupon":    {"enabled": "true"},
			"anniversary_coupon": {"enabled": "true"},
			"review_request":     {"enabled": "true"},
			"return_upgrade":     {"enabled": "true", "label_url": "https://bottega-demo.example/label", "exchange": "true"},
			"apology":            {"enabled": "true"},
		},
	}
}

// atStep loses a worker now and then: the goroutine ends right there, and
// whatever it held in its hands stays as it is in the rows.
func (w *world) atStep(string) {
	if !w.armed.Load() {
		return
	}
	w.killing.Lock()
	lost := w.dice.IntN(150) == 0
	if lost {
		w.killed++
	}
	w.killing.Unlock()
	if lost {
		runtime.Goexit()
	}
}

// live lets happen what belongs to this moment, and the server do what is due.
func (w *world) live(ctx context.Context) error {
	w.sim.MoveTo(w.now())
	key := w.tickOf(w.now())
	var hooks []simshop.Webhook
	for _, do := range w.later[key] {
		hooks = append(hooks, do()...)
	}
	delete(w.later, key)
	if err := w.deliver(ctx, hooks); err != nil {
		return err
	}
	if w.outage {
		return nil
	}
	w.armed.Store(w.Kill)
	err := w.program.worker.Drain(ctx)
	w.armed.Store(false)
	if err != nil {
		return err
	}
	if err := w.deliver(ctx, w.sim.TakeWebhooks()); err != nil {
		return err
	}
	return w.post.tell(ctx)
}

// deliver hands webhooks to the server, many at once and so in no sequence, as
// shops do.
func (w *world) deliver(ctx context.Context, hooks []simshop.Webhook) error {
	g := errgroup.Group{}
	g.SetLimit(32)
	w.armed.Store(w.Kill)
	defer w.armed.Store(false)
	for _, h := range hooks {
		g.Go(func() error { return w.send(ctx, h) })
	}
	return g.Wait()
}

// send hands over one webhook, as often as it takes: a shop tries again when it
// gets no answer.
func (w *world) send(ctx context.Context, hook simshop.Webhook) error {
	for range 20 {
		status := w.ask(ctx, http.MethodPost, "/webhooks/shopify", hook.Header, hook.Body)
		switch {
		case status == http.StatusOK:
			return nil
		case status != 0 && status != http.StatusServiceUnavailable:
			return fmt.Errorf("%s was answered with %d", hook.Topic, status)
		}
	}
	return errors.New("a webhook found nobody twenty times")
}

// ask sends one request to the server's handler; status 0: its worker was lost.
func (w *world) ask(ctx context.Context, method, path string, header http.Header, body []byte) int {
	answer := make(chan int, 1)
	go func() {
		status := 0
		defer func() { answer <- status }()
		r := httptest.NewRequestWithContext(ctx, method, path, readerOf(body))
		r.Header = header.Clone()
		rec := httptest.NewRecorder()
		w.program.handler.ServeHTTP(rec, r)
		status = rec.Code
	}()
	return <-answer
}
