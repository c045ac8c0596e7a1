package handlers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
	"grazie/templates/pages"
)

// install is the door for merchants: they allow the app in their browsers, and
// later open it from their shops' admins. Whoever asks is a stranger until the
// platform vouched for her, so every request is cheap until then, every
// redirect leads to the platform or to an address of ours, and nothing that a
// request brings is shown again.
type install struct{ Options }

func (i install) routes(e *echo.Echo) {
	e.GET("/auth/:platform", i.begin)
	e.GET("/auth/:platform/callback", i.callback)
	e.POST("/auth/:platform/callback", i.receiveKeys)
	e.GET("/app/:platform", i.app)
	e.GET("/app/:platform/again", i.again)
	e.GET("/load/:platform", i.load)
	e.GET("/uninstall/:platform", i.uninstall)
	e.GET("/remove_user/:platform", i.removeUser)
}

// adapter is the platform of a route, if it can do what T needs.
func adapter[T any](i install, c echo.Context) (T, error) {
	p, ok := i.Platforms[c.Param("platform")].(T)
	if !ok {
		return p, trouble{http.StatusNotFound, pages.InstallNone, nil}
	}
	return p, nil
}

// callbackOf is where a platform sends the merchant's browser back to.
func (i install) callbackOf(p integrations.Platform) string {
	return i.PublicURL + "/auth/" + p.Name() + "/callback"
}

// begin sends the merchant to her shop, where she allows the app.
func (i install) begin(c echo.Context) error {
	p, err := adapter[integrations.Installer](i, c)
	if _, posts := p.(integrations.KeyReceiver); posts && !i.AnyShop && err == nil {
		err = trouble{http.StatusNotFound, pages.InstallNone, nil}
	}
	if err != nil {
		return i.tell(c, err)
	}
	state := nonce()
	domain, location, err := p.BeginInstall(c.QueryParams(), state, i.callbackOf(p))
	if err != nil {
		return i.tell(c, err)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	if err := i.Store.BeginInstall(ctx, p.Name(), domain, state, i.browser(c)); err != nil {
		return i.tell(c, err)
	}
	return redirect(c, location)
}

// callback takes what the merchant comes back with from her shop.
func (i install) callback(c echo.Context) error {
	p, err := adapter[integrations.Installer](i, c)
	if err != nil {
		return i.tell(c, err)
	}
	if p, ok := p.(integrations.KeyReceiver); ok {
		return i.returned(c, p)
	}
	answer, began := c.QueryParams(), ""
	if _, begins := p.(integrations.Loader); !begins || answer.Has("state") {
		if began, err = i.ended(c, p, answer.Get("state")); err != nil {
			return i.tell(c, err)
		}
	}
	// The shop that the platform names must be the one that she began with.
	if named := answer.Get("shop"); began != "" && named != "" && !strings.EqualFold(named, began) {
		return i.tell(c, integrations.ErrForged)
	}
	shop, err := i.finish(c.Request().Context(), p, began, func(ctx context.Context) (integrations.Grant, error) {
		return p.FinishInstall(ctx, answer, i.callbackOf(p))
	})
	if err != nil && began == "" { // the platform began it, in its frame
		t := troubleOf(err)
		t.frame = frameOf(p, strings.TrimPrefix(answer.Get("context"), "stores/"))
		return i.page(c, t, err, "")
	} else if err != nil {
		return i.tellAgain(c, p, began, err)
	}
	return i.setUp(c, shop)
}

// ended uses up a state and tells the shop that it was begun for, if that was in
// this browser. A browser that has no cookie uses it up as well: whoever sent a
// merchant into an installation of his own gets nothing of what she allowed,
// except where the shop posts its keys past her browser (KeyReceiver).
func (i install) ended(c echo.Context, p integrations.Platform, state string) (string, error) {
	if state == "" {
		return "", trouble{http.StatusBadRequest, pages.InstallLost, nil}
	}
	cookie, err := c.Cookie(i.cookieName())
	if err != nil || cookie.Value == "" {
		cookie = &http.Cookie{Value: "another browser"}
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	domain, err := i.Store.EndInstall(ctx, p.Name(), state, cookie.Value)
	if errors.Is(err, crm.ErrNotFound) {
		err = trouble{http.StatusBadRequest, pages.InstallLost, nil}
	}
	return domain, err
}

// setUp leads the merchant to the first steps.
func (i install) setUp(c echo.Context, shop crm.Shop) error {
	return redirect(c, i.setUpOf(c, shop))
}

// setUpOf is their address, with what the platform's script needs in a frame.
func (i install) setUpOf(c echo.Context, shop crm.Shop) string {
	address := "/setup/" + i.Store.SetupToken(shop.ID)
	if kept := framing(c.QueryParams()); kept.Get("embedded") == "1" {
		address += "?" + kept.Encode()
	}
	return address
}

// redirect sends a browser on, also one that is in a frame. The address may hold
// a secret.
func redirect(c echo.Context, to string) error {
	protect(c, "default-src 'none'")
	return c.Redirect(http.StatusFound, to)
}

// nonce is a text that nobody can guess.
func nonce() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// cookieName is the name of the cookie that binds an installation to a browser.
// Its beginning makes browsers take it only over https, for this host alone.
func (i install) cookieName() string {
	if strings.HasPrefix(i.PublicURL, "https://") {
		return "__Host-grazie_install"
	}
	return "grazie_install" // trials on one's own machine
}

// browser is what only this browser knows. It stays the same for a while, so
// that an installation in another tab goes on.
func (i install) browser(c echo.Context) string {
	cookie := &http.Cookie{Name: i.cookieName(), Value: nonce(), Path: "/", MaxAge: int(store.InstallTime.Seconds()),
		HttpOnly: true, Secure: strings.HasPrefix(i.PublicURL, "https://"), SameSite: http.SameSiteLaxMode}
	if had, err := c.Cookie(cookie.Name); err == nil && len(had.Value) == len(cookie.Value) {
		cookie.Value = had.Value
	}
	c.SetCookie(cookie)
	return cookie.Value
}

// authorizer is a platform that can send a merchant to allow the app in a shop
// that it has vouched for before.
type authorizer interface {
	AuthorizeURL(domain, state, callback string) string
}

// beginAgain is the address at which the merchant begins anew, in the shop that
// this browser began with before; empty where only the shop's admin can.
func (i install) beginAgain(c echo.Context, p integrations.Installer, domain string) string {
	if domain == "" {
		return ""
	}
	if p, ok := p.(authorizer); ok {
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		state := nonce()
		if err := i.Store.BeginInstall(ctx, c.Param("platform"), domain, state, i.browser(c)); err != nil {
			return ""
		}
		return p.AuthorizeURL(domain, state, i.PublicURL+"/auth/"+c.Param("platform")+"/callback")
	}
	request := url.Values{"shop": {domain}}
	if _, _, err := p.BeginInstall(request, nonce(), i.callbackOf(p)); err != nil {
		return ""
	}
	return "/auth/" + p.Name() + "?" + request.Encode()
}
