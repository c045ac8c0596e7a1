package shopify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/internal/needs"
)

const (
	appID     = "grazie-client-id"
	appSecret = "hush"
	oldSecret = "hush-before"
	someShop  = "example-shop.myshopify.com"
	callback  = "https://grazie.example/auth/shopify/callback"
)

// office stands for Shopify: it answers exchanges of tokens and keeps them.
type office struct {
	*httptest.Server
	status  int
	answer  string
	asked   []map[string]string
	address []string
}

func newOffice(t *testing.T) *office {
	o := &office{status: http.StatusOK, answer: `{"access_token":"shpat_new","scope":"write_discounts,write_returns,write_draft_orders,write_orders,read_customers,read_products,read_fulfillments",` +
		`"expires_in":3600,"refresh_token":"shprt_new","refresh_token_expires_in":7776000}`}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var ask map[string]string
		if err := json.Unmarshal(raw, &ask); err != nil {
			t.Errorf("asked with %s: %v", raw, err)
		}
		o.asked, o.address = append(o.asked, ask), append(o.address, r.Method+" "+r.URL.String())
		w.WriteHeader(o.status)
		io.WriteString(w, o.answer)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *office) app() shopify.App {
	return shopify.App{ID: appID, Secrets: []string{appSecret, oldSecret}, URL: o.URL + "/"}
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// platform is the adapter with an app, at a time, whose requests go nowhere.
func platform(now time.Time) *shopify.Platform {
	return shopify.Connected(http.DefaultClient, at(now), shopify.App{ID: appID, Secrets: []string{appSecret, oldSecret}})
}

// message is what Shopify signs of plain values: those need no encoding.
func message(q url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name != "hmac" {
			parts = append(parts, name+"="+q.Get(name))
		}
	}
	return strings.Join(parts, "&")
}

func hexMAC(secret, message string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(message))
	return hex.EncodeToString(mac.Sum(nil))
}

