package simshop

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
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

// Part is some of an order's goods: so many of the line at a place of its
// cart, counted from 0.
type Part struct {
	Line     int
	Quantity int
}

// Order is one order of the shop; methods on Shop send its webhooks and show
// its state. It holds what differs from order to order: bodies are written
// from it when they are sent.
type Order struct {
	ID       uint64
	Customer Customer // as she was at the checkout

	number      int
	seed        uint64 // of the texts that nobody cares for: tokens, addresses on the net
	source      string // web, or shopify_draft_order
	cart        Cart
	see         string // the currency that the customer sees
	lines       []line
	shipped     bool   // goods are sent, and cost shippingLine
	shippingID  uint64 // 0: nothing is sent nor collected
	shipping    int64
	shippingOff allocation
	discounts   []applied
	tags        []string
	financial   string
	placed      time.Time
	updated     time.Time
	cancelled   time.Time
	parcels     []*Fulfillment
	refunds     []*refund
	returns     []*Return
}

// line is one line of an order.
type line struct {
	id       uint64
	product  Product
	quantity int
	off      []allocation // what discounts take off the whole line
	sent     int          // how many have left
	refunded int          // how many were given back
}

// Name is the order's name as the customer knows it, "#1001".
func (o *Order) Name() string { return fmt.Sprintf("#%d", o.number) }

// Place makes an order without telling anybody: OrderCreated does. Buy is for
// a customer who has a code.
func (s *Shop) Place(c Customer, cart Cart) *Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place(c, cart)
}

// Buy is a customer at the checkout, with the codes that she types. It returns
// what the shop tells: orders/create, and orders/paid if she paid. A code that
// the checkout refuses is a *CodeError, and then there is no order.
func (s *Shop) Buy(c Customer, cart Cart, codes ...string) (*Order, []Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	discounts, err := s.accept(c, cart, codes)
	if err != nil {
		return nil, nil, err
	}
	o := s.place(c, cart)
	for _, d := range discounts {
		o.apply(d)
		d.uses = append(d.uses, use{order: o.ID, customer: c.ID})
	}
	sent := []Webhook{s.tellOrder(topicCreated, o)}
	if !cart.Pending {
		sent = append(sent, s.tellOrder(topicPaid, o))
	}
	return o, sent, nil
}

func (s *Shop) place(c Customer, cart Cart) *Order {
	if c.ID != 0 {
		if _, known := s.things[c.ID]; !known {
			s.know(c)
		}
	}
	cart.Items = slices.Clone(cart.Items)
	o := s.newOrder(c, cart, "web")
	for _, it := range cart.Items {
		o.lines = append(o.lines, line{id: s.id(), product: it.Product, quantity: it.Quantity})
	}
	switch {
	case cart.Pickup:
		o.shippingID = s.id()
	case !giftCardsOnly(cart.Items):
		o.shippingID, o.shipping, o.shipped = s.id(), shippingPrice, true
	}
	return o
}

// newOrder is an order without lines.
func (s *Shop) newOrder(c Customer, cart Cart, source string) *Order {
	s.number++
	o := &Order{ID: s.id(), Customer: c, number: s.number, seed: s.random.Uint64(), source: source, cart: cart,
		see: c.Currency, financial: "paid", placed: s.Now, updated: s.Now}
	if o.see == "" {
		o.see = s.Currency
	}
	if cart.Pending {
		o.financial = "pending"
	}
	s.things[o.ID] = o
	s.orders = append(s.orders, o)
	if p, ok := thing[*person](s, c.ID); ok {
		p.orders = append(p.orders, o)
	}
	return o
}

// texts are those that nobody cares for, always the same for one order.
func (o *Order) texts() *rand.Rand { return rand.New(rand.NewPCG(o.seed, o.ID)) }

// shippingPrice is one price for the whole world; collecting is free.
const shippingPrice = 690

func giftCardsOnly(items []Item) bool {
	for _, it := range items {
		if !it.Product.GiftCard {
			return false
		}
	}
	return true
}

// OrderState is how an order stands.
type OrderState struct {
	Name      string
	Financial string // pending, paid, voided, partially_refunded, refunded
	Source    string // web, or shopify_draft_order
	Tags      []string
	Items     []Item
	Total     int64 // minor units of the shop's currency, after discounts
	Discount  int64
	Refunded  int64
	Codes     []string
	PlacedAt  time.Time
	Cancelled bool
	Parcels   []*Fulfillment
	Returns   []*Return
}

// OrderState looks at an order.
func (s *Shop) OrderState(o *Order) OrderState {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := OrderState{Name: o.Name(), Financial: o.financial, Source: o.source, Tags: slices.Clone(o.tags), Total: o.total(), Discount: o.off(),
		Refunded: o.refunded(), PlacedAt: o.placed, Cancelled: !o.cancelled.IsZero(), Parcels: slices.Clone(o.parcels), Returns: slices.Clone(o.returns)}
	for _, l := range o.lines {
		st.Items = append(st.Items, Item{Product: l.product, Quantity: l.quantity})
	}
	for _, d := range o.discounts {
		if d.code != "" {
			st.Codes = append(st.Codes, d.code)
		}
	}
	return st
}

// Orders are all orders of the shop, those that came of drafts among them,
// oldest first.
func (s *Shop) Orders() []*Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.orders)
}
