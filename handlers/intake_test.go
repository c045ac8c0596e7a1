package handlers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/store"
)

func TestWebhookIsStoredAndRung(t *testing.T) {
	d := newDoor(t)
	w := d.paid()
	w.Header["X-Forwarded-For"] = []string{"203.0.113.9", "198.51.100.2"}
	if a := d.post(w); a.status != http.StatusOK || a.body != "" {
		t.Fatalf("%+v", a)
	}
	all := d.stored()
	if len(all) != 1 || !slices.Equal(d.rings(), []string{all[0].ID}) {
		t.Fatalf("%d stored, rung %v", len(all), d.rings())
	}
	got, err := d.store.Webhook(t.Context(), d.shopID, all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	h := w.Header
	if got.Topic != "orders/paid" || got.State != store.WebhookReceived || got.DeliveryID != h.Get("X-Shopify-Webhook-Id") ||
		got.EventID != h.Get("X-Shopify-Event-Id") || got.Version != h.Get("X-Shopify-API-Version") || got.TriggeredAt.IsZero() {
		t.Errorf("stored: %+v", got)
	}
	var headers map[string]string
	if err := json.Unmarshal([]byte(got.Headers), &headers); err != nil {
		t.Fatal(err)
	}
	for name, values := range h {
		if headers[name] != strings.Join(values, ", ") {
			t.Errorf("header %s is stored as %q, was %q", name, headers[name], values)
		}
	}
	if n := d.received("received"); n != 1 {
		t.Errorf("the metrics count %v", n)
	}
}

// What is stored is what was signed, to the byte: it is verified and read again
// on a replay.
func TestBodyIsKeptByteExact(t *testing.T) {
	d := newDoor(t)
	for name, body := range map[string]string{
		"escaped":   `{"id": 1,"admin_graphql_api_id":"gid:\/\/shopify\/Order\/1","note":"\u0026\u003C\u003E"}`,
		"spaced":    "\r\n\t {\n} \n\n",
		"doubled":   `{"a":1,"a":2.0e1,"b":9007199254740993}`,
		"not utf-8": "{\"a\":\"\xff\xfe\x00\"}",
		"no JSON":   "\x1f\x8b\x08 zipped, as it seems",
		"long":      `"` + strings.Repeat("ž", 300_000) + `"`,
	} {
		w := d.resigned(d.paid(), []byte(body))
		if a := d.post(w); a.status != http.StatusOK {
			t.Fatalf("%s: %+v", name, a)
		}
		got, err := d.store.Webhook(t.Context(), d.shopID, d.rings()[len(d.rings())-1])
		if err != nil || !bytes.Equal(got.Body, []byte(body)) {
			t.Errorf("%s: %d bytes came back of %d: %v", name, len(got.Body), len(body), err)
		}
	}
}

func TestDuplicateIsCountedAndNotRung(t *testing.T) {
	d := newDoor(t)
	w := d.paid()
	for range 3 {
		if a := d.post(w.Redeliver()); a.status != http.StatusOK {
			t.Fatalf("%+v", a)
		}
	}
	if all := d.stored(); len(all) != 1 || all[0].Duplicates != 2 {
		t.Errorf("stored: %+v", all)
	}
	if n := len(d.rings()); n != 1 {
		t.Errorf("rung %d times", n)
	}
	if d.received("received") != 1 || d.received("duplicate") != 2 {
		t.Errorf("the metrics count %v and %v", d.received("received"), d.received("duplicate"))
	}
}

// The answers are those of Shopify's own library (platforms.md, A.1).
func TestRefusals(t *testing.T) {
	d := newDoor(t)
	d.connect("other.myshopify.com", crm.Values{shopify.SettingSecret: "another secret"})
	const at = "/webhooks/shopify"
	refused := func(what string, a answer, status int) {
		t.Helper()
		var p struct{ Status int }
		if a.status != status || a.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(a.body), &p) != nil || p.Status != status {
			t.Errorf("%s: %d, want %d: %v %s", what, a.status, status, a.header, a.body)
		}
	}
	w := d.paid()
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "post"} {
		a := d.send(method, at, w.Header, nil)
		refused(method, a, http.StatusMethodNotAllowed)
		if allow := a.header["Allow"]; !slices.Equal(allow, []string{"POST"}) {
			t.Errorf("%s: Allow is %q", method, allow)
		}
	}
	if a := d.send("HEAD", at, w.Header, nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
		t.Errorf("HEAD: %+v", a)
	}
	refused("no body", d.send("POST", at, w.Header, nil), http.StatusBadRequest)
	for _, name := range []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Api-Version", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"} {
		bad := w.Redeliver()
		bad.Header.Del(name)
		refused("without "+name, d.post(bad), http.StatusBadRequest)
	}
	for what, change := range map[string]func(h http.Header){
		"a secret of nobody":   func(h http.Header) { h.Set("X-Shopify-Hmac-Sha256", shopify.Sign("guessed", w.Body)) },
		"no base64":            func(h http.Header) { h.Set("X-Shopify-Hmac-Sha256", "***") },
		"the other shop's":     func(h http.Header) { h.Set("X-Shopify-Hmac-Sha256", shopify.Sign("another secret", w.Body)) },
		"at the other shop":    func(h http.Header) { h.Set("X-Shopify-Shop-Domain", "other.myshopify.com") },
		"at nobody's shop":     func(h http.Header) { h.Set("X-Shopify-Shop-Domain", "nobody.myshopify.com") },
		"an empty key's":       func(h http.Header) { h.Set("X-Shopify-Hmac-Sha256", shopify.Sign("", w.Body)) },
		"its own body changed": func(h http.Header) { h.Set("X-Shopify-Hmac-Sha256", shopify.Sign(d.shop.Secret, append(w.Body, ' '))) },
	} {
		bad := w.Redeliver()
		change(bad.Header)
		refused(what, d.post(bad), http.StatusUnauthorized)
	}
	refused("unknown platform", d.send("POST", "/webhooks/magento", w.Header, bytes.NewReader(w.Body)), http.StatusNotFound)
	refused("no platform", d.send("POST", "/webhooks/", w.Header, bytes.NewReader(w.Body)), http.StatusNotFound)
	if all, rung := d.stored(), d.rings(); len(all) != 0 || len(rung) != 0 {
		t.Errorf("stored %v, rung %v", all, rung)
	}
	if n := d.received("bad_method"); n != 10 {
		t.Errorf("the metrics count %v refused methods", n)
	}
}

