package conformance_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

// tokens is what Shopify answers an exchange with (platforms.md, B.3).
var tokens = map[string]any{"access_token": "shpat_1", "scope": "write_discounts,read_orders", "expires_in": 3600,
	"refresh_token": "shprt_1", "refresh_token_expires_in": 7776000}

// desk stands at the other end of our own requests, as fetch does in check.mjs.
type desk struct {
	t     *testing.T
	asked []map[string]string
	urls  []string
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		d.t.Error(err)
	}
	d.asked, d.urls = append(d.asked, body), append(d.urls, r.Method+" "+r.URL.String())
	answer, err := json.Marshal(tokens)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(answer))), Request: r}, err
}

// same holds that we asked Shopify what its library asks.
func same(t *testing.T, what string, d *desk, theirs answer) {
	t.Helper()
	if !theirs.OK || theirs.Asked == nil || len(d.asked) != 1 {
		t.Fatalf("%s: the library says %+v, we asked %v", what, theirs, d.asked)
	}
	if !maps.Equal(d.asked[0], theirs.Asked.Body) || d.urls[0] != theirs.Asked.Method+" "+theirs.Asked.URL {
		t.Errorf("%s: we asked %s %v, the library %+v", what, d.urls[0], d.asked[0], *theirs.Asked)
	}
}

func sameGrant(t *testing.T, what string, v crm.Values, theirs answer) {
	t.Helper()
	if v[shopify.SettingToken] != theirs.Token || v[shopify.SettingRefreshToken] != theirs.Refresh || theirs.Token == "" || theirs.Refresh == "" {
		t.Errorf("%s: we have %s and %s, the library %s and %s", what, v[shopify.SettingToken], v[shopify.SettingRefreshToken], theirs.Token, theirs.Refresh)
	}
}

// TestInstall goes through the authorization code grant beside the library: it
// begins, its callback takes what our side signs, and both exchange the code.
func TestInstall(t *testing.T) {
	begun := library(t, []question{{"kind": "begin", "shop": shop, "path": shopify.PathCallback}, {"kind": "begin", "shop": "evil.com", "path": shopify.PathCallback}})
	if !begun[0].OK || begun[1].OK {
		t.Fatalf("the library began with %+v", begun)
	}
	theirs, err := url.Parse(begun[0].Location)
	if err != nil {
		t.Fatal(err)
	}
	state := theirs.Query().Get("state")
	domain, location, err := ours(nil).BeginInstall(signedQuery(url.Values{"shop": {shop}}, time.Now()), state, callback)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	want := theirs.Query()
	if offline := want.Get("grant_options[]"); offline != "" {
		t.Errorf("the library asks for %q", offline)
	}
	want.Del("grant_options[]") // empty: an offline token, as without it
	if domain != shop || mine.Host != theirs.Host || mine.Path != theirs.Path || mine.Query().Encode() != want.Encode() {
		t.Errorf("we send the merchant to\n%s\nthe library to\n%s", location, begun[0].Location)
	}

	var cookie []string
	for _, c := range begun[0].Cookies {
		pair, _, _ := strings.Cut(c, ";")
		cookie = append(cookie, pair)
	}
	back := func(q url.Values) question {
		return question{"kind": "callback", "url": callback + "?" + q.Encode(), "cookie": strings.Join(cookie, "; "), "answer": tokens}
	}
	query := func(state string) url.Values {
		return signedQuery(url.Values{"shop": {shop}, "code": {"0907a61c"}, "state": {state}, "host": {"YWRtaW4uc2hvcGlmeS5jb20"}}, time.Now())
	}
	forged := query(state)
	forged.Set("shop", "other-shop.myshopify.com")
	old := signedQuery(query(state), time.Now().Add(-time.Hour))
	evil := resigned(func() url.Values { q := query(state); q.Set("shop", "a.myshopify.com.evil.com"); return q }())
	answers := library(t, []question{back(query(state)), back(forged), back(old), back(evil), back(query("another"))})

	d := &desk{t: t}
	grant, err := ours(&http.Client{Transport: d}).FinishInstall(t.Context(), query(state), callback)
	if err != nil || grant.Domain != answers[0].Shop || strings.Join(grant.Scopes, ",") != answers[0].Scope {
		t.Errorf("we: %+v, %v; the library: %+v", grant, err, answers[0])
	}
	same(t, "a code", d, answers[0])
	sameGrant(t, "a code", grant.Settings, answers[0])
	for i, q := range []url.Values{forged, old, evil} {
		if _, err := ours(&http.Client{Transport: d}).FinishInstall(t.Context(), q, callback); err == nil || answers[i+1].OK {
			t.Errorf("bad callback %d: we %v, the library %+v", i, err, answers[i+1])
		}
	}
	if answers[4].OK { // ours is compared by who calls FinishInstall
		t.Error("the library takes another state")
	}
}

// TestExchanges: a managed installation and a renewal ask for the same.
func TestExchanges(t *testing.T) {
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "https://" + shop + "/admin", "dest": "https://" + shop, "aud": appID, "sub": "42",
		"exp": now.Add(time.Minute).Unix(), "nbf": now.Unix(), "iat": now.Unix()}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	answers := library(t, []question{{"kind": "exchange", "shop": shop, "token": token, "answer": tokens}, {"kind": "refresh", "shop": shop, "token": "shprt_0", "answer": tokens}})

	d := &desk{t: t}
	grant, err := ours(&http.Client{Transport: d}).ExchangeIDToken(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "an ID token", d, answers[0])
	sameGrant(t, "an ID token", grant.Settings, answers[0])

	d = &desk{t: t}
	ended := crm.Values{shopify.SettingToken: "shpat_0", shopify.SettingTokenExpires: now.Add(-time.Hour).Format(time.RFC3339),
		shopify.SettingRefreshToken: "shprt_0", shopify.SettingClientID: appID}
	fresh := crm.Values{}
	renewed := integrations.Connection{Domain: shop, Settings: ended, Renew: func(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
		v, err := exchange(ctx, ended)
		maps.Copy(fresh, v)
		if err == nil {
			err = context.Canceled // only the exchange is looked at
		}
		return nil, err
	}}
	if err := ours(&http.Client{Transport: d}).Check(t.Context(), renewed); err == nil {
		t.Error("it went on without a token")
	}
	same(t, "a refresh token", d, answers[1])
	sameGrant(t, "a refresh token", fresh, answers[1])
}
