// Package integrations holds the contracts with the outside: shop platforms and
// mailers, the kinds of error they end in, and the one HTTP client that every
// adapter is handed. Each outside service has a sub-folder of its own.
package integrations

import (
	"context"
	"net/http"
	"time"

	"grazie/crm"
)

// Connection is what an adapter needs to act for one shop: the settings that it
// declared, as the merchant filled them in. It holds secrets and is never logged.
type Connection struct {
	ShopID   string
	Domain   string // the shop, by the platform's key; empty where no shop is meant
	Settings crm.Values

	// Renew replaces settings that ran out, such as an access token, once for
	// all workers: whoever comes first runs exchange on the settings as stored,
	// and the others get what it stored. It returns the settings to go on with.
	Renew func(ctx context.Context, exchange func(ctx context.Context, current crm.Values) (crm.Values, error)) (crm.Values, error)
}

// Envelope is what is known of a webhook before its body is read.
type Envelope struct {
	Topic       string
	Domain      string    // the shop, by the platform's key; empty: only the address that it came to tells
	DeliveryID  string    // unique per delivery, the same on its retries: the key against duplicates
	EventID     string    // shared by the deliveries of one action; may be empty
	TriggeredAt time.Time // zero when not told
	Version     string    // of the platform's API that wrote the body
}

// Platform is the software that shops run on: its webhooks become events.
type Platform interface {
	Name() string
	Settings() []crm.Setting

	// Envelope reads what tells where a webhook belongs: its headers, and of the
	// raw body no more than it must. It fails with *Refused when something
	// is missing that the platform always sends, and with ErrPing.
	Envelope(header http.Header, body []byte) (Envelope, error)

	// VerifyWebhook tells whether the raw body was signed with one of the
	// connection's secrets, in constant time. A connection without secrets
	// verifies nothing, and takes as long about it.
	VerifyWebhook(c Connection, header http.Header, body []byte) bool

	// ParseWebhook turns a body into events, oldest first. No events and no
	// error means that the topic is of no interest. An error says what in the
	// body cannot be read.
	ParseWebhook(e Envelope, body []byte) ([]crm.Event, error)
}

// Mailer hands mails to people or to a provider that does.
type Mailer interface {
	Name() string
	Settings() []crm.Setting

	// Send hands over one mail. A nil error means that it was taken. Every
	// error is an *Error; its kind Unknown means that the mail may have been
	// taken. It does not retry.
	Send(ctx context.Context, c Connection, m crm.Mail) (crm.Receipt, error)

	// Check tells in a plain error whether the connection could work:
	// reachable, credentials accepted. It sends nothing.
	Check(ctx context.Context, c Connection) error
}
