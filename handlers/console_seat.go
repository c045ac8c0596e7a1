package handlers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
	"grazie/templates/console"
)

// seat is one request of somebody at the desk who may.
type seat struct {
	echo.Context
	desktop
	route  ConsoleRoute
	staff  crm.Staff
	signed store.Session // in which she is signed in; not of whom a platform's admin vouches for
	member store.Member  // what she may in this shop
	shop   crm.Shop
	page   console.Page
	frame  frame // of the platform's admin, if the page stands in it
	act    *store.Act
}

// ctx is the request's context. In it, the first transaction writes the act into
// the audit log.
func (v *seat) ctx() context.Context { return v.Request().Context() }

// form is what was posted.
func (v *seat) form() url.Values { return v.Request().PostForm }

// typed is one field of it, without the spaces around.
func (v *seat) typed(field string) string { return strings.TrimSpace(v.form().Get(field)) }

// may tells whether her role is at least another.
func (v *seat) may(least store.Role) bool { return v.member.Role.May(least) }

// name is who acts, as it stands with what she does.
func (v *seat) name() string { return cmp.Or(v.staff.Name, v.staff.Email, v.staff.ID) }

// say is a text in her language. That one is missing is a fault of the program.
func (v *seat) say(key string, values ...any) string {
	text, err := v.page.Say(key, values...)
	if err != nil {
		panic(err)
	}
	return text
}

// path is the address of a page of the shop.
func (v *seat) path(parts ...any) string { return v.page.Path(parts...) }

// serve lets in who is signed in and may, and answers whatever comes of it with a
// page that says what to do.
func (d desktop) serve(c echo.Context, r ConsoleRoute) error {
	v := &seat{Context: c, desktop: d, route: r}
	v.page = console.Page{Lang: console.Language(c.Request().Header.Get("Accept-Language")), Title: "trouble.none.title", Now: d.Now(), Wrong: map[string]string{}}
	v.page.Address = c.Request().URL.RequestURI()
	ctx, cancel := context.WithTimeout(c.Request().Context(), consolePatience)
	defer cancel()
	c.SetRequest(c.Request().WithContext(ctx))
	err := v.enter()
	if err == nil {
		err = v.run()
	}
	return v.answer(err)
}

var (
	errForeign = errors.New("another site made the browser send this")
	errSignIn  = errors.New("nobody is signed in")
	errRole    = errors.New("the role does not allow it")
)

// enter finds out who asks, and about which shop. A shop that she is no member of
// looks like one that is not there.
func (v *seat) enter() error {
	if err := v.identify(); err != nil {
		return err
	}
	shop, err := v.Store.Shop(v.ctx(), plain(v.Param("shop")))
	if err != nil {
		return err
	}
	if v.member, err = v.Store.MemberOf(v.ctx(), v.staff.ID, shop.ID); err != nil {
		return err
	}
	v.furnish(shop)
	if !v.may(v.route.Least) {
		return errRole
	}
	return nil
}

// furnish gives the page what all pages of a shop have.
func (v *seat) furnish(shop crm.Shop) {
	v.shop = shop
	p := &v.page
	p.Title, p.Here, p.Staff, p.Role = v.route.Title, v.route.Here, v.name(), string(v.member.Role)
	p.Shop = &console.Shop{ID: shop.ID, Name: cmp.Or(shop.Name, shop.Domain), Domain: shop.Domain, Currency: shop.Currency}
	if p.Zone, _ = time.LoadLocation(shop.Timezone); p.Zone == nil {
		p.Zone = time.UTC
	}
	for _, n := range nav {
		if v.may(n.least) {
			p.Nav = append(p.Nav, console.Item{Key: n.key, Href: p.Path() + n.path, Group: n.group})
		}
	}
	v.hear()
}

// hear takes up what the page before has to say.
func (v *seat) hear() {
	if said := v.QueryParam("said"); strings.Contains(said, ".") && console.Has(v.page.Lang, said) && strings.HasPrefix(said[strings.IndexByte(said, '.')+1:], "said.") {
		v.page.Said = said
	}
}

