package simshop

import (
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

type graphCustomer struct{ ID graphql.ID }

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

type orderConnection struct{ Nodes []*graphOrder }

// Orders are searched for by tag only, oldest first.
func (r *root) Orders(args struct {
	First *int32
	Query *string
}) (*orderConnection, error) {
	tags, err := search(args.Query)
	if err != nil {
		return nil, err
	}
	found := &orderConnection{Nodes: []*graphOrder{}}
	for _, o := range r.s.orders {
		if r.s.matches(o.tags, tags) && len(found.Nodes) < int(value(args.First)) {
			found.Nodes = append(found.Nodes, &graphOrder{r.s, o})
		}
	}
	return found, nil
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
	return &graphCustomer{gid("Customer", g.o.Customer.ID)}
}

func (g *graphOrder) ShippingAddress() *graphAddress {
	if !g.o.shipped {
		return nil
	}
	a := g.o.Customer.address()
	a.Company = optional(g.o.cart.Company)
	return &graphAddress{addressBody: *a, s: g.s, kind: "MailingAddress"}
}

type graphParcel struct{ OriginAddress *graphAddress }

func (g *graphOrder) Fulfillments(args struct{ First *int32 }) []*graphParcel {
	parcels := []*graphParcel{}
	home := g.s.home()
	for range g.o.parcels {
		if args.First == nil || len(parcels) < int(*args.First) {
			parcels = append(parcels, &graphParcel{&home})
		}
	}
	return parcels
}

// graphLine is a line item.
type graphLine struct{ l *line }

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

// unsearchable is a search that the simulated shop does not understand.
type unsearchable struct{ query string }

func (e unsearchable) Error() string {
	return "the simulated shop searches by tag:x only, joined by AND or blanks, not by " + e.query
}

// search reads a search by tags, "tag:a AND tag:'b c'".
func search(query *string) (tags []string, err error) {
	for rest := strings.TrimSpace(value(query)); rest != ""; rest = strings.TrimSpace(rest) {
		if after, ok := strings.CutPrefix(rest, "AND "); ok {
			rest = after
			continue
		}
		after, ok := strings.CutPrefix(rest, "tag:")
		if !ok || after == "" {
			return nil, unsearchable{rest}
		}
		end := " "
		if quote := after[:1]; quote == "'" || quote == `"` {
			after, end = after[1:], quote
		}
		var tag string
		tag, rest, _ = strings.Cut(after, end)
		tags = append(tags, tag)
	}
	return tags, nil
}

// matches tells whether all wanted tags are there, in any letter case.
func (s *Shop) matches(tags, wanted []string) bool {
	if s.faults.Unindexed && len(wanted) > 0 {
		return false
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, w) }) {
			return false
		}
	}
	return true
}
