package integrations

import (
	"context"
	"errors"
	"net/url"
	"time"

	"grazie/crm"
)

// How a merchant connects her shop herself. A platform that knows none of these
// ways is connected by staff, with a token or a secret.

// Grant is what a platform gave when a merchant installed the app.
type Grant struct {
	Domain   string     // the shop, by the platform's key
	Settings crm.Values // of the connection: credentials, and what else its adapter needs
	Scopes   []string   // what the merchant allowed
	Missing  []string   // what the app asks for and was not allowed
}

// ErrForged is how Installer and Embedded refuse a request that the platform did
// not make, or that is too old. It never tells what was wrong with it.
var ErrForged = errors.New("the platform did not make this request, or it is too old: open the app from the shop's admin again")

// Installer is a platform where a merchant allows the app in her browser: the
// authorization code grant of RFC 6749, section 4.1, or what comes near it.
type Installer interface {
	Platform

	// BeginInstall reads the request that begins an installation, and returns
	// the shop and where the merchant's browser goes to allow it. state comes
	// back to callback, an address of ours. A request that names no shop that
	// the platform could have is a *crm.Invalid, a forged one ErrForged.
	BeginInstall(request url.Values, state, callback string) (domain, location string, err error)

	// FinishInstall checks what came to callback and exchanges it for
	// credentials. The caller has compared the state. Errors beside ErrForged
	// are *Error: after Temporary the merchant begins again.
	FinishInstall(ctx context.Context, answer url.Values, callback string) (Grant, error)
}

// KeyReceiver is an Installer whose shops hand over no code: each posts its
// credentials to callback by itself, and then sends the merchant's browser
// there (WooCommerce, platforms.md, E.1). Its BeginInstall makes location so
// that the shop posts to callback, and that the browser comes back to callback
// with "?state=" and the state. FinishInstall is never called.
type KeyReceiver interface {
	Installer

	// PostedState is the state that a body names which came to callback; else
	// ErrForged. Nothing in the body is to be believed before it was compared.
	PostedState(body []byte) (state string, err error)

	// ReceiveKeys makes a grant of the posted credentials, once they work in the
	// shop that the state was begun for. Its errors are those of FinishInstall.
	ReceiveKeys(ctx context.Context, domain string, body []byte) (Grant, error)
}

// Loader is an Installer whose platform begins by itself: it asks the merchant,
// and then opens callback with a code and without a state, in a frame that lets
// no cookie of ours through. The code is what it trusts. Later it opens
// /load/{platform}, and asks /uninstall/{platform} and /remove_user/{platform},
// each with a signed payload (BigCommerce, platforms.md, E.2).
type Loader interface {
	Installer

	// VerifyPayload tells who a signed payload is of: ErrExpired, or else ErrForged.
	VerifyPayload(payload string) (Identity, error)

	// Frame is what Embedded.Frame is.
	Frame(domain string) (ancestors, scripts []string)
}

// Scoped is a platform that can say what of its scopes a merchant has not
// allowed: granted is Grant.Scopes, as stored.
type Scoped interface {
	MissingScopes(granted []string) []string
}

// Identity is who looks at a page of ours inside the platform's admin.
type Identity struct {
	Domain string    // the shop
	Staff  string    // the platform's id of the person
	Owner  bool      // that is the shop's owner; false where it is not told
	At     time.Time // when the platform vouched for it; zero where it is not told
}

// ErrExpired says that an ID token was good and has ended, or is not good yet:
// the browser can get another.
var ErrExpired = errors.New("the ID token has ended")

// Embedded is a platform whose admin shows our pages inside its own, and vouches
// for who looks at them.
type Embedded interface {
	Platform

	// VerifyOpening tells which shop a signed request for our first page comes
	// from; else ErrForged.
	VerifyOpening(request url.Values) (domain string, err error)

	// VerifyIDToken tells who an ID token is of: ErrExpired, or else ErrForged.
	VerifyIDToken(token string) (Identity, error)

	// ExchangeIDToken gets credentials for an ID token, without asking the
	// merchant: she allowed the app when the platform installed it.
	ExchangeIDToken(ctx context.Context, token string) (Grant, error)

	// Frame is what pages for a shop allow in Content-Security-Policy, each a
	// list of origins: who may show them in a frame, and the platform's own
	// script, which a page must load to be shown there, by its whole address. A
	// domain that no shop of the platform can have gets none.
	Frame(domain string) (ancestors, scripts []string)

	// ClientID is the app's public id, for that script.
	ClientID() string
}
