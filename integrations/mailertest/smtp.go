package mailertest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTP is a server that takes mails and keeps them: a sink for tests and load
// runs. Set its fields before Start; the functions are called by many
// goroutines.
type SMTP struct {
	Username, Password string       // asked for when set
	TLS                *tls.Config  // offers STARTTLS when set
	UTF8               bool         // offers SMTPUTF8
	Rcpt               func() error // may refuse a recipient
	Data               func() error // may refuse a mail that was read to its end
	Drop               func() bool  // take the mail, then break the connection
	Count              bool         // count only, keep nothing
	server             *smtp.Server
	listener           net.Listener

	mu    sync.Mutex
	mails []SMTPMail
	conns int
	total int
}

// SMTPMail is a mail as it came over the wire.
type SMTPMail struct {
	From, To string // of the envelope
	UTF8     bool   // SMTPUTF8 was asked for
	Raw      []byte
}

// Refusal is an answer with a code and its enhanced form, such as 550 and 5.1.1.
func Refusal(code int, class, subject, detail int, message string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: message}
}

// Start listens on a free port of the loopback and returns host and port.
func (s *SMTP) Start() (host, port string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	return s.Serve(listener)
}

// Serve takes mails from listener until Close.
func (s *SMTP) Serve(listener net.Listener) (host, port string, err error) {
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.conns++
		s.mu.Unlock()
		return &session{sink: s, conn: c}, nil
	}))
	s.server.Domain = "sink.example"
	s.server.AllowInsecureAuth = true
	s.server.EnableSMTPUTF8 = s.UTF8
	s.server.TLSConfig = s.TLS
	s.server.ErrorLog = silent{}
	s.listener = listener
	go s.server.Serve(listener) // ends with Close
	return net.SplitHostPort(listener.Addr().String())
}

// Close ends the server and all its connections.
func (s *SMTP) Close() error {
	return errors.Join(s.listener.Close(), s.server.Close())
}

// Mails are those taken so far; Total is their number, also when they are only
// counted; Conns is how many connections were made.
func (s *SMTP) Mails() []SMTPMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMTPMail(nil), s.mails...)
}

func (s *SMTP) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *SMTP) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// session is one connection; go-smtp calls it from one goroutine.
type session struct {
	sink *SMTP
	conn *smtp.Conn
	mail SMTPMail
	in   bool
}

func (s *session) AuthMechanisms() []string {
	if s.sink.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.sink.Username || password != s.sink.Password {
			return Refusal(535, 5, 7, 8, "authentication credentials invalid")
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if s.sink.Username != "" && !s.in {
		return Refusal(530, 5, 7, 0, "authentication required")
	}
	s.mail = SMTPMail{From: from, UTF8: o.UTF8}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.sink.Rcpt != nil {
		if err := s.sink.Rcpt(); err != nil {
			return err
		}
	}
	s.mail.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.sink.Data != nil {
		if err := s.sink.Data(); err != nil {
			return err
		}
	}
	s.mail.Raw = raw
	s.sink.mu.Lock()
	s.sink.total++
	if !s.sink.Count {
		s.sink.mails = append(s.sink.mails, s.mail)
	}
	s.sink.mu.Unlock()
	if s.sink.Drop != nil && s.sink.Drop() {
		s.conn.Conn().Close()
		return errors.New("dropped")
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// silent keeps the server's log out of the tests' output.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
