package shopify_test

import (
	"slices"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

func privacyOf(t *testing.T, topic, body string) *crm.PrivacyRequest {
	t.Helper()
	e := integrations.Envelope{Topic: topic, Domain: "example-shop.myshopify.com", DeliveryID: "b54557e4", TriggeredAt: start}
	events, err := shopify.New().ParseWebhook(e, []byte(body))
	if err != nil || len(events) != 1 || events[0].Kind != crm.PrivacyAsked || !events[0].At.Equal(start) || events[0].Privacy == nil {
		t.Fatalf("%s %s: %+v, %v", topic, body, events, err)
	}
	return events[0].Privacy
}

// TestPrivacyForms reads ids in every form, exactly, and customers of whom
// only the address is known, or only the number.
func TestPrivacyForms(t *testing.T) {
	const shop = `{"shop_id":954889,"shop_domain":"example-shop.myshopify.com",`
	p := privacyOf(t, "customers/redact", shop+`"customer":{"id":9007199254740993},"orders_to_redact":["9007199254740995","gid://shopify/Order/7",9007199254740997]}`)
	if p.CustomerID != "9007199254740993" || !slices.Equal(p.OrderIDs, []string{"9007199254740995", "7", "9007199254740997"}) {
		t.Errorf("ids became %s and %v", p.CustomerID, p.OrderIDs)
	}
	if p.Kind != crm.PrivacyEraseCustomer || p.Subject != "webhook:b54557e4" || p.Source != "shopify" || !p.RequestedAt.Equal(start) {
		t.Errorf("redaction %+v", p)
	}
	p = privacyOf(t, "customers/redact", shop+`"customer":{"id":null,"email":" anna@mail.example ","phone":null},"orders_to_redact":null}`)
	if p.CustomerID != "" || p.Email != "anna@mail.example" || p.OrderIDs != nil {
		t.Errorf("of an address alone: %+v", p)
	}
	p = privacyOf(t, "customers/redact", shop+`"customer":{"id":7}}`) // never had an order
	if p.Kind != crm.PrivacyEraseCustomer || p.CustomerID != "7" {
		t.Errorf("without orders: %+v", p)
	}
	p = privacyOf(t, "customers/data_request", shop+`"customer":{"id":7},"orders_requested":[1],"data_request":{"id":9007199254740999}}`)
	if p.Kind != crm.PrivacyExport || p.Subject != "data_request:9007199254740999" || !slices.Equal(p.OrderIDs, []string{"1"}) {
		t.Errorf("data request %+v", p)
	}
	p = privacyOf(t, "shop/redact", shop+`"x":1}`)
	if p.Kind != crm.PrivacyEraseShop || p.CustomerID != "" || p.Email != "" || p.OrderIDs != nil {
		t.Errorf("of the shop: %+v", p)
	}
}

// TestNoScopes: a merchant can take everything back, and no scope is not the
// same as not being told.
func TestNoScopes(t *testing.T) {
	e := integrations.Envelope{Topic: "app/scopes_update", Domain: "example-shop.myshopify.com", TriggeredAt: start}
	events, err := shopify.New().ParseWebhook(e, []byte(`{"id":1,"shop_id":"gid://shopify/Shop/548380009","previous":["read_orders"],"current":[]}`))
	if err != nil || len(events) != 1 || events[0].Kind != crm.ScopesChanged || len(events[0].Scopes) != 0 || !events[0].At.Equal(start) {
		t.Errorf("%+v, %v", events, err)
	}
}
