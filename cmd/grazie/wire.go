package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"grazie/config"
	"grazie/crm"
	"grazie/desk"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/easypost"
	"grazie/integrations/outbox"
	"grazie/integrations/sendgrid"
	"grazie/integrations/shippo"
	"grazie/integrations/shopify"
	"grazie/integrations/smtp"
	"grazie/integrations/standard"
	"grazie/integrations/woocommerce"
	"grazie/jobs"
	"grazie/store"
	"grazie/templates"
)

// platforms are the shop systems there are. To add one, add its line.
func platforms(cfg config.Config, client *http.Client, now func() time.Time) map[string]integrations.Platform {
	all := map[string]integrations.Platform{}
	for _, p := range []integrations.Platform{
		shopify.Connected(client, now, shopify.App{ID: cfg.ShopifyID, Secrets: cfg.ShopifySecrets, URL: cfg.ShopifyURL}),
		standard.New(now),
		woocommerce.New(client, now, cfg.AllowPrivateHosts),
		bigcommerce.New(client, now, bigcommerce.App{ID: cfg.BigCommerceID, Secrets: cfg.BigCommerceSecrets}),
	} {
		all[p.Name()] = p
	}
	return all
}

// labelMakers are the services that sell return labels. To add one, add its line.
func labelMakers(client *http.Client, now func() time.Time) map[string]integrations.LabelMaker {
	all := map[string]integrations.LabelMaker{}
	for _, m := range []integrations.LabelMaker{
		easypost.New(client, now),
		shippo.New(client, now),
	} {
		all[m.Name()] = m
	}
	return all
}

// mailers are the ways to hand over a mail. To add one, add its line.
func mailers(cfg config.Config, now func() time.Time) map[string]integrations.Mailer {
	all := map[string]integrations.Mailer{}
	for _, m := range []integrations.Mailer{
		outbox.New(outboxDir(cfg), now),
		smtp.New(integrations.Dialer(cfg.AllowPrivateHosts), now),
		sendgrid.New(integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: cfg.AllowPrivateHosts}), now),
	} {
		all[m.Name()] = m
	}
	return all
}

func outboxDir(cfg config.Config) string {
	if dir := cfg.Mail.Settings["dir"]; dir != "" {
		return dir
	}
	return filepath.Join(cfg.DataDir, "outbox")
}

// openStore opens the database with the keys of the configuration.
func openStore(ctx context.Context, cfg config.Config, now func() time.Time) (*store.Store, error) {
	return openStoreLeasing(ctx, cfg, now, 0)
}

// openStoreLeasing also says how long a mail may be in the air; 0 is the default.
func openStoreLeasing(ctx context.Context, cfg config.Config, now func() time.Time, lease time.Duration) (*store.Store, error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	keys, err := cfg.Keys()
	if err != nil {
		return nil, err
	}
	path := cfg.Database.Path
	if path == "" {
		path = filepath.Join(cfg.DataDir, "grazie.db")
	}
	return store.Open(ctx, store.Options{URL: cfg.Database.URL, Path: path, Secrets: keys, Now: now, Lease: lease})
}

// program is everything that serve, demo and bench run on.
type program struct {
	cfg       config.Config
	log       *slog.Logger
	store     *store.Store
	redis     redis.UniversalClient
	queue     *jobs.Queue
	bell      *jobs.Bell
	worker    *jobs.Worker
	mailer    integrations.Mailer
	metrics   *prometheus.Registry
	handler   http.Handler
	outboxKey string
	closers   []func() error
}

// hooks are what tests hang in: nil in the program itself.
type hooks struct {
	atStep func(step string)
	now    func() time.Time
	lease  time.Duration
	random io.Reader // of discount codes
}

