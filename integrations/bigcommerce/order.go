package bigcommerce

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// whole is an order with all that is read of it.
type whole struct {
	orderBody
	products  lines
	coupons   []couponOnOrder
	shipments []shipmentBody
	refunds   []refundBody
}

// testGateway is the payment method of orders that are only tried.
const testGateway = "test payment gateway"

// events are what an order tells. readAt is when its reading began: of two
// states of one second, the one that was read later is the newer.
func (w whole) events(readAt time.Time) ([]crm.Event, error) {
	r := &reader{}
	o := r.order(w)
	o.TriggeredAt = readAt
	at := o.UpdatedAt
	if at.IsZero() {
		at = o.CreatedAt
	}
	events := []crm.Event{{Kind: crm.OrderChanged, At: at, Order: o, Customer: buyer(o)}}
	if o.IsPaid() {
		o.PaidAt = at
		events = append(events, crm.Event{Kind: crm.OrderPaid, At: at, Order: o, Customer: events[0].Customer})
	}
	if r.err != nil {
		return nil, r.err
	}
	return events, nil
}

func (r *reader) order(w whole) *crm.Order {
	o := &crm.Order{
		ID:        r.id("id", w.ID),
		Name:      "#" + string(w.ID), // as its mails and pages say
		Status:    r.status(w.StatusID, strings.ToLower(w.PaymentStatus)),
		CreatedAt: r.time("date_created", w.Created),
		UpdatedAt: r.time("date_modified", w.Modified),
	}
	if o.ID == "" {
		r.fail("id", "is missing")
	}
	if w.StatusID == incomplete { // nobody bought anything yet: whose it is, is not kept
		return o
	}
	if w.StatusID == cancelled {
		o.CancelledAt = o.UpdatedAt
	}
	o.CustomerID = r.id("customer_id", w.CustomerID)
	o.Email, o.EmailKey = integrations.Email(w.Billing.Email)
	o.Locale = locale(w.Locale)
	o.Test = strings.EqualFold(strings.TrimSpace(w.PaymentMethod), testGateway)
	o.Source = crm.Clean(w.Source)
	o.Billing, o.Shipping = w.Billing.address(), nil
	o.Company = crm.Clean(w.Billing.Company) != ""
	if s := w.Consignments.Shipping; len(s) > 0 { // of several, where the first goes
		o.Shipping = s[0].address()
		o.Company = o.Company || crm.Clean(s[0].Company) != ""
	}
	o.Pickup = w.StatusID == awaitingPickup || len(w.Consignments.Pickups) > 0
	r.amounts(o, w)
	return o
}

// amounts reads what is counted and paid. All amounts are in the currency that
// the customer pays in; what is kept is in the shop's.
func (r *reader) amounts(o *crm.Order, w whole) {
	paid := strings.ToUpper(w.Paid)
	shop, rate := paid, big.NewRat(1, 1)
	if own := strings.ToUpper(w.Shop); own != "" && own != paid {
		shop, rate = own, r.decimal("store_default_to_transactional_exchange_rate", w.ShopRate)
		if rate.Sign() <= 0 {
			r.fail("store_default_to_transactional_exchange_rate", "is missing")
			rate = big.NewRat(1, 1)
		}
	}
	own := func(field string, v scalar) crm.Money {
		n := r.decimal(field, v)
		return r.money(field, n.Quo(n, rate), shop)
	}
	o.Total = own("total_inc_tax", w.Total)
	if shown := strings.ToUpper(w.Shown); shown == "" || shown == paid {
		o.Presentment = r.money("total_inc_tax", r.decimal("total_inc_tax", w.Total), paid)
	}
	goods := own("subtotal_ex_tax", w.SubtotalEx)
	if w.TaxInclusive {
		goods = own("subtotal_inc_tax", w.SubtotalInc)
	}
	goods.Minor = max(0, goods.Minor-own("discount_amount", w.Discount).Minor-own("coupon_discount", w.CouponDiscount).Minor)
	o.Subtotal = goods
	for _, l := range w.products {
		price := own("price_ex_tax", l.PriceEx)
		if w.TaxInclusive {
			price = own("price_inc_tax", l.PriceInc)
		}
		o.Items = append(o.Items, r.lineItem(l, price))
		o.Gift = o.Gift || r.id("wrapping_id", l.WrappingID) != "" || crm.Clean(l.WrapMessage) != ""
		o.Pickup = o.Pickup || r.id("order_pickup_method_id", l.PickupID) != ""
	}
	for _, c := range w.coupons {
		if code := crm.Clean(c.Code); code != "" && !slices.ContainsFunc(o.Codes, func(k crm.CodeOnOrder) bool { return strings.EqualFold(k.Code, code) }) {
			o.Codes = append(o.Codes, crm.CodeOnOrder{Code: code, Amount: own("coupons.discount", c.Discount)})
		}
	}
	for _, s := range w.shipments {
		at := r.time("shipments.date_created", s.Created)
		o.Fulfillments = append(o.Fulfillments, crm.Fulfillment{ID: r.id("shipments.id", s.ID), Status: "success", CreatedAt: at, UpdatedAt: at})
	}
	for _, f := range w.refunds {
		if !f.failed() {
			o.Refunds = append(o.Refunds, crm.Refund{ID: r.id("refunds.id", f.ID), Amount: own("refunds.total_amount", f.Total), CreatedAt: r.time("refunds.created", f.Created)})
		}
	}
}

func (r *reader) lineItem(l lineBody, price crm.Money) crm.LineItem {
	it := crm.LineItem{
		ID:        r.id("products.id", l.ID),
		ProductID: r.id("products.product_id", l.ProductID),
		Title:     crm.Clean(l.Name),
		Quantity:  r.count("products.quantity", l.Quantity),
		Price:     price,
		GiftCard:  l.Type == "giftcertificate",
	}
	var chosen []string
	for _, o := range l.Options {
		if v := crm.Clean(o.Value); v != "" {
			chosen = append(chosen, v)
		}
	}
	it.Variant = strings.Join(chosen, " / ")
	if back := r.count("products.quantity_refunded", l.Refunded); back > 0 {
		if it.Removed = back >= it.Quantity; !it.Removed {
			it.Quantity -= back
		}
	}
	return it
}

// failed tells whether no payment of a refund went through.
func (f refundBody) failed() bool {
	for _, p := range f.Payments {
		if !p.Declined {
			return false
		}
	}
	return len(f.Payments) > 0
}

// buyer is the customer as an order names her. A guest has no id: whoever
// stores the order makes one of her address. What her own record tells goes
// over it, whenever that was told: an order names who pays, as of its day.
func buyer(o *crm.Order) *crm.Customer {
	if o.CustomerID == "" {
		return nil
	}
	c := &crm.Customer{ID: o.CustomerID, Email: o.Email, EmailKey: o.EmailKey, Locale: o.Locale, Address: o.Billing, Partial: true}
	if c.Address != nil {
		c.FirstName, c.LastName = c.Address.FirstName, c.Address.LastName
	}
	c.Told = &crm.Told{Locale: o.CreatedAt} // her record knows no language
	return c
}
