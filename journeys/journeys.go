// Package journeys decides who gets what and when. A journey is data and one
// small function; the gates that hold for all of them stand in gates.go. All
// functions are pure: the time is a parameter.
package journeys

import (
	"cmp"
	"slices"
	"time"

	"grazie/crm"
)

// Journey is a rule that may lead to a message.
type Journey struct {
	Key      string          // stored, in URLs and logs; never renamed
	Name     string          // for people
	On       []crm.EventKind // what starts it; nothing: only staff does
	Purpose  crm.Purpose     // of its messages; of some, Purposes says it of each
	Settings []crm.Setting   // what the merchant may change; the first is always the switch, "enabled"

	// Occasions are what an event leads to: nothing, one message, or one and its
	// reminder. The event's nouns are as they are known after it. Of an event
	// AskedByHand, those that staff may have now.
	Occasions func(e crm.Event, shop crm.Shop, v crm.Values) []Occasion

	// Rule is the journey's own yes, no or later, asked after all gates.
	Rule func(f crm.Facts, now time.Time) crm.Decision

	// Effects are the outside acts that must be done before the mail, in their
	// order; nil: none. What is random or needs the clock is left empty.
	Effects func(f crm.Facts, now time.Time) []crm.Effect

	// Needs are the kinds of effects without which a message is not sent: where a
	// platform cannot do one, the journey does nothing there.
	Needs []crm.EffectKind

	// Deadline is the instant after which the message is worth nothing, so that
	// nothing postpones it beyond; nil or zero: none.
	Deadline func(f crm.Facts) time.Time

	// Offer is what a message brings along that depends on the customer's history;
	// nil: what staff asked for.
	Offer func(f crm.Facts) crm.Offer

	// Purposes tells the purpose of one message, its offer known; nil: Purpose.
	Purposes func(f crm.Facts) crm.Purpose

	// AnyOrder: what is transactional may also be about an order that was
	// cancelled, refunded or not paid.
	AnyOrder bool
}

// Occasion is one thing that a journey acts on once.
type Occasion struct {
	// Subject names it within the shop, "order:1001": it is what the journey
	// may do only once per. What belongs to a customer has her id in it, and
	// what belongs to a day ends with that: "birthday:42:2027-03-05".
	Subject string
	Due     time.Time
}

// All are the journeys there are. To add one, add its file and a line here.
var All = []Journey{
	thankYou,
	birthdayCoupon,
	anniversaryCoupon,
	reviewRequest,
	returnUpgrade,
	apology,
}

// Find is the journey with a key.
func Find(key string) (Journey, bool) {
	i := slices.IndexFunc(All, func(j Journey) bool { return j.Key == key })
	if i < 0 {
		return Journey{}, false
	}
	return All[i], true
}

// Values are the journey's settings in force for a shop.
func (j Journey) Values(shop crm.Shop) crm.Values { return shop.Settings(j.Key, j.Settings) }

// Plan says which messages an event leads to. A journey that is switched off
// plans nothing. Whether a message is then sent is asked when it is due: see Decide.
func Plan(e crm.Event, shop crm.Shop) []crm.Message {
	var planned []crm.Message
	for _, j := range All {
		v := j.Values(shop)
		if !slices.Contains(j.On, e.Kind) || !v.Bool("enabled") {
			continue
		}
		for _, o := range j.Occasions(e, shop, v) {
			planned = append(planned, j.message(e, shop, o))
		}
	}
	return planned
}

// Messages are what an event leads to in this journey, whether or not it is
// switched on.
func (j Journey) Messages(e crm.Event, shop crm.Shop) []crm.Message {
	var all []crm.Message
	for _, o := range j.Occasions(e, shop, j.Values(shop)) {
		all = append(all, j.message(e, shop, o))
	}
	return all
}

// ByHand is the message that staff asks for about an event: due at once, and
// free of the gates that only concern timing. Not ok: the event is no occasion
// of this journey. With ask.Again it is a second one for an occasion that had
// its gesture, under a subject of its own: one a day.
func (j Journey) ByHand(e crm.Event, shop crm.Shop, ask crm.Ask, now time.Time) (m crm.Message, ok bool) {
	e.Kind, e.At = crm.AskedByHand, now
	all := j.Occasions(e, shop, j.Values(shop))
	if len(all) == 0 {
		return m, false
	}
	if ask.Again != "" {
		all[0].Subject = crm.AgainOf(all[0].Subject, crm.DayOf(now, crm.Location(shop.Timezone)))
	}
	m = j.message(e, shop, all[0])
	ask.At = now
	m.ByHand, m.DueAt, m.Detail, m.Ask = true, now, ask.By+": "+ask.Reason, &ask
	return j.settle(crm.Facts{Message: m, Shop: shop}, e).Message, true
}

func (j Journey) message(e crm.Event, shop crm.Shop, o Occasion) crm.Message {
	m := crm.Message{
		ShopID:  shop.ID,
		Journey: j.Key,
		Purpose: j.Purpose,
		Subject: o.Subject,
		State:   crm.Planned,
		DueAt:   o.Due,
	}
	if e.Customer != nil {
		m.CustomerID = e.Customer.ID
	}
	if _, calendar := crm.OccasionDay(o.Subject); calendar {
		return m // whatever else the event tells: it is about her and her day
	}
	if e.Return != nil {
		m.ReturnID, m.OrderID = e.Return.ID, e.Return.OrderID
		m.CustomerID = cmp.Or(e.Return.CustomerID, m.CustomerID)
	}
	if e.Order != nil {
		m.OrderID = e.Order.ID
		m.CustomerID = cmp.Or(e.Order.CustomerID, m.CustomerID)
	}
	return m
}

// Settle fills in what can be told of a message only once its facts are known:
// what it offers, and whether that makes it marketing. Who writes the mail or
// looks at its links needs the facts as they are after it. Doing it twice
// changes nothing.
func (j Journey) Settle(f crm.Facts) crm.Facts {
	if j.Offer != nil && f.Message.Ask != nil {
		ask := *f.Message.Ask // the caller's stays as it is
		ask.Offer = j.Offer(f)
		f.Message.Ask = &ask
	}
	switch {
	case j.Purposes != nil:
		f.Message.Purpose = j.Purposes(f)
	case f.Message.Purpose == "":
		f.Message.Purpose = j.Purpose
	}
	return f
}

// settle is Settle with no more facts than an event has.
func (j Journey) settle(f crm.Facts, e crm.Event) crm.Facts {
	f.Settings, f.Order = j.Values(f.Shop), e.Order
	if e.Customer != nil {
		f.Customer = *e.Customer
	}
	asked := f.Message.Ask
	f = j.Settle(f)
	f.Message.Ask = asked // what she is offered is decided when it is due
	return f
}

// deadline is the journey's, zero for none.
func (j Journey) deadline(f crm.Facts) (end time.Time) {
	if j.Deadline != nil {
		end = j.Deadline(f)
	}
	return end
}

// once is one occasion of an event.
func once(subject string, due time.Time) []Occasion { return []Occasion{{Subject: subject, Due: due}} }

// enabled is the switch that every journey has.
func enabled(byDefault string) crm.Setting {
	return crm.Setting{Key: "enabled", Label: "Switched on", Kind: crm.SettingBool, Default: byDefault,
		Help: "Off: nothing new is planned, and what waits is skipped when it is due."}
}
