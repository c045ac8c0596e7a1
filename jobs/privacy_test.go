package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/integrations/outbox"
	"grazie/integrations/shopify"
	"grazie/store"
)

// told lets the platform say something about privacy, as a webhook of its own.
func (g *gifts) told(topic, body string) (id string) {
	g.t.Helper()
	got, err := g.Store.ReceiveWebhook(g.t.Context(), store.Webhook{ShopID: g.shopID, DeliveryID: store.NewID("d"), Topic: topic, TriggeredAt: g.Now(), Headers: "{}",
		Body: fmt.Appendf(nil, `{"shop_id":1,"shop_domain":%q%s}`, g.shop.Domain, body)})
	if err != nil {
		g.t.Fatal(err)
	}
	if err := g.processWebhooks(g.t.Context(), g.shopID, []string{got.ID}); err != nil {
		g.t.Fatal(err)
	}
	if h := g.webhook(got.ID); h.State != store.WebhookProcessed {
		g.t.Fatalf("%s is %s: %s", topic, h.State, h.Reason)
	}
	return got.ID
}

func (g *gifts) requests() []crm.PrivacyRequest {
	g.t.Helper()
	all, err := g.Store.PrivacyRequests(g.t.Context(), false, 100)
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// buyer is somebody who got a mail, with the numbers that the platform knows her by.
func (g *gifts) buyer(key string) (id, order, email string) {
	g.t.Helper()
	g.set("thank_you", "enabled", "true")
	id4 := g.planned(g.order(key))
	g.deliverAll(id4...)
	m := g.is(id4[0], crm.Sent, "")
	o, err := g.Store.Order(g.t.Context(), g.shopID, m.OrderID)
	if err != nil {
		g.t.Fatal(err)
	}
	return o.CustomerID, o.ID, o.Email
}

// customers/redact, from the webhook to the mail provider: whatever fails, or
// wherever a worker is lost, it ends alike, and once.
func TestRedaction(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		for _, lost := range []string{"", "customer erased", "mails erased"} {
			t.Run("lost after "+lost, func(t *testing.T) {
				g := newGiftsOn(t, 4, fresh(t, o))
				id, order, email := g.buyer("giulia")
				g.later(time.Minute)
				hook := g.told("customers/redact", fmt.Sprintf(`,"customer":{"id":%s,"email":%q,"phone":"5550100777"},"orders_to_redact":[%s]`, id, email, order))
				status := http.StatusServiceUnavailable
				g.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Status: status} }
				g.doChores()
				if r := g.requests()[0]; r.State != crm.PrivacyOpen || r.Email == "" || len(g.mails.Erased()) != 0 {
					t.Fatalf("while the mail provider is away: %+v", r)
				}
				if who, err := g.Store.Customer(t.Context(), g.shopID, id); err != nil || who.ErasedAt.IsZero() || who.Email != "" {
					t.Fatalf("she is not erased at once: %+v, %v", who, err)
				}
				status = 0
				if lost != "" {
					g.AtStep = func(step string) {
						if step == lost {
							g.AtStep = nil
							panic("the worker is lost")
						}
					}
				}
				for range 4 {
					g.later(20 * time.Minute)
					g.doChores()
				}
				r := g.requests()[0]
				if r.State != crm.PrivacyDone || r.Email != "" || r.CustomerID != "" || r.Proof["orders"] != 1 || r.Proof["addresses_at_sendgrid"] != 1 {
					t.Errorf("%+v", r)
				}
				if got := slices.Compact(g.mails.Erased()); !slices.Equal(got, []string{email}) {
					t.Errorf("erased at the provider: %v", got)
				}
				if h := g.webhook(hook); len(h.Body) > 0 {
					t.Errorf("the redaction itself still tells %s", h.Body)
				}
				if strings.Contains(g.log.String(), email) || strings.Contains(g.log.String(), "5550100777") {
					t.Error("the log tells of her")
				}
			})
		}
	})
}

// shop/redact erases a shop that was removed, with the mails to its customers.
func TestShopRedaction(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		_, _, email := g.buyer("giulia")
		g.told("shop/redact", "")
		g.doChores()
		if r := g.requests()[0]; r.State != crm.PrivacyRefused || r.Detail == "" || len(g.mails.Erased()) > 0 {
			t.Fatalf("of a shop that is connected: %+v", r)
		}
		g.asks(crm.TaskPrivacy)
		g.later(time.Hour)
		g.removed()
		g.later(48 * time.Hour)
		g.told("shop/redact", "")
		g.told("customers/data_request", fmt.Sprintf(`,"customer":{"email":%q},"orders_requested":[],"data_request":{"id":9}`, email))
		g.doChores()
		if _, err := g.Store.Shop(t.Context(), g.shopID); !errors.Is(err, crm.ErrNotFound) {
			t.Fatalf("the shop: %v", err)
		}
		if got := g.mails.Erased(); !slices.Contains(got, email) || len(got) < 10 { // with all customers that the past told of
			t.Errorf("erased at the provider: %v", got)
		}
		for _, r := range g.requests() {
			if r.State == crm.PrivacyOpen || r.CustomerID != "" || r.Email != "" {
				t.Errorf("%+v", r)
			}
		}
		late := g.receive(g.order("imogen"))
		if err := g.processWebhooks(t.Context(), g.shopID, []string{late}); err != nil {
			t.Error(err)
		}
		if _, err := g.Store.Webhook(t.Context(), g.shopID, late); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("a late webhook stays: %v", err)
		}
		g.doChores()
	})
}

// removed lets the merchant remove the app.
func (g *gifts) removed() {
	g.t.Helper()
	if _, err := g.Store.ApplyEvents(g.t.Context(), g.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.AppUninstalled, At: g.Now()}}}}, nil); err != nil {
		g.t.Fatal(err)
	}
}

