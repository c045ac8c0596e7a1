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
	"grazie/store"
	"grazie/templates/pages"
)

// customerPages are the pages that belong to a customer. She does not log in:
// the token in the address, which came in a mail of hers, is all the authority
// there is. There is no cookie and nothing else that a browser would send along
// by itself, so a form on a stranger's site can do nothing here: to post, it
// would have to know the token, and who knows that has the mail. That is why
// these posts are not checked for their origin, and must not be: mail programs
// post the one-click unsubscription from anywhere (RFC 8058), and browsers call
// the origin of our own forms "null", because the pages send no referrer. A
// GET changes nothing, for programs that look into mails open every link.
type customerPages struct{ Options }

// maxForm is the largest form that is read: a review of 2,000 characters, each
// of four bytes written as %XX, with some air.
const maxForm = 64 << 10

// visit is a request whose token was opened. What is not there any more is zero.
type visit struct {
	link     store.Link
	shop     crm.Shop
	customer crm.Customer
	message  crm.Message // that the link stands in
	page     pages.Visit
}

// routes adds the pages of one kind of link.
func (p customerPages) routes(e *echo.Echo, kind string, show, save func(echo.Context, visit) error) {
	path := "/" + kind + "/:token"
	look := func(c echo.Context) error { return p.answer(c, kind, show) }
	e.GET(path, look)
	e.HEAD(path, look)
	e.POST(path, func(c echo.Context) error { return p.answer(c, kind, save) })
}

// answer opens the token and reads the form, if there is one. What stands in
// the way becomes a page that says what to do, and never that something was
// saved.
func (p customerPages) answer(c echo.Context, kind string, next func(echo.Context, visit) error) error {
	unread := readForm(c) // before the clock runs: she may be far away
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	c.SetRequest(c.Request().WithContext(ctx))
	v := visit{page: pages.Visit{Locale: pages.LanguageOf(c.Request().Header.Get("Accept-Language"))}}
	// Programs that make links of text take the full stop after it along.
	link, err := p.Store.OpenLink(kind, strings.TrimRight(c.Param("token"), ".,;:!?)]>'\"”’»"))
	if err != nil {
		return p.notice(c, v, http.StatusNotFound, pages.Lost)
	}
	if errors.Is(unread, unreadable) && kind == store.LinkUnsubscribe {
		unread = nil // that it was posted says enough
	}
	if v, err = p.visit(ctx, link, v); err == nil {
		if err = unread; err == nil {
			err = next(c, v)
		}
	}
	var invalid *crm.Invalid
	var refused *echo.HTTPError
	switch {
	case err == nil, errors.As(err, &invalid), errors.As(err, &refused) && refused.Code < http.StatusInternalServerError && refused != tooMuch:
		return err
	case errors.Is(err, tooMuch):
		return p.notice(c, v, http.StatusRequestEntityTooLarge, pages.Large)
	case errors.Is(err, crm.ErrNotFound):
		return p.notice(c, v, http.StatusNotFound, pages.Gone)
	}
	if !errors.Is(ctx.Err(), context.Canceled) { // she did not just go away
		p.Log.Error("a customer's page could not be served", "route", c.Path(), "error", err.Error())
	}
	c.Response().Header().Set("Retry-After", "60")
	return p.notice(c, v, http.StatusServiceUnavailable, pages.Away)
}

// visit loads what the link leads to, as far as it is there.
func (p customerPages) visit(ctx context.Context, link store.Link, v visit) (visit, error) {
	v.link = link
	absent := func(err error) error {
		if errors.Is(err, crm.ErrNotFound) {
			return nil
		}
		return err
	}
	var err error
	if v.shop, err = p.Store.Shop(ctx, link.ShopID); absent(err) != nil {
		return v, err
	}
	if v.message, err = p.Store.Message(ctx, link.ShopID, link.MessageID); absent(err) != nil {
		return v, err
	}
	if v.customer, err = p.Store.Customer(ctx, link.ShopID, link.CustomerID); absent(err) != nil {
		return v, err
	}
	// The language of the mail that she comes from, unless she chose another since.
	tags := []string{v.message.Locale, v.customer.Locale, v.shop.Locale, v.page.Locale}
	if v.customer.LocaleChosen {
		tags = append([]string{v.customer.Locale}, tags...)
	}
	v.page = pages.Visit{Locale: pages.LanguageOf(tags...), Formal: v.shop.Formal, Imprint: pages.ImprintOf(v.shop),
		Shop: cmp.Or(v.shop.Name, v.shop.LegalName, v.shop.Domain)}
	return v, nil
}

// What may be wrong with a form: it is larger than any of ours, or none.
var (
	tooMuch    = echo.NewHTTPError(http.StatusRequestEntityTooLarge, "the form may have up to 64 KiB")
	unreadable = echo.NewHTTPError(http.StatusBadRequest, "the form cannot be read; nothing was saved")
)

// readForm reads a posted form, of either kind (RFC 8058 allows both). Its
// values are then in Request.PostForm; a body of another kind has none.
func readForm(c echo.Context) error {
	r := c.Request()
	if r.Method != http.MethodPost {
		return nil
	}
	if r.ContentLength > maxForm {
		return tooMuch
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(maxForm) // alone, it would hide what was wrong with the other kind
	}
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return tooMuch
	case err != nil && !errors.Is(err, http.ErrNotMultipart):
		return unreadable
	}
	return nil
}

// show renders a page of a customer's own.
func (p customerPages) show(c echo.Context, status int, render func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		p.Log.Error("a page could not be rendered", "route", c.Path(), "error", err.Error())
		return echo.NewHTTPError(http.StatusInternalServerError).SetInternal(err)
	}
	protect(c, "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return c.HTMLBlob(status, b.Bytes())
}

func (p customerPages) notice(c echo.Context, v visit, status int, t pages.Trouble) error {
	return p.show(c, status, func(b *bytes.Buffer) error { return pages.WriteNotice(b, pages.Notice{Visit: v.page, Trouble: t}) })
}
