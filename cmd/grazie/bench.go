package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"grazie/config"
	"grazie/integrations/shopify/simshop"
)

// benchCmd measures on this machine, with bounds on count and time. All load
// stays on loopback. Compare only figures of one run: the ratios to the bare
// server are what carries over to another machine.
type benchCmd struct {
	Ingest benchIngestCmd `cmd:"" help:"Webhooks taken in and committed, against a bare HTTP server."`
	Mails  benchMailsCmd  `cmd:"" help:"From the webhook to the mail provider, and how long a single one takes."`
	Child  benchChildCmd  `cmd:"" hidden:""`
}

type benchLoad struct {
	Count       int           `help:"Webhooks to send." default:"20000" env:"GRAZIE_BENCH_COUNT"`
	Connections int           `help:"Connections that send side by side." default:"64" env:"GRAZIE_BENCH_CONNECTIONS"`
	Most        time.Duration `help:"Give up after this time." default:"3m" env:"GRAZIE_BENCH_MOST"`
}

const benchHelp = `Runs on what DATABASE_URL and REDIS_URL say: on PostgreSQL in a database of its
own that is dropped in the end, else in a temporary folder. The server, the
stand-in for the mail provider and the load are processes of this machine.`

type benchIngestCmd struct {
	benchLoad
}

func (benchIngestCmd) Help() string { return benchHelp }

func (c *benchIngestCmd) Run(ctx context.Context, g *globals) error {
	ctx, cancel := context.WithTimeout(ctx, c.Most)
	defer cancel()
	b, err := newBench(ctx, g.cfg, c.benchLoad, g.out)
	if err != nil {
		return err
	}
	defer b.close()
	bare, err := b.bare(ctx)
	if err != nil {
		return err
	}
	server, err := b.start(ctx, "web")
	if err != nil {
		return err
	}
	defer server.stop()
	run, err := b.load(ctx, server, c.Count)
	if err != nil {
		return err
	}
	b.row("bare server", bare, 0)
	b.row("webhooks committed, then 200", run, bare.perSecond())
	fmt.Fprintf(g.out, "\nServer: %s. %s\n", server.usage(), bounds(run))
	return nil
}

type benchMailsCmd struct {
	benchLoad
	Idle int `help:"Single webhooks for the idle latency." default:"60" env:"GRAZIE_BENCH_IDLE"`
}

func (benchMailsCmd) Help() string { return benchHelp }

func (c *benchMailsCmd) Run(ctx context.Context, g *globals) error {
	ctx, cancel := context.WithTimeout(ctx, c.Most)
	defer cancel()
	b, err := newBench(ctx, g.cfg, c.benchLoad, g.out)
	if err != nil {
		return err
	}
	defer b.close()
	bare, err := b.bare(ctx)
	if err != nil {
		return err
	}
	server, err := b.start(ctx, "all")
	if err != nil {
		return err
	}
	defer server.stop()
	idle, err := b.idle(ctx, server, c.Idle)
	if err != nil {
		return err
	}
	sent := b.provider.count()
	run, err := b.load(ctx, server, c.Count)
	if err != nil {
		return err
	}
	end, err := b.provider.wait(ctx, sent+c.Count)
	if err != nil {
		return fmt.Errorf("%w; the provider got %d of %d mails", err, b.provider.count()-sent, c.Count)
	}
	mails := run
	mails.took, mails.cpu = end.Sub(run.began), server.cpu()-run.cpuBefore
	mails.latencies = nil
	b.row("bare server", bare, 0)
	b.row("webhooks, beside the workers", run, bare.perSecond())
	b.row("mails, from the first webhook to the last mail", mails, bare.perSecond())
	if twice := b.provider.twice(); twice > 0 {
		return fmt.Errorf("%d mails came twice", twice)
	}
	fmt.Fprintf(g.out, "\nIdle, from the 200 to the provider's door: p50 %s, p99 %s, most %s (%d webhooks, one at a time).\n",
		ms(quantile(idle, .5)), ms(quantile(idle, .99)), ms(quantile(idle, 1)), len(idle))
	fmt.Fprintf(g.out, "Server: %s.\n", server.usage())
	return nil
}

// bench is one run: its database, its shop, the requests, the stand-in.
type bench struct {
	benchLoad
	out      io.Writer
	cfg      config.Config
	shop     *simshop.Shop
	next     int // of the simulated shop's webhooks
	provider *provider
	closers  []func()
}

func (b *bench) close() {
	for _, c := range slices.Backward(b.closers) {
		c()
	}
}

// result is what a load came to.
type result struct {
	began     time.Time
	took      time.Duration
	latencies []time.Duration // sorted
	cpuBefore time.Duration
	cpu       time.Duration // of the server alone
	count     int
}

func (r result) perSecond() float64 { return float64(r.count) / r.took.Seconds() }

func (b *bench) row(name string, r result, bare float64) {
	fmt.Fprintf(b.out, "%-47s %8.0f/s", name, r.perSecond())
	if len(r.latencies) > 0 {
		fmt.Fprintf(b.out, "   p50 %9s   p99 %9s", ms(quantile(r.latencies, .5)), ms(quantile(r.latencies, .99)))
	} else {
		fmt.Fprintf(b.out, "   %31s", "")
	}
	fmt.Fprintf(b.out, "   %.3f ms CPU each", r.cpu.Seconds()*1000/float64(r.count))
	if bare > 0 {
		fmt.Fprintf(b.out, "   %.2f of bare", r.perSecond()/bare)
	}
	fmt.Fprintln(b.out)
}

// bounds says in words what the machine was busy with.
func bounds(r result) string {
	busy := r.cpu.Seconds() / r.took.Seconds()
	return fmt.Sprintf("It used %.1f of %d cores; the rest went to the load, the database and waiting for its disk.", busy, runtime.NumCPU())
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
