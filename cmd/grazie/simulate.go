package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"grazie/config"
	"grazie/crm"
)

type simulateCmd struct {
	From      string `help:"The first day." default:"2027-06-01" placeholder:"DAY"`
	Days      int    `help:"How many days pass." default:"400"`
	Shop      string `help:"The name of the simulated shop." default:"demo"`
	Customers int    `help:"How many customers it has on the first day." default:"5000"`
	Seed      uint64 `help:"The same seed tells the same story." default:"1"`
	Kill      bool   `help:"Workers are lost at random steps."`
	JSON      bool   `name:"json" help:"Write the result as JSON." env:"GRAZIE_SIMULATE_JSON"`
}

func (c *simulateCmd) Help() string {
	return `A simulated shop with generated customers in many zones lives through the days, by a
clock that runs as fast as this machine can: leap days, clocks that change, an import,
refunds, returns, bounces, people who unsubscribe. The rules, the database and the
adapters are the real ones; nothing leaves this machine.

It prints for each gesture what was planned, sent and skipped and why, and checks what
must always hold: nothing twice, nothing out of its window, nothing to the suppressed,
no budget overdrawn. Status 1 means that something did not hold.

With DATABASE_URL it makes itself a database beside the configured one and drops it in
the end; else it uses SQLite in a folder that is removed.`
}

func (c *simulateCmd) Run(ctx context.Context, g *globals) error {
	from, err := crm.ParseDay(c.From)
	if err != nil {
		return &crm.Invalid{Field: "--from", Message: "write a day as 2027-06-01"}
	}
	if c.Days < 1 || c.Days > 4000 || c.Customers < 1 || c.Customers > 200_000 {
		return &crm.Invalid{Field: "--days", Message: "write 1 to 4000 days and 1 to 200000 customers"}
	}
	s := simulated{From: from, Days: c.Days, Customers: c.Customers, Seed: c.Seed, Kill: c.Kill, Name: c.Shop, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 4}))}
	if !c.JSON {
		s.Progress = g.err
	}
	year, err := s.run(ctx, g.cfg)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(g.out, year)
	} else {
		err = year.print(g.out)
	}
	if err == nil && len(year.Broken) > 0 {
		return exit{1}
	}
	return err
}

// simulated is how a simulation is to be.
type simulated struct {
	From      crm.Day
	Days      int
	Customers int
	Seed      uint64
	Kill      bool
	Name      string
	Log       *slog.Logger
	Progress  io.Writer // nil: none
}

// tick is how far the clock jumps.
const tick = 30 * time.Minute

// run lets the days pass.
func (s simulated) run(ctx context.Context, cfg config.Config) (*year, error) {
	w, err := newWorld(ctx, s, cfg)
	if err != nil {
		return nil, err
	}
	defer w.close()
	began := time.Now()
	if err := w.populate(ctx); err != nil {
		return nil, err
	}
	end := s.From.Add(s.Days).At(0, 0, 0, time.UTC)
	for w.now().Before(end) {
		day := crm.DayOf(w.now(), time.UTC)
		w.dawn(day)
		for next := day.Add(1).At(0, 0, 0, time.UTC); w.now().Before(next); w.pass(tick) {
			if err := w.live(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", w.now().Format(time.RFC3339), err)
			}
		}
		if s.Progress != nil && day.Day == 1 {
			fmt.Fprintf(s.Progress, "%s, %d mails\n", day, w.post.count())
		}
	}
	return w.year(ctx, time.Since(began))
}

// chance is true so many times in a thousand.
func chance(r *rand.Rand, perMille float64) bool { return r.Float64()*1000 < perMille }
