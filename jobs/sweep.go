package jobs

import (
	"context"
	"errors"
	"time"

	"grazie/store"
)

const (
	sweepEvery = 5 * time.Second
	sweepRows  = 2000        // of each kind that one look takes
	tidyEvery  = time.Minute // how often the calendar and what ended are looked at
)

// sweep rings for every row that is due: messages whose time has come, rows
// whose bell got lost, and retries. One process does it at a time.
func (w *Worker) sweep(ctx context.Context, holder string) {
	w.lead(ctx, "sweep", holder, 3*sweepEvery, func(now time.Time) error {
		return errors.Join(w.sweepOnce(ctx, now.Add(-store.RingAgain), now, sweepEvery-time.Second), w.guarded("a bulk job", "", func() error { return w.bulks(ctx) }))
	})
}

// tidy looks at the calendar and at what ended, a process at a time. It asks
// shops, which may be slow to answer: so the sweep does not wait for it. Two
// that do it at once, because one was slow, do nothing twice.
func (w *Worker) tidy(ctx context.Context, holder string) {
	var tidied time.Time
	w.lead(ctx, "tidy", holder, 2*tidyEvery, func(now time.Time) error {
		if now.Sub(tidied) < tidyEvery {
			return nil
		}
		tidied = now
		return errors.Join(w.calendar(ctx, now), w.housekeeping(ctx))
	})
}

// lead does a work every few seconds in the one process that leads it, until
// ctx ends.
func (w *Worker) lead(ctx context.Context, work, holder string, lease time.Duration, do func(now time.Time) error) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := lasting(ctx)
			defer cancel()
			_ = w.Store.Resign(last, work, holder) // else its lease ends by itself
			return
		case <-tick.C:
		}
		leads, err := w.Store.Lead(ctx, work, holder, lease)
		if err == nil && leads {
			err = do(w.Now())
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the "+work+" failed and is tried again", "error", err.Error())
		}
	}
}

// recover picks up what a stopped program left: an embedded queue starts
// empty, and a Redis may have lost anything. So what waits is rung, as much as
// the bell should hold; the rest is the next sweeps'.
func (w *Worker) recover(ctx context.Context) {
	leases := w.Now()
	if w.Alone {
		leases = leases.AddDate(1, 0, 0)
	}
	if err := w.sweepOnce(ctx, w.Now(), leases, 0); err != nil && ctx.Err() == nil {
		w.Log.Error("the first sweep failed; the next one follows", "error", err.Error())
	}
}

// sweepOnce rings for what is due, all shops in turn. Of a crowd it takes no
// more than the bell should hold, and then what follows as the bell runs low,
// for as long as told: what waits in the database costs nothing.
func (w *Worker) sweepOnce(ctx context.Context, rungBefore, leases time.Time, goOn time.Duration) error {
	lost, err := w.Store.LoseLeases(ctx, leases)
	if err != nil {
		return err
	}
	for _, m := range lost {
		w.Metrics.messages.WithLabelValues("unknown").Inc()
		w.Log.Warn("message", "message", m.ID, "shop", m.ShopID, "state", "unknown", "reason", "worker_lost")
	}
	end := time.After(goOn)
	for {
		rows, err := w.Store.Ring(ctx, rungBefore, sweepRows)
		if err != nil {
			return err
		}
		w.Bell.ringAll(rows)
		if !anyFull(rows) || !w.Bell.low(ctx, end) {
			return nil
		}
	}
}

// anyFull tells whether a kind of row came to its limit, so that more may wait.
func anyFull(rows []store.Waiting) bool {
	n := map[string]int{}
	for _, r := range rows {
		n[r.Kind]++
	}
	return n[store.KindWebhook] == sweepRows || n[store.KindMessage] == sweepRows
}
