package shopify

import (
	"fmt"

	"grazie/crm"
	"grazie/integrations"
)

// parsers holds the topics that are read, platforms.md A.4. Every other topic
// is of no interest: it is stored by the caller and tells nothing.
var parsers = map[string]func(*reader, integrations.Envelope, []byte) []crm.Event{
	"orders/create":              readOrder,
	"orders/paid":                readOrder,
	"orders/updated":             readOrder,
	"orders/cancelled":           readOrder,
	"orders/fulfilled":           readOrder,
	"orders/partially_fulfilled": readOrder,

	"fulfillments/create":       readFulfillment,
	"fulfillments/update":       readFulfillment,
	"fulfillment_events/create": readFulfillmentEvent,
	"refunds/create":            readRefund,

	"customers/create":                         readCustomer,
	"customers/update":                         readCustomer,
	"customers/delete":                         readCustomerDeleted,
	"customers_email_marketing_consent/update": readConsent,

	"returns/request": readReturn,
	"returns/approve": readReturn,
	"returns/decline": readReturn,
	"returns/cancel":  readReturn,
	"returns/close":   readReturn,
	"returns/reopen":  readReturn,
	"returns/process": readReturn,
	"returns/update":  readReturn,

	"app/uninstalled": readUninstalled,
}

// ParseWebhook turns a body into events, oldest first. Only the raw body is
// signed, the topic is not: a body that is not what its topic promises is an
// error. Errors name the place in the body and never quote names or addresses.
func (*Platform) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	parse, ok := parsers[e.Topic]
	if !ok {
		return nil, nil
	}
	r := &reader{}
	events := parse(r, e, body)
	if r.err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, r.err)
	}
	return events, nil
}
