package crm

import (
	"strings"
	"time"
)

// Purpose is why a mail is sent in the eyes of the law: it decides which gates
// it must pass (mail-and-domain.md, section 1.4).
type Purpose string

const (
	Transactional Purpose = "transactional" // bound to an order or a request
	Marketing     Purpose = "marketing"     // needs consent and an unsubscribe link
)

// MessageState is where a message stands. DESIGN section 3 draws the ways between them.
type MessageState string

const (
	Planned    MessageState = "planned"    // waits for its due time
	Sending    MessageState = "sending"    // claimed by a worker until the lease ends
	Sent       MessageState = "sent"       // the provider took it
	Delivered  MessageState = "delivered"  // the provider says it arrived
	Bounced    MessageState = "bounced"    // the mailbox refused it
	Complained MessageState = "complained" // the customer reported it as spam
	Unknown    MessageState = "unknown"    // may have been sent: the answer was lost
	Skipped    MessageState = "skipped"    // decided against
	Cancelled  MessageState = "cancelled"  // overtaken by events before it was due
	Failed     MessageState = "failed"     // refused for good, or out of tries
)

// MessageStates lists all states, for filters and their errors.
var MessageStates = []MessageState{Planned, Sending, Sent, Delivered, Bounced, Complained, Unknown, Skipped, Cancelled, Failed}

// Message is one planned or sent mail with its outcome.
type Message struct {
	ID         string       `json:"id"` // msg_...
	ShopID     string       `json:"shop_id"`
	CustomerID string       `json:"customer_id"`
	OrderID    string       `json:"order_id,omitempty"`
	Journey    string       `json:"journey"`
	Purpose    Purpose      `json:"purpose"`
	Subject    string       `json:"subject"` // what it may happen only once per, "order:1001"
	State      MessageState `json:"state"`
	Reason     Reason       `json:"reason,omitempty"` // why it is in this state
	Detail     string       `json:"detail,omitempty"` // the provider's own words, or who did it by hand and why
	DueAt      time.Time    `json:"due_at"`
	Attempt    int          `json:"attempt"` // times handed to the mailer
	CreatedAt  time.Time    `json:"created_at"`
	UpdatedAt  time.Time    `json:"updated_at"`
	SentAt     time.Time    `json:"sent_at,omitzero"`
	Mailer     string       `json:"mailer,omitempty"`      // which mailer took it
	ProviderID string       `json:"provider_id,omitempty"` // its receipt
	Locale     string       `json:"locale,omitempty"`      // language of the mail
	Phrases    []string     `json:"phrases,omitempty"`     // keys of the sentences it used, so that none comes twice
	WebhookID  string       `json:"webhook_id,omitempty"`  // what planned it
	ByHand     bool         `json:"by_hand,omitempty"`     // staff asked for it: delay, quiet hours and frequency do not apply
	ReturnID   string       `json:"return_id,omitempty"`
	Ask        *Ask         `json:"ask,omitempty"` // what staff asked for, when ByHand
}

// reminder ends the subject of a reminder; before it stands the occasion.
const reminder = ":reminder"

// ReminderOf is the subject of the reminder about an occasion.
func ReminderOf(subject string) string { return subject + reminder }

// Reminder tells whether the message reminds of another, and that one's subject.
func (m Message) Reminder() (of string, is bool) { return strings.CutSuffix(m.Subject, reminder) }
