package jobs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// What cannot be read fails with its reason; its neighbours in the task do not.
func TestUnreadableWebhook(t *testing.T) {
	for name, change := range map[string]func(body []byte) []byte{
		"broken JSON":   func(b []byte) []byte { return b[:len(b)/2] },
		"no object":     func([]byte) []byte { return []byte(`[1,2,3]`) },
		"only brackets": func([]byte) []byte { return []byte(strings.Repeat("[", 2<<20)) },
		"zipped":        func([]byte) []byte { return []byte("\x1f\x8b\x08\x00\x00") },
		// In UTC this is in the year 10000, which cannot be written as JSON.
		"beyond time": func(b []byte) []byte {
			return regexp.MustCompile(`"created_at":"[^"]+"`).ReplaceAll(b, []byte(`"created_at":"9999-12-31T23:59:59-12:00"`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, 4)
			bad := f.order("giulia")
			good := bad.Body
			bad.Body = change(bad.Body)
			hooks := []string{f.receive(f.order("imogen")), f.receive(bad), f.receive(f.order("reka"))}
			if err := f.processWebhooks(t.Context(), f.shopID, hooks); err != nil {
				t.Fatal(err)
			}
			for i, want := range []store.WebhookState{store.WebhookProcessed, store.WebhookFailed, store.WebhookProcessed} {
				if w := f.webhook(hooks[i]); w.State != want || (want == store.WebhookFailed) != (w.Reason != "") {
					t.Errorf("%d is %s: %s", i, w.State, w.Reason)
				}
			}
			if n := len(f.messages()); n != 2 {
				t.Errorf("%d messages", n)
			}
			if text := f.log.String(); !strings.Contains(text, `"state":"failed"`) || strings.Contains(text, "ferrantini") || strings.Contains(text, "Ferrantini") {
				t.Errorf("the log: %s", text)
			}
			// The shop sends the order again in a form that can be read: nothing stands in its way.
			bad.Header.Set("X-Shopify-Webhook-Id", "another")
			bad.Body = good
			f.planned(bad)
		})
	}
}

// faulty is a platform with a fault in its parser for one order.
type faulty struct {
	integrations.Platform
	with string
}

func (p faulty) ParseWebhook(e integrations.Envelope, body []byte) ([]crm.Event, error) {
	if strings.Contains(string(body), p.with) {
		var none *crm.Order
		_ = none.ID
	}
	return p.Platform.ParseWebhook(e, body)
}

func TestPanicIsTheEndOfOneWebhook(t *testing.T) {
	f := newFloor(t, 4)
	whole := f.Platforms["shopify"]
	f.Platforms["shopify"] = faulty{whole, "giulia.ferrantini"}
	bad := f.receive(f.order("giulia"))
	hooks := []string{f.receive(f.order("imogen")), bad, f.receive(f.order("reka"))}
	if err := f.processWebhooks(t.Context(), f.shopID, hooks); err != nil {
		t.Fatal(err)
	}
	if w := f.webhook(bad); w.State != store.WebhookFailed || !strings.Contains(w.Reason, "a fault") || len(f.messages()) != 2 {
		t.Errorf("%s: %s, and %d messages", w.State, w.Reason, len(f.messages()))
	}
	if !strings.Contains(f.log.String(), "process_test.go") {
		t.Errorf("the log does not tell where: %s", f.log)
	}
	// After the fault is mended staff replays it.
	f.Platforms["shopify"] = whole
	if err := f.Store.ReplayWebhook(t.Context(), f.shopID, bad); err != nil {
		t.Fatal(err)
	}
	if err := f.processWebhooks(t.Context(), f.shopID, hooks); err != nil {
		t.Fatal(err)
	}
	if w := f.webhook(bad); w.State != store.WebhookProcessed || len(f.messages()) != 3 {
		t.Errorf("%s: %s, and %d messages", w.State, w.Reason, len(f.messages()))
	}
}

// A webhook is only failed for what is in it. What passes, such as a database
// that is away, leaves it to be tried again.
func TestFaultsThatPassFailNothing(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, context.DeadlineExceeded, crm.ErrNotFound, crm.ErrConflict, errors.New("connection reset by peer")} {
		if isFaultOf(err) {
			t.Errorf("%v is called a fault of the webhook", err)
		}
	}
	if !isFaultOf(fmt.Errorf("wrapped: %w", errFault)) {
		t.Error("a panic is not called a fault")
	}
	f := newFloor(t, 4)
	ctx, cancel := context.WithCancel(t.Context())
	f.AtStep = func(step string) {
		if step == "webhook read" {
			cancel()
		}
	}
	id := f.receive(f.order("giulia"))
	if err := f.processWebhooks(ctx, f.shopID, []string{id}); err == nil {
		t.Error("a task that wrote nothing is told to be done")
	}
	if w := f.webhook(id); w.State != store.WebhookReceived {
		t.Errorf("%s: %s", w.State, w.Reason)
	}
}

// Topics of no interest are kept and lead to nothing; twice is like once.
func TestTopics(t *testing.T) {
	f := newFloor(t, 4)
	strange := f.order("giulia")
	strange.Header.Set("X-Shopify-Topic", "themes/publish")
	order := f.shop.Place(f.shop.Customer("imogen"), simshop.Cart{Items: []simshop.Item{{Product: f.shop.Products()[0], Quantity: 1}}})
	var hooks []string
	for _, w := range []simshop.Webhook{strange, f.shop.OrderCreated(order), f.shop.OrderPaid(order), f.shop.OrderUpdated(order, "vip")} {
		hooks = append(hooks, f.receive(w))
	}
	for range 2 {
		if err := f.processWebhooks(t.Context(), f.shopID, hooks); err != nil {
			t.Fatal(err)
		}
	}
	if w := f.webhook(hooks[0]); w.State != store.WebhookIgnored {
		t.Errorf("%s: %s", w.State, w.Reason)
	}
	if n := len(f.messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	delete(f.Platforms, "shopify")
	id := f.receive(f.order("reka"))
	if err := f.processWebhooks(t.Context(), f.shopID, []string{id}); err != nil {
		t.Fatal(err)
	}
	if w := f.webhook(id); w.State != store.WebhookFailed || !strings.Contains(w.Reason, "no adapter") {
		t.Errorf("%s: %s", w.State, w.Reason)
	}
}
