package integrations

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// ErrSilent is what an answer fails with that stopped in the middle.
var ErrSilent = errors.New("nothing more came for too long")

// Streaming is a client for answers of any length, beside the one that adapters
// are handed: it uses the same connections, and refuses the same addresses, but
// no limit of time or size ends an exchange. Silence does: no byte for idle.
// Who reads must bound what she keeps.
func Streaming(c *http.Client, idle time.Duration) *http.Client {
	base := c.Transport
	switch l := base.(type) {
	case limited:
		base = l.Transport
	case nil:
		base = http.DefaultTransport
	}
	return &http.Client{CheckRedirect: c.CheckRedirect, Transport: patient{base, idle}}
}

type patient struct {
	http.RoundTripper
	idle time.Duration
}

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(p.idle, func() { cancel(ErrSilent) })
	resp, err := p.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		cancel(nil)
		if errors.Is(context.Cause(ctx), ErrSilent) {
			err = ErrSilent
		}
		return nil, err
	}
	resp.Body = &patientBody{resp.Body, ctx, cancel, timer, p.idle}
	return resp, nil
}

type patientBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

// Read waits for the next bytes; the time that the reader takes between two
// reads does not count.
func (b *patientBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.idle)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && err != io.EOF && errors.Is(context.Cause(b.ctx), ErrSilent) {
		err = ErrSilent
	}
	return n, err
}

func (b *patientBody) Close() error {
	b.timer.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}
