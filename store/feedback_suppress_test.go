package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func TestWhatSuppresses(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		for i, tt := range []struct {
			kind  crm.FeedbackKind
			class crm.BounceClass
			want  string
		}{
			{crm.FeedbackBounced, crm.BounceInvalid, "all bounced"},
			{crm.FeedbackBounced, crm.BounceInactive, "all bounced"},
			{crm.FeedbackBounced, crm.BounceFull, ""},
			{crm.FeedbackBounced, crm.BounceUnclassified, ""},
			{crm.FeedbackBounced, crm.BounceTooBig, ""},
			{crm.FeedbackBlocked, crm.BounceReputation, ""},
			{crm.FeedbackBlocked, crm.BounceUnclassified, ""},
			{crm.FeedbackDeferred, crm.BounceFull, ""},
			{crm.FeedbackDropped, crm.BounceInactive, "all bounced"},
			{crm.FeedbackDropped, crm.BounceInvalid, "all bounced"},
			{crm.FeedbackDropped, crm.BounceComplained, "marketing complained"},
			{crm.FeedbackDropped, crm.BounceUnsubscribed, "marketing unsubscribed"},
			{crm.FeedbackDropped, crm.BounceContent, ""},
			{crm.FeedbackComplained, "", "marketing complained"},
			{crm.FeedbackUnsubscribed, "", "marketing unsubscribed"},
			{crm.FeedbackDelivered, "", ""},
			{crm.FeedbackOpened, "", ""},
		} {
			email := string(rune('a'+i)) + "@x.example"
			p.feed(p.told(p.sent(email, "thank_you", crm.Transactional), tt.kind, tt.class))
			if got := p.suppressed(email); got != tt.want {
				t.Errorf("%s %s: %q", tt.kind, tt.class, got)
			}
		}
	})
}

const day = 24 * time.Hour

// full tells of a full mailbox, or of an arrival, after some days.
type full struct {
	after   int
	arrived bool
	of      int // which mail; 0: a new one
}

func TestFullMailbox(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		from := c.Now()
		for name, tt := range map[string]struct {
			events []full
			want   string
		}{
			"twice":                    {[]full{{after: 0}, {after: 1}}, ""},
			"three times":              {[]full{{after: 0}, {after: 10}, {after: 20}}, "all mailbox_full until 2027-01-10"},
			"three times in 31 days":   {[]full{{after: 0}, {after: 10}, {after: 30}}, ""},
			"four times":               {[]full{{after: 0}, {after: 1}, {after: 2}, {after: 3}}, "all mailbox_full until 2026-12-24"},
			"one mail three times":     {[]full{{after: 0, of: 1}, {after: 1, of: 1}, {after: 2, of: 1}}, ""},
			"with an arrival between":  {[]full{{after: 0}, {after: 1}, {after: 2, arrived: true}, {after: 3}}, ""},
			"arrival told late":        {[]full{{after: 0}, {after: 1}, {after: 3}, {after: 2, arrived: true}}, ""},
			"arrival afterwards":       {[]full{{after: 0}, {after: 1}, {after: 2}, {after: 3, arrived: true}}, ""},
			"arrival before them":      {[]full{{after: 0, arrived: true}, {after: 1}, {after: 2}, {after: 3}}, "all mailbox_full until 2026-12-24"},
			"the first one told last":  {[]full{{after: 20}, {after: 10}, {after: 0}}, "all mailbox_full until 2027-01-10"},
			"one more, 40 days later":  {[]full{{after: 0}, {after: 1}, {after: 2}, {after: 42}}, ""},
			"one long before told now": {[]full{{after: 42}, {after: 0}, {after: 1}}, ""},
		} {
			email := string(rune('a'+len(name))) + name[:1] + name[len(name)-4:] + "@x.example"
			mails := map[int]crm.Message{}
			for i, e := range tt.events {
				if e.of == 0 {
					e.of = 100 + i
				}
				if _, there := mails[e.of]; !there {
					mails[e.of] = p.sent(email, "thank_you", crm.Transactional)
				}
				told := p.told(mails[e.of], crm.FeedbackBounced, crm.BounceFull)
				if e.arrived {
					told = p.told(mails[e.of], crm.FeedbackDelivered, "")
				}
				told.At = from.Add(time.Duration(e.after) * day)
				p.feed(told)
			}
			if got := p.suppressed(email); got != tt.want {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
		}
	})
}

