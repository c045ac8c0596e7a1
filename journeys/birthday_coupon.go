package journeys

import (
	"time"

	"grazie/crm"
)

const birthdayKey = "birthday_coupon"

// birthdayCoupon is a gift for the birthday, which the customer told herself.
// Month and day are all that is known of it (mail-and-domain.md, D1 and D2).
var birthdayCoupon = Journey{
	Key:      birthdayKey,
	Name:     "Birthday coupon",
	On:       []crm.EventKind{crm.CustomerChanged, crm.DayBegan},
	Purpose:  crm.Marketing,
	Settings: daySettings("0"),
	Occasions: func(e crm.Event, shop crm.Shop, v crm.Values) []Occasion {
		if e.Customer == nil || e.Customer.Birthday.Day == "" {
			return nil
		}
		b, leap := e.Customer.Birthday, leapRule(RuleValues(shop))
		return newCalendar("birthday", e, shop, v).around(func(year int) crm.Day { return b.Day.In(year, leap) }, b.Since())
	},
	Rule: func(f crm.Facts, now time.Time) crm.Decision {
		d, ok := crm.OccasionDay(f.Message.Subject)
		if _, is := f.Message.Reminder(); is {
			return reminds(f, now)
		}
		switch b := f.Customer.Birthday; {
		case b.Day == "" || !ok:
			return crm.SkipFor(crm.ReasonNoBirthday)
		case b.Day.In(d.Year, leapRule(rules(f))) != d:
			return crm.SkipFor(crm.ReasonBirthdayChanged)
		case b.Changed() && now.Before(b.At.Add(newDayWaits)) && !f.Message.ByHand:
			return crm.DeferUntil(b.At.Add(newDayWaits), crm.ReasonBirthdayWaits)
		}
		return dayRule(birthdayKey, f, now)
	},
	Effects:  dayEffects("Birthday coupon"),
	Needs:    []crm.EffectKind{crm.DiscountCodeMade},
	Deadline: dayDeadline,
}

func leapRule(rules crm.Values) crm.LeapRule { return crm.LeapRule(rules["leap_birthday"]) }
