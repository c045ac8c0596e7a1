package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"grazie/crm"
)

// server is where to connect and as whom. It is comparable: connections are
// only ever used again for the same server and the same user.
type server struct {
	host, username, password, tls string
	port                          int
}

func serverOf(v crm.Values) (server, error) {
	to := server{host: v["host"], username: v["username"], password: v["password"], tls: cmp.Or(v["tls"], "starttls")}
	port, err := strconv.ParseUint(cmp.Or(v["port"], "587"), 10, 16)
	to.port = int(port)
	switch {
	case err != nil || port == 0:
		return to, errors.New("the port is no number from 1 to 65535")
	case to.host == "" || strings.ContainsAny(to.host, "/ \r\n"):
		return to, errors.New("the server's name is missing or malformed")
	case to.tls != "starttls" && to.tls != "implicit" && to.tls != "opportunistic" && to.tls != "none":
		return to, errors.New("the encryption is none of starttls, implicit, opportunistic, none")
	}
	return to, nil
}

// connect takes a connection that is kept open, or makes one.
func (s *Mailer) connect(ctx context.Context, to server) (*line, error) {
	if l := s.idle.take(to); l != nil {
		return l, nil
	}
	return s.open(ctx, to)
}

// open makes a connection and logs in.
func (s *Mailer) open(outer context.Context, to server) (*line, error) {
	l := &line{to: to}
	stop := func() bool { return true }
	secure := s.tls.Clone()
	secure.ServerName = to.host
	options := []gomail.Option{
		gomail.WithPort(to.port),
		gomail.WithTimeout(timeout),
		gomail.WithTLSConfig(secure),
		gomail.WithTLSPolicy(policies[to.tls]),
		gomail.WithoutRset(), // a mail that was taken leaves nothing to reset; after any other the connection is dropped
		gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			raw, err := s.dial(ctx, network, net.JoinHostPort(to.host, strconv.Itoa(to.port)))
			if err != nil {
				return nil, err
			}
			l.raw = raw
			stop = context.AfterFunc(outer, func() { raw.Close() }) // go-mail heeds the context only until the connection stands
			if to.tls != "implicit" {
				return raw, nil
			}
			conn := tls.Client(raw, secure)
			return conn, conn.HandshakeContext(ctx)
		}),
	}
	if to.username != "" {
		plain, login := gomail.SMTPAuthPlain, gomail.SMTPAuthLogin
		if to.tls == "none" { // asked for; otherwise a password never goes out in clear
			plain, login = gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc
		}
		options = append(options, gomail.WithUsername(to.username), gomail.WithPassword(to.password),
			gomail.WithOpportunisticSMTPAuth(plain, login, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthCramMD5))
	}
	client, err := gomail.NewClient(to.host, options...)
	if err != nil {
		return nil, err
	}
	l.client = client
	l.conn, err = client.DialToSMTPClientWithContext(outer)
	if !stop() || err != nil {
		l.drop()
		return nil, errors.Join(outer.Err(), err)
	}
	return l, nil
}

var policies = map[string]gomail.TLSPolicy{
	"starttls":      gomail.TLSMandatory,
	"opportunistic": gomail.TLSOpportunistic,
	"implicit":      gomail.NoTLS, // TLS stands already when go-mail gets the connection
	"none":          gomail.NoTLS,
}
