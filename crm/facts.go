package crm

import (
	"slices"
	"time"
)

// Facts are all that a rule may look at when it decides about one message, and
// all that a mail may speak of.
type Facts struct {
	Message  Message
	Shop     Shop
	Settings Values // the journey's, defaults applied
	Customer Customer
	Order    *Order // nil: the journey has none, or it is not known

	// OrdersBefore counts the counted orders of this person that are older
	// than Order. It is the whole truth only when HistoryKnown.
	OrdersBefore int
	HistoryKnown bool

	Suppressions []Suppression // of the address
	Sent         []Past        // what this customer got before, or may have got, newest first
	SentToOthers []Past        // what others got at the same address, newest first; marketing only
	Waiting      []Message     // this customer's other marketing that is planned or in the air
	Phrases      []string      // keys of the sentences she already got in all mails, the latest last

	Rules        Values    // the shop's, of journeys.Rules, defaults applied
	Returns      []Return  // of Order, the oldest first
	OtherReturns int       // of the customer, of whatever order, beside the one that the message is about; those declined or called off not counted
	Review       *Review   // of Order
	OpenTasks    []Task    // of Order that staff has not done
	TaskDoneAt   time.Time // when staff did the last of the others; zero: there are none
	Effects      []Effect  // of this message; of a reminder, those of the message it reminds of
	Origin       *Message  // of a reminder: the message it reminds of
	FirstOrder   time.Time // of this person's counted orders; zero: none
	LastOrder    time.Time
	Orders       int     // this person's counted orders, all of them
	Spent        Money   // and their goods after discounts, less refunds
	LostGoods    int     // replacements whose goods never came back
	OpenGoods    int     // replacements whose goods are under way
	Brakes       []Brake // that hold for the shop

	Zone       string // IANA name of the customer's zone
	ZoneSource string // what told it: customer, address, shop, none
	Links      Links

	Templates []Template // the merchant's own texts for this journey, all languages
}

// OrderNumber is which order of this person it is: 1 for the first; 0 when
// that cannot be told for sure. A mail may only say what is sure.
func (f Facts) OrderNumber() int {
	if !f.HistoryKnown {
		return 0
	}
	return f.OrdersBefore + 1
}

// Suppressed tells whether the address must not get the message.
func (f Facts) Suppressed(now time.Time) bool {
	_, is := f.Suppression(now)
	return is
}

// Suppression is what keeps the address from getting the message; not ok:
// nothing does. Who left all marketing and agreed to it again later, by what
// the shop tells, is back.
func (f Facts) Suppression(now time.Time) (_ Suppression, ok bool) {
	agreed := f.Customer.Consent
	for _, s := range f.Suppressions {
		switch {
		case !s.Until.IsZero() && !now.Before(s.Until):
		case s.Scope == ScopeAll:
			return s, true
		case f.Message.Purpose != Marketing:
		case s.Scope == ScopeMarketing && s.Reason == SuppressedUnsubscribed && agreed.State == ConsentSubscribed && agreed.At.After(s.At):
		case s.Scope == ScopeMarketing || s.Scope == f.Message.Journey:
			return s, true
		}
	}
	return Suppression{}, false
}

// Code is the discount code of the message, nil when it has none.
func (f Facts) Code() *DiscountCode {
	if e := f.Effect(DiscountCodeMade); e != nil {
		return e.Code
	}
	return nil
}

// Label is the return label of the message, nil when it has none.
func (f Facts) Label() *Label {
	if e := f.Effect(LabelBought); e != nil {
		return e.Label
	}
	return nil
}

// Effect is the message's effect of a kind, nil when it has none.
func (f Facts) Effect(kind EffectKind) *Effect {
	for i := range f.Effects {
		if f.Effects[i].Kind == kind {
			return &f.Effects[i]
		}
	}
	return nil
}

// Return is the return that the message is about, nil when it is about none
// or it is not known.
func (f Facts) Return() *Return {
	for i := range f.Returns {
		if f.Returns[i].ID == f.Message.ReturnID {
			return &f.Returns[i]
		}
	}
	return nil
}

// Address is where the mail goes: what the customer left with this order, else
// what the shop knows of her. Empty: nowhere.
func (f Facts) Address() string {
	if f.Order != nil && f.Order.Email != "" {
		return f.Order.Email
	}
	return f.Customer.Email
}

// HistoryKnown tells whether Grazie saw every order of this customer: only when
// the customer came to be after the shop was connected, and not by an import.
func HistoryKnown(c Customer, s Shop) bool {
	return !c.CreatedAt.IsZero() && !s.Before(c.CreatedAt) &&
		(len(s.Imports) == 0 || !slices.Contains(s.Imports, DayOf(c.CreatedAt, time.UTC).String()))
}

// Past is one mail that a customer got, or may have got.
type Past struct {
	MessageID string
	Journey   string
	Subject   string
	Purpose   Purpose
	At        time.Time
}

// Template is a merchant's own text for one journey in one language. An empty
// part means that the built-in one is used.
type Template struct {
	Journey string    `json:"journey"`
	Locale  string    `json:"locale"` // BCP 47
	Subject string    `json:"subject,omitempty"`
	HTML    string    `json:"html,omitempty"`
	Text    string    `json:"text,omitempty"`
	Version int       `json:"version"` // 1, 2, ... per shop, journey and locale
	SavedAt time.Time `json:"saved_at"`
}

// Links are the addresses of the customer's own pages, each with a token that
// is good for her alone and never ends.
type Links struct {
	Unsubscribe string // a POST to it unsubscribes (RFC 8058); a GET shows a button
	Preferences string
	Review      string
}

// Suppression says that an address must not be written to: by nobody, not for
// marketing, or not by one journey.
type Suppression struct {
	Scope  string    `json:"scope"` // all, marketing, or a journey's key
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"` // zero: for good
}

// Scopes of suppressions that are no journey's.
const (
	ScopeAll       = "all"
	ScopeMarketing = "marketing"
)

// Brake is a circuit breaker that stopped marketing because of what the mail
// provider told (mail-and-domain.md, 1.8).
type Brake struct {
	Journey string    `json:"journey"` // empty: of every journey
	Domain  string    `json:"domain"`  // of the addresses; empty: all
	Reason  Reason    `json:"reason"`
	Detail  string    `json:"detail"` // the figures
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"` // zero: until staff lifts it
}
