package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// history reads what happened in the shop before Grazie was there. It plans
// nothing: a journey begins with what happens from now on.
func (w *Worker) history(ctx context.Context, c chore, platform integrations.Platform, conn integrations.Connection) (time.Time, error) {
	past, ok := platform.(integrations.Historian)
	if !ok {
		c.Detail = "the platform " + platform.Name() + " tells no history"
		return time.Time{}, nil
	}
	skipped, began := 0, w.Now()
	err := past.History(ctx, conn, c.Cursor, func(p integrations.Portion) error {
		// What was ordered since she connected is no past: it is thanked for, and
		// reconciliation finds what its webhooks did not tell.
		events := slices.DeleteFunc(p.Events, func(e crm.Event) bool { return e.Order != nil && !e.Order.CreatedAt.Before(c.shop.Since) })
		if len(events) > 0 {
			if _, err := w.Store.ApplyEvents(ctx, c.ShopID, []store.Applied{{State: store.WebhookProcessed, Events: events}}, nil); err != nil {
				return err
			}
		}
		for _, s := range p.Skipped {
			w.Log.Warn("a line of a shop's history cannot be read", "shop", c.ShopID, "line", s)
		}
		skipped += len(p.Skipped)
		c.Cursor, c.Done, c.Total = p.Cursor, p.Done, p.Total
		c.Detail = fmt.Sprintf("%d read", p.Done)
		if err := c.keep(ctx); err != nil {
			return err
		}
		if now := w.Now(); now.Sub(began) >= choreTurn { // some take hours: what is due meanwhile goes before the next part
			return &integrations.Error{Kind: integrations.Temporary, Service: platform.Name(), Detail: "other chores have their turn", RetryAt: now}
		}
		return nil
	})
	if err := w.asked(ctx, c, conn, err); err != nil {
		return time.Time{}, err
	}
	c.Cursor = ""
	c.Detail = fmt.Sprintf("%d customers and orders read", c.Done)
	if skipped > 0 {
		c.Detail += fmt.Sprintf(", %d could not be read: the log names their lines", skipped)
	}
	return time.Time{}, nil
}
