package handlers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/senderdns"
	"grazie/templates/pages"
)

// setup are the first steps of a merchant. She does not log in: the token in the
// address is all the authority there is, and she has it from where the platform
// vouched for her, or from who runs the installation. Nothing of it is logged.
type setup struct {
	Options
	origins *http.CrossOriginProtection
}

// setupPatience is how long a page of the first steps may take: it asks the
// shop, the DNS and the mail service.
const setupPatience = 25 * time.Second

func newSetup(o Options) setup {
	s := setup{Options: o, origins: http.NewCrossOriginProtection()}
	if err := s.origins.AddTrustedOrigin(originOf(o.PublicURL)); err != nil && o.PublicURL != "" {
		o.Log.Warn("the public address is no origin of a browser", "error", err.Error())
	}
	return s
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (s setup) routes(e *echo.Echo) {
	look := func(c echo.Context) error { return s.answer(c, s.look) }
	e.GET("/setup/:token", look)
	e.HEAD("/setup/:token", look)
	e.POST("/setup/:token", func(c echo.Context) error { return s.answer(c, s.submit) })
}

// step is a request whose token was opened.
type step struct {
	pages.SetupVisit
	token    string
	shop     crm.Shop
	platform integrations.Platform // nil: this program knows it no more
	frame    frame
}

// say is a text of the pages'. That one is missing is a fault of the program.
func (v step) say(key string, values ...string) string {
	text, err := v.Say(key, values...)
	if err != nil {
		panic(err)
	}
	return text
}

// answer opens the token. What stands in the way becomes a page that says what
// to do, and never that something was saved.
func (s setup) answer(c echo.Context, next func(echo.Context, step) error) error {
	unread := readForm(c) // before the clock runs: she may be far away
	r := c.Request()
	ctx, cancel := context.WithTimeout(r.Context(), setupPatience)
	defer cancel()
	c.SetRequest(r.WithContext(ctx))
	v := step{token: strings.TrimRight(c.Param("token"), ".,;:!?)]>'\"")}
	v.Locale = pages.SetupLanguage(r.Header.Get("Accept-Language"))
	shopID, err := s.Store.OpenSetup(v.token)
	if err == nil {
		v.shop, err = s.Store.Shop(ctx, shopID)
	}
	if err == nil {
		v.platform = s.Platforms[v.shop.Platform]
		v.Locale = pages.SetupLanguage(r.Header.Get("Accept-Language"), v.shop.Locale)
		v.Shop = cmp.Or(v.shop.Name, v.shop.Domain)
		v.frame = frameOf(v.platform, v.shop.Domain)
		if r.Header.Get("Sec-Fetch-Dest") != "iframe" {
			v.frame.scripts = nil // the platform's script would take a page of its own back into the admin
		}
		v.Scripts, v.ClientID = v.frame.scripts, v.frame.clientID
		switch {
		case s.foreign(r):
			return s.notice(c, v, http.StatusForbidden, pages.SetupForeign)
		case unread != nil:
			err = unread
		default:
			err = next(c, v)
		}
	}
	switch {
	case err == nil, errors.Is(err, unreadable):
		return err
	case errors.Is(err, tooMuch):
		return s.notice(c, v, http.StatusRequestEntityTooLarge, pages.SetupLarge)
	case errors.Is(err, crm.ErrNotFound):
		return s.notice(c, v, http.StatusNotFound, pages.SetupClosed)
	}
	if !errors.Is(ctx.Err(), context.Canceled) { // she did not just go away
		s.Log.Error("the first steps could not be served", "shop", v.shop.ID, "error", err.Error())
	}
	c.Response().Header().Set("Retry-After", "60")
	return s.notice(c, v, http.StatusServiceUnavailable, pages.SetupAway)
}

// foreign tells whether another site made the browser post. Without TLS, as in
// trials on a local network, browsers say no more than that our own forms have
// the origin "null", for the pages send no referrer; the token suffices there.
func (s setup) foreign(r *http.Request) bool {
	trial := !strings.HasPrefix(s.PublicURL, "https://") && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null"
	return !trial && s.origins.Check(r) != nil
}

func (s setup) look(c echo.Context, v step) error {
	page, err := s.page(c.Request().Context(), v, nil)
	if err != nil {
		return err
	}
	switch said := c.QueryParam("said"); {
	case said == "saved", said == "finished" && page.SetUp:
		page.Said = said
	case said == "tested":
		page.Tested = v.say(s.tested())
	case said == "checked" && v.shop.Sender.Email != "":
		page.Selector = c.QueryParam("selector")
		page.Findings = s.findings(c.Request().Context(), v, page.Selector)
		if slices.ContainsFunc(page.Findings, func(f pages.SetupFinding) bool { return f.RecordName != "" || f.Mark == string(senderdns.Wrong) }) {
			page.Lacks = append(page.Lacks, pages.SetupLack{Text: v.say("missing.domain"), Field: "check"})
		}
	}
	return s.show(c, http.StatusOK, v, page)
}

// submit saves what was typed, whatever button was pressed, and then does what
// the button says. Nothing is done with what could not be saved.
func (s setup) submit(c echo.Context, v step) error {
	ctx, form := c.Request().Context(), c.Request().PostForm
	shop, wrong, err := s.save(ctx, v, form)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		page, err := s.page(ctx, v, form)
		if err != nil {
			return err
		}
		v.mark(&page, wrong)
		return s.show(c, http.StatusUnprocessableEntity, v, page)
	}
	v.shop, v.Shop = shop, cmp.Or(shop.Name, shop.Domain)
	switch form.Get("do") {
	case "test":
		return s.test(c, v, form.Get("to"))
	case "check":
		return s.check(c, v, strings.TrimSpace(form.Get("selector")))
	case "finish":
		return s.finish(c, v)
	}
	return s.back(c, v, url.Values{"said": {"saved"}}, "")
}

// back leads to the page again, so that to load it anew posts nothing.
func (s setup) back(c echo.Context, v step, query url.Values, part string) error {
	protect(c, v.frame.policy())
	to := "/setup/" + url.PathEscape(v.token) + "?" + query.Encode()
	if part != "" {
		to += "#" + part
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func (s setup) show(c echo.Context, status int, v step, page pages.Setup) error {
	return s.render(c, status, v, func(b *bytes.Buffer) error { return pages.WriteSetup(b, page) })
}

func (s setup) notice(c echo.Context, v step, status int, t pages.SetupTrouble) error {
	return s.render(c, status, v, func(b *bytes.Buffer) error {
		return pages.WriteSetupNotice(b, pages.SetupNotice{SetupVisit: v.SetupVisit, Trouble: t})
	})
}

func (s setup) render(c echo.Context, status int, v step, write func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		s.Log.Error("a page could not be rendered", "route", c.Path(), "error", err.Error())
		return echo.NewHTTPError(http.StatusInternalServerError).SetInternal(err)
	}
	protect(c, v.frame.policy())
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return c.HTMLBlob(status, b.Bytes())
}
