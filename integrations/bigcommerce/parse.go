package bigcommerce

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// What a webhook can be about.
const (
	aboutOrder      = "order"
	aboutRefund     = "refund" // an order, of which the refunds are wanted in any case
	aboutCustomer   = "customer"
	aboutSubscriber = "subscriber"
)

// topics are those that something is read for, by what they are about. All
// others are of no interest, or their body tells enough.
var topics = map[string]string{
	"store/order/created":        aboutOrder,
	"store/order/updated":        aboutOrder,
	"store/order/statusUpdated":  aboutOrder,
	"store/order/archived":       aboutOrder,
	"store/order/refund/created": aboutRefund,
	"store/shipment/created":     aboutOrder,
	"store/shipment/updated":     aboutOrder,
	"store/shipment/deleted":     aboutOrder,

	"store/customer/created":         aboutCustomer,
	"store/customer/updated":         aboutCustomer,
	"store/customer/address/created": aboutCustomer,
	"store/customer/address/updated": aboutCustomer,
	"store/customer/address/deleted": aboutCustomer,
	"store/subscriber/created":       aboutSubscriber,
	"store/subscriber/updated":       aboutSubscriber,

	topicChangedOrder:    aboutOrder,
	topicChangedCustomer: aboutCustomer,
}

const (
	topicDeleted     = "store/customer/deleted"
	topicUninstalled = "store/app/uninstalled"
)

// ParseWebhook tells what the body alone tells: that a customer was deleted, or
// the app removed.
func (*Platform) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	if e.Topic != topicDeleted && e.Topic != topicUninstalled && topics[e.Topic] == "" {
		return nil, nil
	}
	b, err := integrations.ReadBody(body, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	var events []crm.Event
	switch e.Topic {
	case topicDeleted:
		c := &crm.Customer{ID: needID(b.At("data").At("id")), DeletedAt: e.TriggeredAt, Partial: true}
		events = []crm.Event{{Kind: crm.CustomerDeleted, At: e.TriggeredAt, Customer: c}}
	case topicUninstalled:
		if producer := b.At("producer"); !strings.EqualFold(producer.Text(), "stores/"+e.Domain) {
			producer.Fail("is not the store that this came for")
		}
		events = []crm.Event{{Kind: crm.AppUninstalled, At: e.TriggeredAt}}
	default:
		target(e.Topic, b)
	}
	if err := b.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	return events, nil
}

// About is what has to be read for a webhook, "order/250"; empty: nothing has.
func (*Platform) About(e integrations.Envelope, body []byte) string {
	about := topics[e.Topic]
	if about == "" {
		return ""
	}
	b, err := integrations.ReadBody(body, true)
	if err != nil {
		return ""
	}
	id := target(e.Topic, b)
	if b.Err() != nil {
		return ""
	}
	return about + "/" + id
}

// target is the id of what a webhook is about. That of a shipment, and of an
// address, is not its own but that of the order, or of the customer.
func target(topic string, b integrations.Value) string {
	data := b.At("data")
	switch {
	case strings.HasPrefix(topic, "store/shipment/"):
		return needID(data.At("orderId"))
	case strings.HasPrefix(topic, "store/customer/address/"):
		return needID(data.At("address").At("customer_id"))
	}
	return needID(data.At("id"))
}

// needID reads an id that a body makes no sense without: a whole number.
func needID(v integrations.Value) string {
	text := v.Need().Text()
	if !isID(text) {
		v.Fail("is not an id: a whole number")
		return ""
	}
	return text
}

// maxDigits is the length of the largest unsigned 64-bit number.
const maxDigits = 20

func isID(text string) bool {
	return text != "" && len(text) <= maxDigits && text[0] != '0' && strings.Trim(text, "0123456789") == ""
}

// ReadWebhook reads from the shop what a webhook is about.
func (p *Platform) ReadWebhook(ctx context.Context, c integrations.Connection, e integrations.Envelope, body []byte) ([]crm.Event, error) {
	about, id, _ := strings.Cut(p.About(e, body), "/")
	var events []crm.Event
	var err error
	switch about {
	case aboutOrder, aboutRefund:
		events, err = p.readOrder(ctx, c, id, about == aboutRefund)
	case aboutCustomer:
		events, err = p.readCustomer(ctx, c, id)
	case aboutSubscriber:
		events, err = p.readSubscriber(ctx, c, id)
	default:
		return p.ParseWebhook(e, body)
	}
	if errors.Is(err, errGone) {
		return nil, nil
	}
	return events, err
}
