package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
)

// came is what became of a recorded webhook after the whole way.
type came struct {
	state   store.WebhookState
	reason  string // of the webhook
	message string // state and reason of its message
	shop    crm.ShopState
}

// payloads is what each recorded body of the contracts folder comes to, in a
// shop that was connected before and thanks for orders of any age. A file that
// is missing here fails the test.
var payloads = map[string]came{
	"app_uninstalled": {state: store.WebhookProcessed, shop: crm.ShopUninstalled},

	"orders_create":                           {state: store.WebhookProcessed}, // voided: nothing was paid
	"orders_cancelled":                        {state: store.WebhookProcessed},
	"orders_cancelled.refunded-two-discounts": {state: store.WebhookProcessed, message: "cancelled order_cancelled"},
	"orders_create.pln-unfulfilled":           {state: store.WebhookProcessed, message: "sent "},
	"orders_create.presentment-usd-shop-aud":  {state: store.WebhookProcessed, message: "skipped test_order"},
	"orders_paid.jpy-cjk-titles":              {state: store.WebhookProcessed, message: "skipped no_address"},

	"customers_create":                         {state: store.WebhookProcessed},
	"customers_create.with-note-and-tags":      {state: store.WebhookProcessed},
	"customers_delete":                         {state: store.WebhookProcessed},
	"customers_email_marketing_consent_update": {state: store.WebhookProcessed},
	"fulfillment_events_create":                {state: store.WebhookProcessed},
	"fulfillments_create":                      {state: store.WebhookProcessed},
	"refunds_create":                           {state: store.WebhookProcessed},

	"returns_approve": {state: store.WebhookProcessed}, "returns_close": {state: store.WebhookProcessed}, "returns_decline": {state: store.WebhookProcessed},
	"returns_request": {state: store.WebhookProcessed}, // the gesture is off until the merchant switches it on
	"returns_update":  {state: store.WebhookProcessed},

	"app_scopes_update": {state: store.WebhookProcessed},

	// Their bodies name the shop of the example, and the header another.
	"customers_data_request": {state: store.WebhookFailed, reason: "customers/data_request: " + ofAnother},
	"customers_redact":       {state: store.WebhookFailed, reason: "customers/redact: " + ofAnother},
	"shop_redact":            {state: store.WebhookFailed, reason: "shop/redact: " + ofAnother},

	"bulk_operations_finish": ignored, "carts_create": ignored, "checkouts_create": ignored,
	"customer.tags_added": ignored, "customers_merge": ignored,
	"discounts_create": ignored, "draft_orders_create": ignored, "order_transactions_create": ignored, "orders_delete": ignored,
	"orders_edited": ignored, "products_update": ignored, "reverse_deliveries_attach_deliverable": ignored, "shop_update": ignored,
}

const ofAnother = "shop_domain: is not the shop that the header names"

var ignored = came{state: store.WebhookIgnored, reason: "topic of no interest"}

// Every recorded payload goes the whole way: over HTTP, signed, committed,
// processed, decided.
func TestRecordedPayloads(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(needs.Contracts(t), "shopify", "payloads", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	if want := slices.Sorted(maps.Keys(payloads)); !slices.Equal(want, names) {
		t.Fatalf("the table lists\n%s\nand the folder holds\n%s", want, names)
	}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			s := newSite(t, b)
			p := s.run(hooks{})
			for i, file := range files {
				t.Run(names[i], func(t *testing.T) { s.comesTo(t, p.addr, i, file, payloads[names[i]]) })
			}
		})
	}
}

func (s *site) comesTo(t *testing.T, addr string, i int, file string, want came) {
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// Each in a shop of its own, so that none answers for another.
	domain := fmt.Sprintf("payload-%d.myshopify.com", i)
	past, err := openStore(t.Context(), s.config(), func() time.Time { return time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	shop, _, err := past.ConnectShop(t.Context(), crm.Shop{Platform: "shopify", Domain: domain, Name: "Shop", Sender: crm.Mailbox{Name: "Anna", Email: "anna@shop.example"},
		Timezone: "Europe/Rome", Locale: "en", Currency: "EUR", Journeys: map[string]crm.Values{"thank_you": {"delay": "0s", "max_age": "3650d"}}}, crm.Values{"secret": "hush"})
	if err := past.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for name, value := range map[string]string{"Topic": simshop.Topic(file), "Shop-Domain": domain, "Api-Version": simshop.Version, "Webhook-Id": domain,
		"Hmac-Sha256": shopify.Sign("hush", body), "Triggered-At": "2026-11-21T08:00:00.123456789Z"} {
		header.Set("X-Shopify-"+name, value)
	}
	if status := push(t.Context(), addr, simshop.Webhook{Header: header, Body: body}); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	var got came
	eventually(t, 20*time.Second, "processed and decided", func() bool {
		hooks, err := s.store.Webhooks(t.Context(), shop.ID, store.WebhookFilter{Limit: 10})
		if err != nil || len(hooks) != 1 || hooks[0].State == store.WebhookReceived {
			return false
		}
		got = came{state: hooks[0].State, reason: hooks[0].Reason}
		all, err := s.store.Messages(t.Context(), shop.ID, store.MessageFilter{Limit: 10})
		for _, m := range all {
			if m.State == crm.Planned || m.State == crm.Sending {
				return false
			}
			got.message += string(m.State) + " " + string(m.Reason)
		}
		return err == nil
	})
	now, err := s.store.Shop(t.Context(), shop.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want.shop == "" {
		want.shop = crm.ShopActive
	}
	if got.shop = now.State; got != want {
		t.Errorf("came to %+v; want %+v", got, want)
	}
	stored, err := s.store.Webhooks(t.Context(), shop.ID, store.WebhookFilter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := s.store.Webhook(t.Context(), shop.ID, stored[0].ID); err != nil || string(w.Body) != string(body) {
		t.Errorf("the body is not kept as it came: %v", err)
	}
}
