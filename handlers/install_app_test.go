package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// framed opens the app in the shop's admin.
func (m *mall) framed(change ...func(url.Values)) answer {
	m.t.Helper()
	q := m.fresh.Opening(true)
	for _, c := range change {
		c(q)
	}
	return m.get("/app/shopify?" + q.Encode())
}

// fetch asks for the app's page as the platform's script does.
func (m *mall) fetch(token string) answer {
	m.t.Helper()
	return m.send(http.MethodGet, "/app/shopify?shop="+m.fresh.Domain, http.Header{"Authorization": {"Bearer " + token}}, nil)
}

// embedded checks that a page may be shown in the shop's admin, and there alone.
func (m *mall) embedded(a answer) {
	m.t.Helper()
	want := "frame-ancestors https://" + m.fresh.Domain + " https://admin.shopify.com"
	csp := a.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, want) || strings.Contains(csp, "*") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src https://cdn.shopify.com/shopifycloud/app-bridge.js;") {
		m.t.Errorf("policy %s", csp)
	}
	if a.header.Get("X-Frame-Options") != "" || len(a.header["Set-Cookie"]) > 0 {
		m.t.Errorf("headers %v", a.header)
	}
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		m.t.Fatal(err)
	}
	if scripts, _ := all(root, "script"); len(scripts) != 1 {
		m.t.Errorf("%d scripts in %s", len(scripts), a.body)
	}
	says(m.t, a, `<script src="https://cdn.shopify.com/shopifycloud/app-bridge.js" data-api-key="`+appOfTest+`">`)
}

// The platform installed the app itself: the first look at it connects the shop.
func TestManagedInstall(t *testing.T) {
	onEach(t, func(t *testing.T, m *mall) {
		a := m.framed()
		if to, err := url.Parse(a.header.Get("Location")); err != nil || !strings.HasPrefix(to.String(), "/setup/") || to.Query().Get("host") == "" || to.Query().Has("id_token") {
			t.Fatalf("first look: %+v", a)
		}
		a = m.fetch(m.fresh.IDToken("5"))
		m.told("fetched", a, http.StatusOK, "Almost there, Fresh & Fine")
		m.embedded(a)
		shop, first := m.installed()
		if shop.State != crm.ShopPaused || !shop.App || first[shopify.SettingToken] == "" {
			t.Errorf("%+v", shop)
		}
		m.finishSetUp()
		a = m.framed()
		m.told("later", a, http.StatusOK, "Grazie works for Hers")
		m.embedded(a)
		m.told("fetched", m.fetch(m.fresh.IDToken("5")), http.StatusOK, "Grazie works for Hers")
		if n := m.stepCount("install exchanged"); n != 1 {
			t.Errorf("%d exchanges", n)
		}

		// Removed, and installed again: all that was set is there.
		m.pass(time.Minute)
		if w := m.fresh.Uninstall(); m.post(w).status != http.StatusOK {
			t.Fatal(m.log)
		}
		m.uninstalled()
		m.pass(time.Minute)
		m.told("again", m.framed(), http.StatusOK, "Grazie works for Hers")
		again, second := m.installed()
		if again.ID != shop.ID || again.State != crm.ShopActive || again.Name != "Hers" || !again.RemovedAt.IsZero() || second[shopify.SettingToken] == first[shopify.SettingToken] {
			t.Errorf("%+v", again)
		}

		// Refused for good meanwhile: a look mends it.
		if _, err := m.store.ChangeShop(t.Context(), shop.ID, func(s *crm.Shop) error { s.Broken, s.BrokenAt = "401", m.Now(); return nil }); err != nil {
			t.Fatal(err)
		}
		m.told("broken", m.framed(), http.StatusOK, "Grazie works for Hers")
		if mended, _ := m.installed(); mended.Broken != "" {
			t.Errorf("%+v", mended)
		}
	})
}

// uninstalled applies the removal that waits as a webhook, as a worker does.
func (m *mall) uninstalled() {
	m.t.Helper()
	shop, _ := m.installed()
	if _, err := m.store.ApplyEvents(m.t.Context(), shop.ID, []store.Applied{{State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.AppUninstalled, At: m.Now()}}}}, nil); err != nil {
		m.t.Fatal(err)
	}
	if shop, _ := m.installed(); shop.State != crm.ShopUninstalled {
		m.t.Fatalf("%+v", shop)
	}
}

