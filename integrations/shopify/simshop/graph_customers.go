package simshop

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

// whole is the scalar UnsignedInt64, which answers hold as text.
type whole uint64

func (whole) ImplementsGraphQLType(name string) bool { return name == "UnsignedInt64" }
func (*whole) UnmarshalGraphQL(any) error            { return nil } // no input has one

func (w whole) MarshalJSON() ([]byte, error) {
	return json.Marshal(strconv.FormatUint(uint64(w), 10))
}

// graphCustomer is a customer with an account. One who was deleted has her id.
type graphCustomer struct {
	ID graphql.ID
	s  *Shop
	p  *person
}

func customer(s *Shop, id uint64) *graphCustomer {
	p, ok := thing[*person](s, id)
	if !ok {
		p = &person{Customer: Customer{ID: id}}
	}
	return &graphCustomer{gid("Customer", id), s, p}
}

// Customers are searched for by when they changed.
func (r *root) Customers(args struct {
	listArgs
	SortKey string
}) (*connection[*graphCustomer], error) {
	q, err := search(args.Query)
	if err != nil {
		return nil, err
	}
	var found []*graphCustomer
	for _, p := range r.s.people {
		if !p.deleted && r.s.matches(q, p.tags, p.updated) {
			found = append(found, customer(r.s, p.ID))
		}
	}
	return page(found, args.After, args.First, func(g *graphCustomer) key {
		if args.SortKey == "UPDATED_AT" {
			return key{g.p.updated.Unix(), g.p.ID}
		}
		return key{0, g.p.ID}
	})
}

func (g *graphCustomer) FirstName() (*string, error) {
	return g.s.shown("Customer", "firstName", g.p.FirstName)
}
func (g *graphCustomer) LastName() (*string, error) {
	return g.s.shown("Customer", "lastName", g.p.LastName)
}
func (g *graphCustomer) Locale() string        { return g.p.Locale }
func (g *graphCustomer) CreatedAt() dateTime   { return dateTime{g.p.created} }
func (g *graphCustomer) UpdatedAt() dateTime   { return dateTime{g.p.updated} }
func (g *graphCustomer) NumberOfOrders() whole { return whole(len(g.p.orders)) }

func (g *graphCustomer) DefaultAddress() *graphAddress {
	return &graphAddress{addressBody: *g.p.address(), s: g.s, kind: "MailingAddress"}
}

type graphEmail struct {
	EmailAddress        string
	MarketingState      string
	MarketingOptInLevel *string
	MarketingUpdatedAt  *dateTime
}

// DefaultEmailAddress holds her consent: who was never asked is not subscribed,
// and there is no time of it.
func (g *graphCustomer) DefaultEmailAddress() (*graphEmail, error) {
	if g.s.faults.Protected {
		return nil, protected{"Customer", "defaultEmailAddress"}
	}
	if g.p.Email == "" {
		return nil, nil
	}
	e := &graphEmail{EmailAddress: g.p.Email, MarketingState: "NOT_SUBSCRIBED"}
	if g.p.Consent != "" {
		e.MarketingState, e.MarketingUpdatedAt = strings.ToUpper(g.p.Consent), when(g.p.consentAt)
		e.MarketingOptInLevel = optional(strings.ToUpper(g.p.level))
	}
	return e, nil
}

type graphMetafield struct {
	Value     string
	UpdatedAt dateTime
}

// Metafield is the birthday, the only one that the shop keeps.
func (g *graphCustomer) Metafield(args struct {
	Key       string
	Namespace *string
}) *graphMetafield {
	if args.Key != "birth_date" || value(args.Namespace) != "facts" || g.p.birthday == "" {
		return nil
	}
	return &graphMetafield{g.p.birthday, dateTime{g.p.birthdayAt}}
}
