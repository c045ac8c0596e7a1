package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/templates/pages"
)

// maxKeys is the largest post of credentials.
const maxKeys = 16 << 10

// back is put before a state when the shop has brought it: the browser comes
// with it then.
const back = "back:"

// receiveKeys takes the credentials that a shop posts itself. The state in it
// says that the merchant's browser began here; that it was hers is only known
// when the browser comes back with its cookie.
func (i install) receiveKeys(c echo.Context) error {
	p, err := adapter[integrations.KeyReceiver](i, c)
	if err != nil {
		return echo.NewHTTPError(http.StatusNotFound, "no shop of this platform posts its keys here")
	}
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxKeys)
	body, err := readBody(c)
	if err != nil {
		return err
	}
	state, err := p.PostedState(body)
	if err != nil || state == "" {
		return echo.NewHTTPError(http.StatusBadRequest, "this is not what a shop posts when its owner allows the app")
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	begun, err := i.Store.TakeInstall(ctx, p.Name(), state)
	if errors.Is(err, crm.ErrNotFound) {
		return echo.NewHTTPError(http.StatusForbidden, "nobody began this installation here, or too long ago: begin again")
	} else if err != nil {
		i.Log.Error("keys of a shop could not be stored", "platform", p.Name(), "error", err.Error())
		return errAway
	}
	_, err = i.finish(r.Context(), p, begun.Domain, func(ctx context.Context) (integrations.Grant, error) {
		return p.ReceiveKeys(ctx, begun.Domain, body)
	})
	if err == nil {
		err = i.Store.ReturnInstall(context.WithoutCancel(r.Context()), begun, back+state)
	}
	if err != nil {
		t := troubleOf(err)
		i.Log.Warn("keys that a shop posted did not connect it", "platform", p.Name(), "error", err.Error())
		return echo.NewHTTPError(t.status, "the keys were not taken: begin again")
	}
	return c.NoContent(http.StatusOK)
}

// returned takes the merchant's browser back after her shop has posted its keys.
func (i install) returned(c echo.Context, p integrations.KeyReceiver) error {
	state := c.QueryParam("state")
	if state == "" {
		return i.tell(c, trouble{http.StatusBadRequest, pages.InstallLost, nil})
	}
	domain, err := i.ended(c, p, back+state)
	if t := (trouble{}); errors.As(err, &t) {
		// The shop posted nothing: she said no, or it could not reach us. Only her
		// own browser is told so.
		if began, err := i.ended(c, p, state); err == nil {
			return i.tellAgain(c, p, began, trouble{http.StatusBadRequest, pages.InstallKeys, nil})
		}
	}
	if err != nil {
		return i.tell(c, err)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	shop, err := i.Store.ShopOn(ctx, p.Name(), domain)
	if err != nil {
		return i.tell(c, err)
	}
	if !shop.SetUpAt.IsZero() { // who came back need not be who allowed it: nothing of a shop that is at work is shown
		return i.show(c, http.StatusOK, pages.Install{Name: shop.Domain, Paused: shop.State == crm.ShopPaused}, frame{})
	}
	return i.setUp(c, shop)
}
