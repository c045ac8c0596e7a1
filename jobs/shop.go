package jobs

import (
	"context"
	"maps"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// connection is what an adapter needs to act for a shop.
func (w *Worker) connection(ctx context.Context, shop crm.Shop) (integrations.Connection, error) {
	v, err := w.Store.Connection(ctx, shop.ID)
	return integrations.Connection{ShopID: shop.ID, Domain: shop.Domain, Settings: v, Renew: w.renew(shop.ID, v)}, err
}

const (
	renewTime  = 30 * time.Second // the most that one exchange may take
	renewAgain = 100 * time.Millisecond
)

// renew makes sure that of all workers one replaces a shop's credentials, and
// the others take what it got.
func (w *Worker) renew(shopID string, known crm.Values) func(context.Context, func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
	return func(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
		ctx, cancel := context.WithTimeout(ctx, renewTime)
		defer cancel()
		work, holder := "renew:"+shopID, store.NewID("wrk_")
		tick := time.NewTicker(renewAgain)
		defer tick.Stop()
		for {
			leads, err := w.Store.Lead(ctx, work, holder, renewTime)
			if err != nil {
				return nil, err
			}
			current, err := w.Store.Connection(ctx, shopID)
			if err != nil {
				return nil, err
			}
			if changed(known, current) {
				if leads {
					err = w.Store.Resign(ctx, work, holder)
				}
				return current, err
			}
			if leads {
				return w.exchange(ctx, shopID, work, holder, current, exchange)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil, &integrations.Error{Kind: integrations.Temporary, Service: "shop", Detail: "another worker renews the credentials", Err: ctx.Err()}
			}
		}
	}
}

func (w *Worker) exchange(ctx context.Context, shopID, work, holder string, current crm.Values, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
	defer func() {
		last, cancel := lasting(ctx)
		defer cancel()
		_ = w.Store.Resign(last, work, holder) // else its lease ends by itself
	}()
	fresh, err := exchange(ctx, current)
	if err != nil {
		return nil, err
	}
	last, cancel := lasting(ctx)
	defer cancel()
	return fresh, w.Store.RenewConnection(last, shopID, func(stored crm.Values) {
		// What staff changed meanwhile stays; credentials given by hand as a whole.
		renewed := crm.Values{}
		for key, v := range fresh {
			if current[key] == v {
				continue
			}
			if stored[key] != current[key] {
				return
			}
			renewed[key] = v
		}
		maps.Copy(stored, renewed)
	})
}

// changed tells whether stored settings are others than those known before.
func changed(known, current crm.Values) bool {
	if len(known) != len(current) {
		return true
	}
	for key, v := range current {
		if known[key] != v {
			return true
		}
	}
	return false
}

// broken notes that the platform refuses the shop's credentials, and asks
// staff to connect the shop again. The rows wait until then. False means that
// others are stored than those that were used: it was connected again since.
func (w *Worker) broken(ctx context.Context, shop crm.Shop, used crm.Values, why string) bool {
	if current, err := w.Store.Connection(ctx, shop.ID); err == nil && changed(used, current) {
		return false
	}
	_, err := w.Store.ChangeShop(ctx, shop.ID, func(s *crm.Shop) error {
		if s.Broken == "" {
			s.BrokenAt = w.Now().UTC()
		}
		s.Broken = why
		return nil
	})
	if err == nil {
		err = w.Store.OpenTask(ctx, crm.Task{ShopID: shop.ID, Kind: crm.TaskConnection, Source: "shop:" + shop.ID, Detail: why})
	}
	if err == nil {
		err = w.Store.AskChore(ctx, shop.ID, crm.ChoreToken, w.Now(), false) // tells the merchant
	}
	w.Log.Error("the platform refuses the shop's credentials; connect the shop again", "shop", shop.ID, "detail", why, "error", err)
	return true
}
