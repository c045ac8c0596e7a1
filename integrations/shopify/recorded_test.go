package shopify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/admin"
	"grazie/internal/needs"
)

// exchange is one that was recorded on a development store.
type exchange struct {
	Step      string
	Variables json.RawMessage
	Status    int
	Body      json.RawMessage
}

func recordings(t *testing.T, file string) map[string]exchange {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(needs.Contracts(t), "shopify", "api-samples", file))
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Exchanges []exchange }
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	steps := map[string]exchange{}
	for _, e := range list.Exchanges {
		steps[e.Step] = e
	}
	return steps
}

// data is a part of a recorded answer as the answer to another field of it.
func data(t *testing.T, e exchange, field, as string) string {
	t.Helper()
	var body struct{ Data map[string]json.RawMessage }
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Data[field] == nil {
		t.Fatalf("%s holds no %s: %v", e.Step, field, err)
	}
	return `{"data":{"` + as + `":` + string(body.Data[field]) + `}}`
}

// replay is the adapter before a shop that answers in turn.
func replay(answers ...string) (*shopify.Platform, integrations.Connection) {
	transport, next := httpmock.NewMockTransport(), 0
	transport.RegisterResponder("POST", "https://example-shop.myshopify.com/admin/api/2026-10/graphql.json", func(r *http.Request) (*http.Response, error) {
		if _, err := io.ReadAll(r.Body); err != nil || next == len(answers) {
			return nil, errors.New("more was asked than is recorded")
		}
		next++
		return httpmock.NewStringResponse(200, withCost(answers[next-1])), nil
	})
	return shopify.Connected(&http.Client{Transport: transport}, func() time.Time { return start }, shopify.App{}), integrations.Connection{
		ShopID: "shp_1", Domain: "example-shop.myshopify.com", Settings: crm.Values{shopify.SettingToken: "t"}}
}

// withCost adds what every answer of a real shop tells of the throttle.
func withCost(answer string) string {
	if strings.Contains(answer, `"extensions"`) {
		return answer
	}
	return strings.TrimSuffix(answer, "}") + `,"extensions":{"cost":{"requestedQueryCost":10,"actualQueryCost":10,"throttleStatus":{"maximumAvailable":2000,"currentlyAvailable":1990,"restoreRate":100}}}}`
}

func wants(t *testing.T, name string, err error, kind integrations.Kind, detail string) {
	t.Helper()
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Error(), detail) {
		t.Errorf("%s: %v, want %s with %q", name, err, kind, detail)
	}
}

// TestRecordedCodes replays what a real shop said to codes.
func TestRecordedCodes(t *testing.T) {
	steps := recordings(t, "discounts.json")
	create, update := steps["create"], steps["deactivate"]
	var variables struct{ Input json.RawMessage }
	if err := json.Unmarshal(create.Variables, &variables); err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(variables.Input))
	strict.DisallowUnknownFields()
	var terms admin.DiscountCodeBasicInput
	if err := strict.Decode(&terms); err != nil || *terms.CustomerGets.Value.Percentage != 0.1 || *terms.CombinesWith.OrderDiscounts != true {
		t.Errorf("what was sent to the real shop is not of our shape: %v, %+v", err, terms)
	}

	d := crm.DiscountCode{Code: *terms.Code, Title: *terms.Title, Kind: crm.Percentage, Percent: 10, StartsAt: *terms.StartsAt}
	p, c := replay(string(create.Body))
	r, err := p.CreateDiscountCode(t.Context(), c, d)
	if err != nil || r.ID != "1660207006002" {
		t.Errorf("created: %+v, %v", r, err)
	}

	// TAKEN, and the code as it was made then: without our tag.
	holder := `{"data":{"codeDiscountNodeByCode":{"id":"gid://shopify/DiscountCodeNode/7","codeDiscount":{"__typename":"DiscountCodeBasic","title":"` + d.Title + `","status":"ACTIVE","endsAt":null,"tags":["Grazie"],"context":{"__typename":"DiscountBuyerSelectionAll"}}}}}`
	taken := data(t, steps["validation.omnibus"], "duplicate", "discountCodeBasicCreate")
	p, c = replay(taken, holder)
	if r, err := p.CreateDiscountCode(t.Context(), c, d); err != nil || r.ID != "7" {
		t.Errorf("taken by ourselves: %+v, %v", r, err)
	}
	for name, other := range map[string]string{
		"without our tag": strings.Replace(holder, `"Grazie"`, `"summer"`, 1),
		"a buy-x-get-y":   `{"data":{"codeDiscountNodeByCode":{"id":"gid://shopify/DiscountCodeNode/7","codeDiscount":{"__typename":"DiscountCodeBxgy"}}}}`,
		"an app's":        `{"data":{"codeDiscountNodeByCode":{"id":"gid://shopify/DiscountCodeNode/7","codeDiscount":{"__typename":"DiscountCodeApp"}}}}`,
		"for a segment":   strings.Replace(strings.Replace(holder, "DiscountBuyerSelectionAll", "DiscountCustomerSegments", 1), d.Title, "other", 1),
	} {
		p, c = replay(taken, other)
		_, err = p.CreateDiscountCode(t.Context(), c, d)
		wants(t, name, err, integrations.Rejected, "for something else")
	}
	p, c = replay(taken, `{"data":{"codeDiscountNodeByCode":null}}`)
	_, err = p.CreateDiscountCode(t.Context(), c, d)
	wants(t, "taken and not to be found", err, integrations.Temporary, "does not show it yet")

	p, c = replay(data(t, steps["validation.omnibus"], "badRefs", "discountCodeBasicCreate"))
	_, err = p.CreateDiscountCode(t.Context(), c, d)
	wants(t, "refused", err, integrations.Rejected, "Cannot entitle collections in combination with product variants or products (basicCodeDiscount.customerGets.items.collections.add)")

	p, c = replay(holder, string(update.Body))
	if err := p.EndDiscountCode(t.Context(), c, d); err != nil {
		t.Errorf("ended: %v", err)
	}
}

