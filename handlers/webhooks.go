package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// maxBody is the largest webhook that is taken in.
const maxBody = 2 << 20

// patience is how long a webhook may wait for the database.
const patience = 4 * time.Second

// intake takes webhooks in: verify, commit, ring, answer. The answers are those
// of Shopify's own library (platforms.md, A.1): 400 for what no platform would
// send, 401 for a bad signature, 405 for anything but a POST.
type intake struct {
	Options
	shops *shops
}

func newIntake(o Options) *intake { return &intake{Options: o, shops: newShops(o.Store, o.Now)} }

func (w *intake) receive(c echo.Context) error {
	began := time.Now()
	// Not the route's parameter: the router has none where it does not know the method.
	name, shopID, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.Path, "/webhooks/"), "/")
	platform, ok := w.Platforms[name]
	if !ok {
		return echo.NewHTTPError(http.StatusNotFound, "no platform of this name")
	}
	result, err := w.take(c, platform, shopID)
	w.Metrics.observe(name, result, time.Since(began))
	return err
}

// take returns how it went, for the metrics, beside the answer. shopID is what
// the address says; empty: the webhook itself tells its shop.
func (w *intake) take(c echo.Context, platform integrations.Platform, shopID string) (result string, err error) {
	r := c.Request()
	if r.Method != http.MethodPost {
		c.Response().Header().Set("Allow", http.MethodPost)
		return "bad_method", echo.NewHTTPError(http.StatusMethodNotAllowed, "webhooks are sent by POST")
	}
	body, err := readBody(c)
	if err != nil {
		return "bad_body", err
	}
	envelope, err := platform.Envelope(r.Header, body)
	if errors.Is(err, integrations.ErrPing) {
		return "ping", c.NoContent(http.StatusOK)
	}
	if refused := (*integrations.Refused)(nil); errors.As(err, &refused) {
		return "bad_header", echo.NewHTTPError(http.StatusBadRequest, refused.Message)
	} else if err != nil {
		return "bad_header", err
	}
	// A shop gives up after 5 s and tells nobody why; before that it is told.
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	// An unknown shop is answered like a bad signature, and as slowly: nobody
	// can find out which shops are here.
	named := cmp.Or(shopID, envelope.Domain)
	shop, err := w.shops.find(ctx, platform.Name(), named)
	if err != nil {
		return w.away(c, err)
	}
	verified := platform.VerifyWebhook(shop.connection, r.Header, body)
	if verified && shop.id == "" { // by the app's own secret: the shop may have been connected since it was last looked for
		if shop, err = w.shops.look(ctx, platform.Name(), named); err != nil {
			return w.away(c, err)
		}
		verified = platform.VerifyWebhook(shop.connection, r.Header, body)
	}
	fits := envelope.Domain == "" && shopID != "" || strings.EqualFold(envelope.Domain, shop.connection.Domain) || shop.id == ""
	switch {
	case !verified || !fits:
		return "bad_signature", echo.NewHTTPError(http.StatusUnauthorized, "the signature does not fit the body")
	case shop.id == "":
		return w.farewell(c, platform, envelope, body)
	}
	w.step("webhook verified")
	got, err := w.Store.ReceiveWebhook(ctx, store.Webhook{
		ShopID: shop.id, DeliveryID: envelope.DeliveryID, EventID: envelope.EventID, Topic: envelope.Topic, Version: envelope.Version,
		TriggeredAt: envelope.TriggeredAt, Headers: headerJSON(r.Header), Body: body,
	})
	if err != nil {
		return w.away(c, err)
	}
	w.step("webhook committed")
	result = "duplicate"
	if !got.Duplicate {
		result = "received"
		w.Ring(store.KindWebhook, shop.id, got.ID)
	}
	w.step("webhook rung")
	return result, c.NoContent(http.StatusOK)
}

// farewell answers a webhook that the app's own secret signed, of a shop that is
// not here: it was never connected, or is forgotten. That it leaves, or wants
// data erased, is done already. Anything else may be of a shop that is being
// installed at this moment: it is to be sent again.
func (w *intake) farewell(c echo.Context, platform integrations.Platform, e integrations.Envelope, body []byte) (string, error) {
	events, err := platform.ParseWebhook(e, body)
	for _, event := range events {
		if event.Kind != crm.AppUninstalled && event.Kind != crm.PrivacyAsked {
			err = crm.ErrNotFound
		}
	}
	if err != nil || len(events) == 0 {
		return "no_shop", echo.NewHTTPError(http.StatusNotFound, "this shop is not here; send it again if it is being connected")
	}
	w.Log.Info("a shop that is not here said goodbye", "platform", platform.Name(), "topic", e.Topic)
	return "farewell", c.NoContent(http.StatusOK)
}

// away says come again: what could not be committed was not received.
func (w *intake) away(c echo.Context, err error) (string, error) {
	if c.Request().Context().Err() == nil {
		w.Log.Error("a webhook could not be stored; the shop will send it again", "error", err.Error())
	}
	c.Response().Header().Set("Retry-After", "5")
	return "unavailable", echo.NewHTTPError(http.StatusServiceUnavailable, "the database is away; send it again")
}

func (w *intake) step(name string) {
	if w.AtStep != nil {
		w.AtStep(name)
	}
}

func readBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	// What is only announced takes no memory: it grows with what comes. A body
	// that breaks off is an error of the reader.
	body, err := readAll(http.MaxBytesReader(c.Response(), r.Body, maxBody), min(max(r.ContentLength, 0), 16<<10))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, tooLarge
	case err != nil:
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the body broke off")
	case len(body) == 0:
		return nil, echo.NewHTTPError(http.StatusBadRequest, "the body is missing")
	}
	return body, nil
}

func readAll(r io.Reader, expected int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, expected+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

var tooLarge = echo.NewHTTPError(http.StatusRequestEntityTooLarge, "webhooks may have up to 2 MiB")

// headerJSON keeps all headers as they came, for whoever looks into a webhook
// later. Values of one name are joined as RFC 9110 section 5.3 allows.
func headerJSON(h http.Header) string {
	flat := make(map[string]string, len(h))
	for name, values := range h {
		flat[name] = strings.Join(values, ", ")
	}
	b, err := json.Marshal(flat)
	if err != nil {
		return "{}"
	}
	return string(b)
}