// signed is a query of plain values with the signature of a secret.
func signed(secret string, at time.Time, pairs ...string) url.Values {
	q := url.Values{"timestamp": {strconv.FormatInt(at.Unix(), 10)}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	q.Set("hmac", hexMAC(secret, message(q)))
	return q
}

func TestBeginInstall(t *testing.T) {
	domain, location, err := platform(start).BeginInstall(signed(appSecret, start, "shop", "Example-Shop.myshopify.com"), "nonce", callback)
	if err != nil || domain != someShop {
		t.Fatal(domain, err)
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "https" || u.Host != someShop || u.Path != "/admin/oauth/authorize" {
		t.Fatalf("the merchant goes to %s, %v", location, err)
	}
	want := url.Values{"client_id": {appID}, "scope": {strings.Join(shopify.ScopesFor(), ",")}, "redirect_uri": {callback}, "state": {"nonce"}}
	if got := u.Query(); got.Encode() != want.Encode() {
		t.Errorf("asks %v, want %v", got, want)
	}
	if _, location, err := shopify.Connected(http.DefaultClient, at(start), newOffice(t).app()).
		BeginInstall(signed(oldSecret, start, "shop", someShop), "nonce", callback); err != nil || !strings.HasPrefix(location, "http://127.0.0.1:") {
		t.Errorf("in a trial the merchant goes to %s, %v", location, err)
	}
}

// TestForgedQueries: what Shopify did not sign, or not now, opens nothing.
func TestForgedQueries(t *testing.T) {
	good := func() url.Values { return signed(appSecret, start, "shop", someShop, "code", "0907a61c") }
	with := func(name, value string) url.Values { q := good(); q[name] = []string{value}; return q }
	twice := good()
	twice.Add("shop", "other-shop.myshopify.com")
	codes := good()
	codes["code"] = []string{"a", "b"}
	codes.Set("hmac", hexMAC(appSecret, "code=a&code=b&shop="+someShop+"&timestamp="+codes.Get("timestamp")))
	for what, q := range map[string]url.Values{
		"two codes, signed":      codes,
		"nothing, signed":        {"shop": {someShop}, "timestamp": good()["timestamp"], "locale": {"\xff"}, "code": {"x"}, "hmac": {hexMAC(appSecret, "")}},
		"another shop":           with("shop", "other-shop.myshopify.com"),
		"another code":           with("code", "0907a61d"),
		"one more parameter":     with("host", "YWRtaW4"),
		"without a signature":    with("hmac", ""),
		"in capitals":            with("hmac", strings.ToUpper(good().Get("hmac"))),
		"two shops":              twice,
		"91 s old":               signed(appSecret, start.Add(-91*time.Second), "shop", someShop, "code", "x"),
		"91 s ahead":             signed(appSecret, start.Add(91*time.Second), "shop", someShop, "code", "x"),
		"another app's secret":   signed("other", start, "shop", someShop, "code", "x"),
		"no secret":              signed("", start, "shop", someShop, "code", "x"),
		"a time that is none":    resigned(good(), "timestamp", "now"),
		"a time of no end":       resigned(good(), "timestamp", "9223372036854775808"),
		"a time beyond all time": resigned(good(), "timestamp", "9223372036854775807"),
		"no time":                resigned(good(), "timestamp", ""),
		"broken UTF-8":           resigned(good(), "locale", "\xff"),
		"endless":                resigned(good(), "locale", strings.Repeat("a", 1<<20)),
	} {
		p := platform(start)
		_, _, begun := p.BeginInstall(q, "nonce", callback)
		_, opened := p.VerifyOpening(q)
		_, finished := p.FinishInstall(t.Context(), q, callback)
		var typed *crm.Invalid
		if !errors.Is(begun, integrations.ErrForged) && !errors.As(begun, &typed) {
			t.Errorf("%s: begun with %v", what, begun)
		}
		if !errors.Is(opened, integrations.ErrForged) || !errors.Is(finished, integrations.ErrForged) {
			t.Errorf("%s: opened with %v, finished with %v", what, opened, finished)
		}
	}
	for _, ago := range []time.Duration{-90 * time.Second, 90 * time.Second, 0} {
		if domain, err := platform(start).VerifyOpening(signed(appSecret, start.Add(ago), "shop", someShop)); err != nil || domain != someShop {
			t.Errorf("%v off: %s, %v", ago, domain, err)
		}
	}
}

func resigned(q url.Values, name, value string) url.Values {
	q.Set(name, value)
	q.Set("hmac", hexMAC(appSecret, message(q)))
	return q
}

// TestNoShop: a name that is no shop's is refused before anything is asked,
// signed or not.
func TestNoShop(t *testing.T) {
	for _, shop := range []string{"evil.com", "a.myshopify.com.evil.com", "evil.com/a.myshopify.com", "a.myshopify.com/", "a.myshopify.com\n", "-a.myshopify.com",
		"a.b.myshopify.com", "a_b.myshopify.com", "", "a@evil.com#.myshopify.com", "https://a.myshopify.com", "a.myshopify.io", strings.Repeat("a", 300) + ".myshopify.com"} {
		q := signed(appSecret, start, "shop", shop, "code", "x")
		p := platform(start)
		_, location, err := p.BeginInstall(q, "nonce", callback)
		if invalid, ok := errors.AsType[*crm.Invalid](err); !ok || invalid.Field != "shop" || location != "" {
			t.Errorf("%q: %s, %v", shop, location, err)
		}
		if _, err := p.FinishInstall(t.Context(), q, callback); !errors.Is(err, integrations.ErrForged) {
			t.Errorf("%q: finished with %v", shop, err)
		}
		if ancestors, scripts := p.Frame(shop); ancestors != nil || scripts != nil {
			t.Errorf("%q may frame: %v, %v", shop, ancestors, scripts)
		}
	}
}

func TestFinishInstall(t *testing.T) {
	o := newOffice(t)
	p := shopify.Connected(o.Client(), at(start), o.app())
	grant, err := p.FinishInstall(t.Context(), signed(appSecret, start, "shop", someShop, "code", "0907a61c", "state", "nonce"), callback)
	if err != nil {
		t.Fatal(err)
	}
	want := crm.Values{
		shopify.SettingToken: "shpat_new", shopify.SettingTokenExpires: "2026-11-21T09:30:00Z", shopify.SettingClientID: appID,
		shopify.SettingRefreshToken: "shprt_new", shopify.SettingRefreshExpires: "2027-02-19T08:30:00Z", shopify.SettingAdminURL: o.URL,
	}
	if grant.Domain != someShop || !maps.Equal(grant.Settings, want) || len(grant.Missing) > 0 || !slices.Contains(grant.Scopes, "write_orders") {
		t.Errorf("grant %+v, want %v", grant, want)
	}
	ask := map[string]string{"client_id": appID, "client_secret": appSecret, "code": "0907a61c", "expiring": "1"}
	if len(o.asked) != 1 || !maps.Equal(o.asked[0], ask) || o.address[0] != "POST /admin/oauth/access_token" {
		t.Errorf("asked %v %v, want %v", o.address, o.asked, ask)
	}
	if _, stored := grant.Settings[shopify.SettingSecret]; stored {
		t.Error("the app's secret would be stored with the shop")
	}
}

// TestScopeRefused: a merchant may allow less, which is told and is no error.
func TestScopeRefused(t *testing.T) {
	o := newOffice(t)
	o.answer = `{"access_token":"t","scope":"write_discounts, read_orders,write_customers","expires_in":3600,"refresh_token":"r","refresh_token_expires_in":7776000}`
	grant, err := shopify.Connected(o.Client(), at(start), o.app()).FinishInstall(t.Context(), signed(appSecret, start, "shop", someShop, "code", "c"), callback)
	if want := []string{"write_returns", "write_draft_orders", "read_products", "read_fulfillments"}; err != nil || !slices.Equal(grant.Missing, want) {
		t.Errorf("missing %v, %v; want %v", grant.Missing, err, want)
	}
	if !shopify.Covers([]string{"write_orders"}, "read_orders") || shopify.Covers([]string{"read_orders"}, "write_orders") || shopify.Covers([]string{"write_order_edits"}, "read_orders") {
		t.Error("a scope to write covers that to read, and nothing else")
	}
}

func TestNoToken(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		answer string
		kind   integrations.Kind
	}{
		{"a code that was used", 400, `{"error":"invalid_request","error_description":"The authorization code was not found or was already used"}`, integrations.Rejected},
		{"a wrong secret", 400, `{"error":"invalid_client"}`, integrations.Unauthorized},
		{"an app that is gone", 401, `{}`, integrations.Unauthorized},
		{"too many", 429, ``, integrations.RateLimited},
		{"broken", 502, `<html>`, integrations.Temporary},
		{"no JSON", 200, `<html>`, integrations.Temporary},
		{"no token", 200, `{"scope":"read_orders"}`, integrations.Temporary},
	} {
		o := newOffice(t)
		o.status, o.answer = c.status, c.answer
		_, err := shopify.Connected(o.Client(), at(start), o.app()).FinishInstall(t.Context(), signed(appSecret, start, "shop", someShop, "code", "c-o-d-e"), callback)
		typed, ok := errors.AsType[*integrations.Error](err)
		if !ok || typed.Kind != c.kind || strings.Contains(err.Error(), appSecret) || strings.Contains(err.Error(), "c-o-d-e") {
			t.Errorf("%s: %v, want %s without secrets", c.name, err, c.kind)
		}
	}
	gone := newOffice(t)
	gone.Close()
	_, err := shopify.Connected(gone.Client(), at(start), gone.app()).FinishInstall(t.Context(), signed(appSecret, start, "shop", someShop, "code", "c"), callback)
	if integrations.KindOf(err) != integrations.Temporary {
		t.Errorf("nobody there: %v", err)
	}
}

// TestNoApp: without an app nothing is verified and nothing is asked.
func TestNoApp(t *testing.T) {
	for _, app := range []shopify.App{{}, {ID: appID}, {Secrets: []string{appSecret}}, {ID: appID, Secrets: []string{""}}} {
		p := shopify.Connected(http.DefaultClient, at(start), app)
		q := signed(appSecret, start, "shop", someShop, "code", "c")
		if len(app.Secrets) > 0 && app.Secrets[0] == "" {
			q = signed("", start, "shop", someShop, "code", "c")
		}
		_, _, begun := p.BeginInstall(q, "nonce", callback)
		_, finished := p.FinishInstall(t.Context(), q, callback)
		_, opened := p.VerifyOpening(q)
		_, token := p.VerifyIDToken(idToken(t, appSecret, nil))
		_, exchanged := p.ExchangeIDToken(t.Context(), idToken(t, "", nil))
		if integrations.KindOf(begun) != integrations.Unsupported || integrations.KindOf(finished) != integrations.Unsupported ||
			!errors.Is(opened, integrations.ErrForged) || !errors.Is(token, integrations.ErrForged) || !errors.Is(exchanged, integrations.ErrForged) {
			t.Errorf("%+v: %v, %v, %v, %v, %v", app, begun, finished, opened, token, exchanged)
		}
	}
}

// TestEmptySecret: a second secret that is empty signs nothing.
func TestEmptySecret(t *testing.T) {
	p := shopify.Connected(http.DefaultClient, at(start), shopify.App{ID: appID, Secrets: []string{appSecret, ""}})
	_, opened := p.VerifyOpening(signed("", start, "shop", someShop))
	_, token := p.VerifyIDToken(idToken(t, "", nil))
	if !errors.Is(opened, integrations.ErrForged) || !errors.Is(token, integrations.ErrForged) || p.VerifyWebhook(integrations.Connection{}, sign("", "shop/redact", nil), nil) {
		t.Errorf("what nobody signed is taken: %v, %v", opened, token)
	}
}

// TestRenewApp: a shop's token is renewed with the app's newest secret, which
// is not stored; a connection with a secret of its own uses that.
func TestRenewApp(t *testing.T) {
	for _, c := range []struct {
		own, client, want string
	}{{"", appID, appSecret}, {"own", appID, "own"}, {"", "other-app", ""}} {
		o := newOffice(t)
		p := shopify.Connected(o.Client(), at(start), o.app())
		v := crm.Values{shopify.SettingToken: "ended", shopify.SettingTokenExpires: start.Format(time.RFC3339), shopify.SettingRefreshToken: "r-1",
			shopify.SettingClientID: c.client, shopify.SettingSecret: c.own, shopify.SettingAdminURL: o.URL}
		stored := crm.Values{}
		err := p.Check(t.Context(), integrations.Connection{Domain: someShop, Settings: v,
			Renew: func(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (fresh crm.Values, err error) {
				fresh, err = exchange(ctx, v)
				maps.Copy(stored, fresh)
				return fresh, err
			}})
		if c.want == "" {
			if integrations.KindOf(err) != integrations.Unauthorized || len(o.asked) > 0 {
				t.Errorf("%+v: asked %v, %v", c, o.asked, err)
			}
			continue
		}
		if len(o.asked) == 0 || o.asked[0]["client_secret"] != c.want || o.asked[0]["grant_type"] != "refresh_token" || stored[shopify.SettingToken] != "shpat_new" || stored[shopify.SettingSecret] != c.own {
			t.Errorf("%+v: asked %v, stored %v, %v", c, o.asked, stored, err)
		}
	}
}

// TestQueryVectors holds the signature to Shopify's own examples. They are of
// other years, so that each is read at its time.
func TestQueryVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(needs.Contracts(t), "shopify", "hmac-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Queries []struct{ Origin, Secret, Message, HMAC string } `json:"oauth_query_hex"`
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Queries) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, v := range file.Queries {
		q, err := url.ParseQuery(v.Message)
		if err != nil {
			t.Fatal(err)
		}
		q.Set("hmac", v.HMAC)
		p := shopify.Connected(http.DefaultClient, at(time.Unix(1337178173, 0)), shopify.App{ID: appID, Secrets: []string{"other", v.Secret}})
		if domain, err := p.VerifyOpening(q); err != nil || domain != "some-shop.myshopify.com" {
			t.Errorf("%s: %s, %v", v.Origin, domain, err)
		}
	}
}
