// Package senderdns looks at what the domain of a sender says of itself in the
// DNS, and tells what the big mailbox providers want of it: SPF (RFC 7208),
// DKIM (RFC 6376), DMARC (RFC 7489), and that it can receive mail
// (mail-and-domain.md, 1.1).
package senderdns

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// State is how one thing stands.
type State string

const (
	OK      State = "ok"
	Missing State = "missing"
	Wrong   State = "wrong"
	Unknown State = "unknown" // the DNS did not answer, or only the merchant can tell
)

// What is looked at.
const (
	Domain   = "domain"  // whether anybody may send from it at all
	SPF      = "spf"     // which servers may
	DKIM     = "dkim"    // the key that signs
	DMARC    = "dmarc"   // what to do with others
	Receives = "replies" // whether answers arrive
)

// Finding is how one thing stands, and what to do about it.
type Finding struct {
	What   string `json:"what"`
	State  State  `json:"state"`
	Code   string `json:"code"`   // names the advice, one of Codes
	Advice string `json:"advice"` // in English
	Record Record `json:"record,omitzero"`
}

// Record is what to add to the DNS, or what takes a record's place.
type Record struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Sender is what is looked at.
type Sender struct {
	Email    string // of From
	Mailer   string // the name of the adapter: "sendgrid", "smtp"
	Selector string // of the DKIM key; empty: the mailer's own, where it has one
}

// patience is how long the DNS may take in all. What is not answered then is unknown.
const patience = 6 * time.Second

// Checker asks the DNS. The zero value asks the machine's own resolver.
type Checker struct{ Resolver *net.Resolver }

// Asks tells whether it is worth asking about senders of a mailer: one that
// writes files needs no domain.
func Asks(mailer string) bool { return mailer == "smtp" || mailer == "sendgrid" }

// Check looks at a sender's domain. What could not be asked in time is
// Unknown, never Missing.
func (c Checker) Check(ctx context.Context, s Sender) []Finding {
	_, domain, _ := strings.Cut(strings.ToLower(s.Email), "@")
	switch {
	case domain == "" || reserved(domain):
		return []Finding{say(Domain, Wrong, "reserved", Record{})}
	case freeMail(domain):
		return []Finding{say(Domain, Wrong, "free_mail", Record{})}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := c.Resolver
	if r == nil {
		r = &net.Resolver{PreferGo: true}
	}
	l := look{Sender: s, ctx: ctx, dns: r, domain: domain, top: domain}
	if top, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		l.top = top
	}
	checks := []func() Finding{l.spf, l.dkim, l.dmarc, l.receives}
	found := make([]Finding, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { found[i] = check() })
	}
	all.Wait()
	// SendGrid's own names for a domain bring its SPF along: mails then come
	// back to a name below it that SendGrid looks after.
	if s.Mailer == "sendgrid" && found[1].State == OK && (found[0].Code == "spf_missing" || found[0].Code == "spf_include") {
		found[0] = say(SPF, OK, "spf_provider", Record{})
	}
	return found
}

// look is one check of one domain.
type look struct {
	Sender
	ctx         context.Context
	dns         *net.Resolver
	domain, top string // of the address, and the organisation's
}

// txt are the TXT records of a name; absent says that there are none for
// certain.
func (l look) txt(name string) (records []string, absent bool, err error) {
	records, err = l.dns.LookupTXT(l.ctx, name+".") // whole: no search list of the machine's goes behind it
	return records, notFound(err), err
}

func notFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound && !e.IsTimeout && !e.IsTemporary
}

// beginning are the records that begin with a version, alone or before a sign.
func beginning(records []string, version string, signs string) []string {
	var all []string
	for _, r := range records {
		r = strings.TrimSpace(r)
		if len(r) < len(version) || !strings.EqualFold(r[:len(version)], version) {
			continue
		}
		if rest := r[len(version):]; rest == "" || strings.ContainsAny(rest[:1], signs) {
			all = append(all, r)
		}
	}
	return all
}

// tag is the value of one of a record's tags, "p" of "v=DMARC1; p=none".
func tag(record, name string) (string, bool) {
	for part := range strings.SplitSeq(record, ";") {
		key, value, ok := strings.Cut(part, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
