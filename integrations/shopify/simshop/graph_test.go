package simshop_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

const (
	basic   = `mutation ($d: DiscountCodeBasicInput!) { made: discountCodeBasicCreate(basicCodeDiscount: $d) { codeDiscountNode { id } userErrors { field message code } } }`
	freely  = `mutation ($d: DiscountCodeFreeShippingInput!) { made: discountCodeFreeShippingCreate(freeShippingCodeDiscount: $d) { codeDiscountNode { id } userErrors { field message code } } }`
	end     = `mutation ($id: ID!) { discountCodeDeactivate(id: $id) { codeDiscountNode { id } userErrors { field message code } } }`
	holder  = `query ($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount { __typename ... on DiscountCodeBasic { title status endsAt tags context { __typename ... on DiscountCustomers { customers { id } } } } ... on DiscountCodeFreeShipping { title status } } } }`
	approve = `mutation ($input: ReturnApproveRequestInput!) { returnApproveRequest(input: $input) { return { id status } userErrors { field message code } } }`
	attach  = `mutation ($order: ID!, $lines: [ReverseDeliveryLineItemInput!]!, $label: ReverseDeliveryLabelInput, $tracking: ReverseDeliveryTrackingInput, $notify: Boolean) {
		made: reverseDeliveryCreateWithShipping(reverseFulfillmentOrderId: $order, reverseDeliveryLineItems: $lines, labelInput: $label, trackingInput: $tracking, notifyCustomer: $notify) {
			reverseDelivery { id } userErrors { field message code } } }`
	relabel = `mutation ($id: ID!, $label: ReverseDeliveryLabelInput, $tracking: ReverseDeliveryTrackingInput) { reverseDeliveryShippingUpdate(reverseDeliveryId: $id, labelInput: $label, trackingInput: $tracking, notifyCustomer: false) { reverseDelivery { id } userErrors { code } } }`
	labels  = `query ($id: ID!) { return(id: $id) { status reverseFulfillmentOrders(first: 10) { nodes { id status reverseDeliveries(first: 10) { nodes { id deliverable { ... on ReverseDeliveryShippingDeliverable { label { publicFileUrl } tracking { number url } } } } } } } } }`
	draft   = `mutation ($input: DraftOrderInput!) { draftOrderCreate(input: $input) { draftOrder { id status tags totalPriceSet { shopMoney { amount currencyCode } } order { id } } userErrors { field message } } }`
	finish  = `mutation ($id: ID!) { draftOrderComplete(id: $id) { draftOrder { status order { id } } userErrors { field message } } }`
)

func gid(kind string, id uint64) string { return fmt.Sprintf("gid://shopify/%s/%d", kind, id) }

// terms are those of a code for 15 % off everything, with changes.
func terms(code string, change map[string]any) map[string]any {
	d := map[string]any{"title": "Grazie " + code, "code": code, "startsAt": "2026-11-21T08:00:00Z", "endsAt": "2026-12-21T22:59:59Z", "usageLimit": 1,
		"appliesOncePerCustomer": true, "context": map[string]any{"all": "ALL"},
		"customerGets": map[string]any{"items": map[string]any{"all": true}, "value": map[string]any{"percentage": 0.15}}}
	for key, value := range change {
		if d[key] = value; value == nil {
			delete(d, key)
		}
	}
	return d
}

func makeCode(c *counter, code string, change map[string]any) reply {
	c.Helper()
	return c.ask(basic, map[string]any{"d": terms(code, change)})
}

