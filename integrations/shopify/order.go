package shopify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// readOrder reads the topics that carry a whole order. A paid one is told as
// paid too, whatever the topic: the webhook that said so may be lost
// (platforms.md, section 0, fact 8).
func readOrder(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b orderBody
	if !r.decode(body, &b) {
		return nil
	}
	return r.tellOrder(e, &b)
}

func (r *reader) tellOrder(e integrations.Envelope, b *orderBody) []crm.Event {
	o := r.order(b)
	o.TriggeredAt = e.TriggeredAt
	at := firstTime(o.UpdatedAt, e.TriggeredAt, o.CreatedAt)
	if e.Topic == "orders/create" {
		// An imported order was placed when it was processed elsewhere.
		at = firstTime(r.time("processed_at", b.ProcessedAt), o.CreatedAt, at)
	}
	buyer := r.buyer(b, o)
	events := []crm.Event{{Kind: crm.OrderChanged, At: at, Order: o, Customer: buyer}}
	if o.IsPaid() {
		if o.PaidAt = at; r.imported(b, o) {
			o.PaidAt = r.time("processed_at", b.ProcessedAt)
		}
		events = append(events, crm.Event{Kind: crm.OrderPaid, At: at, Order: o, Customer: buyer})
	}
	return events
}

// imported tells whether an order was placed elsewhere, long before the shop had
// it. What is told of its payment later is no news.
func (r *reader) imported(b *orderBody, o *crm.Order) bool {
	placed := r.time("processed_at", b.ProcessedAt)
	return !placed.IsZero() && placed.Before(o.CreatedAt.Add(-24*time.Hour))
}

func (r *reader) order(b *orderBody) *crm.Order {
	o := &crm.Order{
		ID:          r.needID("id", b.ID, b.GlobalID),
		Name:        crm.Clean(b.Name),
		CustomerID:  r.customerID(b.Customer),
		Locale:      locale(b.CustomerLocale),
		Status:      crm.FinancialStatus(strings.ToLower(b.FinancialStatus)),
		Test:        b.Test,
		Total:       r.money("total_price", b.TotalPriceSet.Shop, b.TotalPrice, b.Currency),
		Subtotal:    r.money("subtotal_price", b.SubtotalPriceSet.Shop, b.SubtotalPrice, b.Currency),
		Shipping:    b.ShippingAddress.address(),
		Pickup:      b.pickup(),
		Gift:        b.gift(),
		Company:     bool(b.Company) || crm.Clean(b.BillingAddress.Company) != "" || crm.Clean(b.ShippingAddress.Company) != "",
		Source:      b.SourceName,
		Tags:        tags(b.Tags),
		CreatedAt:   r.time("created_at", b.CreatedAt),
		UpdatedAt:   r.time("updated_at", b.UpdatedAt),
		CancelledAt: r.time("cancelled_at", b.CancelledAt),
	}
	o.Billing = o.Shipping // as most are; nobody changes an address that was told
	if b.BillingAddress != b.ShippingAddress {
		o.Billing = b.BillingAddress.address()
	}
	o.Email, o.EmailKey = integrations.Email(cmp.Or(b.Email, b.ContactEmail, b.Customer.Email))
	o.Presentment = o.Total
	if p := b.TotalPriceSet.Presentment; p.Amount != "" {
		o.Presentment = r.amount("total_price_set.presentment_money.amount", p.Amount, p.currency(b.PresentmentCurrency))
	} else if b.PresentmentCurrency != "" && !strings.EqualFold(b.PresentmentCurrency, o.Total.Currency) {
		o.Presentment = crm.Money{} // shown in a currency whose amount is not told
	}
	o.Items = slices.Grow(o.Items, len(b.LineItems))
	for i, l := range b.LineItems {
		r.enter("line_items", i)
		o.Items = append(o.Items, r.lineItem(l, b.Currency))
		r.leave()
	}
	for i, f := range b.Fulfillments {
		r.enter("fulfillments", i)
		o.Fulfillments = append(o.Fulfillments, r.fulfillment(f))
		r.leave()
	}
	for i, f := range b.Refunds {
		r.enter("refunds", i)
		o.Refunds = append(o.Refunds, r.refund(f, b.Currency))
		r.leave()
	}
	o.Codes = r.codes(b)
	return o
}

func (r *reader) lineItem(l lineItemBody, currency string) crm.LineItem {
	it := crm.LineItem{
		ID:        r.id("id", l.ID, l.GlobalID),
		ProductID: r.id("product_id", l.ProductID, ""),
		Title:     crm.Clean(l.Title),
		Variant:   crm.Clean(l.VariantTitle),
		Quantity:  r.count("quantity", l.Quantity),
		Price:     r.money("price", l.PriceSet.Shop, l.Price, currency),
		GiftCard:  l.GiftCard,
		Tip:       l.tip(),
	}
	if l.CurrentQuantity != "" { // what edits and returns left of it
		left := r.count("current_quantity", l.CurrentQuantity)
		if it.Removed = left == 0; left > 0 {
			it.Quantity = left
		}
	}
	return it
}

func (b *orderBody) gift() bool {
	if b.NoteAttributes.gift() {
		return true
	}
	for _, l := range b.LineItems {
		if l.Properties.gift() {
			return true
		}
	}
	return false
}

// tags are one comma-separated text.
func tags(text string) []string {
	var list []string
	for t := range strings.SplitSeq(text, ",") {
		if t = crm.Clean(t); t != "" {
			list = append(list, t)
		}
	}
	return list
}

func firstTime(times ...time.Time) time.Time { return cmp.Or(times...) }
