package simshop

import (
	"fmt"

	"github.com/graph-gophers/graphql-go"
)

type reverseConnection struct{ Nodes []*graphReverse }

func (g *graphReturn) ReverseFulfillmentOrders(args struct{ First *int32 }) *reverseConnection {
	page := &reverseConnection{Nodes: []*graphReverse{}}
	for _, ro := range g.r.reverse {
		if len(page.Nodes) < int(value(args.First)) {
			page.Nodes = append(page.Nodes, &graphReverse{ro})
		}
	}
	return page
}

type graphReverse struct{ ro *reverseOrder }

func (g *graphReverse) ID() graphql.ID { return gid("ReverseFulfillmentOrder", g.ro.id) }
func (g *graphReverse) Status() string { return g.ro.status }

type deliveryConnection struct{ Nodes []*graphDelivery }

func (g *graphReverse) ReverseDeliveries(args struct{ First *int32 }) *deliveryConnection {
	page := &deliveryConnection{Nodes: []*graphDelivery{}}
	for _, d := range g.ro.deliveries {
		if len(page.Nodes) < int(value(args.First)) {
			page.Nodes = append(page.Nodes, &graphDelivery{d})
		}
	}
	return page
}

type graphDelivery struct{ d *reverseDelivery }

func (g *graphDelivery) ID() graphql.ID                 { return gid("ReverseDelivery", g.d.id) }
func (g *graphDelivery) Deliverable() *graphDeliverable { return &graphDeliverable{&g.d.label} }

// graphDeliverable is what a delivery goes by, with the union around it.
type graphDeliverable struct{ l *Label }

func (g *graphDeliverable) ToReverseDeliveryShippingDeliverable() (*graphDeliverable, bool) {
	return g, true
}

type graphLabel struct{ PublicFileURL *address }

type graphTracking struct {
	Number *string
	URL    *address
}

func (g *graphDeliverable) Label() *graphLabel { return &graphLabel{(*address)(optional(g.l.URL))} }
func (g *graphDeliverable) Tracking() *graphTracking {
	return &graphTracking{optional(g.l.Tracking), (*address)(optional(g.l.TrackingURL))}
}

// labelInput and trackingInput may be given, left out or null.
type labelInput struct {
	given bool
	url   string
}

func (labelInput) ImplementsGraphQLType(name string) bool { return name == "ReverseDeliveryLabelInput" }
func (labelInput) Nullable()                              {}
func (l *labelInput) UnmarshalGraphQL(input any) error {
	if fields, ok := input.(map[string]any); ok {
		l.given = true
		l.url, _ = fields["fileUrl"].(string)
	}
	return nil
}

type trackingInput struct {
	given       bool
	number, url string
}

func (trackingInput) ImplementsGraphQLType(name string) bool {
	return name == "ReverseDeliveryTrackingInput"
}
func (trackingInput) Nullable() {}
func (t *trackingInput) UnmarshalGraphQL(input any) error {
	if fields, ok := input.(map[string]any); ok {
		t.given = true
		t.number, _ = fields["number"].(string)
		t.url, _ = fields["url"].(string)
	}
	return nil
}

type deliveryPayload struct {
	ReverseDelivery *graphDelivery
	UserErrors      []*userError
}

// ReverseDeliveryCreateWithShipping puts a label on what comes back. No lines
// means all of them.
func (r *root) ReverseDeliveryCreateWithShipping(args struct {
	ReverseFulfillmentOrderID graphql.ID
	ReverseDeliveryLineItems  []struct {
		ReverseFulfillmentOrderLineItemID graphql.ID
		Quantity                          int32
	}
	LabelInput     labelInput
	TrackingInput  trackingInput
	NotifyCustomer graphql.NullBool
}) (*deliveryPayload, error) {
	s := r.s
	ro, ok, err := found[*reverseOrder](s, "ReverseFulfillmentOrder", args.ReverseFulfillmentOrderID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return &deliveryPayload{UserErrors: refusal("NOT_FOUND", "Reverse fulfillment order was not found.", "reverseFulfillmentOrderId")}, nil
	case ro.status != "OPEN":
		return &deliveryPayload{UserErrors: refusal("INVALID_STATE", "Reverse fulfillment order is not open.", "reverseFulfillmentOrderId")}, nil
	}
	d := &reverseDelivery{order: ro}
	asked := map[uint64]int{}
	for i, in := range args.ReverseDeliveryLineItems {
		n, err := number("ReverseFulfillmentOrderLineItem", in.ReverseFulfillmentOrderLineItemID)
		if err != nil {
			return nil, err
		}
		known := false
		for _, l := range ro.lines {
			if l.id != n {
				continue
			}
			known = true
			if asked[n] += int(in.Quantity); asked[n] > l.quantity {
				return &deliveryPayload{UserErrors: refusal("", "cannot deliver more items than are returned", "reverseDeliveryLineItems", fmt.Sprint(i), "quantity")}, nil
			}
			d.lines = append(d.lines, reverseLine{id: n, line: l.line, quantity: int(in.Quantity)})
		}
		if !known {
			return &deliveryPayload{UserErrors: refusal("", "must exist", "reverseDeliveryLineItems", fmt.Sprint(i), "reverseFulfillmentOrderLineItemId")}, nil
		}
	}
	if len(d.lines) == 0 {
		d.lines = append(d.lines, ro.lines...)
	}
	d.id = s.id()
	s.things[d.id] = d
	ro.deliveries = append(ro.deliveries, d)
	return s.attach(d, args.LabelInput, args.TrackingInput, args.NotifyCustomer), nil
}

// ReverseDeliveryShippingUpdate changes the label or the tracking; what is not
// given stays.
func (r *root) ReverseDeliveryShippingUpdate(args struct {
	ReverseDeliveryID graphql.ID
	LabelInput        labelInput
	TrackingInput     trackingInput
	NotifyCustomer    graphql.NullBool
}) (*deliveryPayload, error) {
	d, ok, err := found[*reverseDelivery](r.s, "ReverseDelivery", args.ReverseDeliveryID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return &deliveryPayload{UserErrors: refusal("NOT_FOUND", "Reverse delivery was not found.", "reverseDeliveryId")}, nil
	}
	return r.s.attach(d, args.LabelInput, args.TrackingInput, args.NotifyCustomer), nil
}

func (s *Shop) attach(d *reverseDelivery, label labelInput, tracking trackingInput, notify graphql.NullBool) *deliveryPayload {
	if label.given {
		d.label.URL = label.url
	}
	if tracking.given {
		d.label.Tracking, d.label.TrackingURL = tracking.number, tracking.url
	}
	d.label.Notified = d.label.Notified || notify.Value == nil || *notify.Value // the platform's default is to write
	s.outbox = append(s.outbox, s.tellLabel(d))
	return &deliveryPayload{ReverseDelivery: &graphDelivery{d}, UserErrors: accepted}
}
