package conformance_test

import (
	"encoding/base64"
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

func TestWebhooks(t *testing.T) {
	body := `{"id":820982911946154508,"admin_graphql_api_id":"gid:\/\/shopify\/Order\/820982911946154508","note":"Tom \u0026 Jürgen ❤️"}`
	ask := func(body string, change map[string]string) question {
		headers := map[string]string{"X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": shop, "X-Shopify-API-Version": "2026-10",
			"X-Shopify-Webhook-Id": "b54557e4", "X-Shopify-Hmac-Sha256": base64.StdEncoding.EncodeToString(mac(body))}
		maps.Copy(headers, change)
		maps.DeleteFunc(headers, func(_, v string) bool { return v == "" })
		return question{"kind": "webhook", "headers": headers, "body": body}
	}
	good := base64.StdEncoding.EncodeToString(mac(body))
	cases := []trial{
		both("good", ask(body, nil), true),
		both("an empty object", ask(`{}`, nil), true),
		both("with the optional headers", ask(body, map[string]string{"X-Shopify-Event-Id": "e", "X-Shopify-Triggered-At": "2026-11-21T09:30:00Z", "X-Shopify-Name": "n"}), true),
		both("names in lower case", ask(body, map[string]string{"X-Shopify-Topic": "", "x-shopify-topic": "orders/paid"}), true),
		both("the signature of another body", ask(body+" ", map[string]string{"X-Shopify-Hmac-Sha256": good}), false),
		both("the body written anew", ask(strings.ReplaceAll(body, `\/`, `/`), map[string]string{"X-Shopify-Hmac-Sha256": good}), false),
		both("cut", ask(body, map[string]string{"X-Shopify-Hmac-Sha256": good[:43]}), false),
		both("in the alphabet of addresses", ask(`{"n":14}`, map[string]string{"X-Shopify-Hmac-Sha256": base64.RawURLEncoding.EncodeToString(mac(`{"n":14}`))}), false),
		both("in hex", ask(body, map[string]string{"X-Shopify-Hmac-Sha256": "00"}), false),
		both("signed as a list of two", ask(body, map[string]string{"X-Shopify-Hmac-Sha256": good + ", " + good}), false),
		differ("a shop that is none", ask(body, map[string]string{"X-Shopify-Shop-Domain": "evil.com"}), false, "the library leaves the name of the shop to its caller"),
		differ("of the family Events", ask(body, map[string]string{"X-Shopify-Hmac-Sha256": "", "X-Shopify-Topic": "", "X-Shopify-Shop-Domain": "", "X-Shopify-API-Version": "",
			"X-Shopify-Webhook-Id": "", "shopify-hmac-sha256": good, "shopify-topic": "orders", "shopify-shop-domain": shop, "shopify-api-version": "unstable", "shopify-webhook-id": "w"}),
			false, "a preview (platforms.md, A.1): it is not subscribed to"),
	}
	for _, name := range []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-API-Version", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"} {
		cases = append(cases, both("without "+name, ask(body, map[string]string{name: ""}), false))
	}
	compare(t, cases, func(q question) bool {
		h, raw := http.Header{}, []byte(q["body"].(string))
		for name, v := range q["headers"].(map[string]string) {
			h[name] = []string{v}
		}
		for _, settings := range []crm.Values{{shopify.SettingClientID: appID}, {shopify.SettingSecret: secret}} { // the app's, and a custom app's
			if _, err := ours(nil).Envelope(h, raw); err != nil || !ours(nil).VerifyWebhook(integrations.Connection{Settings: settings}, h, raw) {
				return false
			}
		}
		return true
	})
}

