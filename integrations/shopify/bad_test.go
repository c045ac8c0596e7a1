package shopify_test

import (
	"errors"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// private is put where names and addresses stand: no error may quote it.
const private = "Privata"

func TestBadBodies(t *testing.T) {
	order := func(fields string) string { return `{"id":1,"currency":"EUR",` + fields + `}` }
	privacy := func(domain, fields string) string {
		return `{"shop_id":954889,"shop_domain":"` + domain + `",` + fields + `}`
	}
	own := func(fields string) string { return privacy("Example-shop.myshopify.com", fields) }
	const notThis = "the body is not what this topic sends: nothing was erased or handed over"
	for _, c := range []struct{ topic, body, want string }{
		{"orders/paid", order(`"line_items":[{"id":2,"price":"abc"}]`), `line_items[0].price: "abc" is not an amount of EUR`},
		{"orders/paid", order(`"line_items":[{"id":2,"price":"1"},{"id":3,"price":1e2}]`), `line_items[1].price: "1e2" is not an amount of EUR`},
		{"orders/paid", order(`"total_price":"12.345"`), `total_price: "12.345" is not an amount of EUR`},
		{"orders/paid", order(`"total_price_set":{"shop_money":{"amount":"5900.50","currency_code":"JPY"}}`), `total_price: "5900.50" is not an amount of JPY`},
		{"orders/paid", `{"id":1,"total_price":"5"}`, `total_price: has no currency`},
		{"orders/paid", `{"id":1,"total_price":"5","currency":"euro"}`, `total_price: has no currency`},
		{"orders/paid", order(`"total_price":"` + strings.Repeat("9", 40) + `"`), `total_price: is too long for an amount`},
		{"orders/paid", order(`"total_price":true`), `total_price: is a bool, not a text or number`},
		{"orders/paid", order(`"refunds":[{"id":1,"transactions":[{"kind":"refund","status":"success","amount":"x"}]}]`), `refunds[0].transactions[0].amount: "x" is not an amount of EUR`},
		{"orders/paid", order(`"line_items":{"id":2}`), `line_items: is an object, not an array`},
		{"orders/paid", order(`"line_items":[7]`), `line_items[0]: is a number, not an object`},
		{"orders/paid", order(`"line_items":[{"quantity":1.5}]`), `line_items[0].quantity: is not a whole number`},
		{"orders/paid", order(`"\u006cine_items":[{"quantity":1.5}]`), `line_items[0].quantity: is not a whole number`},
		{"orders/paid", order(`"line_items":[{"id":1.0}]`), `line_items[0].id: is not an id: a whole number or a global id`},
		{"orders/paid", order(`"customer":{"id":"` + private + `"}`), `customer.id: is not an id: a whole number or a global id`},
		{"orders/paid", order(`"customer":{"first_name":["` + private + `"]}`), `customer.first_name: is an array, not a text`},
		{"orders/paid", order(`"customer":{"id":2,"updated_at":"` + private + `"}`), `customer.updated_at: is not a time stamp such as 2026-11-21T09:30:00+01:00`},
		{"orders/paid", order(`"created_at":"9999-12-31T23:59:59-12:00"`), `created_at: is not a time stamp such as 2026-11-21T09:30:00+01:00`},
		{"orders/paid", order(`"test":"` + private + `"`), `test: is a text, not true or false`},
		{"orders/paid", order(`"fulfillments":[{"status":"success"}]`), `fulfillments[0].id: is missing`},
		{"orders/paid", `{"name":"#1"}`, `id: is missing`},
		{"orders/paid", `{"id":null,"admin_graphql_api_id":"gid://shopify/Order/` + private + `"}`, `id: is not an id: a whole number or a global id`},
		{"orders/paid", `{"id":-1}`, `id: is not an id: a whole number or a global id`},
		{"orders/paid", `{"id":0}`, `id: is not an id: a whole number or a global id`},
		{"orders/paid", `{"id":123456789012345678901}`, `id: is not an id: a whole number or a global id`},
		{"orders/paid", `[]`, `the body is an array, not an object`},
		{"orders/paid", `"` + private + `"`, `the body is a text, not an object`},
		{"orders/paid", `null`, `id: is missing`},
		{"orders/paid", ``, `the body is not JSON: it ends too early, at byte 0`},
		{"orders/paid", `{"id":1,"email":"` + private, `the body is not JSON: it ends too early, at byte 24`},
		{"orders/paid", `{"id":1}{`, `the body is not JSON at byte 8: there is more after its end`},
		{"fulfillments/update", `{"id":1}`, `order_id: is missing`},
		{"fulfillment_events/create", `{"order_id":1}`, `fulfillment_id: is missing`},
		{"refunds/create", `{"id":1}`, `order_id: is missing`},
		{"customers/update", `{"email":"` + private + `"}`, `id: is missing`},
		{"customers/delete", `{}`, `id: is missing`},
		{"customers_email_marketing_consent/update", `{"customer_id":1}`, `email_marketing_consent.state: is missing`},
		{"orders/paid", order(`"discount_codes":[{"code":"` + private + `","amount":"x"}]`), `discount_codes[0].amount: "x" is not an amount of EUR`},
		{"orders/paid", order(`"discount_applications":[{"type":"discount_code","code":"C"}],"line_items":[{"id":2,"discount_allocations":[{"amount":"x"}]}]`),
			`line_items[0].discount_allocations[0].amount: "x" is not an amount of EUR`},
		{"returns/request", `{}`, `id: is missing`},
		{"returns/approve", `{"id":1,"order":{"id":"` + private + `"}}`, `order.id: is not an id: a whole number or a global id`},
		{"returns/process", `[]`, `the body is an array, not an object`},
		{"returns/close", `{"id":1,"order_id":{}}`, `order_id: is an object, not a text or number`},
		{"app/uninstalled", `{"myshopify_domain":"other-shop.myshopify.com"}`, `myshopify_domain: is not the shop that the header names`},
		{"app/uninstalled", `{}`, `myshopify_domain: is missing: the body is no shop`},
		{"app/uninstalled", order(`"name":"` + private + `"`), `myshopify_domain: is missing: the body is no shop`},
		{"app/scopes_update", `{"previous":["read_orders"]}`, `current: is missing`},
		{"app/scopes_update", `{"current":"read_orders"}`, `current: is a text, not an array`},
		{"customers/redact", privacy("", `"customer":{"id":7},"orders_to_redact":[]`), `shop_domain: is missing`},
		{"customers/redact", privacy("other-shop.myshopify.com", `"customer":{"id":7},"orders_to_redact":[]`), `shop_domain: is not the shop that the header names`},
		{"shop/redact", privacy("other-shop.myshopify.com", `"a":1`), `shop_domain: is not the shop that the header names`},
		{"shop/redact", `{}`, `shop_id: is missing`},
		{"shop/redact", own(`"customer":{"id":7,"email":"` + private + `"},"orders_to_redact":[1]`), notThis},
		{"shop/redact", own(`"customer":{"id":7}`), notThis},
		{"shop/redact", own(`"customer":null`), notThis},
		{"shop/redact", own(`"orders_to_redact":null`), notThis},
		{"shop/redact", own(`"data_request":{"id":1},"orders_requested":[]`), notThis},
		{"customers/redact", own(`"customer":{"id":7},"orders_requested":[1],"data_request":{"id":9}`), notThis},
		{"customers/redact", own(`"customer":{"id":7},"orders_requested":[],"orders_to_redact":[]`), notThis},
		{"customers/redact", own(`"a":1`), notThis},
		{"customers/data_request", own(`"customer":{"id":7},"orders_to_redact":[1]`), notThis},
		{"customers/data_request", own(`"a":1`), notThis},
		{"customers/redact", own(`"customer":{"id":null,"email":"  ","phone":"1"},"orders_to_redact":[]`), `customer.id: is missing, and so is the email address`},
		{"customers/redact", own(`"customer":{"id":"` + private + `"},"orders_to_redact":[]`), `customer.id: is not an id: a whole number or a global id`},
		{"customers/redact", own(`"customer":{"id":7},"orders_to_redact":[1,null]`), `orders_to_redact[1].id: is missing`},
		{"customers/redact", own(`"customer":{"id":7},"orders_to_redact":[1.5]`), `orders_to_redact[0].id: is not an id: a whole number or a global id`},
		{"customers/data_request", own(`"customer":{"id":7},"orders_requested":[],"data_request":{"id":"` + private + `"}`), `data_request.id: is not an id: a whole number or a global id`},
	} {
		events, err := shopify.New().ParseWebhook(integrations.Envelope{Topic: c.topic, Domain: "example-shop.myshopify.com"}, []byte(c.body))
		if err == nil || err.Error() != c.topic+": "+c.want || events != nil {
			t.Errorf("%.80s\n got %v\nwant %s: %s", c.body, err, c.topic, c.want)
			continue
		}
		if _, ok := errors.AsType[*crm.Invalid](err); !ok || strings.Contains(err.Error(), private) {
			t.Errorf("%.80s: %v is not an Invalid, or quotes what is private", c.body, err)
		}
	}
}

// TestHugeBodies takes bodies that are made to hurt: each must end in an
// error, and none may take the stack or the time for it. A test that hangs is
// ended by its time-out.
func TestHugeBodies(t *testing.T) {
	deep := strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20)
	shallow := strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)
	for name, body := range map[string]string{
		"nothing but arrays":    deep,
		"arrays in an order":    `{"id":1,"note":` + deep + `}`,
		"arrays in properties":  `{"id":1,"line_items":[{"id":2,"properties":` + deep + `}]}`,
		"unfinished arrays":     `{"id":1,"x":` + strings.Repeat(`[{"a":`, 300_000),
		"as deep as is allowed": `{"id":1,"line_items":[{"id":2,"quantity":"x","properties":[{"name":"gift","value":` + shallow + `}]}]}`,
		"an endless number":     `{"id":` + strings.Repeat("9", 2<<20) + `}`,
		"a list of nothing":     `{"id":1,"line_items":[` + strings.Repeat("{},", 1<<19) + `{}]}`,
		"as many as is allowed": `{"id":1,"line_items":[` + strings.Repeat("{},", 99_000) + `{"price":"x"}]}`,
	} {
		_, err := shopify.New().ParseWebhook(integrations.Envelope{Topic: "orders/paid"}, []byte(body))
		if err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: error %.300v, want a short one", name, err)
		}
	}
}

