package journeys

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"grazie/crm"
)

// pausedFor is how long a message of a paused shop sleeps before it asks again.
const pausedFor = 15 * time.Minute

// Decide answers "should this customer get this now?". Every gate that says
// no or later gives its reason; the first one counts. What staff asks for by
// hand passes the gates of timing, and no other.
func Decide(j Journey, f crm.Facts, now time.Time) crm.Decision {
	for _, gate := range gates {
		if d := gate(j, f, now); d.Verdict != crm.Send {
			return d
		}
	}
	return j.Rule(f, now)
}

type gate func(j Journey, f crm.Facts, now time.Time) crm.Decision

// gates stand in the order in which a person would want the reasons told.
var gates = []gate{shopGate, orderGate, customerGate, addressGate, suppressionGate, consentGate, dueGate, frequencyGate}

var open = crm.Decision{Verdict: crm.Send}

func shopGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	switch {
	case f.Shop.State == crm.ShopUninstalled:
		return crm.SkipFor(crm.ReasonShopUninstalled)
	case f.Shop.State == crm.ShopPaused:
		return crm.DeferUntil(now.Add(pausedFor), crm.ReasonShopPaused)
	case !f.Settings.Bool("enabled"):
		return crm.SkipFor(crm.ReasonJourneyOff)
	}
	return open
}

// orderGate holds for all messages about an order.
func orderGate(_ Journey, f crm.Facts, _ time.Time) crm.Decision {
	switch o := f.Order; {
	case f.Message.OrderID == "":
		return open
	case o == nil:
		return crm.SkipFor(crm.ReasonOrderUnknown)
	case o.Test:
		return crm.SkipFor(crm.ReasonTestOrder)
	case o.Cancelled():
		return crm.SkipFor(crm.ReasonOrderCancelled)
	case o.FullyRefunded():
		return crm.SkipFor(crm.ReasonOrderRefunded)
	case !o.IsPaid():
		return crm.SkipFor(crm.ReasonNotPaid)
	}
	return open
}

func customerGate(_ Journey, f crm.Facts, _ time.Time) crm.Decision {
	if !f.Customer.DeletedAt.IsZero() {
		return crm.SkipFor(crm.ReasonCustomerDeleted)
	}
	return open
}

func addressGate(_ Journey, f crm.Facts, _ time.Time) crm.Decision {
	switch to := f.Address(); {
	case to == "":
		return crm.SkipFor(crm.ReasonNoAddress)
	case !possible(to):
		return crm.SkipFor(crm.ReasonBadAddress)
	}
	return open
}

func suppressionGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if f.Suppressed(now) {
		return crm.SkipFor(crm.ReasonSuppressed)
	}
	return open
}

// consentGate is for marketing only. Until a shop's own law is known in more
// detail, an explicit yes is asked for everywhere, and the imprint with it
// (mail-and-domain.md, rules L3 and L6).
func consentGate(j Journey, f crm.Facts, _ time.Time) crm.Decision {
	switch {
	case j.Purpose != crm.Marketing:
		return open
	case f.Customer.Consent.State == crm.ConsentUnsubscribed:
		return crm.SkipFor(crm.ReasonUnsubscribed)
	case f.Customer.Consent.State != crm.ConsentSubscribed:
		return crm.SkipFor(crm.ReasonNoConsent)
	case f.Shop.LegalName == "" || f.Shop.PostalAddress == "":
		return crm.SkipFor(crm.ReasonNoImprint)
	}
	return open
}

func dueGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if now.Before(f.Message.DueAt) && !f.Message.ByHand {
		return crm.DeferUntil(f.Message.DueAt, crm.ReasonDelay)
	}
	return open
}

// caps are the most marketing mails that a customer gets (mail-and-domain.md, 4.5).
var caps = []struct {
	mails int
	in    time.Duration
}{{1, 24 * time.Hour}, {2, 7 * 24 * time.Hour}, {6, 30 * 24 * time.Hour}}

// frequencyGate postpones marketing to the first instant at which every cap
// has room again. Order mail is never capped.
func frequencyGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	if j.Purpose != crm.Marketing || f.Message.ByHand {
		return open
	}
	var until time.Time
	for _, c := range caps {
		seen := 0
		for _, p := range f.Sent { // newest first
			if p.Purpose != crm.Marketing || !p.At.After(now.Add(-c.in)) {
				continue
			}
			if seen++; seen == c.mails {
				if room := p.At.Add(c.in); room.After(until) {
					until = room
				}
			}
		}
	}
	if until.After(now) {
		return crm.DeferUntil(until, crm.ReasonFrequency)
	}
	return open
}

// possible tells whether mail to the address could arrive at all: one plain
// mailbox at a domain with a dot, within the limits of RFC 5321 section 4.5.3.1.
func possible(address string) bool {
	if len(address) > 254 || strings.ContainsAny(address, "\"<>(),;:[]") || strings.ContainsFunc(address, hidden) {
		return false
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || a.Address != address {
		return false
	}
	at := strings.LastIndexByte(address, '@')
	local, domain := address[:at], strings.ToLower(address[at+1:])
	labels := strings.Split(domain, ".")
	if len(local) > 64 || len(labels) < 2 || slices.ContainsFunc(labels, badLabel) {
		return false
	}
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" {
		return false
	}
	return last != "invalid" && last != "localhost" // RFC 6761: never resolve
}

// hidden tells white space, controls, and the marks that show nothing or turn
// the direction of writing: net/mail takes those beyond ASCII for letters.
func hidden(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }

// badLabel tells what cannot be a part of a domain: adapters bring domains
// into A-labels, so letters beyond ASCII are those that have no such form.
func badLabel(label string) bool {
	return label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
		strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
}
