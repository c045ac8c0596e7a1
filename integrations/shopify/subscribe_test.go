package shopify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

const hooks = "https://grazie.example/webhooks/shopify/shp_1"

// TestSubscribe: every topic that is read comes to the address, with birthdays
// in those about customers; asked again, there is nothing to do.
func TestSubscribe(t *testing.T) {
	c := open(t).fast()
	made, err := c.p.Subscribe(t.Context(), c.c, hooks)
	if err != nil || !slices.Equal(made, shopify.Topics()) {
		t.Fatalf("made %v, %v", made, err)
	}
	for _, s := range c.shop.Subscriptions() {
		if s.URI != hooks || s.Format != "JSON" || s.Filter != "" || len(s.Fields) != 0 ||
			slices.Equal(s.Namespaces, []string{"facts"}) != strings.HasPrefix(s.Topic, "customers/") {
			t.Errorf("%+v", s)
		}
		made = slices.DeleteFunc(made, func(topic string) bool { return topic == s.Topic })
	}
	if len(made) > 0 {
		t.Errorf("nobody subscribed to %v", made)
	}
	if again, err := c.p.Subscribe(t.Context(), c.c, hooks); err != nil || again != nil {
		t.Errorf("again %v, %v", again, err)
	}
}

// ask sends an operation as another program does.
func (c *counter) subscribe(topic string, terms map[string]any) {
	c.Helper()
	body, err := json.Marshal(map[string]any{"query": `mutation ($topic: WebhookSubscriptionTopic!, $to: WebhookSubscriptionInput!) {
		webhookSubscriptionCreate(topic: $topic, webhookSubscription: $to) { webhookSubscription { id } userErrors { message } } }`, "variables": map[string]any{"topic": topic, "to": terms}})
	if err != nil {
		c.Fatal(err)
	}
	c.post(string(body))
}

// TestSubscribeMends: what got lost is made again, what went elsewhere on our
// host or told less is corrected, and what is another's stays.
func TestSubscribeMends(t *testing.T) {
	c := open(t).fast()
	for topic, terms := range map[string]map[string]any{
		"ORDERS_CREATE":    {"uri": "https://grazie.example/webhooks/shopify/shp_old"},
		"ORDERS_PAID":      {"uri": hooks, "includeFields": []string{"id", "updated_at"}},
		"ORDERS_UPDATED":   {"uri": hooks, "filter": "id:1"},
		"ORDERS_CANCELLED": {"uri": hooks, "format": "XML"},
		"CUSTOMERS_UPDATE": {"uri": hooks},
		"CUSTOMERS_CREATE": {"uri": hooks, "metafieldNamespaces": []string{"custom", "facts"}},
		"REFUNDS_CREATE":   {"uri": "https://others.example/webhooks/shopify/shp_1"},
		"RETURNS_CLOSE":    {"uri": "https://grazie.example.evil.example/webhooks/x"},
		"PRODUCTS_UPDATE":  {"uri": "https://grazie.example/another/program"},
	} {
		c.subscribe(topic, terms)
	}
	before := c.shop.Subscriptions()
	made, err := c.p.Subscribe(t.Context(), c.c, hooks)
	want := slices.DeleteFunc(shopify.Topics(), func(topic string) bool { return topic == "customers/create" })
	if err != nil || !slices.Equal(made, want) {
		t.Fatalf("made %v, %v", made, err)
	}
	after := c.shop.Subscriptions()
	if len(after) != len(before)+len(want)-5 {
		t.Errorf("%d became %d", len(before), len(after))
	}
	for _, s := range before {
		i := slices.IndexFunc(after, func(a simshop.Subscription) bool { return a.ID == s.ID })
		switch s.Topic {
		case "refunds/create", "returns/close", "products/update", "customers/create":
			if i < 0 || asText(t, after[i]) != asText(t, s) {
				t.Errorf("%+v changed", s)
			}
		default:
			if i < 0 || after[i].URI != hooks || after[i].Format != "JSON" || after[i].Filter != "" || len(after[i].Fields) != 0 {
				t.Errorf("%+v is not mended", s)
			}
		}
	}
	c.shop.LoseSubscription(after[len(after)-1].ID)
	if made, err := c.p.Subscribe(t.Context(), c.c, hooks); err != nil || !slices.Equal(made, []string{after[len(after)-1].Topic}) {
		t.Errorf("one was lost: %v, %v", made, err)
	}
}

// TestSubscribeRefused: what the shop refuses keeps nothing from the others.
func TestSubscribeRefused(t *testing.T) {
	c := open(t).fast()
	c.shop.Break(simshop.Faults{Untold: []string{"returns/request", "orders/paid"}})
	made, err := c.p.Subscribe(t.Context(), c.c, hooks)
	c.fails("two topics", err, integrations.Rejected, "orders/paid (You do not have permission")
	if len(made) != len(shopify.Topics())-2 || !strings.Contains(err.Error(), "returns/request (") {
		t.Errorf("made %v, %v", made, err)
	}
	for _, address := range []string{"http://grazie.example/webhooks/shopify/shp_1", "", "grazie.example"} {
		_, err = c.p.Subscribe(t.Context(), c.c, address)
		c.fails(address, err, integrations.Rejected, "public https address")
	}
}

func TestDescribe(t *testing.T) {
	c := open(t)
	got, err := c.p.Describe(t.Context(), c.c)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(got.Scopes, "write_discounts") || !slices.IsSorted(got.Scopes) {
		t.Errorf("scopes %v", got.Scopes)
	}
	got.Scopes = nil
	want := crm.Shop{Platform: "shopify", Domain: c.shop.Domain, Name: "Bottega Demo", Owner: "titolare@bottega-demo.example", Currency: "EUR", Timezone: "Europe/Rome", Country: "IT",
		Locale: "it", LegalName: "Bottega Demo", PostalAddress: "Via dei Vasai 8, 40100 Bologna, IT"}
	if a, b := asText(t, got), asText(t, want); a != b {
		t.Errorf("%s\nwant %s", a, b)
	}
	c.shop.Break(simshop.Faults{Frozen: true})
	_, err = c.p.Describe(t.Context(), c.c)
	c.fails("a frozen shop", err, integrations.Temporary, "frozen")
}
