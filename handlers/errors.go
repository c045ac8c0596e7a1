package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"grazie/crm"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`
}

// answerError is the one table from errors to answers. What is not known here
// is our own fault: the log has it, the answer does not.
func answerError(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		p := problem{Status: http.StatusInternalServerError}
		var http4xx *echo.HTTPError
		var invalid *crm.Invalid
		switch {
		case errors.As(err, &http4xx):
			p.Status = http4xx.Code
			if s, ok := http4xx.Message.(string); ok && s != http.StatusText(p.Status) {
				p.Detail = s
			}
		case errors.As(err, &invalid):
			p.Status, p.Detail, p.Field = http.StatusUnprocessableEntity, invalid.Message, invalid.Field
		case errors.Is(err, crm.ErrNotFound):
			p.Status = http.StatusNotFound
		case errors.Is(err, crm.ErrConflict):
			p.Status = http.StatusConflict
		default:
			log.Error("a request failed", "route", c.Path(), "error", err.Error())
		}
		p.Title = http.StatusText(p.Status)
		c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
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
