package handlers

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
	"grazie/templates/console"
)

// errAnswered says that the answer has been written already.
var errAnswered = errors.New("the answer is written")

// embedded tells whether the page was asked for inside the admin of the shop's
// platform, by whom the platform vouches for: with an ID token, which the
// platform's script adds to whatever the page fetches, or which stands in the
// address of the first page. Cookies are neither read nor set there. A page that
// the frame loads without a token, as by its reload, gets one and comes back.
func (v *seat) embedded() (bool, error) {
	token, fetched := strings.CutPrefix(v.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	if !fetched && v.Request().Method == http.MethodGet {
		token = v.QueryParam("id_token")
	}
	framed := v.QueryParam("embedded") == "1" || v.Request().Header.Get("Sec-Fetch-Dest") == "iframe"
	if v.Param("shop") == "" || token == "" && !framed {
		return false, nil
	}
	shop, err := v.Store.Shop(v.ctx(), plain(v.Param("shop")))
	if err != nil {
		return false, err
	}
	p, ok := v.Platforms[shop.Platform].(integrations.Embedded)
	if !ok || p.ClientID() == "" {
		return false, nil // it is nobody's frame: the page asks for the session
	}
	v.frame = frameOf(p, shop.Domain)
	v.page.Embedded, v.page.Scripts, v.page.ClientID = true, v.frame.scripts, v.frame.clientID
	v.page.Address = unframed(v.Request().URL)
	if token == "" {
		return false, v.fetchToken(p, shop)
	}
	who, err := p.VerifyIDToken(token)
	switch {
	case errors.Is(err, integrations.ErrExpired) && fetched:
		v.protect()
		v.Response().Header().Set("X-Shopify-Retry-Invalid-Session-Request", "1")
		return false, errors.Join(errAnswered, v.String(http.StatusUnauthorized, "the ID token has ended; ask again with a new one"))
	case errors.Is(err, integrations.ErrExpired) && !(install{v.Options}).askedJustNow(v):
		return false, v.fetchToken(p, shop)
	case err != nil && fetched:
		v.protect()
		return false, errors.Join(errAnswered, v.String(http.StatusUnauthorized, "this is no ID token of a shop"))
	case err != nil:
		t := troubleOf(err)
		t.frame = v.frame
		return false, errors.Join(errAnswered, install{v.Options}.page(v, t, err, ""))
	case !equalDomains(who.Domain, shop.Domain):
		v.leaveFrame()
		return false, crm.ErrNotFound
	}
	v.staff, err = v.Store.Welcome(v.ctx(), store.Visitor{ShopID: shop.ID, Platform: p.Name(), ID: who.Staff, Owner: who.Owner, Locale: v.spoken()})
	v.page.Lang = console.Language(v.staff.Locale, v.Request().Header.Get("Accept-Language"))
	return err == nil, err
}

// spoken is the console's language that the platform's admin speaks, if it tells.
func (v *seat) spoken() string {
	if locale := v.QueryParam("locale"); locale != "" {
		return console.Language(locale)
	}
	return ""
}

// leaveFrame makes what follows a page of its own: who asks has no business in
// this shop, so nothing of it is told, not even whose admin may show it.
func (v *seat) leaveFrame() {
	v.frame = frame{}
	v.page.Embedded, v.page.Scripts, v.page.ClientID = false, nil, ""
}

// fetchToken leads the frame to the page that gets it an ID token, and from there
// back to this one. What was posted by such a page is not done: a form in the
// frame is sent by its scripts, with a token.
func (v *seat) fetchToken(p integrations.Embedded, shop crm.Shop) error {
	if v.Request().Method != http.MethodGet {
		return errForeign
	}
	u, err := url.Parse(v.page.Address)
	if err != nil {
		return err
	}
	kept := url.Values{"shop": {shop.Domain}, "host": {v.QueryParam("host")}, "embedded": {"1"}}
	if kept.Get("host") == "" { // as the platform writes it (platforms.md, B.2)
		name, _, _ := strings.Cut(shop.Domain, ".")
		kept.Set("host", base64.RawStdEncoding.EncodeToString([]byte("admin.shopify.com/store/"+name)))
	}
	back := u.Query()
	for name, values := range kept {
		back[name] = values
	}
	back.Set(asked, strconv.FormatInt(v.Now().Unix(), 10))
	kept.Set(reload, v.PublicURL+u.Path+"?"+back.Encode())
	v.protect()
	return errors.Join(errAnswered, v.Redirect(http.StatusFound, "/app/"+p.Name()+"/again?"+kept.Encode()))
}

// unframed is the address of a page without what the platform adds to it, such as
// its token: links on the page are made of it.
func unframed(u *url.URL) string {
	q := u.Query()
	for _, name := range []string{"id_token", "hmac", "session", "timestamp", "shop", "host", "embedded", asked} {
		q.Del(name)
	}
	kept := *u
	kept.RawQuery = q.Encode()
	return kept.RequestURI()
}
