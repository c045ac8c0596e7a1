package shopify_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
)

// told are the facts of a webhook that the table below looks at. Ids of the
// documentation's examples are the rounded ones that stand in the bodies.
type told struct {
	Kinds    []crm.EventKind
	Order    string // id
	Customer string // id of Event.Customer
	Email    string
	Status   crm.FinancialStatus
	Total    string
	Shown    string // the presentment total
	Goods    int
	Country  string // of the shipping address
	Refunded string // sum of the refunds
	Flags    string // test, cancelled, company, pickup, gift
	Consent  crm.ConsentState
	Return   string // its id and status
	Privacy  *crm.PrivacyRequest
	Scopes   []string
}

// contracts is what each recorded body of the contracts folder tells: a file
// that is missing here fails the test.
var contracts = map[string]told{
	"app_uninstalled":  {Kinds: []crm.EventKind{crm.AppUninstalled}},
	"customers_create": {Kinds: []crm.EventKind{crm.CustomerChanged}, Customer: "706405506930370000", Email: "bob@biller.com"},
	"customers_create.with-note-and-tags": {Kinds: []crm.EventKind{crm.CustomerChanged}, Customer: "6972943892790", Email: "buyer@example.com",
		Consent: crm.ConsentNone},
	"customers_delete": {Kinds: []crm.EventKind{crm.CustomerDeleted}, Customer: "706405506930370000"},
	"customers_email_marketing_consent_update": {Kinds: []crm.EventKind{crm.ConsentChanged}, Customer: "706405506930370000", Email: "bob@biller.com",
		Consent: crm.ConsentNone},
	"fulfillment_events_create": {Kinds: []crm.EventKind{crm.ParcelChanged}, Order: "820982911946154500"},
	"fulfillments_create":       {Kinds: []crm.EventKind{crm.ParcelChanged}, Order: "820982911946154500"},
	"refunds_create":            {Kinds: []crm.EventKind{crm.RefundCreated}, Order: "820982911946154500", Refunded: "85.00 USD"},
	"orders_create":             documented,
	"orders_cancelled":          documented,
	"orders_cancelled.refunded-two-discounts": {Kinds: paid, Order: "5324790137142", Customer: "6972527083830", Email: "russel.winfield@example.com",
		Status: crm.Refunded, Total: "1806.38 USD", Shown: "1806.38 USD", Goods: 2, Country: "CA", Refunded: "1806.38 USD",
		Flags: "cancelled company", Consent: crm.ConsentNone},
	"orders_create.pln-unfulfilled": {Kinds: paid, Order: "100510", Customer: "22299318910000", Email: "buyer@example.com",
		Status: crm.Paid, Total: "2119.29 PLN", Shown: "2119.29 PLN", Goods: 1, Country: "PL", Flags: "company", Consent: crm.ConsentNone},
	"orders_create.presentment-usd-shop-aud": {Kinds: paid, Order: "2998548365461", Customer: "4206822293653", Email: "buyer@example.com",
		Status: crm.Paid, Total: "60.33 AUD", Shown: "45.85 USD", Goods: 1, Country: "AU", Flags: "test"},
	"orders_paid.jpy-cjk-titles": {Kinds: paid, Order: "4216041013401", Status: crm.Paid, Total: "5900 JPY", Shown: "5900 JPY", Goods: 1},

	"returns_approve": {Kinds: returned, Order: "4783296544821", Return: "123134564567890 open"},
	"returns_close":   {Kinds: returned, Order: "4783296544821", Return: "123134564567890 closed"},
	"returns_decline": {Kinds: returned, Order: "4783296544821", Return: "123134564567890 declined"},
	"returns_request": {Kinds: returned, Order: "4783296544821", Return: "123134564567890 requested"},
	"returns_update":  {Kinds: returned, Return: "123134564567890 "},

	"app_scopes_update": {Kinds: []crm.EventKind{crm.ScopesChanged}, Scopes: []string{"read_products", "write_products"}},
	"customers_data_request": {Kinds: asked, Privacy: &crm.PrivacyRequest{Kind: crm.PrivacyExport, Subject: "data_request:9999", Source: "shopify",
		CustomerID: "191167", Email: "john@example.com", OrderIDs: []string{"299938", "280263", "220458"}}},
	"customers_redact": {Kinds: asked, Privacy: &crm.PrivacyRequest{Kind: crm.PrivacyEraseCustomer, Subject: "webhook:d-1", Source: "shopify",
		CustomerID: "191167", Email: "john@example.com", OrderIDs: []string{"299938", "280263", "220458"}}},
	"shop_redact": {Kinds: asked, Privacy: &crm.PrivacyRequest{Kind: crm.PrivacyEraseShop, Subject: "webhook:d-1", Source: "shopify"}},

	"bulk_operations_finish": {}, "carts_create": {}, "checkouts_create": {}, "customer.tags_added": {},
	"customers_merge": {}, "discounts_create": {}, "draft_orders_create": {},
	"order_transactions_create": {}, "orders_delete": {}, "orders_edited": {}, "products_update": {},
	"reverse_deliveries_attach_deliverable": {}, "shop_update": {},
}

