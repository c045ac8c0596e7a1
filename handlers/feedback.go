package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// FeedbackSource is a mail provider whose word on mails is taken in.
type FeedbackSource struct {
	Parser     integrations.FeedbackParser
	Connection integrations.Connection // holds the keys of its signatures
	Ready      bool                    // false: no key is set, so nothing of it can be believed
	Setting    string                  // the variable that sets the keys
	Groups     map[string]string       // unsubscribe group to the journey that it stands for
}

// feedback takes in what mail providers tell of the mails they took: verify,
// commit, answer. A provider sends a batch again until it is answered with 2xx.
type feedback struct{ Options }

// feedbackPatience is how long a batch may wait for the database. Its largest
// are some thousand events.
const feedbackPatience = 8 * time.Second

func (f feedback) receive(c echo.Context) error {
	began := time.Now()
	name := strings.TrimPrefix(c.Request().URL.Path, "/feedback/")
	source, known := f.Feedback[name]
	if !known {
		return echo.NewHTTPError(http.StatusNotFound, "no mail provider of this name")
	}
	result, err := f.take(c, name, source)
	f.Metrics.feedback.observe(name, result, time.Since(began))
	return err
}

// take returns how it went, for the metrics, beside the answer.
func (f feedback) take(c echo.Context, name string, source FeedbackSource) (result string, err error) {
	r := c.Request()
	if r.Method != http.MethodPost {
		c.Response().Header().Set("Allow", http.MethodPost)
		return "bad_method", echo.NewHTTPError(http.StatusMethodNotAllowed, "feedback is sent by POST")
	}
	if !source.Ready {
		return "no_key", echo.NewHTTPError(http.StatusServiceUnavailable, "no key of the provider is set, so nothing can be verified: set "+source.Setting)
	}
	body, err := readBody(c)
	if err != nil {
		return "bad_body", err
	}
	if !source.Parser.VerifyFeedback(source.Connection, r.Header, body) {
		return "bad_signature", echo.NewHTTPError(http.StatusUnauthorized, "the signature does not fit the body, or is older than a day")
	}
	events, err := source.Parser.ParseFeedback(body)
	if err != nil {
		f.Log.Error("a signed batch of feedback cannot be read", "provider", name, "error", err.Error())
		return "bad_batch", echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	for i := range events {
		events[i].Journey = source.Groups[events[i].Group]
	}
	ctx, cancel := context.WithTimeout(r.Context(), feedbackPatience)
	defer cancel()
	applied, err := f.Store.ApplyFeedback(ctx, events)
	f.tell(name, events, applied)
	if err != nil {
		if r.Context().Err() == nil {
			f.Log.Error("feedback could not be stored; the provider will send it again", "provider", name, "error", err.Error())
		}
		c.Response().Header().Set("Retry-After", "5")
		return "unavailable", echo.NewHTTPError(http.StatusServiceUnavailable, "the database is away; send it again")
	}
	return "received", c.NoContent(http.StatusOK)
}

// tell logs and counts what came, and raises the alarms.
func (f feedback) tell(name string, events []crm.Feedback, r store.FeedbackResult) {
	f.Log.Info("feedback", "provider", name, "events", len(events), "new", r.Stored, "duplicates", r.Duplicates, "ignored", r.Ignored,
		"moved", r.Moved, "suppressed", r.Suppressed)
	f.Metrics.feedback.count(name, r)
	for _, a := range r.Alarms {
		attrs := []any{"shop", a.ShopID, "journey", a.Brake.Journey, "domain", a.Brake.Domain, "reason", a.Brake.Reason, "detail", a.Brake.Detail}
		if a.Stops {
			f.Log.Error("a circuit breaker stopped marketing", attrs...)
		} else {
			f.Log.Warn("a circuit breaker is near its limit", attrs...)
		}
	}
}
