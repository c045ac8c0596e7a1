package woocommerce

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// topics are those that are read. Every other one is of no interest, also
// action.* and what plugins add.
var topics = map[string]func(integrations.Envelope, integrations.Value) []crm.Event{
	"order.created":    readOrder,
	"order.updated":    readOrder,
	"order.restored":   readOrder,
	"order.deleted":    readOrderDeleted,
	"customer.created": readCustomer,
	"customer.updated": readCustomer,
	"customer.deleted": readCustomerDeleted,
}

// Topics lists the topics that are read, by name.
func Topics() []string { return slices.Sorted(maps.Keys(topics)) }

// ParseWebhook turns a body into events, oldest first. Only the raw body is
// signed, the topic is not: a body that is not what its topic promises is an
// error. Errors name the place in the body and never quote what stands there.
func (*Platform) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	read, ok := topics[e.Topic]
	if !ok {
		return nil, nil
	}
	v, err := integrations.ReadBody(body, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	if v.At("id").Empty() && !v.At("code").Empty() {
		v.At("code").Fail("is told in place of the object: the webhook's user may not read it; give the webhook a user who manages the shop")
	}
	events := read(e, v)
	if err := v.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	return events, nil
}

// maxDigits is the length of the largest unsigned 64-bit number.
const maxDigits = 20

// id is a whole number as text; 0 is nobody.
func id(v integrations.Value) string {
	text := strings.TrimSpace(v.Text())
	if text == "" || text == "0" {
		return ""
	}
	if len(text) > maxDigits || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		v.Fail("is not an id: a whole number")
		return ""
	}
	return text
}

// deletedID is the id in a body that holds nothing else. The topic is not signed:
// a body that was captured must take away nothing.
func deletedID(v integrations.Value) string {
	for _, field := range []string{"date_created", "date_created_gmt", "status", "email"} {
		if f := v.At(field); !f.Empty() {
			f.Fail("stands in the body of something that was deleted: it would hold an id only")
		}
	}
	return needID(v.At("id"))
}

func needID(v integrations.Value) string {
	got := id(v)
	if got == "" {
		v.Fail("is missing")
	}
	return got
}

// gmt is the time of a field "date_..." of the shop: its own zone is told
// nowhere, so only the field with _gmt says when it was.
func gmt(v integrations.Value, name string) time.Time { return v.At(name + "_gmt").Time() }

// or is the first time that was told.
func or(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