func TestDiscountCodes(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	giulia, mug := s.Customer("giulia"), s.Products()[0]
	r := makeCode(c, "GRAZIE-7KQ2M", map[string]any{"tags": []string{"grazie"}, "context": map[string]any{"customers": map[string]any{"add": []string{gid("Customer", giulia.ID)}}},
		"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "20.00"}}, "combinesWith": map[string]any{"shippingDiscounts": true, "orderDiscounts": nil}})
	c.hold(r, map[string]string{"made.userErrors": "[]"})
	if echo := s.TakeWebhooks(); !slices.Equal(topics(echo), []string{"discounts/create"}) || body(t, echo[0]).text("/admin_graphql_api_id") != r.text("made.codeDiscountNode.id") || s.TakeWebhooks() != nil {
		t.Errorf("the shop sends %v", topics(echo))
	}
	d, _ := s.Discount("grazie-7kq2m")
	if d.Percent != 0.15 || d.Minimum != 2000 || !slices.Equal(d.Customers, []uint64{giulia.ID}) || d.UsageLimit != 1 || !d.OncePerCustomer || !d.WithShipping || d.WithOrder || d.EndsAt.IsZero() {
		t.Errorf("the discount is %+v", d)
	}
	c.hold(c.ask(holder, map[string]any{"code": "Grazie-7kq2M"}), map[string]string{
		"codeDiscountNodeByCode.id": `"` + gid("DiscountCodeNode", d.ID) + `"`, "codeDiscountNodeByCode.codeDiscount.status": `"ACTIVE"`,
		"codeDiscountNodeByCode.codeDiscount.tags": `["grazie"]`, "codeDiscountNodeByCode.codeDiscount.endsAt": `"2026-12-21T22:59:59Z"`,
		"codeDiscountNodeByCode.codeDiscount.context.customers.0.id": `"` + gid("Customer", giulia.ID) + `"`,
	})
	c.hold(c.ask(holder, map[string]any{"code": "OTHER"}), map[string]string{"codeDiscountNodeByCode": "null"})

	for _, query := range []string{basic, freely} {
		in := terms("grazie-7KQ2m", nil)
		name := "basicCodeDiscount"
		if query == freely {
			delete(in, "customerGets")
			in["destination"], name = map[string]any{"all": true}, "freeShippingCodeDiscount"
		}
		c.hold(c.ask(query, map[string]any{"d": in}), map[string]string{"made.codeDiscountNode": "null",
			"made.userErrors": `[{"code":"TAKEN","field":["` + name + `","code"],"message":"Code must be unique. Please try a different code."}]`})
	}
	if got, sent := len(s.Discounts()), s.TakeWebhooks(); got != 1 || sent != nil {
		t.Errorf("a taken code left %d discounts and %v", got, topics(sent))
	}

	c.hold(c.ask(freely, map[string]any{"d": func() map[string]any {
		in := terms("SHIPPED", map[string]any{"customerGets": nil, "destination": map[string]any{"all": true}})
		return in
	}()}), map[string]string{"made.userErrors": "[]"})
	makeCode(c, "MUG", map[string]any{"customerGets": map[string]any{"items": map[string]any{"products": map[string]any{"productsToAdd": []string{gid("Product", mug.ID)}}}, "value": map[string]any{"percentage": 1.0}}})
	makeCode(c, "FIVE", map[string]any{"customerGets": map[string]any{"items": map[string]any{"all": true}, "value": map[string]any{"discountAmount": map[string]any{"amount": "5.00", "appliesOnEachItem": false}}}})
	cart := simshop.Cart{Items: []simshop.Item{{Product: mug, Quantity: 1}}}
	for code, total := range map[string]string{"SHIPPED": `"24.50"`, "MUG": `"6.90"`, "FIVE": `"26.40"`, "GRAZIE-7KQ2M": `"27.72"`} {
		holds(t, body(t, buy(t, s, cart, code)), map[string]string{"/total_price": total})
	}
}

func TestDeactivate(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	id := makeCode(c, "STOP", nil).text("made.codeDiscountNode.id")
	s.TakeWebhooks()
	s.MoveTo(start.Add(48 * time.Hour))
	c.hold(c.ask(end, map[string]any{"id": id}), map[string]string{"discountCodeDeactivate.userErrors": "[]", "discountCodeDeactivate.codeDiscountNode.id": `"` + id + `"`})
	c.hold(c.ask(holder, map[string]any{"code": "stop"}), map[string]string{"codeDiscountNodeByCode.codeDiscount.status": `"EXPIRED"`, "codeDiscountNodeByCode.codeDiscount.endsAt": `"2026-11-23T08:30:00Z"`})
	c.ask(end, map[string]any{"id": id})
	if echo := s.TakeWebhooks(); !slices.Equal(topics(echo), []string{"discounts/update"}) || body(t, echo[0]).text("/status") != "EXPIRED" {
		t.Errorf("the shop sends %v", topics(echo))
	}
	if _, _, err := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}}, "STOP"); err == nil {
		t.Error("an ended code was taken")
	}
	c.hold(makeCode(c, "STOP", nil), map[string]string{"made.userErrors.0.code": `"TAKEN"`}) // an ended code stays taken
	c.hold(c.ask(end, map[string]any{"id": gid("DiscountCodeNode", 1)}), map[string]string{"discountCodeDeactivate.userErrors.0.field": `["id"]`, "discountCodeDeactivate.codeDiscountNode": "null"})
}

