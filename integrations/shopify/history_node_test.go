package shopify_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// fast makes the shop's throttle fill up so fast that nobody waits for it.
func (c *counter) fast() *counter {
	began := time.Now()
	c.shop.BucketClock(func() time.Time { return began.Add(time.Since(began) * 10_000) })
	return c
}

// history gathers what History hands over from a cursor on.
func (c *counter) history(cursor string) (portions []integrations.Portion, err error) {
	err = c.p.History(c.Context(), c.c, cursor, func(p integrations.Portion) error {
		portions = append(portions, p)
		return nil
	})
	return portions, err
}

// past is the shop's past by the ids of its customers and orders.
func past(t *testing.T, portions []integrations.Portion) (customers, orders map[string][]crm.Event) {
	t.Helper()
	customers, orders = map[string][]crm.Event{}, map[string][]crm.Event{}
	for _, p := range portions {
		for _, s := range p.Skipped {
			t.Errorf("skipped: %s", s)
		}
		for _, e := range p.Events {
			if e.Order != nil {
				orders[e.Order.ID] = append(orders[e.Order.ID], e)
			} else {
				customers[e.Customer.ID] = append(customers[e.Customer.ID], e)
			}
		}
	}
	return customers, orders
}

// eventful is a shop in which much happened.
func eventful(c *counter, seed uint64) {
	s, random := c.shop, rand.New(rand.NewPCG(seed, 7))
	s.Day()
	goods, people := s.Products(), s.Customers()
	for i := range 40 {
		cart := simshop.Cart{Pending: random.IntN(5) == 0, Gift: random.IntN(4) == 0, Pickup: random.IntN(4) == 0, Test: random.IntN(9) == 0}
		for range 1 + random.IntN(3) {
			cart.Items = append(cart.Items, simshop.Item{Product: goods[random.IntN(len(goods))], Quantity: 1 + random.IntN(3)})
		}
		if random.IntN(6) == 0 {
			cart.Company = "Falegnameria Due Fratelli s.n.c."
		}
		var codes []string
		if random.IntN(2) == 0 {
			d := crm.DiscountCode{Code: fmt.Sprintf("GRAZIE-%d", i), Title: fmt.Sprintf("Grazie %d", i), Kind: crm.Percentage, Percent: 15, StartsAt: start.Add(-time.Hour)}
			if random.IntN(3) == 0 {
				d.Kind, d.Percent = crm.FreeShipping, 0
			}
			if _, err := c.p.CreateDiscountCode(c.Context(), c.c, d); err != nil {
				c.Fatal(err)
			}
			codes = append(codes, d.Code)
		}
		who := people[random.IntN(len(people))]
		if who.Key == "dale" { // closed his account
			continue
		}
		o, _, err := s.Buy(who, cart, codes...)
		if err != nil {
			continue // the checkout refuses the code for these goods
		}
		if random.IntN(2) == 0 {
			f, _ := s.Fulfill(o)
			s.MoveTo(s.Clock().Add(time.Hour))
			if random.IntN(2) == 0 && f != nil {
				s.ParcelDelivered(o)
			}
		}
		switch random.IntN(5) {
		case 0:
			s.Refund(o)
		case 1:
			s.Refund(o, simshop.Part{Line: 0, Quantity: 1})
		case 2:
			s.OrderCancelled(o)
		}
	}
	s.SetBirthday(s.Customer("giulia"), "1988-02-29")
	s.SetBirthday(s.Customer("marco"), "neither day nor month")
}

func (c *counter) dale() string { return digits(c.shop.Customer("dale").ID) }

// webhook is what a webhook of the shop tells.
func (c *counter) webhook(w simshop.Webhook) []crm.Event {
	c.Helper()
	e, err := c.p.Envelope(w.Header, w.Body)
	if err != nil {
		c.Fatal(err)
	}
	events, err := c.p.ParseWebhook(e, w.Body)
	if err != nil {
		c.Fatal(err)
	}
	return events
}

// known leaves of events what both a webhook and the API tell.
func known(events []crm.Event) []crm.Event {
	out := slices.Clone(events)
	for i, e := range out {
		if e.Order != nil {
			o := *e.Order
			o.TriggeredAt = time.Time{} // of the webhook
			o.Fulfillments = slices.Clone(o.Fulfillments)
			for i, f := range o.Fulfillments {
				if !f.DeliveredAt.IsZero() { // webhooks of orders tell when it was taken down, the API when it happened
					o.Fulfillments[i].DeliveredAt = time.Unix(0, 0).UTC()
				}
			}
			o.Refunds = slices.Clone(o.Refunds)
			for i := range o.Refunds {
				o.Refunds[i].Goods = crm.Money{} // a bulk operation cannot tell them
			}
			e.Order = &o
		}
		if e.Customer != nil {
			p := *e.Customer
			if p.Partial {
				p.Address, p.UpdatedAt = nil, time.Time{} // an order's webhook says when it was sent
			} else {
				p.Locale, p.Orders = "", nil // no webhook tells them
			}
			if p.Address != nil {
				p.Address.POBox = false // the street is not asked for
			}
			if p.Consent.State == crm.ConsentUnknown { // never asked: the API says not subscribed
				p.Consent = crm.Consent{State: crm.ConsentNone, Source: "shopify"}
			}
			e.Customer = &p
		}
		out[i] = e
	}
	return out
}

