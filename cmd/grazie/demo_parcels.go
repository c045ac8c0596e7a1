package main

import (
	"fmt"
	"net/url"
	"slices"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/outbox"
	"grazie/integrations/shopify/simshop"
)

// demoParcels are scenes about orders of the morning.
var demoParcels = []scene{
	{"Neža's board is delivered: time to ask how she likes it", func(s *stage) []simshop.Webhook {
		o := s.orders["neza"]
		parcel, hooks := s.sim.Fulfill(o)
		s.occasion("neza review", "review_request", "review:"+s.orderID("neza"), s.customers["neza"])
		return append(hooks, s.sim.Deliver(parcel))
	}, "neza review", want{message: crm.Sent, locale: "sl", says: []string{"Neža"}, more: 1, also: func(s *stage) {
		s.that(reviewLink(s.ended.mail) != "", "the mail has no link to the review page")
	}}},
	{story: "A mail scanner opens the link, then Neža does: two stars of five", about: "neza review",
		want: want{message: crm.Sent, also: reviews, note: "no reminder any more"}},
	{"Imogen wants to send her apron back, and it shall cost her nothing", func(s *stage) []simshop.Webhook {
		_, hooks := s.sim.Fulfill(s.orders["imogen"])
		r, asked, err := s.sim.RequestReturn(s.orders["imogen"], "a little too large")
		if !s.that(err == nil, fmt.Sprintf("the return cannot be asked for: %v", err)) {
			return nil
		}
		s.back, s.asked = r, asked
		s.occasion("imogen return", "return_upgrade", fmt.Sprint("return:", r.ID), s.customers["imogen"])
		return append(hooks, asked)
	}, "imogen return", want{message: crm.Sent, locale: "en", says: []string{"Imogen", ownLabel, "gift"}, more: 2, also: freed}},
	{"The shop tells of the return again, and that it was approved", func(s *stage) []simshop.Webhook {
		echoes := slices.DeleteFunc(s.sim.TakeWebhooks(), func(w simshop.Webhook) bool { return w.Topic != "returns/approve" })
		if s.back == nil {
			return echoes
		}
		return append(echoes, s.asked.Redeliver())
	}, "imogen return", want{message: crm.Sent, note: "no second mail", also: freed}},
	{story: "Aurélie's honey came in shards; Anna looks at an apology before she sends it", want: want{note: "nothing happened yet", also: tries}},
	{"Anna sends it, with a line of her own", func(s *stage) []simshop.Webhook {
		m, err := s.desk.Run(s.ctx, s.shop, apologise(s))
		s.that(err == nil, fmt.Sprintf("the apology cannot be asked for: %v", err))
		s.occasion("aurelie apology", "apology", m.Subject, s.customers["aurelie"])
		s.ring(m.ID)
		return nil
	}, "aurelie apology", want{message: crm.Sent, locale: "fr", says: []string{"Aurélie", shards}, also: func(s *stage) {
		if e, ok := s.codeOf(s.ended.message); s.that(ok && e.State == crm.EffectDone, "the apology's code is not made") {
			s.mailSays(e.Code.Code)
			expectSame(&s.tally, "codes for Aurélie at the shop", 1, len(s.codesFor(s.customers["aurelie"].ID)))
		}
	}}},
}

// reviews is what comes of the link in Neža's mail.
func reviews(s *stage) {
	link, reminder := reviewLink(s.ended.mail), crm.ReminderOf(s.ended.message.Subject)
	s.open(link, nil)
	s.say("a look changes nothing")
	s.waits(reminder, true)
	s.that(len(s.openTasks(crm.TaskLowRating)) == 0, "a GET must open no task")
	s.open(link, url.Values{"rating": {"2"}, "text": {"Lep les, a premajhna."}})
	t := s.task(crm.TaskLowRating, true)
	expectSame(&s.tally, "the task is about", s.orderID("neza"), t.OrderID)
	s.waits(reminder, false)
}

