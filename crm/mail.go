package crm

import (
	"regexp"
	"time"
)

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
	Template  int               // version of the merchant's own text that it is made of; 0: built-in
}

// Receipt is the proof of an outside act.
type Receipt struct {
	By string    // who took it: a mailer's name
	ID string    // their id, empty when they gave none
	At time.Time // when
}

// ownPage is the address of a page of the customer's own, with or without our
// host before it. The token is sealed, so it is never short.
var ownPage = regexp.MustCompile(`(?:https?://[^\s"'<>()/]+(?:/[^\s"'<>()]*?)?)?/[uprdsb]/[A-Za-z0-9_-]{40,}`)

// Inert is a mail's HTML or text with "#" for every link to a page of the
// customer's own. Whoever has such a link may act for her: what others look at
// must not hold one.
func Inert(text string) string { return ownPage.ReplaceAllString(text, "#") }