var (
	paid     = []crm.EventKind{crm.OrderChanged, crm.OrderPaid}
	returned = []crm.EventKind{crm.ReturnChanged}
	asked    = []crm.EventKind{crm.PrivacyAsked}
)

// documented is the order of Shopify's documentation: a cancelled test order
// whose lines name products that exist no more, and are no tips.
var documented = told{Kinds: []crm.EventKind{crm.OrderChanged}, Order: "820982911946154500", Customer: "115310627314723950", Email: "john@example.com",
	Status: crm.Voided, Total: "404.95 USD", Shown: "404.95 USD", Goods: 5, Country: "US", Flags: "test cancelled company"}

func TestContracts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(needs.Contracts(t), "shopify", "payloads", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no payloads: %v", err)
	}
	left := maps.Clone(contracts)
	for _, file := range files {
		name := filepath.Base(file)[:len(filepath.Base(file))-len(".json")]
		want, ok := left[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
		}
		delete(left, name)
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body = bytes.ReplaceAll(body, []byte("{shop}"), []byte("example-shop")) // the documentation names no shop
			events, err := shopify.New().ParseWebhook(integrations.Envelope{Topic: simshop.Topic(file), Domain: "example-shop.myshopify.com", DeliveryID: "d-1"}, body)
			if err != nil {
				t.Fatal(err)
			}
			got, wanted := asText(t, factsOf(events)), asText(t, want)
			if got != wanted {
				t.Errorf("it tells\n%s\nwant\n%s", got, wanted)
			}
		})
	}
	for name := range left {
		t.Errorf("%s is in the table but not in the folder", name)
	}
}

func factsOf(events []crm.Event) (f told) {
	for _, e := range events {
		f.Kinds = append(f.Kinds, e.Kind)
		f.Privacy, f.Scopes = e.Privacy, e.Scopes
		if c := e.Customer; c != nil {
			f.Customer, f.Email, f.Consent = c.ID, c.Email, c.Consent.State
		}
		if r := e.Return; r != nil {
			f.Order, f.Return = r.OrderID, r.ID+" "+string(r.Status)
		}
		o := e.Order
		if o == nil {
			continue
		}
		f.Order, f.Status, f.Goods = o.ID, o.Status, len(o.Goods())
		if o.Total != (crm.Money{}) {
			f.Total, f.Shown = o.Total.String(), o.Presentment.String()
		}
		if o.Shipping != nil {
			f.Country = o.Shipping.Country
		}
		sum := crm.Money{}
		for _, r := range o.Refunds {
			sum = crm.Money{Minor: sum.Minor + r.Amount.Minor, Currency: r.Amount.Currency}
			f.Refunded = sum.String()
		}
		f.Flags = flags(o)
	}
	return f
}

func flags(o *crm.Order) string {
	text := ""
	for _, f := range []struct {
		on   bool
		name string
	}{{o.Test, "test"}, {o.Cancelled(), "cancelled"}, {o.Company, "company"}, {o.Pickup, "pickup"}, {o.Gift, "gift"}} {
		if f.on && text != "" {
			text += " "
		}
		if f.on {
			text += f.name
		}
	}
	return text
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestVectors holds the signature to bodies that were signed elsewhere.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(needs.Contracts(t), "shopify", "hmac-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Webhook struct {
			Vectors []struct {
				Secret, Body, Why string
				Signature         string `json:"X-Shopify-Hmac-Sha256"`
			}
		} `json:"webhook_base64"`
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Webhook.Vectors) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, v := range file.Webhook.Vectors {
		if got := shopify.Sign(v.Secret, []byte(v.Body)); got != v.Signature {
			t.Errorf("%s: signature %s, want %s", v.Why, got, v.Signature)
		}
		c := integrations.Connection{Settings: crm.Values{shopify.SettingSecret: v.Secret}}
		if h := sign(v.Secret, "orders/create", []byte(v.Body)); !shopify.New().VerifyWebhook(c, h, []byte(v.Body)) {
			t.Errorf("%s: not verified", v.Why)
		}
	}
}

// TestTopics names every topic of the platform as a file and reads it back.
func TestTopics(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(needs.Contracts(t), "shopify", "webhook-topics-2026-07.json"))
	if err != nil {
		t.Fatal(err)
	}
	var topics []struct{ Topic string }
	if err := json.Unmarshal(raw, &topics); err != nil || len(topics) < 200 {
		t.Fatalf("%d topics, %v", len(topics), err)
	}
	for _, topic := range topics {
		name := "dir/" + strings.ReplaceAll(topic.Topic, "/", "_")
		for _, file := range []string{name + ".json", name + ".a-variant_here.json"} {
			if got := simshop.Topic(file); got != topic.Topic {
				t.Errorf("Topic(%q) = %q, want %q", file, got, topic.Topic)
			}
		}
	}
}
