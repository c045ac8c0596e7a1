package standard_test

import (
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/platformtest"
	"grazie/integrations/standard"
)

var now = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

func adapter() *standard.Platform { return standard.New(func() time.Time { return now }) }

// secret is one of the right form, made of a word.
func secret(word string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(word+strings.Repeat(".", 32)))
}

func signAt(at time.Time) func(secret, topic string, body []byte) http.Header {
	return func(secret, _ string, body []byte) http.Header {
		key, _ := standard.Key(secret) // none: what nobody's secret signed
		return integrations.SignStandard(key, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", at, body)
	}
}

// topic is that of a file: "order.paid.guest.json" is one of order.paid.
func topic(file string) string {
	words := strings.Split(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
	return words[0] + "." + words[1]
}

func TestConformance(t *testing.T) {
	platformtest.Run(t, adapter(), platformtest.Case{
		Dir:      "testdata/webhooks",
		Topic:    topic,
		Sign:     signAt(now.Add(-time.Minute)),
		Key:      secret,
		Stale:    []func(string, string, []byte) http.Header{signAt(now.Add(-6 * time.Minute)), signAt(now.Add(6 * time.Minute))},
		Secret:   standard.SettingSecret,
		Previous: standard.SettingPreviousSecret,
		Required: []string{integrations.StandardID, integrations.StandardTimestamp, integrations.StandardSignature},
		Ignored:  "product.updated",
		NoDomain: true,
		BodyTold: true,
	})
}

func TestKey(t *testing.T) {
	if key, err := standard.Key(standard.NewSecret()); err != nil || len(key) != 32 {
		t.Errorf("a new secret: %d bytes, %v", len(key), err)
	}
	if one, other := standard.NewSecret(), standard.NewSecret(); one == other {
		t.Error("two secrets are the same")
	}
	for bytes, good := range map[int]bool{0: false, 23: false, 24: true, 64: true, 65: false} {
		if _, err := standard.Key("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, bytes))); (err == nil) != good {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
	for _, odd := range []string{"", "whsec_", "whsec_%%%", strings.TrimPrefix(secret("a"), "whsec_"), "whsk_AAAA"} {
		if _, err := standard.Key(odd); err == nil || odd != "" && strings.Contains(err.Error(), odd[6:]) && len(odd) > 6 {
			t.Errorf("%q: %v", odd, err)
		}
	}
}

// An event that would be newer than all to come is refused at once.
func TestClockAhead(t *testing.T) {
	for at, want := range map[time.Time]bool{now.Add(24 * time.Hour): true, now.Add(24*time.Hour + time.Second): false, now.Add(-24 * 365 * time.Hour): true} {
		body := []byte(`{"type":"customer.deleted","timestamp":"` + at.Format(time.RFC3339) + `","data":{"id":"1"}}`)
		if _, err := adapter().Envelope(signAt(now)(secret("x"), "", body), body); (err == nil) != want {
			t.Errorf("at %s: %v", at, err)
		}
	}
}

// parse reads an event of the data, which happened at ten.
func parse(topic, data string) ([]crm.Event, error) {
	body := `{"type":"` + topic + `","timestamp":"2026-11-22T10:00:00Z","data":` + data + `}`
	return adapter().ParseWebhook(integrations.Envelope{Topic: topic, DeliveryID: "msg_1"}, []byte(body))
}

// What cannot be read is told by its place, and what stands there is not.
func TestMistakes(t *testing.T) {
	const person = "anna@mail.example"
	for _, c := range []struct{ topic, data, want string }{
		{"order.paid", `null`, "order.paid: data: is missing"},
		{"order.paid", `[]`, "data: is an array, not an object"},
		{"order.paid", `{}`, "data.currency: is missing"},
		{"order.paid", `{"currency":"EUR","total":"1"}`, "data.id: is missing"},
		{"order.paid", `{"currency":"EUR","id":7,"total":"1"}`, "data.id: is a number, not a text"},
		{"order.paid", `{"currency":"EUR","id":"guest_x","total":"1"}`, "data.id: is not an id"},
		{"order.paid", `{"currency":"EUR","id":"` + person + `","total":"1"}`, "data.id: is not an id"},
		{"order.paid", `{"currency":"EUR","id":"` + strings.Repeat("a", 65) + `","total":"1"}`, "data.id: is not an id"},
		{"order.paid", `{"currency":"EURO","id":"1","total":"1"}`, "data.currency: is not a currency"},
		{"order.paid", `{"currency":"EUR","id":"1"}`, "data.total: is missing"},
		{"order.paid", `{"currency":"EUR","id":"1","total":""}`, "data.total: is missing"},
		{"order.paid", `{"currency":"EUR","id":"1","total":1}`, `data.total: is a number, not a text such as "12.50"`},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1.005"}`, "data.total: is not an amount of EUR"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"-1"}`, "data.total: is not an amount of EUR"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","status":"pending"}`, "data.status: is not that of a paid order"},
		{"order.updated", `{"currency":"EUR","id":"1","total":"1"}`, "data.status: is missing"},
		{"order.updated", `{"currency":"EUR","id":"1","total":"1","status":"done"}`, "data.status: is none of pending, authorized"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","items":[{"title":"a","quantity":1},{"title":"b"}]}`, "data.items[1].quantity: is missing"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","items":{}}`, "data.items: is an object, not an array"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","created_at":"2026-11-22"}`, "data.created_at: is not a time stamp"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","customer":{"consent":{"state":"yes"}},"email":"` + person + `"}`, ""},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","customer":{"id":"2","consent":{"state":"yes"}}}`, "data.customer.consent.state: is none of subscribed"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","shipping_address":{"country":"Italy"}}`, "data.shipping_address.country: is not a country"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","locale":"` + person + `"}`, "data.locale: is not a language tag"},
		{"order.paid", `{"currency":"EUR","id":"1","total":"1","updated_at":"2099-01-01T00:00:00Z"}`, "data.updated_at: lies more than a day behind the event"},
		{"fulfillment.delivered", `{"id":"1"}`, "data.order_id: is missing"},
		{"refund.created", `{"id":"1","order_id":"2","amount":"1"}`, "data.currency: is missing"},
		{"customer.updated", `{"id":"1","birthday":"` + person + `"}`, "data.birthday: is not a birthday"},
		{"customer.updated", `{"id":"1","first_name":"` + strings.Repeat("a", 501) + `"}`, "data.first_name: is longer than 500 bytes"},
		{"consent.updated", `{"customer_id":"1"}`, "data.state: is missing"},
		{"return.updated", `{"id":"1","order_id":"2"}`, "data.status: is missing"},
		{"return.requested", `{"id":"1","order_id":"2","value":"3.00"}`, "data.value: has no currency"},
		{"customer.redact", `{}`, "data.customer_id: is missing, and so is email"},
	} {
		events, err := parse(c.topic, c.data)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.data, err)
			}
			continue
		}
		if err == nil || events != nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "anna") {
			t.Errorf("%s %s: %v, %v; want %q", c.topic, c.data, events, err, c.want)
		}
	}
}

