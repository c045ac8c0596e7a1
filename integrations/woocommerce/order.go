package woocommerce

import (
	"html"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// readOrder reads the topics that carry a whole order, as it is when it is
// delivered: order.created may show a later state.
func readOrder(e integrations.Envelope, v integrations.Value) []crm.Event {
	o := order(v)
	at := or(o.UpdatedAt, e.TriggeredAt, o.CreatedAt)
	buyer := buyerOf(v, o)
	events := []crm.Event{{Kind: crm.OrderChanged, At: at, Order: o, Customer: buyer}}
	if o.IsPaid() {
		o.PaidAt = or(gmt(v, "date_paid"), at)
		events = append(events, crm.Event{Kind: crm.OrderPaid, At: at, Order: o, Customer: buyer})
	}
	return events
}

// readOrderDeleted reads order.deleted, whose body holds only the id. Merchants
// delete trials and spam: whatever it was, nobody hears of it any more.
func readOrderDeleted(e integrations.Envelope, v integrations.Value) []crm.Event {
	o := &crm.Order{ID: deletedID(v), CancelledAt: e.TriggeredAt}
	return []crm.Event{{Kind: crm.OrderChanged, At: e.TriggeredAt, Order: o}}
}

// statuses are those of the shop itself; plugins add others, of which only the
// day of payment tells.
var statuses = map[string]crm.FinancialStatus{
	"pending": crm.Pending, "on-hold": crm.Pending, "checkout-draft": crm.Pending, "auto-draft": crm.Pending,
	"failed":     crm.Pending, // it may be paid yet
	"processing": crm.Paid, "completed": crm.Paid,
	"refunded": crm.Refunded,
	// A cancelled order can be taken up again, so that it is a state and no date.
	"cancelled": crm.Voided, "trash": crm.Voided,
}

func order(v integrations.Value) *crm.Order {
	currency := v.At("currency").Need().Currency()
	word := strings.TrimPrefix(strings.ToLower(v.At("status").Text()), "wc-")
	status, known := statuses[word]
	if !known {
		if status = crm.Pending; !gmt(v, "date_paid").IsZero() {
			status = crm.Paid
		}
	}
	o := &crm.Order{
		ID:         needID(v.At("id")),
		CustomerID: id(v.At("customer_id")),
		Locale:     localeOf(v),
		Status:     status,
		Test:       meta(v, "_wcpay_mode") == "test", // paid with the payment service's play money
		Total:      v.At("total").Money(currency),
		Subtotal:   crm.Money{Currency: currency},
		Shipping:   address(v.At("shipping")),
		Billing:    address(v.At("billing")),
		Company:    clean(v.At("billing").At("company")) != "",
		Gift:       gift(v),
		Source:     v.At("created_via").Text(),
		CreatedAt:  gmt(v, "date_created"),
		UpdatedAt:  or(gmt(v, "date_modified"), gmt(v, "date_created")),
	}
	o.Name = "#" + o.ID
	if n := clean(v.At("number")); n != "" {
		o.Name = "#" + strings.TrimPrefix(n, "#")
	}
	o.Presentment = o.Total
	o.Email, o.EmailKey = integrations.Email(v.At("billing").At("email").Text())
	for _, l := range v.At("line_items").List() {
		o.Items = append(o.Items, lineItem(l, currency))
		o.Subtotal.Minor += l.At("total").Money(currency).Minor
		o.Gift = o.Gift || gift(l)
	}
	for _, s := range v.At("shipping_lines").List() {
		o.Pickup = o.Pickup || slices.Contains([]string{"local_pickup", "pickup_location"}, s.At("method_id").Text())
	}
	for _, c := range v.At("coupon_lines").List() {
		if code := clean(c.At("code")); code != "" {
			o.Codes = append(o.Codes, crm.CodeOnOrder{Code: code, Amount: c.At("discount").Money(currency)})
		}
	}
	for _, r := range v.At("refunds").List() {
		given := r.At("total").Money(currency)
		given.Minor = max(given.Minor, -given.Minor) // it is told as what the shop lost
		o.Refunds = append(o.Refunds, crm.Refund{ID: needID(r.At("id")), Amount: given, CreatedAt: o.UpdatedAt})
	}
	if len(o.Refunds) > 0 && o.Status == crm.Paid {
		o.Status = crm.PartiallyRefunded
	}
	// No parcel is ever told of: that an order is completed is all there is.
	if done := gmt(v, "date_completed"); word == "completed" {
		done = or(done, o.UpdatedAt)
		o.Fulfillments = []crm.Fulfillment{{ID: "completed-" + o.ID, Status: "success", CreatedAt: done, UpdatedAt: done}}
	}
	return o
}

func lineItem(v integrations.Value, currency string) crm.LineItem {
	it := crm.LineItem{
		ID: id(v.At("id")), ProductID: id(v.At("product_id")), Title: clean(v.At("name")),
		Quantity: v.At("quantity").Count(), Price: v.At("price").Money(currency),
	}
	// The name of a variation is that of the product, and then its choices.
	if parent := clean(v.At("parent_name")); parent != "" {
		if rest, ok := strings.CutPrefix(it.Title, parent); ok {
			it.Title, it.Variant = parent, strings.TrimLeft(rest, " -–—:,")
		}
	}
	return it
}

// clean is a text that may stand in a mail: the shop writes some with entities.
func clean(v integrations.Value) string { return crm.Clean(html.UnescapeString(v.Text())) }

// meta is the text of an extra field, which may hold anything; empty for none.
func meta(v integrations.Value, keys ...string) string {
	for _, m := range v.At("meta_data").List() {
		if key, ok := m.At("key").Plain(); ok && slices.Contains(keys, strings.ToLower(key)) {
			if text, ok := m.At("value").Plain(); ok {
				return strings.TrimSpace(text)
			}
		}
	}
	return ""
}

// giftKeys are the fields in which plugins note that something is a present.
var giftKeys = []string{"gift_message", "_gift_message", "is_gift", "_is_gift", "gift_wrap", "_gift_wrap", "gift_note", "as a gift", "wcgwp_note"}

func gift(v integrations.Value) bool {
	said := strings.ToLower(meta(v, giftKeys...))
	return said != "" && !slices.Contains([]string{"no", "false", "0", "off", "none"}, said)
}

// localeKeys are the fields in which plugins for several languages note that of
// the checkout.
var localeKeys = []string{"wpml_language", "trp_language", "_locale", "locale", "_weglot_language"}

// localeOf is a language tag or nothing: most shops tell none.
func localeOf(v integrations.Value) string {
	tag := strings.ReplaceAll(meta(v, localeKeys...), "_", "-")
	tag, _, _ = strings.Cut(tag, "-formal")
	if len(tag) < 2 || len(tag) > 35 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return ""
	}
	return tag
}