func TestDiscountsRefused(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	gets := func(value map[string]any) map[string]any {
		return map[string]any{"customerGets": map[string]any{"items": map[string]any{"all": true}, "value": value}}
	}
	for _, refused := range []struct {
		change map[string]any
		want   string
	}{
		{map[string]any{"title": ""}, `{"code":"BLANK","field":["basicCodeDiscount","title"],"message":"Title can't be blank"}`},
		{map[string]any{"code": " "}, `{"code":"BLANK","field":["basicCodeDiscount","code"],"message":"Code can't be blank"}`},
		{map[string]any{"endsAt": "2026-11-21T08:00:00Z"}, `{"code":"INVALID","field":["basicCodeDiscount","endsAt"],"message":"Ends at needs to be after starts_at"}`},
		{map[string]any{"context": map[string]any{"customers": map[string]any{"add": []string{"gid://shopify/Customer/42"}}}},
			`{"code":"INVALID","field":["basicCodeDiscount","context","customers","add"],"message":"Customer with id: 42 is invalid"}`},
		{gets(map[string]any{"percentage": 15.0}), `{"code":"VALUE_OUTSIDE_RANGE","field":["basicCodeDiscount","customerGets","value","percentage"],"message":"Value must be between 0.0 and 1.0"}`},
		{gets(map[string]any{"discountAmount": map[string]any{"amount": "-1"}}), `{"code":"GREATER_THAN","field":["basicCodeDiscount","customerGets","value","discountAmount","amount"],"message":"Discount amount must be greater than 0"}`},
		{map[string]any{"customerGets": map[string]any{"items": map[string]any{"products": map[string]any{"productsToAdd": []string{"gid://shopify/Product/0"}}}, "value": map[string]any{"percentage": 1}}},
			`{"code":"INVALID","field":["basicCodeDiscount","customerGets","items","products","productsToAdd"],"message":"Product with id: 0 is invalid"}`},
		{map[string]any{"tags": strings.Split("abcdef", "")}, `{"code":"TOO_MANY_TAGS","field":["basicCodeDiscount","tags"],"message":"Tags is too many (maximum is 5)"}`},
	} {
		c.hold(makeCode(c, "REFUSED", refused.change), map[string]string{"made.userErrors.0": refused.want, "made.userErrors.1": "null", "made.codeDiscountNode": "null"})
	}
	c.hold(c.ask(freely, map[string]any{"d": terms("REFUSED", map[string]any{"customerGets": nil, "destination": map[string]any{"all": true}, "combinesWith": map[string]any{"shippingDiscounts": true}})}),
		map[string]string{"made.userErrors.0.code": `"INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS"`, "made.codeDiscountNode": "null"})
	if n := len(s.Discounts()); n != 0 {
		t.Errorf("%d discounts came of it", n)
	}
	if r, _ := c.try(basic, map[string]any{"d": terms("BOTH", map[string]any{"context": map[string]any{"all": "ALL", "customers": map[string]any{"add": []string{}}}})}); r.text("/errors.0.extensions.code") != "INVALID_VARIABLE" {
		t.Errorf("a context of two kinds is answered with %s", r.raw)
	}
}

