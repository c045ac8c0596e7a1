package shopify_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// town is a simulated shop that answers, and the adapter with the app that the
// shop knows, on the shop's clock. The shop signs with the last of the secrets.
func town(t *testing.T, secrets ...string) (*simshop.Shop, *shopify.Platform) {
	s := simshop.New(1, start)
	server := httptest.NewServer(s.API())
	t.Cleanup(server.Close)
	s.Revoke()
	s.Secret = secrets[len(secrets)-1]
	return s, shopify.Connected(server.Client(), s.Clock, shopify.App{ID: s.ClientID, Secrets: secrets, URL: server.URL})
}

// allow lets the merchant's browser go where it is sent, and returns the
// address that it comes back to.
func allow(t *testing.T, location string) *url.URL {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(location)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		t.Fatal(resp.Status, err)
	}
	return to
}

// TestInstalled goes the whole way in a shop: opened, allowed, exchanged, used
// once, used after the token's hour, and removed.
func TestInstalled(t *testing.T) {
	s, p := town(t, appSecret)
	domain, location, err := p.BeginInstall(s.Opening(false), "nonce", callback)
	if err != nil || domain != s.Domain {
		t.Fatal(domain, err)
	}
	back := allow(t, location)
	if back.Query().Get("state") != "nonce" {
		t.Fatalf("the merchant comes back to %s", back)
	}
	grant, err := p.FinishInstall(t.Context(), back.Query(), callback)
	if err != nil || grant.Domain != s.Domain || len(grant.Missing) > 0 || !slices.Equal(grant.Scopes, shopify.ScopesFor()) {
		t.Fatalf("%+v, %v", grant, err)
	}
	if _, err := p.FinishInstall(t.Context(), back.Query(), callback); integrations.KindOf(err) != integrations.Rejected {
		t.Errorf("the same code again: %v", err)
	}

	stored, renewals := grant.Settings, 0
	connection := integrations.Connection{Domain: grant.Domain, Settings: stored,
		Renew: func(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
			fresh, err := exchange(ctx, maps.Clone(stored))
			if err == nil {
				stored, renewals = fresh, renewals+1
			}
			return fresh, err
		}}
	if err := p.Check(t.Context(), connection); err != nil || renewals > 0 {
		t.Errorf("the new token: %v, renewed %d times", err, renewals)
	}
	s.MoveTo(s.Clock().Add(2 * time.Hour))
	if err := p.Check(t.Context(), connection); err != nil || renewals != 1 || stored[shopify.SettingSecret] != "" {
		t.Errorf("after its hour: %v, renewed %d times", err, renewals)
	}
	if _, err := p.FinishInstall(t.Context(), back.Query(), callback); !errors.Is(err, integrations.ErrForged) {
		t.Errorf("a callback of two hours ago: %v", err)
	}

	stored.ForgetAccess() // as once the app was removed: the last webhooks still have to come in
	for _, w := range []simshop.Webhook{s.Uninstall(), s.RedactShop()} {
		e, err := p.Envelope(w.Header, w.Body)
		if err != nil || !p.VerifyWebhook(integrations.Connection{Settings: stored}, w.Header, w.Body) || !p.VerifyWebhook(integrations.Connection{}, w.Header, w.Body) {
			t.Errorf("%s is not verified: %v", w.Topic, err)
		}
		if events, err := p.ParseWebhook(e, w.Body); err != nil || len(events) != 1 {
			t.Errorf("%s: %+v, %v", w.Topic, events, err)
		}
	}
}

// TestManagedInstall: the shop's admin opens the app with an ID token, while
// the app's secret is rotated and the shop still signs with the old one.
func TestManagedInstall(t *testing.T) {
	s, p := town(t, appSecret, oldSecret)
	opening := s.Opening(true)
	if domain, err := p.VerifyOpening(opening); err != nil || domain != s.Domain {
		t.Fatal(domain, err)
	}
	who, err := p.VerifyIDToken(opening.Get("id_token"))
	if err != nil || who.Domain != s.Domain || who.Staff == "" {
		t.Fatalf("%+v, %v", who, err)
	}
	if _, err := p.ExchangeIDToken(t.Context(), s.IDToken("42")); integrations.KindOf(err) != integrations.Unauthorized {
		t.Errorf("a secret that Shopify does not know yet: %v", err)
	}
	s.Secret = appSecret
	grant, err := p.ExchangeIDToken(t.Context(), s.IDToken("42"))
	if err != nil || grant.Domain != s.Domain || grant.Settings[shopify.SettingRefreshToken] == "" {
		t.Fatalf("%+v, %v", grant, err)
	}
	if err := p.Check(t.Context(), integrations.Connection{Domain: grant.Domain, Settings: grant.Settings}); err != nil {
		t.Errorf("the new token: %v", err)
	}
	token := s.IDToken("42")
	s.MoveTo(s.Clock().Add(2 * time.Minute))
	if _, err := p.ExchangeIDToken(t.Context(), token); !errors.Is(err, integrations.ErrExpired) {
		t.Errorf("an ID token of two minutes ago: %v", err)
	}
}

// TestLessAllowed: the merchant refuses a scope, and what it is for is told.
func TestLessAllowed(t *testing.T) {
	s, p := town(t, appSecret)
	s.Consents(simshop.Consent{Without: []string{"write_returns"}})
	_, location, err := p.BeginInstall(s.Opening(false), "nonce", callback)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := p.FinishInstall(t.Context(), allow(t, location).Query(), callback)
	if err != nil || !slices.Equal(grant.Missing, []string{"write_returns"}) || !slices.Equal(p.MissingScopes(grant.Scopes), grant.Missing) {
		t.Errorf("missing %v, %v", grant.Missing, err)
	}
}
