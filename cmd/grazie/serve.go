package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"grazie/handlers"
)

type serveCmd struct {
	Web  bool `help:"Take webhooks in and show pages, but do no work." env:"GRAZIE_WEB"`
	Work bool `help:"Do the work, but take nothing in." env:"GRAZIE_WORK"`
}

func (c *serveCmd) Help() string {
	return `Without a flag one process does both. With DATABASE_URL and REDIS_URL set, run as
many processes of either kind as you need. SIGTERM finishes what is in hand,
most often within a second, at most within a minute.`
}

func (c *serveCmd) Run(ctx context.Context, g *globals) error {
	if (c.Web != c.Work) && g.cfg.Redis.Embedded() {
		return errors.New("with the embedded queue one process does everything: leave out --web and --work, or set REDIS_URL")
	}
	both := c.Web == c.Work
	p, err := build(ctx, g.cfg, g.log, hooks{})
	if err != nil {
		return err
	}
	defer p.close()
	return p.run(ctx, both || c.Web, both || c.Work, func(string) {
		if err := p.inviteFirst(ctx, os.Stderr); err != nil {
			g.log.Warn("no link for the first of the staff could be made", "error", err.Error())
		}
	})
}

// run serves until ctx ends, then drains: no new request, no new task, and
// what is in hand is finished. listening is told the address.
func (p *program) run(ctx context.Context, web, work bool, listening func(addr string)) error {
	if os.Getenv("GOGC") == "" {
		// Little is kept in memory, so the collector would run for every few
		// megabytes; letting it wait costs some tens and saves a sixth of the CPU.
		debug.SetGCPercent(400)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	// The bell rings to the last: requests that are still answered need it.
	bellCtx, stopBell := context.WithCancel(context.WithoutCancel(ctx))
	var bell sync.WaitGroup
	bell.Go(func() { p.bell.Run(bellCtx) })
	defer bell.Wait()
	defer stopBell()

	if web {
		if err := p.listen(ctx, g, p.cfg.Addr, p.handler, func(addr string) {
			p.log.Info("listening", "address", addr, "database", p.store.Engine(), "mailer", p.mailer.Name(), "version", version())
			if p.outboxKey != "" {
				fmt.Fprintf(os.Stderr, "Mails are written, not sent. Read them at %s%s\n", p.cfg.PublicURL, handlers.OutboxPath(p.outboxKey))
			}
			if listening != nil {
				listening(addr)
			}
		}); err != nil {
			return err
		}
	}
	if p.cfg.MetricsAddr != "" {
		if err := p.listen(ctx, g, p.cfg.MetricsAddr, promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{}), nil); err != nil {
			stop() // what serves already ends before its database does
			return errors.Join(err, g.Wait())
		}
	}
	if work {
		host, _ := os.Hostname()
		holder := fmt.Sprintf("%s/%d", host, os.Getpid())
		// A task prepares up to 32 mails and leaves them to the air: few at a
		// time keep it full, and the memory small.
		prepared := max(4, p.cfg.Sending/8)
		g.Go(func() error { return p.worker.Run(ctx, p.queue, prepared, holder) })
	}
	g.Go(func() error { <-ctx.Done(); return nil })
	err := g.Wait()
	p.log.Info("stopped")
	return err
}

// listenSoon listens at an address. Who has the port may be about to give it back:
// a server before this one, or a connection that ends.
func listenSoon(ctx context.Context, addr string) (net.Listener, error) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for tries := 30; ; tries-- {
		l, err := net.Listen("tcp", addr)
		if !errors.Is(err, syscall.EADDRINUSE) || tries == 0 {
			return l, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (p *program) listen(ctx context.Context, g *errgroup.Group, addr string, h http.Handler, listening func(string)) error {
	l, err := listenSoon(ctx, addr)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second, // a whole webhook; a shop gives up after 5 s
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	if listening != nil {
		listening(l.Addr().String())
	}
	g.Go(func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(drain); err != nil {
			return srv.Close() // somebody does not come to an end; his webhook was not acknowledged
		}
		return nil
	})
	return nil
}
