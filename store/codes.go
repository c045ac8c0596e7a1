package store

import (
	"context"
	"slices"

	"grazie/crm"
)

// useCodes notes on our discount codes which orders hold them, and what those
// brought and cost by now. An order that was cancelled holds none.
func (w *applying) useCodes(ctx context.Context) error {
	names := map[string]bool{}
	for _, r := range w.orders {
		if !r.changed {
			continue
		}
		for _, c := range slices.Concat(r.was.Codes, r.value.Codes) { // one may have been taken off again
			names[crm.CodeKey(c.Code)] = true
		}
	}
	delete(names, "")
	if len(names) == 0 {
		return nil
	}
	p := params{w.shopID}
	ours, err := rows(ctx, w.tx, scanEffect, `select `+effectColumns+` from effects where name <> '' and shop_id = $1 and name`+w.in(&p, keys(names))+w.forUpdate(), p...)
	if err != nil || len(ours) == 0 {
		return err
	}
	codes := make([]string, len(ours))
	for i, e := range ours {
		codes[i] = e.Code.Code
	}
	for _, r := range changedRows(w.orders, func(o crm.Order) string { return o.ID }) {
		uses := crm.Attribute(r.value, codes)
		for i := range ours {
			note(ours[i].Code, r.value, uses[ours[i].Code.Code])
		}
	}
	for _, e := range ours {
		if err := w.updateEffect(ctx, w.tx, e); err != nil {
			return err
		}
	}
	return nil
}

// note puts what an order makes of a code into the place of what it made of it before.
func note(c *crm.DiscountCode, o crm.Order, use crm.CodeUse) {
	at := slices.IndexFunc(c.Uses, func(u crm.CodeUse) bool { return u.OrderID == o.ID })
	if use.OrderID == "" && !o.Test && slices.ContainsFunc(o.Codes, func(h crm.CodeOnOrder) bool { return crm.CodeKey(h.Code) == crm.CodeKey(c.Code) }) {
		// The order was called off: it brought and cost nothing, but the shop
		// does not give the use back.
		use = crm.CodeUse{OrderID: o.ID, At: o.CreatedAt, Net: crm.Money{Currency: o.Subtotal.Currency}, Discount: crm.Money{Currency: o.Subtotal.Currency}}
	}
	switch {
	case use.OrderID == "" && at >= 0:
		c.Uses = slices.Delete(c.Uses, at, at+1)
	case use.OrderID == "":
	case at >= 0:
		use.PassedOn = c.CustomerID != o.CustomerID
		c.Uses[at] = use
	default:
		use.PassedOn = c.CustomerID != o.CustomerID
		c.Uses = append(c.Uses, use)
	}
}
