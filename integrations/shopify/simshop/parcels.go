package simshop

import (
	"fmt"
	"slices"
	"time"
)

// Fulfillment is a parcel of an order, or what else of its goods left together.
type Fulfillment struct {
	ID    uint64
	Order *Order

	number    int
	tracking  string
	lines     []parcelLine
	status    string // of the shipment, as the carrier said last
	events    []Tracking
	created   time.Time
	updated   time.Time
	delivered time.Time
}

// parcelLine is one line of a fulfillment; its id is a FulfillmentLineItem's.
type parcelLine struct {
	id       uint64
	line     int // place in the order
	quantity int
	back     int // how many of them are in returns
}

// Tracking is one report of the carrier.
type Tracking struct {
	Status string // in_transit, out_for_delivery, attempted_delivery, delivered, failure, ...
	At     time.Time
}

// FulfillmentState is how a parcel stands.
type FulfillmentState struct {
	Tracking    string
	Events      []Tracking
	DeliveredAt time.Time // zero: not yet
}

// FulfillmentState looks at a parcel.
func (s *Shop) FulfillmentState(f *Fulfillment) FulfillmentState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return FulfillmentState{Tracking: f.tracking, Events: slices.Clone(f.events), DeliveredAt: f.delivered}
}

// Fulfill hands goods to the carrier, all that are left if no parts are named,
// and returns what the shop tells: fulfillments/create, then orders/fulfilled
// or orders/partially_fulfilled. It is nil with no webhooks if nothing is left.
func (s *Shop) Fulfill(o *Order, parts ...Part) (*Fulfillment, []Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.fulfill(o, parts)
	if f == nil {
		return nil, nil
	}
	event := s.uuid()
	topic := topicPartly
	if *o.fulfillmentStatus() == "fulfilled" {
		topic = topicFulfilled
	}
	return f, []Webhook{s.webhook("fulfillments/create", event, s.parcelBody(f)), s.tellOrder(topic, o)}
}

func (s *Shop) fulfill(o *Order, parts []Part) *Fulfillment {
	if len(parts) == 0 {
		for i, l := range o.lines {
			parts = append(parts, Part{Line: i, Quantity: l.quantity - l.sent - l.refunded})
		}
	}
	parts = slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Quantity <= 0 })
	if len(parts) == 0 {
		return nil
	}
	s.touch(o)
	f := &Fulfillment{ID: s.id(), Order: o, number: len(o.parcels) + 1, tracking: "BD" + hex(s.random, 10), created: o.updated, updated: o.updated}
	for _, p := range parts {
		l := &o.lines[p.Line]
		if l.sent+p.Quantity > l.quantity {
			panic(fmt.Sprintf("simshop: %s has %d pieces in line %d, %d have left, so %d cannot", o.Name(), l.quantity, p.Line, l.sent, p.Quantity))
		}
		l.sent += p.Quantity
		id := s.id()
		f.lines = append(f.lines, parcelLine{id: id, line: p.Line, quantity: p.Quantity})
	}
	s.things[f.ID] = f
	o.parcels = append(o.parcels, f)
	return f
}

func (o *Order) fulfillmentStatus() *string {
	if len(o.parcels) == 0 {
		return nil
	}
	for _, l := range o.lines {
		if l.sent < l.quantity-l.refunded {
			return optional("partial")
		}
	}
	return optional("fulfilled")
}

// Deliver is the carrier's report that the parcel arrived: fulfillment_events/create.
func (s *Shop) Deliver(f *Fulfillment) Webhook { return s.Track(f, "delivered") }

// Track is any report of the carrier: fulfillment_events/create.
func (s *Shop) Track(f *Fulfillment, status string) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.track(f, status)
}

func (s *Shop) track(f *Fulfillment, status string) Webhook {
	at := s.report(f, status)
	c := f.Order.Customer
	now := s.stamp(f.updated)
	return s.webhook("fulfillment_events/create", s.uuid(), struct {
		ID            uint64 `json:"id"`
		FulfillmentID uint64 `json:"fulfillment_id"`
		Status        string `json:"status"`
		Message       string `json:"message"`
		HappenedAt    stamp  `json:"happened_at"`
		City          string `json:"city"`
		Country       string `json:"country"`
		ShopID        int    `json:"shop_id"`
		CreatedAt     stamp  `json:"created_at"`
		UpdatedAt     stamp  `json:"updated_at"`
		OrderID       uint64 `json:"order_id"`
	}{s.id(), f.ID, status, "The carrier says: " + status, s.stamp(at), c.City, c.Country, shopID, now, now, f.Order.ID})
}

// DeliverByUpdate is the same report by way of fulfillments/update, as shops
// send it whose carrier Shopify does not follow.
func (s *Shop) DeliverByUpdate(f *Fulfillment) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(f, "delivered")
	return s.webhook("fulfillments/update", s.uuid(), s.parcelBody(f))
}

// report takes down what the carrier says, four minutes after it happened.
func (s *Shop) report(f *Fulfillment, status string) time.Time {
	s.touch(f.Order)
	f.status, f.updated = status, f.Order.updated
	at := f.updated.Add(-4 * time.Minute)
	f.events = append(f.events, Tracking{Status: status, At: at})
	if status == "delivered" && f.delivered.IsZero() {
		f.delivered = at
	}
	return at
}

// OrderFulfilled hands all goods to the carrier, if that was not done yet, and
// tells of the order.
func (s *Shop) OrderFulfilled(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parcel(o)
	return s.tellOrder(topicFulfilled, o)
}

// ParcelCreated tells of the order's first parcel, which is made if there is none.
func (s *Shop) ParcelCreated(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.webhook("fulfillments/create", s.uuid(), s.parcelBody(s.parcel(o)))
}

// ParcelDelivered is the carrier's report that the order's first parcel arrived.
func (s *Shop) ParcelDelivered(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.track(s.parcel(o), "delivered")
}

func (s *Shop) parcel(o *Order) *Fulfillment {
	if len(o.parcels) == 0 {
		s.fulfill(o, nil)
	}
	return o.parcels[0]
}

func (s *Shop) parcelBody(f *Fulfillment) fulfillmentBody {
	o := f.Order
	b := fulfillmentBody{
		ID: f.ID, GlobalID: global("Fulfillment", f.ID), CreatedAt: s.stamp(f.created), UpdatedAt: s.stamp(f.updated),
		Name: fmt.Sprintf("%s.%d", o.Name(), f.number), OrderID: o.ID, Service: "manual", ShipmentStatus: optional(f.status), Status: "success",
		TrackingCompany: optional("Corriere Demo"), TrackingNumber: optional(f.tracking),
	}
	for _, pl := range f.lines {
		l := o.lines[pl.line]
		b.LineItems = append(b.LineItems, parcelLineBody{ID: l.id, Title: l.product.Title, Quantity: pl.quantity, ProductID: l.product.ID, VariantID: l.product.ID + 1})
	}
	return b
}