func TestTwiceWithoutACause(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		refuse := func(email string, m crm.Message, after time.Duration) {
			e := p.told(m, crm.FeedbackBounced, crm.BounceUnclassified)
			e.At = e.At.Add(after)
			p.feed(e)
		}
		m, n := p.sent("a@x.example", "thank_you", crm.Transactional), p.sent("a@x.example", "thank_you", crm.Transactional)
		refuse("a@x.example", m, 0)
		refuse("a@x.example", m, time.Hour) // the same mail
		if got := p.suppressed("a@x.example"); got != "" {
			t.Errorf("after one mail: %s", got)
		}
		refuse("a@x.example", n, 7*day)
		if got := p.suppressed("a@x.example"); got != "all bounced_twice" {
			t.Errorf("after two: %s", got)
		}
		refuse("b@x.example", p.sent("b@x.example", "thank_you", crm.Transactional), 0)
		refuse("b@x.example", p.sent("b@x.example", "thank_you", crm.Transactional), 7*day+time.Microsecond)
		if got := p.suppressed("b@x.example"); got != "" {
			t.Errorf("eight days apart: %s", got)
		}
	})
}

// A group lifts what it set itself, in whatever sequence that is told.
func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		m := p.sent(anna, "birthday_coupon", crm.Marketing)
		say := func(email string, kind crm.FeedbackKind, group, journey string, hour int) {
			e := p.told(m, kind, "")
			e.Group, e.Journey, e.EmailKey, e.At = group, journey, email, e.At.Add(time.Duration(hour)*time.Hour)
			p.feed(e)
		}
		leave, back := crm.FeedbackUnsubscribed, crm.FeedbackResubscribed
		check := func(what, email, want string) {
			t.Helper()
			if got := p.suppressed(email); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		say("a@x.example", leave, "14", "", 1)
		check("a group of no journey", "a@x.example", "marketing unsubscribed_group")
		say("a@x.example", back, "14", "", 2)
		check("back", "a@x.example", "")
		say("a@x.example", leave, "14", "", 3)
		check("left again", "a@x.example", "marketing unsubscribed_group")

		say("b@x.example", leave, "14", "birthday_coupon", 1)
		check("a journey's group", "b@x.example", "birthday_coupon unsubscribed_group")

		say("c@x.example", back, "14", "", 2)
		say("c@x.example", leave, "14", "", 1)
		check("told in the wrong sequence", "c@x.example", "")

		say("d@x.example", leave, "14", "", 1)
		say("d@x.example", leave, "15", "", 2)
		say("d@x.example", back, "14", "", 3)
		check("another group is still left", "d@x.example", "marketing unsubscribed_group")

		say("e@x.example", leave, "14", "", 1)
		say("e@x.example", leave, "", "", 2)
		say("e@x.example", back, "14", "", 3)
		check("she left all of it too", "e@x.example", "marketing unsubscribed")

		p.feed(p.told(p.sent("f@x.example", "birthday_coupon", crm.Marketing), crm.FeedbackComplained, ""))
		say("f@x.example", leave, "14", "", 1)
		say("f@x.example", back, "14", "", 2)
		check("she complained", "f@x.example", "marketing complained")
	})
}

