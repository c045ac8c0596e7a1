package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
	"grazie/templates/pages"
)

// payload is the parameter in which a platform vouches for who asks.
const payload = "signed_payload_jwt"

// load is the app's own page for platforms that open it with a signed payload.
func (i install) load(c echo.Context) error {
	p, who, err := i.vouched(c)
	if err != nil {
		return i.tell(c, err)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	f := frameOf(p, who.Domain)
	shop, err := i.Store.ShopOn(ctx, p.Name(), who.Domain)
	if errors.Is(err, crm.ErrNotFound) || err == nil && !lets(shop) {
		err = trouble{http.StatusConflict, pages.InstallGone, nil}
	}
	if err != nil {
		t := troubleOf(err)
		t.frame = f
		return i.page(c, t, err, "")
	}
	return i.home(c, p, shop, f)
}

// uninstall takes the word of a shop's owner that the app was removed. A payload
// of before the latest installation, used again, changes nothing.
func (i install) uninstall(c echo.Context) error {
	p, who, err := i.vouched(c)
	if err != nil {
		return echo.NewHTTPError(http.StatusUnauthorized, "the payload is not the platform's, or too old")
	}
	if !who.Owner {
		return echo.NewHTTPError(http.StatusForbidden, "only the shop's owner removes the app")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	shop, err := i.Store.ShopOn(ctx, p.Name(), who.Domain)
	if errors.Is(err, crm.ErrNotFound) {
		return c.NoContent(http.StatusOK)
	}
	if err == nil {
		at := who.At
		if at.IsZero() {
			at = i.Now().UTC()
		}
		_, err = i.Store.ApplyEvents(ctx, shop.ID, []store.Applied{{State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.AppUninstalled, At: at}}}}, nil)
	}
	if err != nil {
		i.Log.Error("a shop's removal of the app could not be stored", "platform", p.Name(), "error", err.Error())
		return errAway
	}
	i.Log.Info("a shop removed the app", "shop", shop.ID, "platform", p.Name())
	return c.NoContent(http.StatusOK)
}

// removeUser hears that a person may not use the app any more. Nothing is kept
// of the people who do.
func (i install) removeUser(c echo.Context) error {
	if _, _, err := i.vouched(c); err != nil {
		return echo.NewHTTPError(http.StatusUnauthorized, "the payload is not the platform's, or too old")
	}
	return c.NoContent(http.StatusOK)
}

// vouched is who asks, by a signed payload.
func (i install) vouched(c echo.Context) (integrations.Loader, integrations.Identity, error) {
	p, err := adapter[integrations.Loader](i, c)
	if err != nil {
		return nil, integrations.Identity{}, err
	}
	who, err := p.VerifyPayload(c.QueryParam(payload))
	if errors.Is(err, integrations.ErrExpired) {
		err = integrations.ErrForged // she opens the app again
	}
	return p, who, err
}
