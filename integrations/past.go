package integrations

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
)

// ErrPing is how Envelope answers a request by which a platform only tries
// whether our address is there: it is answered 200, and kept nowhere.
var ErrPing = errors.New("the platform only tries the address")

// Credentialed tells whether a connection holds what acting in the shop needs.
// One without only takes webhooks in, and nothing else is tried with it.
type Credentialed interface {
	CanAct(c Connection) bool
}

// WebhookReader is a platform whose webhooks name what changed and do not tell
// it: that is read from the shop. It takes the place of ParseWebhook, except
// where there is no connection. What is not there any more tells no events. Of
// its errors, an *Error of the kinds Rejected and Unsupported, and one that is
// no *Error, are final; after the others it is tried again later.
type WebhookReader interface {
	// About is what has to be read for a webhook, "order/250"; empty: nothing
	// has, or its body cannot be read, and ParseWebhook is to tell. What several
	// webhooks are about is read once, for the newest of them.
	About(e Envelope, body []byte) string

	ReadWebhook(ctx context.Context, c Connection, e Envelope, body []byte) ([]crm.Event, error)
}

// Describer tells what the platform knows of the shop itself: name, owner's
// address, country, currency, zone, language. What it does not tell is empty.
type Describer interface {
	Describe(ctx context.Context, c Connection) (crm.Shop, error)
}

// Subscriber is a platform where webhooks are asked for by its API.
type Subscriber interface {
	// Subscribe makes every webhook that Grazie reads come to address, and
	// returns the topics that were missing or went elsewhere. What others
	// subscribed to stays.
	Subscribe(ctx context.Context, c Connection, address string) (mended []string, err error)
}

// Historian tells what happened in a shop before Grazie was there: customers
// with birthday and consent, and orders.
type Historian interface {
	// History goes on behind cursor, empty at the beginning, and hands over
	// portion by portion. What each returns an error for was not taken, and
	// comes again. It ends with nil when all is told, and with an *Error of the
	// kind Temporary and a time when the platform is not ready: then it is
	// called again with the cursor of the last portion. A portion may have no
	// events and only a new cursor, to be kept before going on.
	History(ctx context.Context, c Connection, cursor string, each func(Portion) error) error
}

// Portion is a part of a shop's past.
type Portion struct {
	Events  []crm.Event
	Cursor  string   // to go on behind it
	Done    int64    // things told so far
	Total   int64    // of so many; 0: not known
	Skipped []string // what could not be read, for staff: a line's number and why, nothing personal
}

// Reconciler tells what changed in a shop lately, so that what webhooks did not
// tell is found (platforms.md, fact 8).
type Reconciler interface {
	// Changed hands over what changed from since until until, oldest first, as
	// webhooks that could have told it.
	Changed(ctx context.Context, c Connection, since, until time.Time, each func(Changed) error) error
}

// Changed is one thing that changed, as the platform tells it when asked.
type Changed struct {
	Topic string // ParseWebhook reads Body under it
	Kind  ChangedKind
	ID    string    // the order, or the return
	At    time.Time // its updated_at
	State string    // of a return, its status; of a customer, her birthday; else empty
	Body  []byte

	// Read gets Body where that is nil, because it costs a call that only what
	// nobody knew is worth; nil and no error: the thing is not there any more.
	Read func(ctx context.Context) ([]byte, error)
}

// ChangedKind says what a Changed is about.
type ChangedKind string

const (
	ChangedOrder    ChangedKind = "order" // with its fulfillments and refunds
	ChangedReturn   ChangedKind = "return"
	ChangedCustomer ChangedKind = "customer"
)

// Abilities are what a platform can do beside telling of its events, in words
// for staff, and what it cannot.
func Abilities(p Platform) (can, cannot []string) {
	has := func(ok bool, what string) {
		if ok {
			can = append(can, what)
		} else {
			cannot = append(cannot, what)
		}
	}
	_, codes := p.(DiscountCreator)
	has(codes, "discount codes")
	_, returns := p.(ReturnUpgrader)
	has(returns, "return upgrades")
	_, replaces := p.(Replacer)
	has(replaces, "replacements")
	_, past := p.(Historian)
	has(past, "history")
	_, reconciles := p.(Reconciler)
	has(reconciles, "reconciliation")
	_, subscribes := p.(Subscriber)
	has(subscribes, "webhook subscriptions")
	_, installs := p.(Installer)
	has(installs, "installation by the merchant")
	return can, cannot
}