func (v *seat) run() error {
	v.act = &store.Act{ShopID: v.shop.ID, Staff: v.staff.ID, By: v.name(), Action: v.route.Title, Target: v.target()}
	if v.route.Method == http.MethodGet {
		return v.route.do(v)
	}
	if err := v.readForm(); err != nil {
		return err
	}
	v.act.Why = clip(v.typed("reason"), 200)
	v.SetRequest(v.Request().WithContext(store.Acting(v.ctx(), v.act)))
	err := v.route.do(v)
	switch done := err == nil && v.Response().Status < http.StatusBadRequest; {
	case done && !v.act.Written():
		return errors.Join(err, v.Store.Record(context.WithoutCancel(v.ctx()), v.act))
	case !done && (v.act.Written() || err == nil && v.ofSomebody()): // something before it was stored, or her page was shown again; the thing itself was not done
		failed := &store.Act{ShopID: v.shop.ID, Staff: v.staff.ID, By: v.name(), Action: v.act.Action, Target: v.act.Target, Why: v.act.Why, Detail: "not done"}
		return errors.Join(err, v.Store.Record(context.WithoutCancel(v.ctx()), failed))
	}
	return err
}

// ofSomebody tells whether what is done stands on a page whose looks are written
// down: a form that is refused shows it as well.
func (v *seat) ofSomebody() bool {
	return v.route.Looks || slices.ContainsFunc(v.routes(), func(r ConsoleRoute) bool {
		return r.Looks && strings.Contains(r.Path, ":") && strings.HasPrefix(v.route.Path+"/", r.Path+"/")
	})
}

// looked writes down that somebody looks at a customer's data, before she does.
func (v *seat) looked() error {
	if !v.route.Looks || v.act.Written() {
		return nil
	}
	return v.Store.Record(v.ctx(), v.act)
}

// target is what the address names, below the shop.
func (v *seat) target() string {
	var all []string
	for i, name := range v.ParamNames() {
		if name != "shop" && name != "*" {
			all = append(all, plain(v.ParamValues()[i]))
		}
	}
	return clip(strings.Join(all, " "), 200)
}

// clip cuts a text to so many letters.
func clip(s string, most int) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > most {
		return string(r[:most])
	}
	return s
}

// readForm reads what was posted, up to a size.
func (v *seat) readForm() error {
	most := cmp.Or(v.route.Most, consoleBody)
	r := v.Request()
	if r.ContentLength > most {
		return tooMuch
	}
	r.Body = http.MaxBytesReader(v.Response(), r.Body, most)
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(most)
	} else {
		err = r.ParseForm()
	}
	if errors.As(err, new(*http.MaxBytesError)) {
		return tooMuch
	} else if err != nil {
		return unreadable
	}
	return nil
}

// show renders a page.
func (v *seat) show(name string, data any) error { return v.render(http.StatusOK, name, data) }

// again shows the page once more with what was typed and what is wrong with it.
// An error that no *crm.Invalid is part of is returned as it is.
func (v *seat) again(name string, data any, err error) error {
	for field, said := range v.invalid(err) {
		v.page.Wrong[field] = said
	}
	if len(v.page.Wrong) == 0 {
		return err
	}
	if v.page.Wrong[""] == "" {
		v.page.Wrong[""] = v.say("shell.mend")
	}
	v.page.Typed = v.form()
	return v.render(http.StatusUnprocessableEntity, name, data)
}

// invalid are the fields of all *crm.Invalid in an error, with what is wrong. A
// sentence in her language is "wrong." and the field, in the texts of the area;
// else it is the error's own.
func (v *seat) invalid(err error) map[string]string {
	found := map[string]string{}
	var one *crm.Invalid
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			maps.Copy(found, v.invalid(e))
		}
	} else if errors.As(err, &one) {
		found[one.Field] = v.wrong(one)
	}
	return found
}

func (v *seat) wrong(e *crm.Invalid) string {
	area, _, _ := strings.Cut(v.route.Title, ".")
	if key := area + ".wrong." + e.Field; console.Has(v.page.Lang, key) {
		return v.say(key)
	}
	return e.Message
}

func (v *seat) render(status int, name string, data any) error {
	v.page.Data = data
	var b bytes.Buffer
	if err := console.Write(&b, name, &v.page); err != nil {
		return err
	}
	if status < http.StatusMultipleChoices {
		if err := v.looked(); err != nil {
			return err
		}
	}
	v.protect()
	return v.HTMLBlob(status, b.Bytes())
}

