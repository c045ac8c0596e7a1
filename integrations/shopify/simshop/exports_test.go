package simshop_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/integrations/shopify/admin"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
)

const (
	runBulk   = `mutation ($query: String!, $group: Boolean!) { run: bulkOperationRunQuery(query: $query, groupObjects: $group) { bulkOperation { id status } userErrors { field message code } } }`
	bulkState = `query ($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount rootObjectCount fileSize url } }`
	someBulk  = `{ orders { edges { node { id name lineItems { edges { node { id title } } } refunds { id } } } } }`
)

// file fetches the lines of a bulk operation.
func (c *counter) file(r reply) (lines []map[string]any) {
	c.Helper()
	resp, err := http.Get(r.text("bulkOperation.url"))
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	d := json.NewDecoder(resp.Body)
	for {
		var line map[string]any
		if err := d.Decode(&line); err == io.EOF {
			return lines
		} else if err != nil || resp.StatusCode != 200 {
			c.Fatalf("HTTP %d, %v", resp.StatusCode, err)
		}
		lines = append(lines, line)
	}
}

// TestExports: a bulk operation takes its time, then there is a file in which
// children name their parent, and follow it only if that was asked for.
func TestExports(t *testing.T) {
	s := simshop.New(1, start)
	s.ExportTime = time.Hour
	c := open(t, s)
	for range 2 {
		s.Place(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}, {Product: s.Products()[1], Quantity: 1}}})
	}
	for _, grouped := range []bool{true, false} {
		begun := c.ask(runBulk, map[string]any{"query": someBulk, "group": grouped})
		id := begun.text("run.bulkOperation.id")
		c.hold(c.ask(bulkState, map[string]any{"id": id}), map[string]string{"bulkOperation.status": `"RUNNING"`, "bulkOperation.url": "null"})
		s.MoveTo(s.Clock().Add(2 * time.Hour))
		done := c.ask(bulkState, map[string]any{"id": id})
		c.hold(done, map[string]string{"bulkOperation.status": `"COMPLETED"`, "bulkOperation.objectCount": `"6"`, "bulkOperation.rootObjectCount": `"2"`, "bulkOperation.errorCode": "null"})
		var shape []string
		parent := ""
		for _, line := range c.file(done) {
			if line["lineItems"] != nil {
				t.Errorf("a connection stands in its parent: %v", line)
			}
			switch {
			case line["__parentId"] == nil:
				parent = fmt.Sprint(line["id"])
				shape = append(shape, "order")
			case line["__parentId"] == parent:
				shape = append(shape, "its line")
			default:
				shape = append(shape, "another's line")
			}
		}
		want := []string{"order", "its line", "its line", "order", "its line", "its line"}
		if !grouped {
			want = []string{"order", "order", "another's line", "another's line", "its line", "its line"}
		}
		if !slices.Equal(shape, want) {
			t.Errorf("grouped %v: %v", grouped, shape)
		}
		s.MoveTo(s.Clock().Add(8 * 24 * time.Hour))
		c.hold(c.ask(bulkState, map[string]any{"id": id}), map[string]string{"bulkOperation.status": `"EXPIRED"`, "bulkOperation.url": "null"})
		resp, err := http.Get(done.text("bulkOperation.url"))
		if err != nil || resp.StatusCode != 400 {
			t.Errorf("its link after eight days: %v, %v", resp, err)
		}
		resp.Body.Close()
	}
	c.hold(c.ask(bulkState, map[string]any{"id": gid("BulkOperation", 1)}), map[string]string{"bulkOperation": "null"})
}

// TestExportsRefused: what bulk operations take no query for is refused in the
// words of a real shop, and so is the sixth at once.
func TestExportsRefused(t *testing.T) {
	s := simshop.New(1, start)
	s.ExportTime = time.Hour
	c := open(t, s)
	for query, want := range map[string]string{
		"{ orders { nodes { id } } }": "must select their contents using 'edges' > 'node'",
		"{ shop { name } }":           "Bulk queries must contain at least one connection.",
		"{ orders { edges { node { name lineItems { edges { node { id } } } } } } }":        "must select the 'id' field without an alias",
		"query A { orders { edges { node { ...O } } } } fragment O on Order { id }":         "no fragments in bulk queries",
		"{ orders { edges { node { id definitelyNot } } } }":                                "Invalid bulk query",
		strings.TrimPrefix(strings.Repeat(" { orders { edges { node { id } } } }", 2), " "): "Invalid bulk query",
	} {
		r := c.ask(runBulk, map[string]any{"query": query, "group": false})
		if r.text("run.userErrors.0.code") != "INVALID" || !strings.Contains(r.text("run.userErrors.0.message"), want) {
			t.Errorf("%s: %s", query, r.raw)
		}
		c.hold(r, map[string]string{"run.bulkOperation": "null"})
	}
	for range 5 {
		c.hold(c.ask(runBulk, map[string]any{"query": admin.Bulk("AllOrders", map[string]bool{"products": true}), "group": true}), map[string]string{"run.userErrors": "[]"})
	}
	sixth := c.ask(runBulk, map[string]any{"query": someBulk, "group": false})
	c.hold(sixth, map[string]string{"run.bulkOperation": "null", "run.userErrors.0.code": `"OPERATION_IN_PROGRESS"`, "run.userErrors.0.field": "null"})
	if m := sixth.text("run.userErrors.0.message"); !strings.HasPrefix(m, "A bulk query operation for this app and shop is already in progress: gid://shopify/BulkOperation/") || strings.Count(m, "gid:") != 5 {
		t.Error(m)
	}
}

