package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

const (
	gift   = "birthday_coupon"
	review = "review_request"
)

// person is a customer with two orders from two addresses, for whom mails wait.
type person struct {
	t    *testing.T
	s    *store.Store
	c    *clock
	shop crm.Shop
	link store.Link // in the mail about the order from the second address
}

func newPerson(t *testing.T, s *store.Store, c *clock) *person {
	t.Helper()
	p := &person{t: t, s: s, c: c, shop: connect(t, s, "demo.myshopify.com")}
	customer := crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example", Locale: "it", UpdatedAt: c.Now(),
		Consent: crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "single_opt_in", Source: "shopify", At: c.Now().Add(-time.Hour)}}
	first, second := paidOrder(c, "1", "77", "ada@x.example"), paidOrder(c, "2", "77", "ada@work.example")
	mail := func(journey, subject string, o crm.Order) crm.Message {
		return crm.Message{OrderID: o.ID, Journey: journey, Purpose: crm.Marketing, Subject: subject, CustomerID: "77", DueAt: c.Now().Add(time.Hour)}
	}
	apply(t, s, p.shop.ID, "a", append(paid(first), crm.Event{Kind: crm.CustomerChanged, Customer: &customer}), thankYou(first, c.Now().Add(time.Hour)), mail(review, "order:1", first))
	apply(t, s, p.shop.ID, "b", paid(second), mail(review, "order:2", second), mail(gift, "birthday:77:2027-03-05", crm.Order{}))
	for _, m := range messages(t, s, p.shop.ID) {
		if m.Journey == review && m.OrderID == "2" {
			p.link = store.Link{ShopID: p.shop.ID, CustomerID: "77", MessageID: m.ID}
		}
	}
	return p
}

// waits are the journeys that wait, by subject.
func (p *person) waits() []string {
	p.t.Helper()
	var waiting []string
	for _, m := range messages(p.t, p.s, p.shop.ID) {
		if m.State == crm.Planned {
			waiting = append(waiting, m.Journey+" "+m.Subject)
		} else if m.State != crm.Cancelled || m.Reason != crm.ReasonUnsubscribed {
			p.t.Errorf("%s %s is %s because of %s", m.Journey, m.Subject, m.State, m.Reason)
		}
	}
	slices.Sort(waiting)
	return waiting
}

func (p *person) chose() store.Preferences {
	p.t.Helper()
	got, err := p.s.Preferences(p.t.Context(), p.link)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// scopes are what the address of the link is suppressed for, and why.
func (p *person) scopes() []string {
	var all []string
	for _, s := range p.chose().Suppressions {
		all = append(all, s.Scope+" "+s.Reason)
	}
	return all
}

func (p *person) save(c store.Choices) {
	p.t.Helper()
	if _, err := p.s.SavePreferences(p.t.Context(), p.link, c, nil); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) unsubscribe(scope string) {
	p.t.Helper()
	if err := p.s.Unsubscribe(p.t.Context(), p.link, scope); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) suppress(emailKey, scope, reason string) {
	p.t.Helper()
	if err := p.s.Suppress(p.t.Context(), p.shop.ID, emailKey, scope, reason, time.Time{}); err != nil {
		p.t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Unsubscribing from one kind of mail stops that for all her addresses, and
// nothing else.
func TestUnsubscribeFromOneJourney(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		for range 2 {
			p.unsubscribe(review)
			same(t, "waiting", p.waits(), []string{gift + " birthday:77:2027-03-05", "thank_you order:1"})
			same(t, "suppressed", p.scopes(), []string{review + " unsubscribed"})
			c.pass(time.Minute)
		}
		if consent := p.chose().Customer.Consent; consent.State != crm.ConsentSubscribed {
			t.Errorf("consent: %+v", consent)
		}
		p.link.MessageID = "" // as seen from the customer's own address
		same(t, "the other address", p.scopes(), []string{review + " unsubscribed"})
	})
}

func TestUnsubscribeFromAll(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		at := c.Now()
		for range 2 {
			p.unsubscribe(crm.ScopeMarketing)
			same(t, "waiting", p.waits(), []string{"thank_you order:1"})
			same(t, "suppressed", p.scopes(), []string{"marketing unsubscribed"})
			want := crm.Consent{State: crm.ConsentUnsubscribed, Source: "customer page", At: at}
			if consent := p.chose().Customer.Consent; consent != want {
				t.Errorf("consent: %+v", consent)
			}
			c.pass(time.Minute)
		}
	})
}

