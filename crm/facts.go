package crm

import "time"

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

	Suppressed bool     // the address must not be written to at all
	Sent       []Past   // what this customer got before, newest first
	Phrases    []string // keys of the sentences she already got in all mails, the latest last

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

// Address is where the mail goes: what the customer left with this order, else
// what the shop knows of her. Empty: nowhere.
func (f Facts) Address() string {
	if f.Order != nil && f.Order.Email != "" {
		return f.Order.Email
	}
	return f.Customer.Email
}

// HistoryKnown tells whether Grazie saw every order of this customer: only when
// the customer came to be after the shop was connected.
func HistoryKnown(c Customer, s Shop) bool {
	return !c.CreatedAt.IsZero() && !s.Before(c.CreatedAt)
}

// Past is one mail that a customer got.
type Past struct {
	Journey string
	Purpose Purpose
	At      time.Time
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
