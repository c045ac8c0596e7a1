package main

import (
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// validity is how many days after the day itself a birthday's code works.
const validity = 30

func demoBirthdays(now time.Time) []scene {
	chiara, lovro, crisanto := chiara.at(now), lovro.at(now), crisanto.at(now)
	return []scene{
		{"Chiara's birthday in " + chiara.City + ": the shop's record of her says so", birthday(chiara), "chiara birthday",
			want{message: crm.Sent, locale: "it", says: []string{"Chiara"}, more: 1, also: hasCode(chiara)}},
		{"The shop tells Chiara's birthday a second time", birthday(chiara), "chiara birthday",
			want{message: crm.Sent, note: "no second mail, no second code", also: func(s *stage) {
				expectSame(&s.tally, "codes for Chiara at the shop", 1, len(s.codesFor(chiara.ID)))
			}}},
		{"Crisanto in " + crisanto.City + " changes his birthday: now it is today", birthday(crisanto), "crisanto birthday",
			want{message: crm.Planned, reason: crm.ReasonBirthdayWaits, more: 1, also: noCode(crisanto)}},
		{"Lovro's birthday in " + lovro.City + ": he never agreed to advertising", birthday(lovro), "lovro birthday",
			want{message: crm.Skipped, reason: crm.ReasonNoConsent, more: 1, also: noCode(lovro)}},
	}
}

// demoFaults are scenes in which the shop's API does not do as it should. Both
// mails come later: see demoLaterGestures.
func demoFaults(now time.Time) []scene {
	odile, edith := odile.at(now), edith.at(now)
	return []scene{
		{"Odile's birthday in " + odile.City + ": the shop makes her code, but its answer is lost", broken(simshop.Faults{LoseEvery: 1}, birthday(odile)), "odile birthday",
			want{message: crm.Planned, reason: crm.ReasonShopAway, more: 1, also: func(s *stage) {
				expectSame(&s.tally, "codes for Odile at the shop", 1, len(s.codesFor(odile.ID)))
				if e, ok := s.codeOf(s.ended.message); s.that(ok, "Odile's code is not stored") {
					expectSame(&s.tally, "Odile's code is", crm.EffectPlanned, e.State)
				}
				s.heal()
			}}},
		{"Edith's birthday in " + edith.City + ": the shop refuses Grazie's token", broken(simshop.Faults{DeadToken: true}, birthday(edith)), "edith birthday",
			want{message: crm.Planned, reason: crm.ReasonShopAuth, more: 1, also: func(s *stage) {
				noCode(edith)(s)
				s.task(crm.TaskConnection, true)
				s.heal()
			}}},
		{story: "Anna connects the shop again, with a new token", want: want{note: "what waited for it is due at once", also: reconnect}},
	}
}

// birthday tells that somebody's birthday is today.
func birthday(who person) func(*stage) []simshop.Webhook {
	return func(s *stage) []simshop.Webhook {
		s.occasion(who.Key+" birthday", "birthday_coupon", crm.DaySubject("birthday", fmt.Sprint(who.ID), who.today), who.Customer)
		return []simshop.Webhook{s.sim.SetBirthday(who.Customer, born(who.today))}
	}
}

// broken lets something happen while the shop's API has a fault.
func broken(f simshop.Faults, do func(*stage) []simshop.Webhook) func(*stage) []simshop.Webhook {
	return func(s *stage) []simshop.Webhook {
		s.hush.Store(true)
		s.sim.Break(f)
		return do(s)
	}
}

// heal ends the fault.
func (s *stage) heal() {
	s.sim.Break(simshop.Faults{})
	s.hush.Store(false)
}

// reconnect does what grazie shop connect does.
func reconnect(s *stage) {
	shop, err := s.store.Shop(s.ctx, s.shop.ID)
	s.that(err == nil && shop.Broken != "", "the connection must be known as broken")
	shop, err = s.store.ChangeConnection(s.ctx, s.shop.ID, func(_ *crm.Shop, connection crm.Values) error {
		connection[shopify.SettingToken] = s.sim.Token()
		return nil
	})
	s.that(err == nil && shop.Broken == "", "the connection must be whole again")
	s.task(crm.TaskConnection, false)
	s.say("the task is done")
}

// hasCode expects that the mail that ended the scene holds the one code that
// the shop has for a customer: hers alone, once, until the end of a day of hers.
func hasCode(who person) func(*stage) {
	return func(s *stage) {
		e, ok := s.codeOf(s.ended.message)
		if !s.that(ok && e.State == crm.EffectDone, "the code is not stored as made") {
			return
		}
		expectSame(&s.tally, "codes for her at the shop", 1, len(s.codesFor(who.ID)))
		d, ok := s.sim.Discount(e.Code.Code)
		if !s.that(ok, "the shop does not know the code "+e.Code.Code) {
			return
		}
		s.that(len(d.Customers) == 1 && d.Customers[0] == who.ID, fmt.Sprintf("the code is for %v; expected her alone", d.Customers))
		expectSame(&s.tally, "orders that may use it", 1, d.UsageLimit)
		last := who.today.Add(validity)
		expectSame(&s.tally, "last second of the code", last.At(23, 59, 59, who.zone).UTC(), d.EndsAt.UTC())
		s.mailSays(e.Code.Code)
		s.mailSays(dated(last, s.ended.mail.Locale))
		s.say("code %s, for %s alone, until %s", e.Code.Code, who.FirstName, last)
	}
}

// noCode expects that the shop has no code for somebody.
func noCode(who person) func(*stage) {
	return func(s *stage) {
		expectSame(&s.tally, "codes for "+who.FirstName+" at the shop", 0, len(s.codesFor(who.ID)))
	}
}
