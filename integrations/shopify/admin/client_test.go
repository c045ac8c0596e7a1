package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

const (
	address = "https://example-shop.myshopify.com/admin/api/2026-10/graphql.json"
	tokens  = "https://example-shop.myshopify.com/admin/oauth/access_token"
	secret  = "shpat_not-to-be-told"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

// api is a client whose exchanges are answered by the responder.
func api(answer httpmock.Responder) *admin.Client {
	transport := httpmock.NewMockTransport()
	transport.RegisterResponder(http.MethodPost, address, answer)
	return admin.NewClient(&http.Client{Transport: transport}, clock)
}

func connection() integrations.Connection {
	return integrations.Connection{ShopID: "shp_1", Domain: "example-shop.myshopify.com", Settings: crm.Values{admin.SettingToken: secret}}
}

// cost is the extension of every answer.
func cost(requested, available float64) string {
	return fmt.Sprintf(`"extensions":{"cost":{"requestedQueryCost":%v,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":%v,"restoreRate":100.0}}}`, requested, available)
}

const shopAnswer = `{"data":{"shop":{"id":"gid://shopify/Shop/1","name":"Bottega","currencyCode":"EUR"},"currentAppInstallation":{"accessScopes":[{"handle":"write_discounts"}]}}}`

func TestRequest(t *testing.T) {
	var got *http.Request
	var body string
	c := api(func(r *http.Request) (*http.Response, error) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
		return httpmock.NewStringResponse(200, shopAnswer), nil
	})
	told, err := admin.Shop(t.Context(), c.On(connection()))
	if err != nil || told.Shop.CurrencyCode != "EUR" || told.CurrentAppInstallation.AccessScopes[0].Handle != "write_discounts" {
		t.Fatalf("%+v, %v", told, err)
	}
	if got.Header.Get("X-Shopify-Access-Token") != secret || got.Header.Get("Content-Type") != "application/json" || !strings.Contains(body, `"operationName":"Shop"`) {
		t.Errorf("sent %v with %s", got.Header, body)
	}
}

func TestAddress(t *testing.T) {
	for name, c := range map[string]struct{ domain, own, want string }{
		"the shop's":            {"demo.myshopify.com", "", "https://demo.myshopify.com/admin/api/2026-10/graphql.json"},
		"a stand-in's":          {"demo.myshopify.com", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/admin/api/2026-10/graphql.json"},
		"no shop":               {"", "", ""},
		"another host":          {"evil.example/demo.myshopify.com", "", ""},
		"a stand-in with query": {"demo.myshopify.com", "http://127.0.0.1/?x=", ""},
		"a stand-in of files":   {"demo.myshopify.com", "file:///etc/passwd", ""},
	} {
		called := ""
		transport := httpmock.NewMockTransport()
		transport.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
			called = r.URL.String()
			return httpmock.NewStringResponse(200, shopAnswer), nil
		})
		conn := connection()
		conn.Domain, conn.Settings[admin.SettingURL] = c.domain, c.own
		_, err := admin.Shop(t.Context(), admin.NewClient(&http.Client{Transport: transport}, clock).On(conn))
		if called != c.want || (err != nil) != (c.want == "") || err != nil && integrations.KindOf(err) != integrations.Unauthorized {
			t.Errorf("%s: called %q, %v; want %q", name, called, err, c.want)
		}
	}
}

