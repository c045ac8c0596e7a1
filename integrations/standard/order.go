package standard

import (
	"grazie/crm"
	"grazie/integrations"
)

var statuses = []crm.FinancialStatus{crm.Pending, crm.Authorized, crm.PartiallyPaid, crm.Paid, crm.PartiallyRefunded, crm.Refunded, crm.Voided}

// order reads the events that carry a whole order. A paid one is told as paid
// too, whatever the event: the one that said so may be lost.
func (r reader) order(v integrations.Value) []crm.Event {
	o := r.wholeOrder(v)
	switch {
	case r.e.Topic == "order.paid" && o.Status == "":
		o.Status = crm.Paid
	case r.e.Topic == "order.paid" && !o.IsPaid():
		v.At("status").Fail("is not that of a paid order")
	case r.e.Topic == "order.cancelled":
		o.CancelledAt = or(o.CancelledAt, r.at)
	case o.Status == "":
		v.At("status").Fail("is missing")
	}
	buyer := r.buyer(v, o)
	events := []crm.Event{{Kind: crm.OrderChanged, At: r.at, Order: o, Customer: buyer}}
	if o.IsPaid() {
		o.PaidAt = or(v.At("paid_at").Time(), r.at)
		events = append(events, crm.Event{Kind: crm.OrderPaid, At: r.at, Order: o, Customer: buyer})
	}
	return events
}

func (r reader) wholeOrder(v integrations.Value) *crm.Order {
	currency := v.At("currency").Need().Currency()
	o := &crm.Order{
		ID:          needID(v.At("id")),
		Name:        text(v.At("name")),
		CustomerID:  id(v.At("customer").At("id")),
		Locale:      locale(v.At("locale")),
		Status:      word(v.At("status"), statuses...),
		Test:        v.At("test").Flag(),
		Total:       v.At("total").Need().Money(currency),
		Shipping:    address(v.At("shipping_address")),
		Billing:     address(v.At("billing_address")),
		Pickup:      v.At("pickup").Flag(),
		Gift:        v.At("gift").Flag(),
		Company:     v.At("business").Flag(),
		Source:      text(v.At("source")),
		CreatedAt:   or(v.At("created_at").Time(), r.at),
		UpdatedAt:   r.changed(v.At("updated_at")),
		TriggeredAt: r.at,
		CancelledAt: v.At("cancelled_at").Time(),
	}
	if o.Name == "" {
		o.Name = o.ID
	}
	o.Subtotal, o.Presentment = o.Total, o.Total
	if s := v.At("subtotal"); !s.Empty() {
		o.Subtotal = s.Money(currency)
	}
	email := v.At("email")
	if email.Empty() {
		email = v.At("customer").At("email")
	}
	o.Email, o.EmailKey = integrations.Email(text(email))
	for _, i := range v.At("items").List() {
		o.Items = append(o.Items, crm.LineItem{
			ID: id(i.At("id")), ProductID: id(i.At("product_id")), Title: text(i.At("title").Need()), Variant: text(i.At("variant")),
			Quantity: i.At("quantity").Need().Count(), Price: i.At("price").Money(currency), GiftCard: i.At("gift_card").Flag(),
		})
	}
	for _, t := range v.At("tags").List() {
		if tag := text(t); tag != "" {
			o.Tags = append(o.Tags, tag)
		}
	}
	for _, c := range v.At("discount_codes").List() {
		o.Codes = append(o.Codes, crm.CodeOnOrder{Code: text(c.At("code").Need()), Amount: c.At("amount").Money(currency)})
	}
	for _, f := range v.At("fulfillments").List() {
		o.Fulfillments = append(o.Fulfillments, r.fulfillment(f))
	}
	for _, f := range v.At("refunds").List() {
		o.Refunds = append(o.Refunds, r.refund(f, currency))
	}
	return o
}

// parcel reads fulfillment.created and fulfillment.delivered.
func (r reader) parcel(v integrations.Value) []crm.Event {
	f, kind := r.fulfillment(v), crm.ParcelChanged
	if r.e.Topic == "fulfillment.delivered" {
		f.DeliveredAt, f.ShipmentStatus = or(f.DeliveredAt, r.at), "delivered"
	}
	at := r.at
	if !f.DeliveredAt.IsZero() {
		kind, at = crm.ParcelDelivered, f.DeliveredAt
	}
	return []crm.Event{{Kind: kind, At: at, Order: &crm.Order{ID: needID(v.At("order_id")), Fulfillments: []crm.Fulfillment{f}}}}
}

func (r reader) fulfillment(v integrations.Value) crm.Fulfillment {
	f := crm.Fulfillment{ID: needID(v.At("id")), Status: "success", CreatedAt: or(v.At("created_at").Time(), r.at), UpdatedAt: r.at, DeliveredAt: v.At("delivered_at").Time()}
	if v.At("cancelled").Flag() {
		f.Status = "cancelled"
	}
	if !f.DeliveredAt.IsZero() {
		f.ShipmentStatus = "delivered"
	}
	return f
}

// refundCreated reads refund.created.
func (r reader) refundCreated(v integrations.Value) []crm.Event {
	f := r.refund(v, v.At("currency").Need().Currency())
	return []crm.Event{{Kind: crm.RefundCreated, At: f.CreatedAt, Order: &crm.Order{ID: needID(v.At("order_id")), Refunds: []crm.Refund{f}}}}
}

func (r reader) refund(v integrations.Value, currency string) crm.Refund {
	f := crm.Refund{ID: needID(v.At("id")), Amount: v.At("amount").Need().Money(currency), CreatedAt: or(v.At("created_at").Time(), r.at)}
	if goods := v.At("goods"); !goods.Empty() {
		f.Goods = goods.Money(currency)
	}
	return f
}

var returnStatuses = []crm.ReturnStatus{crm.ReturnRequested, crm.ReturnOpen, crm.ReturnClosed, crm.ReturnDeclined, crm.ReturnCanceled}

// returned reads return.requested and return.updated, which tell a return whole.
func (r reader) returned(v integrations.Value) []crm.Event {
	out := &crm.Return{
		ID: needID(v.At("id")), Name: text(v.At("name")), OrderID: needID(v.At("order_id")), CustomerID: id(v.At("customer_id")),
		Status: word(v.At("status"), returnStatuses...), RequestedAt: v.At("requested_at").Time(), UpdatedAt: r.at, ReadAt: r.at,
	}
	if r.e.Topic == "return.requested" {
		if out.Status == "" {
			out.Status = crm.ReturnRequested
		}
		out.RequestedAt = or(out.RequestedAt, r.at)
	}
	if out.Status == "" {
		v.At("status").Fail("is missing")
	}
	currency := v.At("currency").Currency()
	out.Value, out.Fee = v.At("value").Money(currency), v.At("fee").Money(currency)
	for _, l := range v.At("items").List() {
		out.Lines = append(out.Lines, crm.ReturnLine{
			ID: id(l.At("id")), Title: text(l.At("title").Need()), Quantity: l.At("quantity").Need().Count(), Reason: text(l.At("reason")),
		})
	}
	return []crm.Event{{Kind: crm.ReturnChanged, At: r.at, Return: out}}
}
