package handlers_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// least is who may ask what: the same table as the routes', written a second
// time so that no line changes by itself.
var least = map[string]store.Role{
	"POST /jobs":                       store.Support,
	"GET /messages/{message}":          store.Viewer,
	"POST /messages/{message}/approve": store.Manager,
	"GET /customers/{customer}/why":    store.Viewer,
	"GET /customers/{customer}/export": store.Manager,
	"POST /customers/{customer}/erase": store.Manager,
	"GET /tasks":                       store.Viewer,
	"POST /tasks/{task}/done":          store.Support,
	"GET /bulks":                       store.Viewer,
	"POST /bulks":                      store.Manager,
	"GET /bulks/{bulk}":                store.Viewer,
	"POST /bulks/{bulk}/start":         store.Manager,
	"POST /bulks/{bulk}/pause":         store.Manager,
	"POST /bulks/{bulk}/resume":        store.Manager,
	"POST /bulks/{bulk}/cancel":        store.Manager,
	"GET /bulks/{bulk}/result":         store.Viewer,
}

// operations are the routes that the API's own description tells of, with the
// least role of each.
func (c *counter) operations() map[string]store.Role {
	c.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Least store.Role `json:"x-least-role"`
		}
	}
	c.into(c.get("/api/v1/openapi.json"), &doc)
	all := map[string]store.Role{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			all[strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1/shops/{shop}")] = op.Least
		}
	}
	return all
}

// Every route with every role, without a token, with a wrong one, a revoked
// one, and one of another shop.
func TestWhoMayAskWhat(t *testing.T) {
	c := newCounter(t)
	told := c.operations()
	if len(told) != len(least) {
		t.Errorf("%d routes are described, %d are listed here", len(told), len(least))
	}
	other := c.connect("other.myshopify.com", crm.Values{"secret": "another secret"})
	c.token("of another shop", store.Owner, other)
	c.token("of all shops", store.Owner, "")
	if err := c.store.RevokeToken(t.Context(), c.token("revoked", store.Owner, c.shopID).ID); err != nil {
		t.Fatal(err)
	}
	c.tokens["wrong"] = "grz_" + strings.Repeat("0", 52)
	fill := strings.NewReplacer("{message}", "msg_none", "{customer}", "none", "{task}", "tsk_none", "{bulk}", "blk_none")
	for route, role := range least {
		if told[route] != role {
			t.Errorf("%s takes %q, want %q", route, told[route], role)
		}
		where := fill.Replace(route)
		// The body is sent as well, to be refused before it is looked at.
		asks := func(who string) answer { return c.ask(who, where, "{") }
		for _, have := range store.Roles {
			a := asks(string(have))
			if allowed := have.May(role); allowed == (a.status == http.StatusForbidden) || a.status == http.StatusUnauthorized {
				t.Errorf("%s as %s: %d %s", route, have, a.status, a.body)
			}
			if a.status == http.StatusForbidden && !strings.Contains(a.header.Get("WWW-Authenticate"), "insufficient_scope") {
				t.Errorf("%s as %s: %v", route, have, a.header)
			}
		}
		if a := asks("of all shops"); a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
			t.Errorf("%s with a token of all shops: %d", route, a.status)
		}
		for _, who := range []string{"nobody", "wrong", "revoked"} {
			a := asks(who)
			c.is(route+" as "+who, a, http.StatusUnauthorized)
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s as %s: no challenge", route, who)
			}
		}
		// Another's shop looks like one that is not there.
		mine := asks("of another shop")
		none := c.ask("of another shop", strings.Replace(where, " /", " /api/v1/shops/none.myshopify.com/", 1), "{")
		if mine.status != http.StatusNotFound || mine.body != none.body || mine.status != none.status {
			t.Errorf("%s of another shop: %d %s; of none: %d %s", route, mine.status, mine.body, none.status, none.body)
		}
	}
	n := float64(len(least))
	if got := []float64{c.refused("no_token"), c.refused("bad_token"), c.refused("other_shop")}; got[0] != n || got[1] != 2*n || got[2] != 2*n || c.refused("role") == 0 {
		t.Errorf("counted %v", got)
	}
}

