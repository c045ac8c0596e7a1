package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/outbox"
	"grazie/store"
)

// tally counts what was expected, and keeps what did not hold.
type tally struct {
	held     int
	broken   []string
	told     map[string]bool // messages seen so far; true once their mail was told of
	expected map[string]int  // mails that must be there, by address
	refused  int             // webhooks at the door
	taken    int             // webhooks that must be in the database
	repeated int             // webhooks that came again
	planned  int             // messages that must be there
	letter   outbox.Mail     // the one shown at the end
}

func (t *tally) that(ok bool, otherwise string) bool {
	if ok {
		t.held++
	} else {
		t.broken = append(t.broken, otherwise)
	}
	return ok
}

// expectSame holds that two values are equal.
func expectSame[T comparable](t *tally, what string, expected, found T) {
	t.that(expected == found, fmt.Sprintf("%s: expected %q, found %q", what, fmt.Sprint(expected), fmt.Sprint(found)))
}

// play plays the day. Its error is one of the machinery; what is not as
// expected stands in the tally.
func (s *stage) play(ctx context.Context, a *account, day []chapter) error {
	s.ctx = ctx
	for _, c := range day {
		delay, err := s.delay(c.delay)
		if err == nil {
			_, err = s.store.ChangeShop(ctx, s.shop.ID, func(shop *crm.Shop) error {
				shop.Journeys["thank_you"] = crm.Values{"delay": delay}
				return nil
			})
		}
		if err != nil {
			return err
		}
		a.chapter(c.title)
		if c.play != nil {
			if err := c.play(ctx, s, a); err != nil {
				return err
			}
		}
		for _, sc := range c.scenes {
			if err := s.perform(a, sc); err != nil {
				return err
			}
		}
	}
	return nil
}

// delay is a chapter's, counted by the shop's clock, which is behind.
func (s *stage) delay(told string) (string, error) {
	if told == "" {
		return "0s", nil
	}
	d, err := crm.ParseDuration(told)
	return (d + time.Since(s.sim.Clock())).Round(time.Millisecond).String(), err
}

// perform plays one scene, checks it, and tells of it.
func (s *stage) perform(a *account, sc scene) error {
	broken := len(s.broken)
	s.deliveries, s.said, s.ended = nil, nil, ending{}
	if sc.do != nil {
		for _, w := range sc.do(s) {
			d, err := s.post(w)
			if err != nil {
				return err
			}
			s.deliveries = append(s.deliveries, d)
			s.checkDelivery(d, sc.want)
		}
	}
	if sc.about != "" {
		var err error
		if s.ended, err = s.ending(sc.about, sc.want); err != nil {
			return err
		}
	}
	s.planned += sc.want.more
	if sc.want.also != nil {
		sc.want.also(s)
	}
	if err := s.ctx.Err(); err != nil {
		return err // whoever stopped it did not make the expectations fail
	}
	a.scene(sc, s, s.broken[broken:])
	return nil
}

func (s *stage) checkDelivery(d delivery, w want) {
	expectSame(&s.tally, d.sent.Topic+" answered", cmp.Or(w.answer, http.StatusOK), d.status)
	switch {
	case d.status != http.StatusOK:
		s.refused++
		err := s.find(&d)
		s.that(err == nil && d.row.ID == "", "a refused webhook must not be stored")
		return
	case d.again:
		s.repeated++
	default:
		s.taken++
	}
	expectSame(&s.tally, d.sent.Topic+" is", cmp.Or(w.webhook, store.WebhookProcessed), d.row.State)
}

// ending is what became of the letter of a scene.
type ending struct {
	message crm.Message
	mail    outbox.Mail
	address string
	news    bool // the mail was not told of before
}

// ending holds the message row and the outbox against what is wanted.
func (s *stage) ending(key string, w want) (e ending, err error) {
	m, count, err := s.message(key, w)
	if err != nil {
		return e, err
	}
	e.message = m
	expectSame(&s.tally, "messages about it", 1, count)
	expectSame(&s.tally, "the message is", w.message, m.State)
	expectSame(&s.tally, "its reason", w.reason, m.Reason)
	if _, known := s.told[m.ID]; !known && count > 0 {
		s.told[m.ID] = false
		s.planned++
	}
	found, err := s.box.Mail(m.ID)
	if m.State != crm.Sent {
		s.that(err != nil, "there must be no mail, and there is one")
		return e, nil
	}
	if !s.that(err == nil, "the mail is not in the outbox") {
		return e, nil
	}
	e.mail, e.address, e.news = found, s.address(key, m.ID), !s.told[m.ID]
	if e.news {
		s.told[m.ID] = true
		_, to := integrations.Email(s.customers[key].Email)
		s.expected[to]++
		s.checkMail(e, key, w)
	}
	return e, s.ctx.Err()
}

func (s *stage) checkMail(e ending, key string, w want) {
	m := e.mail
	expectSame(&s.tally, "language of the mail", w.locale, m.Locale)
	expectSame(&s.tally, "language of the message", w.locale, e.message.Locale)
	expectSame(&s.tally, "sender", s.shop.Sender.Email, m.From.Email)
	for _, text := range w.says {
		s.that(strings.Contains(m.Text, text), fmt.Sprintf("the mail does not say %q", text))
	}
	s.that(w.not == "" || !strings.Contains(m.Text, w.not), fmt.Sprintf("the mail says %q", w.not))
	holds := func(part string) bool {
		return slices.ContainsFunc(e.message.Phrases, func(p string) bool { return strings.HasPrefix(p, e.message.Journey+"."+part+".") })
	}
	s.that(w.part == "" || holds(w.part), fmt.Sprintf("the letter has no sentence of the kind %q: %v", w.part, e.message.Phrases))
	s.that(w.unsaid == "" || !holds(w.unsaid), fmt.Sprintf("the letter has a sentence of the kind %q: %v", w.unsaid, e.message.Phrases))
	err := s.page(e.address, m.ID)
	s.that(err == nil, fmt.Sprintf("the page %s: %v", e.address, err))
	if s.letter.ID == "" && key == "imogen" {
		s.letter = m
	}
}
