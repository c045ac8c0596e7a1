package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"grazie/integrations"
	"grazie/integrations/mailertest"
)

// A mail that breaks off in its middle must not be taken for a whole one.
func TestNeverHalfAMail(t *testing.T) {
	r := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plain := r.smtp.dial
	r.smtp.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := plain(ctx, network, address)
		return &cutter{Conn: conn, left: 64 << 10, cut: cancel}, err
	}
	m := mailertest.Letter("msg_1")
	m.HTML = strings.Repeat("a long letter\n", 1<<14)
	if _, err := r.smtp.Send(ctx, r.to, m); integrations.KindOf(err) != integrations.Temporary {
		t.Errorf("%v, want temporary", err)
	}
	r.smtp.dial = plain
	if err := r.send(t, "msg_2"); err != nil { // by now the server has seen the end of the first
		t.Fatal(err)
	}
	r.sink.Close()
	for _, m := range r.sink.Mails() {
		if a, err := m.Arrived(); err != nil || a.ID != "msg_2" {
			t.Errorf("half a mail: %v %v", a.ID, err)
		}
	}
}

// Neither must one that could not be written to its end, even if somebody
// says goodbye afterwards.
func TestNeverHalfAMailAfterGoodbye(t *testing.T) {
	r := start(t, nil)
	to, err := serverOf(r.to.Settings)
	if err != nil {
		t.Fatal(err)
	}
	l, err := r.smtp.open(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	msg := compose(mailertest.Letter("msg_1"), now)
	msg.AddAlternativeWriter(gomail.TypeTextHTML, func(w io.Writer) (int64, error) { return 0, io.ErrUnexpectedEOF })
	if err := l.send(t.Context(), msg, false); err == nil || sendError(t.Context(), err).Kind != integrations.Temporary {
		t.Errorf("%v, want temporary", err)
	}
	l.quit()
	if n := r.sink.Total(); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
}

// Whoever gives up waiting for the answer gets an error at once, and the mail
// may have been taken.
func TestCancelledBeforeTheAnswer(t *testing.T) {
	release := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	r := start(t, func(r *rig) {
		r.sink.Data = func() error { cancel(); <-release; return nil }
	})
	defer close(release)
	sent := make(chan error, 1)
	go func() {
		_, err := r.smtp.Send(ctx, r.to, mailertest.Letter("msg_1"))
		sent <- err
	}()
	select {
	case err := <-sent:
		if integrations.KindOf(err) != integrations.Unknown || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want unknown", err)
		}
	case <-time.After(timeout / 2):
		t.Fatal("waits although nobody waits for it")
	}
	if len(r.smtp.idle.lines) != 0 {
		t.Error("the connection was kept")
	}
}

// cutter is a connection that breaks once so many bytes are written.
type cutter struct {
	net.Conn
	left int
	cut  func()
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		c.cut()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}
