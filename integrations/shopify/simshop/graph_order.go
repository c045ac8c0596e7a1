package simshop

import (
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

// What an order tells of itself beside its name and its tags.

func (g *graphOrder) Test() bool                      { return g.o.cart.Test }
func (g *graphOrder) CreatedAt() dateTime             { return dateTime{g.o.placed} }
func (g *graphOrder) ProcessedAt() dateTime           { return dateTime{g.o.placed} }
func (g *graphOrder) UpdatedAt() dateTime             { return dateTime{g.o.updated} }
func (g *graphOrder) CustomerLocale() *string         { return optional(g.o.Customer.Locale) }
func (g *graphOrder) CurrencyCode() string            { return g.s.Currency }
func (g *graphOrder) PresentmentCurrencyCode() string { return g.o.see }
func (g *graphOrder) SourceName() *string             { return optional(g.o.source) }
func (g *graphOrder) TotalPriceSet() *moneyBag        { return g.s.shownBag(g.o.total(), g.o.see) }
func (g *graphOrder) SubtotalPriceSet() *moneyBag     { return g.s.shownBag(g.o.subtotal(), g.o.see) }
func (g *graphOrder) DisplayFinancialStatus() *string {
	return optional(strings.ToUpper(g.o.financial))
}

func (g *graphOrder) DiscountCodes() []string {
	codes := []string{}
	for _, d := range g.o.discounts {
		if d.code != "" {
			codes = append(codes, d.code)
		}
	}
	return codes
}

type graphAttribute struct {
	Key   string
	Value *string
}

func (g *graphOrder) CustomAttributes() []graphAttribute {
	if !g.o.cart.Gift {
		return []graphAttribute{}
	}
	return []graphAttribute{{"gift", optional("true")}, {"gift_message", optional("Tanti auguri!")}}
}

// buyer is a PurchasingEntity: a customer, or a company of the kind that has an
// account of its own, of which the shop has none.
type buyer struct{ c *graphCustomer }

type graphCompanyBuyer struct{ Company graphCompany }

type graphCompany struct{ ID graphql.ID }

func (b *buyer) ToCustomer() (*graphCustomer, bool)              { return b.c, true }
func (b *buyer) ToPurchasingCompany() (*graphCompanyBuyer, bool) { return nil, false }

func (g *graphOrder) PurchasingEntity() *buyer {
	if c := g.Customer(); c != nil {
		return &buyer{c}
	}
	return nil
}

func (g *graphOrder) BillingAddress() *graphAddress {
	a := g.o.Customer.address()
	a.Company = optional(g.o.cart.Company)
	return &graphAddress{addressBody: *a, s: g.s, kind: "MailingAddress"}
}

func (g *graphOrder) LineItems(args struct {
	After *string
	First *int32
}) (*connection[*graphLine], error) {
	var lines []*graphLine
	for i := range g.o.lines {
		lines = append(lines, &graphLine{g.s, g.o, &g.o.lines[i]})
	}
	return page(lines, args.After, args.First, func(l *graphLine) key { return key{0, l.l.id} })
}

func (g *graphLine) VariantTitle() *string  { return optional(g.l.product.Variant) }
func (g *graphLine) Quantity() int32        { return int32(g.l.quantity) }
func (g *graphLine) CurrentQuantity() int32 { return int32(g.l.quantity - g.l.refunded) }
func (g *graphLine) IsGiftCard() bool       { return g.l.product.GiftCard }
func (g *graphLine) RequiresShipping() bool { return !g.l.product.GiftCard }
func (g *graphLine) OriginalUnitPriceSet() *moneyBag {
	return g.s.shownBag(g.l.product.Price, g.o.see)
}
func (g *graphLine) CustomAttributes() []graphAttribute { return []graphAttribute{} }
func (g *graphLine) DiscountAllocations() []*graphAllocation {
	return g.s.allocated(g.o, g.l.off...)
}

func (g *graphLine) Product() (*graphProduct, error) {
	if err := g.s.needs("product", "read_products"); err != nil || g.l.product.ID == 0 {
		return nil, err
	}
	return &graphProduct{ID: gid("Product", g.l.product.ID), Title: g.l.product.Title, PriceRangeV2: graphPrices{g.s.money(g.l.product.Price)}}, nil
}

// graphAllocation is what a discount takes off a line.
type graphAllocation struct {
	AllocatedAmountSet  *moneyBag
	DiscountApplication *graphApplication
}

// graphApplication is a discount on an order, typed in as a code or given by hand.
type graphApplication struct {
	Index int32
	Code  string
}

func (a *graphApplication) ToDiscountCodeApplication() (*graphApplication, bool) {
	return a, a.Code != ""
}
func (a *graphApplication) ToManualDiscountApplication() (*graphApplication, bool) {
	return a, a.Code == ""
}
func (a *graphApplication) ToAutomaticDiscountApplication() (*graphApplication, bool) {
	return nil, false
}
func (a *graphApplication) ToScriptDiscountApplication() (*graphApplication, bool) {
	return nil, false
}

func (s *Shop) allocated(o *Order, off ...allocation) []*graphAllocation {
	list := []*graphAllocation{}
	for _, a := range off {
		list = append(list, &graphAllocation{s.shownBag(a.amount, o.see), &graphApplication{int32(a.application), o.discounts[a.application].code}})
	}
	return list
}

type graphShipping struct {
	Title                          string
	Code, Source, DeliveryCategory *string
	IsRemoved                      bool
	DiscountAllocations            []*graphAllocation
}

// ShippingLine is null where nothing is sent nor collected.
func (g *graphOrder) ShippingLine() *graphShipping {
	if g.o.shippingID == 0 {
		return nil
	}
	l := &graphShipping{Title: "Standard", Code: optional("Standard"), Source: optional("shopify"), DiscountAllocations: []*graphAllocation{}}
	if g.o.cart.Pickup {
		l.Title, l.Code, l.DeliveryCategory = "Bottega Demo, Bologna", optional("Bottega Demo, Bologna"), optional("pickup")
	}
	if g.o.shippingOff.amount > 0 {
		l.DiscountAllocations = g.s.allocated(g.o, g.o.shippingOff)
	}
	return l
}

func (g *graphParcel) ID() graphql.ID         { return gid("Fulfillment", g.f.ID) }
func (g *graphParcel) Status() string         { return "SUCCESS" }
func (g *graphParcel) CreatedAt() dateTime    { return dateTime{g.f.created} }
func (g *graphParcel) UpdatedAt() dateTime    { return dateTime{g.f.updated} }
func (g *graphParcel) DeliveredAt() *dateTime { return when(g.f.delivered) }

func (g *graphParcel) DisplayStatus() *string {
	if g.f.status == "" {
		return optional("FULFILLED")
	}
	return optional(strings.ToUpper(g.f.status))
}

type graphRefund struct {
	ID               graphql.ID
	CreatedAt        *dateTime
	TotalRefundedSet *moneyBag
}

func (g *graphOrder) Refunds() []*graphRefund {
	list := []*graphRefund{}
	for _, r := range g.o.refunds {
		list = append(list, &graphRefund{gid("Refund", r.id), when(r.at), g.s.shownBag(r.amount, g.o.see)})
	}
	return list
}

type returnConnection struct{ Nodes []*graphReturn }

func (g *graphOrder) Returns(args struct {
	First   *int32
	Reverse bool
}) (*returnConnection, error) {
	if err := g.s.needs("returns", "read_returns"); err != nil {
		return nil, err
	}
	all := slices.Clone(g.o.returns)
	if args.Reverse {
		slices.Reverse(all)
	}
	list := &returnConnection{Nodes: []*graphReturn{}}
	for _, r := range all {
		if args.First == nil || len(list.Nodes) < int(*args.First) {
			list.Nodes = append(list.Nodes, &graphReturn{g.s, r})
		}
	}
	return list, nil
}
