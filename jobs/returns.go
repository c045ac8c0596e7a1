package jobs

import (
	"context"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// readAgain is how old what was read of a return may be.
const readAgain = 15 * time.Minute

// readReturn reads the return that a message is about from the shop: webhooks
// tell little of it, and it may have changed. An outcome means later.
func (w *Worker) readReturn(ctx context.Context, f crm.Facts, now time.Time) (crm.Facts, *store.Outcome, error) {
	m := f.Message
	if r := f.Return(); r != nil && now.Sub(r.ReadAt) < readAgain {
		return f, nil, nil
	}
	can, ok := w.Platforms[f.Shop.Platform].(integrations.ReturnReader)
	switch {
	case !ok && f.Return() != nil:
		return f, nil, nil // what its webhooks told is all there is
	case !ok:
		return f, &store.Outcome{Message: m, State: crm.Skipped, Reason: crm.ReasonEffectUnsupported, Detail: f.Shop.Platform + " cannot be asked about returns"}, nil
	}
	c, err := w.connection(ctx, f.Shop)
	if err != nil {
		return f, nil, err
	}
	var r crm.Return
	err = w.guarded("a return", m.ReturnID, func() (err error) {
		r, err = can.Return(ctx, c, m.ReturnID)
		return err
	})
	if err != nil {
		return f, w.unread(ctx, f, c.Settings, err, now), nil
	}
	r.ReadAt = now
	if err := w.Store.ApplyReturn(ctx, m.ShopID, r); err != nil {
		return f, nil, err
	}
	w.step("return read")
	j, _ := journeys.Find(m.Journey)
	f, err = w.reread(ctx, j, m)
	return f, nil, err
}

// unread is the outcome of a return that could not be read.
func (w *Worker) unread(ctx context.Context, f crm.Facts, used crm.Values, err error, now time.Time) *store.Outcome {
	m := f.Message
	o := &store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonShopAway, Detail: detail(err), DueAt: now.Add(jitter(awayFor, m.ID))}
	if !of(err, f.Shop.Platform) {
		o.Reason = crm.ReasonReadsReturn
	}
	switch integrations.KindOf(err) {
	case integrations.Unauthorized:
		if w.broken(ctx, f.Shop, used, o.Detail) {
			o.Reason, o.DueAt = crm.ReasonShopAuth, now.Add(time.Hour)
		} else {
			o.Reason = crm.ReasonReadsReturn
		}
	case integrations.RateLimited:
		o.Reason = crm.ReasonShopBusy
		if at := retryAt(err); at.After(now) {
			o.DueAt = at
		}
	case integrations.Rejected:
		o.State, o.Reason, o.DueAt = crm.Skipped, crm.ReasonReturnUnknown, time.Time{}
	case integrations.Unsupported:
		o.State, o.Reason, o.DueAt = crm.Failed, crm.ReasonEffectUnsupported, time.Time{}
	default:
		if now.Sub(m.CreatedAt) > awayAtMost {
			o.State, o.Reason, o.DueAt = crm.Failed, crm.ReasonOutOfTries, time.Time{}
			w.ask(ctx, f, crm.TaskReturnRefused, o.Detail)
		}
	}
	return o
}

const (
	awayFor    = time.Minute        // until a shop that did not answer is asked again
	awayAtMost = 3 * 24 * time.Hour // after which staff is asked
)
