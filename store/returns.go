package store

import (
	"context"

	"grazie/crm"
)

// loadReturns reads the returns that events speak of, and adds to orders those
// that they belong to.
func (w *applying) loadReturns(ctx context.Context, ids, orders map[string]bool) error {
	w.returns = map[string]*row[crm.Return]{}
	delete(ids, "")
	if len(ids) == 0 {
		return nil
	}
	p := params{w.shopID}
	found, err := rows(ctx, w.tx, scanRow[crm.Return], `select revision, data from returns where shop_id = $1 and id`+w.in(&p, keys(ids)), p...)
	for _, r := range found {
		w.returns[r.value.ID] = &r
		if r.value.OrderID != "" {
			orders[r.value.OrderID] = true
		}
	}
	return err
}

func (w *applying) foldReturn(n crm.Return) {
	r := w.returns[n.ID]
	if r == nil {
		r = &row[crm.Return]{}
		w.returns[n.ID] = r
	}
	r.value, r.changed = r.value.Apply(n), true
}

func (w *applying) saveReturns(ctx context.Context) error {
	changed := changedRows(w.returns, func(r crm.Return) string { return r.ID })
	b := newBulk("text", "text", "text", "text", "text", "bigint", "text")
	for _, r := range changed {
		v := &r.value
		if o := w.orders[v.OrderID]; o != nil && v.CustomerID == "" {
			v.CustomerID = o.value.CustomerID
		}
		if w.forgetReturn(*v) {
			*v = v.Erased()
		}
		b.add(w.shopID, column(v.ID), column(v.OrderID), column(v.CustomerID), string(v.Status), r.revision+1, document(v))
	}
	return w.upsert(ctx, "returns", "shop_id, id, order_id, customer_id, status, revision, data", b)
}

// ApplyReturn stores a return that was read from the platform, and tells the
// messages about it whose order and customer it is.
func (s *Store) ApplyReturn(ctx context.Context, shopID string, r crm.Return) error {
	return s.write(ctx, func(tx querier) error {
		w := &applying{Store: s, tx: tx, shopID: shopID}
		if err := w.load(ctx, []Applied{{Events: []crm.Event{{Kind: crm.ReturnChanged, Return: &r}}}}); err != nil {
			return err
		}
		w.foldReturn(r)
		if err := w.saveReturns(ctx); err != nil {
			return err
		}
		if err := w.goodsBack(ctx); err != nil {
			return err
		}
		now := w.returns[r.ID].value
		_, err := tx.ExecContext(ctx, `update messages set order_id = case when order_id = '' then $3 else order_id end,
				customer_id = case when customer_id = '' then $4 else customer_id end
			where shop_id = $1 and return_id = $2 and return_id <> '' and (order_id = '' or customer_id = '')`, shopID, r.ID, column(now.OrderID), column(now.CustomerID))
		return err
	})
}

// Return is the return with an id, or with the name that the customer knows.
func (s *Store) Return(ctx context.Context, shopID, id string) (crm.Return, error) {
	r, err := one(rows(ctx, s.read, scanRow[crm.Return], `select revision, data from returns where shop_id = $1 and id = $2`, shopID, id))
	return r.value, err
}

// Returns lists the returns of an order, or of all, the newest first.
func (s *Store) Returns(ctx context.Context, shopID, orderID string, limit int) ([]crm.Return, error) {
	p := params{shopID, limit}
	query := `select revision, data from returns where shop_id = $1 order by id desc limit $2`
	if orderID != "" {
		query = `select revision, data from returns where ` + checked("shop_id") + ` = $1 and order_id = ` + p.add(orderID) + ` order by ` + checked("id") + ` desc limit $2`
	}
	found, err := rows(ctx, s.read, scanRow[crm.Return], query, p...)
	returns := make([]crm.Return, len(found))
	for i, r := range found {
		returns[i] = r.value
	}
	return returns, err
}