// TestNodesTellWhatWebhooksTell: whatever happened to an order, the shop's past,
// its answer to a question, and its webhook tell the same of it.
func TestNodesTellWhatWebhooksTell(t *testing.T) {
	compared := map[string]int{}
	for seed := range uint64(4) {
		c := open(t).fast()
		eventful(c, seed)
		var want []crm.Event
		for _, o := range c.shop.Orders() {
			tags := "fragile, once more"
			if o.ID%2 == 0 {
				tags = ""
			}
			want = append(want, c.webhook(c.shop.OrderUpdated(o, tags))...)
		}
		portions, err := c.history("")
		if err != nil {
			t.Fatal(err)
		}
		_, orders := past(t, portions)
		asked := map[string][]crm.Event{}
		if err := c.p.Changed(t.Context(), c.c, start.Add(-time.Hour), c.shop.Clock(), func(ch integrations.Changed) error {
			if ch.Kind == integrations.ChangedOrder {
				asked[ch.ID] = c.changed(ch)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(orders) != len(c.shop.Orders()) || len(asked) != len(orders) {
			t.Errorf("%d orders in the past and %d that changed, of %d", len(orders), len(asked), len(c.shop.Orders()))
		}
		byID := map[string][]crm.Event{}
		for _, e := range want {
			byID[e.Order.ID] = append(byID[e.Order.ID], e)
			o := e.Order
			for what, is := range map[string]bool{"code": len(o.Codes) > 0, "gift": o.Gift, "pickup": o.Pickup, "company": o.Company, "test": o.Test, "parcel": len(o.Fulfillments) > 0,
				"refund": len(o.Refunds) > 0, "cancelled": o.Cancelled(), "guest": o.CustomerID == "", "abroad": o.Presentment.Currency != o.Total.Currency, "paid": e.Kind == crm.OrderPaid} {
				if is {
					compared[what]++
				}
			}
		}
		for id, events := range byID {
			if events[0].Order.CustomerID == c.dale() { // closed his account, which the API tells and webhooks do not
				continue
			}
			w := asText(t, known(events))
			if got := asText(t, known(orders[id])); got != w {
				t.Fatalf("the past of %s tells\n%s\nits webhook\n%s", id, got, w)
			}
			if got := asText(t, known(asked[id])); got != w {
				t.Fatalf("the answer about %s tells\n%s\nits webhook\n%s", id, got, w)
			}
		}
	}
	for what, n := range compared {
		if n == 0 {
			t.Errorf("no %s was compared", what)
		}
	}
	if len(compared) != 11 {
		t.Errorf("compared %v", compared)
	}
}

// changed is what a Changed tells once it went the way of a webhook.
func (c *counter) changed(ch integrations.Changed) []crm.Event {
	c.Helper()
	if ch.Body == nil {
		var err error
		if ch.Body, err = ch.Read(c.Context()); err != nil {
			c.Fatal(err)
		}
	}
	events, err := c.p.ParseWebhook(integrations.Envelope{Topic: ch.Topic, Domain: c.c.Domain, TriggeredAt: ch.At, Version: "reconcile"}, ch.Body)
	if err != nil {
		c.Fatal(err)
	}
	return events
}

// TestCustomersTellWhatWebhooksTell: the same of customers.
func TestCustomersTellWhatWebhooksTell(t *testing.T) {
	c := open(t).fast()
	eventful(c, 1)
	portions, err := c.history("")
	if err != nil {
		t.Fatal(err)
	}
	customers, _ := past(t, portions)
	n, birthdays := 0, 0
	for _, who := range c.shop.Customers() {
		st, ok := c.shop.CustomerState(who.ID)
		got, told := customers[digits(who.ID)]
		if !ok || st.Deleted {
			if told {
				t.Errorf("%s was deleted, and is told of", who.Key)
			}
			continue
		}
		if !told || len(got) != 1 || got[0].Customer.Locale != who.Locale || *got[0].Customer.Orders != len(st.Orders) {
			t.Fatalf("%s: %s, %d orders", who.Key, asText(t, got), len(st.Orders))
		}
		if got[0].Customer.Birthday.Day != "" {
			birthdays++
			if b := got[0].Customer.Birthday; b.Day != "02-29" || who.Key != "giulia" {
				t.Errorf("%s has the birthday %+v", who.Key, b)
			}
		}
		events := c.webhook(c.shop.CustomerUpdated(st.Customer))
		at := events[0].At // it told so only now
		got[0].At, got[0].Customer.UpdatedAt = at, at
		if a, b := asText(t, known(got)), asText(t, known(events)); a != b {
			t.Fatalf("the past of %s tells\n%s\nher webhook\n%s", who.Key, a, b)
		}
		n++
	}
	if n < 10 || birthdays != 1 {
		t.Errorf("%d customers, %d birthdays", n, birthdays)
	}
}

// post sends a request to the shop's API, past the adapter.
func (c *counter) post(body string) {
	c.Helper()
	req, err := http.NewRequest(http.MethodPost, c.c.Settings[shopify.SettingAdminURL]+"/admin/api/2026-10/graphql.json", strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("X-Shopify-Access-Token", c.c.Settings[shopify.SettingToken])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	if told, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(told), `"errors"`) || strings.Contains(string(told), `"message"`) {
		c.Fatalf("%s: %s, %v", body, told, err)
	}
}
