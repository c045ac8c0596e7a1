package jobs

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

const (
	reconcileEvery = 6 * time.Hour
	reconcileBack  = 26 * time.Hour   // a delivery may be late by up to a day
	reconcileFresh = 10 * time.Minute // what is younger may still be on its way
	historyFails   = 3                // failures in a row after which the shop's history is not waited for
)

// Gap is something that no webhook told.
type Gap struct {
	Kind integrations.ChangedKind `json:"kind"`
	ID   string                   `json:"id"`
	At   time.Time                `json:"at"`
}

// reconcile looks for what webhooks did not tell, and lets it go the way of a
// webhook. It looks back over the time since the last run, and a day more.
func (w *Worker) reconcile(ctx context.Context, c chore, platform integrations.Platform) (time.Time, error) {
	next := w.Now().Add(reconcileEvery)
	if _, ok := platform.(integrations.Reconciler); !ok {
		c.Detail = "the platform " + platform.Name() + " cannot be asked what changed"
		return next, nil
	}
	if past, err := w.pastIsRead(ctx, c, platform); err != nil || !past {
		return next, cmp.Or(err, error(&integrations.Error{Kind: integrations.Temporary, Service: platform.Name(), Detail: "the shop's history is read first", RetryAt: w.Now().Add(5 * time.Minute)}))
	}
	since := w.Now().Add(-reconcileBack)
	if last, err := time.Parse(time.RFC3339, c.Cursor); err == nil && last.Add(-reconcileBack).Before(since) {
		since = last.Add(-reconcileBack)
	}
	if c.EndedAt.IsZero() && c.Cursor == "" { // what was before is history's
		since = c.shop.ConnectedAt
	}
	until := w.Now().Add(-reconcileFresh)
	if !since.Before(until) {
		return w.Now().Add(time.Hour), nil
	}
	gaps, seen, err := w.Reconcile(ctx, c.shop, since, until, false, func() error { return c.keep(ctx) })
	if err != nil {
		return next, err
	}
	c.Cursor, c.Done, c.Total = until.UTC().Format(time.RFC3339), int64(len(gaps)), int64(seen)
	c.Detail = fmt.Sprintf("%d looked at, %d that no webhook told", seen, len(gaps))
	return next, nil
}

// pastIsRead tells whether the shop's history was read, where there is one: what
// it tells is no gap. One that failed some times is not waited for.
func (w *Worker) pastIsRead(ctx context.Context, c chore, platform integrations.Platform) (bool, error) {
	if _, ok := platform.(integrations.Historian); !ok {
		return true, nil
	}
	all, err := w.Store.Chores(ctx, c.ShopID)
	for _, other := range all {
		if other.Kind == crm.ChoreHistory {
			return other.DueAt.IsZero() && !other.EndedAt.IsZero() || other.Attempt >= historyFails, err
		}
	}
	return true, err
}

// Reconcile compares what the platform says changed between two times with what
// is known. What is newer there is taken in as a webhook, unless only looking
// is wanted. It returns the gaps, the oldest first, and how many were compared.
// alive is called from time to time; nil: nobody wants to know.
func (w *Worker) Reconcile(ctx context.Context, shop crm.Shop, since, until time.Time, onlyLook bool, alive func() error) (gaps []Gap, seen int, err error) {
	can, ok := w.Platforms[shop.Platform].(integrations.Reconciler)
	if !ok {
		return nil, 0, &integrations.Error{Kind: integrations.Unsupported, Service: shop.Platform, Detail: "the platform cannot be asked what changed"}
	}
	conn, err := w.connection(ctx, shop)
	if err != nil {
		return nil, 0, err
	}
	err = can.Changed(ctx, conn, since, until, func(ch integrations.Changed) error {
		if seen++; alive != nil && seen%50 == 0 {
			if err := alive(); err != nil {
				return err
			}
		}
		known, err := w.Store.Knows(ctx, shop.ID, string(ch.Kind), ch.ID, ch.At, ch.State)
		if err != nil || known {
			return err
		}
		gap := Gap{ch.Kind, ch.ID, ch.At}
		if onlyLook {
			gaps = append(gaps, gap)
			return nil
		}
		if ch.Body == nil && ch.Read != nil {
			if ch.Body, err = ch.Read(ctx); err != nil || ch.Body == nil {
				return err
			}
		}
		got, err := w.Store.ReceiveWebhook(ctx, store.Webhook{ShopID: shop.ID, Topic: ch.Topic, Version: "reconcile",
			DeliveryID: fmt.Sprintf("reconcile:%s:%s:%d:%s", ch.Kind, ch.ID, ch.At.UnixMicro(), ch.State), TriggeredAt: ch.At, Headers: "{}", Body: ch.Body})
		if err != nil || got.Duplicate { // found before, and for some reason still not known in this state
			return err
		}
		gaps = append(gaps, gap)
		if w.Bell != nil { // without one, the sweep of a running server rings
			w.Bell.Ring(store.KindWebhook, shop.ID, got.ID)
		}
		return nil
	})
	if err != nil && integrations.KindOf(err) == integrations.Unauthorized {
		w.broken(ctx, shop, conn.Settings, detail(err))
	}
	if len(gaps) > 0 {
		w.Log.Warn("webhooks got lost", "shop", shop.ID, "gaps", len(gaps), "compared", seen, "taken_in", !onlyLook)
	}
	return gaps, seen, err
}