// waits expects that the message of the scene's journey about a subject waits
// for its day, or does not any more.
func (s *stage) waits(subject string, yes bool) crm.Message {
	m, err := s.store.MessageAbout(s.ctx, s.shop.ID, s.ended.message.Journey, subject)
	s.that(err == nil && (m.State == crm.Planned) == yes, fmt.Sprintf("%s waits: expected %t, found %s, %v", subject, yes, m.State, err))
	return m
}

func (s *stage) openTasks(kind crm.TaskKind) []crm.Task {
	all, err := s.store.Tasks(s.ctx, s.shop.ID, false, 100)
	s.that(err == nil, fmt.Sprintf("the tasks cannot be read: %v", err))
	return slices.DeleteFunc(all, func(t crm.Task) bool { return t.Kind != kind })
}

// freed expects that Imogen's return was made free, at the shop too, and once.
func freed(s *stage) {
	if !s.that(s.back != nil, "there is no return") {
		return
	}
	r := s.sim.ReturnState(s.back)
	expectSame(&s.tally, "the return at the shop is", "open", r.Status)
	s.that(len(r.Labels) == 1 && r.Labels[0].URL == ownLabel, fmt.Sprintf("labels at the shop: expected one, found %v", r.Labels))
	all, err := s.store.EffectsOf(s.ctx, s.shop.ID, s.ended.message.ID)
	kinds := map[crm.EffectKind]int{}
	for _, e := range all {
		s.that((e.State == crm.EffectDone) == (e.Kind != crm.ReturnFeeWaived), fmt.Sprintf("%s is %s: %s", e.Kind, e.State, e.Detail))
		kinds[e.Kind]++
	}
	s.that(err == nil, fmt.Sprintf("the effects cannot be read: %v", err))
	for _, k := range []crm.EffectKind{crm.ReturnApproved, crm.ReturnFeeWaived, crm.LabelBought, crm.LabelAttached} {
		expectSame(&s.tally, "times of "+string(k), 1, kinds[k])
	}
	expectSame(&s.tally, "tasks for staff", 1, len(s.openTasks(crm.TaskReturnRefused)))
	if s.ended.news {
		s.say("approved, label attached")
		s.say("staff is told to take the fee off: no app can")
	}
}

// shards is Anna's own line in the apology.
const shards = "Le prochain pot, je l'emballe moi-même."

func apologise(s *stage) desk.Request {
	return desk.Request{Journey: "apology", Order: s.orders["aurelie"].Name(),
		Ask: crm.Ask{By: "Anna", Reason: "the honey came in shards", Note: shards, Offer: crm.OfferCode}}
}

// tries expects that a dry run shows the mail and the code, and does nothing.
func tries(s *stage) {
	id, key := s.customers["aurelie"].ID, s.orders["aurelie"].Name()
	p, err := s.desk.Preview(s.ctx, s.shop, apologise(s))
	if !s.that(err == nil && p.Mail != nil, fmt.Sprintf("the dry run shows no mail: %s, %v", p.Decision.Reason, err)) {
		return
	}
	expectSame(&s.tally, "it would", crm.Send, p.Decision.Verdict)
	s.ended.mail = outbox.Mail{Locale: p.Mail.Locale, Text: p.Mail.Text}
	s.mailSays("Aurélie")
	s.mailSays(shards)
	if s.that(len(p.Effects) == 1 && p.Effects[0].Code != nil, fmt.Sprintf("expected a code before it, found %v", p.Effects)) {
		e := p.Effects[0]
		s.say("it would make a code for %d %% until %s", e.Code.Percent, crm.DayOf(e.Code.EndsAt, crm.Location(e.Code.Zone)))
	}
	s.say("and send “%s”", p.Mail.Subject)
	_, err = s.store.MessageAbout(s.ctx, s.shop.ID, "apology", "apology:"+s.orderID("aurelie"))
	s.that(err != nil, "a dry run planned the apology for "+key)
	expectSame(&s.tally, "codes for Aurélie at the shop", 0, len(s.codesFor(id)))
}