// build opens and connects everything and starts nothing.
func build(ctx context.Context, cfg config.Config, log *slog.Logger, h hooks) (_ *program, err error) {
	if h.now == nil {
		h.now = time.Now
	}
	redisLog.Do(func() { redis.SetLogger(redisLogger{log}) })
	p := &program{cfg: cfg, log: log, metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.store, err = openStoreLeasing(ctx, cfg, h.now, h.lease); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.store.Close)

	embedded := cfg.Redis.Embedded()
	if embedded {
		unlock, err := onlyProcess(cfg)
		if err != nil {
			return nil, err
		}
		p.closers = append(p.closers, unlock)
		client, stop := jobs.Embedded()
		p.redis = client
		p.closers = append(p.closers, func() error { stop(); return nil })
	} else {
		p.redis = redis.NewUniversalClient(cfg.Redis.Options(queuePool(cfg)))
		p.closers = append(p.closers, p.redis.Close)
		soon, cancel := context.WithTimeout(ctx, 2*time.Second) // a Redis that hangs does not keep webhooks out
		err := jobs.CheckRedis(soon, p.redis)
		cancel()
		if err != nil {
			log.Warn("the queue's Redis needs attention; see grazie doctor", "error", err.Error())
		}
	}
	p.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	jobMetrics := jobs.NewMetrics(p.metrics)
	p.queue = jobs.NewQueue(p.redis, p.store.Installation)
	p.bell = jobs.NewBell(p.queue, log, jobMetrics)

	renderer, err := templates.New()
	if err != nil {
		return nil, err
	}
	mailer, ok := mailers(cfg, h.now)[cfg.Mail.Kind]
	if !ok {
		return nil, fmt.Errorf("there is no mailer %q", cfg.Mail.Kind)
	}
	p.mailer = mailer
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: cfg.AllowPrivateHosts})
	adapters := platforms(cfg, client, h.now)
	if open, ok := mailer.(io.Closer); ok {
		p.closers = append(p.closers, open.Close)
	}
	p.worker = jobs.New(&jobs.Worker{
		Store: p.store, Bell: p.bell, Platforms: adapters, Mailer: mailer, Connection: integrations.Connection{Settings: crm.Values(cfg.Mail.Settings)},
		Labels: labelMakers(client, h.now), PublicURL: strings.TrimSuffix(cfg.PublicURL, "/"), Random: h.random,
		Templates: renderer, Now: h.now, Log: log, Metrics: jobMetrics, Alone: embedded && cfg.Database == (config.Database{}), AtStep: h.atStep,
	}, cfg.Sending)

	box, _ := mailer.(*outbox.Mailer)
	if box != nil {
		if p.outboxKey, err = outboxKey(cfg); err != nil {
			return nil, err
		}
	}
	feedback, err := feedbackSources(cfg, h.now)
	if err != nil {
		return nil, err
	}
	p.handler = handlers.New(handlers.Options{
		Desk:  &desk.Desk{Store: p.store, Templates: renderer, PublicURL: strings.TrimSuffix(cfg.PublicURL, "/"), Now: h.now},
		Store: p.store, Platforms: adapters, Ring: p.bell.Ring, PingQueue: p.queue.Ping, Now: h.now, Log: log,
		QueueState: p.queue.State, EmbeddedQueue: embedded,
		PublicURL: strings.TrimSuffix(cfg.PublicURL, "/"), Mailer: mailer, Connection: integrations.Connection{Settings: crm.Values(cfg.Mail.Settings)}, AnyShop: cfg.WooCommerce,
		Metrics: handlers.NewMetrics(p.metrics), Feedback: feedback, Outbox: box, OutboxKey: p.outboxKey, AtStep: h.atStep,
		OIDC: oidcOf(cfg),
	})
	return p, nil
}

// oidcOf is who vouches for staff. The provider may be on a private network,
// whatever mails and shops may reach: whoever runs the program named it.
func oidcOf(cfg config.Config) handlers.OIDC {
	return handlers.OIDC{Issuer: cfg.OIDCIssuer, ClientID: cfg.OIDCID, Secret: string(cfg.OIDCSecret), Name: cfg.OIDCName,
		Client: integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})}
}

// redisLogger is go-redis' log in ours. It has one for the whole process, and
// writes a line for each failed try: the queue's own word says enough.
type redisLogger struct{ log *slog.Logger }

var redisLog sync.Once

func (l redisLogger) Printf(_ context.Context, format string, v ...any) {
	l.log.Debug("redis: " + fmt.Sprintf(format, v...))
}

// queuePool is how many connections the queue may need: its workers for
// messages and webhooks, the bell, asynq's own loops.
func queuePool(cfg config.Config) int { return cfg.Sending + 30 }

// outboxKey is derived from the secret key: it stays the same over restarts
// and is known only to this installation.
func outboxKey(cfg config.Config) (string, error) {
	keys, err := cfg.Keys()
	if err != nil {
		return "", err
	}
	key, err := hkdf.Key(sha256.New, []byte(keys[0]), nil, "grazie outbox address", 12)
	return hex.EncodeToString(key), err
}

// onlyProcess refuses a second worker on the embedded queue: it lives inside
// one process, and the other's bells would not be heard.
func onlyProcess(cfg config.Config) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(cfg.DataDir, "running.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("another grazie works on this data folder already: the embedded queue serves one process; stop the other, or set REDIS_URL (and DATABASE_URL) to run several")
	}
	return f.Close, nil
}

// close closes in the reverse order of opening.
func (p *program) close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	p.closers = nil
	return errors.Join(errs...)
}