func TestQueries(t *testing.T) {
	now := time.Now()
	query := func(pairs ...string) url.Values {
		q := url.Values{"shop": {shop}, "code": {"0907a61c"}, "state": {"nonce"}, "host": {"YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtbw=="}}
		for i := 0; i < len(pairs); i += 2 {
			q.Add(pairs[i], pairs[i+1])
		}
		return signedQuery(q, now)
	}
	changed := func(name, value string) url.Values { q := query(); q.Set(name, value); return q }
	timed := func(text string) url.Values { q := query(); q.Set("timestamp", text); return resigned(q) }
	ask := func(q url.Values) question { return question{"kind": "query", "query": parsed(q), "values": q} }
	capital := query("Zeta", "1", "alpha", "2")
	twice := resigned(url.Values{"shop": {shop, shop}, "timestamp": query()["timestamp"]})
	twice.Set("hmac", "0")
	compare(t, []trial{
		both("good", ask(query()), true),
		both("as the app is opened", ask(query("embedded", "1", "locale", "de-AT", "session", "3f1c", "id_token", "eyJh.eyJp.sig_-")), true),
		both("with a signature beside", ask(func() url.Values { q := query(); q.Set("signature", "x"); return q }()), true),
		both("an array", ask(query("ids[]", "1", "ids[]", "2")), true),
		both("an array of one", ask(query("ids[]", "1")), true),
		both("an ampersand and an equals sign", ask(query("name", "a&b=c")), true),
		both("a percent sign", ask(query("name", "100 %25")), true),
		both("a plus and spaces", ask(query("name", "1+1 = 2")), true),
		both("a star and a tilde", ask(query("name", "*~'()!")), true),
		both("letters of the world", ask(query("name", "Jürgen ❤️ 漢字", "näme", "x")), true),
		both("a line break", ask(query("name", "a\r\nb")), true),
		both("nothing", ask(query("name", "")), true),
		both("80 s old", ask(signedQuery(query(), now.Add(-80*time.Second))), true),
		both("80 s ahead", ask(signedQuery(query(), now.Add(80*time.Second))), true),
		both("100 s old", ask(signedQuery(query(), now.Add(-100*time.Second))), false),
		both("100 s ahead", ask(signedQuery(query(), now.Add(100*time.Second))), false),
		both("a time that is none", ask(timed("now")), false),
		both("a time and a half", ask(timed("1.5")), false),
		both("another shop", ask(changed("shop", "other-shop.myshopify.com")), false),
		both("another code", ask(changed("code", "x")), false),
		both("one more", ask(changed("more", "x")), false),
		both("no signature", ask(changed("hmac", "")), false),
		both("in capitals", ask(changed("hmac", strings.ToUpper(query().Get("hmac")))), false),
		both("cut", ask(changed("hmac", query().Get("hmac")[:63])), false),
		both("the array in another sequence", ask(func() url.Values { q := query("ids[]", "1", "ids[]", "2"); q["ids[]"] = []string{"2", "1"}; return q }()), false),
		both("two shops", ask(twice), false),
		differ("names in capitals", ask(capital), true, "the library sorts as people do, Shopify and we by bytes; Shopify's own names are in small letters"),
		differ("a time with a space", ask(timed(query().Get("timestamp")+" ")), false, "the library reads what JavaScript takes for a number"),
	}, func(q question) bool {
		_, err := ours(nil).VerifyOpening(q["values"].(url.Values))
		return err == nil
	})
}

