package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"
)

type readiness struct {
	Status   string  `json:"status"`
	Database string  `json:"database"`
	Queue    string  `json:"queue"`
	Webhooks int64   `json:"webhooks_waiting"`
	Messages int64   `json:"messages_due"`
	Oldest   float64 `json:"oldest_due_seconds"`
}

func (d *door) ready(status int) (r readiness) {
	d.t.Helper()
	a := d.get("/readyz")
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.status != status {
		d.t.Errorf("%d, want %d: %s", a.status, status, a.body)
	}
	return r
}

func TestReady(t *testing.T) {
	d := newDoor(t)
	if a := d.get("/healthz"); a.status != http.StatusOK || a.body != "ok\n" {
		t.Errorf("alive: %+v", a)
	}
	if got, want := d.ready(http.StatusOK), (readiness{"ready", "ok", "ok", 0, 0, 0}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	d.post(d.paid())
	d.pass(90 * time.Second)
	d.post(d.paid())
	if got, want := d.ready(http.StatusOK), (readiness{"ready", "ok", "ok", 2, 0, 90}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Webhooks are taken in without the queue, so that its loss must not take the
// server out of service; also when the queue does not answer at all.
func TestReadyWithoutQueue(t *testing.T) {
	gone := make(chan struct{})
	t.Cleanup(func() { close(gone) })
	for name, ping := range map[string]func(context.Context) error{
		"refuses":        func(context.Context) error { return errors.New("connection refused") },
		"hangs":          func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"hangs for long": func(context.Context) error { <-gone; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, func(d *door) { d.options.PingQueue = ping })
			began := time.Now()
			if got, want := d.ready(http.StatusOK), (readiness{"degraded", "ok", "away", 0, 0, 0}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("the answer took %s", took)
			}
			if a := d.post(d.paid()); a.status != http.StatusOK {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestUnreadyWithoutDatabase(t *testing.T) {
	d := newDoor(t)
	d.closeStore()
	if got := d.ready(http.StatusServiceUnavailable); got.Status != "unready" || got.Database != "away" || got.Queue != "ok" {
		t.Errorf("%+v", got)
	}
	if a := d.get("/healthz"); a.status != http.StatusOK {
		t.Errorf("alive: %+v", a)
	}
}
