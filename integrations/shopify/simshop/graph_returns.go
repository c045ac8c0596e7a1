package simshop

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/graph-gophers/graphql-go"
)

type graphReturn struct {
	s *Shop
	r *Return
}

// Return is a return by its id.
func (r *root) Return(args struct{ ID graphql.ID }) (*graphReturn, error) {
	ret, ok, err := found[*Return](r.s, "Return", args.ID)
	if !ok {
		return nil, err
	}
	return &graphReturn{r.s, ret}, nil
}

type returnPayload struct {
	Return     *graphReturn
	UserErrors []*userError
}

// ReturnApproveRequest opens a return that was asked for, and no other.
func (r *root) ReturnApproveRequest(args struct {
	Input struct {
		ID             graphql.ID
		NotifyCustomer graphql.NullBool
	}
}) (*returnPayload, error) {
	s := r.s
	ret, ok, err := found[*Return](s, "Return", args.Input.ID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return &returnPayload{UserErrors: refusal("NOT_FOUND", "Return not found.", "input", "id")}, nil
	case ret.status != "requested":
		return &returnPayload{UserErrors: refusal("INVALID_STATE", "Return is not approvable. Only returns with status REQUESTED can be approved.", "input", "id")}, nil
	}
	s.touch(ret.Order)
	s.approve(ret)
	ret.updated = ret.Order.updated
	s.outbox = append(s.outbox, s.tellReturn("returns/approve", ret))
	return &returnPayload{Return: &graphReturn{s, ret}, UserErrors: accepted}, nil
}

func (g *graphReturn) ID() graphql.ID      { return gid("Return", g.r.ID) }
func (g *graphReturn) Name() string        { return g.r.name }
func (g *graphReturn) Status() string      { return strings.ToUpper(g.r.status) }
func (g *graphReturn) CreatedAt() dateTime { return dateTime{g.r.requested} }
func (g *graphReturn) Order() *graphOrder  { return &graphOrder{g.s, g.r.Order} }

type graphFee struct {
	ID        graphql.ID
	AmountSet *moneyBag
}

func (g *graphReturn) ReturnShippingFees() []*graphFee {
	if g.r.fee == 0 {
		return []*graphFee{}
	}
	return []*graphFee{{gid("ReturnShippingFee", g.r.feeID), g.s.bag(g.r.fee)}}
}

type returnLineConnection struct {
	Nodes    []*graphReturnLine
	PageInfo pageInfo
}

type pageInfo struct {
	EndCursor   *string
	HasNextPage bool
}

// ReturnLineItems come page by page; a cursor is the place of a line.
func (g *graphReturn) ReturnLineItems(args struct {
	After *string
	First *int32
}) (*returnLineConnection, error) {
	from := 0
	if args.After != nil {
		raw, err := base64.StdEncoding.DecodeString(*args.After)
		if err != nil {
			return nil, fmt.Errorf("the cursor %q is none of the shop's", *args.After)
		}
		if from, err = strconv.Atoi(string(raw)); err != nil {
			return nil, fmt.Errorf("the cursor %q is none of the shop's", *args.After)
		}
	}
	page := &returnLineConnection{Nodes: []*graphReturnLine{}}
	for i := from; i < len(g.r.lines) && i-from < int(value(args.First)); i++ {
		page.Nodes = append(page.Nodes, &graphReturnLine{g, &g.r.lines[i]})
	}
	end := from + len(page.Nodes)
	page.PageInfo.HasNextPage = end < len(g.r.lines)
	if len(page.Nodes) > 0 {
		page.PageInfo.EndCursor = optional(base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(end))))
	}
	return page, nil
}

// graphReturnLine is a ReturnLineItem, the only kind that the shop makes.
type graphReturnLine struct {
	ret *graphReturn
	l   *returnLine
}

type graphReason struct{ Name string }

// unverified is a line of goods that no order of the shop holds.
type unverified struct {
	ID                     graphql.ID
	Quantity               int32
	ReturnReasonDefinition *graphReason
	UnitPrice              *money
}

type graphParcelLine struct {
	ID       graphql.ID
	LineItem *graphLine
}

func (g *graphReturnLine) ToReturnLineItem() (*graphReturnLine, bool)      { return g, true }
func (g *graphReturnLine) ToUnverifiedReturnLineItem() (*unverified, bool) { return nil, false }
func (g *graphReturnLine) ID() graphql.ID                                  { return gid("ReturnLineItem", g.l.id) }
func (g *graphReturnLine) Quantity() int32                                 { return int32(g.l.quantity) }

func (g *graphReturnLine) ReturnReasonDefinition() *graphReason {
	if g.l.reason == "" {
		return nil
	}
	return &graphReason{g.l.reason}
}

func (g *graphReturnLine) FulfillmentLineItem() *graphParcelLine {
	pl := g.l.parcel.lines[g.l.place]
	return &graphParcelLine{gid("FulfillmentLineItem", pl.id), &graphLine{g.ret.s, g.ret.r.Order, &g.ret.r.Order.lines[pl.line]}}
}

func (g *graphReturnLine) WithCodeDiscountedTotalPriceSet() *moneyBag {
	pl := g.l.parcel.lines[g.l.place]
	return g.ret.s.bag(g.ret.r.Order.lines[pl.line].share(0, g.l.quantity))
}