func TestIDTokens(t *testing.T) {
	now := time.Now()
	sign := func(method jwt.SigningMethod, key any, change map[string]any) string {
		claims := jwt.MapClaims{"iss": "https://" + shop + "/admin", "dest": "https://" + shop, "aud": appID, "sub": "42",
			"exp": now.Add(time.Minute).Unix(), "nbf": now.Unix(), "iat": now.Unix(), "jti": "f8912129", "sid": "aaea182f"}
		maps.Copy(claims, change)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	token := func(change map[string]any) string { return sign(jwt.SigningMethodHS256, []byte(secret), change) }
	at := func(exp, nbf time.Duration) string {
		return token(map[string]any{"exp": now.Add(exp).Unix(), "nbf": now.Add(nbf).Unix()})
	}
	parts := strings.Split(token(nil), ".")
	other := strings.Split(token(map[string]any{"sub": "1"}), ".")
	ask := func(token string) question { return question{"kind": "token", "token": token} }
	host := "the library leaves the shop to its caller, who takes it from dest"
	compare(t, []trial{
		both("good", ask(token(nil)), true),
		both("ended 4 s ago", ask(at(-4*time.Second, -64*time.Second)), true),
		both("good in 4 s", ask(at(64*time.Second, 4*time.Second)), true),
		both("ended 20 s ago", ask(at(-20*time.Second, -80*time.Second)), false),
		both("good in 20 s", ask(at(80*time.Second, 20*time.Second)), false),
		both("another app's", ask(token(map[string]any{"aud": "other"})), false),
		both("two apps'", ask(token(map[string]any{"aud": []string{appID, "other"}})), false),
		both("a list of ours", ask(token(map[string]any{"aud": []string{appID}})), false),
		both("nobody's", ask(token(map[string]any{"aud": nil})), false),
		both("of another secret", ask(sign(jwt.SigningMethodHS256, []byte("other"), nil)), false),
		both("alg none", ask(sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil)), false),
		both("alg HS384", ask(sign(jwt.SigningMethodHS384, []byte(secret), nil)), false),
		both("alg HS512", ask(sign(jwt.SigningMethodHS512, []byte(secret), nil)), false),
		both("tampered", ask(parts[0]+"."+other[1]+"."+parts[2]), false),
		both("unsigned", ask(parts[0]+"."+parts[1]+"."), false),
		both("two parts", ask(parts[0]+"."+parts[1]), false),
		both("four parts", ask(strings.Join(parts, ".")+"."), false),
		both("with a line break behind", ask(strings.Join(parts, ".")+"\n"), true),
		both("not a token", ask("hello"), false),
		both("nothing", ask(""), false),
		both("an end that is none", ask(token(map[string]any{"exp": "soon"})), false),
		differ("of another issuer", ask(token(map[string]any{"iss": "https://evil.com/admin"})), false, host),
		differ("of two shops", ask(token(map[string]any{"iss": "https://other-shop.myshopify.com/admin"})), false, host),
		differ("of no shop", ask(token(map[string]any{"iss": "https://evil.com/admin", "dest": "https://evil.com"})), false, host),
		differ("without an end", ask(token(map[string]any{"exp": nil})), false, "Shopify's end after a minute (platforms.md, B.2); the library looks at an end only if there is one"),
		differ("without a beginning", ask(token(map[string]any{"nbf": nil})), false, "the same"),
		differ("of nobody", ask(token(map[string]any{"sub": nil})), false, "we ask who it is"),
	}, func(q question) bool {
		who, err := ours(nil).VerifyIDToken(q["token"].(string))
		return err == nil && who.Domain == shop && who.Staff == "42"
	})
}

func TestShopNames(t *testing.T) {
	ask := func(name string) question { return question{"kind": "shop", "shop": name} }
	cases := []trial{both("good", ask(shop), true), both("capitals", ask("Example-SHOP.myshopify.com"), true), both("digits", ask("0.myshopify.com"), true)}
	for _, name := range []string{"evil.com", "a.myshopify.com.evil.com", "evil.com/a.myshopify.com", "evil.com#.myshopify.com", "a.b.myshopify.com", "-a.myshopify.com", "_a.myshopify.com",
		".myshopify.com", "myshopify.com", "a.myshopify.com\n", " a.myshopify.com", "a.myshopify.com?x", "a@b.myshopify.com", "https://a.myshopify.com", "a.MYSHOPIFY.com", "ä.myshopify.com", "a.myshopifyxcom", ""} {
		cases = append(cases, both(name, ask(name), false))
	}
	rule := "Shopify's written rule (platforms.md, B.1) knows neither its own test hosts, underscores, slashes nor addresses of the admin"
	for _, name := range []string{"a.myshopify.io", "a.shop.dev", "a.shopify.com", "a_b.myshopify.com", "a.myshopify.com/", "admin.shopify.com/store/a"} {
		cases = append(cases, differ(name, ask(name), false, rule))
	}
	compare(t, cases, func(q question) bool { return shopify.ShopName.MatchString(q["shop"].(string)) })
}

func TestScopes(t *testing.T) {
	ask := func(granted, needed string) question {
		return question{"kind": "scope", "granted": granted, "needed": needed}
	}
	compare(t, []trial{
		both("the same", ask("read_orders,write_discounts", "read_orders"), true),
		both("written", ask("write_orders", "read_orders"), true),
		both("unauthenticated", ask("unauthenticated_write_checkouts", "unauthenticated_read_checkouts"), true),
		both("only read", ask("read_orders", "write_orders"), false),
		both("another", ask("write_order_edits,write_draft_orders", "read_orders"), false),
		both("unauthenticated is less", ask("unauthenticated_write_orders", "read_orders"), false),
		both("none", ask("", "read_orders"), false),
	}, func(q question) bool {
		return shopify.Covers(strings.Split(q["granted"].(string), ","), q["needed"].(string))
	})
}
