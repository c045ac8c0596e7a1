package shopify_test

import (
	"net/http"
	"testing"

	"grazie/integrations/platformtest"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// sign makes the headers of a webhook of the shop that all tests are about.
func sign(secret, topic string, body []byte) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"X-Shopify-Topic":        topic,
		"X-Shopify-Shop-Domain":  "example-shop.myshopify.com",
		"X-Shopify-API-Version":  "2026-10",
		"X-Shopify-Webhook-Id":   "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
		"X-Shopify-Event-Id":     "98880550-7158-44d4-b7cd-2c97c8a091b5",
		"X-Shopify-Triggered-At": "2026-11-21T09:30:00.123456789Z",
		"X-Shopify-Hmac-Sha256":  shopify.Sign(secret, body),
	} {
		h.Set(name, value)
	}
	return h
}

func TestConformance(t *testing.T) {
	platformtest.Run(t, shopify.New(), platformtest.Case{
		Dir:      "testdata/webhooks",
		Topic:    simshop.Topic,
		Sign:     sign,
		Secret:   shopify.SettingSecret,
		Previous: shopify.SettingPreviousSecret,
		Required: []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-API-Version", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"},
		Ignored:  "products/update",
	})
}
