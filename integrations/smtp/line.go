package smtp

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	wire "github.com/wneessen/go-mail/smtp"
)

// line is a connection that is logged in. One goroutine uses it at a time.
type line struct {
	to     server
	client *gomail.Client
	conn   *wire.Client
	raw    net.Conn
	sent   int // mails begun on it
	broken bool
	expiry *time.Timer
}

// send hands over one mail. After an error the line is dropped, without a
// goodbye: before the word QUIT, textproto ends a mail that is still open, and
// the server would take the half for a whole.
func (l *line) send(ctx context.Context, msg *gomail.Msg, utf8 bool) error {
	l.conn.SkipSMTPUTF8(!utf8) // asked for only when needed: not every next server knows it
	stop := context.AfterFunc(ctx, func() { l.raw.Close() })
	err := l.client.SendWithSMTPClient(l.conn, msg)
	if l.broken = !stop() || err != nil; l.broken {
		l.drop()
	}
	l.sent++
	return err
}

// stale tells whether err says that the server hung up while the line was
// idle. It was noticed before the mail began, so a new line may be tried.
func (l *line) stale(err error) bool {
	var failed *gomail.SendError
	return l.sent > 1 && errors.As(err, &failed) && failed.Reason == gomail.ErrConnCheck
}

func (l *line) offersUTF8() bool {
	ok, _ := l.conn.Extension("SMTPUTF8")
	return ok
}

// drop ends the connection without a word.
func (l *line) drop() {
	if l.raw != nil {
		l.raw.Close()
	}
}

// quit ends it politely.
func (l *line) quit() {
	if l.conn.UpdateDeadline(2*time.Second) == nil {
		_ = l.conn.Quit() // the answer changes nothing
	}
	l.drop()
}

// Limits of the lines that are kept open: far below what servers allow
// (SendGrid 5000 mails per connection; RFC 5321 five minutes of silence).
const (
	keepOpen = 20 * time.Second
	maxMails = 500
	maxIdle  = 100 // per server and user
)

// pool holds the lines that wait for a mail.
type pool struct {
	mu    sync.Mutex
	lines map[server][]*line
}

// take is the line used last, or nil.
func (p *pool) take(to server) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := p.lines[to]
	if len(idle) == 0 {
		return nil
	}
	l := idle[len(idle)-1]
	p.drop(l)
	return l
}

// put keeps a line for the next mail, for a while.
func (p *pool) put(l *line) {
	if l.broken {
		l.drop()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := keepOpen
	if l.sent >= maxMails || len(p.lines[l.to]) >= maxIdle {
		wait = 0
	}
	if p.lines == nil {
		p.lines = make(map[server][]*line)
	}
	p.lines[l.to] = append(p.lines[l.to], l)
	l.expiry = time.AfterFunc(wait, func() { p.expire(l) })
}

func (p *pool) expire(l *line) {
	p.mu.Lock()
	mine := p.drop(l)
	p.mu.Unlock()
	if mine {
		l.quit()
	}
}

// drop takes a line out; false when somebody else did. The caller holds mu.
func (p *pool) drop(l *line) bool {
	l.expiry.Stop()
	for i, other := range p.lines[l.to] {
		if other == l {
			p.lines[l.to] = append(p.lines[l.to][:i], p.lines[l.to][i+1:]...)
			if len(p.lines[l.to]) == 0 {
				delete(p.lines, l.to)
			}
			return true
		}
	}
	return false
}

// drain ends all lines that wait.
func (p *pool) drain() {
	p.mu.Lock()
	all := p.lines
	p.lines = nil
	p.mu.Unlock()
	for _, idle := range all {
		for _, l := range idle {
			l.expiry.Stop()
			l.quit()
		}
	}
}
