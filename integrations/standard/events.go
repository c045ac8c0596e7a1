package standard

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// reader turns the data of an event, which happened at a time, into events.
type reader struct {
	e  integrations.Envelope
	at time.Time
}

// types are the events that are read. Every other one is of no interest.
var types = map[string]func(reader, integrations.Value) []crm.Event{
	"order.paid":            reader.order,
	"order.updated":         reader.order,
	"order.cancelled":       reader.order,
	"fulfillment.created":   reader.parcel,
	"fulfillment.delivered": reader.parcel,
	"refund.created":        reader.refundCreated,
	"customer.updated":      reader.customerUpdated,
	"customer.deleted":      reader.customerDeleted,
	"consent.updated":       reader.consentUpdated,
	"return.requested":      reader.returned,
	"return.updated":        reader.returned,
	"customer.data_request": reader.privacy,
	"customer.redact":       reader.privacy,
}

// Types lists the events that are read, by name.
func Types() []string { return slices.Sorted(maps.Keys(types)) }

// ParseWebhook turns a body into events, oldest first. Errors lead to the field
// and never quote it.
func (*Platform) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	read, ok := types[e.Topic]
	if !ok {
		return nil, nil
	}
	v, err := integrations.ReadBody(body, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	if at := v.At("type"); at.Text() != e.Topic {
		at.Fail("is not the type that it was taken in as")
	}
	r := reader{e: e, at: v.At("timestamp").Need().Time()}
	events := read(r, v.At("data").Need())
	if err := v.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Topic, err)
	}
	return events, nil
}

// maxID is how long an id may be.
const maxID = 64

const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=~-"

// id is the sender's id of a thing; empty for none. Ids stand in addresses and
// in the names of occasions, so that not every letter can.
func id(v integrations.Value) string {
	text := v.Text()
	if len(text) > maxID || strings.Trim(text, idLetters) != "" || strings.HasPrefix(text, "guest_") {
		v.Fail("is not an id: up to 64 of the letters A to Z and a to z, digits, and . _ = ~ -, and not beginning with guest_")
		return ""
	}
	return text
}

func needID(v integrations.Value) string {
	got := id(v)
	if got == "" {
		v.Fail("is missing")
	}
	return got
}

// maxText is how long a name, a title or a city may be, in bytes.
const maxText = 500

// text is what may stand in a mail.
func text(v integrations.Value) string {
	if len(v.Text()) > maxText {
		v.Fail(fmt.Sprintf("is longer than %d bytes", maxText))
		return ""
	}
	return crm.Clean(v.Text())
}

// word is one of a closed list; empty for none.
func word[T ~string](v integrations.Value, all ...T) T {
	got := T(v.Text())
	if got == "" || slices.Contains(all, got) {
		return got
	}
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	v.Fail("is none of " + strings.Join(words, ", "))
	return ""
}

// changed is when a thing was changed: a field, or the event's own time.
func (r reader) changed(v integrations.Value) time.Time {
	at := or(v.Time(), r.at)
	if at.After(r.at.Add(ahead)) {
		v.Fail("lies more than a day behind the event's timestamp")
	}
	return at
}

// or is the first time that was told.
func or(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
