package smtp

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/mailertest"
)

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

func fixed() time.Time { return now }

const password = "the-secret-password"

// rig is a mailer and a server that fail as told.
type rig struct {
	sink       *mailertest.SMTP
	smtp       *Mailer
	to         integrations.Connection
	rcpt, data atomic.Pointer[error] // once
	lose       atomic.Bool           // once
}

// start runs a server; prepare changes it first.
func start(t *testing.T, prepare func(r *rig)) *rig {
	t.Helper()
	r := &rig{sink: &mailertest.SMTP{}, smtp: New(integrations.Dialer(true), fixed)}
	once := func(p *atomic.Pointer[error]) func() error {
		return func() error {
			if err := p.Swap(nil); err != nil {
				return *err
			}
			return nil
		}
	}
	r.sink.Rcpt, r.sink.Data = once(&r.rcpt), once(&r.data)
	r.sink.Drop = func() bool { return r.lose.Swap(false) }
	r.to.Settings = crm.Values{"tls": "none"}
	if prepare != nil {
		prepare(r)
	}
	host, port, err := r.sink.Start()
	if err != nil {
		t.Fatal(err)
	}
	r.to.Settings["host"], r.to.Settings["port"] = host, port
	t.Cleanup(func() { r.sink.Close() })
	t.Cleanup(func() { r.smtp.Close() })
	return r
}

func (r *rig) send(t *testing.T, id string) error {
	t.Helper()
	_, err := r.smtp.Send(t.Context(), r.to, mailertest.Letter(id))
	return err
}

func TestConformance(t *testing.T) {
	for name, utf8 := range map[string]bool{"ASCII": false, "SMTPUTF8": true} {
		t.Run(name, func(t *testing.T) {
			mailertest.Run(t, func(t *testing.T) *mailertest.Harness {
				r := start(t, func(r *rig) {
					r.sink.UTF8 = utf8
					r.sink.Username, r.sink.Password = "grazie", password
					r.to.Settings["username"], r.to.Settings["password"] = "grazie", password
				})
				refuse := func(err error) func() { return func() { r.rcpt.Store(&err) } }
				return &mailertest.Harness{
					Mailer: r.smtp, Connection: r.to, Now: now, UTF8: utf8, Secrets: []string{password},
					Arrived:    func(t *testing.T) []mailertest.Arrived { return arrived(t, r.sink) },
					Down:       func() { r.sink.Close() },
					LoseAnswer: func() { r.lose.Store(true) },
					Refuse:     refuse(mailertest.Refusal(550, 5, 1, 1, "<anna@customer.example>: nobody here")),
					Busy:       refuse(mailertest.Refusal(451, 4, 3, 0, "try again")),
					Limit: func() time.Time {
						refuse(mailertest.Refusal(450, 4, 2, 1, "too fast"))()
						return time.Time{}
					},
					Unauthorized: func() { r.to.Settings["password"] = "wrong" },
				}
			})
		})
	}
}

func arrived(t *testing.T, sink *mailertest.SMTP) []mailertest.Arrived {
	t.Helper()
	var all []mailertest.Arrived
	for _, m := range sink.Mails() {
		a, err := m.Arrived()
		if err != nil {
			t.Fatalf("%v\n%s", err, m.Raw)
		}
		if a.Header("Message-Id") != "<"+a.ID+"@shop.example>" || a.Header("Date") != "Fri, 05 Mar 2027 09:00:00 +0000" || a.Header("MIME-Version") != "1.0" {
			t.Errorf("%s %s %s", a.Header("Message-Id"), a.Header("Date"), a.Header("MIME-Version"))
		}
		if a.Header("X-Mailer") != "" || a.Header("User-Agent") != "" {
			t.Error("says which program wrote it")
		}
		if beyond := !integrations.ASCII(a.To.Email); m.UTF8 != beyond {
			t.Errorf("SMTPUTF8 is %v for %s", m.UTF8, a.To.Email)
		}
		all = append(all, a)
	}
	return all
}

// A code at the end of DATA is an answer; only its loss leaves the mail open.
func TestAnswersToTheMail(t *testing.T) {
	for _, tt := range []struct {
		code, class, subject, detail int
		want                         integrations.Kind
	}{
		{554, 5, 7, 1, integrations.Rejected},
		{552, 5, 3, 4, integrations.Rejected},
		{451, 4, 7, 0, integrations.Temporary},
		{421, 4, 3, 2, integrations.RateLimited},
		{450, 4, 2, 1, integrations.RateLimited},
		{452, 4, 7, 28, integrations.RateLimited},
		{530, 5, 7, 0, integrations.Unauthorized},
	} {
		r := start(t, nil)
		refusal := mailertest.Refusal(tt.code, tt.class, tt.subject, tt.detail, "because of anna@customer.example")
		r.data.Store(&refusal)
		err := r.send(t, "msg_1")
		if integrations.KindOf(err) != tt.want || err == nil || !strings.Contains(err.Error(), "because of (address)") || strings.Contains(err.Error(), "anna") {
			t.Errorf("%d: %v, want %s", tt.code, err, tt.want)
		}
		if err := r.send(t, "msg_1"); err != nil {
			t.Error(err)
		}
		if r.sink.Total() != 1 {
			t.Errorf("%d: %d mails taken", tt.code, r.sink.Total())
		}
	}
}

// One connection carries many mails; one that the server closed meanwhile is
// replaced and no mail is lost or doubled by it.
func TestConnectionsAreUsedAgain(t *testing.T) {
	r := start(t, nil)
	for range 5 {
		if err := r.send(t, "msg_1"); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.sink.Conns(); n != 1 {
		t.Errorf("%d connections for five mails", n)
	}
	for _, idle := range r.smtp.idle.lines {
		for _, l := range idle {
			l.raw.Close()
		}
	}
	if err := r.send(t, "msg_6"); err != nil {
		t.Error(err)
	}
	if r.sink.Total() != 6 || r.sink.Conns() != 2 {
		t.Errorf("%d mails over %d connections", r.sink.Total(), r.sink.Conns())
	}
	if err := r.smtp.Close(); err != nil || len(r.smtp.idle.lines) != 0 {
		t.Error("connections are kept after Close")
	}
}

// Another user's connection is never used.
func TestConnectionsBelongToAUser(t *testing.T) {
	r := start(t, func(r *rig) {
		r.sink.Username, r.sink.Password = "grazie", password
		r.to.Settings["username"], r.to.Settings["password"] = "grazie", password
	})
	if err := r.send(t, "msg_1"); err != nil {
		t.Fatal(err)
	}
	r.to.Settings["password"] = "wrong"
	if err := r.send(t, "msg_2"); integrations.KindOf(err) != integrations.Unauthorized {
		t.Error(err)
	}
}

func TestBadSettings(t *testing.T) {
	s := New(integrations.Dialer(false), fixed)
	for _, v := range []crm.Values{
		{}, {"host": "unix:///var/run/x"}, {"host": "a b"}, {"host": "mail.example", "port": "0"}, {"host": "mail.example", "port": "x"},
		{"host": "mail.example", "tls": "maybe"}, {"host": "127.0.0.1", "port": "25"}, {"host": "localhost", "port": "25"}, {"host": "::1", "port": "25"},
	} {
		_, err := s.Send(t.Context(), integrations.Connection{Settings: v}, mailertest.Letter("msg_1"))
		if integrations.KindOf(err) != integrations.Unauthorized || err == nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}
