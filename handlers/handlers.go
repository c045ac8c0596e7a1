// Package handlers is the door through which HTTP comes in: every route, each
// parsed, answered by a call to another package, and rendered. echo.Context
// stays in here.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/integrations/outbox"
	"grazie/integrations/senderdns"
	"grazie/store"
)

// Options are what the routes are given by cmd.
type Options struct {
	Store     *store.Store
	Platforms map[string]integrations.Platform
	Ring      func(kind, shopID string, ids ...string) // asks workers to look at rows soon; never waits
	PingQueue func(context.Context) error
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   *Metrics
	Desk      *desk.Desk // what staff asks for over the API; nil: there is no API

	QueueState    func() (crm.QueueState, error) // looks at the queue, as long as Redis takes; nil: the console does not show it
	EmbeddedQueue bool                           // it lives in this process, and serves no other

	PublicURL  string                  // where browsers and platforms reach us, without a slash at its end
	Mailer     integrations.Mailer     // for test mails
	Connection integrations.Connection // the mailer's
	SenderDNS  senderdns.Checker       // looks at senders' domains

	// AnyShop lets shops connect themselves that post their keys. Whoever has one
	// of those, or what looks like one, can have mails sent then.
	AnyShop bool

	Feedback map[string]FeedbackSource // by the name of the mail provider

	OIDC OIDC // who vouches for staff; the zero value: nobody

	Outbox    *outbox.Mailer // the mails to read here; nil with any other mailer
	OutboxKey string         // part of its address: whoever has the address may read

	// AtStep is told the name of each step of the intake, and of an installation,
	// right after it. Tests stop the program there; else it is nil.
	AtStep func(step string)
}

// New builds all routes.
func New(o Options) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // a header would let anyone choose his address
	e.HTTPErrorHandler = answerError(o.Log)
	e.Use(recovered(o.Log))

	w := newIntake(o)
	e.POST("/webhooks/:platform", w.receive)
	e.POST("/webhooks/:platform/:shop", w.receive)
	for _, path := range []string{"/webhooks/:platform", "/webhooks/:platform/:shop"} {
		e.RouteNotFound(path, w.receive) // any other method: the intake itself refuses it, as platforms expect
	}
	e.Any("/feedback/:provider", feedback{o}.receive)
	h := health{o}
	e.GET("/healthz", h.live)
	e.GET("/readyz", h.ready)
	e.GET("/style.css", style)
	own := customerPages{o}
	own.routes(e, store.LinkUnsubscribe, own.showUnsubscribe, own.unsubscribe)
	own.routes(e, store.LinkPreferences, own.showPreferences, own.savePreferences)
	own.routes(e, store.LinkReview, own.showReview, own.saveReview)
	own.routes(e, store.LinkData, own.showData, own.eraseData)
	own.routes(e, store.LinkReturns, own.showReturns, own.showReturns)
	own.routes(e, store.LinkBirthday, own.showBirthday, own.saveBirthday)
	install{o}.routes(e)
	if o.Desk != nil {
		newSetup(o).routes(e)
		newDesktop(o).mount(e)
		api{o}.mount(e)
	}
	if o.Outbox != nil {
		b := mailbox{o}
		e.GET("/outbox/:key", b.list)
		e.GET("/outbox/:key/:id", b.show)
		e.GET("/outbox/:key/:id/html", b.html)
	}
	return e
}