// A refusal that names no mail any more says of the mailbox that it is not
// there: that holds wherever the address is known.
func TestDelayedBounceWithoutMessage(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p, q := newPost(t, s, c), &post{T: t, store: s, clock: c, shop: connect(t, s, "other.myshopify.com")}
		stranger := connect(t, s, "third.myshopify.com")
		waits := p.plan(anna, "thank_you", crm.Transactional, time.Hour)
		q.plan(anna, "thank_you", crm.Transactional, time.Hour)
		late := crm.Feedback{ID: "late", Kind: crm.FeedbackBounced, Class: crm.BounceInvalid, EmailKey: anna, At: c.Now()}
		if r := p.feed(late); r.Stored != 1 || r.Suppressed != 2 {
			t.Errorf("%+v", r)
		}
		if p.suppressed(anna) != "all bounced" || q.suppressed(anna) != "all bounced" || p.now(waits).State != crm.Skipped {
			t.Errorf("%s, %s, %s", p.suppressed(anna), q.suppressed(anna), p.now(waits).State)
		}
		if all, err := s.Suppressions(t.Context(), stranger.ID, "", 10); len(all) != 0 || err != nil {
			t.Errorf("a shop that does not know it: %v, %v", all, err)
		}
		c.pass(time.Hour)
		if err := s.Lift(t.Context(), p.shop.ID, anna, crm.ScopeAll, "kim: she is back"); err != nil {
			t.Fatal(err)
		}
		late.ID = "late again"
		if p.feed(late, crm.Feedback{ID: "full", Kind: crm.FeedbackBounced, Class: crm.BounceFull, EmailKey: anna, At: c.Now()}); p.suppressed(anna) != "" {
			t.Errorf("after it was lifted: %s", p.suppressed(anna))
		}
	})
}

// What a mailer is told at once counts like what a provider tells later.
func TestRefusalsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		refuse := func(email string, class crm.BounceClass, final bool) (crm.Message, store.FeedbackResult) {
			t.Helper()
			o := store.Outcome{State: crm.Failed, Reason: crm.ReasonMailerRefused, Detail: "550 said the server"}
			if !final {
				o = store.Outcome{State: crm.Planned, Reason: crm.ReasonMailerAway, DueAt: c.Now().Add(time.Minute)}
			}
			m := p.claimed(email, "thank_you", crm.Transactional)
			p.outcome(m, o)
			r, err := s.RecordRefusal(t.Context(), m, email, class, "5.1.1", final)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := s.RecordRefusal(t.Context(), m, email, class, "5.1.1", final); err != nil || again.Stored+again.Suppressed+again.Moved != 0 {
				t.Errorf("the same try again: %+v, %v", again, err)
			}
			return p.now(m), r
		}
		m, r := refuse("a@x.example", crm.BounceInvalid, true)
		if m.State != crm.Bounced || m.Reason != crm.ReasonBounced || !m.SentAt.IsZero() || m.Detail != "550 said the server" || r.Suppressed != 1 || p.suppressed("a@x.example") != "all bounced" {
			t.Errorf("no such mailbox: %+v, %+v", m, r)
		}
		if m, _ := refuse("b@x.example", crm.BounceContent, true); m.State != crm.Failed || m.Reason != crm.ReasonBlocked || p.suppressed("b@x.example") != "" {
			t.Errorf("our own fault: %+v", m)
		}
		if m, _ := refuse("c@x.example", crm.BounceRate, false); m.State != crm.Planned || m.Reason != crm.ReasonMailerAway {
			t.Errorf("tried again: %+v", m)
		}
		for range 3 {
			refuse("d@x.example", crm.BounceFull, true)
		}
		if got := p.suppressed("d@x.example"); got != "all mailbox_full until 2026-12-21" {
			t.Errorf("full three times: %s", got)
		}
		if r, err := s.RecordRefusal(t.Context(), m, "a@x.example", "", "", true); err != nil || r.Stored != 0 {
			t.Errorf("nothing was said of the address: %+v, %v", r, err)
		}
	})
}
