package shopify

import (
	"context"
	"fmt"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// AttachLabel puts a label on everything of an open return that is to come
// back. A label that is there already is known by its tracking number, one
// without a number by its link; another one that is there gives way.
func (p *Platform) AttachLabel(ctx context.Context, c integrations.Connection, r crm.Return, l crm.Label) (crm.Receipt, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Receipt{}, err
	}
	if l.URL == "" && l.Tracking == "" {
		return crm.Receipt{}, fail(integrations.Rejected, "the label has neither an address nor a tracking number")
	}
	id, err := global("Return", r.ID)
	if err != nil {
		return crm.Receipt{}, err
	}
	told, err := admin.ReverseDeliveries(ctx, shop, id)
	switch {
	case err != nil:
		return crm.Receipt{}, err
	case told.Return == nil:
		return crm.Receipt{}, fail(integrations.Rejected, "the shop has no such return")
	case told.Return.Status != admin.ReturnStatusOpen:
		return crm.Receipt{}, fail(integrations.Rejected, fmt.Sprintf("the return is %s: only an open one takes a label", states[told.Return.Status]))
	}
	first := ""
	for _, way := range told.Return.ReverseFulfillmentOrders.Nodes {
		if way.Status != admin.ReverseFulfillmentOrderStatusOpen {
			continue
		}
		delivery, err := attach(ctx, shop, way, l)
		if err != nil {
			return crm.Receipt{}, repeatable(err)
		}
		if first == "" {
			first = delivery
		}
	}
	if first == "" {
		return crm.Receipt{}, fail(integrations.Rejected, "nothing of the return is to come back any more")
	}
	return p.receipt(first), nil
}

// attach puts the label on the goods that go back to one place, and returns
// the delivery's id.
func attach(ctx context.Context, shop graphql.Client, way admin.WayBack, l crm.Label) (string, error) {
	for _, d := range way.ReverseDeliveries.Nodes {
		if has(d, l) {
			return d.Id, nil
		}
	}
	label, tracking := inputs(l)
	if deliveries := way.ReverseDeliveries.Nodes; len(deliveries) > 0 {
		told, err := admin.ReplaceLabel(ctx, shop, deliveries[0].Id, label, tracking, false)
		if err != nil {
			return "", err
		}
		done := told.ReverseDeliveryShippingUpdate
		switch {
		case done == nil:
			return "", odd("a delivery")
		case len(done.UserErrors) > 0:
			return "", refused(done.UserErrors[0].Message, done.UserErrors[0].Field)
		case done.ReverseDelivery == nil:
			return "", odd("a delivery")
		}
		return done.ReverseDelivery.Id, nil
	}
	told, err := admin.AttachLabel(ctx, shop, way.Id, label, tracking, false)
	if err != nil {
		return "", err
	}
	done := told.ReverseDeliveryCreateWithShipping
	switch {
	case done == nil:
		return "", odd("a delivery")
	case len(done.UserErrors) > 0:
		return "", refused(done.UserErrors[0].Message, done.UserErrors[0].Field)
	case done.ReverseDelivery == nil:
		return "", odd("a delivery")
	}
	return done.ReverseDelivery.Id, nil
}

func inputs(l crm.Label) (label *admin.ReverseDeliveryLabelInput, tracking *admin.ReverseDeliveryTrackingInput) {
	if l.URL != "" {
		label = &admin.ReverseDeliveryLabelInput{FileUrl: l.URL}
	}
	if l.Tracking != "" || l.TrackingURL != "" {
		tracking = &admin.ReverseDeliveryTrackingInput{}
		if l.Tracking != "" {
			tracking.Number = &l.Tracking
		}
		if l.TrackingURL != "" {
			tracking.Url = &l.TrackingURL
		}
	}
	return label, tracking
}

// has tells whether a delivery bears the label.
func has(d admin.Delivery, l crm.Label) bool {
	if d.Deliverable == nil {
		return false
	}
	there, ok := (*d.Deliverable).(*admin.DeliverableReverseDeliveryShippingDeliverable)
	switch {
	case !ok:
		return false
	case l.Tracking != "":
		return there.Tracking != nil && text(there.Tracking.Number) == l.Tracking
	}
	return there.Label != nil && text(there.Label.PublicFileUrl) == l.URL
}
