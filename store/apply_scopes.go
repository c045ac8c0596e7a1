package store

import (
	"context"

	"grazie/crm"
)

// saveScopes stores what the merchant allows now, if an event told of it. An
// older word than the latest is void, and so is one from before the latest
// connection, which told it anew.
func (w *applying) saveScopes(ctx context.Context) error {
	if w.scopes == nil {
		return nil
	}
	shop, err := one(rows(ctx, w.tx, scanShop, `select state, data from shops where id = $1`+w.forUpdate(), w.shopID))
	if err != nil || w.scopes.At.Before(shop.Since) || w.scopes.At.Before(shop.ScopesAt) {
		return err
	}
	shop.Scopes, shop.ScopesAt = w.scopes.Scopes, w.scopes.At
	_, err = w.tx.ExecContext(ctx, `update shops set data = $2, updated_at = $3 where id = $1`, w.shopID, document(shop), micros(w.now()))
	return err
}

// foldScopes keeps the newest word about scopes.
func (w *applying) foldScopes(e crm.Event) {
	if e.Kind == crm.ScopesChanged && (w.scopes == nil || e.At.After(w.scopes.At)) {
		w.scopes = &e
	}
}
