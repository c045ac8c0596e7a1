package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/crm"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

const bigSecret = "the-secret-of-the-app-at-bigcommerce"

// big is a mall with a store on BigCommerce.
type big struct {
	*mall
	sim *simstore.Store
}

func newBig(t *testing.T) *big {
	b := &big{sim: simstore.New()}
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask map[string]string
		if json.NewDecoder(r.Body).Decode(&ask) != nil || ask["code"] != "good" || ask["client_secret"] != bigSecret || ask["redirect_uri"] != public+"/auth/bigcommerce/callback" {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]string{"access_token": b.sim.Token, "scope": ask["scope"], "context": ask["context"]}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(login.Close)
	b.mall = newMall(t, func(d *door) {
		d.options.Platforms["bigcommerce"] = bigcommerce.New(http.DefaultClient, d.Now, bigcommerce.App{ID: "big-app", Secrets: []string{bigSecret}, URL: login.URL})
	})
	return b
}

// payload is what the store's control panel vouches for.
func (b *big) payload(user, owner string, change ...func(jwt.MapClaims)) string {
	b.t.Helper()
	claims := jwt.MapClaims{"aud": "big-app", "iss": "bc", "sub": "stores/" + b.sim.Hash, "iat": b.Now().Unix(), "nbf": b.Now().Unix(), "exp": b.Now().Add(24 * time.Hour).Unix(),
		"jti": "1", "user": map[string]string{"id": user, "email": "anna@shop.example"}, "owner": map[string]string{"id": owner, "email": "anna@shop.example"}, "url": "/"}
	for _, c := range change {
		c(claims)
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(bigSecret))
	if err != nil {
		b.t.Fatal(err)
	}
	return "?signed_payload_jwt=" + text
}

func (b *big) shop() crm.Shop {
	b.t.Helper()
	shop, err := b.store.ShopOn(b.t.Context(), "bigcommerce", b.sim.Hash)
	if err != nil {
		b.t.Fatal(err)
	}
	return shop
}

func (b *big) installs() answer {
	b.t.Helper()
	return b.get("/auth/bigcommerce/callback?" + url.Values{"code": {"good"}, "context": {"stores/" + b.sim.Hash}, "account_uuid": {"1"},
		"scope": {"store_v2_orders_read_only store_v2_customers_read_only store_v2_information_read_only"}}.Encode())
}

// The platform brings a code without a state, in a frame; later it vouches for
// who looks, and tells of the removal.
func TestPlatformBegins(t *testing.T) {
	b := newBig(t)
	a := b.installs()
	token, ok := strings.CutPrefix(a.header.Get("Location"), "/setup/")
	id, err := b.store.OpenSetup(token)
	shop := b.shop()
	if !ok || err != nil || id != shop.ID || shop.State != crm.ShopPaused || strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors") {
		t.Fatalf("%+v, %v\n%s", a, err, b.log)
	}
	if _, err := b.store.ChangeShop(t.Context(), shop.ID, func(s *crm.Shop) error {
		s.State, s.SetUpAt, s.Name, s.Sender = crm.ShopActive, b.Now(), "Hers", crm.Mailbox{Name: "Anna", Email: "anna@hers.example"}
		s.LegalName, s.PostalAddress, s.Timezone, s.Locale, s.Currency = "Hers S.r.l.", "Via Roma 1, 00100 Roma", "Europe/Rome", "it", "EUR"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	a = b.get("/load/bigcommerce" + b.payload("2", "1"))
	b.told("load", a, http.StatusOK, "Grazie works for Hers")
	says(t, a, "does not allow store_v2_marketing")
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors https://store-"+b.sim.Hash+".mybigcommerce.com") {
		t.Errorf("policy %s", csp)
	}

	early := b.payload("1", "1")
	b.pass(time.Minute)
	b.installs() // again: what was vouched for before is void
	b.pass(time.Second)
	for name, c := range map[string]struct {
		path   string
		status int
	}{
		"of before":    {"/uninstall/bigcommerce" + early, http.StatusOK},
		"not hers":     {"/uninstall/bigcommerce" + b.payload("2", "1"), http.StatusForbidden},
		"made up":      {"/uninstall/bigcommerce?signed_payload_jwt=a.b.c", http.StatusUnauthorized},
		"none":         {"/uninstall/bigcommerce", http.StatusUnauthorized},
		"a person":     {"/remove_user/bigcommerce" + b.payload("2", "1"), http.StatusOK},
		"no person":    {"/remove_user/bigcommerce", http.StatusUnauthorized},
		"unknown shop": {"/uninstall/bigcommerce" + b.payload("1", "1", func(c jwt.MapClaims) { c["sub"] = "stores/zzz999" }), http.StatusOK},
	} {
		if a := b.get(c.path); a.status != c.status {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if shop := b.shop(); shop.State != crm.ShopActive {
		t.Fatalf("%+v", shop)
	}
	b.pass(time.Minute)
	if a := b.get("/uninstall/bigcommerce" + b.payload("1", "1")); a.status != http.StatusOK {
		t.Errorf("%+v", a)
	}
	if gone := b.shop(); gone.State != crm.ShopUninstalled || gone.RemovedAt.IsZero() {
		t.Errorf("%+v", gone)
	}
	b.told("load afterwards", b.get("/load/bigcommerce"+b.payload("1", "1")), http.StatusConflict, "Your shop is not connected any more")
	b.pass(time.Minute)
	b.installs()
	if back := b.shop(); back.State != crm.ShopActive || back.Name != "Hers" || back.ID != shop.ID {
		t.Errorf("%+v", back)
	}
}

func TestPlatformBeginsWrongly(t *testing.T) {
	b := newBig(t)
	forged := "This did not come from your shop"
	for name, query := range map[string]string{"a used code": "code=used&context=stores/abc123", "another store": "code=good&context=stores/../evil", "no code": "context=stores/abc123", "nothing": ""} {
		b.told(name, b.get("/auth/bigcommerce/callback?"+query), http.StatusBadRequest, forged)
	}
	for name, payload := range map[string]string{
		"too old":         b.payload("1", "1", func(c jwt.MapClaims) { c["exp"] = b.Now().Add(-time.Hour).Unix() }),
		"of another app":  b.payload("1", "1", func(c jwt.MapClaims) { c["aud"] = "evil" }),
		"of another land": b.payload("1", "1", func(c jwt.MapClaims) { c["sub"] = "evil" }),
		"changed":         b.payload("1", "1") + "A",
	} {
		b.told(name, b.get("/load/bigcommerce"+payload), http.StatusBadRequest, forged)
	}
	if all, err := b.store.Shops(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d shops, %v", len(all), err)
	}
	b.told("begun here", b.get("/auth/bigcommerce?shop=abc123"), http.StatusBadRequest, "Which shop is it?")
}
