package shopify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

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

// maxObjects bounds what a small body can be blown up to in memory: a list of
// empty lines takes a hundred times its bytes. Shopify's longest orders stay
// far below.
const maxObjects = 100_000

// decode fills a body's struct. Depth and syntax are checked by encoding/json
// before anything is filled in.
func (r *reader) decode(body []byte, into any) bool {
	if bytes.Count(body, []byte{'{'}) > maxObjects {
		r.err = &crm.Invalid{Field: "body", Message: fmt.Sprintf("holds more than %d objects", maxObjects)}
		return false
	}
	err := json.Unmarshal(body, into)
	if err == nil {
		return true
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field
		if field == "" {
			field = "body"
		}
		r.err = &crm.Invalid{Field: field, Message: fmt.Sprintf("is %s, not %s", found(wrong.Value), expected(wrong.Type))}
		return false
	}
	message := "is not JSON: " + err.Error()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		message = fmt.Sprintf("is not JSON at byte %d: %s", syntax.Offset, err)
	}
	r.err = &crm.Invalid{Field: "body", Message: message}
	return false
}

// found names what stands in the body, without its value.
func found(value string) string {
	kind, _, _ := strings.Cut(value, " ") // "number 1.5" quotes
	switch kind {
	case "object", "array":
		return "an " + kind
	case "string":
		return "a text"
	}
	return "a " + kind
}

func expected(t reflect.Type) string {
	if t == reflect.TypeFor[scalar]() {
		return "a text or number"
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	}
	return "a text"
}
