package main

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// What the scripts can do beside running the program.

// scriptServer is the server that a script runs in this process, and the shop
// that pushes webhooks at it.
type scriptServer struct {
	addr  string
	store *store.Store
	sim   *simshop.Shop
	last  *simshop.Order
	stop  func()
}

func server(ts *testscript.TestScript) *scriptServer { return ts.Value("server").(*scriptServer) }

const (
	scriptDomain = "demo.myshopify.com"
	scriptSecret = "hush"
)

// connect DOMAIN? connects a shop as a merchant would.
func cmdConnect(ts *testscript.TestScript, _ bool, args []string) {
	domain := scriptDomain
	if len(args) > 0 {
		domain = args[0]
	}
	ts.Setenv("GRAZIE_SHOP_SECRET", scriptSecret)
	ts.Check(ts.Exec("grazie", "shop", "connect", "shopify", "--domain", domain, "--name", "Bottega", "--from", "Anna <anna@shop.example>",
		"--legal-name", "Bottega srl", "--address", "Via Roma 1, 50123 Firenze", "--timezone", "Europe/Rome", "--locale", "en", "--currency", "EUR"))
	ts.Setenv("GRAZIE_SHOP_SECRET", "")
}

// serve starts the server. Rows that a command left for the sweep are rung at
// once, so that no script waits for it.
func cmdServe(ts *testscript.TestScript, _ bool, _ []string) {
	environ := map[string]string{"GRAZIE_ADDR": "127.0.0.1:0"}
	for _, name := range []string{"GRAZIE_DATA_DIR", "GRAZIE_SECRET_KEY", "DATABASE_URL"} {
		environ[name] = ts.Getenv(name)
	}
	cfg, err := config.Load(environ)
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	p, err := build(ctx, cfg, slog.New(slog.DiscardHandler), hooks{})
	if err != nil {
		stop()
		ts.Fatalf("%v", err)
	}
	listening, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- p.run(ctx, true, true, func(addr string) { listening <- addr }) }()
	go ringAtOnce(ctx, p)
	s := server(ts)
	s.stop = sync.OnceFunc(func() {
		stop()
		<-done
		_ = p.close()
	})
	ts.Defer(s.stop)
	s.addr, s.store = <-listening, p.store
	ts.Setenv("SERVER", "http://"+s.addr)
}

func ringAtOnce(ctx context.Context, p *program) {
	for poll(ctx, 10*time.Millisecond) {
		rows, _ := p.store.Ring(ctx, time.UnixMicro(1), 100)
		for _, r := range rows {
			p.bell.Ring(r.Kind, r.ShopID, r.ID)
		}
	}
}

// poll is true after each step until ctx ends.
func poll(ctx context.Context, step time.Duration) bool {
	select {
	case <-time.After(step):
		return true
	case <-ctx.Done():
		return false
	}
}

// order KEY [pending|test] lets one of the shop's people order; order pay and
// order cancel go on with the last order, order broken tells it in a body that
// cannot be read. $ORDER and $EMAIL name it.
func cmdOrder(ts *testscript.TestScript, _ bool, args []string) {
	s := server(ts)
	if s.sim == nil {
		// The shop was connected an hour ago: else its first orders would be
		// older than the connection, by less than Shopify's clock shows.
		shop, err := s.store.Shop(context.Background(), scriptDomain)
		ts.Check(err)
		_, err = s.store.ChangeShop(context.Background(), shop.ID, func(shop *crm.Shop) error {
			shop.ConnectedAt = shop.ConnectedAt.Add(-time.Hour)
			return nil
		})
		ts.Check(err)
		s.sim = simshop.New(1, time.Now().Add(-time.Minute))
		s.sim.Domain, s.sim.Secret = scriptDomain, scriptSecret
	}
	switch args[0] {
	case "pay":
		s.push(ts, s.sim.OrderPaid(s.last))
	case "cancel":
		s.push(ts, s.sim.OrderCancelled(s.last))
	case "broken":
		w := s.sim.OrderUpdated(s.last, "")
		w.Body = []byte(`{"id": true}`)
		w.Header.Set("X-Shopify-Hmac-Sha256", shopify.Sign(scriptSecret, w.Body))
		s.push(ts, w)
	default:
		kinds := strings.Join(args[1:], " ")
		c := s.sim.Customer(args[0])
		s.last = s.sim.Place(c, simshop.Cart{Items: []simshop.Item{{Product: s.sim.Products()[1], Quantity: 1}},
			Pending: strings.Contains(kinds, "pending"), Test: strings.Contains(kinds, "test")})
		s.push(ts, s.sim.OrderCreated(s.last))
		ts.Setenv("ORDER", strings.TrimPrefix(s.last.Name(), "#"))
		ts.Setenv("EMAIL", c.Email)
	}
}

func (s *scriptServer) push(ts *testscript.TestScript, w simshop.Webhook) {
	req, err := http.NewRequest(http.MethodPost, "http://"+s.addr+"/webhooks/shopify", bytes.NewReader(w.Body))
	ts.Check(err)
	req.Header = w.Header
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("the webhook %s was answered %s", w.Topic, res.Status)
	}
}

// settled waits until nothing that is due waits any more.
func cmdSettled(ts *testscript.TestScript, _ bool, _ []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for poll(ctx, 5*time.Millisecond) {
		b, err := server(ts).store.Backlog(ctx)
		ts.Check(err)
		shop, err := server(ts).store.Shop(ctx, scriptDomain)
		ts.Check(err)
		sending, err := server(ts).store.Messages(ctx, shop.ID, store.MessageFilter{State: crm.Sending, Limit: 1})
		ts.Check(err)
		if b.Webhooks+b.Messages == 0 && len(sending) == 0 {
			return
		}
	}
	ts.Fatalf("something still waits after 10 s")
}

// sql changes the script's database behind the program's back.
func cmdSQL(ts *testscript.TestScript, _ bool, args []string) {
	driver, source := "sqlite", "file:"+ts.Getenv("GRAZIE_DATA_DIR")+"/grazie.db?_pragma=busy_timeout(5000)"
	if url := ts.Getenv("DATABASE_URL"); url != "" {
		driver, source = "pgx", url
	}
	db, err := sql.Open(driver, source)
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(strings.Join(args, " "))
	ts.Check(err)
}

// status N COMMAND... runs a command that must end with this status.
func cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var code int
	if exited, ok := err.(interface{ ExitCode() int }); ok {
		code = exited.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; want != strconv.Itoa(code) {
		ts.Fatalf("ended with %d, not with %s", code, want)
	}
}
