package simshop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// body reads a webhook's body for its paths; see reply.at.
func body(t *testing.T, w simshop.Webhook) reply {
	t.Helper()
	r := reply{raw: string(w.Body)}
	d := json.NewDecoder(bytes.NewReader(w.Body))
	d.UseNumber()
	if err := d.Decode(&r.body); err != nil {
		t.Fatal(err)
	}
	return r
}

func holds(t *testing.T, r reply, want map[string]string) {
	t.Helper()
	(&counter{T: t}).hold(r, want)
}

// TestBuyWithCodes is about what codes take off, to the cent: 15 % of 86.40 are
// 12.96, of which 11.025 fall to the mugs and 1.935 to the honey.
func TestBuyWithCodes(t *testing.T) {
	s := simshop.New(1, start)
	goods := s.Products()
	cart := simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 3}, {Product: goods[3], Quantity: 1}, {Product: goods[5], Quantity: 1}}} // 73.50, 12.90, gift card of 50.00
	add := func(d simshop.Discount) {
		t.Helper()
		d.StartsAt = start
		if _, w, err := s.AddDiscount(d); err != nil || w.Topic != "discounts/create" {
			t.Fatalf("%s: %v, %s", d.Code, err, w.Topic)
		}
	}
	add(simshop.Discount{Code: "Fifteen", Kind: simshop.DiscountBasic, Percent: 0.15, WithShipping: true})
	add(simshop.Discount{Code: "TENOFF", Kind: simshop.DiscountBasic, Amount: 1000})
	add(simshop.Discount{Code: "FREEMUG", Kind: simshop.DiscountBasic, Percent: 1, Products: []uint64{goods[0].ID}, WithOrder: true})
	add(simshop.Discount{Code: "EACH", Kind: simshop.DiscountBasic, Amount: 500, EachItem: true, Products: []uint64{goods[0].ID + 1}})
	add(simshop.Discount{Code: "SHIP", Kind: simshop.DiscountFreeShipping, WithOrder: true})
	add(simshop.Discount{Code: "WITHMUG", Kind: simshop.DiscountBasic, Percent: 0.1, WithProduct: true})
	for _, c := range []struct {
		codes                    []string
		subtotal, off, total     string
		first, second, allocated string // discount_codes, and what is taken off the first line
	}{
		{nil, "136.40", "0.00", "143.30", "null", "null", "null"},
		{[]string{"fifteen"}, "123.44", "12.96", "130.34", `{"amount":"12.96","code":"Fifteen","type":"percentage"}`, "null", `"11.03"`},
		{[]string{"TENOFF"}, "126.40", "10.00", "133.30", `{"amount":"10.00","code":"TENOFF","type":"fixed_amount"}`, "null", `"8.51"`},
		{[]string{"FREEMUG"}, "62.90", "73.50", "69.80", `{"amount":"73.50","code":"FREEMUG","type":"percentage"}`, "null", `"73.50"`},
		{[]string{"EACH"}, "121.40", "15.00", "128.30", `{"amount":"15.00","code":"EACH","type":"fixed_amount"}`, "null", `"15.00"`},
		{[]string{"SHIP"}, "136.40", "6.90", "136.40", `{"amount":"6.90","code":"SHIP","type":"shipping"}`, "null", "null"},
		{[]string{"SHIP", "FIFTEEN"}, "123.44", "19.86", "123.44", `{"amount":"12.96","code":"Fifteen","type":"percentage"}`, `{"amount":"6.90","code":"SHIP","type":"shipping"}`, `"11.03"`},
		{[]string{"WITHMUG", "FREEMUG"}, "61.61", "74.79", "68.51", `{"amount":"73.50","code":"FREEMUG","type":"percentage"}`, `{"amount":"1.29","code":"WITHMUG","type":"percentage"}`, `"73.50"`},
	} {
		o, sent, err := s.Buy(s.Customer("giulia"), cart, c.codes...)
		if err != nil || !slices.Equal(topics(sent), []string{"orders/create", "orders/paid"}) {
			t.Fatalf("%v: %v, sent %v", c.codes, err, topics(sent))
		}
		q := func(s string) string { return `"` + s + `"` }
		holds(t, body(t, sent[0]), map[string]string{
			"/subtotal_price": q(c.subtotal), "/total_discounts": q(c.off), "/total_price": q(c.total), "/total_line_items_price": `"136.40"`,
			"/discount_codes.0": c.first, "/discount_codes.1": c.second, "/line_items.0.discount_allocations.0.amount": c.allocated,
		})
		events := parse(t, s, sent[1])
		if got := events[0].Order; got.Total.String() != c.total+" EUR" || got.ID == "" {
			t.Errorf("%v: read as %s", c.codes, got.Total)
		}
		if state := s.OrderState(o); len(state.Codes) != len(c.codes) || state.Total-state.Refunded <= 0 {
			t.Errorf("%v: state %+v", c.codes, state)
		}
	}
	holds(t, body(t, buy(t, s, cart, "SHIP", "FIFTEEN")), map[string]string{
		"/discount_applications.0":             `{"allocation_method":"across","code":"Fifteen","target_selection":"all","target_type":"line_item","type":"discount_code","value":"15.0","value_type":"percentage"}`,
		"/discount_applications.1.target_type": `"shipping_line"`, "/shipping_lines.0.discounted_price": `"0.00"`, "/shipping_lines.0.price": `"6.90"`,
		"/shipping_lines.0.discount_allocations.0.discount_application_index": "1",
	})
}

