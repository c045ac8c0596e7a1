package shopify

import (
	"fmt"
	"slices"

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

	"app/uninstalled":   readUninstalled,
	"app/scopes_update": readScopes,

	"customers/data_request": readPrivacy,
	"customers/redact":       readPrivacy,
	"shop/redact":            readPrivacy,
}

// Compliance are the topics about personal data, which every app of the App
// Store reads. Only the app's manifest can subscribe to them (platforms.md,
// A.2, A.3).
var Compliance = []string{"customers/data_request", "customers/redact", "shop/redact"}

// Topics are the others that are read, in alphabetical order.
func Topics() []string {
	var all []string
	for topic := range parsers {
		if !slices.Contains(Compliance, topic) {
			all = append(all, topic)
		}
	}
	slices.Sort(all)
	return all
}

// ParseWebhook turns a body into events, oldest first. Only the raw body is
// signed, the topic is not: a body that is not what its topic promises is an
// error. Errors name the place in the body and never quote names or addresses.
func (*Platform) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	parse, ok := parsers[e.Topic]
	if !ok {
		parse, ok = answers[e.Topic]
	}
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
