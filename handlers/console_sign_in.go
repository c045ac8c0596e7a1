package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// signInRoutes are the pages of nobody's shop.
func (d desktop) signInRoutes(e *echo.Echo) {
	at := func(method, path, title string, do func(*seat) error) {
		e.Add(method, console.Root+path, d.open(title, do))
	}
	mine := func(method, path, title string, do func(*seat) error) {
		e.Add(method, console.Root+path, d.open(title, func(v *seat) error {
			if err := v.identify(); err != nil {
				return err
			}
			v.page.Staff = v.name()
			return do(v)
		}))
	}
	mine(http.MethodGet, "", "shops.title", (*seat).listShops)

	at(http.MethodGet, "/sign-in", "sign-in.title", (*seat).showSignIn)
	at(http.MethodPost, "/sign-in", "sign-in.title", (*seat).takePassword)
	at(http.MethodGet, "/sign-in/second", "sign-in.second.title", (*seat).showSecond)
	at(http.MethodPost, "/sign-in/second", "sign-in.second.title", (*seat).takeSecond)
	at(http.MethodPost, "/sign-in/passkey", "sign-in.passkey.title", (*seat).askPasskey)
	at(http.MethodPost, "/sign-in/passkey/done", "sign-in.passkey.title", (*seat).takePasskey)
	at(http.MethodGet, "/sign-in/identity", "sign-in.title", (*seat).askIssuer)
	at(http.MethodGet, oidcBack, "sign-in.title", (*seat).takeIdentity)
	at(http.MethodPost, "/sign-out", "sign-in.title", (*seat).signOut)

	at(http.MethodGet, "/welcome/:token", "sign-in.welcome.title", (*seat).showWelcome)
	at(http.MethodPost, "/welcome/:token", "sign-in.welcome.title", (*seat).takeWelcome)
	at(http.MethodPost, "/welcome/:token/passkey", "sign-in.welcome.title", (*seat).askWelcomePasskey)
	at(http.MethodPost, "/welcome/:token/passkey/done", "sign-in.welcome.title", (*seat).takeWelcomePasskey)

	for _, r := range accountRoutes() {
		mine(r.Method, "/account"+r.Path, r.Title, func(v *seat) error {
			if v.signed.ID == "" { // a platform's admin vouches for her, for one page
				return errSignIn
			}
			return r.do(v)
		})
	}
}

// listShops are those that she may see; of one alone, its page.
func (v *seat) listShops() error {
	all, err := v.Store.Shops(v.ctx())
	if err != nil {
		return err
	}
	var mine []crm.Shop
	for _, shop := range all {
		if _, err := v.Store.MemberOf(v.ctx(), v.staff.ID, shop.ID); err == nil {
			mine = append(mine, shop)
		} else if !errors.Is(err, crm.ErrNotFound) {
			return err
		}
	}
	if len(mine) == 1 {
		return v.leave(console.Root + "/" + mine[0].ID)
	}
	return v.show("shops", mine)
}

// leave leads to another page.
func (v *seat) leave(to string) error {
	v.protect()
	return v.Redirect(http.StatusSeeOther, to)
}

// inside is where somebody wanted to go, if it is a page of the console; else the
// list of shops. Nobody is led elsewhere by a link that was given to her.
func inside(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) ||
		path.Clean(u.Path) != u.Path || !strings.HasPrefix(to, console.Root+"/") || strings.HasPrefix(u.Path, console.Root+"/sign-") {
		return console.Root
	}
	return to
}

// signInPage is what the page of the first step is told.
type signInPage struct {
	To       string // where she wanted to go
	Passkeys bool
	Issuer   string // what signs in elsewhere; empty: nothing does
}

func (v *seat) signInPage() signInPage {
	p := signInPage{To: inside(v.FormValue("to")), Passkeys: v.passkeys != nil}
	if v.issuer != nil {
		p.Issuer = v.issuer.Name
	}
	return p
}

func (v *seat) showSignIn() error {
	if s, _, err := v.session(v); err == nil && s.Stage == store.StageIn {
		return v.leave(inside(v.QueryParam("to")))
	}
	return v.show("sign_in", v.signInPage())
}