// An ID token is worth a minute, for its own app and shop.
func TestBadIDTokens(t *testing.T) {
	m := newMall(t)
	forged := "This did not come from your shop"
	stranger := simshop.New(4, m.Now())
	stranger.Domain, stranger.ClientID = "stranger.myshopify.com", "another-app"
	good := m.fresh.IDToken("5")
	for name, token := range map[string]string{
		"another app's":   stranger.IDToken("5"),
		"unsigned":        strings.Join(append(strings.Split(good, ".")[:2], ""), "."),
		"without a kind":  none(good),
		"changed":         good[:len(good)-8] + "AAAAAAAA",
		"no token at all": "evil",
	} {
		m.told(name, m.framed(func(q url.Values) { q.Set("id_token", token) }), http.StatusBadRequest, forged)
		if a := m.fetch(token); a.status != http.StatusUnauthorized || a.header.Get("X-Shopify-Retry-Invalid-Session-Request") != "" {
			t.Errorf("%s, fetched: %+v", name, a)
		}
	}
	stranger.ClientID = appOfTest // the same app in another shop, under this shop's name
	token := stranger.IDToken("5")
	m.told("another shop's", m.framed(func(q url.Values) { q.Set("id_token", token) }), http.StatusBadRequest, forged)
	m.told("two shops", m.framed(func(q url.Values) { q.Add("shop", "stranger.myshopify.com"); q.Set("shop", "stranger.myshopify.com") }), http.StatusBadRequest, forged)
	m.nothing("bad ID tokens")

	// One that has ended: the page gets itself another, and a fetch is told to.
	old := m.fresh.Opening(true)
	m.pass(2 * time.Minute)
	a := m.fetch(old.Get("id_token"))
	if a.status != http.StatusUnauthorized || a.header.Get("X-Shopify-Retry-Invalid-Session-Request") != "1" {
		t.Errorf("fetched: %+v", a)
	}
	for name, q := range map[string]url.Values{"old": old, "none": {"shop": old["shop"], "host": old["host"], "embedded": {"1"}}} {
		a = m.get("/app/shopify?" + q.Encode())
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusFound || to.Host != "" || to.Path != "/app/shopify/again" {
			t.Fatalf("%s: %+v", name, a)
		}
		back, err := url.Parse(to.Query().Get("shopify-reload"))
		if err != nil || !strings.HasPrefix(back.String(), appPath+"?") || back.Query().Has("id_token") || back.Query().Has("hmac") || back.Query().Get("host") != old.Get("host") {
			t.Errorf("%s: back to %s", name, back)
		}
		a = m.get(to.String())
		m.told(name, a, http.StatusOK, "One moment, please")
		m.embedded(a)

		// With a fresh token it works; with another that is too old it ends.
		ask := back.Query()
		ask.Set("id_token", old.Get("id_token"))
		m.told(name+" again", m.get("/app/shopify?"+ask.Encode()), http.StatusBadRequest, forged)
		ask.Set("id_token", m.fresh.IDToken("5"))
		if a := m.get("/app/shopify?" + ask.Encode()); a.status != http.StatusFound || !strings.HasPrefix(a.header.Get("Location"), "/setup/") {
			t.Errorf("%s renewed: %+v", name, a)
		}
	}
}

// none is a token whose head says that it needs no signature.
func none(token string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
}

