package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

const appSecret = "the-app's-own-secret"

// withApp gives the door an app whose secret signs for all of its shops.
func withApp(d *door) {
	app := shopify.App{ID: "app", Secrets: []string{appSecret, "the-one-before"}}
	d.options.Platforms["shopify"] = shopify.Connected(http.DefaultClient, d.Now, app)
}

// stranger is a shop that was never connected here.
func (d *door) stranger() *simshop.Shop {
	s := simshop.New(9, d.now)
	s.Domain, s.Secret = "stranger.myshopify.com", appSecret
	return s
}

// Of a shop that is not here the app's secret tells that Shopify really asks:
// what is done already is answered so, and what may be of a shop that is being
// installed at this moment is to be sent again. Nothing is stored.
func TestWebhooksOfAShopThatIsNotHere(t *testing.T) {
	d := newDoor(t, withApp)
	s := d.stranger()
	giulia := s.Customer("giulia")
	order := s.Place(giulia, simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}})
	for want, hooks := range map[int][]simshop.Webhook{
		http.StatusOK:       {s.Uninstall(), s.RedactShop(), s.RedactCustomer(giulia, order), s.DataRequest(giulia, order)},
		http.StatusNotFound: {s.OrderPaid(order), s.CustomerUpdated(giulia)},
	} {
		for _, w := range hooks {
			if a := d.post(w); a.status != want {
				t.Errorf("%s: %+v, want %d", w.Topic, a, want)
			}
		}
	}
	s.Secret = "anybody's"
	for _, w := range []simshop.Webhook{s.Uninstall(), s.RedactShop(), s.OrderPaid(order)} {
		if a := d.post(w); a.status != http.StatusUnauthorized {
			t.Errorf("%s with a made-up signature: %+v", w.Topic, a)
		}
	}
	if all := d.stored(); len(all) != 0 {
		t.Errorf("%d are stored", len(all))
	}
}

// That a shop was not here a moment ago is remembered, so that probing is cheap.
// What its merchant does right after the installation is not lost by it.
func TestWebhooksOfAShopThatJustCame(t *testing.T) {
	d := newDoor(t, withApp)
	s := d.stranger()
	order := s.Place(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 1}}})
	if a := d.post(s.OrderPaid(order)); a.status != http.StatusNotFound {
		t.Fatalf("before it came: %+v", a)
	}
	id := d.connect(s.Domain, crm.Values{shopify.SettingClientID: "app", shopify.SettingToken: "t"})
	if a := d.post(s.Uninstall()); a.status != http.StatusOK {
		t.Errorf("%+v", a)
	}
	all, err := d.store.Webhooks(t.Context(), id, store.WebhookFilter{Limit: 10})
	if err != nil || len(all) != 1 || all[0].Topic != "app/uninstalled" {
		t.Errorf("the removal is lost: %v, %v", all, err)
	}
	own := d.stranger()
	own.Domain = "own.myshopify.com"
	d.post(own.OrderPaid(order))
	d.connect(own.Domain, crm.Values{shopify.SettingSecret: "of an app of her own"})
	if a := d.post(own.OrderPaid(order)); a.status != http.StatusUnauthorized {
		t.Errorf("the app's secret signs for a shop that is not the app's: %+v", a)
	}
}

// A shop that came by the app is verified by the app's secrets, old and new; one
// that staff connected only by its own.
func TestAppSecretSignsForItsShopsOnly(t *testing.T) {
	d := newDoor(t, withApp)
	byApp, byStaff := d.stranger(), d.shop
	d.connect(byApp.Domain, crm.Values{shopify.SettingClientID: "app", shopify.SettingToken: "t"})
	for _, c := range []struct {
		shop   *simshop.Shop
		secret string
		want   int
	}{
		{byApp, appSecret, http.StatusOK}, {byApp, "the-one-before", http.StatusOK}, {byApp, byStaff.Secret, http.StatusUnauthorized},
		{byStaff, byStaff.Secret, http.StatusOK}, {byStaff, appSecret, http.StatusUnauthorized},
	} {
		own := c.shop.Secret
		c.shop.Secret = c.secret
		w := c.shop.CustomerUpdated(c.shop.Customer("giulia"))
		if c.shop.Secret = own; true {
			if a := d.post(w); a.status != c.want {
				t.Errorf("%s signed with %q: %+v, want %d", c.shop.Domain, c.secret, a, c.want)
			}
		}
	}
}

// An address that names a shop takes that shop's webhooks and no others'.
func TestAddressOfAShop(t *testing.T) {
	d := newDoor(t)
	other := d.connect("other.myshopify.com", crm.Values{shopify.SettingSecret: d.shop.Secret})
	post := func(path string) int {
		w := d.paid()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, strings.NewReader(string(w.Body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = w.Header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	for path, want := range map[string]int{
		"/webhooks/shopify/" + d.shopID:      http.StatusOK,
		"/webhooks/shopify/" + other:         http.StatusUnauthorized, // the same secret, but the header names another shop
		"/webhooks/shopify/shp_none":         http.StatusUnauthorized,
		"/webhooks/shopify/" + d.shop.Domain: http.StatusOK,
		"/webhooks/none/" + d.shopID:         http.StatusNotFound,
		"/webhooks/shopify/":                 http.StatusNotFound,
	} {
		if got := post(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if n := len(d.stored()); n != 2 {
		t.Errorf("%d are stored", n)
	}
}