// takePassword is the first step. For an account that is not there it does the
// same work and says the same.
func (v *seat) takePassword() error {
	email, password := v.typed("email"), v.form().Get("password")
	for field, value := range map[string]string{"email": email, "password": password} {
		if value == "" {
			v.page.Wrong[field] = v.say("shell.needed")
		}
	}
	if len(v.page.Wrong) > 0 {
		return v.again("sign_in", v.signInPage(), nil)
	}
	p, err := v.Store.StaffByEmail(v.ctx(), email)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	shared, own := v.limits(crm.EmailKey(email), p.ID)
	if err := v.try("sign_in", v.signInPage(), shared, own...); err != nil || v.Response().Committed {
		return err
	}
	right, err := v.Store.CheckPassword(v.ctx(), password, p.Password)
	if err != nil {
		return err
	}
	if !right {
		v.page.Wrong[""] = v.say("sign-in.no")
		return v.again("sign_in", v.signInPage(), nil)
	}
	if err := v.Store.Tried(v.ctx(), shared, own...); err != nil {
		return err
	}
	to := inside(v.typed("to"))
	if p.TOTP || p.Passkeys > 0 {
		if err := v.beginSecond(p, to); err != nil {
			return err
		}
		return v.leave(console.Root + "/sign-in/second")
	}
	return v.enterAs(p, "password", to)
}

// limits of a try at an account: by account, by address, and more strictly by
// both. A browser in which she signed in before is counted alone: whoever tries
// from elsewhere, from however many places, cannot keep her out.
func (v *seat) limits(account, staffID string) (shared store.Limit, own []store.Limit) {
	if cookie, err := v.Cookie(v.deviceCookie("").Name); err == nil && staffID != "" {
		if whose, device, err := v.Store.OpenDevice(cookie.Value); err == nil && whose == staffID {
			return store.Limit{}, []store.Limit{{Name: "device " + device, Free: 10, Most: 5 * time.Minute}}
		}
	}
	address := network(v.RealIP())
	shared = store.Limit{Name: "address " + address, Free: 20, Most: 15 * time.Minute}
	return shared, []store.Limit{
		{Name: "both " + account + " " + address, Free: 5, Most: 15 * time.Minute},
		{Name: "account " + account, Free: 30, Most: 5 * time.Minute}, // more than one address can use up in an hour
	}
}

// network is what one subscriber has: an address, or 64 bits of a longer one.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}

// try counts a try, or shows the page again with how long to wait.
func (v *seat) try(page string, data any, shared store.Limit, own ...store.Limit) error {
	if shared.Name != "" {
		own = append(own, shared)
	}
	err := v.Store.Try(store.Acting(v.ctx(), nil), own...) // a try is no act
	wait, ok := errors.AsType[*store.ErrWait](err)
	if !ok {
		return err
	}
	seconds := int((wait.For + time.Second - 1) / time.Second)
	v.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	unit, n := "sign-in.wait.seconds", seconds
	if seconds > 90 {
		unit, n = "sign-in.wait.minutes", (seconds+59)/60
	}
	said, err := v.page.Count(unit, n)
	if err != nil {
		return err
	}
	v.page.Wrong[""], v.page.Typed = said, v.form()
	return v.render(http.StatusTooManyRequests, page, data)
}

// enterAs signs somebody in who proved who she is, says so in the log of the
// installation, and leads to where she wanted.
func (v *seat) enterAs(p crm.Staff, how, to string) error {
	v.staff = p
	v.SetRequest(v.Request().WithContext(v.noting("sign-in.in", how)))
	if err := v.signIn(v, p.ID); err != nil {
		return err
	}
	v.SetCookie(v.deviceCookie(v.Store.DeviceToken(p.ID)))
	return v.leave(to)
}

// noting is the context in which the next transaction writes a line into the log
// of the installation: what she does with her own account.
func (v *seat) noting(action, detail string) context.Context {
	return store.Acting(v.ctx(), &store.Act{Staff: v.staff.ID, By: v.name(), Action: action, Detail: detail})
}

// signIn makes a session for somebody who proved who she is, and ends the one
// that she came with.
func (d desktop) signIn(c echo.Context, staffID string) error {
	return d.sessionFor(c, store.Session{StaffID: staffID, Stage: store.StageIn}, store.SessionTime)
}

func (v *seat) signOut() error {
	_, cookie, err := v.session(v)
	if err == nil {
		err = v.Store.EndSession(v.ctx(), cookie)
	}
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	v.SetCookie(v.sessionCookie("", time.Time{}))
	return v.leave(console.Root + "/sign-in?said=sign-in.said.out")
}
