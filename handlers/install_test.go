package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// From a click in her admin to the first steps: the shop is there, paused, with
// credentials that work.
func TestInstall(t *testing.T) {
	onEach(t, func(t *testing.T, m *mall) {
		b := m.browser()
		b.install()
		b.atSetUp()
		shop, v := m.installed()
		if shop.State != crm.ShopPaused || !shop.App || !shop.SetUpAt.IsZero() || len(shop.Scopes) == 0 || shop.Domain != m.fresh.Domain {
			t.Errorf("%+v", shop)
		}
		if v[shopify.SettingToken] == "" || v[shopify.SettingRefreshToken] == "" || v[shopify.SettingSecret] != "" {
			t.Errorf("keys %v", slices.Sorted(keysOf(v)))
		}
		cookies := b.jar.Cookies(&url.URL{Scheme: "https", Host: "grazie.example", Path: "/auth/shopify"})
		if len(cookies) != 1 || cookies[0].Name != "__Host-grazie_install" || len(cookies[0].Value) != 43 {
			t.Errorf("cookies %v", cookies)
		}
		chores, err := m.store.Chores(t.Context(), shop.ID)
		if err != nil || len(chores) != len(crm.Chores) {
			t.Errorf("chores %v, %v", chores, err)
		}

		// Opened again before the first steps are done, it leads there.
		m.pass(time.Minute)
		if b.install(); m.stepCount("install stored") != 1 {
			t.Error("the shop was installed again")
		}
		b.atSetUp()
		m.finishSetUp()
		a := b.install()
		m.told("set up", a, http.StatusOK, "Grazie works for Hers")
		if csp := a.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "script-src 'none'") {
			t.Errorf("policy %s", csp)
		}
	})
}

func keysOf(v crm.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range v {
			if !yield(key) {
				return
			}
		}
	}
}

func (m *mall) stepCount(name string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.steps {
		if s == name {
			n++
		}
	}
	return n
}

// The cookie is for this host alone, and for the time of an installation.
func TestInstallCookie(t *testing.T) {
	m := newMall(t)
	get := func() []*http.Cookie {
		a := m.send(http.MethodGet, "/auth/shopify?"+m.fresh.Opening(false).Encode(), http.Header{}, nil)
		if a.status != http.StatusFound || !strings.HasPrefix(a.header.Get("Location"), m.shopURL+"/admin/oauth/authorize?") || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%+v", a)
		}
		return (&http.Response{Header: a.header}).Cookies()
	}
	c := get()[0]
	if c.Path != "/" || c.Domain != "" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 900 || c.Value == get()[0].Value {
		t.Errorf("%+v", c)
	}
	for value, kept := range map[string]bool{c.Value: true, "": false, "evil": false} {
		a := m.send(http.MethodGet, "/auth/shopify?"+m.fresh.Opening(false).Encode(), http.Header{"Cookie": {c.Name + "=" + value}}, nil)
		if got := (&http.Response{Header: a.header}).Cookies()[0].Value; (got == value) != kept || len(got) != len(c.Value) {
			t.Errorf("%q became %q", value, got)
		}
	}
	m = newMall(t, func(d *door) { d.options.PublicURL = "http://localhost:8080" })
	if c := get()[0]; c.Name != "grazie_install" || c.Secure || !c.HttpOnly {
		t.Errorf("on plain http: %+v", c)
	}
}

