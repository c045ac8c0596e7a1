package store

import (
	"context"

	"grazie/crm"
)

// saveScopes stores what the merchant allows now, if an event told of it. A word
// from before the latest connection is void: that one told it anew.
func (w *applying) saveScopes(ctx context.Context) error {
	if w.scopes == nil {
		return nil
	}
	shop, err := one(rows(ctx, w.tx, scanShop, `select state, data from shops where id = $1`+w.forUpdate(), w.shopID))
	if err != nil || w.scopes.At.Before(shop.Since) {
		return err
	}
	shop.Scopes = w.scopes.Scopes
	_, err = w.tx.ExecContext(ctx, `update shops set data = $2, updated_at = $3 where id = $1`, w.shopID, document(shop), micros(w.now()))
	return err
}

// foldScopes keeps the newest word about scopes.
func (w *applying) foldScopes(e crm.Event) {
	if e.Kind == crm.ScopesChanged && (w.scopes == nil || e.At.After(w.scopes.At)) {
		w.scopes = &e
	}
}
