package journeys

import (
	"strings"
	"time"

	"grazie/crm"
)

// How long a message sleeps that only waits for somebody to change something,
// before it asks again.
const (
	pausedFor = 15 * time.Minute // of a shop that is paused
	heldFor   = time.Hour        // of a shop that lacks what the law wants, or whose marketing is stopped
)

// Decide answers "should this customer get this now?". Every gate that says
// no or later gives its reason; the first one counts. What staff asks for by
// hand passes the gates of timing, and no other. What would have to wait until
// after its deadline is skipped, with the reason for which it waits.
func Decide(j Journey, f crm.Facts, now time.Time) crm.Decision {
	f = j.Settle(f)
	d := j.decide(f, now)
	if end := j.deadline(f); d.Verdict == crm.Defer && !end.IsZero() && d.Until.After(end) {
		return crm.SkipFor(d.Reason)
	}
	return d
}

func (j Journey) decide(f crm.Facts, now time.Time) crm.Decision {
	for _, gate := range gates {
		if d := gate(j, f, now); d.Verdict != crm.Send {
			return d
		}
	}
	if d := j.Rule(f, now); d.Verdict != crm.Send {
		return d
	}
	return approvalGate(j, f, now)
}

type gate func(j Journey, f crm.Facts, now time.Time) crm.Decision

// gates stand in the order in which a person would want the reasons told:
// first those of the shop, the order, the customer and the law, then those of
// timing.
var gates = []gate{
	shopGate, orderGate, customerGate, addressGate, suppressionGate, consentGate, imprintGate, brakeGate,
	lateGate, dueGate, quietGate, priorityGate, frequencyGate,
}

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
func orderGate(j Journey, f crm.Facts, _ time.Time) crm.Decision {
	whatever := j.AnyOrder && !marketing(f)
	switch o := f.Order; {
	case f.Message.OrderID == "":
		return open
	case o == nil:
		return crm.SkipFor(crm.ReasonOrderUnknown)
	case o.Test:
		return crm.SkipFor(crm.ReasonTestOrder)
	case o.Cancelled() && !whatever:
		return crm.SkipFor(crm.ReasonOrderCancelled)
	case o.FullyRefunded() && !whatever:
		return crm.SkipFor(crm.ReasonOrderRefunded)
	case !o.IsPaid() && !whatever:
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
	switch s, is := f.Suppression(now); {
	case !is:
		return open
	case s.Reason == crm.SuppressedUnsubscribed || s.Reason == crm.SuppressedGroup:
		return crm.SkipFor(crm.ReasonUnsubscribed)
	}
	return crm.SkipFor(crm.ReasonSuppressed)
}

// consentGate is for marketing only: see Lawful.
func consentGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	if !marketing(f) {
		return open
	}
	if _, no := Lawful(j, f, now); no != "" {
		return crm.SkipFor(no)
	}
	return open
}

// imprintGate holds marketing back until the shop has what it must show
// (mail-and-domain.md, rule L3).
func imprintGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if marketing(f) && (strings.TrimSpace(f.Shop.LegalName) == "" || strings.TrimSpace(f.Shop.PostalAddress) == "") {
		return crm.DeferUntil(now.Add(heldFor), crm.ReasonNoImprint)
	}
	return open
}

// brakeGate holds marketing back that a circuit breaker stopped.
func brakeGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	if !marketing(f) {
		return open
	}
	to := strings.ToLower(f.Address())
	domain := to[strings.LastIndexByte(to, '@')+1:]
	var until time.Time
	for _, b := range f.Brakes {
		if b.Journey != "" && b.Journey != j.Key || b.Domain != "" && !strings.EqualFold(b.Domain, domain) || !b.Until.IsZero() && !now.Before(b.Until) {
			continue
		}
		again := b.Until
		if again.IsZero() {
			again = now.Add(heldFor)
		}
		if again.After(until) {
			until = again
		}
	}
	if until.IsZero() {
		return open
	}
	return crm.DeferUntil(until, crm.ReasonBrake)
}

// approvalGate holds back what staff gives by hand above the shop's limit, or
// above that of who asks, until somebody says yes.
func approvalGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	ask := f.Message.Ask
	if !f.Message.ByHand || j.Effects == nil || ask != nil && ask.Approval != "" && ask.Approval != crm.ApprovalWanted {
		return open
	}
	worth := Worth(j, f, now)
	if Above(worth, rules(f)["approval_limit"]) || ask != nil && Above(worth, ask.Limit) {
		return crm.DeferUntil(now.Add(heldFor), crm.ReasonNeedsApproval)
	}
	return open
}

// Worth is the most that the effects of a message are thought to cost the shop.
func Worth(j Journey, f crm.Facts, now time.Time) crm.Money {
	worth := crm.Money{Currency: f.Shop.Currency}
	if j.Effects != nil {
		for _, e := range j.Effects(f, now) {
			worth.Minor += e.Worth.Minor
		}
	}
	return worth
}

// Above tells whether an amount is more than a limit of the same currency, "25.00";
// an empty one is none, and one that cannot be read allows nothing.
func Above(worth crm.Money, limit string) bool {
	return limit != "" && worth.Minor > crm.Values{"": limit}.Money("", worth.Currency).Minor
}
