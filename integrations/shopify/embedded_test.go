package shopify_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/integrations"
	"grazie/integrations/shopify"
)

// idToken is one as Shopify's admin makes it, at the start, with other claims.
func idToken(t testing.TB, secret string, other map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": "https://" + someShop + "/admin", "dest": "https://" + someShop, "aud": appID, "sub": "42",
		"exp": start.Add(time.Minute).Unix(), "nbf": start.Unix(), "iat": start.Unix(), "jti": "f8912129", "sid": "aaea182f"}
	maps.Copy(claims, other)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestIDToken(t *testing.T) {
	for _, secret := range []string{appSecret, oldSecret} {
		who, err := platform(start).VerifyIDToken(idToken(t, secret, nil))
		if want := (integrations.Identity{Domain: someShop, Staff: "42", At: start}); err != nil || who != want {
			t.Errorf("%+v, %v; want %+v", who, err, want)
		}
	}
	for _, now := range []time.Duration{-10 * time.Second, 69 * time.Second} {
		if _, err := platform(start.Add(now)).VerifyIDToken(idToken(t, appSecret, nil)); err != nil {
			t.Errorf("%v after it was made: %v", now, err)
		}
	}
	for _, now := range []time.Duration{-11 * time.Second, 70 * time.Second, 24 * time.Hour} {
		if _, err := platform(start.Add(now)).VerifyIDToken(idToken(t, appSecret, nil)); !errors.Is(err, integrations.ErrExpired) {
			t.Errorf("%v after it was made: %v, want it expired", now, err)
		}
	}
}

// TestForgedIDTokens: what is not ours is forged, though it has ended too.
func TestForgedIDTokens(t *testing.T) {
	good := idToken(t, appSecret, nil)
	parts := strings.Split(good, ".")
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": appID}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"iss": "https://" + someShop + "/admin", "dest": "https://" + someShop, "aud": appID, "sub": "42",
		"exp": start.Add(time.Minute).Unix(), "nbf": start.Unix()}).SignedString([]byte(appSecret))
	if err != nil {
		t.Fatal(err)
	}
	other := func(claims map[string]any) string { return idToken(t, appSecret, claims) }
	for what, token := range map[string]string{
		"another app's":        other(map[string]any{"aud": "other-app"}),
		"several apps'":        other(map[string]any{"aud": []string{appID, "other-app"}}),
		"nobody's":             other(map[string]any{"aud": nil}),
		"of another secret":    idToken(t, "other", nil),
		"of the empty secret":  idToken(t, "", nil),
		"unsigned":             parts[0] + "." + parts[1] + ".",
		"alg none":             none,
		"alg none, our claims": strings.Split(none, ".")[0] + "." + parts[1] + ".",
		"alg HS512":            longer,
		"tampered":             parts[0] + "." + strings.Split(other(map[string]any{"sub": "1"}), ".")[1] + "." + parts[2],
		"two parts":            parts[0] + "." + parts[1],
		"nothing":              "",
		"endless":              strings.Repeat("a", 1<<20),
		"of no shop":           other(map[string]any{"dest": "https://evil.com", "iss": "https://evil.com/admin"}),
		"of a longer name":     other(map[string]any{"dest": "https://a.myshopify.com.evil.com", "iss": "https://a.myshopify.com.evil.com/admin"}),
		"over http":            other(map[string]any{"dest": "http://" + someShop, "iss": "http://" + someShop + "/admin"}),
		"of two shops":         other(map[string]any{"iss": "https://other-shop.myshopify.com/admin"}),
		"of another issuer":    other(map[string]any{"iss": "https://" + someShop + "/admin/evil"}),
		"without a shop":       other(map[string]any{"dest": nil, "iss": nil}),
		"without an end":       other(map[string]any{"exp": nil}),
		"without a beginning":  other(map[string]any{"nbf": nil}),
		"of nobody":            other(map[string]any{"sub": nil}),
		"with an odd end":      other(map[string]any{"exp": "tomorrow"}),
	} {
		for _, now := range []time.Time{start, start.Add(time.Hour)} {
			if who, err := platform(now).VerifyIDToken(token); !errors.Is(err, integrations.ErrForged) || who != (integrations.Identity{}) {
				t.Errorf("%s: %+v, %v", what, who, err)
			}
		}
	}
}

func TestExchangeIDToken(t *testing.T) {
	o := newOffice(t)
	p := shopify.Connected(o.Client(), at(start), o.app())
	token := idToken(t, appSecret, nil)
	grant, err := p.ExchangeIDToken(t.Context(), token)
	if err != nil || grant.Domain != someShop || grant.Settings[shopify.SettingToken] != "shpat_new" || len(grant.Missing) > 0 {
		t.Fatalf("%+v, %v", grant, err)
	}
	want := map[string]string{"client_id": appID, "client_secret": appSecret, "expiring": "1", "subject_token": token,
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token"}
	if len(o.asked) != 1 || !maps.Equal(o.asked[0], want) {
		t.Errorf("asked %v, want %v", o.asked, want)
	}
	o.status, o.answer = 400, `{"error":"invalid_subject_token","error_description":"token is not valid"}`
	if _, err := p.ExchangeIDToken(t.Context(), token); !errors.Is(err, integrations.ErrExpired) {
		t.Errorf("a token that Shopify does not take: %v", err)
	}
	if _, err := p.ExchangeIDToken(t.Context(), idToken(t, "other", nil)); !errors.Is(err, integrations.ErrForged) || len(o.asked) != 2 {
		t.Errorf("a forged token: %v, asked %d times", err, len(o.asked))
	}
}

func TestFrame(t *testing.T) {
	ancestors, scripts := platform(start).Frame(someShop)
	if !slices.Equal(ancestors, []string{"https://" + someShop, "https://admin.shopify.com"}) || !slices.Equal(scripts, []string{"https://cdn.shopify.com/shopifycloud/app-bridge.js"}) {
		t.Errorf("%v, %v", ancestors, scripts)
	}
	trial := shopify.Connected(http.DefaultClient, at(start), shopify.App{ID: appID, Secrets: []string{appSecret}, URL: "http://127.0.0.1:8081/"})
	if ancestors, _ := trial.Frame(someShop); !slices.Contains(ancestors, "http://127.0.0.1:8081") || trial.ClientID() != appID {
		t.Errorf("in a trial %v", ancestors)
	}
}