// What is not there any more has nothing to stop, and that is no error.
func TestUnsubscribeOfTheErased(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		before := p.waits()
		for name, l := range map[string]store.Link{
			"customer and mail": {ShopID: p.shop.ID, CustomerID: "gone", MessageID: "msg_gone"},
			"shop":              {ShopID: "shp_gone", CustomerID: "77", MessageID: p.link.MessageID},
			"nobody":            {ShopID: p.shop.ID},
		} {
			if err := s.Unsubscribe(t.Context(), l, crm.ScopeMarketing); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.SavePreferences(t.Context(), l, store.Choices{Stop: true}, nil); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("preferences, %s: %v", name, err)
			}
			if _, err := s.Preferences(t.Context(), l); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("reading, %s: %v", name, err)
			}
		}
		same(t, "others' mails", p.waits(), before)
		deleted := crm.Customer{ID: "77", DeletedAt: c.Now(), Partial: true}
		if _, err := s.ApplyEvents(t.Context(), p.shop.ID, []store.Applied{{Events: []crm.Event{{Kind: crm.CustomerDeleted, Customer: &deleted}}}}, nil); err != nil {
			t.Fatal(err)
		}
		p.unsubscribe(crm.ScopeMarketing)
		if _, err := s.Preferences(t.Context(), p.link); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("a deleted customer's preferences: %v", err)
		}
	})
}

// A tick brings back what she stopped herself, and what she left without one
// stays stopped. What she agreed to is on record: confirmed, if the link went
// to the address that the consent is for.
func TestTickIsConsent(t *testing.T) {
	for level, own := range map[string]bool{"confirmed_opt_in": true, "single_opt_in": false} {
		t.Run(level, func(t *testing.T) { testTickIsConsent(t, level, own) })
	}
}

func testTickIsConsent(t *testing.T, level string, own bool) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		if own {
			p.link.MessageID = ""
		}
		p.unsubscribe(crm.ScopeMarketing)
		c.pass(time.Hour)
		p.save(store.Choices{Shown: []string{gift, review}, Want: []string{gift}, Wording: "v1"})
		same(t, "suppressed", p.scopes(), []string{review + " unsubscribed"})
		want := crm.Consent{State: crm.ConsentSubscribed, OptInLevel: level, Source: "customer page", Wording: "v1", At: c.Now()}
		if consent := p.chose().Customer.Consent; consent != want {
			t.Errorf("consent: %+v", consent)
		}
		// One more tick: the consent is there already, and stays as it was given.
		c.pass(time.Hour)
		p.save(store.Choices{Shown: []string{gift, review}, Was: []string{gift}, Want: []string{gift, review}, Wording: "v2"})
		same(t, "suppressed", p.scopes(), nil)
		if consent := p.chose().Customer.Consent; consent != want {
			t.Errorf("consent: %+v", consent)
		}
		p.link.MessageID = ""
		same(t, "her own address", p.scopes(), nil)
	})
}

// What she confirmed at her own address stays so when she ticks more behind a
// link that went to another.
func TestConfirmedConsentStays(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		work := p.link
		p.link.MessageID = ""
		p.unsubscribe(gift)
		p.unsubscribe(review)
		p.save(store.Choices{Shown: []string{gift, review}, Want: []string{gift}, Wording: "v1"})
		before := p.chose().Customer.Consent
		c.pass(time.Hour)
		p.link = work
		p.save(store.Choices{Shown: []string{gift, review}, Was: []string{gift}, Want: []string{gift, review}, Wording: "v2"})
		if after := p.chose().Customer.Consent; after != before || after.OptInLevel != "confirmed_opt_in" {
			t.Errorf("%+v, before %+v", after, before)
		}
	})
}

// Neither bounces nor what staff set ends by a tick; her own complaint does,
// where it was made.
func TestTickLiftsOnlyHerOwn(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		for _, key := range []string{"ada@x.example", "ada@work.example"} {
			p.suppress(key, crm.ScopeAll, "bounced")
			p.suppress(key, crm.ScopeMarketing, "complained")
			p.suppress(key, gift, "by_hand")
		}
		p.unsubscribe(crm.ScopeMarketing) // her complaint stays what it is
		p.save(store.Choices{Shown: []string{gift}, Want: []string{gift}, Wording: "v1"})
		same(t, "the address of the link", p.scopes(), []string{"all bounced", gift + " by_hand"})
		p.link.MessageID = ""
		same(t, "the other address", p.scopes(), []string{"all bounced", gift + " by_hand", "marketing complained"})
	})
}

