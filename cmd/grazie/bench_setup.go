package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// newBench prepares a database with one shop, and a stand-in for SendGrid.
func newBench(ctx context.Context, cfg config.Config, l benchLoad, out io.Writer) (_ *bench, err error) {
	b := &bench{benchLoad: l, out: out, cfg: cfg, shop: simshop.New(1, time.Now())}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	dir, err := os.MkdirTemp("", "grazie-bench-")
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, func() { os.RemoveAll(dir) })
	b.cfg.DataDir = dir
	b.cfg.Database.Path = ""
	if cfg.Database.Postgres() {
		own, drop, err := ownDatabase(ctx, cfg.Database.URL, "bench")
		if err != nil {
			return nil, fmt.Errorf("a database for the bench cannot be made: %w", err)
		}
		b.cfg.Database.URL = own
		b.closers = append(b.closers, drop)
	}
	if b.provider, err = newProvider(); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, b.provider.close)
	s, err := openStore(ctx, b.cfg, time.Now)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b.shop.Domain = "bench.myshopify.com"
	shop, _, err := s.ConnectShop(ctx, crm.Shop{
		Platform: "shopify", Domain: b.shop.Domain, Name: "Bench", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bench.example"},
		LegalName: "Bench", PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Locale: "en", Currency: b.shop.Currency,
	}, crm.Values{"secret": b.shop.Secret})
	if err != nil {
		return nil, err
	}
	b.shop.Now = time.Now() // orders that came before the connection get no mail
	_, err = s.ChangeShop(ctx, shop.ID, func(sh *crm.Shop) error {
		sh.Journeys = map[string]crm.Values{"thank_you": {"delay": "0s"}}
		return nil
	})
	fmt.Fprintf(out, "%d webhooks of %d bytes, %d connections; database %s, queue %s.\n\n",
		l.Count, len(b.shop.Bulk(0).Body), l.Connections, s.Engine(), b.cfg.Redis)
	return b, err
}

// start runs a server as a process of its own, so that its CPU and memory can
// be told from the load's. mode is web, all or bare.
func (b *bench) start(ctx context.Context, mode string) (*process, error) {
	environ := append(os.Environ(),
		"GRAZIE_ADDR=127.0.0.1:0", "GRAZIE_DATA_DIR="+b.cfg.DataDir, "DATABASE_URL="+b.cfg.Database.URL,
		"MAIL_URL=sendgrid+http://bench@"+b.provider.addr, "GRAZIE_ALLOW_PRIVATE_HOSTS=true", "GRAZIE_LOG=json")
	p, err := startProcess(ctx, environ, filepath.Join(b.cfg.DataDir, mode+".log"), "bench", "child", mode)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// bare measures a server that only reads and verifies the same requests.
func (b *bench) bare(ctx context.Context) (result, error) {
	p, err := b.start(ctx, "bare")
	if err != nil {
		return result{}, err
	}
	defer p.stop()
	r, err := b.load(ctx, p, b.Count)
	b.next -= b.Count // it kept nothing: the same webhooks are new to the next server
	return r, err
}

// provider is a stand-in for SendGrid that takes every mail and counts.
type provider struct {
	addr string
	srv  *http.Server

	mu      sync.Mutex
	seen    map[string]int
	total   int
	last    time.Time
	arrived chan struct{}
}

func newProvider() (*provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{addr: l.Addr().String(), seen: map[string]int{}, arrived: make(chan struct{}, 1)}
	p.srv = &http.Server{Handler: p}
	go p.srv.Serve(l)
	return p, nil
}

func (p *provider) close() { p.srv.Close() }

var messageArg = []byte(`"grazie_message":"`)

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(bufio.NewReaderSize(r.Body, 32<<10))
	_, id, found := bytes.Cut(body, messageArg)
	id, _, _ = bytes.Cut(id, []byte(`"`))
	if err != nil || !found {
		http.Error(w, "no message", http.StatusBadRequest)
		return
	}
	now := time.Now()
	p.mu.Lock()
	p.seen[string(id)]++
	p.total++
	p.last = now
	p.mu.Unlock()
	select {
	case p.arrived <- struct{}{}:
	default:
	}
	w.Header().Set("X-Message-Id", string(id))
	w.WriteHeader(http.StatusAccepted)
}

// count is how many different mails came.
func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

// twice is how many copies came.
func (p *provider) twice() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total - len(p.seen)
}

// wait returns when the newest mail came, once there are as many as told.
func (p *provider) wait(ctx context.Context, count int) (time.Time, error) {
	for {
		p.mu.Lock()
		n, last := len(p.seen), p.last
		p.mu.Unlock()
		if n >= count {
			return last, nil
		}
		select {
		case <-p.arrived:
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}
