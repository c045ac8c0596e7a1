package simshop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"grazie/integrations/shopify/admin"
	"grazie/integrations/shopify/simshop"
)

// counter is where the API is asked, over HTTP and with plain JSON.
type counter struct {
	*testing.T
	shop  *simshop.Shop
	url   string
	token string
}

func open(t *testing.T, shop *simshop.Shop) *counter {
	t.Helper()
	server := httptest.NewServer(shop.API())
	t.Cleanup(server.Close)
	return &counter{T: t, shop: shop, url: server.URL, token: shop.Token()}
}

// reply is what came back. Its data is told apart by paths such as
// "return.status" and "discountCodeBasicCreate.userErrors.0.code".
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (c *counter) post(path, token string, body any) (reply, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return reply{}, err
	}
	req, err := http.NewRequest("POST", c.url+path, bytes.NewReader(raw))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Shopify-Access-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: resp.StatusCode, header: resp.Header, raw: string(text)}
	return r, errors.Join(json.Unmarshal(text, &r.body))
}

func (c *counter) try(query string, variables map[string]any) (reply, error) {
	return c.post("/admin/api/2026-10/graphql.json", c.token, map[string]any{"query": query, "variables": variables})
}

// ask expects an answer without errors at the top.
func (c *counter) ask(query string, variables map[string]any) reply {
	c.Helper()
	r, err := c.try(query, variables)
	if err != nil || r.status != 200 || r.body["errors"] != nil {
		c.Fatalf("%s: %v, HTTP %d %s", query, err, r.status, r.raw)
	}
	return r
}

// at is the value at a path below data, or below the whole body if the path
// begins with "/".
func (r reply) at(path string) any {
	var v any = r.body
	if rest, whole := strings.CutPrefix(path, "/"); whole {
		path = rest
	} else {
		v = r.body["data"]
	}
	for step := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case map[string]any:
			v = here[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(here) {
				return nil
			}
			v = here[i]
		default:
			return nil
		}
	}
	return v
}

func (r reply) text(path string) string { s, _ := r.at(path).(string); return s }

// hold compares values at paths, written as JSON.
func (c *counter) hold(r reply, want map[string]string) {
	c.Helper()
	for path, w := range want {
		if got, _ := json.Marshal(r.at(path)); string(got) != w {
			c.Errorf("%s is %s, want %s, in %.800s", path, got, w, r.raw)
		}
	}
}

// TestEveryOperation sends each operation that the client knows, so that none
// of them asks for what the shop cannot tell.
func TestEveryOperation(t *testing.T) {
	s := simshop.New(1, start)
	s.Fee = 490
	c := open(t, s)
	o, _, _ := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 2}}})
	s.Fulfill(o)
	ret, _, err := s.RequestReturn(o, "Too small")
	if err != nil {
		t.Fatal(err)
	}
	gid := func(kind string, id uint64) string { return fmt.Sprintf("gid://shopify/%s/%d", kind, id) }
	client, err := os.ReadFile("../admin/generated.go")
	if err != nil {
		t.Fatal(err)
	}
	operations := regexp.MustCompile("(?s)const (\\w+)_Operation = `(.*?)`").FindAllStringSubmatch(string(client), -1)
	if len(operations) < 10 {
		t.Fatalf("the client has %d operations", len(operations))
	}
	inputs := map[string]any{"CreateDraft": map[string]any{"note": nil}, "ApproveReturn": map[string]any{"id": gid("Return", ret.ID)}}
	ids := map[string]string{"Return": gid("Return", ret.ID), "ReverseDeliveries": gid("Return", ret.ID), "OrderAddresses": gid("Order", o.ID),
		"ProductPrice": gid("Product", s.Products()[0].ID), "DraftOrder": gid("DraftOrder", 1), "CompleteDraft": gid("DraftOrder", 1),
		"DeactivateCode": gid("DiscountCodeNode", 1), "BulkOperation": gid("BulkOperation", 1), "MendSubscription": gid("WebhookSubscription", 1),
		"OneOrder": gid("Order", o.ID)}
	for _, name := range []string{"AllOrders", "OneOrder", "AllCustomers", "ChangedCustomers"} {
		operations = append(operations, []string{"", name, admin.Raw(name)})
	}
	for _, op := range operations {
		c.ask(op[2], map[string]any{"id": ids[op[1]], "input": inputs[op[1]], "code": "NONE", "query": "tag:none", "discount": map[string]any{"code": "A"},
			"order": gid("ReverseFulfillmentOrder", 1), "lines": []any{}, "delivery": gid("ReverseDelivery", 1), "notify": false, "group": true, "returns": true, "products": true, "topic": "ORDERS_CREATE", "to": map[string]any{}})
	}
}

// TestDrift holds that the shop does not start with a schema of which it lacks
// something.
func TestDrift(t *testing.T) {
	s := simshop.New(1, start)
	for _, change := range []struct{ from, to string }{
		{"type Return {\n", "type Return {\n  closedAt: DateTime\n"},
		{"  usageLimit: Int\n", "  usageLimit: Int\n  recurringCycleLimit: Int\n"},
		{"union DiscountCode = ", "type DiscountCodeNew { title: String! }\nunion DiscountCode = DiscountCodeNew | "},
	} {
		drifted := strings.Replace(admin.Schema, change.from, change.to, 1)
		if drifted == admin.Schema {
			t.Fatalf("the schema has no %q", change.from)
		}
		if _, err := s.APIOf(drifted); err == nil {
			t.Errorf("with %q the shop starts", change.to)
		}
	}
	if _, err := s.APIOf(admin.Schema); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	c := open(t, simshop.New(1, start))
	for query, want := range map[string]string{
		"{ shop { name ":             `"PARSE_ERROR"`,
		"":                           `"PARSE_ERROR"`,
		"{ shop { definitelyNot } }": `"undefinedField"`,
		"{ shop }":                   `"selectionMismatch"`,
		"{ return(id: \"gid://shopify/Order/1\") { id } }": `"RESOURCE_NOT_FOUND"`,
	} {
		r, err := c.try(query, nil)
		if err != nil || r.status != 200 {
			t.Fatalf("%s: %v, HTTP %d", query, err, r.status)
		}
		c.hold(r, map[string]string{"/errors.0.extensions.code": want})
	}
	if r, err := c.post("/admin/api/2026-10/graphql.json", c.token, "no object"); err != nil || r.status != 400 {
		t.Errorf("no request at all: %v, HTTP %d", err, r.status)
	}
	if r, _ := c.post("/admin/api/2024-01/graphql.json", c.token, map[string]any{}); r.status != 404 {
		t.Errorf("another version: HTTP %d", r.status)
	}
}

func TestWho(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	c.hold(c.ask("{ shop { name currencyCode ianaTimezone myshopifyDomain } currentAppInstallation { accessScopes { handle } } }", nil), map[string]string{
		"shop.name": `"Bottega Demo"`, "shop.currencyCode": `"EUR"`, "shop.myshopifyDomain": `"bottega-demo.myshopify.com"`,
		"currentAppInstallation.accessScopes.1.handle": `"write_customers"`,
	})
	c.hold(c.ask(`{ product(id: "gid://shopify/Product/71304271627770011") { title priceRangeV2 { maxVariantPrice { amount currencyCode } } } }`, nil), map[string]string{
		"product.priceRangeV2.maxVariantPrice.amount": `"24.5"`,
	})
}

func topics(webhooks []simshop.Webhook) []string {
	var names []string
	for _, w := range webhooks {
		names = append(names, w.Topic)
	}
	return slices.Clip(names)
}
