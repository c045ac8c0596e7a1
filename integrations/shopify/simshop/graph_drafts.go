package simshop

import (
	"fmt"
	"slices"

	"github.com/graph-gophers/graphql-go"
)

type draftInput struct {
	AppliedDiscount *struct {
		Title     *string
		Value     float64
		ValueType string
	}
	LineItems        *[]draftLineInput
	Note             *string
	PurchasingEntity *struct{ CustomerID *graphql.ID }
	ShippingAddress  *addressInput
	ShippingLine     *struct {
		Title             *string
		PriceWithCurrency *moneyInput
	}
	Tags *[]string
}

type draftLineInput struct {
	VariantID                     *graphql.ID
	Title                         *string
	Quantity                      int32
	OriginalUnitPriceWithCurrency *moneyInput
	RequiresShipping              *bool
}

type moneyInput struct {
	Amount       decimals
	CurrencyCode string
}

type addressInput struct {
	FirstName, LastName, Company, Address1, Address2, City, ProvinceCode, Zip, CountryCode, Phone *string
}

type draftPayload struct {
	DraftOrder *graphDraft
	UserErrors []*userError
}

// DraftOrderCreate writes a draft.
func (r *root) DraftOrderCreate(args struct{ Input draftInput }) *draftPayload {
	s := r.s
	d, errs := s.readDraft(args.Input)
	if len(errs) > 0 {
		return &draftPayload{UserErrors: errs}
	}
	s.addDraft(d)
	return &draftPayload{DraftOrder: &graphDraft{s, d}, UserErrors: accepted}
}

func (s *Shop) readDraft(in draftInput) (*draft, []*userError) {
	d := &draft{note: value(in.Note), tags: slices.Clone(value(in.Tags))}
	var errs []*userError
	refuse := func(message string, field ...string) {
		errs = append(errs, refusal("", message, append([]string{"input"}, field...)...)...)
	}
	if in.PurchasingEntity != nil && in.PurchasingEntity.CustomerID != nil {
		p, ok, err := found[*person](s, "Customer", *in.PurchasingEntity.CustomerID)
		if err != nil || !ok || p.deleted {
			refuse("Customer does not exist", "purchasingEntity", "customerId")
		} else {
			d.customer = p.Customer
		}
	}
	for i, l := range value(in.LineItems) {
		product, ok := s.goods(l)
		switch {
		case !ok:
			refuse("Merchandise is not available, or a title and a price in the shop's currency are missing", "lineItems", fmt.Sprint(i))
		case l.Quantity < 1:
			refuse("Quantity must be greater than or equal to 1", "lineItems", fmt.Sprint(i), "quantity")
		}
		d.lines = append(d.lines, line{product: product, quantity: int(l.Quantity)})
	}
	if len(d.lines) == 0 {
		refuse("Add at least 1 product", "lineItems")
	}
	if a := in.AppliedDiscount; a != nil {
		d.discount = &applied{title: value(a.Title)}
		switch {
		case a.ValueType == "PERCENTAGE" && a.Value > 0 && a.Value <= 100:
			d.discount.percent = a.Value / 100
		case a.ValueType == "FIXED_AMOUNT" && a.Value > 0:
			d.discount.fixed, _ = s.minor(decimals(fmt.Sprintf("%.2f", a.Value)))
		default:
			refuse("Value must be greater than 0, and a percentage at most 100", "appliedDiscount", "value")
		}
	}
	if l := in.ShippingLine; l != nil && l.PriceWithCurrency != nil {
		d.shipping, _ = s.minor(l.PriceWithCurrency.Amount)
	}
	if a := in.ShippingAddress; a != nil {
		d.ships = true
		c := &d.customer
		c.FirstName, c.LastName, c.Street, c.City, c.Zip = value(a.FirstName), value(a.LastName), value(a.Address1), value(a.City), value(a.Zip)
		c.Region, c.Country = value(a.ProvinceCode), value(a.CountryCode)
	}
	return d, errs
}

// goods are what a draft's line is about: a product of the shop, or what the
// line says of itself.
func (s *Shop) goods(in draftLineInput) (Product, bool) {
	if in.VariantID != nil {
		n, err := number("ProductVariant", *in.VariantID)
		for _, p := range s.Products() {
			if err == nil && p.ID+1 == n {
				return p, true
			}
		}
		return Product{}, false
	}
	price := in.OriginalUnitPriceWithCurrency
	if value(in.Title) == "" || price == nil || price.CurrencyCode != s.Currency {
		return Product{}, false
	}
	minor, ok := s.minor(price.Amount)
	return Product{Title: *in.Title, Price: minor}, ok
}

// DraftOrderComplete makes a draft an order.
func (r *root) DraftOrderComplete(args struct{ ID graphql.ID }) (*draftPayload, error) {
	d, ok, err := found[*draft](r.s, "DraftOrder", args.ID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return &draftPayload{UserErrors: refusal("", "Draft order not found", "id")}, nil
	case d.order != nil:
		return &draftPayload{DraftOrder: &graphDraft{r.s, d}, UserErrors: refusal("", "This order has been paid", "id")}, nil
	}
	r.s.complete(d)
	return &draftPayload{DraftOrder: &graphDraft{r.s, d}, UserErrors: accepted}, nil
}

// DraftOrder is a draft by its id.
func (r *root) DraftOrder(args struct{ ID graphql.ID }) (*graphDraft, error) {
	d, ok, err := found[*draft](r.s, "DraftOrder", args.ID)
	if !ok {
		return nil, err
	}
	return &graphDraft{r.s, d}, nil
}

type draftConnection struct{ Nodes []*graphDraft }

// DraftOrders are searched for by tag only.
func (r *root) DraftOrders(args struct {
	First   *int32
	Query   *string
	Reverse graphql.NullBool
}) (*draftConnection, error) {
	tags, err := search(args.Query)
	if err != nil {
		return nil, err
	}
	all := r.s.drafted
	if truth(args.Reverse) {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	found := &draftConnection{Nodes: []*graphDraft{}}
	for _, d := range all {
		if r.s.matches(tags, d.tags, r.s.Now) && len(found.Nodes) < int(value(args.First)) {
			found.Nodes = append(found.Nodes, &graphDraft{r.s, d})
		}
	}
	return found, nil
}

type graphDraft struct {
	s *Shop
	d *draft
}

func (g *graphDraft) ID() graphql.ID           { return gid("DraftOrder", g.d.id) }
func (g *graphDraft) Name() string             { return g.d.name }
func (g *graphDraft) Tags() []string           { return append([]string{}, g.d.tags...) }
func (g *graphDraft) TotalPriceSet() *moneyBag { return g.s.bag(g.d.total()) }

func (g *graphDraft) Status() string {
	if g.d.order != nil {
		return "COMPLETED"
	}
	return "OPEN"
}

func (g *graphDraft) Order() *graphOrder {
	if g.d.order == nil {
		return nil
	}
	return &graphOrder{g.s, g.d.order}
}