// Without a last tick nothing is left that she wants, nor what comes to be later.
func TestLastTickGone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		p.save(store.Choices{Shown: []string{gift, review}, Was: []string{gift, review}, Want: []string{review}})
		same(t, "waiting", p.waits(), []string{review + " order:1", review + " order:2", "thank_you order:1"})
		same(t, "suppressed", p.scopes(), []string{gift + " unsubscribed"})
		p.save(store.Choices{Shown: []string{gift, review}, Was: []string{review}})
		same(t, "waiting", p.waits(), []string{"thank_you order:1"})
		if consent := p.chose().Customer.Consent; consent.State != crm.ConsentUnsubscribed {
			t.Errorf("consent: %+v", consent)
		}
	})
}

// A page that stood open while she unsubscribed elsewhere brings nothing back,
// and one without any consent gives none by being saved.
func TestOldPageBringsNothingBack(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		p.unsubscribe(crm.ScopeMarketing)
		before := p.chose()
		p.save(store.Choices{Shown: []string{gift, review}, Was: []string{gift, review}, Want: []string{gift, review}})
		p.save(store.Choices{Shown: []string{gift, review}})
		if after := p.chose(); after.Customer.Consent != before.Customer.Consent || len(after.Suppressions) != 1 {
			t.Errorf("%+v", after)
		}
	})
}

func TestLanguageAndBirthday(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		born := func(day crm.MonthDay) *crm.MonthDay { return &day }
		at := c.Now()
		p.save(store.Choices{Locale: "sl", Birthday: born("02-29")})
		if got := p.chose().Customer; got.Locale != "sl" || got.Birthday != (crm.Birthday{Day: "02-29", Source: "form", At: at, FirstDay: "02-29", FirstAt: at}) {
			t.Errorf("%+v", got)
		}
		days := []crm.MonthDay{"02-29"}
		if found, err := s.BornOn(t.Context(), p.shop.ID, days, "", 10); err != nil || len(found) != 1 {
			t.Errorf("the calendar finds %+v, %v", found, err)
		}
		// The platform does not know of either, and changes neither.
		c.pass(time.Hour)
		told := crm.Customer{ID: "77", Email: "ada@x.example", EmailKey: "ada@x.example", Locale: "it", UpdatedAt: c.Now()}
		apply(t, s, p.shop.ID, "later", []crm.Event{{Kind: crm.CustomerChanged, Customer: &told}})
		if got := p.chose().Customer; got.Locale != "sl" || got.Birthday.Day != "02-29" {
			t.Errorf("after the platform: %+v", got)
		}
		// A change is known for one; what is taken back is not kept.
		p.save(store.Choices{Birthday: born("03-05")})
		if got := p.chose().Customer.Birthday; got != (crm.Birthday{Day: "03-05", Source: "form", At: c.Now(), FirstDay: "02-29", FirstAt: at}) {
			t.Errorf("%+v", got)
		}
		p.save(store.Choices{Birthday: born("")})
		if got := p.chose().Customer.Birthday; got != (crm.Birthday{Source: "form", At: c.Now()}) {
			t.Errorf("%+v", got)
		}
		if found, err := s.BornOn(t.Context(), p.shop.ID, days, "", 10); err != nil || len(found) != 0 {
			t.Errorf("the calendar still finds %+v, %v", found, err)
		}
	})
}

// What follows from a new birthday is planned with it.
func TestPreferencesPlan(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPerson(t, s, c)
		day := crm.MonthDay("11-21")
		due, err := s.SavePreferences(t.Context(), p.link, store.Choices{Birthday: &day}, func(e crm.Event) []crm.Message {
			if e.Kind != crm.CustomerChanged || e.Customer.Birthday.Day != day {
				t.Errorf("%+v", e)
			}
			return []crm.Message{{Journey: gift, Purpose: crm.Marketing, Subject: "birthday:77:2026-11-21", CustomerID: e.Customer.ID, DueAt: c.Now()}}
		})
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		if m, err := s.Message(t.Context(), p.shop.ID, due[0]); err != nil || m.Subject != "birthday:77:2026-11-21" {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
