package woocommerce_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/platformtest"
	"grazie/integrations/woocommerce"
	"grazie/internal/needs"
)

var now = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func adapter() *woocommerce.Platform { return woocommerce.New(http.DefaultClient, clock, false) }

func sign(secret, topic string, body []byte) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"X-WC-Webhook-Source": "https://shop.example/", "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Resource": "order", "X-WC-Webhook-Event": "updated",
		"X-WC-Webhook-ID": "3", "X-WC-Webhook-Delivery-ID": "c2d5bb4b5d1f4e0a9e0b8a4e1e4f7c11", "X-WC-Webhook-Signature": woocommerce.Sign(secret, body),
	} {
		h.Set(name, value)
	}
	return h
}

// topic is that of a file: "order.updated.odd-types.json" is one of order.updated.
func topic(file string) string {
	words := strings.Split(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
	return words[0] + "." + words[1]
}

func TestConformance(t *testing.T) {
	platformtest.Run(t, adapter(), platformtest.Case{
		Dir:      "testdata/webhooks",
		Topic:    topic,
		Sign:     sign,
		Secret:   woocommerce.SettingSecret,
		Previous: woocommerce.SettingPreviousSecret,
		Required: []string{"X-WC-Webhook-Source", "X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Signature"},
		Ignored:  "action.woocommerce_add_to_cart",
		Pings: []platformtest.Ping{
			{Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "User-Agent": {"WooCommerce/11.1.0 Hookshot (WordPress/6.9)"}}, Body: "webhook_id=142"},
		},
	})
}

func TestEnvelope(t *testing.T) {
	p, body := adapter(), []byte(`{"id":1}`)
	told := func(change func(http.Header), body []byte) (integrations.Envelope, error) {
		h := sign("s", "order.updated", body)
		change(h)
		return p.Envelope(h, body)
	}
	same := func(http.Header) {}
	first, _ := told(same, body)
	other, _ := told(same, []byte(`{"id":2}`))
	if first.DeliveryID == other.DeliveryID {
		t.Error("two events of one webhook in one second are taken for one")
	}
	for source, want := range map[string]string{
		"https://Shop.Example": "shop.example", "http://shop.example/": "shop.example", "https://example.com/Shop/": "example.com/shop", "https://shop.example:8443/": "shop.example:8443",
		"ftp://shop.example": "", "shop.example": "", "https://": "", "https://user:pass@shop.example": "",
	} {
		e, err := told(func(h http.Header) { h.Set("X-WC-Webhook-Source", source) }, body)
		if e.Domain != want || (err == nil) != (want != "") {
			t.Errorf("source %s: %q, %v", source, e.Domain, err)
		}
	}
	// A ping is one only without a signature: else an unsigned word would be all it takes to lose a webhook.
	for _, odd := range []string{"webhook_id=1&x=2", "webhook_id=", "id=3", `{"webhook_id":1}`} {
		if _, err := p.Envelope(http.Header{}, []byte(odd)); err == nil || err == integrations.ErrPing {
			t.Errorf("%q: %v", odd, err)
		}
	}
	if _, err := told(same, []byte("webhook_id=142")); err != nil {
		t.Errorf("signed: %v", err)
	}
}

// TestSecretWithEntities: a shop stores signs as entities, and signs with them decoded.
func TestSecretWithEntities(t *testing.T) {
	body := []byte(`{"id":727}`)
	for _, typed := range []string{`a&b"c`, `a&amp;b&quot;c`, `a&#038;b&#034;c`, `a&#x26;b&#X22;c`, `a&#38;b&#0034;c`} {
		h := sign(`a&b"c`, "order.updated", body)
		if !adapter().VerifyWebhook(integrations.Connection{Settings: crm.Values{woocommerce.SettingSecret: typed}}, h, body) {
			t.Errorf("secret written as %s: not verified", typed)
		}
	}
	if adapter().VerifyWebhook(integrations.Connection{}, sign("no secret verifies nothing", "order.updated", body), body) {
		t.Error("the word that stands for no secret verifies")
	}
}

// The topic is not signed: a body that was captured takes no order and no
// customer away, and makes no customer of an order.
func TestBodyUnderAnotherTopic(t *testing.T) {
	for _, file := range []string{"order.created", "customer.created"} {
		body, err := os.ReadFile("testdata/webhooks/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{"order.deleted", "customer.deleted", map[string]string{"order.created": "customer.updated", "customer.created": "order.updated"}[file]} {
			if events, err := adapter().ParseWebhook(integrations.Envelope{Topic: topic, TriggeredAt: now}, body); err == nil || events != nil {
				t.Errorf("%s under %s tells %+v", file, topic, events)
			}
		}
	}
}

// What cannot be read is told by its place, and what stands there is not.
func TestMistakes(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":"woocommerce_rest_cannot_view","message":"Sorry"}`: "order.updated: code: is told in place of the object: the webhook's user may not read it",
		`{"id":0,"currency":"EUR"}`:                                 "order.updated: id: is missing",
		`{"id":"anna@mail.example","currency":"EUR"}`:               "id: is not an id",
		`{"id":1}`: "currency: is missing",
		`{"id":1,"currency":"EUR","total":"12,50"}`:                                              "total: is not an amount of EUR",
		`{"id":1,"currency":"EUR","line_items":[{"name":"a"},{"quantity":"anna@mail.example"}]}`: "line_items[1].quantity: is not a whole number",
		`{"id":1,"currency":"EUR","refunds":[{"total":"-1"}]}`:                                   "refunds[0].id: is missing",
		`{"id":1,"currency":"EUR","date_modified_gmt":"anna@mail.example"}`:                      "date_modified_gmt: is not a time stamp",
		`[]`: "the body is an array, not an object",
	} {
		events, err := adapter().ParseWebhook(integrations.Envelope{Topic: "order.updated"}, []byte(body))
		if err == nil || events != nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "anna") {
			t.Errorf("%s: %v, %v; want %q", body, events, err, want)
		}
	}
}

