package store

import (
	"context"
	"slices"

	"github.com/klauspost/compress/s2"

	"grazie/crm"
)

// forgetOrder is an order as it may be kept: one that was placed before its
// customer was erased comes in without her, however late it is told. What she
// buys afterwards is a matter of its own.
func (w *applying) forgetOrder(o crm.Order) crm.Order {
	if c := w.customers[o.CustomerID]; c != nil && !c.value.ErasedAt.IsZero() && o.ErasedAt.IsZero() && !o.CreatedAt.After(c.value.ErasedAt) {
		return o.Erased(c.value.ErasedAt)
	}
	return o
}

// forgetReturn tells whether a return may not be kept as it is: its order was
// erased, or was never told and its customer was.
func (w *applying) forgetReturn(v crm.Return) bool {
	if o := w.orders[v.OrderID]; o != nil {
		return !o.value.ErasedAt.IsZero()
	}
	c := w.customers[v.CustomerID]
	return c != nil && !c.value.ErasedAt.IsZero() && !v.RequestedAt.After(c.value.ErasedAt)
}

// forgotten tells whether an event is about somebody who was erased: nothing
// follows from it any more.
func (w *applying) forgotten(e crm.Event) bool {
	order := e.Order
	if e.Return != nil && order == nil {
		order = &crm.Order{ID: e.Return.OrderID}
	}
	if order != nil {
		if o := w.orders[order.ID]; o != nil {
			return !o.value.ErasedAt.IsZero()
		}
	}
	if e.Return != nil && w.forgetReturn(*e.Return) {
		return true
	}
	if e.Customer == nil {
		return false
	}
	c := w.customers[e.Customer.ID]
	return c != nil && !c.value.ErasedAt.IsZero()
}

// emptyErased takes out of webhooks what they tell of somebody who was erased.
// Their rows stay, so that a copy is known as one.
func (w *applying) emptyErased(ctx context.Context, applied []Applied) error {
	ids := slices.Clone(w.settled)
	for _, a := range applied {
		for _, e := range a.Events {
			if w.forgotten(e) {
				ids = append(ids, a.WebhookID)
			}
		}
	}
	if ids = distinct(ids); len(ids) == 0 {
		return nil
	}
	p := params{w.shopID, emptied, noHeaders}
	_, err := w.tx.ExecContext(ctx, `update webhooks set body = $2, headers = $3 where shop_id = $1 and id`+w.in(&p, ids), p...)
	return err
}

// What a webhook holds that tells nothing any more.
var emptied = s2.Encode(nil, nil)

const noHeaders = "{}"
