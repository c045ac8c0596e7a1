package simshop_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
)

func TestDay(t *testing.T) {
	s := simshop.New(1, start)
	day := s.Day()
	kinds, topics, locales := map[crm.EventKind]int{}, map[string]bool{}, map[string]bool{}
	deliveries := map[string]int{}
	for _, w := range day {
		if w.Note == "" {
			t.Errorf("%s has no note", w.Topic)
		}
		topics[w.Topic] = true
		deliveries[w.Header.Get("X-Shopify-Webhook-Id")]++
		for _, e := range parse(t, s, w) {
			kinds[e.Kind]++
			if sent, err := time.Parse(time.RFC3339, w.Header.Get("X-Shopify-Triggered-At")); err != nil || e.At.IsZero() || e.At.After(sent) {
				t.Errorf("%s: happened at %v, sent at %v", w.Note, e.At, sent)
			}
			if e.Order != nil && e.Order.Locale != "" {
				locales[e.Order.Locale] = true
			}
		}
	}
	for _, k := range []crm.EventKind{crm.OrderChanged, crm.OrderPaid, crm.ParcelChanged, crm.ParcelDelivered, crm.RefundCreated,
		crm.CustomerChanged, crm.CustomerDeleted, crm.ConsentChanged} {
		if kinds[k] == 0 {
			t.Errorf("the day has no %s", k)
		}
	}
	if kinds[crm.AppUninstalled] > 0 || len(locales) < 10 || len(topics) < 10 {
		t.Errorf("kinds %v, locales %v, topics %v", kinds, locales, topics)
	}
	if took := s.Now.Sub(start); took < 30*time.Hour || took > 32*time.Hour {
		t.Errorf("the day took %v of the shop's clock", took)
	}
	if len(deliveries) != len(day)-1 {
		t.Errorf("%d webhooks have %d delivery ids, want one retry among them", len(day), len(deliveries))
	}
	if again := simshop.New(1, start).Day(); !reflect.DeepEqual(day, again) {
		t.Error("the same seed makes another day")
	}
	if other := simshop.New(2, start).Day(); bytes.Equal(day[1].Body, other[1].Body) {
		t.Error("another seed makes the same order")
	}
}

// order parses the webhook of a new order and returns the order.
func order(t *testing.T, s *simshop.Shop, key string, cart simshop.Cart) (*crm.Order, *crm.Customer, []crm.Event) {
	t.Helper()
	if cart.Items == nil {
		cart.Items = []simshop.Item{{Product: s.Products()[0], Quantity: 1}}
	}
	events := parse(t, s, s.OrderCreated(s.Place(s.Customer(key), cart)))
	return events[0].Order, events[0].Customer, events
}

func TestCustomers(t *testing.T) {
	s := simshop.New(3, start)
	for _, c := range s.Customers() {
		o, buyer, events := order(t, s, c.Key, simshop.Cart{})
		if len(events) != 2 || !strings.HasSuffix(c.Email, ".example") || o.Locale != c.Locale || o.Shipping.Country != c.Country || o.Total.String() != "31.40 EUR" {
			t.Errorf("%s: %d events, order %+v", c.Key, len(events), o)
		}
		if c.ID == 0 {
			if buyer != nil || o.CustomerID != "" || o.EmailKey == "" {
				t.Errorf("%s: order %+v, customer %+v; want a guest", c.Key, o, buyer)
			}
			continue
		}
		if buyer == nil || buyer.ID != o.CustomerID || buyer.FirstName != c.FirstName || string(buyer.Consent.State) != c.Consent || o.Shipping.City != c.City {
			t.Errorf("%s: customer %+v", c.Key, buyer)
		}
	}
	for key, want := range map[string]string{"mio": "5134 JPY", "dale": "34.07 USD", "giulia": "31.40 EUR"} {
		if o, _, _ := order(t, s, key, simshop.Cart{}); o.Presentment.String() != want {
			t.Errorf("%s sees %s, want %s", key, o.Presentment, want)
		}
	}
	for key, box := range map[string]bool{"joerg": true, "dale": true, "liezel": false, "giulia": false} {
		if o, _, _ := order(t, s, key, simshop.Cart{}); o.Shipping.POBox != box {
			t.Errorf("%s: box is %v, want %v", key, o.Shipping.POBox, box)
		}
	}
	if o, _, _ := order(t, s, "joerg", simshop.Cart{}); o.Email != "joerg@xn--brmmelkamp-fcb.example" {
		t.Errorf("joerg's address is %s", o.Email)
	}
}

