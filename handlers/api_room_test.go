package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates"
)

// counter is the API over a real database, and what staff holds.
type counter struct {
	*door
	shop   crm.Shop
	tokens map[string]string // by name: viewer, support, manager, owner, and others that a test makes
}

func newCounter(t *testing.T, change ...func(*door)) *counter {
	t.Helper()
	renderer, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{tokens: map[string]string{}}
	c.door = newDoor(t, append([]func(*door){func(d *door) {
		d.options.Desk = &desk.Desk{Store: d.store, Templates: renderer, PublicURL: "https://grazie.example", Now: d.Now}
	}}, change...)...)
	c.set(func(s *crm.Shop) {
		s.LegalName, s.PostalAddress, s.Country = "Bottega Srl", "Via Roma 1, Bologna", "IT"
		s.Journeys = map[string]crm.Values{"birthday_coupon": {"enabled": "true"}, "return_upgrade": {"enabled": "true", "label_url": "https://label.example/1"}}
	})
	for _, role := range store.Roles {
		c.token(string(role), role, c.shopID)
	}
	t.Cleanup(func() { // no token is in the log, whatever happened
		for name, secret := range c.tokens {
			if text := c.log.String(); strings.Contains(text, secret) || strings.Contains(text, strings.TrimPrefix(secret, "grz_")) {
				t.Errorf("the log tells the token of %s", name)
			}
		}
	})
	return c
}

func (c *counter) set(change func(*crm.Shop)) {
	c.t.Helper()
	var err error
	if c.shop, err = c.store.ChangeShop(c.t.Context(), c.shopID, func(s *crm.Shop) error { change(s); return nil }); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) token(name string, role store.Role, shopID string) store.Token {
	c.t.Helper()
	t, secret, err := c.store.CreateToken(c.t.Context(), store.Token{Name: name, Role: role, ShopID: shopID})
	if err != nil {
		c.t.Fatal(err)
	}
	c.tokens[name] = secret
	return t
}

// ask sends a request below the shop as somebody; a body that is no text is
// sent as JSON.
func (c *counter) ask(who, where string, body any) answer {
	c.t.Helper()
	method, path, _ := strings.Cut(where, " ")
	header := http.Header{}
	if secret, ok := c.tokens[who]; ok {
		header.Set("Authorization", "Bearer "+secret)
	}
	text, raw := body.(string)
	if body != nil && !raw {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		text = string(b)
	}
	if text != "" {
		header.Set("Content-Type", "application/json")
	}
	if !strings.HasPrefix(path, "/api") {
		path = "/api/v1/shops/" + c.shopID + path
	}
	return c.send(method, path, header, strings.NewReader(text))
}

// is checks an answer's status and that its body holds some words.
func (c *counter) is(what string, a answer, status int, words ...string) {
	c.t.Helper()
	if a.status != status {
		c.t.Errorf("%s: answered %d, not %d: %s", what, a.status, status, a.body)
		return
	}
	if status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
		c.t.Errorf("%s: an error of the type %q", what, a.header.Get("Content-Type"))
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			c.t.Errorf("%s: lacks %q: %s", what, w, a.body)
		}
	}
}

// into reads an answer's JSON.
func (c *counter) into(a answer, v any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		c.t.Fatalf("%v: %s", err, a.body)
	}
}

// buys lets a customer order; no message follows by itself.
func (c *counter) buys(order, customer string) {
	c.t.Helper()
	c.of(c.shopID, order, customer)
}

func (c *counter) of(shopID, order, customer string) {
	c.t.Helper()
	now := c.Now()
	email := "anna" + customer + "@posta.example"
	price := crm.Money{Minor: 2500, Currency: "EUR"}
	who := crm.Customer{ID: customer, FirstName: "Anna", Email: email, EmailKey: email, Locale: "en", Address: &crm.Address{Country: "IT"}, UpdatedAt: now,
		Consent: crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "confirmed_opt_in", At: now}}
	o := crm.Order{ID: order, Name: "#" + order, CustomerID: customer, Email: email, EmailKey: email, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{ID: "1", Title: "Olive soap", Quantity: 1, Price: price}}, Shipping: who.Address, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	w, err := c.store.ReceiveWebhook(c.t.Context(), store.Webhook{ShopID: shopID, DeliveryID: "of-" + order, Topic: "orders/paid", Headers: "{}", Body: []byte("{}")})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.ApplyEvents(c.t.Context(), shopID, []store.Applied{{WebhookID: w.ID, State: store.WebhookProcessed,
		Events: []crm.Event{{Kind: crm.OrderPaid, At: now, Order: &o, Customer: &who}}}}, nil); err != nil {
		c.t.Fatal(err)
	}
}

// sent is a worker who hands a message over.
func (c *counter) sent(id string) {
	c.t.Helper()
	m, err := c.store.Message(c.t.Context(), c.shopID, id)
	if err != nil {
		c.t.Fatal(err)
	}
	if won, err := c.store.ClaimMessage(c.t.Context(), m); !won || err != nil {
		c.t.Fatal(won, err)
	}
	m.State, m.Attempt = crm.Sending, m.Attempt+1
	if done, err := c.store.RecordOutcome(c.t.Context(), store.Outcome{Message: m, State: crm.Sent, Mailer: "outbox", SentAt: c.Now()}); !done || err != nil {
		c.t.Fatal(done, err)
	}
}

// refused reads the counter of requests that were not let in.
func (c *counter) refused(why string) (n float64) {
	c.t.Helper()
	families, err := c.metrics.Gather()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "grazie_api_refused_total" && m.GetLabel()[0].GetValue() == why {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}
