package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
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
