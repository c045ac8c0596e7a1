package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

// signInRoutes are the pages of nobody's shop.
func (d desktop) signInRoutes(e *echo.Echo) {
	e.GET(console.Root, d.shops)
}

// shops are those that she may see; of one alone, its page.
func (d desktop) shops(c echo.Context) error {
	v := &seat{Context: c, desktop: d, route: ConsoleRoute{Method: http.MethodGet, Title: "shops.title"}}
	v.page = console.Page{Lang: console.Language(c.Request().Header.Get("Accept-Language")), Title: "shops.title", Now: d.Now(), Wrong: map[string]string{}, Address: console.Root}
	return v.answer(func() error {
		if err := v.identify(); err != nil {
			return err
		}
		v.page.Staff = v.name()
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
			v.protect()
			return v.Redirect(http.StatusSeeOther, console.Root+"/"+mine[0].ID)
		}
		return v.show("shops", mine)
	}())
}

// signIn makes a session for somebody who proved who she is, and ends the one
// that she came with.
func (d desktop) signIn(c echo.Context, staffID string) error {
	_, old, _ := d.session(c)
	now := d.Now()
	secret, err := d.Store.CreateSession(c.Request().Context(), store.Session{StaffID: staffID, Stage: store.StageIn, Agent: clip(c.Request().UserAgent(), 200), Until: now.Add(store.SessionTime)}, old)
	if err == nil {
		c.SetCookie(d.sessionCookie(secret, now.Add(store.SessionTime)))
	}
	return err
}
