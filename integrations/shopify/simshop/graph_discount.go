package simshop

import "github.com/graph-gophers/graphql-go"

// graphDiscount is a DiscountCodeNode, and the unions below it.
type graphDiscount struct {
	s *Shop
	d *Discount
}

func (g *graphDiscount) ID() graphql.ID               { return gid("DiscountCodeNode", g.d.ID) }
func (g *graphDiscount) CodeDiscount() *graphDiscount { return g }

// graphTerms is a DiscountCodeBasic or a DiscountCodeFreeShipping.
type graphTerms struct{ *graphDiscount }

func (g *graphDiscount) ToDiscountCodeBasic() (*graphTerms, bool) {
	return &graphTerms{g}, g.d.Kind == DiscountBasic
}

func (g *graphDiscount) ToDiscountCodeFreeShipping() (*graphTerms, bool) {
	return &graphTerms{g}, g.d.Kind == DiscountFreeShipping
}

// titled is a kind of discount that the simulated shop does not make.
type titled struct{ Title string }

func (g *graphDiscount) ToDiscountCodeApp() (*titled, bool)  { return nil, false }
func (g *graphDiscount) ToDiscountCodeBxgy() (*titled, bool) { return nil, false }

func (t *graphTerms) Title() string          { return t.d.Title }
func (t *graphTerms) Status() string         { return t.d.Status(t.s.Now) }
func (t *graphTerms) EndsAt() *dateTime      { return when(t.d.EndsAt) }
func (t *graphTerms) StartsAt() dateTime     { return dateTime{t.d.StartsAt} }
func (t *graphTerms) AsyncUsageCount() int32 { return int32(len(t.d.uses)) }
func (t *graphTerms) Tags() []string         { return append([]string{}, t.d.Tags...) }
func (t *graphTerms) Context() *graphContext { return &graphContext{t.graphDiscount} }

// graphContext says for whom a discount is.
type graphContext struct{ *graphDiscount }

type (
	everybody  struct{ All string }
	somebody   struct{ Customers []*graphCustomer }
	noSegments struct{ Segments []*noSegment }
	noSegment  struct{ ID graphql.ID }
	noMarkets  struct{ MarketsCount int32 }
)

func (c *graphContext) ToDiscountBuyerSelectionAll() (*everybody, bool) {
	return &everybody{"ALL"}, len(c.d.Customers) == 0
}

func (c *graphContext) ToDiscountCustomers() (*somebody, bool) {
	who := &somebody{}
	for _, id := range c.d.Customers {
		who.Customers = append(who.Customers, customer(c.s, id))
	}
	return who, len(who.Customers) > 0
}

func (c *graphContext) ToDiscountCustomerSegments() (*noSegments, bool) { return nil, false }
func (c *graphContext) ToDiscountMarkets() (*noMarkets, bool)           { return nil, false }
