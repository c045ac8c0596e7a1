package jobs

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
	"grazie/desk"
)

// bulks goes on with the bulk jobs that run, each at its own pace: it is
// called once every sweep. A job whose worker was lost goes on where its items
// stand; a target that was planned but not noted is found as its own message.
func (w *Worker) bulks(ctx context.Context) error {
	running, err := w.Store.RunningBulks(ctx)
	if err != nil {
		return err
	}
	d := &desk.Desk{Store: w.Store, Templates: w.Templates, PublicURL: w.PublicURL, Now: w.Now}
	var errs []error
	for _, b := range running {
		errs = append(errs, w.bulk(ctx, d, b, share(b.PerMinute, w.Now())))
	}
	return errors.Join(errs...)
}

func (w *Worker) bulk(ctx context.Context, d *desk.Desk, b crm.Bulk, atMost int) error {
	shop, err := w.Store.Shop(ctx, b.ShopID)
	if err != nil || shop.State != crm.ShopActive || atMost == 0 {
		return err // it goes on when the shop does
	}
	more, err := d.Next(ctx, shop, b, atMost)
	if err != nil || more {
		return err
	}
	err = w.Store.TurnBulk(ctx, b.ShopID, b.ID, crm.BulkDone, crm.BulkRunning)
	if errors.Is(err, crm.ErrNotFound) {
		return nil // staff paused or cancelled it meanwhile
	}
	return err
}

// share is how many targets the sweep at a time may take, so that the sweeps
// of a minute come to so many together: also where that is fewer than one each.
func share(perMinute int, now time.Time) int {
	upTo := func(t time.Time) int64 { return t.UnixMilli() * int64(perMinute) / time.Minute.Milliseconds() }
	return int(upTo(now) - upTo(now.Add(-sweepEvery)))
}