func buy(t *testing.T, s *simshop.Shop, cart simshop.Cart, codes ...string) simshop.Webhook {
	t.Helper()
	_, sent, err := s.Buy(s.Customer("giulia"), cart, codes...)
	if err != nil {
		t.Fatal(err)
	}
	return sent[0]
}

// TestCodesRefused is about a checkout that says no, and then knows nothing of
// an order.
func TestCodesRefused(t *testing.T) {
	s := simshop.New(1, start)
	goods, giulia, marco := s.Products(), s.Customer("giulia"), s.Customer("marco")
	cart := simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 1}}}
	for _, d := range []simshop.Discount{
		{Code: "ONCE", UsageLimit: 1, StartsAt: start},
		{Code: "HERS", Customers: []uint64{giulia.ID}, StartsAt: start},
		{Code: "TOMORROW", StartsAt: start.Add(24 * time.Hour)},
		{Code: "OVER", StartsAt: start.Add(-time.Hour), EndsAt: start},
		{Code: "BIG", Minimum: 2451, StartsAt: start},
		{Code: "APRON", Products: []uint64{goods[1].ID}, StartsAt: start},
		{Code: "EACHONE", OncePerCustomer: true, StartsAt: start},
		{Code: "SHIP", Kind: simshop.DiscountFreeShipping, WithOrder: true, StartsAt: start},
		{Code: "ALONE", StartsAt: start},
	} {
		if d.Kind == "" {
			d.Kind, d.Percent = simshop.DiscountBasic, 0.1
		}
		if _, _, err := s.AddDiscount(d); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.AddDiscount(simshop.Discount{Code: "once"}); err == nil {
		t.Error("a code was made twice")
	}
	buy(t, s, cart, "once")
	buy(t, s, cart, "EACHONE")
	buy(t, s, cart, "HERS")
	orders := len(s.Orders())
	for _, c := range []struct {
		who   simshop.Customer
		codes []string
		want  error
	}{
		{giulia, []string{"NOPE"}, simshop.ErrCodeUnknown},
		{giulia, []string{"ONCE"}, simshop.ErrCodeUsed},
		{giulia, []string{"EACHONE"}, simshop.ErrCodeUsed},
		{marco, []string{"HERS"}, simshop.ErrCodeCustomer},
		{s.Customer("guest"), []string{"HERS"}, simshop.ErrCodeCustomer},
		{giulia, []string{"TOMORROW"}, simshop.ErrCodeScheduled},
		{giulia, []string{"OVER"}, simshop.ErrCodeEnded},
		{giulia, []string{"BIG"}, simshop.ErrCodeMinimum},
		{giulia, []string{"APRON"}, simshop.ErrCodeGoods},
		{giulia, []string{"HERS", "TENOFF"}, simshop.ErrCodeUnknown},
		{marco, []string{"EACHONE", "EACHONE"}, simshop.ErrCodeCombination},
		{marco, []string{"SHIP", "ALONE"}, simshop.ErrCodeCombination}, // both must allow it
		{marco, []string{"ALONE", "SHIP"}, simshop.ErrCodeCombination},
	} {
		_, sent, err := s.Buy(c.who, cart, c.codes...)
		var refused *simshop.CodeError
		if !errors.Is(err, c.want) || !errors.As(err, &refused) || sent != nil {
			t.Errorf("%s with %v: %v, want %v", c.who.Key, c.codes, err, c.want)
		}
	}
	if n := len(s.Orders()); n != orders {
		t.Errorf("%d orders came of refused codes", n-orders)
	}
	if d, _ := s.Discount("once"); d.Used() != 1 {
		t.Errorf("ONCE was used %d times", d.Used())
	}
	s.MoveTo(start.Add(25 * time.Hour))
	buy(t, s, cart, "TOMORROW")
}

