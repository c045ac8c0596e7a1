package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

const anna = "anna@x.example"

// What waits stops with the suppression, as far as its scope reaches.
func TestSuppressionStopsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		for scope, stopped := range map[string]string{
			crm.ScopeAll: "thank_you review_request birthday_coupon ", crm.ScopeMarketing: "review_request birthday_coupon ", "birthday_coupon": "birthday_coupon ",
		} {
			for reason, want := range map[string]crm.Message{
				crm.SuppressedBounced:      {State: crm.Skipped, Reason: crm.ReasonSuppressed},
				crm.SuppressedUnsubscribed: {State: crm.Cancelled, Reason: crm.ReasonUnsubscribed},
			} {
				p := &post{T: t, store: s, clock: c, shop: connect(t, s, scope+reason+".myshopify.com")}
				other := &post{T: t, store: s, clock: c, shop: connect(t, s, scope+reason+"-2.myshopify.com")}
				mine := []crm.Message{p.plan(anna, "thank_you", crm.Transactional, 0), p.plan(anna, "review_request", crm.Marketing, 0), p.plan(anna, "birthday_coupon", crm.Marketing, time.Hour)}
				others := []crm.Message{p.plan("bea@x.example", "birthday_coupon", crm.Marketing, 0), other.plan(anna, "birthday_coupon", crm.Marketing, 0)}
				if err := s.Suppress(t.Context(), p.shop.ID, anna, scope, reason, time.Time{}); err != nil {
					t.Fatal(err)
				}
				got := ""
				for _, m := range mine {
					if m = p.now(m); m.State == want.State && m.Reason == want.Reason {
						got += m.Journey + " "
					} else if m.State != crm.Planned {
						t.Errorf("%s %s: %s is %s %s", scope, reason, m.Journey, m.State, m.Reason)
					}
				}
				if got != stopped {
					t.Errorf("%s %s: stopped %s", scope, reason, got)
				}
				for _, m := range others {
					if m = p.now(m); m.State != crm.Planned {
						t.Errorf("%s %s: another's is %s", scope, reason, m.State)
					}
				}
				for _, m := range mine {
					facts, err := s.FactsOf(t.Context(), p.shop.ID, []crm.Message{m})
					if err != nil || facts[0].Suppressed(c.Now()) != (p.now(m).State != crm.Planned) {
						t.Errorf("%s %s: facts of %s say %v, %v", scope, reason, m.Journey, facts[0].Suppressed(c.Now()), err)
					}
				}
			}
		}
	})
}

// A mail about an order goes to the order's address: the customer's own may be
// suppressed beside it.
func TestTheAddressOfTheOrderCounts(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		buy := func(id, email string) crm.Message {
			o := paidOrder(c, id, "77", email)
			events := paid(o)
			events[0].Customer = &crm.Customer{ID: "77", Email: anna, EmailKey: anna, UpdatedAt: c.Now()}
			apply(t, s, p.shop.ID, "d-"+id, events, thankYou(o, c.Now()))
			return messages(t, s, p.shop.ID)[0]
		}
		own, work, none := buy("1", anna), buy("2", "work@x.example"), buy("3", "")
		if err := s.Suppress(t.Context(), p.shop.ID, anna, crm.ScopeAll, crm.SuppressedBounced, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if p.now(own).State != crm.Skipped || p.now(none).State != crm.Skipped || p.now(work).State != crm.Planned {
			t.Errorf("own %s, without an address %s, another address %s", p.now(own).State, p.now(none).State, p.now(work).State)
		}
	})
}

// A suppression that ends stops what is due before its end.
func TestSuspensionEnds(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		soon, later := p.plan(anna, "thank_you", crm.Transactional, time.Hour), p.plan(anna, "thank_you", crm.Transactional, 3*time.Hour)
		if err := s.Suppress(t.Context(), p.shop.ID, anna, crm.ScopeAll, "on holiday", c.Now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if p.now(soon).State != crm.Skipped || p.now(later).State != crm.Planned {
			t.Errorf("soon %s, later %s", p.now(soon).State, p.now(later).State)
		}
		c.pass(2 * time.Hour)
		facts, err := s.FactsOf(t.Context(), p.shop.ID, []crm.Message{later})
		if err != nil || facts[0].Suppressed(c.Now()) {
			t.Errorf("still suppressed, %v", err)
		}
	})
}

// Whatever is said first, the strongest reason stands in the end.
func TestStrongerReasonsStay(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		reasons := []string{crm.SuppressedUnsubscribed, crm.SuppressedComplained, crm.SuppressedGroup}
		for i, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			email := fmt.Sprintf("%d@x.example", i)
			for _, r := range order {
				if err := s.Suppress(t.Context(), p.shop.ID, email, crm.ScopeMarketing, reasons[r], time.Time{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.suppressed(email); got != "marketing complained" {
				t.Errorf("%v: %s", order, got)
			}
		}
		for _, until := range []time.Time{c.Now().Add(48 * time.Hour), {}, c.Now().Add(24 * time.Hour)} {
			if err := s.Suppress(t.Context(), p.shop.ID, anna, crm.ScopeAll, crm.SuppressedFull, until); err != nil {
				t.Fatal(err)
			}
		}
		if got := p.suppressed(anna); got != "all mailbox_full" {
			t.Errorf("for good was shortened: %s", got)
		}
	})
}

func TestLift(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		if err := s.Lift(t.Context(), p.shop.ID, anna, crm.ScopeAll, "kim: she wrote"); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("nothing to lift: %v", err)
		}
		m, late := p.sent(anna, "review_request", crm.Marketing), p.sent(anna, "thank_you", crm.Transactional)
		bounced := p.told(m, crm.FeedbackBounced, crm.BounceInvalid)
		lateBounce := p.told(late, crm.FeedbackBounced, crm.BounceInvalid)
		p.feed(bounced, p.told(m, crm.FeedbackComplained, ""))
		if got := p.suppressed(anna); got != "all bounced, marketing complained" {
			t.Fatal(got)
		}
		c.pass(time.Hour)
		if err := s.Lift(t.Context(), p.shop.ID, anna, crm.ScopeAll, "kim: she wrote"); err != nil {
			t.Fatal(err)
		}
		// Told again, or late: it is of before.
		bounced.ID += " again"
		p.feed(bounced, lateBounce)
		if got := p.suppressed(anna); got != "marketing complained" {
			t.Errorf("after lifting one: %s", got)
		}
		c.pass(time.Hour)
		p.feed(p.told(m, crm.FeedbackBounced, crm.BounceInvalid))
		if got := p.suppressed(anna); got != "all bounced, marketing complained" {
			t.Errorf("a new bounce: %s", got)
		}
	})
}