// What the shop's admin did not make goes nowhere, sets no cookie and stores nothing.
func TestForgedOpenings(t *testing.T) {
	m := newMall(t)
	old := m.fresh.Opening(false)
	m.pass(2 * time.Minute)
	for name, change := range map[string]func(url.Values){
		"a changed signature":   func(q url.Values) { q.Set("hmac", strings.Repeat("0", 64)) },
		"no signature":          func(q url.Values) { q.Del("hmac") },
		"another parameter":     func(q url.Values) { q.Set("return_to", "https://evil.example") },
		"evil.com":              func(q url.Values) { q.Set("shop", "evil.com") },
		"beside myshopify.com":  func(q url.Values) { q.Set("shop", "a.myshopify.com.evil.com") },
		"before myshopify.com":  func(q url.Values) { q.Set("shop", "evil.com/a.myshopify.com") },
		"after a line":          func(q url.Values) { q.Set("shop", "a.myshopify.com\nevil.com") },
		"with a person":         func(q url.Values) { q.Set("shop", "fresh.myshopify.com@evil.com") },
		"two shops":             func(q url.Values) { q.Add("shop", "evil.myshopify.com") },
		"no shop":               func(q url.Values) { q.Del("shop") },
		"another shop's":        func(q url.Values) { q.Set("shop", "evil.myshopify.com") },
		"signed by anybody":     func(q url.Values) { s := simshop.New(3, m.Now()); s.Secret = "x"; swap(q, s.Opening(false)) },
		"two minutes old":       func(q url.Values) { swap(q, old) },
		"in a frame of nowhere": func(q url.Values) { q.Set("shop", "evil.com"); q.Set("id_token", "a.b.c") },
	} {
		for _, path := range []string{"/auth/shopify", "/app/shopify"} {
			q := m.fresh.Opening(false)
			change(q)
			a := m.send(http.MethodGet, path+"?"+q.Encode(), http.Header{}, nil)
			title := "This did not come from your shop"
			if path == "/auth/shopify" && !shopify.ShopName.MatchString(q.Get("shop")) || path == "/auth/shopify" && len(q["shop"]) != 1 {
				title = "Which shop is it?"
			}
			m.told(path+" "+name, a, http.StatusBadRequest, title)
			if len(a.header["Set-Cookie"]) > 0 {
				t.Errorf("%s %s sets a cookie", path, name)
			}
		}
	}
	m.nothing("forged openings")
	for path, status := range map[string]int{"/auth/nothing": 404, "/auth/nothing/callback": 404, "/app/nothing": 404, "/load/shopify": 404, "/app/shopify/again": 400} {
		if a := m.get(path); a.status != status || !strings.Contains(a.body, "<h1>") {
			t.Errorf("%s: %+v", path, a)
		}
	}
}

func swap(q, with url.Values) {
	clear(q)
	for name, values := range with {
		q[name] = values
	}
}

// A callback is good once, in the browser that began, for the shop that it began with.
func TestCallbacks(t *testing.T) {
	onEach(t, func(t *testing.T, m *mall) {
		lost, forged := "This installation cannot go on", "This did not come from your shop"
		b := m.browser()

		// In another browser, and then its state is used.
		address := b.allowed()
		m.told("another browser", m.browser().open(address), http.StatusBadRequest, lost)
		other := m.browser()
		other.allowed() // one that has a cookie, of its own
		address = b.allowed()
		m.told("another installation's browser", other.open(address), http.StatusBadRequest, lost)
		m.told("after another browser", b.open(address), http.StatusBadRequest, lost)

		for name, change := range map[string]func(url.Values){
			"a changed signature": func(q url.Values) { q.Set("hmac", strings.Repeat("0", 64)) },
			"a changed code":      func(q url.Values) { q.Set("code", "evil") },
			"another shop":        func(q url.Values) { q.Set("shop", "evil.myshopify.com") },
			"evil.com":            func(q url.Values) { q.Set("shop", "evil.com") },
		} {
			u, err := url.Parse(b.allowed())
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			change(q)
			u.RawQuery = q.Encode()
			m.told(name, b.open(u.String()), http.StatusBadRequest, forged)
			m.told(name+", mended", b.open(address), http.StatusBadRequest, lost)
		}
		for name, query := range map[string]string{"empty": "", "no state": "?code=1&shop=fresh.myshopify.com", "a made-up state": "?state=evil"} {
			m.told(name, b.open(authPath+"/callback"+query), http.StatusBadRequest, lost)
		}
		late := b.allowed()
		m.pass(store.InstallTime + time.Second)
		m.told("after 15 minutes", b.open(late), http.StatusBadRequest, lost)
		m.nothing("bad callbacks")

		address = b.allowed()
		b.open(address)
		b.atSetUp()
		first, credentials := m.installed()
		m.told("used twice", b.open(address), http.StatusBadRequest, lost)
		if again, v := m.installed(); !again.Since.Equal(first.Since) || fmt.Sprint(v) != fmt.Sprint(credentials) {
			t.Errorf("used twice: %+v", again)
		}
	})
}

