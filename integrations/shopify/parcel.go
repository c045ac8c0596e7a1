package shopify

import (
	"cmp"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

const delivered = "delivered"

// readFulfillment reads fulfillments/create and fulfillments/update.
func readFulfillment(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b fulfillmentBody
	if !r.decode(body, &b) {
		return nil
	}
	f := r.fulfillment(b)
	at := firstTime(f.DeliveredAt, f.UpdatedAt, e.TriggeredAt, f.CreatedAt)
	return parcel(r.needID("order_id", b.OrderID, ""), f, at)
}

// readFulfillmentEvent reads a carrier's report. What counts for the order of
// reports is when Shopify took it down; when it happened is the fact's time.
func readFulfillmentEvent(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b fulfillmentEventBody
	if !r.decode(body, &b) {
		return nil
	}
	f := crm.Fulfillment{
		ID:             r.needID("fulfillment_id", b.FulfillmentID, ""),
		ShipmentStatus: strings.ToLower(b.Status),
		UpdatedAt:      firstTime(r.time("updated_at", b.UpdatedAt), r.time("created_at", b.CreatedAt), e.TriggeredAt),
	}
	at := firstTime(r.time("happened_at", b.HappenedAt), f.UpdatedAt)
	if f.ShipmentStatus == delivered {
		f.DeliveredAt = at
	}
	return parcel(r.needID("order_id", b.OrderID, ""), f, at)
}

func parcel(orderID string, f crm.Fulfillment, at time.Time) []crm.Event {
	kind := crm.ParcelChanged
	if !f.DeliveredAt.IsZero() {
		kind = crm.ParcelDelivered
	}
	return []crm.Event{{Kind: kind, At: at, Order: &crm.Order{ID: orderID, Fulfillments: []crm.Fulfillment{f}}}}
}

func (r *reader) fulfillment(b fulfillmentBody) crm.Fulfillment {
	f := crm.Fulfillment{
		ID:             r.needID("id", b.ID, b.GlobalID),
		Status:         strings.ToLower(b.Status),
		ShipmentStatus: strings.ToLower(b.ShipmentStatus),
		CreatedAt:      r.time("created_at", b.CreatedAt),
		UpdatedAt:      r.time("updated_at", b.UpdatedAt),
	}
	if f.ShipmentStatus == delivered && f.Status != "cancelled" {
		f.DeliveredAt = f.UpdatedAt
	}
	return f
}

// readRefund reads refunds/create.
func readRefund(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b refundBody
	if !r.decode(body, &b) {
		return nil
	}
	f := r.refund(b, "")
	o := &crm.Order{ID: r.needID("order_id", b.OrderID, ""), Refunds: []crm.Refund{f}}
	return []crm.Event{{Kind: crm.RefundCreated, At: firstTime(f.CreatedAt, e.TriggeredAt), Order: o}}
}

// refund sums what was given back in the shop's currency: the successful
// transactions, or where the money has not moved, or moved in another
// currency, the goods and their tax.
func (r *reader) refund(b refundBody, currency string) crm.Refund {
	f := crm.Refund{
		ID:        r.needID("id", b.ID, b.GlobalID),
		CreatedAt: r.time("created_at", b.CreatedAt),
	}
	currency = strings.ToUpper(b.currency(currency))
	goods, tax := r.goods(b, currency)
	if len(b.LineItems) > 0 {
		f.Goods = goods
	}
	f.Amount = crm.Money{Currency: currency}
	moved := false
	for i, t := range b.Transactions {
		if t.Kind != "refund" || t.Status != "success" {
			continue
		}
		set := t.AmountSet.Shop
		if set.Amount == "" && t.Currency != "" && !strings.EqualFold(t.Currency, currency) {
			moved = false
			break
		}
		r.enter("transactions", i)
		f.Amount.Minor += r.money("amount", set, t.Amount, currency).Minor
		r.leave()
		moved = true
	}
	if moved {
		return f
	}
	f.Amount.Minor = goods.Minor + tax.Minor
	return f
}

// goods sums the goods that were given back, and their tax.
func (r *reader) goods(b refundBody, currency string) (goods, tax crm.Money) {
	goods, tax = crm.Money{Currency: currency}, crm.Money{Currency: currency}
	for i, l := range b.LineItems {
		r.enter("refund_line_items", i)
		goods.Minor += r.money("subtotal", l.SubtotalSet.Shop, l.Subtotal, currency).Minor
		tax.Minor += r.money("total_tax", l.TaxSet.Shop, l.Tax, currency).Minor
		r.leave()
	}
	return goods, tax
}

// currency is the shop's, which a refund names only in its sets, unless it
// stands in an order.
func (b refundBody) currency(order string) string {
	known := []string{order, b.DutiesSet.Shop.Currency}
	for _, l := range b.LineItems {
		known = append(known, l.SubtotalSet.Shop.Currency)
	}
	for _, t := range b.Transactions {
		known = append(known, t.AmountSet.Shop.Currency)
	}
	for _, t := range b.Transactions {
		known = append(known, t.Currency)
	}
	return cmp.Or(known...)
}
