package main

import (
	"fmt"
	"net/url"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// demoLaterGestures are what others waited for, in the sequence in which it comes.
func demoLaterGestures(now time.Time) []scene {
	chiara, edith, odile, bence := chiara.at(now), edith.at(now), odile.at(now), bence.at(now)
	return []scene{
		{"Bence in " + bence.City + " ordered for the first time a year ago: the calendar found it", func(s *stage) []simshop.Webhook {
			first := crm.MonthDayOf(crm.DayOf(aYearAgo(bence), bence.zone)).In(bence.today.Year, crm.LeapFeb28)
			s.occasion("bence anniversary", "anniversary_coupon", crm.DaySubject("anniversary", fmt.Sprint(bence.ID), first), bence.Customer)
			return nil
		}, "bence anniversary", want{message: crm.Sent, locale: "hu", says: []string{"Bence"}, more: 1, also: hasCodeSince(bence, aYearAgo(bence))}},
		{story: "Edith's code is made now, and her mail goes out", about: "edith birthday",
			want: want{message: crm.Sent, locale: "en", says: []string{"Edith"}, also: hasCode(edith)}},
		{story: "Edith unsubscribes with the button of her mail program", about: "edith birthday",
			want: want{message: crm.Sent, also: unsubscribes}},
		{"Chiara uses her code; Marco tried it before her", usesCode(chiara), "chiara", want{message: crm.Sent, locale: "it", part: "nth", says: []string{"Chiara", "Linen apron"}, also: redeemed}},
		{story: "Odile's code is asked for again: the shop has it, and makes no second one", about: "odile birthday",
			want: want{message: crm.Sent, locale: "fr", says: []string{"Odile"}, also: hasCode(odile)}},
	}
}

// hasCodeSince is hasCode of an occasion that comes every year since a time.
func hasCodeSince(who person, since time.Time) func(*stage) {
	who.today = crm.MonthDayOf(crm.DayOf(since, who.zone)).In(who.today.Year, crm.LeapFeb28)
	return hasCode(who)
}

// unsubscribes expects that a look at the link changes nothing, that the
// button stops what waits, and that the customer's mails stay as they were.
func unsubscribes(s *stage) {
	link, reminder := oneClick(s.ended.mail), crm.ReminderOf(s.ended.message.Subject)
	s.open(link, nil)
	s.waits(reminder, true)
	s.open(link, url.Values{"List-Unsubscribe": {"One-Click"}})
	m := s.waits(reminder, false)
	expectSame(&s.tally, "the reminder is", crm.Cancelled, m.State)
	expectSame(&s.tally, "its reason", crm.ReasonUnsubscribed, m.Reason)
	s.say("a look changes nothing")
	s.say("her click cancels the reminder that waited")
}
