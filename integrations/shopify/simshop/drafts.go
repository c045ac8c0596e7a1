package simshop

import (
	"fmt"
	"slices"
)

// draft is a draft order, which staff or an app writes and completes.
type draft struct {
	id       uint64
	name     string // "#D1"
	customer Customer
	lines    []line
	discount *applied
	shipping int64
	ships    bool
	note     string
	tags     []string
	order    *Order // once it is completed
}

func (d *draft) total() int64 { return d.asOrder().total() }

// asOrder is the order that the draft would make, as far as its price goes.
func (d *draft) asOrder() *Order {
	o := &Order{lines: slices.Clone(d.lines), shipping: d.shipping}
	for i := range o.lines {
		o.lines[i].off = nil
	}
	o.discountDraft(d)
	return o
}

func (o *Order) discountDraft(d *draft) {
	if d.discount == nil {
		return
	}
	o.discounts = append(o.discounts, *d.discount)
	o.takeOff(len(o.discounts)-1, func(Product) bool { return true })
}

func (s *Shop) addDraft(d *draft) {
	s.drafts++
	d.id, d.name = s.id(), fmt.Sprintf("#D%d", s.drafts)
	s.things[d.id] = d
	s.drafted = append(s.drafted, d)
}

// complete makes the draft an order, paid in full, and tells of it.
func (s *Shop) complete(d *draft) {
	o := s.newOrder(d.customer, Cart{Note: d.note}, "shopify_draft_order")
	for _, l := range d.lines {
		o.lines = append(o.lines, line{id: s.id(), product: l.product, quantity: l.quantity})
	}
	o.tags = slices.Clone(d.tags)
	if d.ships {
		o.shippingID, o.shipping, o.shipped = s.id(), d.shipping, true
	}
	o.discountDraft(d)
	d.order = o
	s.outbox = append(s.outbox, s.tellOrder(topicCreated, o), s.tellOrder(topicPaid, o))
}
