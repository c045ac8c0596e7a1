package handlers

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/pages"
)

// showUnsubscribe asks. Only a POST unsubscribes.
func (p customerPages) showUnsubscribe(c echo.Context, v visit) error {
	return p.unsubscribePage(c, v, pages.StoppedNothing)
}

// unsubscribe is the one-click of mail programs as well as the page's buttons.
// Both are answered at once, by 200 and without a redirect, also the second
// time and for customers who are not there any more (RFC 8058;
// mail-and-domain.md, L1 and L2). Without a wish of its own, as in the
// one-click, it is the kind of mail that the link stood in (1.5).
func (p customerPages) unsubscribe(c echo.Context, v visit) error {
	scope, done := crm.ScopeMarketing, pages.StoppedAll
	if c.Request().PostForm.Get("scope") != "all" && v.stream() != "" {
		scope, done = v.message.Journey, pages.StoppedStream
	}
	if err := p.Store.Unsubscribe(c.Request().Context(), v.link, scope); err != nil {
		return err
	}
	return p.unsubscribePage(c, v, done)
}

func (p customerPages) unsubscribePage(c echo.Context, v visit, done pages.Stopped) error {
	if v.shop.ID == "" { // erased with all that was its
		return p.notice(c, v, http.StatusOK, pages.Gone)
	}
	u := pages.Unsubscribe{Visit: v.page, Name: v.stream(), Done: done}
	if v.customer.ID != "" && v.customer.DeletedAt.IsZero() {
		u.Preferences = "/" + store.LinkPreferences + "/" + p.Store.LinkToken(store.LinkPreferences, v.link.ShopID, v.link.CustomerID, v.link.MessageID)
	}
	return p.show(c, http.StatusOK, func(b *bytes.Buffer) error { return pages.WriteUnsubscribe(b, u) })
}

// stream names the kind of mail that the link stood in, empty where that
// cannot be stopped alone: it is not known any more, or no marketing.
func (v visit) stream() string {
	if v.message.Purpose != crm.Marketing {
		return ""
	}
	return streamName(v.page, v.message.Journey)
}

func streamName(page pages.Visit, journey string) string {
	name := journey
	if j, ok := journeys.Find(journey); ok {
		name = j.Name
	}
	return page.Stream(journey, name)
}
