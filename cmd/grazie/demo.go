package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"grazie/config"
	"grazie/handlers"
	"grazie/integrations/outbox"
)

type demoCmd struct {
	Exit bool   `help:"End after the simulated day: status 0, or 1 if something was not as expected." env:"GRAZIE_DEMO_EXIT"`
	Addr string `help:"Where to listen; another port is taken if this one is in use." default:"127.0.0.1:8080" placeholder:"HOST:PORT" env:"GRAZIE_DEMO_ADDR"`
	Keep string `help:"Keep database and mails in this folder, which must be new or empty." placeholder:"DIR" env:"GRAZIE_DEMO_KEEP"`
}

func (c *demoCmd) Help() string {
	return `A simulated shop sends signed webhooks to a real server with an embedded database
and queue. Nothing leaves this machine: mails are written to files and shown on a
page. The configuration is not used, except for GRAZIE_LOG_LEVEL.`
}

func (c *demoCmd) Run(ctx context.Context, g *globals) error {
	return c.run(ctx, g, demoDay(time.Now()))
}

// run plays a day of chapters. Tests give it a day of their own.
func (c *demoCmd) run(ctx context.Context, g *globals, day []chapter) error {
	// A closed terminal, or a reader like head that had enough, ends the demo as
	// Ctrl-C does: nothing is left behind.
	ctx, unhook := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGPIPE)
	defer unhook()
	err := c.play(ctx, g, day)
	if told := (exit{}); err != nil && ctx.Err() != nil && !errors.As(err, &told) {
		fmt.Fprintln(g.out, "\nStopped before the day was over.")
		return exit{130} // as shells count an interrupt
	}
	return err
}

func (c *demoCmd) play(ctx context.Context, g *globals, day []chapter) error {
	began := time.Now()
	dir, remove, err := demoFolder(c.Keep)
	if err != nil {
		return err
	}
	defer remove()
	addr, moved, err := freeAddr(c.Addr)
	if err != nil {
		return err
	}
	second := demoAppShop(time.Now())
	api, closeAPI, err := serveShop(second)
	if err != nil {
		return err
	}
	defer closeAPI()
	cfg, err := config.Load(map[string]string{"GRAZIE_DATA_DIR": dir, "GRAZIE_ADDR": addr, "GRAZIE_ALLOW_PRIVATE_HOSTS": "true", // the shops' APIs are here
		"GRAZIE_SHOPIFY_CLIENT_ID": demoAppID, "GRAZIE_SHOPIFY_CLIENT_SECRET": demoAppSecret, "GRAZIE_SHOPIFY_URL": api})
	if err != nil {
		return err
	}
	log, hush := demoLog(g.cfg, os.Stderr)
	sim, shop, shut, err := openDemoShop(ctx, cfg, log, day)
	if err != nil {
		return err
	}
	defer shut()
	p, err := build(ctx, cfg, log, hooks{})
	if err != nil {
		return err
	}
	defer p.close()
	s := newStage(p, sim, shop, outbox.New(outboxDir(cfg), time.Now), handlers.OutboxPath(p.outboxKey))
	s.hush, s.second = hush, second
	p.handler = s.shortAddresses(p.handler)
	p.outboxKey = "" // run would tell the address on stderr; the account tells it itself

	serving, stop := context.WithCancel(ctx)
	defer stop()
	served, listening := make(chan error, 1), make(chan struct{})
	go func() {
		served <- p.run(serving, true, true, func(string) { close(listening) })
		stop() // a server that ends early ends the day too
	}()
	select {
	case <-listening:
	case err := <-served:
		return err
	}

	a := newAccount(g.out)
	a.opening(s.base, c.Addr, moved)
	err = s.play(serving, a, day)
	if err == nil {
		err = s.summary(serving, a, began)
	}
	password := ""
	if err == nil && !c.Exit {
		password, err = openConsole(serving, p.store)
	}
	if err == nil {
		a.closing(s.base, password, c.Keep)
		if !c.Exit {
			<-serving.Done()
		}
	}
	stop()
	if stopped := <-served; stopped != nil {
		return stopped
	}
	if err == nil && len(s.broken) > 0 {
		return exit{1}
	}
	return err
}

// demoFolder is a fresh folder for the data. A folder with something in it
// would mix other shops' mails into the account, so it is refused.
func demoFolder(keep string) (dir string, remove func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "grazie-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(keep); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("the folder cannot be made: %w", err)
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) > 0 {
		return "", nil, errors.Join(err, fmt.Errorf("%s is not empty; the demo begins with an empty folder", dir))
	}
	return dir, func() {}, nil
}

// freeAddr is addr, or the same host with a free port when its port is taken.
func freeAddr(addr string) (free string, moved bool, err error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(addr)
		l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		moved = true
	}
	if err != nil {
		return "", false, fmt.Errorf("cannot listen: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), moved, nil
}

// demoLog keeps the log out of the account, unless somebody asked for it. What
// a scene makes go wrong on purpose is no news: hush says when.
func demoLog(cfg config.Config, w io.Writer) (*slog.Logger, *atomic.Bool) {
	hush := &atomic.Bool{}
	if cfg.LogLevel != slog.LevelInfo {
		return newLog(cfg, w), hush
	}
	quiet := newLog(config.Config{LogLevel: slog.LevelWarn, Log: cfg.Log}, w)
	return slog.New(hushed{quiet.Handler(), hush}), hush
}

// hushed is a log that says nothing at times.
type hushed struct {
	slog.Handler
	on *atomic.Bool
}

func (h hushed) Handle(ctx context.Context, r slog.Record) error {
	if h.on.Load() {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}
