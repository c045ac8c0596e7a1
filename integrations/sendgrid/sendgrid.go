// Package sendgrid is the mailer for Twilio SendGrid's v3 API. It uses the
// vendor's builders and request, and sends them through our own HTTP client: the
// vendor's shared client races, has no time-out, and takes a 401 for a success
// (libraries.md, 6.1).
package sendgrid

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	sg "github.com/sendgrid/sendgrid-go"

	"grazie/crm"
	"grazie/integrations"
)

// DefaultBaseURL is the global API. Keys of the EU region work only at
// https://api.eu.sendgrid.com.
const DefaultBaseURL = "https://api.sendgrid.com"

// Mailer sends through SendGrid.
type Mailer struct {
	client rest.Client
	now    func() time.Time
}

// New makes a mailer that sends with client, see integrations.NewHTTPClient.
func New(client *http.Client, now func() time.Time) *Mailer {
	return &Mailer{client: rest.Client{HTTPClient: client}, now: now}
}

func (s *Mailer) Name() string { return "sendgrid" }

func (s *Mailer) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: "key", Label: "API key", Kind: crm.SettingSecret, Required: true, Help: "Made in SendGrid under Settings, API Keys, with Mail Send allowed."},
		{Key: "base_url", Label: "API address", Kind: crm.SettingText, Default: DefaultBaseURL, Help: "https://api.eu.sendgrid.com for keys of the EU region."},
		{Key: SettingWebhookKeys, Label: "Keys of the event webhook", Kind: crm.SettingText, Help: "Shown in SendGrid under Settings, Mail Settings, Event Webhook; two between a comma while one is changed."},
	}
}

// Send hands over one mail. The API knows no idempotency key: whether a request
// whose answer was lost was taken shows only in the events that carry our
// message id (reliability.md, 5).
func (s *Mailer) Send(ctx context.Context, c integrations.Connection, m crm.Mail) (crm.Receipt, error) {
	if err := integrations.CheckMail(m); err != nil {
		return crm.Receipt{}, fail(integrations.Rejected, err.Error(), nil)
	}
	if !integrations.ASCII(m.From.Email) || !integrations.ASCII(m.To.Email) || !integrations.ASCII(m.ReplyTo) {
		return crm.Receipt{}, fail(integrations.Rejected, integrations.NeedsSMTPUTF8, nil)
	}
	req, err := request(c, rest.Post, "/v3/mail/send")
	if err != nil {
		return crm.Receipt{}, err
	}
	if req.Body, err = encode(build(m), m); err != nil {
		return crm.Receipt{}, fail(integrations.Rejected, "the mail cannot be written as JSON", err)
	}
	resp, err := s.do(ctx, req)
	if err != nil {
		return crm.Receipt{}, err
	}
	if err := s.answer(resp); err != nil {
		return crm.Receipt{}, err
	}
	return crm.Receipt{By: s.Name(), ID: http.Header(resp.Headers).Get("X-Message-Id"), At: s.now()}, nil
}

// request starts a call of the API with the connection's credentials.
func request(c integrations.Connection, method rest.Method, path string) (rest.Request, error) {
	key := c.Settings["key"]
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return rest.Request{}, fail(integrations.Unauthorized, "the API key is missing or malformed", nil)
	}
	base := strings.TrimRight(cmp.Or(c.Settings["base_url"], DefaultBaseURL), "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return rest.Request{}, fail(integrations.Unauthorized, "the API address is malformed; write it as "+DefaultBaseURL, nil)
	}
	req := sg.GetRequest(key, path, base)
	req.Method = method
	return req, nil
}

// do makes one request. Its error is classed by what is known of the request,
// see integrations.Flight.
func (s *Mailer) do(ctx context.Context, req rest.Request) (*rest.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(integrations.Temporary, "", err)
	}
	ctx, flight := integrations.Watch(ctx)
	resp, err := s.client.SendWithContext(ctx, req)
	switch {
	case resp != nil:
		return resp, nil // the status is known, even if the body broke off
	case errors.Is(err, integrations.ErrPrivateHost):
		return nil, fail(integrations.Unauthorized, "the API address is not allowed", integrations.Redact(err))
	case flight.MayHaveArrived():
		return nil, fail(integrations.Unknown, "no answer", integrations.Redact(err))
	}
	return nil, fail(integrations.Temporary, "no connection", integrations.Redact(err))
}

func fail(kind integrations.Kind, detail string, err error) *integrations.Error {
	return &integrations.Error{Kind: kind, Service: "sendgrid", Detail: detail, Err: err}
}