// Nobody can find out which shops are here: the answers are the same to the byte.
func TestUnknownShopLooksLikeBadSignature(t *testing.T) {
	d := newDoor(t)
	known := d.paid()
	known.Header.Set("X-Shopify-Hmac-Sha256", shopify.Sign("guessed", known.Body))
	unknown := known.Redeliver()
	unknown.Header.Set("X-Shopify-Shop-Domain", "nobody.myshopify.com")
	for range 2 { // asked and remembered
		if a, b := d.post(known), d.post(unknown); a.status != http.StatusUnauthorized || !reflect.DeepEqual(a, b) {
			t.Errorf("a known shop is answered\n%+v\nan unknown one\n%+v", a, b)
		}
	}
}

// Of a secret that staff changes the old one holds for a moment, and as long
// as it stands as the previous one.
func TestSecretIsChanged(t *testing.T) {
	d := newDoor(t)
	post := func(secret string, want int) {
		t.Helper()
		w := d.paid()
		w.Header.Set("X-Shopify-Hmac-Sha256", shopify.Sign(secret, w.Body))
		if a := d.post(w); a.status != want {
			t.Errorf("%d, want %d", a.status, want)
		}
	}
	change := func(v crm.Values) {
		t.Helper()
		_, err := d.store.ChangeConnection(t.Context(), d.shopID, func(_ *crm.Shop, have crm.Values) error {
			clear(have)
			for name, value := range v {
				have[name] = value
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		d.pass(3 * time.Second)
	}
	old := d.shop.Secret
	post(old, http.StatusOK)
	change(crm.Values{shopify.SettingSecret: "fresh", shopify.SettingPreviousSecret: old})
	post("fresh", http.StatusOK)
	post(old, http.StatusOK)
	change(crm.Values{shopify.SettingSecret: "fresh"})
	post("fresh", http.StatusOK)
	post(old, http.StatusUnauthorized)
	change(crm.Values{})
	post("fresh", http.StatusUnauthorized)
	post("", http.StatusUnauthorized)
}

// A shop that was refused because it was not known is let in soon after staff
// connects it.
func TestShopIsConnectedLater(t *testing.T) {
	d := newDoor(t)
	w := d.paid()
	w.Header.Set("X-Shopify-Shop-Domain", "New.MyShopify.com")
	if a := d.post(w); a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized {
		t.Fatalf("%+v", a)
	}
	w.Header.Set("X-Shopify-Shop-Domain", "New.myshopify.com")
	d.post(w)
	d.connect("new.myshopify.com", crm.Values{shopify.SettingSecret: d.shop.Secret})
	d.pass(3 * time.Second)
	if a := d.post(w); a.status != http.StatusOK {
		t.Errorf("%+v", a)
	}
}
