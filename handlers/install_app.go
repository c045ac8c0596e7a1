package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/templates/console"
	"grazie/templates/pages"
)

// app is the app's own page, as the shop's admin opens it: in its frame with an
// ID token, else with a signed query.
func (i install) app(c echo.Context) error {
	p, err := adapter[integrations.Embedded](i, c)
	if err != nil {
		return i.tell(c, err)
	}
	query := c.QueryParams()
	token, fetched := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	if !fetched {
		token = query.Get("id_token")
	}
	switch {
	case token != "":
		return i.framed(c, p, token, fetched)
	case query.Get("embedded") == "1":
		return redirect(c, i.againOf(p, query))
	}
	domain, err := p.VerifyOpening(query)
	if err != nil {
		return i.tell(c, err)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	shop, err := i.Store.ShopOn(ctx, p.Name(), domain)
	if errors.Is(err, crm.ErrNotFound) || err == nil && !lets(shop) {
		return redirect(c, "/auth/"+p.Name()+"?"+c.Request().URL.RawQuery)
	} else if err != nil {
		return i.tell(c, err)
	}
	if shop.SetUpAt.IsZero() {
		return i.setUp(c, shop)
	}
	return i.home(c, p, shop, frame{})
}

// framed shows the page in the admin's frame to whom an ID token names, and
// connects the shop with it where that is needed.
func (i install) framed(c echo.Context, p integrations.Embedded, token string, fetched bool) error {
	who, err := p.VerifyIDToken(token)
	if named := c.QueryParam("shop"); err == nil && named != "" && !equalDomains(named, who.Domain) {
		err = integrations.ErrForged
	}
	var shop crm.Shop
	if err == nil {
		shop, err = i.connected(c.Request().Context(), p, who.Domain, token)
	}
	switch {
	case err == nil && shop.SetUpAt.IsZero() && !fetched:
		return i.setUp(c, shop)
	case err == nil && !fetched && i.Desk != nil && !needsMending(p, shop):
		return i.console(c, p, shop, token)
	case err == nil:
		return i.home(c, p, shop, frameOf(p, who.Domain))
	case errors.Is(err, integrations.ErrExpired) && fetched:
		c.Response().Header().Set("X-Shopify-Retry-Invalid-Session-Request", "1")
		return echo.NewHTTPError(http.StatusUnauthorized, "the ID token has ended; ask again with a new one")
	case errors.Is(err, integrations.ErrExpired) && !i.askedJustNow(c):
		return redirect(c, i.againOf(p, c.QueryParams()))
	case fetched && errors.Is(err, integrations.ErrForged):
		return echo.NewHTTPError(http.StatusUnauthorized, "this is no ID token of a shop")
	}
	t := troubleOf(err)
	t.frame = frameOf(p, who.Domain)
	return i.page(c, t, err, "")
}

// console leads the frame to the pages for staff, with the token that it came with.
func (i install) console(c echo.Context, p integrations.Embedded, shop crm.Shop, token string) error {
	kept := framing(c.QueryParams())
	kept.Set("embedded", "1")
	kept.Set("id_token", token)
	protect(c, frameOf(p, shop.Domain).policy())
	return c.Redirect(http.StatusFound, consoleOf(shop)+"?"+kept.Encode())
}

// needsMending tells whether the merchant has to do something before any mail goes
// out, or has to allow something in the shop's admin: the app's own page says so.
func needsMending(p integrations.Platform, shop crm.Shop) bool {
	return slices.ContainsFunc(desk.Lacks(shop, p), func(l desk.Lack) bool {
		return l.Stops || l.Key == desk.LackScopes || l.Key == desk.LackConnection
	})
}

// consoleOf is where the shop's pages for staff are.
func consoleOf(shop crm.Shop) string { return console.Root + "/" + shop.ID }

// lets tells whether a shop lets the app in, by all that is known of it here.
func lets(shop crm.Shop) bool {
	return shop.App && shop.State != crm.ShopUninstalled && shop.Broken == ""
}

// connected is the shop of an ID token. It is connected with the token if it is
// not yet, or not any more, or if the merchant may have allowed more since.
func (i install) connected(ctx context.Context, p integrations.Embedded, domain, token string) (shop crm.Shop, err error) {
	look := func() (done bool, err error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		shop, err = i.Store.ShopOn(ctx, p.Name(), domain)
		if errors.Is(err, crm.ErrNotFound) {
			return false, nil
		}
		return err == nil && lets(shop) && len(missing(p, shop)) == 0, err
	}
	if done, err := look(); done || err != nil {
		return shop, err
	}
	before := shop
	fresh, err := i.finish(ctx, p, domain, func(ctx context.Context) (integrations.Grant, error) { return p.ExchangeIDToken(ctx, token) })
	if err != nil && before.ID != "" && lets(before) && !errors.Is(err, integrations.ErrExpired) {
		i.Log.Warn("a shop's scopes could not be looked at again", "shop", before.ID, "error", err.Error())
		return before, nil
	}
	return fresh, err
}

// missing are the scopes that the shop has not allowed.
func missing(p integrations.Platform, shop crm.Shop) []string {
	if scoped, ok := p.(integrations.Scoped); ok && shop.App {
		return scoped.MissingScopes(shop.Scopes)
	}
	return nil
}

// againOf is the address of a page that gets the browser a new ID token and
// comes back with it. Only what the platform's script needs goes along: a
// signature would be too old by then.
func (i install) againOf(p integrations.Platform, query url.Values) string {
	kept := framing(query)
	kept.Set(asked, strconv.FormatInt(i.Now().Unix(), 10))
	to := i.PublicURL + "/app/" + p.Name() + "?" + kept.Encode()
	kept.Set(reload, to)
	return "/app/" + p.Name() + "/again?" + kept.Encode()
}

// framing is what of a query the platform's script needs.
func framing(query url.Values) url.Values {
	kept := url.Values{}
	for _, name := range []string{"shop", "host", "embedded", "locale"} {
		if query.Has(name) {
			kept.Set(name, query.Get(name))
		}
	}
	return kept
}

// asked is when the browser was last sent for an ID token. A new one that is
// refused at once is not asked for again and again: some clock is wrong.
const asked = "asked"

func (i install) askedJustNow(c echo.Context) bool {
	seconds, err := strconv.ParseInt(c.QueryParam(asked), 10, 64)
	return err == nil && i.Now().Sub(time.Unix(seconds, 0)).Abs() < 20*time.Second
}

// reload is where the platform's script looks for the address to come back to.
const reload = "shopify-reload"

// again is that page: the platform's script does it all. It takes the browser
// nowhere but to the app's own page and to those for staff.
func (i install) again(c echo.Context) error {
	p, err := adapter[integrations.Embedded](i, c)
	if err != nil {
		return i.tell(c, err)
	}
	f, back := frameOf(p, c.QueryParam("shop")), c.QueryParam(reload)
	if f.ancestors == nil || !strings.HasPrefix(back, i.PublicURL+"/app/"+p.Name()+"?") && !strings.HasPrefix(back, i.PublicURL+console.Root+"/") {
		return i.tell(c, integrations.ErrForged)
	}
	return i.show(c, http.StatusOK, pages.Install{Waits: true, Script: f.script(), ClientID: f.clientID}, f)
}

func equalDomains(a, b string) bool { return strings.EqualFold(a, b) }