// returned is an order of three mugs and an apron, with a return of two mugs.
func returned(t *testing.T, s *simshop.Shop) *simshop.Return {
	t.Helper()
	s.Fee = 490
	o, _, err := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 3}, {Product: s.Products()[1], Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Fulfill(o)
	r, _, err := s.RequestReturn(o, "Too small", simshop.Part{Line: 0, Quantity: 2}, simshop.Part{Line: 1, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestApprove(t *testing.T) {
	s := simshop.New(1, start)
	c, r := open(t, s), returned(t, s)
	id := gid("Return", r.ID)
	c.hold(c.ask(`query ($id: ID!, $after: String) { return(id: $id) { name status order { name customer { id } } returnShippingFees { amountSet { shopMoney { amount currencyCode } } }
		returnLineItems(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { quantity returnReasonDefinition { name } ... on ReturnLineItem { fulfillmentLineItem { lineItem { title variant { id } } } withCodeDiscountedTotalPriceSet { shopMoney { amount } } } } } } }`,
		map[string]any{"id": id}), map[string]string{
		"return.name": `"#1001-R1"`, "return.status": `"REQUESTED"`, "return.order.customer.id": `"` + gid("Customer", r.Order.Customer.ID) + `"`,
		"return.returnShippingFees.0.amountSet.shopMoney": `{"amount":"4.9","currencyCode":"EUR"}`,
		"return.returnLineItems.pageInfo.hasNextPage":     "true", "return.returnLineItems.nodes.0.quantity": "2", "return.returnLineItems.nodes.1": "null",
		"return.returnLineItems.nodes.0.fulfillmentLineItem.lineItem.variant.id":          `"` + gid("ProductVariant", s.Products()[0].ID+1) + `"`,
		"return.returnLineItems.nodes.0.withCodeDiscountedTotalPriceSet.shopMoney.amount": `"49.0"`,
		"return.returnLineItems.nodes.0.returnReasonDefinition.name":                      `"Too small"`,
	})
	page := `query ($id: ID!, $after: String) { return(id: $id) { returnLineItems(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { id quantity } } } }`
	first := c.ask(page, map[string]any{"id": id})
	c.hold(c.ask(page, map[string]any{"id": id, "after": first.text("return.returnLineItems.pageInfo.endCursor")}), map[string]string{
		"return.returnLineItems.pageInfo.hasNextPage": "false", "return.returnLineItems.nodes.0.quantity": "1"})

	input := map[string]any{"input": map[string]any{"id": id, "notifyCustomer": false}}
	c.hold(c.ask(approve, input), map[string]string{"returnApproveRequest.return.status": `"OPEN"`, "returnApproveRequest.userErrors": "[]"})
	if echo := s.TakeWebhooks(); !slices.Equal(topics(echo), []string{"returns/approve"}) || body(t, echo[0]).text("/status") != "open" {
		t.Errorf("the shop sends %v", topics(echo))
	}
	again := c.ask(approve, input)
	c.hold(again, map[string]string{"returnApproveRequest.return": "null",
		"returnApproveRequest.userErrors": `[{"code":"INVALID_STATE","field":["input","id"],"message":"Return is not approvable. Only returns with status REQUESTED can be approved."}]`})
	c.hold(c.ask(approve, map[string]any{"input": map[string]any{"id": gid("Return", 999)}}), map[string]string{
		"returnApproveRequest.userErrors": `[{"code":"NOT_FOUND","field":["input","id"],"message":"Return not found."}]`})
	if sent := s.TakeWebhooks(); sent != nil {
		t.Errorf("refused approvals send %v", topics(sent))
	}
}

func TestLabels(t *testing.T) {
	s := simshop.New(1, start)
	c, r := open(t, s), returned(t, s)
	id := map[string]any{"id": gid("Return", r.ID)}
	c.hold(c.ask(labels, id), map[string]string{"return.reverseFulfillmentOrders.nodes": "[]"})
	c.ask(approve, map[string]any{"input": id})
	s.TakeWebhooks()
	order := c.ask(labels, id).text("return.reverseFulfillmentOrders.nodes.0.id")
	with := func(change map[string]any) map[string]any {
		v := map[string]any{"order": order, "lines": []any{}, "notify": false,
			"label": map[string]any{"fileUrl": "https://labels.example/1.pdf"}, "tracking": map[string]any{"number": "BD1", "url": "https://track.example/BD1"}}
		for key, value := range change {
			v[key] = value
		}
		return v
	}
	lineID := func(n uint64) []any {
		return []any{map[string]any{"reverseFulfillmentOrderLineItemId": gid("ReverseFulfillmentOrderLineItem", n), "quantity": 1}}
	}
	c.hold(c.ask(attach, with(map[string]any{"order": gid("ReverseFulfillmentOrder", 1)})), map[string]string{"made.userErrors.0": `{"code":"NOT_FOUND","field":["reverseFulfillmentOrderId"],"message":"Reverse fulfillment order was not found."}`})
	c.hold(c.ask(attach, with(map[string]any{"lines": lineID(1)})), map[string]string{"made.userErrors.0": `{"code":null,"field":["reverseDeliveryLineItems","0","reverseFulfillmentOrderLineItemId"],"message":"must exist"}`})
	if wrong, _ := c.try(attach, with(map[string]any{"order": id["id"]})); wrong.text("/errors.0.extensions.code") != "RESOURCE_NOT_FOUND" || wrong.at("made") != nil {
		t.Errorf("an id of another kind is answered with %s", wrong.raw)
	}
	made := c.ask(attach, with(nil))
	c.hold(made, map[string]string{"made.userErrors": "[]"})
	if echo := s.TakeWebhooks(); !slices.Equal(topics(echo), []string{"reverse_deliveries/attach_deliverable"}) || body(t, echo[0]).text("/shipping_deliverable.label.public_file_url") != "https://labels.example/1.pdf" {
		t.Errorf("the shop sends %v", topics(echo))
	}
	c.ask(relabel, map[string]any{"id": made.text("made.reverseDelivery.id"), "tracking": map[string]any{"number": "BD2"}})
	if got := s.ReturnState(r).Labels[0]; got.URL != "https://labels.example/1.pdf" || got.Tracking != "BD2" {
		t.Errorf("another tracking makes %+v", got)
	}
	c.ask(relabel, map[string]any{"id": made.text("made.reverseDelivery.id"), "label": map[string]any{"fileUrl": "https://labels.example/2.pdf"}})
	c.hold(c.ask(labels, id), map[string]string{"return.reverseFulfillmentOrders.nodes.0.reverseDeliveries.nodes.0.deliverable": `{"label":{"publicFileUrl":"https://labels.example/2.pdf"},"tracking":{"number":"BD2","url":null}}`,
		"return.reverseFulfillmentOrders.nodes.0.reverseDeliveries.nodes.1": "null"})
	c.ask(attach, with(map[string]any{"label": nil, "tracking": nil, "notify": nil}))                                       // nobody forbids a second delivery
	want := []simshop.Label{{URL: "https://labels.example/2.pdf", Tracking: "BD2", Pieces: 3}, {Notified: true, Pieces: 3}} // no lines means all of them
	if got := s.ReturnState(r).Labels; !slices.Equal(got, want) {
		t.Errorf("the labels are %+v, want %+v", got, want)
	}
	if _, err := s.CloseReturn(r); err != nil {
		t.Fatal(err)
	}
	c.hold(c.ask(attach, with(nil)), map[string]string{"made.userErrors.0.code": `"INVALID_STATE"`})
}

func TestDrafts(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	giulia, mug := s.Customer("giulia"), s.Products()[0]
	input := map[string]any{"lineItems": []any{map[string]any{"variantId": gid("ProductVariant", mug.ID+1), "quantity": 2}},
		"appliedDiscount": map[string]any{"title": "Replacement", "value": 100, "valueType": "PERCENTAGE"}, "tags": []string{"grazie", "replacement:ret_1"}, "note": "For a return",
		"purchasingEntity": map[string]any{"customerId": gid("Customer", giulia.ID)}, "shippingAddress": map[string]any{"firstName": "Giulia", "address1": "Via Lontana 1", "city": "Modena", "zip": "41121", "countryCode": "IT"},
		"shippingLine": map[string]any{"title": "Free", "priceWithCurrency": map[string]any{"amount": "0.00", "currencyCode": "EUR"}}}
	made := c.ask(draft, map[string]any{"input": input})
	c.hold(made, map[string]string{"draftOrderCreate.userErrors": "[]", "draftOrderCreate.draftOrder.status": `"OPEN"`, "draftOrderCreate.draftOrder.order": "null",
		"draftOrderCreate.draftOrder.totalPriceSet.shopMoney": `{"amount":"0.0","currencyCode":"EUR"}`})
	if len(s.Orders()) != 0 || s.TakeWebhooks() != nil {
		t.Error("a draft is an order already")
	}
	id := map[string]any{"id": made.text("draftOrderCreate.draftOrder.id")}
	find := func(query string) reply {
		return c.ask(`query ($q: String) { draftOrders(first: 5, query: $q, reverse: true) { nodes { id } } orders(first: 5, query: $q) { nodes { id tags } } }`, map[string]any{"q": query})
	}
	c.hold(find("tag:'REPLACEMENT:ret_1'"), map[string]string{"draftOrders.nodes.0.id": `"` + id["id"].(string) + `"`, "orders.nodes": "[]"})
	c.hold(find("tag:other"), map[string]string{"draftOrders.nodes": "[]"})

	done := c.ask(finish, id)
	c.hold(done, map[string]string{"draftOrderComplete.userErrors": "[]", "draftOrderComplete.draftOrder.status": `"COMPLETED"`})
	orders := s.Orders()
	if len(orders) != 1 || done.text("draftOrderComplete.draftOrder.order.id") != gid("Order", orders[0].ID) {
		t.Fatalf("%d orders came of it: %s", len(orders), done.raw)
	}
	state := s.OrderState(orders[0])
	if state.Total != 0 || state.Source != "shopify_draft_order" || !slices.Equal(state.Tags, []string{"grazie", "replacement:ret_1"}) || orders[0].Customer.City != "Modena" {
		t.Errorf("the order is %+v", state)
	}
	sent := s.TakeWebhooks()
	if !slices.Equal(topics(sent), []string{"orders/create", "orders/paid"}) {
		t.Fatalf("the shop sends %v", topics(sent))
	}
	holds(t, body(t, sent[0]), map[string]string{"/total_price": `"0.00"`, "/tags": `"grazie, replacement:ret_1"`, "/discount_applications.0.type": `"manual"`, "/discount_codes": "[]"})
	if e := parse(t, s, sent[1]); e[len(e)-1].Kind != crm.OrderPaid {
		t.Errorf("the order is read as %s", e[len(e)-1].Kind)
	}
	c.hold(find("tag:grazie AND tag:replacement:ret_1"), map[string]string{"orders.nodes.0.id": `"` + gid("Order", orders[0].ID) + `"`, "orders.nodes.1": "null"})
	s.Break(simshop.Faults{Unindexed: true})
	c.hold(find("tag:grazie"), map[string]string{"draftOrders.nodes": "[]", "orders.nodes": "[]"})
	c.hold(find(""), map[string]string{"draftOrders.nodes.0.id": `"` + id["id"].(string) + `"`})
	s.Break(simshop.Faults{})
	c.hold(c.ask(finish, id), map[string]string{"draftOrderComplete.userErrors.0.message": `"This order has been paid"`})
	if len(s.Orders()) != 1 {
		t.Error("a draft became two orders")
	}
	for want, change := range map[string]map[string]any{
		`["input","lineItems"]`:                     {"lineItems": []any{}},
		`["input","lineItems","0"]`:                 {"lineItems": []any{map[string]any{"variantId": gid("ProductVariant", 9), "quantity": 1}}},
		`["input","purchasingEntity","customerId"]`: {"purchasingEntity": map[string]any{"customerId": gid("Customer", 9)}},
		`["input","appliedDiscount","value"]`:       {"appliedDiscount": map[string]any{"value": 101, "valueType": "PERCENTAGE"}},
	} {
		bad := map[string]any{"lineItems": input["lineItems"]}
		for k, v := range change {
			bad[k] = v
		}
		c.hold(c.ask(draft, map[string]any{"input": bad}), map[string]string{"draftOrderCreate.userErrors.0.field": want, "draftOrderCreate.draftOrder": "null"})
	}
}

func TestAddresses(t *testing.T) {
	s := simshop.New(1, start)
	c, r := open(t, s), returned(t, s)
	query := `query ($id: ID!) { order(id: $id) { name email shippingAddress { firstName address1 city zip countryCodeV2 } fulfillments(first: 10) { originAddress { address1 countryCode } } } shop { shopAddress { address1 zip } } }`
	id := map[string]any{"id": gid("Order", r.Order.ID)}
	giulia := r.Order.Customer
	c.hold(c.ask(query, id), map[string]string{"order.email": `"` + giulia.Email + `"`, "order.shippingAddress.address1": `"` + giulia.Street + `"`,
		"order.fulfillments.0.originAddress.countryCode": `"IT"`, "shop.shopAddress.zip": `"40100"`})

	s.Break(simshop.Faults{Protected: true})
	hidden, err := c.try(query, id)
	if err != nil || hidden.status != 200 {
		t.Fatalf("%v, HTTP %d", err, hidden.status)
	}
	c.hold(hidden, map[string]string{"order.email": "null", "order.shippingAddress.address1": "null", "order.shippingAddress.city": `"` + giulia.City + `"`, "shop.shopAddress.zip": `"40100"`,
		"/errors.0.extensions.code": `"ACCESS_DENIED"`})
	if n := len(hidden.at("/errors").([]any)); n != 4 {
		t.Errorf("%d errors for 4 hidden fields: %s", n, hidden.raw)
	}
	s.CustomerDeleted(giulia)
	s.Break(simshop.Faults{})
	c.hold(c.ask(`query ($id: ID!) { order(id: $id) { customer { id } } }`, id), map[string]string{"order.customer": "null"})
}
