package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

type health struct{ Options }

// live says that the process runs.
func (h health) live(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// queueWait is how long readiness waits for the queue's word. A queue that
// hangs must not make the whole answer late: whoever asks takes silence for
// unready.
const queueWait = 500 * time.Millisecond

// ready says whether webhooks can be taken in, and how the rest is. A queue
// that is away does not make it unready: webhooks are stored all the same.
func (h health) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 3*time.Second)
	defer cancel()
	type readiness struct {
		Status     string  `json:"status"` // ready, degraded, unready
		Database   string  `json:"database"`
		Queue      string  `json:"queue"`
		Webhooks   int64   `json:"webhooks_waiting"`
		Messages   int64   `json:"messages_due"`
		OldestSecs float64 `json:"oldest_due_seconds"`
	}
	r := readiness{Status: "ready", Database: "ok", Queue: "ok"}
	if !h.queueAnswers(ctx) {
		r.Status, r.Queue = "degraded", "away"
	}
	b, err := h.Store.Backlog(ctx)
	if err != nil {
		r.Status, r.Database = "unready", "away"
		return c.JSON(http.StatusServiceUnavailable, r)
	}
	r.Webhooks, r.Messages = b.Webhooks, b.Messages
	if !b.Oldest.IsZero() {
		r.OldestSecs = h.Now().Sub(b.Oldest).Seconds()
	}
	return c.JSON(http.StatusOK, r)
}

// queueAnswers waits as long as told and no longer: the client of a frozen
// server need not heed its context.
func (h health) queueAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, queueWait)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- h.PingQueue(ctx) }()
	select {
	case err := <-answer:
		return err == nil
	case <-ctx.Done():
		return false
	}
}