func TestRefusedEnvelopes(t *testing.T) {
	for name, domain := range map[string]string{
		"another host":     "example-shop.myshopify.com.evil.example",
		"a path":           "evil.example/example-shop.myshopify.com",
		"a leading hyphen": "-shop.myshopify.com",
		"a sub domain":     "a.b.myshopify.com",
		"a line break":     "example-shop.myshopify.com\n",
		"no name":          ".myshopify.com",
		"other letters":    "exämple.myshopify.com",
	} {
		h := sign("s", "orders/paid", nil)
		h.Set("X-Shopify-Shop-Domain", domain)
		e, err := shopify.New().Envelope(h, nil)
		if _, ok := errors.AsType[*integrations.Refused](err); !ok {
			t.Errorf("%s: %+v, %v; want it refused", name, e, err)
		}
	}
	h := sign("s", "orders/paid", nil)
	h.Add("X-Shopify-Topic", "orders/create")
	if e, err := shopify.New().Envelope(h, nil); err == nil {
		t.Errorf("with two topics: %+v, want it refused", e)
	}
}

func TestEnvelope(t *testing.T) {
	h := sign("s", "orders/paid", nil)
	h.Set("X-Shopify-Shop-Domain", "Example-SHOP.myshopify.com")
	e, err := shopify.New().Envelope(h, nil)
	if err != nil || e.Domain != "example-shop.myshopify.com" || e.Version != "2026-10" || e.TriggeredAt.Nanosecond() != 123456789 {
		t.Errorf("envelope %+v, %v", e, err)
	}
	h.Set("X-Shopify-Triggered-At", "yesterday")
	h.Set("X-Shopify-Event-Id", "a\x00b")
	e, err = shopify.New().Envelope(h, nil)
	if err != nil || !e.TriggeredAt.IsZero() || e.EventID != "" {
		t.Errorf("with unreadable optional headers: %+v, %v; want them empty", e, err)
	}
}

// TestPartial holds that what comes inside an order never empties what the
// customer's own webhooks told.
func TestPartial(t *testing.T) {
	s := simshop.New(1, start)
	for w, partial := range map[*simshop.Webhook]bool{
		new(s.OrderCreated(s.Place(s.Customer("giulia"), simshop.Cart{}))): true,
		new(s.ConsentChanged(s.Customer("giulia"), "subscribed")):          true,
		new(s.CustomerDeleted(s.Customer("giulia"))):                       true,
		new(s.CustomerUpdated(s.Customer("giulia"))):                       false,
	} {
		events, err := shopify.New().ParseWebhook(integrations.Envelope{Topic: w.Topic, Domain: s.Domain}, w.Body)
		if err != nil || events[0].Customer == nil || events[0].Customer.Partial != partial {
			t.Errorf("%s: %v, %+v; want a customer with partial %v", w.Topic, err, events, partial)
		}
	}
}
