package jobs

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"grazie/store"
)

// Drain does what is due by the worker's clock, without a queue, and returns
// once nothing is: webhooks, messages, the calendar, what ended. It is for a
// clock that is not the machine's, when a year passes in a minute.
func (w *Worker) Drain(ctx context.Context) error {
	now := w.Now()
	var mu sync.Mutex
	var errs []error
	all, room := sync.WaitGroup{}, make(chan struct{}, 2*runtime.NumCPU())
	// Each in a goroutine of its own, so that a test can stop one in the middle,
	// and as many at once as the queue would have.
	do := func(f func() error) {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			if err := f(); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	if now.Sub(w.tidied) >= tidyHourly {
		w.tidied = now
		do(func() error { return w.calendar(ctx, now) })
		do(func() error { return w.housekeeping(ctx) })
		do(func() error { return w.bulks(ctx) })
		all.Wait()
	}
	if _, err := w.Store.LoseLeases(ctx, now); err != nil {
		return err
	}
	for {
		rows, err := w.Store.Ring(ctx, now, sweepRows)
		if err != nil || len(rows) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for key, ids := range byShop(rows) {
			for len(ids) > 0 {
				some := ids[:min(len(ids), mostRows)]
				ids = ids[len(some):]
				do(func() error {
					if key.Kind == store.KindWebhook {
						return w.processWebhooks(ctx, key.ShopID, some)
					}
					return w.deliverMessages(ctx, key.ShopID, some)
				})
			}
		}
		all.Wait()
		w.flying.Wait()
	}
}

// tidyHourly is how often Drain looks at the calendar and what ended.
const tidyHourly = time.Hour

// byShop gathers the ids of rows by their kind and shop.
func byShop(rows []store.Waiting) map[store.Waiting][]string {
	ids := map[store.Waiting][]string{}
	for _, r := range rows {
		key := store.Waiting{Kind: r.Kind, ShopID: r.ShopID}
		ids[key] = append(ids[key], r.ID)
	}
	return ids
}
