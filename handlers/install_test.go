package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
)

const (
	public    = "https://grazie.example"
	appOfTest = "the-app-of-the-tests"
)

// mall is a door before which a shop stands that was never connected, with an
// app that its merchant may install.
type mall struct {
	*door
	fresh   *simshop.Shop
	shopURL string
	admin   http.HandlerFunc // what the shop's admin shows around the app

	mu    sync.Mutex
	steps []string
	at    func(step string) // what happens after a step; nil: nothing
}

func newMall(t *testing.T, change ...func(*door)) *mall {
	t.Helper()
	m := &mall{}
	m.door = newDoor(t, append([]func(*door){func(d *door) {
		m.fresh = simshop.New(11, d.now)
		m.fresh.Domain, m.fresh.Name, m.fresh.ClientID = "fresh.myshopify.com", "Fresh & Fine", appOfTest
		m.fresh.Revoke()
		mux := http.NewServeMux()
		mux.Handle("/", m.fresh.API())
		mux.HandleFunc("/admin/apps/grazie", func(w http.ResponseWriter, r *http.Request) { m.admin(w, r) })
		shops := httptest.NewServer(mux)
		t.Cleanup(shops.Close)
		m.shopURL = shops.URL
		d.options.PublicURL = public
		d.options.Platforms["shopify"] = shopify.Connected(http.DefaultClient, d.Now, shopify.App{ID: appOfTest, Secrets: []string{m.fresh.Secret}, URL: shops.URL})
		d.options.AtStep = m.step
	}}, change...)...)
	t.Cleanup(m.secretive)
	return m
}

// onPostgres puts the door before another database.
func onPostgres(d *door) {
	s, err := store.Open(d.t.Context(), store.Options{URL: needs.FreshPostgres(d.t), Secrets: []string{"a secret key for the tests"}, Now: d.Now})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { s.Close() })
	d.store.Close()
	d.store, d.options.Store = s, s
	d.shopID = d.connect(d.shop.Domain, crm.Values{shopify.SettingSecret: d.shop.Secret})
}

// onEach runs a test on both engines.
func onEach(t *testing.T, test func(*testing.T, *mall)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newMall(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newMall(t, onPostgres)) })
}

func (m *mall) step(name string) {
	m.mu.Lock()
	m.steps = append(m.steps, name)
	at := m.at
	m.mu.Unlock()
	if at != nil {
		at(name)
	}
}

// secretive checks that the log holds none of the shop's credentials.
func (m *mall) secretive() {
	for _, word := range []string{"shpat_", "shprt_", "hmac=", "code=", "state=", m.fresh.Secret} {
		if text := m.log.String(); strings.Contains(text, word) {
			m.t.Errorf("the log tells %q:\n%s", word, text)
		}
	}
}

// pass moves both clocks.
func (m *mall) pass(by time.Duration) {
	m.door.pass(by)
	m.fresh.MoveTo(m.Now())
}

// installed is the fresh shop as it is stored, if it is, with its credentials.
func (m *mall) installed() (crm.Shop, crm.Values) {
	m.t.Helper()
	shop, err := m.store.ShopOn(m.t.Context(), "shopify", m.fresh.Domain)
	if errors.Is(err, crm.ErrNotFound) {
		return crm.Shop{}, nil
	}
	var v crm.Values
	if err == nil {
		v, err = m.store.Connection(m.t.Context(), shop.ID)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return shop, v
}

// finishSetUp is what the pages of the first steps do in the end.
func (m *mall) finishSetUp() {
	m.t.Helper()
	shop, _ := m.installed()
	if _, err := m.store.ChangeShop(m.t.Context(), shop.ID, func(s *crm.Shop) error {
		s.State, s.SetUpAt, s.Name = crm.ShopActive, m.Now(), "Hers"
		s.Sender, s.LegalName, s.PostalAddress = crm.Mailbox{Name: "Anna", Email: "anna@hers.example"}, "Hers S.r.l.", "Via Roma 1, 00100 Roma"
		s.Timezone, s.Locale, s.Currency, s.Country = "Europe/Rome", "it", "EUR", "IT"
		return nil
	}); err != nil {
		m.t.Fatal(err)
	}
}

// browser is one of a merchant's, in which she is logged in at her shop.
type browser struct {
	m      *mall
	jar    http.CookieJar
	client *http.Client
	url    *url.URL // of the page that is shown
}

func (m *mall) browser() *browser {
	m.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	b := &browser{m: m, jar: jar}
	b.client = &http.Client{Jar: jar, Transport: b, CheckRedirect: b.follow}
	return b
}

// RoundTrip reaches the server under its public name.
func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r
	if r.URL.Host == "grazie.example" {
		sent = r.Clone(r.Context())
		to, err := url.Parse(b.m.url)
		if err != nil {
			return nil, err
		}
		sent.URL.Scheme, sent.URL.Host = to.Scheme, to.Host
	}
	resp, err := http.DefaultTransport.RoundTrip(sent)
	if err == nil {
		resp.Request = r
	}
	return resp, err
}

