package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// sessionCookie is the cookie of who is signed in. With TLS its name makes the
// browser insist on Secure, on no Domain and on the path / (RFC 6265bis, 4.1.3.2).
func (d desktop) sessionCookie(secret string, until time.Time) *http.Cookie {
	c := &http.Cookie{Name: "grazie", Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Expires: until}
	if secret == "" {
		c.MaxAge = -1
	}
	if strings.HasPrefix(d.PublicURL, "https://") {
		c.Name, c.Secure = "__Host-grazie", true
	}
	return c
}

// session is the session that the browser's cookie names, and the cookie.
func (d desktop) session(c echo.Context) (store.Session, string, error) {
	cookie, err := c.Cookie(d.sessionCookie("", time.Time{}).Name)
	if err != nil || cookie.Value == "" {
		return store.Session{}, "", crm.ErrNotFound
	}
	s, err := d.Store.Session(c.Request().Context(), cookie.Value)
	return s, cookie.Value, err
}

// identify finds out who asks: by the ID token of the platform's admin, or else by
// the cookie of her session.
func (v *seat) identify() error {
	if known, err := v.embedded(); known || err != nil {
		return err
	}
	if v.foreign(v.Request()) {
		return errForeign
	}
	s, _, err := v.session(v)
	if errors.Is(err, crm.ErrNotFound) || err == nil && s.Stage != store.StageIn {
		return errSignIn
	} else if err != nil {
		return err
	}
	if v.staff, err = v.Store.Staff(v.ctx(), s.StaffID); errors.Is(err, crm.ErrNotFound) {
		return errSignIn
	} else if err != nil {
		return err
	}
	v.page.Lang = console.Language(v.staff.Locale, v.Request().Header.Get("Accept-Language"))
	return v.Store.SeeSession(v.ctx(), s)
}

// foreign tells whether another site made the browser post. Without TLS, as in
// trials on a local network, browsers may say no more than an origin "null".
func (d desktop) foreign(r *http.Request) bool { return d.origins.Check(r) != nil }

// toSignIn leads to the sign-in, and from there back to the page.
func (v *seat) toSignIn() error {
	v.protect()
	to := console.Root + "/sign-in"
	if v.Request().Method == http.MethodGet {
		to += "?" + url.Values{"to": {v.page.Address}}.Encode()
	}
	return v.Redirect(http.StatusSeeOther, to)
}
