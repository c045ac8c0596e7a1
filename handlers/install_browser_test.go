package handlers_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"grazie/crm"
	"grazie/handlers"
	"grazie/integrations/shopify/simshop"
)

// local is a mall that a real browser reaches, on another site than the shop.
// seen, if there is one, is told every path that is asked for.
func local(t *testing.T, seen func(path string)) *mall {
	t.Helper()
	m := newMall(t)
	o := m.options
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	o.PublicURL = "http://localhost:" + port
	routes := handlers.New(o)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen != nil {
			seen(r.URL.Path)
		}
		routes.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	m.url = o.PublicURL
	return m
}

// A merchant installs the app in a real browser, which minds cookies of its own
// accord, and finds all pages readable on every screen.
func TestInstallInBrowser(t *testing.T) {
	m, ctx := local(t, nil), newTab(t)
	do(t, ctx, chromedp.Navigate(m.url+"/app/shopify?"+m.fresh.Opening(false).Encode()), chromedp.WaitReady("body"))
	at, err := chromedp.Run(ctx, chromedp.Location())
	shop, _ := m.installed()
	token, ok := strings.CutPrefix(at, m.url+"/setup/")
	id, lost := m.store.OpenSetup(token)
	if err != nil || lost != nil || !ok || id != shop.ID || id == "" {
		t.Fatalf("at %s, %v, %v, %s", at, err, lost, m.log)
	}

	fits := func(name, path, title string) {
		t.Helper()
		for _, width := range []int64{320, 390, 1280} {
			do(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(m.url+path), chromedp.WaitVisible("h1"))
			wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](measure))
			if err != nil || wrong != "" || textOf(t, ctx, "h1") != title {
				t.Errorf("%s on %d, %q: %s, %v", name, width, textOf(t, ctx, "h1"), wrong, err)
			}
		}
	}
	const long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenmanufaktur & Töchter"
	m.finishSetUp()
	for _, c := range []struct {
		name, title string
		state       crm.ShopState
	}{{"works", "Grazie works for " + long, crm.ShopActive}, {"paused", "Grazie is paused for " + long, crm.ShopPaused}} {
		if _, err := m.store.ChangeShop(t.Context(), shop.ID, func(s *crm.Shop) error {
			s.State, s.Name = c.state, long
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		fits(c.name, "/app/shopify?"+m.fresh.Opening(false).Encode(), c.title)
	}
	fits("forged", "/app/shopify", "This did not come from your shop")
	fits("lost", "/auth/shopify/callback?state=x", "This installation cannot go on")
	fits("no app", "/auth/nothing", "Grazie cannot be installed here")
	fits("no shop", "/auth/shopify?shop="+strings.Repeat("long", 60), "Which shop is it?")
	q := m.fresh.Opening(true)
	fits("again", "/app/shopify?shop="+q.Get("shop")+"&host="+q.Get("host")+"&embedded=1", "One moment, please")
	m.fresh.Break(simshop.Faults{Status: http.StatusServiceUnavailable})
	do(t, ctx, chromedp.EmulateViewport(390, 800), chromedp.Navigate(m.url+"/auth/shopify?"+m.fresh.Opening(false).Encode()), chromedp.WaitReady("body")) // the shop's own page says so
	if n := m.stepCount("install stored"); n != 1 {
		t.Errorf("%d installations", n)
	}
}

// A real browser shows the page in the frame of the shop's own admin, and in
// nobody else's: what it does not show, it does not style.
func TestFrameInBrowser(t *testing.T) {
	styled := make(chan string, 10)
	m := local(t, func(path string) {
		if path == "/style.css" {
			styled <- path
		}
	})
	admin := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>Admin</title><iframe src="%s"></iframe>`, html.EscapeString(m.url+"/app/shopify?"+m.fresh.Opening(true).Encode()))
	}
	m.admin = admin
	stranger := httptest.NewServer(http.HandlerFunc(admin))
	t.Cleanup(stranger.Close)
	m.framed() // connects the shop
	m.finishSetUp()
	for _, c := range []struct {
		name, address string
		shown         int
	}{{"a stranger's", stranger.URL + "/admin/apps/grazie", 0}, {"the shop's", m.shopURL + "/admin/apps/grazie", 1}} {
		do(t, newTab(t), chromedp.Navigate(c.address), chromedp.WaitVisible("iframe")) // loaded, and the frame with it
		if len(styled) != c.shown {
			t.Errorf("in %s frame it is shown %d times", c.name, len(styled))
		}
	}
}
