package handlers_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grazie/crm"
	"grazie/desk"
	"grazie/handlers"
	"grazie/store"
	"grazie/templates"
)

// Whatever is sent as a body, the answer is a problem or a plan, and never our
// own fault.
func FuzzJobBody(f *testing.F) {
	for _, seed := range []string{`{"journey":"thank_you","order":"1001","reason":"x"}`, `{"journey":"apology","customer":"77","reason":"x","offer":"code","dry_run":true}`,
		`{}`, `null`, `[]`, `{"journey":null}`, `{"reason":"\u0000"}`, "{\"reason\":\"\xff\"}", `{"journey":"thank_you","order":"1001","reason":"x","again":"y"}`,
		`{"journey":"thank_you","return":"\ud800","reason":"x"}`, `{"journey":"birthday_coupon","email":"@","reason":"x"}`, `{"journey":"birthday_coupon","email":"a@\u00e9.example","reason":"x"}`} {
		f.Add([]byte(seed))
	}
	s, err := store.Open(f.Context(), store.Options{Path: filepath.Join(f.TempDir(), "grazie.db"), Secrets: []string{"a secret key for the tests"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	shop, _, err := s.ConnectShop(f.Context(), crm.Shop{Platform: "shopify", Domain: "demo.myshopify.com", Name: "Demo", Sender: crm.Mailbox{Email: "anna@demo.example"},
		LegalName: "Demo Srl", PostalAddress: "Via Roma 1", Timezone: "Europe/Rome", Country: "IT", Locale: "en", Currency: "EUR"}, crm.Values{"secret": "hush"})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Now()
	c := crm.Customer{ID: "77", Email: "anna@posta.example", EmailKey: "anna@posta.example", Birthday: crm.Birthday{Day: crm.MonthDayOf(crm.DayOf(now, time.UTC)), At: now},
		Consent: crm.Consent{State: crm.ConsentSubscribed, At: now}, UpdatedAt: now}
	o := crm.Order{ID: "1001", Name: "#1001", CustomerID: "77", Email: c.Email, EmailKey: c.EmailKey, Status: crm.Paid, Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	w, err := s.ReceiveWebhook(f.Context(), store.Webhook{ShopID: shop.ID, DeliveryID: "1", Headers: "{}", Body: []byte("{}")})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := s.ApplyEvents(f.Context(), shop.ID, []store.Applied{{WebhookID: w.ID, State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.OrderPaid, Order: &o, Customer: &c, At: now}}}}, nil); err != nil {
		f.Fatal(err)
	}
	_, secret, err := s.CreateToken(f.Context(), store.Token{Name: "owner", Role: store.Owner})
	if err != nil {
		f.Fatal(err)
	}
	renderer, err := templates.New()
	if err != nil {
		f.Fatal(err)
	}
	h := handlers.New(handlers.Options{Store: s, Ring: func(string, string, ...string) {}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: handlers.NewMetrics(prometheus.NewRegistry()),
		Desk: &desk.Desk{Store: s, Templates: renderer, PublicURL: "https://grazie.example", Now: time.Now}})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/shops/"+shop.ID+"/jobs", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		a := httptest.NewRecorder()
		h.ServeHTTP(a, r)
		if a.Code >= 500 || a.Code < 200 {
			t.Errorf("%q: %d %s", body, a.Code, a.Body)
		}
		var v map[string]any
		if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
			t.Errorf("%q: %v: %s", body, err, a.Body)
		}
		if kind := a.Header().Get("Content-Type"); (a.Code >= 400) != (kind == "application/problem+json") {
			t.Errorf("%q: %d of the type %s", body, a.Code, kind)
		}
	})
}
