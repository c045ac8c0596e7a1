package journeys

import (
	"time"

	"grazie/crm"
)

const anniversaryKey = "anniversary_coupon"

// anniversaryCoupon is a gift on the day of the customer's first order, every
// year. Only a first order that is known for sure to be the first counts.
var anniversaryCoupon = Journey{
	Key:      anniversaryKey,
	Name:     "Anniversary coupon",
	On:       []crm.EventKind{crm.DayBegan},
	Purpose:  crm.Marketing,
	Settings: daySettings("0"),
	Occasions: func(e crm.Event, shop crm.Shop, v crm.Values) []Occasion {
		if e.Customer == nil || e.FirstOrder.IsZero() {
			return nil
		}
		c := newCalendar("anniversary", e, shop, v)
		first := crm.DayOf(e.FirstOrder, c.zone)
		return c.around(func(year int) crm.Day { return anniversary(first, year) }, time.Time{})
	},
	Rule: func(f crm.Facts, now time.Time) crm.Decision {
		d, ok := crm.OccasionDay(f.Message.Subject)
		if _, is := f.Message.Reminder(); is {
			return reminds(f, now)
		}
		if !ok || f.FirstOrder.IsZero() || !f.HistoryKnown || anniversary(crm.DayOf(f.FirstOrder, zoneOf(f)), d.Year) != d {
			return crm.SkipFor(crm.ReasonNoAnniversary)
		}
		if decision := dayRule(anniversaryKey, f, now); decision.Verdict != crm.Send {
			return decision
		}
		if next := birthdayMail(f, now); !f.Message.ByHand && !next.IsZero() {
			return crm.DeferUntil(next.Add(apart), crm.ReasonOtherFirst)
		}
		return open
	},
	Effects:  dayEffects("Anniversary coupon"),
	Needs:    []crm.EffectKind{crm.DiscountCodeMade},
	Deadline: dayDeadline,
}

// anniversary is the day of a first order in a later year, on the last day of
// February where that has no 29th; in its own year and before there is none.
func anniversary(first crm.Day, year int) crm.Day {
	if year <= first.Year {
		return crm.Day{}
	}
	return crm.MonthDayOf(first).In(year, crm.LeapFeb28)
}

// birthdayMail is when the mail for the customer's birthday is due, if that is
// so near that no other day is spoken of; else zero.
func birthdayMail(f crm.Facts, now time.Time) time.Time {
	v, b := birthdayCoupon.Values(f.Shop), f.Customer.Birthday
	last := lately(f, true, birthdayKey)
	if !v.Bool("enabled") || b.Day == "" || !last.IsZero() && now.Before(last.Add(yearly)) {
		return time.Time{}
	}
	c := newCalendar("birthday", crm.Event{Kind: crm.DayBegan, At: now, Customer: &f.Customer}, f.Shop, v)
	today := c.today
	for ahead := 0; ahead <= int(apart/day); ahead += plannedFor { // as the calendar will look at it
		for _, o := range c.around(func(year int) crm.Day { return b.Day.In(year, leapRule(rules(f))) }, b.Since()) {
			if crm.DayOf(o.Due, c.zone).Sub(today) < int(apart/day) {
				return o.Due
			}
		}
		c.today = c.today.Add(plannedFor)
	}
	return time.Time{}
}