// TestParcels follows two parcels of one order.
func TestParcels(t *testing.T) {
	s := simshop.New(1, start)
	goods := s.Products()
	o, _, _ := s.Buy(s.Customer("neza"), simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 2}, {Product: goods[1], Quantity: 1}}})
	first, sent := s.Fulfill(o, simshop.Part{Line: 0, Quantity: 2})
	if !slices.Equal(topics(sent), []string{"fulfillments/create", "orders/partially_fulfilled"}) {
		t.Errorf("the first parcel sends %v", topics(sent))
	}
	holds(t, body(t, sent[1]), map[string]string{"/fulfillment_status": `"partial"`, "/line_items.0.fulfillment_status": `"fulfilled"`, "/line_items.1.fulfillment_status": "null"})
	second, sent := s.Fulfill(o)
	if !slices.Equal(topics(sent), []string{"fulfillments/create", "orders/fulfilled"}) || body(t, sent[0]).text("/name") != o.Name()+".2" {
		t.Errorf("the second parcel sends %v", topics(sent))
	}
	if none, sent := s.Fulfill(o); none != nil || sent != nil {
		t.Error("goods left twice")
	}
	if e := parse(t, s, s.Track(first, "attempted_delivery"))[0]; e.Kind != crm.ParcelChanged {
		t.Errorf("an attempt is %s", e.Kind)
	}
	for f, w := range map[*simshop.Fulfillment]simshop.Webhook{first: s.Deliver(first), second: s.DeliverByUpdate(second)} {
		e := parse(t, s, w)[0]
		if e.Kind != crm.ParcelDelivered || e.Order.Fulfillments[0].DeliveredAt.IsZero() || s.FulfillmentState(f).DeliveredAt.IsZero() {
			t.Errorf("%s is %s, state %+v", w.Topic, e.Kind, s.FulfillmentState(f))
		}
	}
	if events := s.FulfillmentState(first).Events; len(events) != 2 || events[1].Status != "delivered" {
		t.Errorf("the first parcel's way is %v", events)
	}
}

