package simshop

import (
	"github.com/graph-gophers/graphql-go"
)

type graphOrder struct {
	s *Shop
	o *Order
}

// Order is an order by its id.
func (r *root) Order(args struct{ ID graphql.ID }) (*graphOrder, error) {
	o, ok, err := found[*Order](r.s, "Order", args.ID)
	if !ok {
		return nil, err
	}
	return &graphOrder{r.s, o}, nil
}

// Orders are searched for by tags and by when they changed.
func (r *root) Orders(args struct {
	listArgs
	SortKey string
}) (*connection[*graphOrder], error) {
	q, err := search(args.Query)
	if err != nil {
		return nil, err
	}
	var found []*graphOrder
	for _, o := range r.s.orders {
		if r.s.matches(q, o.tags, o.updated) {
			found = append(found, &graphOrder{r.s, o})
		}
	}
	return page(found, args.After, args.First, func(g *graphOrder) key {
		if args.SortKey == "UPDATED_AT" {
			return key{g.o.updated.Unix(), g.o.ID}
		}
		return key{g.o.placed.Unix(), g.o.ID}
	})
}

func (g *graphOrder) ID() graphql.ID          { return gid("Order", g.o.ID) }
func (g *graphOrder) Name() string            { return g.o.Name() }
func (g *graphOrder) Tags() []string          { return append([]string{}, g.o.tags...) }
func (g *graphOrder) CancelledAt() *dateTime  { return when(g.o.cancelled) }
func (g *graphOrder) Email() (*string, error) { return g.s.shown("Order", "email", g.o.Customer.Email) }
func (g *graphOrder) Phone() (*string, error) { return g.s.shown("Order", "phone", "") }

// Customer is null for a guest, and for a person who was deleted.
func (g *graphOrder) Customer() *graphCustomer {
	if p, ok := thing[*person](g.s, g.o.Customer.ID); !ok || p.deleted {
		return nil
	}
	return customer(g.s, g.o.Customer.ID)
}

func (g *graphOrder) ShippingAddress() *graphAddress {
	if !g.o.shipped {
		return nil
	}
	a := g.o.Customer.address()
	a.Company = optional(g.o.cart.Company)
	return &graphAddress{addressBody: *a, s: g.s, kind: "MailingAddress"}
}

type graphParcel struct {
	OriginAddress *graphAddress
	f             *Fulfillment
}

func (g *graphOrder) Fulfillments(args struct{ First *int32 }) []*graphParcel {
	parcels := []*graphParcel{}
	home := g.s.home()
	for _, f := range g.o.parcels {
		if args.First == nil || len(parcels) < int(*args.First) {
			parcels = append(parcels, &graphParcel{&home, f})
		}
	}
	return parcels
}

// graphLine is a line item.
type graphLine struct {
	s *Shop
	o *Order
	l *line
}

type graphVariant struct{ ID graphql.ID }

func (g *graphLine) ID() graphql.ID { return gid("LineItem", g.l.id) }
func (g *graphLine) Title() string  { return g.l.product.Title }

// Variant is null for goods that are no product of the shop.
func (g *graphLine) Variant() *graphVariant {
	if g.l.product.ID == 0 {
		return nil
	}
	return &graphVariant{gid("ProductVariant", g.l.product.ID+1)}
}
