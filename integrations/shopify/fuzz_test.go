package shopify_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

var start = time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)

var topics = strings.Fields(`orders/create orders/paid orders/updated orders/cancelled orders/fulfilled orders/partially_fulfilled
	fulfillments/create fulfillments/update fulfillment_events/create refunds/create customers/create customers/update customers/delete
	customers_email_marketing_consent/update app/uninstalled products/update returns/request returns/approve returns/decline returns/cancel
	returns/close returns/reopen returns/process returns/update app/scopes_update customers/data_request customers/redact shop/redact`)

// FuzzParse: no body makes any topic panic, what was read once is read the same
// again, and nothing is told together with an error.
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
	f.Add(simshop.New(1, start).Bulk(1).Body)
	p := shopify.New()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, topic := range topics {
			e := integrations.Envelope{Topic: topic, Domain: "example-shop.myshopify.com", TriggeredAt: start}
			events, err := p.ParseWebhook(e, body)
			again, errAgain := p.ParseWebhook(e, body)
			if !reflect.DeepEqual(events, again) || (err == nil) != (errAgain == nil) {
				t.Fatalf("%s: %+v, %v and then %+v, %v", topic, events, err, again, errAgain)
			}
			if err != nil && events != nil {
				t.Fatalf("%s: error %v together with events %+v", topic, err, events)
			}
			for _, event := range events {
				ofShop := event.Kind == crm.AppUninstalled || event.Kind == crm.ScopesChanged
				if event.Order != nil && event.Order.ID == "" || event.Return != nil && event.Return.ID == "" ||
					event.Order == nil && event.Customer == nil && event.Return == nil && event.Privacy == nil && !ofShop {
					t.Fatalf("%s: an event of nothing: %+v", topic, event)
				}
			}
		}
	})
}

// FuzzVerify: only the one signature verifies, whatever the header holds.
func FuzzVerify(f *testing.F) {
	f.Add("secret", "", []byte(`{}`), shopify.Sign("secret", []byte(`{}`)))
	f.Add("secret", "old", []byte(`{}`), shopify.Sign("old", []byte(`{}`)))
	f.Add("", "", []byte(``), shopify.Sign("", nil))
	f.Add("s", "p", []byte("x"), "not base64 \xff")
	p := shopify.New()
	f.Fuzz(func(t *testing.T, secret, previous string, body []byte, claimed string) {
		c := integrations.Connection{Settings: crm.Values{shopify.SettingSecret: secret, shopify.SettingPreviousSecret: previous}}
		h := sign("", "orders/paid", nil)
		h.Set("X-Shopify-Hmac-Sha256", claimed)
		want := secret != "" && claimed == shopify.Sign(secret, body) || previous != "" && claimed == shopify.Sign(previous, body)
		if got := p.VerifyWebhook(c, h, body); got != want {
			t.Fatalf("verified is %v, want %v", got, want)
		}
	})
}
