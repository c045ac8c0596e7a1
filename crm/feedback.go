package crm

import "time"

// FeedbackKind is what a mail provider tells of a mail it took.
type FeedbackKind string

const (
	FeedbackAccepted         FeedbackKind = "accepted" // processed by the provider
	FeedbackDeferred         FeedbackKind = "deferred" // the mailbox is not taking it yet
	FeedbackDelivered        FeedbackKind = "delivered"
	FeedbackBounced          FeedbackKind = "bounced" // refused by the mailbox for good, see Class
	FeedbackBlocked          FeedbackKind = "blocked" // refused, but not because of the address
	FeedbackDropped          FeedbackKind = "dropped" // not even tried by the provider
	FeedbackComplained       FeedbackKind = "complained"
	FeedbackUnsubscribed     FeedbackKind = "unsubscribed"
	FeedbackResubscribed     FeedbackKind = "resubscribed"
	FeedbackOpened           FeedbackKind = "opened"
	FeedbackClicked          FeedbackKind = "clicked"
	FeedbackAccountSuspended FeedbackKind = "account_suspended"

	// FeedbackLifted is staff's own: what suppressed the address is over, and
	// what the provider told before counts no more.
	FeedbackLifted FeedbackKind = "lifted"
)

// Reasons of suppressions that feedback leads to; those of staff are her words.
const (
	SuppressedBounced      = "bounced"       // the mailbox is not there
	SuppressedUnclear      = "bounced_twice" // refused twice in a week, nobody says why
	SuppressedFull         = "mailbox_full"  // for a time
	SuppressedComplained   = "complained"    // only the customer's own new consent lifts it
	SuppressedUnsubscribed = "unsubscribed"
	SuppressedErased       = "erased"             // forgotten on request; only the customer's own new consent lifts it
	SuppressedGroup        = "unsubscribed_group" // left a group of the provider's; coming back to it lifts this
)

// Feedback is one event that a mail provider told.
type Feedback struct {
	ID        string // the provider's, the key against duplicates
	ShopID    string // from our own argument; empty: not a mail of ours, or of the whole account
	MessageID string
	Kind      FeedbackKind
	At        time.Time
	EmailKey  string      // the address it is about, for comparing; not stored
	Class     BounceClass // of bounced, blocked and dropped
	Code      string      // enhanced status, "5.1.1"
	Detail    string      // the provider's words without addresses
	Machine   bool        // an open or click that no person made
	Group     string      // of a group's unsubscribe
	Journey   string      // that the group stands for; empty: all marketing
}

// BounceClass says what follows from a refusal (mail-and-domain.md, 1.6).
type BounceClass string

const (
	BounceInvalid      BounceClass = "invalid"      // no such mailbox: suppress
	BounceInactive     BounceClass = "inactive"     // mailbox is off: suppress
	BounceFull         BounceClass = "full"         // soft: suspend 30 days after 3 in 30 days
	BounceTooBig       BounceClass = "too_big"      // our fault
	BounceNetwork      BounceClass = "network"      // retry
	BounceContent      BounceClass = "content"      // our fault: alarm
	BounceReputation   BounceClass = "reputation"   // the sending domain: alarm
	BounceRate         BounceClass = "rate"         // slow down
	BounceUnclassified BounceClass = "unclassified" // soft: suppress after 2 in 7 days

	// Of what a provider dropped: why it holds the address back.
	BounceComplained   BounceClass = "complained"
	BounceUnsubscribed BounceClass = "unsubscribed"
)

// Suppresses tells whether one refusal of this class ends all mail to the address.
func (c BounceClass) Suppresses() bool { return c == BounceInvalid || c == BounceInactive }
