package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/standard"
	"grazie/integrations/woocommerce"
	"grazie/integrations/woocommerce/simwoo"
	"grazie/store"
)

// postWebhook sends one request to the program and returns its status.
func postWebhook(t *testing.T, r *running, path, body string, header http.Header) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// other connects a shop on another platform beside the site's own.
func (s *site) other(platform, domain string, connection crm.Values) crm.Shop {
	s.t.Helper()
	shop, _, err := s.store.ConnectShop(s.t.Context(), crm.Shop{
		Platform: platform, Domain: domain, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"}, LegalName: "Bottega Srl",
		PostalAddress: "Via Roma 1, Bologna", Timezone: "Europe/Rome", Locale: "en", Currency: "EUR", Journeys: map[string]crm.Values{"thank_you": {"delay": "0s"}},
	}, connection)
	if err != nil {
		s.t.Fatal(err)
	}
	return shop
}

// thanked waits until a shop's one message went out, and no more than once.
func (s *site) thanked(shop crm.Shop, subject string) {
	s.t.Helper()
	var all []crm.Message
	eventually(s.t, 20*time.Second, "a thank-you for "+subject, func() bool {
		var err error
		all, err = s.store.Messages(s.t.Context(), shop.ID, store.MessageFilter{Limit: 10})
		return err == nil && len(all) > 0 && all[0].State == crm.Sent
	})
	if len(all) != 1 || all[0].Subject != subject || s.mails.Count(all[0].ID) != 1 {
		s.t.Errorf("messages %+v, the first came %d times", all, s.mails.Count(all[0].ID))
	}
}

// A shop of no known software pushes a paid order: one mail, whatever is sent
// again, and nothing for whoever has not the secret.
func TestStandardShop(t *testing.T) {
	s := newSite(t, backends[0])
	secret := standard.NewSecret()
	shop, stranger := s.other("standard", "shop.example", crm.Values{standard.SettingSecret: secret}), s.other("standard", "other.example", crm.Values{standard.SettingSecret: standard.NewSecret()})
	key, err := standard.Key(secret)
	if err != nil {
		t.Fatal(err)
	}
	p := s.run(hooks{})
	now := time.Now()
	at := now.UTC().Format(time.RFC3339)
	paid := `{"type":"order.paid","timestamp":"` + at + `","data":{"id":"77","currency":"EUR","total":"49.00","locale":"en",
		"customer":{"email":"nina@mail.example","first_name":"Nina"},"items":[{"title":"Linen apron","quantity":1,"price":"49.00"}]}}`
	nobody := `{"type":"stock.low","timestamp":"` + at + `","data":{}}`
	broken := `{"type":"order.paid","timestamp":"` + at + `","data":{"id":"78","currency":"EUR"}}`
	address := "/webhooks/standard/" + shop.ID
	sign := func(id, body string, at time.Time) http.Header {
		return integrations.SignStandard(key, id, at, []byte(body))
	}
	for _, c := range []struct {
		name, path, body string
		header           http.Header
		want             int
	}{
		{"good", address, paid, sign("msg_1", paid, now), 200},
		{"sent again, signed anew", address, paid, sign("msg_1", paid, now.Add(time.Second)), 200},
		{"told twice", address, paid, sign("msg_2", paid, now), 200},
		{"of no interest", address, nobody, sign("msg_3", nobody, now), 200},
		{"not to be read", address, broken, sign("msg_4", broken, now), 200},
		{"too old", address, paid, sign("msg_5", paid, now.Add(-6*time.Minute)), 401},
		{"tampered", address, nobody, sign("msg_6", paid, now), 401},
		{"to another shop", "/webhooks/standard/" + stranger.ID, paid, sign("msg_7", paid, now), 401},
		{"to no shop", "/webhooks/standard/shp_x", paid, sign("msg_8", paid, now), 401},
		{"to nobody", "/webhooks/standard", paid, sign("msg_9", paid, now), 401},
		{"to a shop of another platform", "/webhooks/standard/" + s.shopID, paid, sign("msg_10", paid, now), 401},
		{"no headers", address, paid, http.Header{}, 400},
		{"no JSON", address, "hello", sign("msg_11", "hello", now), 400},
	} {
		if got := postWebhook(t, p, c.path, c.body, c.header); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	s.thanked(shop, "order:77")
	var failed []store.Webhook
	eventually(t, 20*time.Second, "all webhooks processed", func() bool {
		b, err := s.store.Backlog(t.Context())
		return err == nil && b.Webhooks == 0
	})
	if failed, err = s.store.Webhooks(t.Context(), shop.ID, store.WebhookFilter{State: store.WebhookFailed, Limit: 10}); err != nil || len(failed) != 1 || failed[0].Reason != "order.paid: data.total: is missing" {
		t.Errorf("failed: %+v, %v", failed, err)
	}
}

// A shop on WooCommerce tries the address, and tells of an order in a burst.
func TestWooCommerceShop(t *testing.T) {
	s := newSite(t, backends[0])
	shop := s.other("woocommerce", "woo.example/shop", crm.Values{woocommerce.SettingSecret: "hush & hush"})
	p := s.run(hooks{})
	address := "/webhooks/woocommerce/" + shop.ID
	if got := postWebhook(t, p, address, "webhook_id=142", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}); got != http.StatusOK {
		t.Errorf("the ping: %d", got)
	}
	body, err := json.Marshal(simwoo.Order(1001, 0, "nina@mail.example", time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	header := func(topic, source, secret string) http.Header {
		return http.Header{"X-Wc-Webhook-Topic": {topic}, "X-Wc-Webhook-Source": {source}, "X-Wc-Webhook-Id": {"3"}, "X-Wc-Webhook-Delivery-Id": {"d1"}, "X-Wc-Webhook-Signature": {woocommerce.Sign(secret, body)}}
	}
	const source = "https://woo.example/shop/"
	for _, c := range []struct {
		name   string
		header http.Header
		want   int
	}{
		{"created", header("order.created", source, "hush & hush"), 200},
		{"created, once more", header("order.created", source, "hush &amp; hush"), 200},
		{"another secret", header("order.updated", source, "x"), 401},
		{"another shop", header("order.updated", "https://woo.example/", "hush & hush"), 401},
	} {
		if got := postWebhook(t, p, address, string(body), c.header); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	s.thanked(shop, "order:1001")
}

// The table of docs/platforms.md says of every platform what its adapter is able to.
func TestPlatformsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/platforms.md")
	if err != nil {
		t.Fatal(err)
	}
	names, rows := []string(nil), map[string][]string{}
	for _, line := range regexp.MustCompile(`(?m)^\|(.*)\|$`).FindAllStringSubmatch(string(text), -1) {
		var cells []string
		for cell := range strings.SplitSeq(line[1], "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if names == nil {
			names = cells[1:]
		}
		rows[cells[0]] = cells[1:]
	}
	for name, p := range platforms(config.Config{}, http.DefaultClient, time.Now) {
		column := slices.Index(names, "`"+name+"`")
		if column < 0 {
			t.Errorf("the table has no column for %s", name)
			continue
		}
		can, cannot := integrations.Abilities(p)
		for _, what := range slices.Concat(can, cannot) {
			row, ok := rows[what]
			if says := ok && strings.HasPrefix(row[column], "yes"); !ok || says != slices.Contains(can, what) {
				t.Errorf("%s of %s: the table says %q", what, name, row)
			}
		}
	}
}