// The shop that the platform signs must be the one that the browser began with.
func TestCallbackOfAnotherShop(t *testing.T) {
	m := newMall(t)
	b := m.browser()
	u, err := url.Parse(b.allowed())
	if err != nil {
		t.Fatal(err)
	}
	// A shop of the attacker's own, whose answer is signed with the same app's secret.
	evil := simshop.New(5, m.Now())
	evil.Domain, evil.ClientID = "attacker.myshopify.com", appOfTest
	evils := httptest.NewServer(evil.API())
	t.Cleanup(evils.Close)
	ask := url.Values{"client_id": {appOfTest}, "scope": {"read_orders"}, "redirect_uri": {public + callbackPath}, "state": {u.Query().Get("state")}}
	a := b.stopAt(callbackPath)
	a.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a.open(evils.URL + "/admin/oauth/authorize?" + ask.Encode())
	m.told("another shop's answer", a.open(a.url.String()), http.StatusBadRequest, "This did not come from your shop")
	if _, err := m.store.ShopOn(t.Context(), "shopify", evil.Domain); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("the other shop is here: %v", err)
	}
	m.nothing("another shop's answer")
}

// wandering is Shopify, handing over credentials of another shop than the one
// that the merchant began with.
type wandering struct {
	*shopify.Platform
	domain string
}

func (w *wandering) FinishInstall(ctx context.Context, answer url.Values, callback string) (integrations.Grant, error) {
	grant, err := w.Platform.FinishInstall(ctx, answer, callback)
	grant.Domain = w.domain
	return grant, err
}

// Whatever a platform hands over is stored for the shop that was begun with, or
// not at all.
func TestCredentialsOfAnotherShop(t *testing.T) {
	w := &wandering{}
	m := newMall(t, func(d *door) {
		w.Platform = d.options.Platforms["shopify"].(*shopify.Platform)
		d.options.Platforms["shopify"] = w
	})
	before, err := m.store.Connection(t.Context(), m.shopID)
	if err != nil {
		t.Fatal(err)
	}
	for _, w.domain = range []string{m.shop.Domain, "evil.myshopify.com", ""} {
		m.told("credentials of "+w.domain, m.browser().install(), http.StatusBadRequest, "This did not come from your shop")
	}
	m.nothing("credentials of another shop")
	all, err := m.store.Shops(t.Context())
	if after, failed := m.store.Connection(t.Context(), m.shopID); err != nil || failed != nil || len(all) != 1 || !maps.Equal(after, before) {
		t.Errorf("%v, %v, %d shops; the other shop's connection is changed: %t", err, failed, len(all), !maps.Equal(after, before))
	}
	w.domain = strings.ToUpper(m.fresh.Domain)
	b := m.browser()
	b.install()
	b.atSetUp()
}

// A merchant who removes the app while its credentials are on their way has
// removed it, whichever is stored first.
func TestRemovedWhileInstalled(t *testing.T) {
	onEach(t, func(t *testing.T, m *mall) {
		remove := func(shop crm.Shop, at time.Time) {
			if _, err := m.store.ApplyEvents(t.Context(), shop.ID, []store.Applied{{State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.AppUninstalled, At: at}}}}, nil); err != nil {
				t.Error(err)
			}
		}
		var removed time.Time
		exchanged := func(then func()) {
			m.at = func(step string) {
				if step == "install exchanged" {
					m.pass(time.Second)
					removed = m.Now()
					then()
					m.pass(time.Second)
				}
			}
		}
		exchanged(func() {})
		m.browser().install()
		shop, _ := m.installed()
		remove(shop, removed)
		if shop, v := m.installed(); shop.State != crm.ShopUninstalled || v[shopify.SettingToken] != "" {
			t.Fatalf("a removal that came after the credentials were stored is lost: %+v", shop)
		}
		m.pass(time.Minute)
		exchanged(func() {})
		m.browser().install()
		if _, err := m.store.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error { shop.Broken = "refused"; return nil }); err != nil {
			t.Fatal(err)
		}
		m.pass(time.Minute)
		exchanged(func() { remove(shop, removed) })
		m.told("removed meanwhile", m.browser().install(), http.StatusBadRequest, "Your shop did not let Grazie in")
		if shop, v := m.installed(); shop.State != crm.ShopUninstalled || v[shopify.SettingToken] != "" {
			t.Fatalf("a removal that came before the credentials were stored is lost: %+v", shop)
		}
		m.at = nil
		m.pass(time.Minute)
		b := m.browser()
		b.install()
		b.atSetUp()
		remove(shop, removed) // late, of before
		if shop, v := m.installed(); shop.State != crm.ShopPaused || v[shopify.SettingToken] == "" {
			t.Errorf("a late word of removal ended an installation: %+v", shop)
		}
	})
}