// TestClasses goes through every way in which a call can fail, for a query and
// for a mutation (platforms.md, C.2).
func TestClasses(t *testing.T) {
	broken := errors.New("connection reset by peer")
	for _, c := range []struct {
		name            string
		answer          httpmock.Responder
		query, mutation integrations.Kind
		detail          string
	}{
		{"no permission", says(200, `{"data":{"shop":null},"errors":[{"message":"Access denied for discountCodeDeactivate field.","extensions":{"code":"ACCESS_DENIED"}}]}`), integrations.Unauthorized, integrations.Unauthorized, "ACCESS_DENIED: Access denied for discountCodeDeactivate field."},
		{"data beside an error", says(200, `{"data":{"shop":{"id":"1","currencyCode":"EUR"}},"errors":[{"message":"not approved","extensions":{"code":"ACCESS_DENIED"}}]}`), integrations.Unauthorized, integrations.Unauthorized, "ACCESS_DENIED: not approved"},
		{"too costly", says(200, `{"errors":[{"message":"Query cost is 1004, which exceeds the single query max cost limit (1000).","extensions":{"code":"MAX_COST_EXCEEDED"}}]}`), integrations.Rejected, integrations.Rejected, "MAX_COST_EXCEEDED"},
		{"a malformed request", says(200, `{"errors":[{"message":"Field 'x' doesn't exist","extensions":{"code":"undefinedField"}}]}`), integrations.Rejected, integrations.Rejected, "undefinedField"},
		{"an unknown id", says(200, `{"data":{"x":null},"errors":[{"message":"Invalid id","extensions":{"code":"RESOURCE_NOT_FOUND"}}]}`), integrations.Rejected, integrations.Rejected, "RESOURCE_NOT_FOUND"},
		{"broken inside", says(200, `{"errors":[{"message":"Internal error. Looks like something went wrong on our end.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`), integrations.Temporary, integrations.Unknown, "Internal error"},
		{"an error without a code", says(200, `{"errors":[{"message":"hm"}]}`), integrations.Temporary, integrations.Unknown, "hm"},
		{"nothing", says(200, `{}`), integrations.Temporary, integrations.Unknown, "holds nothing"},
		{"no data", says(200, `{"data":null}`), integrations.Temporary, integrations.Unknown, "holds nothing"},
		{"no JSON", says(200, `<html>`), integrations.Temporary, integrations.Unknown, "cannot be read"},
		{"cut off", says(200, `{"data":{"shop":{"id":"1"`), integrations.Temporary, integrations.Unknown, "cannot be read"},
		{"of another kind", says(200, `{"data":{"shop":[],"discountCodeDeactivate":7}}`), integrations.Temporary, integrations.Unknown, "2026-10"},
		{"no token", says(401, `{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}`), integrations.Unauthorized, integrations.Unauthorized, "401: [API] Invalid API key"},
		{"a frozen shop", says(402, `{"errors":"Unavailable Shop"}`), integrations.Temporary, integrations.Temporary, "frozen"},
		{"forbidden", says(403, ``), integrations.Unauthorized, integrations.Unauthorized, "403: Forbidden"},
		{"another shop", says(404, `{"errors":"Not Found"}`), integrations.Unauthorized, integrations.Unauthorized, "no such shop"},
		{"a shop that moved", says(301, ``), integrations.Unauthorized, integrations.Unauthorized, "no such shop"},
		{"a locked shop", says(423, ``), integrations.Temporary, integrations.Temporary, "locked"},
		{"taken for an attack", says(430, ``), integrations.Temporary, integrations.Temporary, "430"},
		{"a bad request", says(400, ``), integrations.Rejected, integrations.Rejected, "400"},
		{"broken", says(500, `oops`), integrations.Temporary, integrations.Unknown, "500"},
		{"a gateway", says(504, ``), integrations.Temporary, integrations.Unknown, "504"},
		{"away", says(503, ``), integrations.Temporary, integrations.Temporary, "503"},
		{"no answer", httpmock.NewErrorResponder(broken), integrations.Temporary, integrations.Unknown, "no answer"},
	} {
		client := api(c.answer).On(connection())
		_, err := admin.Shop(t.Context(), client)
		check(t, c.name+", a query", err, c.query, c.detail)
		_, err = admin.DeactivateCode(t.Context(), client, "gid://shopify/DiscountCodeNode/1")
		check(t, c.name+", a mutation", err, c.mutation, c.detail)
	}
}

func says(status int, body string) httpmock.Responder {
	return httpmock.NewStringResponder(status, body)
}

func check(t *testing.T, name string, err error, kind integrations.Kind, detail string) {
	t.Helper()
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Error(), detail) {
		t.Errorf("%s: %v, want %s with %q", name, err, kind, detail)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("%s: the error tells the token: %v", name, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := admin.DeactivateCode(ctx, api(says(200, shopAnswer)).On(connection()), "gid://shopify/DiscountCodeNode/1")
	check(t, "cancelled before it was sent", err, integrations.Temporary, "canceled")
}

func TestNoToken(t *testing.T) {
	for name, token := range map[string]string{"missing": "", "with a line break": "a\r\nX-Other: b"} {
		c := connection()
		c.Settings[admin.SettingToken] = token
		_, err := admin.Shop(t.Context(), api(says(200, shopAnswer)).On(c))
		check(t, name, err, integrations.Unauthorized, "connect the shop again")
	}
}
