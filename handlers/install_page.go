package handlers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/templates/pages"
)

// frame is what a page needs to be shown in a platform's admin; the zero value
// is a page of its own.
type frame struct {
	ancestors, scripts []string
	clientID           string
}

// frameOf is the frame of a platform's admin for a shop.
func frameOf(p integrations.Platform, domain string) (f frame) {
	switch p := p.(type) {
	case integrations.Embedded:
		f.ancestors, f.scripts = p.Frame(domain)
		f.clientID = p.ClientID()
	case integrations.Loader:
		f.ancestors, f.scripts = p.Frame(domain)
	}
	return f
}

// script is the platform's own, if there is one.
func (f frame) script() string {
	if len(f.scripts) == 0 {
		return ""
	}
	return f.scripts[0]
}

// policy is the page's Content-Security-Policy.
func (f frame) policy() string {
	list := func(all []string) string {
		if len(all) == 0 {
			return "'none'"
		}
		return strings.Join(all, " ")
	}
	return "default-src 'none'; style-src 'self'; script-src " + list(f.scripts) + "; base-uri 'none'; form-action 'self'; frame-ancestors " + list(f.ancestors)
}

// show renders a page of the installation.
func (i install) show(c echo.Context, status int, page pages.Install, f frame) error {
	var b bytes.Buffer
	if err := pages.WriteInstall(&b, page); err != nil {
		i.Log.Error("a page could not be rendered", "route", c.Path(), "error", err.Error())
		return echo.NewHTTPError(http.StatusInternalServerError).SetInternal(err)
	}
	protect(c, f.policy())
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return c.HTMLBlob(status, b.Bytes())
}

// home tells how Grazie works for a shop and what it still lacks.
func (i install) home(c echo.Context, p integrations.Platform, shop crm.Shop, f frame) error {
	page := pages.Install{Name: cmp.Or(shop.Name, shop.Domain), Paused: shop.State == crm.ShopPaused, New: shop.SetUpAt.IsZero(), SetUp: i.setUpOf(c, shop),
		Script: f.script(), ClientID: f.clientID}
	if _, is := p.(integrations.Embedded); is && i.Desk != nil && f.ancestors != nil && !page.New {
		kept := framing(c.QueryParams())
		kept.Set("embedded", "1")
		page.Console = consoleOf(shop) + "?" + kept.Encode()
	}
	for _, lack := range desk.Lacks(shop, p) {
		page.Lacks, page.Stopped = append(page.Lacks, lack.Sentence), page.Stopped || lack.Stops
	}
	// In a frame the platform asks her itself, before it opens the page.
	if p, ok := p.(integrations.Installer); ok && f.ancestors == nil && len(missing(p, shop)) > 0 {
		page.Allow = i.beginAgain(c, p, shop.Domain)
	}
	return i.show(c, http.StatusOK, page, f)
}

// trouble is why an installation does not go on.
type trouble struct {
	status int
	what   pages.InstallTrouble
	err    error
}

func (t trouble) Error() string { return string(t.what) }
func (t trouble) Unwrap() error { return t.err }

// errBusy says that another installation of the same shop takes long.
var errBusy = errors.New("another installation of this shop is going on")

// shown is a trouble, and where it is shown.
type shown struct {
	trouble
	frame  frame
	detail string // what in the request is wrong
}

// troubleOf is the one table from errors to what the merchant is told.
func troubleOf(err error) shown {
	var told trouble
	var invalid *crm.Invalid
	var outside *integrations.Error
	is := func(status int, what pages.InstallTrouble) shown { return shown{trouble: trouble{status, what, err}} }
	switch {
	case errors.As(err, &told):
		return shown{trouble: told}
	case errors.As(err, &invalid):
		s := is(http.StatusBadRequest, pages.InstallShop)
		s.detail = invalid.Message
		return s
	case errors.Is(err, integrations.ErrForged), errors.Is(err, integrations.ErrExpired):
		return is(http.StatusBadRequest, pages.InstallForged)
	case errors.Is(err, crm.ErrConflict): // the app was removed while it was being installed
		return is(http.StatusBadRequest, pages.InstallRefused)
	case errors.Is(err, errBusy):
		return is(http.StatusServiceUnavailable, pages.InstallBusy)
	case errors.As(err, &outside):
		switch outside.Kind {
		case integrations.Unsupported:
			return is(http.StatusNotFound, pages.InstallNone)
		case integrations.Rejected, integrations.Unauthorized:
			return is(http.StatusBadRequest, pages.InstallRefused)
		}
		return is(http.StatusServiceUnavailable, pages.InstallDown)
	}
	return is(http.StatusServiceUnavailable, pages.InstallAway)
}

// tell shows what stands in the way.
func (i install) tell(c echo.Context, err error) error { return i.page(c, troubleOf(err), err, "") }

// tellAgain is tell, with a link to begin anew.
func (i install) tellAgain(c echo.Context, p integrations.Installer, domain string, err error) error {
	return i.page(c, troubleOf(err), err, i.beginAgain(c, p, domain))
}

func (i install) page(c echo.Context, t shown, err error, again string) error {
	switch t.what {
	case pages.InstallAway:
		if !errors.Is(c.Request().Context().Err(), context.Canceled) { // she did not just go away
			i.Log.Error("an installation could not be stored", "route", c.Path(), "error", err.Error())
		}
	case pages.InstallDown, pages.InstallRefused, pages.InstallBusy:
		i.Log.Warn("an installation was not finished", "route", c.Path(), "platform", c.Param("platform"), "error", err.Error())
	}
	if t.status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "30")
	}
	return i.show(c, t.status, pages.Install{Trouble: t.what, Detail: t.detail, Again: again, Script: t.frame.script(), ClientID: t.frame.clientID}, t.frame)
}
