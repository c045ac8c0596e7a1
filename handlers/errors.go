package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Title   string         `json:"title" doc:"The status in words."`
	Status  int            `json:"status" doc:"The status."`
	Detail  string         `json:"detail,omitempty" doc:"What is wrong and what to do."`
	Field   string         `json:"field,omitempty" doc:"Where in the request."`
	Errors  []fieldProblem `json:"errors,omitempty" nullable:"false" doc:"All that is wrong, if it is more than one thing."`
	Message *messageView   `json:"message,omitempty" doc:"The mail that stands in the way."`

	err error // what the log may tell
}

// fieldProblem is one of several things that are wrong with a request.
type fieldProblem struct {
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string             { return p.Detail }
func (p *problem) Unwrap() error             { return p.err }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return "application/problem+json" }

// errAway says that the database does not answer, or not in time.
var errAway = errors.New("the database is away; try again in a moment")

// problemOf is the one table from errors to answers. What is not known here is
// our own fault: the log has it, the answer does not.
func problemOf(err error) *problem {
	p := &problem{Status: http.StatusInternalServerError, err: err}
	var http4xx *echo.HTTPError
	var invalid *crm.Invalid
	var absent *desk.NotFound
	var there *desk.InTheWay
	var made *problem
	switch {
	case errors.As(err, &made):
		return made
	case errors.As(err, &http4xx):
		p.Status = http4xx.Code
		if s, ok := http4xx.Message.(string); ok && s != http.StatusText(p.Status) {
			p.Detail = s
		}
	case errors.As(err, &invalid):
		p.Status, p.Detail, p.Field, p.Errors = http.StatusUnprocessableEntity, invalid.Message, invalid.Field, allInvalid(err)
	case errors.As(err, &absent):
		p.Status, p.Detail, p.Field = http.StatusNotFound, absent.Error(), absent.What
	case errors.As(err, &there):
		view := viewOf(there.Message)
		p.Status, p.Detail, p.Message = http.StatusConflict, there.Error()+". "+view.Sentence, &view
	case errors.Is(err, crm.ErrNotFound):
		p.Status = http.StatusNotFound
	case errors.Is(err, store.ErrSamePerson):
		p.Status, p.Detail = http.StatusForbidden, err.Error()
	case errors.Is(err, crm.ErrConflict):
		p.Status = http.StatusConflict
	case errors.Is(err, errAway), errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Detail = http.StatusServiceUnavailable, errAway.Error()
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// allInvalid are the parts of an error that joins several; of one alone, none.
func allInvalid(err error) (all []fieldProblem) {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok || len(many.Unwrap()) < 2 {
		return nil
	}
	for _, e := range many.Unwrap() {
		var invalid *crm.Invalid
		if errors.As(e, &invalid) {
			all = append(all, fieldProblem{invalid.Field, invalid.Message})
		}
	}
	return all
}

// answerError answers with what problemOf says.
func answerError(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		p := problemOf(err)
		if p.Status == http.StatusInternalServerError && !errors.As(err, new(*echo.HTTPError)) {
			log.Error("a request failed", "route", c.Path(), "error", err.Error())
		}
		if p.Status == http.StatusServiceUnavailable && c.Response().Header().Get("Retry-After") == "" {
			c.Response().Header().Set("Retry-After", "5")
		}
		c.Response().Header().Set(echo.HeaderContentType, p.ContentType(""))
		if err := c.JSON(p.Status, p); err != nil {
			log.Debug("the answer could not be written", "error", err.Error())
		}
	}
}

// recovered turns a panic into a 500, with its place in the log.
func recovered(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if r := recover(); r != nil {
					if r == http.ErrAbortHandler {
						panic(r)
					}
					log.Error("a request panicked", "route", c.Path(), "panic", r, "stack", string(debug.Stack()))
					err = echo.NewHTTPError(http.StatusInternalServerError)
				}
			}()
			return next(c)
		}
	}
}