func TestRefunds(t *testing.T) {
	s := simshop.New(1, start)
	goods := s.Products()
	if _, _, err := s.AddDiscount(simshop.Discount{Code: "THIRD", Kind: simshop.DiscountBasic, Percent: 1.0 / 3, StartsAt: start}); err != nil {
		t.Fatal(err)
	}
	o, _, err := s.Buy(s.Customer("dale"), simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 3}, {Product: goods[3], Quantity: 1}}}, "THIRD") // 86.40 - 28.80 + 6.90
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	refund := func(sent []simshop.Webhook, financial string) {
		t.Helper()
		if !slices.Equal(topics(sent), []string{"refunds/create", "orders/updated"}) || body(t, sent[1]).text("/financial_status") != financial {
			t.Errorf("sent %v, then the order is %s, want %s", topics(sent), body(t, sent[1]).text("/financial_status"), financial)
		}
		given = append(given, parse(t, s, sent[0])[0].Order.Refunds[0].Amount.String())
	}
	refund(s.Refund(o, simshop.Part{Line: 0, Quantity: 1}), "partially_refunded")
	refund(s.Refund(o, simshop.Part{Line: 0, Quantity: 1}), "partially_refunded")
	refund(s.RefundAmount(o, 500), "partially_refunded")
	refund(s.Refund(o), "refunded")
	if want := []string{"16.33 EUR", "16.33 EUR", "5.00 EUR", "26.84 EUR"}; !slices.Equal(given, want) {
		t.Errorf("given back: %v, want %v", given, want)
	}
	if state := s.OrderState(o); state.Refunded != state.Total || state.Total != 6450 {
		t.Errorf("of %d, %d were given back", state.Total, state.Refunded)
	}
}

// TestReturns follows returns through their states by way of the staff.
func TestReturns(t *testing.T) {
	s := simshop.New(1, start)
	s.Fee = 490
	o, _, _ := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 3}}})
	if _, _, err := s.RequestReturn(o, ""); !errors.Is(err, simshop.ErrReturn) {
		t.Errorf("goods that never left come back: %v", err)
	}
	s.Fulfill(o)
	r, w, err := s.RequestReturn(o, "Too small", simshop.Part{Line: 0, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	if w.Topic != "returns/request" || s.ReturnState(r).Fee != 490 || s.ReturnState(r).Name != o.Name()+"-R1" {
		t.Errorf("%s, %+v", w.Topic, s.ReturnState(r))
	}
	holds(t, body(t, w), map[string]string{"/status": `"requested"`, "/total_return_line_items": "1", "/return_line_items": "[]", "/name": "null",
		"/return_shipping_fees.0.price.shop_money.amount": `"4.90"`})
	if _, _, err := s.RequestReturn(o, "", simshop.Part{Line: 0, Quantity: 2}); !errors.Is(err, simshop.ErrReturn) {
		t.Errorf("more comes back than she has: %v", err)
	}
	second, _, err := s.RequestReturn(o, "")
	if err != nil || s.ReturnState(second).Parts[0].Quantity != 1 {
		t.Fatalf("the rest: %v", err)
	}
	step := func(r *simshop.Return, want string, do func() (simshop.Webhook, error)) simshop.Webhook {
		t.Helper()
		w, err := do()
		if err != nil || s.ReturnState(r).Status != want || body(t, w).text("/status") != want {
			t.Errorf("%v, the return is %s, want %s; body %s", err, s.ReturnState(r).Status, want, w.Body)
		}
		return w
	}
	declined := step(second, "declined", func() (simshop.Webhook, error) { return s.DeclineReturn(second, "final_sale", "As agreed") })
	holds(t, body(t, declined), map[string]string{"/decline": `{"note":"As agreed","reason":"final_sale"}`})
	if _, err := s.ApproveReturn(second); !errors.Is(err, simshop.ErrReturn) {
		t.Errorf("a declined return was approved: %v", err)
	}
	step(r, "open", func() (simshop.Webhook, error) { return s.ApproveReturn(r) })
	sent := s.RefundReturn(r)
	if got := parse(t, s, sent[0])[0].Order.Refunds[0].Amount.String(); got != "49.00 EUR" || s.RefundReturn(r) != nil {
		t.Errorf("the return brought %s, or brought it twice", got)
	}
	holds(t, body(t, step(r, "closed", func() (simshop.Webhook, error) { return s.CloseReturn(r) })), map[string]string{"/order": "null"})
	third, _, err := s.RequestReturn(o, "") // what was declined may be asked for again
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ApproveReturn(third); err != nil {
		t.Fatal(err)
	}
	step(third, "canceled", func() (simshop.Webhook, error) { return s.CancelReturn(third) })
	if n := len(s.Returns()); n != 3 {
		t.Errorf("there are %d returns", n)
	}
}

func TestBirthdayAndConsent(t *testing.T) {
	s := simshop.New(1, start)
	giulia := s.Customer("giulia")
	holds(t, body(t, s.CustomerUpdated(giulia)), map[string]string{"/metafields": "[]"})
	w := s.SetBirthday(giulia, "1988-02-29")
	holds(t, body(t, w), map[string]string{"/metafields.0.namespace": `"facts"`, "/metafields.0.key": `"birth_date"`, "/metafields.0.value": `"1988-02-29"`,
		"/metafields.0.type": `"date"`, "/metafields.1": "null"})
	if e := parse(t, s, w)[0]; w.Topic != "customers/update" || e.Customer.FirstName != "Giulia" {
		t.Errorf("%s: %+v", w.Topic, e.Customer)
	}
	if state, ok := s.CustomerState(giulia.ID); !ok || state.Birthday != "1988-02-29" {
		t.Errorf("%+v", state)
	}
	s.SetBirthday(giulia, "")
	holds(t, body(t, s.CustomerUpdated(giulia)), map[string]string{"/metafields": "[]"})

	for w, want := range map[*simshop.Webhook]crm.ConsentState{new(s.Subscribe(s.Customer("neza"))): crm.ConsentSubscribed, new(s.Unsubscribe(giulia)): crm.ConsentUnsubscribed} {
		if e := parse(t, s, *w)[0]; e.Kind != crm.ConsentChanged || e.Customer.Consent.State != want {
			t.Errorf("%s: %+v", w.Topic, e.Customer)
		}
	}
	if got := parse(t, s, s.CustomerUpdated(giulia))[0].Customer.Consent.State; got != crm.ConsentUnsubscribed { // giulia as she was before
		t.Errorf("her account says %s", got)
	}
	o, _, _ := s.Buy(giulia, simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}})
	if got := parse(t, s, s.OrderUpdated(o, ""))[0].Customer.Consent.State; got != crm.ConsentUnsubscribed {
		t.Errorf("her order says %s", got)
	}
	added := s.AddCustomer(simshop.Customer{Key: "new", FirstName: "Ada", Email: "ada@posta.example", Country: "IT"})
	if added.ID == 0 || s.Customer("new") != added || parse(t, s, s.CustomerCreated(added))[0].Customer.FirstName != "Ada" {
		t.Errorf("added: %+v", added)
	}
}

