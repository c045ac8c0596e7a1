package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// housekeeping looks at effects whose end has come: codes that expired, or
// whose mail will never go out, stop working at the shop too; goods that should
// be back are asked for.
func (w *Worker) housekeeping(ctx context.Context) error {
	ended, err := w.Store.EndingEffects(ctx, together)
	if err != nil {
		return err
	}
	away := map[string]bool{} // shops that failed: their other codes are for the next time
	for _, e := range ended {
		if ctx.Err() != nil {
			return nil
		}
		if e.Code != nil && away[e.ShopID] {
			continue
		}
		err := w.guarded("an effect that ends", e.ID, func() error {
			if e.Code != nil {
				return w.endCode(ctx, e)
			}
			return w.missGoods(ctx, e)
		})
		if errors.Is(err, errUnreached) { // staff was asked when that began
			away[e.ShopID] = true
		} else if err != nil && ctx.Err() == nil {
			away[e.ShopID] = true
			w.Log.Error("an effect could not be ended; it is tried again", "effect", e.ID, "shop", e.ShopID, "error", err.Error())
		}
	}
	return nil
}

// endCode makes a code work no more. One that expired the shop lets nobody use:
// to end it there only keeps the merchant's list short, so nothing waits for
// it. Any other is taken back here first, so that no mail names it from then
// on, and has ended once the shop says so.
func (w *Worker) endCode(ctx context.Context, e crm.Effect) error {
	now := w.Now().UTC()
	expired := !e.Code.EndsAt.IsZero() && now.After(e.Code.EndsAt) && e.State != crm.EffectUndone
	if !expired && e.State != crm.EffectUndone {
		m, err := w.Store.Message(ctx, e.ShopID, e.MessageID)
		if err != nil || !over(m.State) {
			return err // staff took it up again meanwhile
		}
		if _, err := w.Store.ChangeEffect(ctx, e.ShopID, e.ID, func(e *crm.Effect) error { e.State = crm.EffectUndone; return nil }); err != nil {
			return err
		}
	}
	if err := w.endAtShop(ctx, e); err != nil && !expired {
		return err // it still works: this must not be claimed
	}
	_, err := w.Store.ChangeEffect(ctx, e.ShopID, e.ID, func(e *crm.Effect) error {
		switch {
		case e.Code.Used() || e.Code.Ended != "":
		case expired:
			e.Code.Ended, e.Code.EndedAt = crm.CodeExpired, now
		default:
			e.Code.Ended, e.Code.EndedAt = crm.CodeRevoked, now
		}
		return nil
	})
	return err
}

// over tells whether a message in a state will never reach anybody by itself.
func over(s crm.MessageState) bool {
	return s == crm.Failed || s == crm.Skipped || s == crm.Cancelled || s == crm.Bounced
}

// errUnreached says that the shop cannot be asked until it is connected again.
var errUnreached = errors.New("the shop cannot be reached")

func (w *Worker) endAtShop(ctx context.Context, e crm.Effect) error {
	shop, err := w.Store.Shop(ctx, e.ShopID)
	if err != nil {
		return err
	}
	can, ok := w.Platforms[shop.Platform].(integrations.DiscountCreator)
	if shop.State == crm.ShopUninstalled || shop.Broken != "" {
		return errUnreached
	}
	if !ok {
		return fmt.Errorf("the platform %s has no discount codes to end", shop.Platform)
	}
	c, err := w.connection(ctx, shop)
	if err != nil {
		return err
	}
	return can.EndDiscountCode(ctx, c, *e.Code)
}

// missGoods asks staff for goods that should be back, a few times.
func (w *Worker) missGoods(ctx context.Context, e crm.Effect) error {
	m, err := w.Store.Message(ctx, e.ShopID, e.MessageID)
	if err != nil {
		return err
	}
	err = w.Store.OpenTask(ctx, crm.Task{ShopID: e.ShopID, Kind: crm.TaskGoodsNotBack, Source: "effect:" + e.ID, CustomerID: m.CustomerID, OrderID: m.OrderID, MessageID: m.ID,
		Detail: fmt.Sprintf("A replacement went out for return %s, and its goods should have been back on %s.", e.Replacement.ReturnID, crm.DayOf(e.Replacement.DueBack, time.UTC))})
	if err != nil {
		return err
	}
	_, err = w.Store.ChangeEffect(ctx, e.ShopID, e.ID, func(e *crm.Effect) error {
		e.Replacement.Reminded++
		return nil
	})
	return err
}
