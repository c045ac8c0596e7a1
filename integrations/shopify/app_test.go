package shopify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/platformtest"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// TestAppWebhooks: the app's secrets sign for the shops that installed it, and
// for those that are not here; not for an app of a merchant's own.
func TestAppWebhooks(t *testing.T) {
	body := []byte(`{"shop_id":954889,"shop_domain":"example-shop.myshopify.com"}`)
	installed := crm.Values{shopify.SettingClientID: appID, shopify.SettingToken: "t"}
	for _, c := range []struct {
		name     string
		secret   string
		settings crm.Values
		want     bool
	}{
		{"installed", appSecret, installed, true},
		{"installed, before a rotation", oldSecret, installed, true},
		{"installed, another secret", "other", installed, false},
		{"installed, no secret", "", installed, false},
		{"not here", appSecret, nil, true},
		{"not here, before a rotation", oldSecret, crm.Values{}, true},
		{"not here, another secret", "other", nil, false},
		{"not here, no secret", "", nil, false},
		{"an app of its own, its secret", "own", crm.Values{shopify.SettingSecret: "own"}, true},
		{"an app of its own, ours", appSecret, crm.Values{shopify.SettingSecret: "own"}, false},
		{"an app of its own, rotated, ours", appSecret, crm.Values{shopify.SettingPreviousSecret: "own", shopify.SettingClientID: appID}, false},
		{"ours with a secret of its own", appSecret, crm.Values{shopify.SettingSecret: "own", shopify.SettingClientID: appID}, false},
		{"another app's shop", appSecret, crm.Values{shopify.SettingClientID: "other-app"}, false},
		{"a token alone", appSecret, crm.Values{shopify.SettingToken: "t"}, false},
	} {
		got := platform(start).VerifyWebhook(integrations.Connection{Settings: c.settings}, sign(c.secret, "shop/redact", body), body)
		if got != c.want {
			t.Errorf("%s: verified is %v, want %v", c.name, got, c.want)
		}
	}
	if shopify.New().VerifyWebhook(integrations.Connection{}, sign("", "shop/redact", body), body) {
		t.Error("without an app, what nobody signed is verified")
	}
}

// TestAppSameWork counts instead of timing: whichever secrets are tried, it
// costs the same.
func TestAppSameWork(t *testing.T) {
	body := []byte(`{"id":1}`)
	p, h := platform(start), sign(appSecret, "orders/paid", body)
	work := func(v crm.Values) float64 {
		return testing.AllocsPerRun(100, func() { p.VerifyWebhook(integrations.Connection{Settings: v}, h, body) })
	}
	unknown := work(nil)
	for name, v := range map[string]crm.Values{"installed": {shopify.SettingClientID: appID}, "another app's": {shopify.SettingClientID: "x"},
		"its own": {shopify.SettingSecret: "own"}, "its own two": {shopify.SettingSecret: "own", shopify.SettingPreviousSecret: "x"}} {
		if got := work(v); got != unknown {
			t.Errorf("%s costs %v allocations, unknown %v", name, got, unknown)
		}
	}
}

func TestAppConformance(t *testing.T) {
	platformtest.Run(t, shopify.Connected(http.DefaultClient, time.Now, shopify.App{ID: appID, Secrets: []string{appSecret, oldSecret}}), platformtest.Case{
		Dir: "testdata/webhooks", Topic: simshop.Topic, Sign: sign, Secret: shopify.SettingSecret, Previous: shopify.SettingPreviousSecret,
		Required: []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-API-Version", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"},
		Ignored:  "products/update",
	})
}

// form is the encoding of a signed query, written once more: byte by byte.
func form(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("*-._", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// FuzzQuery: a query opens the app if it was signed as it is, and any change
// closes it.
func FuzzQuery(f *testing.F) {
	f.Add("host", "YWRtaW4uc2hvcGlmeS5jb20=", "")
	f.Add("name", "Tom & Jürgen ~*+ 100 % ❤️", "b")
	f.Add("zz", "\xff", "x=y&z")
	f.Add("shop", "evil.com", "")
	p := platform(start)
	f.Fuzz(func(t *testing.T, name, value, second string) {
		q := url.Values{"shop": {someShop}, "timestamp": {fmt.Sprint(start.Unix())}, name: {value}, "ids[]": {value, second}}
		pairs := []string{"ids%5B%5D=" + form(value) + "&ids%5B%5D=" + form(second), "shop=" + someShop, "timestamp=" + fmt.Sprint(start.Unix()), form(name) + "=" + form(value)}
		slices.SortStableFunc(pairs, func(a, b string) int {
			key := func(pair string) string {
				name, _ := url.QueryUnescape(pair[:strings.IndexByte(pair, '=')])
				return strings.TrimSuffix(name, "[]")
			}
			return strings.Compare(key(a), key(b))
		})
		q.Set("hmac", hexMAC(appSecret, strings.Join(pairs, "&")))
		_, err := p.VerifyOpening(q)
		known := slices.Contains([]string{"shop", "timestamp", "hmac", "signature", "ids[]", "ids"}, name)
		fits := utf8.ValidString(name+value+second) && utf8.ValidString(name) && utf8.ValidString(value) && len(name)+2*len(value)+len(second) < 8<<10
		if !known && fits != (err == nil) {
			t.Fatalf("%q=%q, %q: %v", name, value, second, err)
		}
		if err != nil {
			return
		}
		for _, change := range []func(){
			func() { q.Add("zzz", "1") },
			func() { q.Set("ids[]", value+"x") },
			func() { q.Del("timestamp") },
		} {
			was := url.Values{}
			for k, v := range q {
				was[k] = slices.Clone(v)
			}
			change()
			if _, err := p.VerifyOpening(q); !errors.Is(err, integrations.ErrForged) {
				t.Fatalf("changed to %v it still opens: %v", q, err)
			}
			q = was
		}
	})
}

// FuzzIDToken: whatever comes, only what was signed names anybody.
func FuzzIDToken(f *testing.F) {
	f.Add(idToken(f, appSecret, nil))
	f.Add(idToken(f, "other", nil))
	f.Add(idToken(f, appSecret, map[string]any{"exp": 1e300, "nbf": -1e300}))
	f.Add(idToken(f, appSecret, nil) + "\n")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	p := platform(start)
	f.Fuzz(func(t *testing.T, token string) {
		who, err := p.VerifyIDToken(token)
		if err != nil {
			if who != (integrations.Identity{}) || !errors.Is(err, integrations.ErrForged) && !errors.Is(err, integrations.ErrExpired) {
				t.Fatalf("%+v together with %v", who, err)
			}
			return
		}
		at := strings.LastIndexByte(token, '.')
		mac := hmac.New(sha256.New, []byte(appSecret))
		mac.Write([]byte(token[:at]))
		signature := strings.NewReplacer("\r", "", "\n", "").Replace(token[at+1:]) // those are skipped, as in Shopify's library
		if signature != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) || !shopify.ShopName.MatchString(who.Domain) || who.Staff == "" {
			t.Fatalf("%q is %+v", token, who)
		}
	})
}
