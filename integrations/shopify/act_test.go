package shopify_test

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// counter is the adapter and the simulated shop in which it acts, over HTTP.
type counter struct {
	*testing.T
	shop *simshop.Shop
	p    *shopify.Platform
	c    integrations.Connection
	id   string // of the customer giulia
}

func open(t *testing.T) *counter {
	t.Helper()
	shop := simshop.New(1, start)
	shop.BucketClock(time.Now)
	server := httptest.NewServer(shop.API())
	t.Cleanup(server.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	t.Cleanup(client.CloseIdleConnections)
	giulia := shop.AddCustomer(shop.Customer("giulia"))
	return &counter{T: t, shop: shop, p: shopify.Connected(client, shop.Clock, shopify.App{}), id: digits(giulia.ID), c: integrations.Connection{
		ShopID: "shp_1", Domain: shop.Domain, Settings: crm.Values{shopify.SettingToken: shop.Token(), shopify.SettingAdminURL: server.URL},
	}}
}

// fails wants an error of a kind that says something, and of which no part is
// the token.
func (c *counter) fails(name string, err error, kind integrations.Kind, detail string) {
	c.Helper()
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Error(), detail) {
		c.Errorf("%s: %v, want %s with %q", name, err, kind, detail)
	}
	if err != nil && strings.Contains(err.Error(), c.c.Settings[shopify.SettingToken]) {
		c.Errorf("%s: the error tells the token", name)
	}
}

func (c *counter) ok(name string, err error) {
	c.Helper()
	if err != nil {
		c.Errorf("%s: %v", name, err)
	}
}

func TestCheck(t *testing.T) {
	c := open(t)
	c.ok("a good connection", c.p.Check(t.Context(), c.c))
	c.shop.Break(simshop.Faults{Frozen: true})
	c.fails("a frozen shop", c.p.Check(t.Context(), c.c), integrations.Temporary, "frozen")
	c.shop.Break(simshop.Faults{})
	c.shop.Revoke()
	c.fails("a revoked token", c.p.Check(t.Context(), c.c), integrations.Unauthorized, "401")
	c.fails("an adapter that reads webhooks only", shopify.New().Check(t.Context(), c.c), integrations.Unsupported, "webhooks only")
}

// TestEndingToken: an hour later the token has ended and is exchanged, once
// for all who call.
func TestEndingToken(t *testing.T) {
	c := open(t)
	c.shop.ClientID = "client"
	pair, one, renewed := c.shop.ExpiringToken(), sync.Mutex{}, 0
	stored := crm.Values{
		shopify.SettingToken: pair.Access, shopify.SettingTokenExpires: pair.ExpiresAt.Format(time.RFC3339), shopify.SettingRefreshToken: pair.Refresh,
		shopify.SettingClientID: "client", shopify.SettingSecret: c.shop.Secret, shopify.SettingAdminURL: c.c.Settings[shopify.SettingAdminURL],
	}
	c.c.Settings = maps.Clone(stored)
	c.c.Renew = func(ctx context.Context, exchange func(context.Context, crm.Values) (crm.Values, error)) (crm.Values, error) {
		one.Lock()
		defer one.Unlock()
		fresh, err := exchange(ctx, maps.Clone(stored))
		if err == nil && fresh[shopify.SettingToken] != stored[shopify.SettingToken] {
			stored, renewed = fresh, renewed+1
		}
		return maps.Clone(fresh), err
	}
	c.shop.MoveTo(start.Add(2 * time.Hour))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { c.ok("after two hours", c.p.Check(t.Context(), c.c)) })
	}
	all.Wait()
	if renewed != 1 || stored[shopify.SettingRefreshToken] == pair.Refresh {
		t.Errorf("renewed %d times, to %d settings; want once, and another refresh token", renewed, len(stored))
	}
	c.shop.MoveTo(start.Add(100 * 24 * time.Hour))
	c.c.Settings = maps.Clone(stored)
	c.fails("after 100 days of silence", c.p.Check(t.Context(), c.c), integrations.Unauthorized, "connect the shop again")
}