// TestListeners: subscriptions are refused in the words of a real shop.
func TestListeners(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	subscribe := func(uri string) reply {
		return c.ask(`mutation ($to: WebhookSubscriptionInput!) { made: webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: $to) { webhookSubscription { id uri } userErrors { field message } } }`,
			map[string]any{"to": map[string]any{"uri": uri}})
	}
	for uri, message := range map[string]string{"": "Address can't be blank", "http://example.com": "Address protocol http:// is not supported"} {
		c.hold(subscribe(uri), map[string]string{"made.webhookSubscription": "null", "made.userErrors": fmt.Sprintf(`[{"field":["webhookSubscription","callbackUrl"],"message":%q}]`, message)})
	}
	made := subscribe("https://example.com/a")
	c.hold(made, map[string]string{"made.userErrors": "[]"})
	c.hold(subscribe("https://example.com/a"), map[string]string{"made.userErrors.0.message": `"Address for this topic has already been taken"`})
	c.hold(subscribe("https://example.com/b"), map[string]string{"made.userErrors": "[]"})
	c.hold(c.ask(`mutation { changed: webhookSubscriptionUpdate(id: "gid://shopify/WebhookSubscription/999999999999", webhookSubscription: {uri: "https://example.com/c"}) { webhookSubscription { id } userErrors { field message } } }`, nil),
		map[string]string{"changed.userErrors": `[{"field":["id"],"message":"Webhook subscription does not exist"}]`})
	first := c.ask(`{ webhookSubscriptions(first: 1) { pageInfo { hasNextPage endCursor } nodes { uri topic format } } }`, nil)
	c.hold(first, map[string]string{"webhookSubscriptions.nodes": `[{"format":"JSON","topic":"ORDERS_CREATE","uri":"https://example.com/a"}]`, "webhookSubscriptions.pageInfo.hasNextPage": "true"})
	c.hold(c.ask(`query ($after: String) { webhookSubscriptions(first: 1, after: $after) { pageInfo { hasNextPage } nodes { uri } } }`, map[string]any{"after": first.text("webhookSubscriptions.pageInfo.endCursor")}),
		map[string]string{"webhookSubscriptions.nodes": `[{"uri":"https://example.com/b"}]`, "webhookSubscriptions.pageInfo.hasNextPage": "false"})
}

// TestBulkRules: queries that a real shop took or refused for a bulk operation
// are taken and refused, in its words, and ours are taken.
func TestBulkRules(t *testing.T) {
	dir := filepath.Join(needs.Contracts(t), "shopify")
	whole, err := os.ReadFile(filepath.Join(dir, "admin-2026-10.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "api-samples", "bulk-operations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Exchanges []struct {
			Step      string
			Variables struct{ Query string }
			Body      struct {
				Data struct {
					Run struct {
						UserErrors []struct{ Code, Message string }
					} `json:"bulkOperationRunQuery"`
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &recorded); err != nil || len(recorded.Exchanges) < 10 {
		t.Fatal(len(recorded.Exchanges), err)
	}
	for _, e := range recorded.Exchanges {
		var want []string
		for _, wrong := range e.Body.Data.Run.UserErrors {
			if wrong.Code == "INVALID" {
				want = append(want, wrong.Message)
			}
		}
		if strings.HasPrefix(e.Step, "successfulRuns.") && e.Step != "successfulRuns.0" {
			continue // the same again
		}
		if got := simshop.BulkRules(string(whole), e.Variables.Query); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", e.Step, got, want)
		}
	}
	for _, ours := range []string{admin.Bulk("AllCustomers", nil), admin.Bulk("AllOrders", map[string]bool{"products": true}), admin.Bulk("AllOrders", nil)} {
		if wrong := simshop.BulkRules(string(whole), ours); wrong != nil {
			t.Errorf("%q in\n%s", wrong, ours)
		}
	}
}