// No address that a request brings leads a browser away.
func TestNoOpenRedirects(t *testing.T) {
	m := newMall(t)
	for _, to := range []string{"https://evil.example/", "//evil.example/", public + ".evil.example/app/shopify?", public + "/app/shopify", public + "@evil.example/app/shopify?", "javascript:evil"} {
		q := url.Values{"shop": {m.fresh.Domain}, "embedded": {"1"}, "shopify-reload": {to}}
		m.told("again to "+to, m.get("/app/shopify/again?"+q.Encode()), http.StatusBadRequest, "This did not come from your shop")
		for _, name := range []string{"redirect_uri", "return_to", "return_url", "next", "host", "shopify-reload"} {
			opening := m.fresh.Opening(false)
			opening.Set(name, to)
			for _, path := range []string{"/auth/shopify?", "/app/shopify?", "/app/shopify?embedded=1&", "/auth/shopify/callback?"} {
				a := m.get(path + opening.Encode())
				where, err := url.Parse(a.header.Get("Location"))
				if err != nil || where.Host != "" || strings.HasPrefix(where.Path, "//") {
					t.Errorf("%s with %s=%s leads to %s", path, name, to, where)
				}
			}
		}
	}
	for _, shop := range []string{"evil.com", "a.myshopify.com.evil.com", "a.myshopify.com; script-src *", "a.myshopify.com\r\nX-Evil: 1"} {
		q := url.Values{"shop": {shop}, "shopify-reload": {appPath + "?shop=x"}}
		a := m.get("/app/shopify/again?" + q.Encode())
		m.told("again for "+shop, a, http.StatusBadRequest, "This did not come from your shop")
		if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "evil") || !strings.HasSuffix(csp, "frame-ancestors 'none'") || a.header.Get("X-Evil") != "" {
			t.Errorf("%s: %v", shop, a.header)
		}
	}
}

// What the merchant did not allow is said on the next page.
func TestScopeRefused(t *testing.T) {
	m := newMall(t)
	m.fresh.Consents(simshop.Consent{Without: []string{"write_discounts"}})
	b := m.browser()
	b.install()
	b.atSetUp()
	if shop, _ := m.installed(); slices.Contains(shop.Scopes, "write_discounts") || !slices.Contains(shop.Scopes, "write_returns") {
		t.Errorf("scopes %v", shop.Scopes)
	}
	m.finishSetUp()
	a := b.install()
	says(t, a, "The shop does not allow write_discounts", "Allow what is missing")
	root, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	links, _ := all(root, "a")
	m.fresh.Consents(simshop.Consent{Without: []string{"write_returns"}})
	href, _ := attribute(links[0], "href")
	b.open(href)
	b.atSetUp()
	if shop, _ := m.installed(); !slices.Contains(shop.Scopes, "write_discounts") || slices.Contains(shop.Scopes, "write_returns") {
		t.Errorf("asked again: scopes %v", shop.Scopes)
	}

	// Allowed later, the next look knows.
	m.fresh.Consents(simshop.Consent{Manifest: strings.Join(shopify.ScopesFor(), ",")})
	if a := m.framed(); strings.Contains(a.body, "does not allow") {
		t.Errorf("%s", a.body)
	}
	if shop, _ := m.installed(); !slices.Contains(shop.Scopes, "write_returns") {
		t.Errorf("scopes %v", shop.Scopes)
	}
}

// Two installations of a shop at once end in one shop, with the credentials
// that the platform gave last: it revoked the others.
func TestInstallsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, m *mall) {
		const many = 4
		addresses := make([]string, many)
		browsers := make([]*browser, many)
		for n := range many {
			browsers[n] = m.browser()
			addresses[n] = browsers[n].allowed()
		}
		done := make(chan answer)
		for n := range many {
			go func() { done <- browsers[n].open(addresses[n]) }()
		}
		for range many {
			if a := <-done; a.status != http.StatusFound {
				t.Errorf("%+v", a)
			}
		}
		shops, err := m.store.Shops(t.Context())
		if err != nil || len(shops) != 2 { // and the door's own
			t.Errorf("%d shops, %v", len(shops), err)
		}
		for n, step := range m.steps {
			if want := []string{"install exchanged", "install stored"}[n%2]; step != want {
				t.Fatalf("steps %v", m.steps)
			}
		}
		_, v := m.installed()
		body, err := json.Marshal(map[string]string{"client_id": appOfTest, "client_secret": m.fresh.Secret, "grant_type": "refresh_token", "refresh_token": v[shopify.SettingRefreshToken]})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(m.shopURL+"/admin/oauth/access_token", "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusOK {
			t.Errorf("the stored refresh token is dead: HTTP %d", resp.StatusCode)
		}
	})
}