// A body is read as what its signed part says, never as what it was taken in as.
func TestOtherTopic(t *testing.T) {
	body := []byte(`{"type":"customer.redact","timestamp":"2026-11-22T10:00:00Z","data":{"id":"1","customer_id":"1"}}`)
	if events, err := adapter().ParseWebhook(integrations.Envelope{Topic: "customer.deleted"}, body); err == nil {
		t.Errorf("%+v", events)
	}
}

// FuzzParse: no body makes any event panic or be told without its noun.
func FuzzParse(f *testing.F) {
	for _, data := range []string{`{}`, `{"id":"1","currency":"EUR","total":"1","items":[{"title":"x","quantity":1}],"status":"paid"}`, `{"customer_id":"1","state":"pending"}`, `{"id":"1","order_id":"2"}`} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		for _, topic := range standard.Types() {
			events, err := parse(topic, data)
			if err != nil && events != nil || err == nil && len(events) == 0 {
				t.Fatalf("%s: %v, %v", topic, events, err)
			}
			for _, e := range events {
				if e.Order != nil && e.Order.ID == "" || e.Return != nil && e.Return.ID == "" || e.Customer != nil && e.Customer.ID == "" || e.At.IsZero() {
					t.Fatalf("%s: an event of nothing: %+v", topic, e)
				}
			}
		}
	})
}
