package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations/woocommerce"
	"grazie/integrations/woocommerce/simwoo"
)

// woo is a mall with a shop on WooCommerce.
type woo struct {
	*mall
	sim  *simwoo.Shop
	site string
}

func newWoo(t *testing.T) *woo {
	w := &woo{sim: simwoo.New()}
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.site = server.URL
	w.mall = newMall(t, func(d *door) {
		d.options.AnyShop, d.options.Platforms["woocommerce"] = true, woocommerce.New(http.DefaultClient, d.Now, true)
	})
	return w
}

// asked is what the merchant's browser brings to her shop: where its keys go,
// where she goes, and the state.
func (w *woo) asked(b *browser) url.Values {
	w.t.Helper()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := b.open(public + "/auth/woocommerce?" + url.Values{"shop": {w.site}}.Encode())
	if a.status != http.StatusFound || !strings.HasPrefix(b.url.String(), w.site+"/wc-auth/v1/authorize?") {
		w.t.Fatalf("%+v", a)
	}
	return b.url.Query()
}

// allow is what the shop does when she says yes.
func (w *woo) allow(ask url.Values, change ...func(map[string]any)) answer {
	w.t.Helper()
	keys := map[string]any{"key_id": 1, "user_id": ask.Get("user_id"), "consumer_key": w.sim.Key, "consumer_secret": w.sim.Secret, "key_permissions": "read_write"}
	for _, c := range change {
		c(keys)
	}
	body, err := json.Marshal(keys)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(http.MethodPost, strings.TrimPrefix(ask.Get("callback_url"), public), http.Header{"Content-Type": {"application/json"}}, strings.NewReader(string(body)))
}

func (w *woo) shops() int {
	w.t.Helper()
	all, err := w.store.Shops(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return len(all) - 1 // the door's own
}

// The shop posts its keys, and then the merchant comes back: in her browser alone.
func TestShopPostsItsKeys(t *testing.T) {
	w := newWoo(t)
	b := w.browser()
	ask := w.asked(b)
	home := ask.Get("return_url") + "&success=1&user_id=" + ask.Get("user_id")
	if a := w.allow(ask); a.status != http.StatusOK || a.body != "" {
		t.Fatalf("%+v\n%s", a, w.log)
	}
	if a := w.allow(ask); a.status != http.StatusForbidden {
		t.Errorf("posted twice: %+v", a)
	}
	shops, err := w.store.Shops(t.Context())
	if err != nil || len(shops) != 2 {
		t.Fatal(shops, err)
	}
	a := b.open(home)
	token, ok := strings.CutPrefix(b.url.Path, "/setup/")
	id, err := w.store.OpenSetup(token)
	shop, missing := w.store.Shop(t.Context(), id)
	if a.status != http.StatusFound || !ok || err != nil || missing != nil || shop.Platform != "woocommerce" || shop.State != crm.ShopPaused || !shop.App {
		t.Fatalf("%+v, %v, %+v", a, err, shop)
	}
	v, err := w.store.Connection(t.Context(), shop.ID)
	if err != nil || v[woocommerce.SettingKey] != w.sim.Key {
		t.Errorf("%v, %v", v, err)
	}
	w.told("comes back twice", b.open(home), http.StatusBadRequest, "This installation cannot go on")

	// A stranger began it, and sent her the address: he gets nowhere, nor does she.
	ask = w.asked(b)
	w.allow(ask)
	w.told("another browser", w.browser().open(ask.Get("return_url")), http.StatusBadRequest, "This installation cannot go on")
	w.told("after another browser", b.open(ask.Get("return_url")), http.StatusBadRequest, "This installation cannot go on")
}

// Nobody gets to the first steps of a shop by keys that are not the shop's.
func TestShopPostsNoKeys(t *testing.T) {
	w := newWoo(t)
	b := w.browser()
	for name, c := range map[string]struct {
		change func(map[string]any)
		status int
	}{
		"made-up keys":  {func(v map[string]any) { v["consumer_secret"] = "cs_evil" }, http.StatusBadRequest},
		"no keys":       {func(v map[string]any) { delete(v, "consumer_key") }, http.StatusBadRequest},
		"no state":      {func(v map[string]any) { delete(v, "user_id") }, http.StatusBadRequest},
		"another state": {func(v map[string]any) { v["user_id"] = "evil" }, http.StatusForbidden},
	} {
		ask := w.asked(b)
		if a := w.allow(ask, c.change); a.status != c.status || strings.Contains(a.body, "evil") {
			t.Errorf("%s: %+v", name, a)
		}
		if a := b.open(ask.Get("return_url") + "&success=1"); a.status != http.StatusBadRequest {
			t.Errorf("%s leads on: %+v", name, a)
		}
		if n := w.shops(); n != 0 {
			t.Fatalf("%s: %d shops", name, n)
		}
	}
	ask := w.asked(b)
	a := b.open(ask.Get("return_url") + "&success=0")
	w.told("she said no", a, http.StatusBadRequest, "Your shop did not hand over its keys")
	says(t, a, `href="/auth/woocommerce?shop=`)

	// A state of before is not one that a shop has brought.
	ask = w.asked(b)
	w.told("a made-up return", b.open(public+"/auth/woocommerce/callback?state=back:"+ask.Get("user_id")), http.StatusBadRequest, "This installation cannot go on")
	for path, body := range map[string]string{"not JSON": "consumer_key=1", "empty": "", "large": `{"user_id":"` + strings.Repeat("a", 20<<10) + `"}`} {
		if a := w.send(http.MethodPost, "/auth/woocommerce/callback", http.Header{}, strings.NewReader(body)); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %+v", path, a)
		}
	}
	w.told("no shop", w.get("/auth/woocommerce?shop="), http.StatusBadRequest, "Which shop is it?")
}

// Where nobody said that any shop may, none connects itself.
func TestNoShopConnectsItself(t *testing.T) {
	w := newWoo(t)
	closed := newMall(t, func(d *door) { d.options.Platforms["woocommerce"] = woocommerce.New(http.DefaultClient, d.Now, true) })
	if a := closed.browser().open(public + "/auth/woocommerce?" + url.Values{"shop": {w.site}}.Encode()); a.status != http.StatusNotFound {
		t.Errorf("%+v", a)
	}
}

// Who comes back from a shop that is at work need not be its owner: she sees
// nothing of it.
func TestKeysOfAShopAtWorkShowNothing(t *testing.T) {
	w := newWoo(t)
	for _, want := range []string{"/setup/", "/auth/woocommerce/callback"} {
		b := w.browser()
		ask := w.asked(b)
		if a := w.allow(ask); a.status != http.StatusOK {
			t.Fatalf("%+v", a)
		}
		b.client.CheckRedirect = nil
		a := b.open(ask.Get("return_url") + "&success=1")
		if !strings.HasPrefix(b.url.Path, want) || strings.Contains(a.body, "/setup/") && want != "/setup/" {
			t.Errorf("she comes to %s: %+v", b.url.Path, a)
		}
		all, err := w.store.Shops(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, shop := range all {
			if shop.Platform == "woocommerce" {
				if _, err := w.store.ChangeShop(t.Context(), shop.ID, func(s *crm.Shop) error { s.SetUpAt = w.Now(); return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
