package store

import (
	"context"
	"time"

	"grazie/crm"
)

// uninstall does what follows from the merchant's removing the app: nothing
// goes out any more, what waits is cancelled, and what lets Grazie act in the
// shop is forgotten. The shop's settings stay for the day on which it comes
// back. False means that it was connected again since: the word is void.
func (w *applying) uninstall(ctx context.Context) (bool, error) {
	shop, err := one(rows(ctx, w.tx, scanShop, `select state, data from shops where id = $1`+w.forUpdate(), w.shopID))
	if err != nil || !w.uninstalled.After(shop.Since) {
		return false, err
	}
	if shop.RemovedAt.IsZero() || w.uninstalled.Before(shop.RemovedAt) {
		shop.RemovedAt = w.uninstalled.UTC()
	}
	shop.State, shop.Broken, shop.BrokenAt = crm.ShopUninstalled, "", time.Time{}
	connection, err := w.connection(ctx, w.tx, w.shopID)
	if err != nil {
		return false, err
	}
	connection.ForgetAccess()
	now := micros(w.now())
	for _, do := range []struct {
		query string
		args  []any
	}{
		{`update shops set state = $2, data = $3, connection = $4, updated_at = $5 where id = $1`,
			[]any{w.shopID, shop.State, document(shop), w.keys.seal([]byte(document(connection)), w.shopID+"/connection"), now}},
		// Whoever connects it again says anew whether they go on.
		{`update bulks set state = $2 where shop_id = $1 and state = $3`, []any{w.shopID, crm.BulkPaused, crm.BulkRunning}},
		{`update tasks set done_at = $3, done_by = 'the app was removed' where shop_id = $1 and kind = $2 and done_at = 0`, []any{w.shopID, crm.TaskConnection, now}},
	} {
		if _, err := w.tx.ExecContext(ctx, do.query, do.args...); err != nil {
			return false, err
		}
	}
	return true, w.cancel(ctx, crm.ReasonShopUninstalled, "", nil)
}
