package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// The goods of the simulated shop, by their place in its list.
const (
	cup = iota
	apron
	board
	honey
	candle
	giftCard
)

// chapter is a part of the day in which letters wait equally long.
type chapter struct {
	title   string
	delay   string // of the thank-you; empty: none
	history func(*simshop.Shop) ([]simshop.Webhook, error)
	scenes  []scene
	play    func(context.Context, *stage, *account) error // in place of scenes: another shop's part
}

// scene is one thing that happens, and what must come of it.
type scene struct {
	story string
	do    func(*stage) []simshop.Webhook // nil: nothing new, time passes
	about string                         // key of the order or other occasion it is about; empty: none
	want  want
}

// want is what must hold after a scene. A message that was sent must lie in
// the outbox exactly once, and any other not at all.
type want struct {
	answer  int                // HTTP status of each webhook; 0: 200
	webhook store.WebhookState // of each that was taken in; empty: processed
	message crm.MessageState   // empty: the scene has none
	reason  crm.Reason
	more    int // other messages that it plans for later: reminders, mostly
	locale  string
	says    []string     // in the mail's text
	not     string       // not in the mail's text
	part    string       // what kind of sentence the letter holds: first, nth, gift...
	unsaid  string       // and what kind it must not hold
	also    func(*stage) // expects whatever else there is to expect
	note    string       // told instead of the outcome
}

// demoDay is the day as it plays at a time.
func demoDay(now time.Time) []chapter {
	return []chapter{
		{title: "Eight customers, eight languages", scenes: demoLanguages},
		{title: "Letters wait an hour, in case something changes", delay: "1h", scenes: demoChanges},
		{title: "Here one waits three seconds, which a demo can show", delay: "3s", scenes: demoWaiting},
		{title: "Told twice, or in the wrong order", scenes: demoRepeats},
		{title: "No two orders are alike", scenes: demoKinds},
		{title: "What must not get through", scenes: demoRefusals},
		{title: "Birthdays", scenes: demoBirthdays(now), history: history(now)},
		{title: "The shop's platform has a bad day", scenes: demoFaults(now)},
		{title: "Parcels come and go", scenes: demoParcels},
		{title: "Meanwhile", scenes: slices.Concat(demoLater, demoLaterGestures(now))},
		{title: "Another shop installs the app", play: playMerchant},
	}
}

// firstOrder is what a first order's letter must hold.
func firstOrder(locale string, says ...string) want {
	return want{message: crm.Sent, locale: locale, part: "first", says: says}
}

var demoLanguages = []scene{
	{"Giulia in Bologna orders a cup and honey, her first order", buys("giulia", cup, honey), "giulia", firstOrder("it", "Giulia", "Mattina", aboutBologna)},
	{"Imogen in Leeds orders an apron, her first order too", buys("imogen", apron), "imogen", firstOrder("en", "Imogen", "Linen apron", aboutEngland)},
	{"Neža in Ljubljana orders a board", buys("neza", board), "neza", firstOrder("sl", "Neža", "Olive wood board")},
	{"Réka in Szeged orders a candle", buys("reka", candle), "reka", firstOrder("hu", "Réka", "Beeswax candle")},
	{"Liezel in Cebu City is an old customer, so nobody counts her orders", buys("liezel", honey, board, candle), "liezel",
		want{message: crm.Sent, locale: "fil", says: []string{"Liezel", "Olive wood board"}, unsaid: "first"}},
	{"Johanna in Vienna: the shop tells her order twice, as created and as paid", func(s *stage) []simshop.Webhook {
		o := s.place("johanna", "johanna", s.cart(apron, cup))
		return []simshop.Webhook{s.sim.OrderCreated(o), s.sim.OrderPaid(o)}
	}, "johanna", firstOrder("de", "Johanna", "Linen apron")},
	{"Aurélie in Lyon orders honey", buys("aurelie", honey), "aurelie", firstOrder("fr", "Aurélie", "Acacia honey")},
	{"Ximena in Guadalajara wants no advertising; a thank-you is none", buys("ximena", board), "ximena", firstOrder("es", "Ximena", "Olive wood board")},
}

var demoChanges = []scene{
	{"Bronte in Brunswick orders, and cancels at once", func(s *stage) []simshop.Webhook {
		o := s.place("bronte", "bronte", s.cart(cup))
		return []simshop.Webhook{s.sim.OrderCreated(o), s.sim.OrderCancelled(o)}
	}, "bronte", want{message: crm.Cancelled, reason: crm.ReasonOrderCancelled}},
	{"Mio in Kyōto orders, and is refunded at once", func(s *stage) []simshop.Webhook {
		o := s.place("mio", "mio", s.cart(apron))
		return []simshop.Webhook{s.sim.OrderCreated(o), s.sim.Refunded(o)}
	}, "mio", want{message: crm.Cancelled, reason: crm.ReasonOrderRefunded}},
}

var demoWaiting = []scene{
	{"Dale in Portland orders a candle", func(s *stage) []simshop.Webhook {
		return []simshop.Webhook{s.sim.OrderCreated(s.place("dale", "dale", s.cart(candle)))}
	}, "dale", want{message: crm.Planned, reason: crm.ReasonDelay}},
}

var demoLater = []scene{
	{story: "Dale's order stands, and his letter's time has come", about: "dale",
		want: want{message: crm.Sent, locale: "en", says: []string{"Dale", "Beeswax candle"}, unsaid: "first", also: allLanguages}},
}

// allLanguages holds that the day's mails were in every language there is.
func allLanguages(s *stage) {
	mails, err := s.mails()
	missing := maps.Clone(languages)
	for _, m := range mails {
		delete(missing, m.Locale)
	}
	s.that(err == nil && len(missing) == 0, fmt.Sprintf("no mail in %v, %v", missing, err))
}