// TestSeed holds that one seed and one story make the same bytes.
func TestSeed(t *testing.T) {
	story := func(seed uint64) (sent []simshop.Webhook) {
		s := simshop.New(seed, start)
		c := open(t, s)
		makeCode(c, "SEEDED", nil)
		sent = append(sent, s.TakeWebhooks()...)
		o, bought, err := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 2}}}, "SEEDED")
		if err != nil {
			t.Fatal(err)
		}
		f, left := s.Fulfill(o)
		r, asked, err := s.RequestReturn(o, "Too small")
		if err != nil {
			t.Fatal(err)
		}
		c.ask(approve, map[string]any{"input": map[string]any{"id": gid("Return", r.ID)}})
		sent = append(append(append(sent, bought...), left...), s.Deliver(f), asked, s.SetBirthday(s.Customer("mio"), "2000-01-31"))
		return append(append(sent, s.TakeWebhooks()...), s.RefundReturn(r)...)
	}
	first := story(5)
	if again := story(5); !reflect.DeepEqual(first, again) {
		t.Error("the same seed makes another story")
	}
	if other := story(6); bytes.Equal(other[1].Body, first[1].Body) {
		t.Error("another seed makes the same order")
	}
	if len(first) != 11 {
		t.Errorf("the story has %d webhooks: %v", len(first), topics(first))
	}
}
