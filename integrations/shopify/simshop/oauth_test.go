package simshop_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/integrations/shopify/simshop"
)

const back = "https://grazie.example/auth/shopify/callback"

// authorize sends the merchant's browser to the shop and returns where the
// shop sends it on to.
func (c *counter) authorize(status int, change func(url.Values)) *url.URL {
	c.Helper()
	q := url.Values{"client_id": {c.shop.ClientID}, "scope": {"read_products,write_orders"}, "redirect_uri": {back}, "state": {"a state"}}
	change(q)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(c.url + "/admin/oauth/authorize?" + q.Encode())
	if err != nil {
		c.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != status {
		c.Fatalf("HTTP %d for %v", resp.StatusCode, q)
	}
	to, err := resp.Location()
	if status == http.StatusFound && err != nil {
		c.Fatal(err)
	}
	return to
}

func (c *counter) exchange(ask map[string]any) reply {
	c.Helper()
	ask["client_id"], ask["client_secret"] = c.shop.ClientID, c.shop.Secret
	r, err := c.post("/admin/oauth/access_token", "", ask)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

// signed checks a query by the rule of platforms.md, B.1.
func (c *counter) signed(q url.Values) {
	c.Helper()
	var names []string
	for name := range q {
		if name != "hmac" {
			names = append(names, name+"="+q.Get(name))
		}
	}
	slices.Sort(names)
	mac := hmac.New(sha256.New, []byte(c.shop.Secret))
	mac.Write([]byte(strings.Join(names, "&")))
	if want := hex.EncodeToString(mac.Sum(nil)); q.Get("hmac") != want || q.Get("timestamp") == "" || q.Get("shop") != c.shop.Domain {
		c.Errorf("%v is not signed", q)
	}
}

func TestAuthorize(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	s.Revoke()
	s.Consents(simshop.Consent{Without: []string{"write_orders"}, Redirect: back})
	to := c.authorize(http.StatusFound, func(url.Values) {})
	answer := to.Query()
	c.signed(answer)
	if !strings.HasPrefix(to.String(), back+"?") || answer.Get("state") != "a state" || answer.Get("code") == "" || answer.Get("host") == "" {
		t.Errorf("to %s", to)
	}
	token := c.exchange(map[string]any{"code": answer.Get("code"), "expiring": 1})
	c.hold(token, map[string]string{"/scope": `"read_products"`, "/expires_in": "3600", "/refresh_token_expires_in": "7776000"})
	if r, err := c.try(who, nil); err != nil || r.status != http.StatusUnauthorized {
		t.Errorf("without the token: HTTP %d, %v", r.status, err)
	}
	if c.token = token.text("/access_token"); c.ask(who, nil).status != http.StatusOK {
		t.Error("the token does not do")
	}
	refreshed := c.exchange(map[string]any{"grant_type": "refresh_token", "refresh_token": token.text("/refresh_token")})
	c.hold(refreshed, map[string]string{"/scope": `"read_products"`})
	if r := c.exchange(map[string]any{"code": answer.Get("code"), "expiring": 1}); r.status != http.StatusBadRequest {
		t.Errorf("a code was good twice: %s", r.raw)
	}
	late := c.authorize(http.StatusFound, func(url.Values) {}).Query().Get("code")
	s.MoveTo(s.Clock().Add(time.Hour))
	if r := c.exchange(map[string]any{"code": late}); r.status != http.StatusBadRequest {
		t.Errorf("an old code was good: %s", r.raw)
	}
	forever := c.exchange(map[string]any{"code": c.authorize(http.StatusFound, func(url.Values) {}).Query().Get("code")})
	if _, expires := forever.body["expires_in"]; forever.status != http.StatusOK || expires || forever.text("/access_token") == "" {
		t.Errorf("not asked to expire: %s", forever.raw)
	}

	for name, change := range map[string]func(url.Values){
		"another app":      func(q url.Values) { q.Set("client_id", "another") },
		"another redirect": func(q url.Values) { q.Set("redirect_uri", "https://evil.example/") },
		"no redirect":      func(q url.Values) { q.Del("redirect_uri") },
		"no scope":         func(q url.Values) { q.Set("scope", "write_orders") },
	} {
		if to := c.authorize(http.StatusBadRequest, change); to != nil {
			t.Errorf("%s: sent to %s", name, to)
		}
	}
}

func TestOpeningAndIDToken(t *testing.T) {
	s := simshop.New(1, start)
	c := open(t, s)
	plain, framed := s.Opening(false), s.Opening(true)
	c.signed(plain)
	c.signed(framed)
	if plain.Has("id_token") || plain.Has("embedded") || framed.Get("embedded") != "1" {
		t.Errorf("%v, %v", plain, framed)
	}
	parts := strings.Split(framed.Get("id_token"), ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(body, &claims) != nil || len(parts) != 3 {
		t.Fatalf("%v: %v", parts, err)
	}
	if claims["iss"] != "https://"+s.Domain+"/admin" || claims["dest"] != "https://"+s.Domain || claims["aud"] != s.ClientID ||
		claims["exp"].(float64)-claims["nbf"].(float64) != 60 || claims["sub"] == "" {
		t.Errorf("claims %v", claims)
	}

	ask := func(subject string) map[string]any {
		return map[string]any{"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": subject, "expiring": "1",
			"subject_token_type":   "urn:ietf:params:oauth:token-type:id_token",
			"requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token"}
	}
	s.Consents(simshop.Consent{Manifest: "write_discounts,write_orders", Without: []string{"write_orders"}})
	token := c.exchange(ask(framed.Get("id_token")))
	c.hold(token, map[string]string{"/scope": `"write_discounts"`, "/expires_in": "3600"})
	online := ask(framed.Get("id_token"))
	online["requested_token_type"] = "urn:shopify:params:oauth:token-type:online-access-token"
	stranger := simshop.New(2, start)
	stranger.Domain = "stranger.myshopify.com"
	old := s.IDToken("5")
	s.MoveTo(s.Clock().Add(2 * time.Minute))
	for name, ask := range map[string]map[string]any{"online": online, "expired": ask(old), "changed": ask(s.IDToken("5") + "x"), "none": ask(""), "another shop": ask(stranger.IDToken("5"))} {
		if r := c.exchange(ask); r.status != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d %s", name, r.status, r.raw)
		}
	}
}

// What is told about personal data names it, and no more.
func TestComplianceTopics(t *testing.T) {
	s := simshop.New(1, start)
	ada := s.Customers()[0]
	order := s.Place(ada, simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}})
	for topic, w := range map[string]simshop.Webhook{
		"customers/data_request": s.DataRequest(ada, order), "customers/redact": s.RedactCustomer(ada, order), "shop/redact": s.RedactShop(),
	} {
		var body struct {
			ShopDomain string `json:"shop_domain"`
			Customer   *struct {
				ID    uint64
				Email string
			}
			Requested []uint64          `json:"orders_requested"`
			Redact    []uint64          `json:"orders_to_redact"`
			Request   map[string]uint64 `json:"data_request"`
		}
		if err := json.Unmarshal(w.Body, &body); err != nil {
			t.Fatal(err)
		}
		if w.Topic != topic || w.Header.Get("X-Shopify-Topic") != topic || body.ShopDomain != s.Domain {
			t.Errorf("%s: %s %s", topic, w.Topic, w.Body)
		}
		if topic == "shop/redact" {
			if body.Customer != nil {
				t.Errorf("%s", w.Body)
			}
			continue
		}
		if ids := append(body.Requested, body.Redact...); body.Customer.ID != ada.ID || body.Customer.Email != ada.Email || !slices.Equal(ids, []uint64{order.ID}) {
			t.Errorf("%s", w.Body)
		}
		if topic == "customers/data_request" != (body.Request["id"] != 0) {
			t.Errorf("%s", w.Body)
		}
	}
	if state, _ := s.CustomerState(ada.ID); !state.Deleted {
		t.Error("the shop still has her")
	}
	c := open(t, s)
	if s.Uninstall(); s.Token() != "" {
		t.Error("the app has a token still")
	}
	if r, err := c.try(who, nil); err != nil || r.status != http.StatusUnauthorized {
		t.Errorf("HTTP %d, %v", r.status, err)
	}
}
