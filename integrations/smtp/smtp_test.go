package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

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

func TestTLS(t *testing.T) {
	cert, roots := authority(t)
	secure := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, tt := range []struct {
		name, mode string
		offers     bool
		trusted    bool
		kind       integrations.Kind // empty: sent
	}{
		{"required and there", "starttls", true, true, ""},
		{"required by default", "", true, true, ""},
		{"required and not there", "starttls", false, true, integrations.Temporary},
		{"required and not to be trusted", "starttls", true, false, integrations.Temporary},
		{"taken when there", "opportunistic", true, true, ""},
		{"not there", "opportunistic", false, true, ""}, // the password may be said to the loopback
		{"none", "none", true, true, ""},
		{"implicit where it is not", "implicit", true, true, integrations.Temporary},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, func(r *rig) {
				if tt.offers {
					r.sink.TLS = secure
				}
				if tt.trusted {
					r.smtp.tls.RootCAs = roots
				}
				r.sink.Username, r.sink.Password = "grazie", password
				r.to.Settings = crm.Values{"username": "grazie", "password": password, "tls": tt.mode}
			})
			err := r.send(t, "msg_1")
			if tt.kind == "" && err != nil || tt.kind != "" && integrations.KindOf(err) != tt.kind {
				t.Errorf("%v, want %q", err, tt.kind)
			}
		})
	}
}

// Without encryption a password is not said to anybody, unless that is asked for.
func TestPasswordStaysHere(t *testing.T) {
	for mode, want := range map[string]integrations.Kind{"opportunistic": integrations.Unauthorized, "none": ""} {
		r := start(t, func(r *rig) {
			r.sink.Username, r.sink.Password = "grazie", password
			r.to.Settings = crm.Values{"username": "grazie", "password": password, "tls": mode}
		})
		at := net.JoinHostPort(r.to.Settings["host"], r.to.Settings["port"])
		plain := r.smtp.dial
		r.smtp.dial = func(ctx context.Context, network, _ string) (net.Conn, error) { return plain(ctx, network, at) }
		r.to.Settings["host"] = "mail.example" // anything but the loopback
		if err := r.send(t, "msg_1"); want == "" && err != nil || want != "" && integrations.KindOf(err) != want {
			t.Errorf("%s: %v, want %q", mode, err, want)
		}
	}
}

func TestImplicitTLS(t *testing.T) {
	cert, roots := authority(t)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	sink := &mailertest.SMTP{Username: "grazie", Password: password}
	host, port, err := sink.Serve(listener)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	s := New(integrations.Dialer(true), fixed)
	s.tls.RootCAs = roots
	defer s.Close()
	c := integrations.Connection{Settings: crm.Values{"host": host, "port": port, "tls": "implicit", "username": "grazie", "password": password}}
	if err := s.Check(t.Context(), c); err != nil {
		t.Error(err)
	}
	if _, err := s.Send(t.Context(), c, mailertest.Letter("msg_1")); err != nil || sink.Total() != 1 {
		t.Errorf("%v, %d taken", err, sink.Total())
	}
}

// authority makes a certificate for the loopback and the pool that trusts it.
func authority(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
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