// The program is lost between the exchange and the storing, or right after:
// the merchant simply begins again.
func TestInstallCutShort(t *testing.T) {
	for _, at := range []string{"install exchanged", "install stored"} {
		t.Run(at, func(t *testing.T) {
			m := newMall(t)
			m.at = func(step string) {
				if step == at {
					panic(http.ErrAbortHandler) // the connection is cut, nothing is answered
				}
			}
			b := m.browser()
			address := b.allowed()
			if resp, err := b.client.Get(address); err == nil { // it tried again by itself
				if resp.Body.Close(); resp.StatusCode != http.StatusBadRequest {
					t.Fatalf("answered %s", resp.Status)
				}
			}
			if shop, v := m.installed(); at == "install exchanged" && shop.ID != "" || at == "install stored" && v[shopify.SettingToken] == "" {
				t.Errorf("%+v", shop)
			}
			// What was lost with it is the lease.
			if leads, err := m.store.Lead(t.Context(), "install:shopify:"+m.fresh.Domain, "the lost one", 20*time.Second); err != nil || !leads {
				t.Fatal(leads, err)
			}
			m.mu.Lock()
			m.at = nil
			m.mu.Unlock()
			m.pass(time.Minute)
			b.install()
			b.atSetUp()
			if shops, err := m.store.Shops(t.Context()); err != nil || len(shops) != 2 {
				t.Errorf("%d shops, %v", len(shops), err)
			}
		})
	}
}

// The shop does not answer: the page says so, and its link begins again.
func TestInstallWhileTheShopIsDown(t *testing.T) {
	m := newMall(t)
	b := m.browser()
	for name, f := range map[string]simshop.Faults{"down": {Status: http.StatusServiceUnavailable}, "busy": {Status: http.StatusTooManyRequests, RetryAfter: time.Minute}} {
		address := b.allowed()
		m.fresh.Break(f)
		a := b.open(address)
		m.told(name, a, http.StatusServiceUnavailable, "Your shop does not answer")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %v", name, a.header)
		}
		m.nothing(name)
		m.told(name+", in a frame", m.framed(), http.StatusServiceUnavailable, "Your shop does not answer")
		m.embedded(m.framed())
		m.fresh.Break(simshop.Faults{})
		root, err := html.Parse(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		links, _ := all(root, "a")
		if len(links) != 1 {
			t.Fatalf("%s: %s", name, a.body)
		}
		if name == "down" {
			href, _ := attribute(links[0], "href")
			b.open(href)
			b.atSetUp()
			m.forget()
		}
	}

	// It takes the code and then tells nothing of itself: she is asked instead.
	address := b.allowed()
	m.at = func(step string) {
		if step == "install exchanged" {
			m.fresh.Break(simshop.Faults{Status: http.StatusServiceUnavailable})
		}
	}
	b.open(address)
	b.atSetUp()
}

// forget makes the fresh shop one that was never here.
func (m *mall) forget() {
	m.fresh.Domain = "fresh-" + fmt.Sprint(len(m.fresh.Domain)) + ".myshopify.com"
}

// Without the database nothing begins and nothing ends; every page says so.
func TestInstallWithoutDatabase(t *testing.T) {
	m := newMall(t)
	b := m.browser()
	callback := b.allowed()
	opening, token := m.fresh.Opening(false).Encode(), m.fresh.Opening(true).Encode()
	m.closeStore()
	for name, address := range map[string]string{"begin": authPath + "?" + opening, "callback": callback, "app": appPath + "?" + opening, "framed": appPath + "?" + token} {
		a := b.open(address)
		m.told(name, a, http.StatusServiceUnavailable, "Grazie cannot store anything at the moment")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s does not say when to come again", name)
		}
	}
	if n := strings.Count(m.log.String(), "an installation could not be stored"); n != 4 {
		t.Errorf("the log tells %d times: %s", n, m.log)
	}
}

// Without an app, merchants are told whom to ask.
func TestInstallWithoutApp(t *testing.T) {
	m := newMall(t, func(d *door) {
		d.options.Platforms["shopify"] = shopify.Connected(http.DefaultClient, d.Now, shopify.App{})
	})
	m.told("begin", m.get("/auth/shopify?"+m.fresh.Opening(false).Encode()), http.StatusNotFound, "Grazie cannot be installed here")
	if a := m.send(http.MethodPost, "/auth/shopify/callback", http.Header{}, strings.NewReader("{}")); a.status != http.StatusNotFound {
		t.Errorf("%+v", a)
	}
}