// TestRecordedReturns replays what a real shop said to approvals and labels.
func TestRecordedReturns(t *testing.T) {
	refused, steps := recordings(t, "returns-errors.json"), recordings(t, "returns.json")
	r := crm.Return{ID: "15264809266"}
	p, c := replay(string(steps["returnApproveRequest"].Body))
	if got, err := p.ApproveReturn(t.Context(), c, r); err != nil || got.ID != r.ID {
		t.Errorf("approved: %+v, %v", got, err)
	}
	standing := func(status string) string {
		return `{"data":{"return":{"id":"gid://shopify/Return/15264809266","status":"` + status + `","reverseFulfillmentOrders":{"nodes":[{"id":"gid://shopify/ReverseFulfillmentOrder/14864154930","status":"OPEN","reverseDeliveries":{"nodes":[]}}]}}}}`
	}
	p, c = replay(string(refused["openCase.approveOpenInvalid"].Body), standing("OPEN"))
	if got, err := p.ApproveReturn(t.Context(), c, r); err != nil || got.ID != r.ID {
		t.Errorf("open already: %+v, %v", got, err)
	}
	p, c = replay(string(refused["declinedCase.approveDeclinedInvalid"].Body), standing("DECLINED"))
	_, err := p.ApproveReturn(t.Context(), c, r)
	wants(t, "declined", err, integrations.Rejected, "the return is declined")
	p, c = replay(string(refused["unknownIdCase.approveMissing"].Body))
	_, err = p.ApproveReturn(t.Context(), c, r)
	wants(t, "unknown", err, integrations.Rejected, "Return not found. (input.id)")

	label := crm.Label{URL: "https://example.com/labels/HAR442-20260720054240.pdf", Tracking: "HAR442-RETURN-20260720054240"}
	p, c = replay(standing("OPEN"), string(steps["reverseDeliveryCreate"].Body))
	if got, err := p.AttachLabel(t.Context(), c, r, label); err != nil || got.ID != "5127373106" {
		t.Errorf("attached: %+v, %v", got, err)
	}
	p, c = replay(strings.Replace(standing("OPEN"), `"nodes":[]`, `"nodes":[`+delivery(t, steps["reverseDeliveryCreate"])+`]`, 1))
	if got, err := p.AttachLabel(t.Context(), c, r, label); err != nil || got.ID != "5127373106" {
		t.Errorf("attached already: %+v, %v", got, err)
	}
	for step, detail := range map[string]string{
		"reverseDeliveryCreateValidation.missingReverseFulfillmentOrder":   "Reverse fulfillment order was not found. (reverseFulfillmentOrderId)",
		"reverseDeliveryCreateValidation.overQuantity":                     "cannot deliver more items than are returned",
		"reverseDeliveryCreateValidation.wrongTypeReverseFulfillmentOrder": "RESOURCE_NOT_FOUND: Invalid id",
	} {
		p, c = replay(standing("OPEN"), string(steps[step].Body))
		_, err = p.AttachLabel(t.Context(), c, r, label)
		wants(t, step, err, integrations.Rejected, detail)
	}
}

// delivery is the one that was made in an exchange.
func delivery(t *testing.T, e exchange) string {
	t.Helper()
	var body struct {
		Data struct {
			Made struct {
				Delivery json.RawMessage `json:"reverseDelivery"`
			} `json:"reverseDeliveryCreateWithShipping"`
		}
	}
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Data.Made.Delivery == nil {
		t.Fatalf("%s made no delivery: %v", e.Step, err)
	}
	return string(body.Data.Made.Delivery)
}

// TestRecordedErrors: whatever a real shop found wrong with a request, it was
// not done, and never will be.
func TestRecordedErrors(t *testing.T) {
	for step, e := range recordings(t, "graphql-errors.json") {
		p, c := replay(string(e.Body))
		_, err := p.ApproveReturn(t.Context(), c, crm.Return{ID: "1"})
		wants(t, step, err, integrations.Rejected, "")
	}
}
