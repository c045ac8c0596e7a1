package crm

import "time"

// Mail is a written mail, ready for a mailer.
type Mail struct {
	MessageID string // ours, msg_...: kept over retries, given to the provider as its custom argument
	ShopID    string
	Journey   string
	Purpose   Purpose
	From      Mailbox
	ReplyTo   string // empty: answers go to From
	To        Mailbox
	Subject   string
	HTML      string
	Text      string
	Locale    string            // language it is written in
	Headers   map[string]string // beyond those above; never personal
	Phrases   []string          // keys of the sentences used
}

// Receipt is the proof of an outside act.
type Receipt struct {
	By string    // who took it: a mailer's name
	ID string    // their id, empty when they gave none
	At time.Time // when
}