// Nothing is asked of a shop that was removed, and nobody is told so every
// minute: codes that nobody will get wait for its return.
func TestNothingIsAskedOfARemovedShop(t *testing.T) {
	g := newGifts(t, 4)
	ids := g.birthdays("giulia", "reka")
	g.deliverAll(ids[0])
	// The second has its code, and no mail yet.
	g.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Status: http.StatusServiceUnavailable} }
	g.deliverAll(ids[1])
	access := []string{shopify.SettingToken, shopify.SettingTokenExpires, shopify.SettingRefreshToken, shopify.SettingRefreshExpires}
	for _, key := range access {
		g.connect(crm.Values{key: "x"})
	}
	g.removed()
	g.is(ids[1], crm.Cancelled, crm.ReasonShopUninstalled)
	stored, err := g.Store.Connection(t.Context(), g.shopID)
	if err != nil || stored[shopify.SettingSecret] == "" {
		t.Errorf("its webhooks cannot be verified any more: %v", err)
	}
	for _, key := range access {
		if stored[key] != "" {
			t.Errorf("it still holds the setting %s", key)
		}
	}
	before := g.log.String()
	for range 3 {
		g.later(time.Hour)
		g.tidies()
		g.doChores()
		if err := g.bulks(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if noise := g.log.String()[len(before):]; strings.Contains(noise, `"level":"ERROR"`) || strings.Contains(noise, `"level":"WARN"`) {
		t.Errorf("the log says\n%s", noise)
	}
	if status := g.atShop(ids[1]); status != "ACTIVE" {
		t.Errorf("the code is %s there: somebody asked the shop", status)
	}
	g.connect(crm.Values{shopify.SettingToken: g.shop.Token()})
	g.later(25 * time.Hour)
	g.tidies()
	if status := g.atShop(ids[1]); status == "ACTIVE" {
		t.Error("the shop is back, and a code works that nobody got")
	}
}

// A request to see data is staff's; deadlines are told before they pass.
func TestDeadlinesAreWatched(t *testing.T) {
	g := newGifts(t, 4)
	id, order, email := g.buyer("giulia")
	g.told("customers/data_request", fmt.Sprintf(`,"customer":{"id":%s,"email":%q},"orders_requested":[%s],"data_request":{"id":9}`, id, email, order))
	g.doChores()
	g.asks(crm.TaskPrivacy)
	r := g.requests()[0]
	if task := g.tasks()[0]; !strings.Contains(task.Detail, r.ID) || !strings.Contains(task.Detail, "2026-12-21") || strings.Contains(task.Detail, email) {
		t.Errorf("staff is told %q", task.Detail)
	}
	says := func(want string, level string) {
		t.Helper()
		from := len(g.log.String())
		g.doChores()
		if noise := g.log.String()[from:]; want != "" && (!strings.Contains(noise, want) || !strings.Contains(noise, level)) || want == "" && strings.Contains(noise, "personal data") {
			t.Errorf("the log says %q, want %q", noise, want)
		}
	}
	g.later(22 * 24 * time.Hour)
	says("", "")
	g.later(2 * 24 * time.Hour)
	says("is due soon", "WARN")
	g.later(7 * 24 * time.Hour)
	says("is late", "ERROR")
	x, err := g.Store.Export(t.Context(), r)
	if err != nil || len(x.Customers) != 1 || len(x.Orders) != 1 || len(x.Messages) != 1 || x.Messages[0].State != crm.Sent {
		t.Errorf("%+v, %v", x, err)
	}
}

// Two workers who carry out one request erase each thing once.
func TestTwoWorkersEraseOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		id, _, _ := g.buyer("giulia")
		r, err := g.Store.AskPrivacy(t.Context(), crm.PrivacyRequest{ShopID: g.shopID, Kind: crm.PrivacyEraseCustomer, CustomerID: id})
		if err != nil {
			t.Fatal(err)
		}
		shop := g.stored()
		var both sync.WaitGroup
		for range 2 { // as if the lease of one had ended
			both.Go(func() {
				c := chore{Chore: &crm.Chore{ShopID: g.shopID, Kind: crm.ChorePrivacy}, shop: shop, keep: func(context.Context) error { return nil }}
				if _, err := g.privacy(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		done, err := g.Store.PrivacyRequest(t.Context(), g.shopID, r.ID)
		if err != nil || done.State != crm.PrivacyDone || done.Proof["customers"] != 1 || done.Proof["orders"] != 1 || done.Proof["messages"] != 1 || done.Proof["addresses_at_sendgrid"] != 1 {
			t.Errorf("%+v, %v", done, err)
		}
	})
}

// What lies in the outbox goes with her, and with nobody else.
func TestErasureReachesTheOutbox(t *testing.T) {
	g := newGifts(t, 4)
	dir := t.TempDir()
	g.Mailer = outbox.New(dir, g.Now)
	id, _, email := g.buyer("giulia")
	_, _, other := g.buyer("imogen")
	r, err := g.Store.AskPrivacy(t.Context(), crm.PrivacyRequest{ShopID: g.shopID, Kind: crm.PrivacyEraseCustomer, Source: "kim: she asked", CustomerID: id})
	if err != nil {
		t.Fatal(err)
	}
	g.doChores()
	if done := g.requests()[0]; done.ID != r.ID || done.State != crm.PrivacyDone || done.Proof["addresses_at_outbox"] != 1 {
		t.Errorf("%+v", done)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if text, err := os.ReadFile(dir + "/" + files[0].Name()); err != nil || strings.Contains(string(text), email) || !strings.Contains(string(text), other) {
		t.Errorf("%s, %v", text, err)
	}
}
