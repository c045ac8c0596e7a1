package jobs

import (
	"context"
	"errors"

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
		shop, err := w.Store.Shop(ctx, b.ShopID)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if shop.State != crm.ShopActive {
			continue // it goes on when the shop does
		}
		more, err := d.Next(ctx, shop, b, max(1, b.PerMinute*int(sweepEvery)/int(tidyEvery)))
		if err == nil && !more {
			err = w.Store.TurnBulk(ctx, b.ShopID, b.ID, crm.BulkDone, crm.BulkRunning)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
