package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// app is a shop whose tokens end: it takes the newest one only, and gives a
// new pair for a refresh token.
type app struct {
	mu        sync.Mutex
	token     string
	exchanges []map[string]string
	refuse    httpmock.Responder // instead of a new token

	stored crm.Values // the connection as the database has it
	one    sync.Mutex // one exchange at a time, as Connection.Renew promises
}

func newApp() *app {
	return &app{token: "first", stored: crm.Values{
		admin.SettingToken: "first", admin.SettingTokenExpires: now.Add(time.Hour).Format(time.RFC3339),
		admin.SettingRefreshToken: "refresh-1", admin.SettingRefreshExpires: now.Add(90 * 24 * time.Hour).Format(time.RFC3339),
		admin.SettingClientID: "client", admin.SettingSecret: "hush",
	}}
}

func (a *app) client() *admin.Client {
	transport := httpmock.NewMockTransport()
	transport.RegisterResponder(http.MethodPost, address, func(r *http.Request) (*http.Response, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if r.Header.Get("X-Shopify-Access-Token") != a.token {
			return httpmock.NewStringResponse(401, `{"errors":"[API] Invalid API key or access token"}`), nil
		}
		return httpmock.NewStringResponse(200, strings.TrimSuffix(shopAnswer, "}")+","+cost(2, 1990)+"}"), nil
	})
	transport.RegisterResponder(http.MethodPost, tokens, func(r *http.Request) (*http.Response, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		var sent map[string]string
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			return nil, err
		}
		a.exchanges = append(a.exchanges, sent)
		if a.refuse != nil {
			return a.refuse(r)
		}
		a.token = "second"
		return httpmock.NewStringResponse(200, `{"access_token":"second","scope":"write_discounts","expires_in":3600,"refresh_token":"refresh-2","refresh_token_expires_in":7776000}`), nil
	})
	return admin.NewClient(&http.Client{Transport: transport}, clock)
}

func (a *app) connection() integrations.Connection {
	a.one.Lock()
	defer a.one.Unlock()
	return integrations.Connection{ShopID: "shp_1", Domain: "example-shop.myshopify.com", Settings: maps.Clone(a.stored), Renew: a.renew}
}

func (a *app) renew(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
	a.one.Lock()
	defer a.one.Unlock()
	fresh, err := exchange(ctx, maps.Clone(a.stored))
	if err != nil {
		return nil, err
	}
	a.stored = fresh
	return maps.Clone(fresh), nil
}

func TestRenewAhead(t *testing.T) {
	a := newApp()
	a.stored[admin.SettingTokenExpires] = now.Add(4 * time.Minute).Format(time.RFC3339)
	if _, err := admin.Shop(t.Context(), a.client().On(a.connection())); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"client_id": "client", "client_secret": "hush", "grant_type": "refresh_token", "refresh_token": "refresh-1"}
	if len(a.exchanges) != 1 || !maps.Equal(a.exchanges[0], want) {
		t.Errorf("exchanged %v, want once %v", a.exchanges, want)
	}
	for key, want := range map[string]string{
		admin.SettingToken: "second", admin.SettingTokenExpires: "2026-11-21T10:30:00Z",
		admin.SettingRefreshToken: "refresh-2", admin.SettingRefreshExpires: "2027-02-19T09:30:00Z",
	} {
		if a.stored[key] != want {
			t.Errorf("stored %s is %q, want %q", key, a.stored[key], want)
		}
	}
}

// TestRenewOnce: of 50 workers whose token is refused at once, one exchanges
// it, and all go on.
func TestRenewOnce(t *testing.T) {
	a := newApp()
	a.token = "ended early"
	client := a.client()
	var all sync.WaitGroup
	for range 50 {
		conn := a.connection()
		all.Go(func() {
			if _, err := admin.Shop(t.Context(), client.On(conn)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(a.exchanges) != 1 {
		t.Errorf("%d exchanges, want one", len(a.exchanges))
	}
}

// TestRefusedForGood: a new token that is refused as well ends the call, and
// does not go round in circles.
func TestRefusedForGood(t *testing.T) {
	a := newApp()
	client := a.client()
	a.token = "of another app"
	a.refuse = says(200, `{"access_token":"also refused","expires_in":3600,"refresh_token":"refresh-2","refresh_token_expires_in":7776000}`)
	_, err := admin.Shop(t.Context(), client.On(a.connection()))
	check(t, "refused twice", err, integrations.Unauthorized, "401")
	if len(a.exchanges) != 1 {
		t.Errorf("%d exchanges, want one", len(a.exchanges))
	}
}

func TestNotRenewed(t *testing.T) {
	ended := func(a *app) { a.stored[admin.SettingTokenExpires] = now.Add(-time.Minute).Format(time.RFC3339) }
	for _, c := range []struct {
		name      string
		change    func(*app)
		answer    httpmock.Responder
		kind      integrations.Kind
		detail    string
		exchanges int
	}{
		{"refused for good", ended, says(401, `{"error":"invalid_grant","error_description":"This request requires an active refresh_token"}`), integrations.Unauthorized, "active refresh_token): connect the shop again", 1},
		{"a wrong client", ended, says(400, `{"error":"invalid_client"}`), integrations.Unauthorized, "invalid_client", 1},
		{"busy", ended, says(429, ``), integrations.RateLimited, "429", 1},
		{"broken", ended, says(502, `<html>`), integrations.Temporary, "502", 1},
		{"no answer", ended, httpmock.NewErrorResponder(errors.New("reset")), integrations.Temporary, "could not be renewed", 1},
		{"an odd answer", ended, says(200, `{"access_token":""}`), integrations.Temporary, "cannot be read", 1},
		{"90 days silent", func(a *app) {
			ended(a)
			a.stored[admin.SettingRefreshExpires] = now.Format(time.RFC3339)
		}, nil, integrations.Unauthorized, "90 days", 0},
		{"no client id", func(a *app) { ended(a); delete(a.stored, admin.SettingClientID) }, nil, integrations.Unauthorized, "client id", 0},
		{"no refresh token", func(a *app) { ended(a); delete(a.stored, admin.SettingRefreshToken) }, nil, integrations.Unauthorized, "has ended", 0},
	} {
		a := newApp()
		a.refuse = c.answer
		c.change(a)
		before := maps.Clone(a.stored)
		_, err := admin.Shop(t.Context(), a.client().On(a.connection()))
		check(t, c.name, err, c.kind, c.detail)
		if len(a.exchanges) != c.exchanges || !maps.Equal(a.stored, before) {
			t.Errorf("%s: %d exchanges, stored %v; want %d and nothing changed", c.name, len(a.exchanges), a.stored, c.exchanges)
		}
	}
}

// TestStillGood: a token that has minutes left serves while the exchange fails.
func TestStillGood(t *testing.T) {
	a := newApp()
	a.stored[admin.SettingTokenExpires] = now.Add(time.Minute).Format(time.RFC3339)
	a.refuse = says(503, ``)
	if _, err := admin.Shop(t.Context(), a.client().On(a.connection())); err != nil {
		t.Error(err)
	}
}

// TestChangedMeanwhile: who gets settings with the same ended token did not
// find out that it is refused for good.
func TestChangedMeanwhile(t *testing.T) {
	a := newApp()
	a.token = "ended early"
	conn := a.connection()
	conn.Renew = func(context.Context, func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
		return maps.Clone(a.stored), nil
	}
	_, err := admin.Shop(t.Context(), a.client().On(conn))
	check(t, "other settings changed", err, integrations.Temporary, "being changed")
}
