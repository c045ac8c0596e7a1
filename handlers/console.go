package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/labstack/echo/v4"

	"grazie/store"
	"grazie/templates/console"
)

// desktop is what staff works with in a browser: pages of a shop below
// /console/{shop}, each with the least role that may see or do it.
type desktop struct {
	Options
	origins  *http.CrossOriginProtection
	passkeys *webauthn.WebAuthn // nil: browsers give none to this address
	issuer   *issuer            // of who signs in elsewhere; nil: nobody does
}

func newDesktop(o Options) desktop {
	d := desktop{Options: o, origins: http.NewCrossOriginProtection()}
	if err := d.origins.AddTrustedOrigin(originOf(o.PublicURL)); err != nil && o.PublicURL != "" {
		o.Log.Warn("the public address is no origin of a browser", "error", err.Error())
	}
	d.passkeys = newPasskeys(o.PublicURL)
	if o.OIDC.Issuer != "" {
		d.issuer = &issuer{OIDC: o.OIDC, back: o.PublicURL + console.Root + oidcBack}
	}
	return d
}

// ConsoleRoute is one page of a shop, or one thing that is done there. To add
// one, add its line to the routes of its area.
type ConsoleRoute struct {
	Method string
	Path   string     // below /console/{shop}
	Least  store.Role // the least that may
	Title  string     // key of the page's title; of a POST the name of the act, for the audit log: "messages.cancel"
	Here   string     // the item of the navigation that the page belongs to
	Looks  bool       // it shows one customer's data: that somebody looked stands in the audit log, of a POST also where it was refused
	Most   int64      // of the body; 0: consoleBody

	do func(*seat) error
}

func page(path string, least store.Role, here, title string, do func(*seat) error) ConsoleRoute {
	return ConsoleRoute{Method: http.MethodGet, Path: path, Least: least, Title: title, Here: here, do: do}
}

// look is a page that shows what is known of one customer.
func look(path string, least store.Role, here, title string, do func(*seat) error) ConsoleRoute {
	r := page(path, least, here, title, do)
	r.Looks = true
	return r
}

// act is something that is done. Whatever it changes in its first transaction is
// stored together with a line in the audit log, or not at all.
func act(path string, least store.Role, here, name string, do func(*seat) error) ConsoleRoute {
	return ConsoleRoute{Method: http.MethodPost, Path: path, Least: least, Title: name, Here: here, do: do}
}

// Bounds of a request.
const (
	consoleBody     = 1 << 20
	consolePatience = 20 * time.Second
)

// ConsoleRoutes are all pages of a shop and all that is done there.
func ConsoleRoutes() []ConsoleRoute { return desktop{}.routes() }

func (d desktop) routes() []ConsoleRoute {
	return slices.Concat(
		d.todayRoutes(),
		d.customerRoutes(),
		d.messageRoutes(),
		d.taskRoutes(),
		d.callRoutes(),
		d.packingRoutes(),
		d.returnRoutes(),
		d.codeRoutes(),
		d.reviewRoutes(),
		d.gestureRoutes(),
		d.templateRoutes(),
		d.jobRoutes(),
		d.bulkRoutes(),
		d.webhookRoutes(),
		d.queueRoutes(),
		d.settingRoutes(),
		d.staffRoutes(),
		d.tokenRoutes(),
		d.auditRoutes(),
	)
}

// nav are the ways to go in a shop, for whom they are open.
var nav = []struct {
	key, path, group string
	least            store.Role
}{
	{"today", "", "", store.Viewer},
	{"customers", "/customers", "", store.Viewer},
	{"messages", "/messages", "", store.Viewer},
	{"tasks", "/tasks", "", store.Viewer},
	{"calls", "/calls", "", store.Support},
	{"packing", "/packing", "orders", store.Viewer},
	{"returns", "/returns", "orders", store.Viewer},
	{"codes", "/codes", "orders", store.Viewer},
	{"reviews", "/reviews", "orders", store.Viewer},
	{"jobs", "/jobs", "gestures", store.Support},
	{"bulks", "/bulks", "gestures", store.Viewer},
	{"gestures", "/gestures", "gestures", store.Viewer},
	{"settings", "/settings", "machine", store.Viewer},
	{"staff", "/staff", "machine", store.Owner},
	{"tokens", "/tokens", "machine", store.Owner},
	{"webhooks", "/webhooks", "machine", store.Viewer},
	{"queue", "/queue", "machine", store.Viewer},
	{"audit", "/audit", "machine", store.Manager},
}

func (d desktop) mount(e *echo.Echo) {
	e.GET(console.Root+"/static/:file", d.static)
	e.GET(console.Root+"/view/:token", d.view)
	d.signInRoutes(e)
	shown := map[string]bool{}
	for _, r := range d.routes() {
		shown[r.Path] = shown[r.Path] || r.Method == http.MethodGet
	}
	for _, r := range d.routes() {
		if !shown[r.Path] { // loaded anew after its form was refused
			shown[r.Path] = true
			e.GET(console.Root+"/:shop"+r.Path, func(c echo.Context) error { return d.serve(c, onlyPosts(r)) })
		}
		e.Add(r.Method, console.Root+"/:shop"+r.Path, func(c echo.Context) error { return d.serve(c, r) })
	}
	e.RouteNotFound(console.Root+"/:shop/*", func(c echo.Context) error {
		return d.serve(c, ConsoleRoute{Method: http.MethodGet, Least: store.Viewer, Title: "trouble.none.title", do: func(v *seat) error { return v.trouble(http.StatusNotFound, "none", "") }})
	})
}

// onlyPosts is the page at an address that takes forms alone.
func onlyPosts(r ConsoleRoute) ConsoleRoute {
	return page(r.Path, r.Least, r.Here, "trouble.method.title", func(v *seat) error {
		v.Response().Header().Set("Allow", http.MethodPost)
		return v.trouble(http.StatusMethodNotAllowed, "method", "")
	})
}

// kinds of static files.
var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}

func (d desktop) static(c echo.Context) error {
	name := c.Param("file")
	kind := kinds[name[max(strings.LastIndexByte(name, '.'), 0):]]
	file, err := console.Static(name)
	if err != nil || kind == "" {
		return echo.NewHTTPError(http.StatusNotFound)
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "max-age=3600")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, kind, file)
}
