package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
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
	v.signed = s
	if v.staff, err = v.Store.Staff(v.ctx(), s.StaffID); errors.Is(err, crm.ErrNotFound) {
		return errSignIn
	} else if err != nil {
		return err
	}
	v.page.Lang = console.Language(v.staff.Locale, v.Request().Header.Get("Accept-Language"))
	return v.Store.SeeSession(v.ctx(), s)
}

// foreign tells whether another site made the browser post. Every browser says
// where a post comes from, by Sec-Fetch-Site or at least by Origin: our pages'
// Referrer-Policy lets it. What says neither was not made by a page of ours.
func (d desktop) foreign(r *http.Request) bool {
	if r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return true
	}
	return d.origins.Check(r) != nil
}

// toSignIn leads to the sign-in, and from there back to the page.
func (v *seat) toSignIn() error {
	v.protect()
	to := console.Root + "/sign-in"
	if v.Request().Method == http.MethodGet {
		to += "?" + url.Values{"to": {v.page.Address}}.Encode()
	}
	return v.Redirect(http.StatusSeeOther, to)
}

// stepTime is how long somebody may take for the next step.
const stepTime = 10 * time.Minute

// pending is what a session knows that waits for something: an answer to a
// challenge, a way back from elsewhere.
type pending struct {
	To         string                `json:"to,omitempty"`
	Passkey    *webauthn.SessionData `json:"passkey,omitempty"`
	Options    string                `json:"options,omitempty"` // for the browser, as it takes them
	State      string                `json:"state,omitempty"`
	Nonce      string                `json:"nonce,omitempty"`
	Verifier   string                `json:"verifier,omitempty"`
	TOTP       string                `json:"totp,omitempty"` // a secret that is being set up
	Name       string                `json:"name,omitempty"`
	Email      string                `json:"email,omitempty"`
	ID         string                `json:"id,omitempty"` // of who is to come
	Invitation string                `json:"invitation,omitempty"`
}

func (p pending) bytes() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts
	}
	return b
}

func pendingOf(s store.Session) (p pending, err error) {
	if len(s.Data) == 0 {
		return p, nil
	}
	return p, json.Unmarshal(s.Data, &p)
}

// sessionFor makes a session instead of the one that the browser has.
func (d desktop) sessionFor(c echo.Context, s store.Session, lasts time.Duration) error {
	_, old, _ := d.session(c)
	s.Agent, s.Until = clip(c.Request().UserAgent(), 200), d.Now().Add(lasts)
	secret, err := d.Store.CreateSession(c.Request().Context(), s, old)
	if err == nil {
		c.SetCookie(d.sessionCookie(secret, s.Until))
	}
	return err
}

// waiting is the session of a step, and what it knows. There is none where the
// step before was not done, or too long ago.
func (v *seat) waiting(stage string) (store.Session, pending, error) {
	s, _, err := v.session(v)
	if errors.Is(err, crm.ErrNotFound) || err == nil && s.Stage != stage {
		return s, pending{}, errSignIn
	} else if err != nil {
		return s, pending{}, err
	}
	p, err := pendingOf(s)
	return s, p, err
}

// remember changes what her session knows; an error says that somebody else was
// quicker.
func (v *seat) remember(p pending) error {
	data := p.bytes()
	err := v.Store.SaveSession(v.ctx(), v.signed, data)
	if err == nil {
		v.signed.Data = data
	}
	return err
}

// deviceCookie is the cookie by which a browser is known in which somebody signed
// in.
func (d desktop) deviceCookie(token string) *http.Cookie {
	c := d.sessionCookie(token, d.Now().Add(store.DeviceTime))
	c.Name = strings.Replace(c.Name, "grazie", "grazie-known", 1)
	return c
}

// open serves a page of nobody's shop.
func (d desktop) open(title string, do func(*seat) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		v := &seat{Context: c, desktop: d, route: ConsoleRoute{Method: r.Method, Title: title}}
		v.page = console.Page{Lang: console.Language(r.Header.Get("Accept-Language")), Title: title, Now: d.Now(), Wrong: map[string]string{}, Address: r.URL.RequestURI()}
		ctx, cancel := context.WithTimeout(r.Context(), consolePatience)
		defer cancel()
		v.SetRequest(r.WithContext(ctx))
		return v.answer(func() error {
			if r.Method != http.MethodGet {
				if v.foreign(r) {
					return errForeign
				}
				if err := v.readForm(); err != nil {
					return err
				}
			}
			v.hear()
			return do(v)
		}())
	}
}