func TestCarts(t *testing.T) {
	s := simshop.New(4, start)
	o, _, _ := order(t, s, "giulia", simshop.Cart{Gift: true, Test: true, Company: "Torre & figli"})
	if !o.Gift || !o.Test || !o.Company || o.Pickup {
		t.Errorf("marked order: %+v", o)
	}
	o, _, _ = order(t, s, "giulia", simshop.Cart{Pickup: true})
	if !o.Pickup || o.Shipping != nil || o.Total.String() != "24.50 EUR" {
		t.Errorf("collected order: %+v", o)
	}
	o, _, _ = order(t, s, "giulia", simshop.Cart{Items: []simshop.Item{{Product: s.Products()[5], Quantity: 1}}})
	if len(o.Goods()) != 0 || o.Pickup || o.Counted() || o.Total.String() != "50.00 EUR" {
		t.Errorf("gift card alone: %+v", o)
	}
	if _, _, events := order(t, s, "giulia", simshop.Cart{Pending: true}); len(events) != 1 || events[0].Order.IsPaid() {
		t.Errorf("pending order: %+v", events)
	}
}

// TestLife follows one order through all its webhooks by crm's own rules.
func TestLife(t *testing.T) {
	s := simshop.New(5, start)
	p := s.Place(s.Customer("reka"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[1], Quantity: 2}}, Pending: true})
	var o crm.Order
	step := func(w simshop.Webhook, kind crm.EventKind) {
		t.Helper()
		events := parse(t, s, w)
		if got := events[len(events)-1].Kind; got != kind {
			t.Fatalf("%s ends with %s, want %s", w.Topic, got, kind)
		}
		o = o.Apply(*events[0].Order)
	}
	step(s.OrderCreated(p), crm.OrderChanged)
	step(s.OrderPaid(p), crm.OrderPaid)
	if !o.Counted() || o.PaidAt.IsZero() {
		t.Errorf("paid: %+v", o)
	}
	step(s.OrderUpdated(p, "vip, fragile"), crm.OrderPaid)
	step(s.OrderFulfilled(p), crm.OrderPaid)
	step(s.ParcelCreated(p), crm.ParcelChanged)
	step(s.ParcelDelivered(p), crm.ParcelDelivered)
	if len(o.Fulfillments) != 1 || o.Fulfillments[0].DeliveredAt.IsZero() || len(o.Tags) != 2 {
		t.Errorf("delivered: %+v", o)
	}
	step(s.Refunded(p), crm.RefundCreated)
	step(s.OrderCancelled(p), crm.OrderPaid)
	if !o.Cancelled() || !o.FullyRefunded() || len(o.Refunds) != 1 || o.Refunds[0].Amount != o.Total {
		t.Errorf("refunded and cancelled: %+v", o)
	}
}

func TestPeople(t *testing.T) {
	s := simshop.New(6, start)
	neza := s.Customer("neza")
	for _, w := range []simshop.Webhook{s.CustomerCreated(neza), s.CustomerUpdated(neza)} {
		e := parse(t, s, w)[0]
		if e.Kind != crm.CustomerChanged || e.Customer.LastName != "Podgoršek" || e.Customer.Consent.State != crm.ConsentSubscribed || e.Customer.Partial {
			t.Errorf("%s: %+v", w.Topic, e.Customer)
		}
	}
	if e := parse(t, s, s.ConsentChanged(neza, "unsubscribed"))[0]; e.Customer.Consent.State != crm.ConsentUnsubscribed || e.Customer.Consent.At.IsZero() {
		t.Errorf("consent: %+v", e.Customer)
	}
	if e := parse(t, s, s.CustomerDeleted(neza))[0]; e.Kind != crm.CustomerDeleted || e.Customer.DeletedAt.IsZero() {
		t.Errorf("deleted: %+v", e)
	}
	if e := parse(t, s, s.Uninstall())[0]; e.Kind != crm.AppUninstalled {
		t.Errorf("uninstalled: %+v", e)
	}
}

// TestReal holds the looks of the bodies: ids beyond what a float holds, and
// characters escaped as Rails writes them.
func TestReal(t *testing.T) {
	s := simshop.New(7, start)
	goods := s.Products()
	w := s.OrderCreated(s.Place(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 1}, {Product: goods[3], Quantity: 1}, {Product: goods[4], Quantity: 1}}}))
	if n := len(w.Body); n < 4500 || n > 7500 {
		t.Errorf("an order of three lines has %d bytes", n)
	}
	for _, want := range []string{`gid:\/\/shopify\/Order\/82098`, `honey \u0026 walnuts`, `\u003Clarge\u003E`, `"created_at":"2026-11-21T09:30:00+01:00"`} {
		if !bytes.Contains(w.Body, []byte(want)) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	o := parse(t, s, w)[0].Order
	if len(o.ID) < 17 || o.Items[2].Title != "Beeswax candle <large>" {
		t.Errorf("order %+v", o)
	}
}

// TestOwn holds that no body is one of the recorded samples.
func TestOwn(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(needs.Contracts(t), "shopify", "payloads", "*.json"))
	day := simshop.New(1, start).Day()
	for _, file := range files {
		sample, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range day {
			if bytes.Equal(bytes.TrimSpace(sample), w.Body) {
				t.Errorf("%s is %s", w.Note, file)
			}
		}
	}
}
