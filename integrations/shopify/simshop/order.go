package simshop

import (
	"fmt"

	"grazie/crm"
)

// Cart is what a customer puts into an order, and how.
type Cart struct {
	Items   []Item
	Pending bool   // paid later, say by bank transfer
	Gift    bool   // marked at the checkout
	Pickup  bool   // collected at the shop
	Test    bool   // the merchant tries the checkout
	Company string // the company on the bill
	Note    string
}

// Item is one line of a cart.
type Item struct {
	Product  Product
	Quantity int
}

// Order is one order of the shop; its methods on Shop send its webhooks.
type Order struct {
	ID       uint64
	Customer Customer
	body     orderBody
}

// Name is the order's name as the customer knows it, "#1001".
func (o *Order) Name() string { return o.body.Name }

// Place makes an order without telling anybody: OrderCreated does.
func (s *Shop) Place(c Customer, cart Cart) *Order {
	s.number++
	now := stamp{s.Now.In(s.Location)}
	o := &Order{ID: s.id(), Customer: c}
	see := c.Currency
	if see == "" {
		see = s.Currency
	}
	ip := fmt.Sprintf("203.0.113.%d", 1+s.random.IntN(254))
	o.body = orderBody{
		ID: o.ID, GlobalID: global("Order", o.ID), AppID: 580111, BrowserIP: ip,
		AcceptsMarketing: c.Consent == "subscribed",
		CartToken:        optional(s.hex(32)), CheckoutToken: optional(s.hex(32)),
		ClientDetails: &clientDetails{AcceptLanguage: c.Language, BrowserIP: ip,
			UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"},
		ConfirmationNumber: fmt.Sprintf("%09X", s.random.Uint64N(1<<36)), Confirmed: true,
		ContactEmail: optional(c.Email), Email: c.Email, CustomerLocale: optional(c.Locale),
		CreatedAt: now, ProcessedAt: now, UpdatedAt: now,
		Currency: s.Currency, PresentmentCurrency: see,
		FinancialStatus: "paid", PaymentGateways: []string{"shopify_payments"},
		LandingSite: optional("/"), Name: fmt.Sprintf("#%d", s.number), Number: s.number - 1000, OrderNumber: s.number,
		Note: optional(cart.Note), NoteAttributes: []pair{}, DiscountCodes: []empty{}, SourceName: "web",
		TaxesIncluded: true, Test: cart.Test, Token: s.hex(32),
		DiscountApplications: []empty{}, Fulfillments: []fulfillmentBody{}, Refunds: []refundBody{}, Returns: []empty{},
		Customer: s.customerBody(c),
	}
	o.body.OrderStatusURL = fmt.Sprintf("https://%s/68812345/orders/%s/authenticate?key=%s", s.Domain, o.body.Token, s.hex(32))
	if cart.Gift {
		o.body.NoteAttributes = []pair{{"gift", "true"}, {"gift_message", "Tanti auguri!"}}
	}
	address := c.address()
	address.Company = optional(cart.Company)
	o.body.BillingAddress = address
	s.ship(o, cart, address, see)
	s.price(o, cart, see)
	if cart.Pending {
		o.body.FinancialStatus, o.body.PaymentGateways = "pending", []string{"Bank Deposit"}
		o.body.TotalOutstanding = o.body.TotalPrice
	}
	return o
}

// shippingPrice is one price for the whole world; collecting is free.
const shippingPrice = 690

func (s *Shop) ship(o *Order, cart Cart, address *addressBody, see string) {
	line := shippingLine{ID: s.id(), Code: "Standard", Title: "Standard", Source: "shopify", TaxLines: []empty{}}
	price := int64(shippingPrice)
	switch {
	case cart.Pickup:
		pickup := "pickup"
		price, line.Code, line.Title, line.DeliveryCategory = 0, "Bottega Demo, Bologna", "Bottega Demo, Bologna", &pickup
	case giftCardsOnly(cart.Items):
		o.body.ShippingLines = []shippingLine{}
		return
	default:
		o.body.ShippingAddress = address
	}
	line.Price, line.PriceSet = decimal(price, s.Currency), s.set(price, see)
	o.body.TotalShippingSet = line.PriceSet
	o.body.ShippingLines = []shippingLine{line}
}

func giftCardsOnly(items []Item) bool {
	for _, it := range items {
		if !it.Product.GiftCard {
			return false
		}
	}
	return true
}

func (s *Shop) price(o *Order, cart Cart, see string) {
	goods, shipping := int64(0), int64(0)
	for _, it := range cart.Items {
		p, id := it.Product, s.id()
		goods += p.Price * int64(it.Quantity)
		name := p.Title
		if p.Variant != "" {
			name += " - " + p.Variant
		}
		o.body.LineItems = append(o.body.LineItems, lineItemBody{
			ID: id, GlobalID: global("LineItem", id),
			CurrentQuantity: it.Quantity, FulfillableQuantity: it.Quantity, FulfillmentService: "manual",
			GiftCard: p.GiftCard, Grams: p.Grams, Name: name,
			Price: decimal(p.Price, s.Currency), PriceSet: s.set(p.Price, see),
			ProductExists: true, ProductID: p.ID, Properties: []pair{}, Quantity: it.Quantity, RequiresShipping: !p.GiftCard,
			SKU: fmt.Sprintf("BD-%04d", p.ID%10000), Taxable: true, Title: p.Title, TotalDiscount: decimal(0, s.Currency),
			VariantID: p.ID + 1, VariantTitle: optional(p.Variant), Vendor: s.Name, TaxLines: []empty{}, DiscountAllocations: []empty{},
		})
		o.body.TotalWeight += p.Grams * it.Quantity
	}
	if o.body.ShippingAddress != nil {
		shipping = shippingPrice
	}
	b, zero := &o.body, decimal(0, s.Currency)
	total := goods + shipping
	b.SubtotalPrice, b.SubtotalSet, b.CurrentSubtotalPrice = decimal(goods, s.Currency), s.set(goods, see), decimal(goods, s.Currency)
	b.TotalPrice, b.TotalSet, b.CurrentTotalPrice = decimal(total, s.Currency), s.set(total, see), decimal(total, s.Currency)
	b.TotalLineItemsPrice, b.TotalDiscounts, b.TotalTipReceived, b.TotalOutstanding = decimal(goods, s.Currency), zero, zero, zero
	b.TotalTax = decimal(total*22/122, s.Currency)
	if b.TotalShippingSet.Shop.Amount == "" {
		b.TotalShippingSet = s.set(0, see)
	}
}

// set is an amount of the shop's currency as the shop and as the customer sees it.
func (s *Shop) set(minor int64, see string) set {
	shown := minor
	if rate, ok := rates[see]; ok && see != s.Currency {
		unit := int64(1000)
		for range crm.Exponent(s.Currency) - crm.Exponent(see) {
			unit *= 10
		}
		shown = (minor*rate + unit/2) / unit
	}
	return set{Shop: amount{decimal(minor, s.Currency), s.Currency}, Presentment: amount{decimal(shown, see), see}}
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

func (s *Shop) customerBody(c Customer) *customerBody {
	if c.ID == 0 {
		return nil
	}
	since := stamp{s.opened.AddDate(0, 0, -c.Days).In(s.Location)}
	b := &customerBody{
		ID: c.ID, GlobalID: global("Customer", c.ID), CreatedAt: since, UpdatedAt: stamp{s.Now.In(s.Location)},
		FirstName: optional(c.FirstName), LastName: optional(c.LastName), State: "disabled", VerifiedEmail: true,
		Email: c.Email, Currency: s.Currency, TaxExemptions: []empty{}, DefaultAddress: c.address(),
	}
	if c.Consent != "" {
		b.Consent = consent(c.Consent, since)
	}
	return b
}

func consent(state string, at stamp) *consentBody {
	level := "single_opt_in"
	return &consentBody{State: state, OptInLevel: &level, UpdatedAt: &at}
}