// An order that was deleted is cancelled, whichever word comes first, and what
// was known of it stays.
func TestOrderDeleted(t *testing.T) {
	body, err := os.ReadFile("testdata/webhooks/order.created.json")
	if err != nil {
		t.Fatal(err)
	}
	order := func(topic string, body []byte) crm.Order {
		events, err := adapter().ParseWebhook(integrations.Envelope{Topic: topic, TriggeredAt: now}, body)
		if err != nil {
			t.Fatal(err)
		}
		return *events[0].Order
	}
	made, deleted := order("order.created", body), order("order.deleted", []byte(`{"id":1001}`))
	for name, o := range map[string]crm.Order{"deleted last": crm.Order{}.Apply(made).Apply(deleted), "deleted first": crm.Order{}.Apply(deleted).Apply(made)} {
		if !o.Cancelled() || o.ID != "1001" || o.EmailKey == "" || len(o.Items) != 1 || o.Status != crm.Paid {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// contracts is what each recorded body of the contracts folder tells.
var contracts = map[string]string{
	"order.created":                      "order_changed 727 paid 29.35 USD Woo Single #1; Ship Your Idea – Color: Black, Size: M Test| guest john.doe@example.com US/CA, order_paid",
	"order.updated":                      "order_changed 727 paid 29.35 USD Woo Single #1; Ship Your Idea – Color: Black, Size: M Test| guest john.doe@example.com US/CA completed, order_paid",
	"order.updated.partially-refunded":   "order_changed 324 partially_refunded",
	"order.created.attribution-metadata": "order_changed 459 paid 4.00 USD Beanie with Logo| 27375286 buyer@example.com BB/ test, order_paid",
	"customer.created":                   "customer_changed",
	"coupon.created":                     "",
	"product.updated":                    "",
	"rest.order-refund":                  "",
	"rest.webhook":                       "",
}

func TestContracts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(needs.Contracts(t), "woocommerce", "payloads", "*.json"))
	if err != nil || len(files) != len(contracts) {
		t.Fatalf("%d payloads, and %d in the table: %v", len(files), len(contracts), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		h := sign("s", topic(file), body)
		e, err := adapter().Envelope(h, body)
		if err != nil || !adapter().VerifyWebhook(integrations.Connection{Settings: crm.Values{woocommerce.SettingSecret: "s"}}, h, body) {
			t.Errorf("%s: %v", name, err)
		}
		e.TriggeredAt = now
		events, err := adapter().ParseWebhook(e, body)
		got := tell(events)
		if want := contracts[name]; err != nil || !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s tells %q, %v; want %q", name, got, err, want)
		}
	}
}

func tell(events []crm.Event) string {
	var all []string
	for i, e := range events {
		text := string(e.Kind)
		if o := e.Order; o != nil && i == 0 {
			text += " " + o.ID + " " + string(o.Status) + " " + o.Total.String() + " "
			for n, g := range o.Goods() {
				if n > 0 {
					text += "; "
				}
				text += g.Title
			}
			who := "guest"
			if e.Customer != nil {
				who = e.Customer.ID
			}
			text += "| " + who + " " + o.Email + " " + o.Shipping.Country + "/" + o.Shipping.ProvinceCode
			if len(o.Fulfillments) > 0 {
				text += " completed"
			}
			if o.Test {
				text += " test"
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestVectors holds the signature to bodies that were signed elsewhere.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(needs.Contracts(t), "woocommerce", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Secret, Body string
			Signature    string `json:"X-WC-Webhook-Signature"`
		}
		Ping struct{ Body string }
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Vectors) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, v := range file.Vectors {
		if got := woocommerce.Sign(v.Secret, []byte(v.Body)); got != v.Signature {
			t.Errorf("%s: %s, want %s", v.Body, got, v.Signature)
		}
	}
	if _, err := adapter().Envelope(http.Header{}, []byte(file.Ping.Body)); err != integrations.ErrPing {
		t.Errorf("the ping: %v", err)
	}
}

// FuzzParse: no body makes any topic panic or be told without its noun.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	p := adapter()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, topic := range []string{"order.created", "order.updated", "order.restored", "order.deleted", "customer.created", "customer.updated", "customer.deleted", "action.x"} {
			events, err := p.ParseWebhook(integrations.Envelope{Topic: topic, TriggeredAt: now}, body)
			if err != nil && events != nil || err == nil && len(events) == 0 && topic != "action.x" {
				t.Fatalf("%s: %v, %v", topic, events, err)
			}
			for _, e := range events {
				if e.Order != nil && e.Order.ID == "" || e.Customer != nil && e.Customer.ID == "" || e.At.IsZero() || e.Order == nil && e.Customer == nil {
					t.Fatalf("%s: an event of nothing: %+v", topic, e)
				}
			}
		}
	})
}
