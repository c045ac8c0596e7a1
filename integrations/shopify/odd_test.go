package shopify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

// TestOddAnswers: whatever is missing in an answer without errors, no act takes
// it for done.
func TestOddAnswers(t *testing.T) {
	d := crm.DiscountCode{Code: "C", Kind: crm.Percentage, Percent: 10, StartsAt: start}
	shipping := crm.DiscountCode{Code: "C", Kind: crm.FreeShipping, StartsAt: start}
	amount := crm.DiscountCode{Code: "C", Kind: crm.FixedAmount, Amount: crm.Money{Minor: 1, Currency: "EUR"}, StartsAt: start}
	r := crm.Return{ID: "1", OrderID: "2", Value: crm.Money{Minor: 1, Currency: "EUR"}, Lines: []crm.ReturnLine{{VariantID: "3", Quantity: 1}}}
	held := `{"data":{"codeDiscountNodeByCode":{"id":"gid://shopify/DiscountCodeNode/7","codeDiscount":{"__typename":"DiscountCodeBasic","title":"Grazie","status":"ACTIVE","tags":["grazie"],"desk":{"__typename":"DiscountMarkets"}}}}}`
	open := `{"data":{"return":{"id":"gid://shopify/Return/1","status":"OPEN","reverseFulfillmentOrders":{"nodes":[{"id":"gid://shopify/ReverseFulfillmentOrder/1","status":"OPEN","reverseDeliveries":{"nodes":[%s]}}]}}}}`
	nothing := `{"data":{"tagged":{"nodes":[]},"newest":{"nodes":[]},"orders":{"nodes":[]}}}`
	address := `{"data":{"order":{"id":"gid://shopify/Order/2","shippingAddress":{"address1":"Via Roma 1"},"fulfillments":[]},"shop":{"shopAddress":{}}}}`
	draft := `{"id":"gid://shopify/DraftOrder/5","status":"OPEN","tags":["key"],"totalPriceSet":{"shopMoney":{"amount":"%s","currencyCode":"EUR"}}}`
	free := fmt.Sprintf(draft, "0.0")

	for _, v := range []struct {
		act     string
		do      func(desk) error
		answers []string // the last one is odd
	}{
		{"create", func(c desk) error { _, err := c.p.CreateDiscountCode(t.Context(), c.c, d); return err }, []string{`{"data":{"discountCodeBasicCreate":null}}`}},
		{"create", func(c desk) error { _, err := c.p.CreateDiscountCode(t.Context(), c.c, d); return err }, []string{`{"data":{"discountCodeBasicCreate":{"codeDiscountNode":null,"userErrors":[]}}}`}},
		{"create", func(c desk) error { _, err := c.p.CreateDiscountCode(t.Context(), c.c, amount); return err }, []string{`{"data":{"shop":null}}`}},
		{"free shipping", func(c desk) error { _, err := c.p.CreateDiscountCode(t.Context(), c.c, shipping); return err }, []string{`{"data":{}}`}},
		{"end", func(c desk) error { return c.p.EndDiscountCode(t.Context(), c.c, d) }, []string{held, `{"data":{}}`}},
		{"end", func(c desk) error { return c.p.EndDiscountCode(t.Context(), c.c, d) }, []string{held, `{"data":{"discountCodeDeactivate":{"userErrors":[]}}}`}},
		{"end", func(c desk) error { return c.p.EndDiscountCode(t.Context(), c.c, d) }, []string{`{"data":{"codeDiscountNodeByCode":{"id":"x","codeDiscount":{"__typename":"DiscountCodeNew"}}}}`}},
		{"read", func(c desk) error { _, err := c.p.Return(t.Context(), c.c, "1"); return err }, []string{`{"data":{"return":null}}`}},
		{"read", func(c desk) error { _, err := c.p.Return(t.Context(), c.c, "1"); return err }, []string{`{"data":{"return":{"returnShippingFees":[{"amountSet":{"shopMoney":{"amount":"ten"}}}]}}}`}},
		{"approve", func(c desk) error { _, err := c.p.ApproveReturn(t.Context(), c.c, r); return err }, []string{`{"data":{}}`}},
		{"approve", func(c desk) error { _, err := c.p.ApproveReturn(t.Context(), c.c, r); return err }, []string{`{"data":{"returnApproveRequest":{"return":null,"userErrors":[]}}}`}},
		{"label", func(c desk) error { return c.label(r) }, []string{`{"data":{"return":null}}`}},
		{"label", func(c desk) error { return c.label(r) }, []string{strings.Replace(fmt.Sprintf(open, ""), `"status":"OPEN","reverseD`, `"status":"CLOSED","reverseD`, 1)}},
		{"label", func(c desk) error { return c.label(r) }, []string{fmt.Sprintf(open, ""), `{"data":{}}`}},
		{"label", func(c desk) error { return c.label(r) }, []string{fmt.Sprintf(open, ""), `{"data":{"reverseDeliveryCreateWithShipping":{"userErrors":[]}}}`}},
		{"another label", func(c desk) error { return c.label(r) }, []string{fmt.Sprintf(open, `{"id":"gid://shopify/ReverseDelivery/1","deliverable":null}`), `{"data":{}}`}},
		{"another label", func(c desk) error { return c.label(r) }, []string{fmt.Sprintf(open, `{"id":"gid://shopify/ReverseDelivery/1"}`), `{"data":{"reverseDeliveryShippingUpdate":{"userErrors":[{"message":"no"}]}}}`}},
		{"addresses", func(c desk) error { _, _, err := c.p.Addresses(t.Context(), c.c, "2"); return err }, []string{`{"data":{"order":{"id":"x","shippingAddress":null}}}`}},
		{"replace", func(c desk) error { return c.replace(r) }, []string{nothing, `{"data":{}}`}},
		{"replace", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"userErrors":[{"field":["input"],"message":"Not enough in stock"}]}}}`}},
		{"replace", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"userErrors":[]}}}`}},
		{"replace for money", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"draftOrder":` + fmt.Sprintf(draft, "4.90") + `,"userErrors":[]}}}`}},
		{"complete", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"draftOrder":` + free + `,"userErrors":[]}}}`, `{"data":{}}`}},
		{"complete", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"draftOrder":` + free + `,"userErrors":[]}}}`, `{"data":{"draftOrderComplete":{"draftOrder":` + free + `,"userErrors":[]}}}`, `{"data":{"draftOrder":` + free + `}}`}},
		{"complete", func(c desk) error { return c.replace(r) }, []string{nothing, address, `{"data":{"draftOrderCreate":{"draftOrder":` + free + `,"userErrors":[]}}}`, `{"data":{"draftOrderComplete":{"userErrors":[{"message":"no"}]}}}`, `{"data":{"draftOrder":null}}`}},
		{"check", func(c desk) error { return c.p.Check(t.Context(), c.c) }, []string{`{"data":{"shop":{},"currentAppInstallation":null}}`}},
	} {
		p, conn := replay(v.answers...)
		err := v.do(desk{p, conn})
		if kind := integrations.KindOf(err); err == nil || kind == integrations.Unknown || strings.Contains(err.Error(), "more was asked") {
			t.Errorf("%s, %s: %v, want an error that tells what to do", v.act, v.answers[len(v.answers)-1], err)
		}
	}
}

// TestCompletedMeanwhile: a draft that cannot be completed because it is one
// order already is a success.
func TestCompletedMeanwhile(t *testing.T) {
	draft := `{"id":"gid://shopify/DraftOrder/5","status":"COMPLETED","tags":["GRAZIE","Key"],"totalPriceSet":{"shopMoney":{"amount":"0.0","currencyCode":"EUR"}}`
	p, c := replay(`{"data":{"tagged":{"nodes":[]},"newest":{"nodes":[`+draft+`}]},"orders":{"nodes":[]}}}`,
		`{"data":{"draftOrderComplete":{"userErrors":[{"field":null,"message":"This order has been paid"}]}}}`,
		`{"data":{"draftOrder":`+draft+`,"order":{"id":"gid://shopify/Order/9"}}}}`)
	got, err := p.PlaceReplacement(t.Context(), c, crm.Return{ID: "1"}, "key")
	if err != nil || got.OrderID != "9" || got.DraftID != "5" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDraftsAreGone: shops delete old drafts; the order tells that there was one.
func TestDraftsAreGone(t *testing.T) {
	p, c := replay(`{"data":{"tagged":{"nodes":[]},"newest":{"nodes":[]},"orders":{"nodes":[{"id":"gid://shopify/Order/8","tags":["keys"]},{"id":"gid://shopify/Order/9","tags":["grazie","KEY"]}]}}}`)
	got, err := p.PlaceReplacement(t.Context(), c, crm.Return{ID: "1"}, "key")
	if err != nil || got.OrderID != "9" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestLabelIsThere: nothing is asked of the shop for a label that is there.
func TestLabelIsThere(t *testing.T) {
	there := `{"data":{"return":{"id":"gid://shopify/Return/1","status":"OPEN","reverseFulfillmentOrders":{"nodes":[
		{"id":"gid://shopify/ReverseFulfillmentOrder/1","status":"CLOSED","reverseDeliveries":{"nodes":[]}},
		{"id":"gid://shopify/ReverseFulfillmentOrder/2","status":"OPEN","reverseDeliveries":{"nodes":[
			{"id":"gid://shopify/ReverseDelivery/3","deliverable":null},
			{"id":"gid://shopify/ReverseDelivery/4","deliverable":{"__typename":"ReverseDeliveryShippingDeliverable","label":{"publicFileUrl":"https://shop.example/a.pdf"},"tracking":{"number":"1Z999","url":null}}}]}}]}}}}`
	for name, label := range map[string]crm.Label{
		"by its number": {URL: "https://labels.example/1.pdf", Tracking: "1Z999"},
		"by its link":   {URL: "https://shop.example/a.pdf"},
	} {
		p, c := replay(there)
		if got, err := p.AttachLabel(t.Context(), c, crm.Return{ID: "1"}, label); err != nil || got.ID != "4" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestManyLines: a return is read to its last page.
func TestManyLines(t *testing.T) {
	page := func(line, next string) string {
		return `{"data":{"return":{"id":"gid://shopify/Return/1","name":"#1-R1","status":"OPEN","createdAt":"2026-11-20T10:00:00Z","order":{"id":"gid://shopify/Order/2"},"returnLineItems":{"pageInfo":{` + next +
			`},"nodes":[{"__typename":"ReturnLineItem","id":"gid://shopify/ReturnLineItem/` + line + `","quantity":1,"fulfillmentLineItem":{"lineItem":{"title":"Dress","variant":null}},"withCodeDiscountedTotalPriceSet":{"shopMoney":{"amount":"10.0","currencyCode":"EUR"}}},` +
			`{"__typename":"UnverifiedReturnLineItem","id":"gid://shopify/ReturnLineItem/` + line + `0","quantity":2,"unitPrice":{"amount":"0.50","currencyCode":"EUR"}}]}}}}`
	}
	p, c := replay(page("1", `"hasNextPage":true,"endCursor":"abc"`), page("2", `"hasNextPage":false`))
	got, err := p.Return(t.Context(), c, "1")
	if err != nil || len(got.Lines) != 4 || got.Value != (crm.Money{Minor: 2200, Currency: "EUR"}) || got.Lines[3].Quantity != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// desk is an adapter with the connection to act for.
type desk struct {
	p *shopify.Platform
	c integrations.Connection
}

func (c desk) label(r crm.Return) error {
	_, err := c.p.AttachLabel(context.Background(), c.c, r, crm.Label{URL: "https://labels.example/1.pdf"})
	return err
}

func (c desk) replace(r crm.Return) error {
	_, err := c.p.PlaceReplacement(context.Background(), c.c, r, "key")
	return err
}
