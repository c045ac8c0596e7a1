package simshop

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// body writes an order as all topics of whole orders hold it.
func (s *Shop) body(o *Order) orderBody {
	random := o.texts()
	hex := func(n int) string { return hex(random, n) }
	ip := fmt.Sprintf("203.0.113.%d", 1+random.IntN(254))
	zero, total := decimal(0, s.Currency), o.total()
	c := o.Customer
	b := orderBody{
		ID: o.ID, GlobalID: global("Order", o.ID), AppID: 580111, BrowserIP: ip,
		CartToken: optional(hex(32)), CheckoutToken: optional(hex(32)),
		ClientDetails: &clientDetails{AcceptLanguage: c.Language, BrowserIP: ip,
			UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"},
		ConfirmationNumber: fmt.Sprintf("%09X", random.Uint64N(1<<36)), Confirmed: true,
		ContactEmail: optional(c.Email), Email: c.Email, CustomerLocale: optional(c.Locale),
		CreatedAt: s.stamp(o.placed), ProcessedAt: s.stamp(o.placed), UpdatedAt: s.stamp(o.updated),
		Currency: s.Currency, PresentmentCurrency: o.see,
		FinancialStatus: o.financial, PaymentGateways: []string{o.gateway()},
		LandingSite: optional("/"), Name: o.Name(), Number: o.number - 1000, OrderNumber: o.number,
		Note: optional(o.cart.Note), NoteAttributes: []pair{}, SourceName: o.source,
		Tags:          strings.Join(o.tags, ", "),
		TaxesIncluded: true, Test: o.cart.Test, Token: hex(32),
		DiscountCodes: []codeBody{}, DiscountApplications: []applicationBody{},
		Fulfillments: []fulfillmentBody{}, Refunds: []refundBody{}, Returns: []empty{},
		Customer: s.customerBody(c), ShippingLines: []shippingLine{},

		SubtotalPrice: decimal(o.subtotal(), s.Currency), SubtotalSet: s.set(o.subtotal(), o.see),
		CurrentSubtotalPrice: decimal(o.subtotal()-o.refundedGoods(), s.Currency),
		TotalPrice:           decimal(total, s.Currency), TotalSet: s.set(total, o.see),
		CurrentTotalPrice:   decimal(total-o.refunded(), s.Currency),
		TotalLineItemsPrice: decimal(o.goods(), s.Currency), TotalDiscounts: decimal(o.off(), s.Currency),
		TotalTax: decimal(tax(total), s.Currency), TotalTipReceived: zero, TotalOutstanding: zero,
	}
	b.AcceptsMarketing = b.Customer != nil && b.Customer.Consent != nil && b.Customer.Consent.State == "subscribed"
	b.OrderStatusURL = fmt.Sprintf("https://%s/68812345/orders/%s/authenticate?key=%s", s.Domain, b.Token, hex(32))
	if o.cart.Gift {
		b.NoteAttributes = []pair{{"gift", "true"}, {"gift_message", "Tanti auguri!"}}
	}
	if o.financial == "pending" {
		b.TotalOutstanding = b.TotalPrice
	}
	if !o.cancelled.IsZero() {
		at := s.stamp(o.cancelled)
		b.CancelledAt, b.ClosedAt, b.CancelReason = &at, &at, optional("customer")
	}
	b.BillingAddress = c.address()
	b.BillingAddress.Company = optional(o.cart.Company)
	if o.shipped {
		b.ShippingAddress = b.BillingAddress
	}
	s.writeLines(&b, o)
	s.writeShipping(&b, o)
	s.writeDiscounts(&b, o)
	for _, f := range o.parcels {
		parcel := s.parcelBody(f)
		parcel.LineItems = nil // the order lists them already
		b.Fulfillments = append(b.Fulfillments, parcel)
	}
	b.FulfillmentStatus = o.fulfillmentStatus()
	for _, r := range o.refunds {
		b.Refunds = append(b.Refunds, s.refundBody(o, r))
	}
	return b
}

// tax is the part of a price that is tax, of 22 %.
func tax(minor int64) int64 { return minor * 22 / 122 }

func (o *Order) gateway() string {
	if o.cart.Pending {
		return "Bank Deposit"
	}
	return "shopify_payments"
}

func (s *Shop) writeLines(b *orderBody, o *Order) {
	for i := range o.lines {
		l := &o.lines[i]
		p := l.product
		name := p.Title
		if p.Variant != "" {
			name += " - " + p.Variant
		}
		var status *string
		switch {
		case l.sent == l.quantity:
			status = optional("fulfilled")
		case l.sent > 0:
			status = optional("partial")
		}
		b.LineItems = append(b.LineItems, lineItemBody{
			ID: l.id, GlobalID: global("LineItem", l.id),
			CurrentQuantity: l.quantity - l.refunded, FulfillableQuantity: max(0, l.quantity-l.refunded-l.sent), FulfillmentService: "manual", FulfillmentStatus: status,
			GiftCard: p.GiftCard, Grams: p.Grams, Name: name,
			Price: decimal(p.Price, s.Currency), PriceSet: s.set(p.Price, o.see),
			ProductExists: true, ProductID: p.ID, Properties: []pair{}, Quantity: l.quantity, RequiresShipping: !p.GiftCard,
			SKU: fmt.Sprintf("BD-%04d", p.ID%10000), Taxable: true, Title: p.Title, TotalDiscount: decimal(0, s.Currency),
			VariantID: p.ID + 1, VariantTitle: optional(p.Variant), Vendor: s.Name, TaxLines: []empty{},
			DiscountAllocations: s.allocations(o, l.off...),
		})
		b.TotalWeight += p.Grams * l.quantity
	}
}

func (s *Shop) writeShipping(b *orderBody, o *Order) {
	b.TotalShippingSet = s.set(o.shipping, o.see)
	if o.shippingID == 0 {
		return
	}
	line := shippingLine{ID: o.shippingID, Code: "Standard", Title: "Standard", Source: "shopify", TaxLines: []empty{}, DiscountAllocations: []allocationBody{}}
	if o.cart.Pickup {
		line.Code, line.Title, line.DeliveryCategory = "Bottega Demo, Bologna", "Bottega Demo, Bologna", optional("pickup")
	}
	line.Price, line.PriceSet = decimal(o.shipping, s.Currency), s.set(o.shipping, o.see)
	line.DiscountedPrice = decimal(o.shipping-o.shippingOff.amount, s.Currency)
	if o.shippingOff.amount > 0 {
		line.DiscountAllocations = s.allocations(o, o.shippingOff)
	}
	b.ShippingLines = []shippingLine{line}
}

func (s *Shop) writeDiscounts(b *orderBody, o *Order) {
	for i, d := range o.discounts {
		a := applicationBody{TargetType: "line_item", Type: "discount_code", Value: strconv.FormatFloat(d.percent*100, 'f', 1, 64), ValueType: "percentage",
			AllocationMethod: "across", TargetSelection: "all", Code: optional(d.code), Title: optional(d.title)}
		kind := "percentage"
		if d.code == "" {
			a.Type = "manual"
		}
		if d.entitled {
			a.TargetSelection = "entitled"
		}
		if d.each {
			a.AllocationMethod = "each"
		}
		if d.fixed > 0 {
			a.Value, a.ValueType, kind = decimal(d.fixed, s.Currency), "fixed_amount", "fixed_amount"
		}
		if d.shipping {
			a.TargetType, a.Value, a.AllocationMethod, kind = "shipping_line", "100.0", "each", "shipping"
		}
		b.DiscountApplications = append(b.DiscountApplications, a)
		if d.code != "" {
			b.DiscountCodes = append(b.DiscountCodes, codeBody{Code: d.code, Amount: decimal(o.taken(i), s.Currency), Type: kind})
		}
	}
}

func (s *Shop) allocations(o *Order, off ...allocation) []allocationBody {
	bodies := []allocationBody{}
	for _, a := range off {
		bodies = append(bodies, allocationBody{Amount: decimal(a.amount, s.Currency), AmountSet: s.set(a.amount, o.see), Application: a.application})
	}
	return bodies
}

func (c Customer) address() *addressBody {
	name := c.FirstName + " " + c.LastName
	if c.FirstName == "" {
		name = ""
	}
	return &addressBody{
		FirstName: optional(c.FirstName), LastName: optional(c.LastName), Name: name, Address1: c.Street, City: c.City, Zip: c.Zip,
		Province: optional(c.Province), ProvinceCode: optional(c.Region), Country: countries[c.Country], CountryCode: c.Country,
	}
}

func hex(random *rand.Rand, n int) string {
	text := ""
	for len(text) < n {
		text += fmt.Sprintf("%016x", random.Uint64())
	}
	return text[:n]
}
