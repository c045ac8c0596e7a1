package journeys

import (
	"time"

	"grazie/crm"
)

const reviewKey = "review_request"

// askAgain is how long a review request sleeps while a return or a complaint is open.
const askAgain = day

// reviewRequest asks for an honest word about an order, once it is there. Who
// is asked depends on the order alone: never on how content somebody is
// (mail-and-domain.md, R1 to R7). There is no reward.
var reviewRequest = Journey{
	Key:     reviewKey,
	Name:    "Review request",
	On:      []crm.EventKind{crm.OrderChanged, crm.OrderPaid, crm.ParcelChanged, crm.ParcelDelivered},
	Purpose: crm.Marketing,
	Settings: []crm.Setting{
		enabled("false"),
		{Key: "after", Label: "Counted from", Kind: crm.SettingChoice, Default: "all", Choices: []string{"all", "first"},
			Help: "The delivery of all parcels of the order, or of the first."},
		{Key: "delay", Label: "Wait after delivery", Kind: crm.SettingDuration, Default: "7d",
			Help: "Within the shop's own country."},
		{Key: "delay_abroad", Label: "Wait after delivery abroad", Kind: crm.SettingDuration, Default: "14d",
			Help: "To other countries, and where one of the two is not known."},
		{Key: "fallback", Label: "Wait where no delivery is told", Kind: crm.SettingDuration, Default: "21d",
			Help: "Counted from the last parcel that was sent. Many carriers tell of no delivery."},
		{Key: "reminder_after", Label: "Remind after", Kind: crm.SettingDuration, Default: "7d",
			Help: "One reminder, so long after the request. 0s: none."},
		{Key: "max_age", Label: "Too late after", Kind: crm.SettingDuration, Default: "60d",
			Help: "A request that could not go out within this time is not sent any more. A return or an open complaint does not count."},
		{Key: "review_url", Label: "Where to review", Kind: crm.SettingURL, Default: "",
			Help: "The page where customers write their review. Empty: the shop's own review page here."},
		{Key: "own_page", Label: "Own review page", Kind: crm.SettingBool, Default: "true",
			Help: "Off: without an address above nobody is asked."},
	},
	Occasions: func(e crm.Event, shop crm.Shop, v crm.Values) []Occasion {
		byHand := e.Kind == crm.AskedByHand
		if e.Order == nil || !byHand && !e.Order.Counted() {
			return nil
		}
		p := arrival(*e.Order, shop, v)
		if p.due.IsZero() || !byHand && shop.Before(p.from) {
			return nil
		}
		subject := "review:" + e.Order.ID
		all := once(subject, p.due)
		if again := v.Duration("reminder_after"); again > 0 {
			all = append(all, Occasion{Subject: crm.ReminderOf(subject), Due: p.due.Add(again)})
		}
		return all
	},
	Rule:     reviewRule,
	Deadline: reviewDeadline,
}

// parcels is how far the parcels of an order are.
type parcels struct {
	from time.Time // what the wait is counted from: delivery, or the last sending; zero: nothing was sent
	due  time.Time
}