// follow goes wherever an installation may lead, and stops at the first steps.
func (b *browser) follow(r *http.Request, _ []*http.Request) error {
	if host := r.URL.Scheme + "://" + r.URL.Host; host != public && host != b.m.shopURL {
		b.m.t.Errorf("a redirect to %s", r.URL)
	}
	if strings.HasPrefix(r.URL.Path, "/setup/") {
		return http.ErrUseLastResponse
	}
	return nil
}

// open goes to an address and on from there.
func (b *browser) open(address string) answer {
	b.m.t.Helper()
	req, err := http.NewRequestWithContext(b.m.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.m.t.Fatal(err)
	}
	return b.do(req)
}

func (b *browser) do(req *http.Request) answer {
	b.m.t.Helper()
	resp, err := b.client.Do(req)
	if err != nil {
		b.m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.m.t.Fatal(err)
	}
	if b.url = resp.Request.URL; resp.StatusCode == http.StatusFound {
		if b.url, err = resp.Location(); err != nil {
			b.m.t.Fatal(err)
		}
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// stopAt makes the browser go no further than a redirect to a path.
func (b *browser) stopAt(path string) *browser {
	b.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Path == path {
			return http.ErrUseLastResponse
		}
		return b.follow(r, via)
	}
	return b
}

const (
	appPath      = public + "/app/shopify"
	authPath     = public + "/auth/shopify"
	callbackPath = "/auth/shopify/callback"
)

// install begins in the shop's admin and goes on to the end.
func (b *browser) install() answer { return b.open(appPath + "?" + b.m.fresh.Opening(false).Encode()) }

// allowed is the address of a callback with a code that was not used yet.
func (b *browser) allowed() string {
	b.m.t.Helper()
	if a := b.stopAt(callbackPath).install(); a.status != http.StatusFound || b.url.Path != callbackPath {
		b.m.t.Fatalf("%+v, at %s", a, b.url)
	}
	b.client.CheckRedirect = b.follow
	return b.url.String()
}

// atSetUp checks that the browser is at the first steps of the fresh shop.
func (b *browser) atSetUp() {
	b.m.t.Helper()
	shop, _ := b.m.installed()
	token, ok := strings.CutPrefix(b.url.Path, "/setup/")
	id, err := b.m.store.OpenSetup(token)
	if !ok || err != nil || id != shop.ID || id == "" {
		b.m.t.Fatalf("at %s, for the shop %q: %v", b.url, id, err)
	}
}

// told checks a page that says what stands in the way.
func (m *mall) told(name string, a answer, status int, title string) {
	m.t.Helper()
	if a.status != status || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("Location") != "" {
		m.t.Fatalf("%s: %d %v %s\n%s", name, a.status, a.header, a.body, m.log)
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none';") || a.header.Get("X-Frame-Options") != "" ||
		a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" {
		m.t.Errorf("%s: headers %v", name, a.header)
	}
	for _, secret := range []string{"evil", "shpat_", "hmac", m.fresh.Secret, "panic", ".go:", "sql"} {
		if strings.Contains(a.body, secret) {
			m.t.Errorf("%s shows %q:\n%s", name, secret, a.body)
		}
	}
	says(m.t, a, "<h1>"+title+"</h1>")
}

// nothing checks that no shop came of what was tried.
func (m *mall) nothing(name string) {
	m.t.Helper()
	if shop, _ := m.installed(); shop.ID != "" {
		m.t.Errorf("%s: a shop is there: %+v", name, shop)
	}
}

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
