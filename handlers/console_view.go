package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"grazie/crm"
)

// views are what a frame may show, by the first part of what its token names.
// Each is given the rest of it.
var views = map[string]func(d desktop, ctx context.Context, shop crm.Shop, what string) (html string, err error){
	draftKind:   viewJob,
	"template":  viewTemplate,
	messageKind: viewMessage,
}

// view is the HTML of a mail, for the frame on its page. The token in the address
// is all the authority there is: what is in the frame has no cookie. A mail may
// style itself and show pictures, and nothing else.
func (d desktop) view(c echo.Context) error {
	shopID, what, err := d.Store.OpenView(c.Param("token"))
	if err != nil {
		return err
	}
	kind, rest, _ := strings.Cut(what, "/")
	show := views[kind]
	if show == nil {
		return crm.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), consolePatience)
	defer cancel()
	shop, err := d.Store.Shop(ctx, shopID)
	if err != nil {
		return err
	}
	html, err := show(d, ctx, shop, rest)
	if err != nil {
		return err
	}
	ancestors := strings.Join(append([]string{"'self'"}, frameOf(d.Platforms[shop.Platform], shop.Domain).ancestors...), " ")
	protect(c, "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors "+ancestors)
	return c.HTML(http.StatusOK, html)
}

// frameFor is the address of a frame that shows what a kind of view can.
func (v *seat) frameFor(kind, what string) string {
	return "/console/view/" + v.Store.ViewToken(v.shop.ID, kind+"/"+what)
}