func TestRolesAreLadder(t *testing.T) {
	for i, have := range store.Roles {
		for k, need := range store.Roles {
			if have.May(need) != (i >= k) {
				t.Errorf("%s for %s", have, need)
			}
		}
	}
	for _, odd := range []store.Role{"", "admin", "Owner"} {
		if odd.May(store.Viewer) || store.Owner.May(odd) {
			t.Errorf("%q", odd)
		}
	}
}

// Other ways to send a token, and things that are none.
func TestTokenForms(t *testing.T) {
	c := newCounter(t)
	secret := c.tokens["viewer"]
	for value, want := range map[string]int{
		"Bearer " + secret:                    http.StatusOK,
		"bearer  " + secret + " ":             http.StatusOK,
		secret:                                http.StatusUnauthorized,
		"Basic " + secret:                     http.StatusUnauthorized,
		"Bearer":                              http.StatusUnauthorized,
		"Bearer " + secret[:len(secret)-1]:    http.StatusUnauthorized,
		"Bearer " + strings.ToUpper(secret):   http.StatusUnauthorized,
		"Bearer " + strings.Repeat("x", 8000): http.StatusUnauthorized,
		"Bearer ' or 1=1 --":                  http.StatusUnauthorized,
	} {
		a := c.send(http.MethodGet, "/api/v1/shops/"+c.shopID+"/tasks", http.Header{"Authorization": {value}}, nil)
		if a.status != want {
			t.Errorf("%.20q: %d", value, a.status)
		}
	}
	if a := c.send(http.MethodGet, "/api/v1/shops/"+c.shopID+"/tasks?token="+secret, http.Header{}, nil); a.status != http.StatusUnauthorized {
		t.Errorf("in the address: %d", a.status)
	}
	// By domain as well as by id.
	for _, shop := range []string{c.shop.Domain, c.shopID} {
		c.is(shop, c.ask("viewer", "GET /api/v1/shops/"+shop+"/tasks", nil), http.StatusOK)
	}
}

// What a gesture gives asks for more than the route does.
func TestWhoMayGive(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	for name, job := range map[string]struct {
		body  map[string]any
		gives bool
	}{
		"thank-you":         {map[string]any{"journey": "thank_you", "order": "1001"}, false},
		"apology of words":  {map[string]any{"journey": "apology", "order": "1001", "offer": "none"}, false},
		"apology of a code": {map[string]any{"journey": "apology", "order": "1001", "offer": "code"}, true},
		"apology, open":     {map[string]any{"journey": "apology", "order": "1001"}, true},
		"birthday":          {map[string]any{"journey": "birthday_coupon", "customer": "77"}, true},
		"anniversary":       {map[string]any{"journey": "anniversary_coupon", "customer": "77"}, true},
		"return":            {map[string]any{"journey": "return_upgrade", "return": "5"}, true},
	} {
		job.body["reason"] = "she asked"
		a := c.ask("support", "POST /jobs", job.body)
		if job.gives {
			c.is(name, a, http.StatusForbidden, `"field":"journey"`, "gestures that give nothing")
		} else {
			c.is(name, a, http.StatusAccepted)
		}
		if a := c.ask("manager", "POST /jobs", job.body); a.status == http.StatusForbidden {
			t.Errorf("%s as manager: %s", name, a.body)
		}
		job.body["dry_run"] = true
		if a := c.ask("support", "POST /jobs", job.body); a.status == http.StatusForbidden {
			t.Errorf("%s, to look at: %s", name, a.body)
		}
	}
}

// Two tokens never have one name: who approves is told from who asks by it.
func TestTokenNames(t *testing.T) {
	c := newCounter(t)
	first := c.token("Kim", store.Manager, c.shopID)
	if _, _, err := c.store.CreateToken(t.Context(), store.Token{Name: "KIM", Role: store.Manager}); !errors.Is(err, crm.ErrConflict) {
		t.Errorf("a second one: %v", err)
	}
	if err := c.store.RevokeToken(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if err := c.store.RevokeToken(t.Context(), first.ID); err == nil {
		t.Error("revoked twice")
	}
	c.token("kim", store.Manager, c.shopID)
	all, err := c.store.Tokens(t.Context())
	if err != nil || len(all) != len(store.Roles)+2 {
		t.Fatal(len(all), err)
	}
	text, err := json.Marshal(all)
	if err != nil || strings.Contains(string(text), "grz_") {
		t.Errorf("a list tells what is secret: %s", text)
	}
}
