// Package smtp is the mailer for any SMTP server: a provider's door (SES,
// Postmark, Mailgun and SendGrid have one) or the merchant's own.
package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// timeout bounds each connection: dial, TLS and login together, and again every
// mail. RFC 5321 allows servers minutes; a worker cannot wait that long.
const timeout = 30 * time.Second

// Mailer sends over SMTP. It keeps connections open for a while, because TLS
// and login cost more than a mail; Close ends them.
type Mailer struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	now  func() time.Time
	tls  *tls.Config // base of all TLS; tests add their own authority
	idle pool
}

// New makes a mailer that connects through dialer, see integrations.Dialer.
func New(dialer *net.Dialer, now func() time.Time) *Mailer {
	return &Mailer{dial: dialer.DialContext, now: now, tls: &tls.Config{MinVersion: tls.VersionTLS12}}
}

func (s *Mailer) Name() string { return "smtp" }

func (s *Mailer) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: "host", Label: "Server", Kind: crm.SettingText, Required: true},
		{Key: "port", Label: "Port", Kind: crm.SettingInt, Default: "587", Help: "587 with STARTTLS, 465 with implicit TLS."},
		{Key: "username", Label: "User name", Kind: crm.SettingText},
		{Key: "password", Label: "Password", Kind: crm.SettingSecret},
		{Key: "tls", Label: "Encryption", Kind: crm.SettingChoice, Default: "starttls", Choices: []string{"starttls", "implicit", "opportunistic", "none"},
			Help: "opportunistic and none send mails, and none also the password, so that others on the way can read them."},
	}
}

// Send hands over one mail. Its Message-ID is made of our message id and the
// sender's domain and stays over retries: receivers that know it may fold a mail
// that was taken although the answer was lost.
func (s *Mailer) Send(ctx context.Context, c integrations.Connection, m crm.Mail) (crm.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return crm.Receipt{}, fail(integrations.Temporary, "", err)
	}
	if err := integrations.CheckMail(m); err != nil {
		return crm.Receipt{}, fail(integrations.Rejected, err.Error(), nil)
	}
	to, err := serverOf(c.Settings)
	if err != nil {
		return crm.Receipt{}, fail(integrations.Unauthorized, err.Error(), nil)
	}
	msg := compose(m, s.now())
	for {
		l, err := s.connect(ctx, to)
		if err != nil {
			return crm.Receipt{}, dialError(err)
		}
		if !plain(m) && !l.offersUTF8() {
			s.idle.put(l)
			return crm.Receipt{}, fail(integrations.Rejected, integrations.NeedsSMTPUTF8, nil)
		}
		err = l.send(ctx, msg, !plain(m))
		if err == nil {
			s.idle.put(l)
			return crm.Receipt{By: s.Name(), ID: msg.GetMessageID(), At: s.now()}, nil
		}
		if !l.stale(err) || ctx.Err() != nil {
			return crm.Receipt{}, sendError(ctx, err)
		}
	}
}

// Check connects and logs in.
func (s *Mailer) Check(ctx context.Context, c integrations.Connection) error {
	to, err := serverOf(c.Settings)
	if err != nil {
		return fail(integrations.Unauthorized, err.Error(), nil)
	}
	l, err := s.open(ctx, to)
	if err != nil {
		return dialError(err)
	}
	l.quit()
	return nil
}

// Close ends the connections that are kept open. The mailer can still be used.
func (s *Mailer) Close() error {
	s.idle.drain()
	return nil
}
