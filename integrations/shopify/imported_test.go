package shopify_test

import (
	"encoding/json"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

// An order that was placed elsewhere years ago and imported today was paid then,
// whichever webhook tells of it: nobody is thanked for it now. One that is paid
// some days after it was placed is paid when that is told.
func TestImportedOrderWasPaidLongAgo(t *testing.T) {
	p := shopify.New()
	for _, topic := range []string{"orders/create", "orders/paid", "orders/updated", "reconcile/order"} {
		for placed, want := range map[string]string{"2024-03-01T10:00:00Z": "2024-03-01T10:00:00Z", "2026-11-20T09:00:00Z": "2026-11-24T09:00:00Z"} {
			fields := map[string]any{"id": 450789469, "currency": "EUR", "total_price": "10.00", "financial_status": "paid", "test": false,
				"created_at": "2026-11-20T09:00:00Z", "processed_at": placed, "updated_at": "2026-11-24T09:00:00Z"}
			if topic == "reconcile/order" {
				fields = map[string]any{"id": "gid://shopify/Order/450789469", "currencyCode": "EUR", "displayFinancialStatus": "PAID", "test": false,
					"totalPriceSet": map[string]any{"shopMoney": map[string]any{"amount": "10.00", "currencyCode": "EUR"}},
					"createdAt":     "2026-11-20T09:00:00Z", "processedAt": placed, "updatedAt": "2026-11-24T09:00:00Z"}
			}
			body, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			events, err := p.ParseWebhook(integrations.Envelope{Topic: topic, Domain: "bottega.myshopify.com"}, body)
			if err != nil || len(events) != 2 || events[1].Kind != crm.OrderPaid {
				t.Fatal(topic, events, err)
			}
			if topic == "orders/create" && want != placed {
				continue // what is paid at once
			}
			if got := events[1].Order.PaidAt.Format(time.RFC3339); got != want {
				t.Errorf("%s, placed %s: paid %s; want %s", topic, placed, got, want)
			}
		}
	}
}