// arrival tells when the customer has had the goods for long enough.
func arrival(o crm.Order, shop crm.Shop, v crm.Values) parcels {
	wait := v.Duration("delay_abroad")
	if to := o.Shipping; to != nil && to.Country != "" && to.Country == shop.Country {
		wait = v.Duration("delay")
	}
	var first, last, sent time.Time
	all := true
	for _, p := range o.Fulfillments {
		if p.Status == "cancelled" || p.Status == "error" || p.Status == "failure" {
			continue
		}
		if p.CreatedAt.After(sent) {
			sent = p.CreatedAt
		}
		at := delivered(p)
		if at.IsZero() {
			all = false
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	switch {
	case v["after"] == "first" && !first.IsZero():
		return parcels{first, first.Add(wait)}
	case all && !last.IsZero():
		return parcels{last, last.Add(wait)}
	case sent.IsZero():
		return parcels{}
	}
	p := parcels{sent, sent.Add(v.Duration("fallback"))}
	if !last.IsZero() && last.Add(wait).After(p.due) {
		p.due = last.Add(wait)
	}
	return p
}

// delivered is when a parcel arrived; zero: not told.
func delivered(p crm.Fulfillment) time.Time {
	if p.DeliveredAt.IsZero() && p.ShipmentStatus == "delivered" {
		return p.ShipmentAt
	}
	return p.DeliveredAt
}

func reviewRule(f crm.Facts, now time.Time) crm.Decision {
	o := f.Order
	if o == nil {
		return crm.SkipFor(crm.ReasonOrderUnknown)
	}
	p := arrival(*o, f.Shop, f.Settings)
	_, reminder := f.Message.Reminder()
	switch {
	case len(o.Goods()) == 0 && len(f.Returns) > 0:
		return crm.SkipFor(crm.ReasonReturned)
	case len(o.Goods()) == 0:
		return crm.SkipFor(crm.ReasonNothingToThank)
	case f.Review != nil:
		return crm.SkipFor(crm.ReasonReviewed)
	case reminder && (f.Origin == nil || !arrived(f.Origin.State) && !pending(f.Origin.State)):
		return crm.SkipFor(crm.ReasonNothingToRemind)
	case wholeBack(f):
		return crm.SkipFor(crm.ReasonReturned)
	case returnOpen(f):
		return crm.DeferUntil(now.Add(askAgain), crm.ReasonReturnOpen)
	case complaintOpen(f):
		return crm.DeferUntil(now.Add(askAgain), crm.ReasonComplaintOpen)
	case f.Settings["review_url"] == "" && !f.Settings.Bool("own_page"):
		return crm.DeferUntil(now.Add(heldFor), crm.ReasonNoReviewTarget)
	case p.due.IsZero(): // what was sent was called back
		return crm.DeferUntil(now.Add(askAgain), crm.ReasonNotDelivered)
	case f.Message.ByHand:
		return open
	case reminder && pending(f.Origin.State):
		return crm.DeferUntil(now.Add(askAgain), crm.ReasonOtherFirst)
	}
	due := p.due
	if reminder { // counted from when the request really went out
		due = f.Origin.SentAt.Add(f.Settings.Duration("reminder_after"))
	}
	if now.Before(due) {
		return crm.DeferUntil(due, crm.ReasonDelay)
	}
	return open
}

// pending tells whether a message in a state may still reach the customer.
func pending(s crm.MessageState) bool { return s == crm.Planned || s == crm.Sending }

// returnOpen tells whether something of the order is on its way back.
func returnOpen(f crm.Facts) bool {
	for _, r := range f.Returns {
		if r.Pending() {
			return true
		}
	}
	return false
}

// wholeBack tells whether all of the order came back, in one return or several.
func wholeBack(f crm.Facts) bool {
	var back crm.Return
	for _, r := range f.Returns {
		if r.Status == crm.ReturnClosed {
			back.Lines = append(back.Lines, r.Lines...)
		}
	}
	return back.Whole(*f.Order)
}

// complaintOpen tells whether staff still has to make something good about the order.
func complaintOpen(f crm.Facts) bool {
	for _, t := range f.OpenTasks {
		switch t.Kind {
		case crm.TaskLowRating, crm.TaskLabelMissing, crm.TaskReturnRefused, crm.TaskGoodsNotBack, crm.TaskApproval:
			return true
		}
	}
	return false
}

// reviewDeadline leaves a request its time after all that it waited for: a
// case postpones it and does not filter it out (R6).
func reviewDeadline(f crm.Facts) time.Time {
	if f.Order == nil || returnOpen(f) || complaintOpen(f) {
		return time.Time{}
	}
	from := arrival(*f.Order, f.Shop, f.Settings).due
	if from.IsZero() {
		from = f.Message.CreatedAt
	}
	if _, is := f.Message.Reminder(); is {
		from = from.Add(f.Settings.Duration("reminder_after"))
	}
	for _, r := range f.Returns {
		if r.UpdatedAt.After(from) {
			from = r.UpdatedAt
		}
	}
	if f.TaskDoneAt.After(from) {
		from = f.TaskDoneAt
	}
	if from.IsZero() {
		return from
	}
	return from.Add(f.Settings.Duration("max_age"))
}