// file answers with something to save, under a name of our own.
func (v *seat) file(kind, name string, content []byte) error {
	if err := v.looked(); err != nil {
		return err
	}
	v.protect()
	v.Response().Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return v.Blob(http.StatusOK, kind, content)
}

// part renders one block of a page alone, for what scripts put into the page.
func (v *seat) part(name, block string, data any) error {
	v.page.Data = data
	var b bytes.Buffer
	if err := console.WritePart(&b, name, block, &v.page); err != nil {
		return err
	}
	v.protect()
	return v.HTMLBlob(http.StatusOK, b.Bytes())
}

// protect keeps the page to itself: no script, style or picture but our own and
// those of the platform whose admin it stands in.
func (v *seat) protect() {
	sources := strings.Join(append([]string{"'self'"}, v.frame.scripts...), " ")
	ancestors := "'none'"
	if len(v.frame.ancestors) > 0 {
		ancestors = strings.Join(v.frame.ancestors, " ")
	}
	protect(v, "default-src 'none'; script-src "+sources+"; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "+ancestors)
	v.Response().Header().Set("X-Robots-Tag", "noindex")
	// Without TLS a browser tells where a form was posted from by its Origin alone,
	// and that is "null" for a page that sends no referrer even to itself.
	v.Response().Header().Set("Referrer-Policy", "same-origin")
}

// done leads to a page of the shop, so that to load it anew posts nothing. said is
// the key of what the page tells then, "messages.said.cancelled".
func (v *seat) done(to, said string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("said", said)
	u.RawQuery = q.Encode()
	v.protect()
	return v.Redirect(http.StatusSeeOther, u.String())
}

// fresh compares what the page showed with how it stands now: somebody who looks
// at a stale page does not act on a row that changed.
func (v *seat) fresh(now string) error {
	if seen := v.form().Get("seen"); seen != now {
		return crm.ErrConflict
	}
	return nil
}

// seen is how a row stood, for fresh.
func seen(state string, changed time.Time) string {
	return state + " " + changed.UTC().Format(time.RFC3339Nano)
}

// answer turns what went wrong into a page.
func (v *seat) answer(err error) error {
	if err == nil || v.Response().Committed {
		return err
	}
	var http4xx *echo.HTTPError
	switch {
	case errors.Is(err, errSignIn):
		return v.toSignIn()
	case errors.Is(err, errForeign):
		return v.trouble(http.StatusForbidden, "foreign", "")
	case errors.Is(err, errRole), errors.Is(err, store.ErrSamePerson):
		return v.trouble(http.StatusForbidden, "role", "")
	case errors.Is(err, tooMuch):
		return v.trouble(http.StatusRequestEntityTooLarge, "large", "")
	case errors.Is(err, crm.ErrNotFound), errors.As(err, new(*desk.NotFound)):
		return v.trouble(http.StatusNotFound, "none", "")
	case errors.As(err, new(*crm.Invalid)):
		said := slices.Sorted(maps.Values(v.invalid(err)))
		return v.trouble(http.StatusUnprocessableEntity, "wrong", strings.Join(said, " "))
	case errors.Is(err, crm.ErrConflict):
		return v.trouble(http.StatusConflict, "changed", "")
	case errors.As(err, &http4xx) && http4xx.Code < http.StatusInternalServerError:
		return v.trouble(http4xx.Code, "none", "")
	}
	if errors.Is(v.Request().Context().Err(), context.Canceled) {
		return err // she went away
	}
	v.Log.Error("a page of the console failed", "route", v.Path(), "shop", v.shop.ID, "staff", v.staff.ID, "error", err.Error())
	if problemOf(api{v.Options}.awayOr(v.ctx(), err)).Status == http.StatusServiceUnavailable {
		v.Response().Header().Set("Retry-After", retryAfter)
		return v.trouble(http.StatusServiceUnavailable, "away", "")
	}
	return v.trouble(http.StatusInternalServerError, "fault", "")
}

// trouble shows a page that says what is wrong and what to do.
func (v *seat) trouble(status int, what, detail string) error {
	v.page.Title, v.page.Named, v.page.Said = "trouble."+what+".title", detail, ""
	v.page.Wrong, v.page.Typed = map[string]string{}, nil
	return v.render(status, "trouble", what)
}
