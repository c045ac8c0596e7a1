package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// mails makes n mails of a journey, each with an address of its own.
func (p *post) mails(n int, journey string, purpose crm.Purpose, domain string) []crm.Message {
	p.Helper()
	before := p.orders
	for p.orders < before+n {
		var planned []crm.Message
		var events []crm.Event
		for len(planned) < 50 && p.orders < before+n { // SQLite reads large statements slowly
			p.orders++
			email := fmt.Sprintf("%d@%s", p.orders, domain)
			o := paidOrder(p.clock, fmt.Sprint(1000+p.orders), "c-"+email, email)
			events = append(events, paid(o)...)
			planned = append(planned, crm.Message{OrderID: o.ID, CustomerID: o.CustomerID, Journey: journey, Purpose: purpose, Subject: "order:" + o.ID, DueAt: p.clock.Now()})
		}
		apply(p.T, p.store, p.shop.ID, fmt.Sprint("many-", p.orders), events, planned...)
	}
	all, err := p.store.Messages(p.Context(), p.shop.ID, store.MessageFilter{State: crm.Planned, Journey: journey, Limit: n})
	if err != nil || len(all) != n {
		p.Fatal(len(all), err)
	}
	return all
}

// tell tells the same of all.
func (p *post) tell(all []crm.Message, kind crm.FeedbackKind, class crm.BounceClass) store.FeedbackResult {
	p.Helper()
	var events []crm.Feedback
	for _, m := range all {
		events = append(events, p.told(m, kind, class))
	}
	return p.feed(events...)
}

// alarms is the breakers of a result, and the brakes that hold now.
func (p *post) alarms(r store.FeedbackResult) string {
	p.Helper()
	var s []string
	for _, a := range r.Alarms {
		word := "warns"
		if a.Stops {
			word = "stops"
		}
		s = append(s, strings.TrimSpace(word+" "+a.Brake.Journey+a.Brake.Domain))
	}
	return strings.Join(s, ", ")
}

func (p *post) brakes() string {
	p.Helper()
	all, err := p.store.Brakes(p.Context(), p.shop.ID)
	if err != nil {
		p.Fatal(err)
	}
	var s []string
	for _, b := range all {
		s = append(s, "["+b.Journey+b.Domain+"] "+b.Detail)
	}
	return strings.Join(s, "; ")
}

func (p *post) tasks() []crm.Task {
	p.Helper()
	all, err := p.store.Tasks(p.Context(), p.shop.ID, false, 10)
	if err != nil {
		p.Fatal(err)
	}
	return all
}

func TestFewComplaintsStopMarketing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		all := p.mails(10, "review_request", crm.Marketing, "x.example")
		p.tell(all, crm.FeedbackDelivered, "")
		if got := p.alarms(p.tell(all[:1], crm.FeedbackComplained, "")); got != "warns review_request, warns" || p.brakes() != "" {
			t.Errorf("one: %s; %s", got, p.brakes())
		}
		p.tell(all[1:2], crm.FeedbackComplained, "")
		if got := p.alarms(p.tell(all[2:3], crm.FeedbackComplained, "")); got != "stops review_request, stops" {
			t.Errorf("three: %s", got)
		}
		want := "[] 3 spam complaints about 10 delivered mails in 7 days, marketing; [review_request] 3 spam complaints about 10 delivered mails in 7 days of review_request"
		if got := p.brakes(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if tasks := p.tasks(); len(tasks) != 2 || tasks[0].Kind != crm.TaskComplaints || tasks[0].Detail == "" {
			t.Errorf("%+v", tasks)
		}
		// It holds; it is told once.
		if got := p.alarms(p.tell(all[3:4], crm.FeedbackComplained, "")); got != "" || len(p.tasks()) != 2 {
			t.Errorf("one more: %s", got)
		}
		// Lifted, it counts anew.
		c.pass(time.Minute)
		for _, journey := range []string{"", "review_request"} {
			if err := s.LiftBrake(t.Context(), p.shop.ID, journey, "", "kim: the list was cleaned"); err != nil {
				t.Fatal(err)
			}
			if err := s.LiftBrake(t.Context(), p.shop.ID, journey, "", "kim"); !errors.Is(err, crm.ErrNotFound) {
				t.Errorf("twice: %v", err)
			}
		}
		if p.brakes() != "" {
			t.Error("it holds on:", p.brakes())
		}
		c.pass(time.Minute)
		if got := p.alarms(p.tell(all[4:6], crm.FeedbackComplained, "")); got != "warns review_request, warns" || p.brakes() != "" {
			t.Errorf("two after it was lifted: %s", got)
		}
		if got := p.alarms(p.tell(all[6:7], crm.FeedbackComplained, "")); got != "stops review_request, stops" {
			t.Errorf("three after it was lifted: %s", got)
		}
		c.pass(8 * 24 * time.Hour)
		if p.brakes() == "" {
			t.Error("it ended by itself")
		}
	})
}

// From 500 delivered mails on, the share counts; and order mail that is
// complained of stops marketing, of which none is left to its own journey.
func TestManyComplaints(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		all := p.mails(1250, "thank_you", crm.Transactional, "x.example")
		p.tell(all, crm.FeedbackDelivered, "")
		for i, want := range []string{"warns", "warns", "stops"} { // 0.08 %, 0.16 %, 0.24 %
			if got := p.alarms(p.tell(all[i:i+1], crm.FeedbackComplained, "")); got != want {
				t.Errorf("%d of 1250: %s", i+1, got)
			}
		}
		if got := p.brakes(); got != "[] 3 spam complaints about 1250 delivered mails in 7 days, transactional" {
			t.Error(got)
		}
		q := &post{T: t, store: s, clock: c, shop: connect(t, s, "other.myshopify.com")}
		all = q.mails(1251, "thank_you", crm.Transactional, "x.example")
		q.tell(all, crm.FeedbackDelivered, "")
		if got := q.alarms(q.tell(all[:1], crm.FeedbackComplained, "")); got != "" {
			t.Errorf("1 of 1251: %s", got)
		}
		c.pass(7 * 24 * time.Hour) // all that is out of the window
		if got := q.alarms(q.tell(all[1:2], crm.FeedbackComplained, "")); got != "warns" {
			t.Errorf("one of none: %s", got)
		}
	})
}

func TestHardBounces(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		all := p.mails(99, "birthday_coupon", crm.Marketing, "x.example")
		p.tell(all, crm.FeedbackAccepted, "")
		if got := p.alarms(p.tell(all[:4], crm.FeedbackBounced, crm.BounceInvalid)); got != "" {
			t.Errorf("4 of 99: %s", got)
		}
		p.tell(p.mails(1, "birthday_coupon", crm.Marketing, "x.example"), crm.FeedbackAccepted, "")
		p.tell(all[10:20], crm.FeedbackBounced, crm.BounceFull) // soft ones do not count
		if got := p.alarms(p.tell(all[4:5], crm.FeedbackBounced, crm.BounceInactive)); got != "stops birthday_coupon, stops" {
			t.Errorf("5 of 100: %s", got)
		}
		if got := p.brakes(); !strings.HasPrefix(got, "[] 5 of 100 mails in 24 hours went to mailboxes that are not there, marketing; [birthday_coupon] 5 of 100") {
			t.Error(got)
		}
		q := &post{T: t, store: s, clock: c, shop: connect(t, s, "other.myshopify.com")}
		all = q.mails(100, "birthday_coupon", crm.Marketing, "x.example")
		q.tell(all, crm.FeedbackAccepted, "")
		for i, want := range []string{"", "warns birthday_coupon, warns"} {
			if got := q.alarms(q.tell(all[i:i+1], crm.FeedbackBounced, crm.BounceInvalid)); got != want {
				t.Errorf("%d of 100: %s", i+1, got)
			}
		}
	})
}

// A mailer that tells of refusals alone: what went well is known from the messages.
func TestHardBouncesOverSMTP(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		for _, m := range p.mails(100, "birthday_coupon", crm.Marketing, "x.example") {
			if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
				t.Fatal(won, err)
			}
			m.State, m.Attempt = crm.Sending, 1
			p.outcome(m, store.Outcome{State: crm.Sent, SentAt: c.Now(), ProviderID: "<x@x>"})
		}
		c.pass(time.Minute)
		var got string
		for i := range 6 {
			email := fmt.Sprintf("gone-%d@x.example", i)
			m := p.claimed(email, "birthday_coupon", crm.Marketing)
			p.outcome(m, store.Outcome{State: crm.Failed, Reason: crm.ReasonMailerRefused})
			r, err := s.RecordRefusal(t.Context(), m, email, crm.BounceInvalid, "5.1.1", true)
			if err != nil {
				t.Fatal(err)
			}
			got += p.alarms(r) + "; "
		}
		if got != "; ; warns birthday_coupon, warns; warns birthday_coupon, warns; warns birthday_coupon, warns; stops birthday_coupon, stops; " {
			t.Error(got) // 3 of 103, ..., 6 of 106
		}
	})
}

func TestOneDomainRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		p.tell(p.mails(100, "thank_you", crm.Transactional, "other.example"), crm.FeedbackDelivered, "")
		few := p.mails(19, "thank_you", crm.Transactional, "slow.example")
		if got := p.alarms(p.tell(few, crm.FeedbackDeferred, crm.BounceRate)); got != "" {
			t.Errorf("19 mails say something: %s", got)
		}
		p.tell(few[:3], crm.FeedbackDelivered, "") // put off, and then taken: still put off
		p.tell(p.mails(171, "thank_you", crm.Transactional, "slow.example"), crm.FeedbackAccepted, "")
		blocked := p.mails(1, "thank_you", crm.Transactional, "slow.example")
		if got := p.alarms(p.tell(blocked, crm.FeedbackBlocked, crm.BounceReputation)); got != "warns slow.example" {
			t.Errorf("20 of 191: %s", got)
		}
		if got := p.alarms(p.tell(p.mails(54, "thank_you", crm.Transactional, "slow.example"), crm.FeedbackDeferred, crm.BounceRate)); got != "stops slow.example" {
			t.Errorf("74 of 245: %s", got)
		}
		if got := p.brakes(); got != "[slow.example] 74 of 245 mails in an hour were put off or blocked to slow.example" {
			t.Error(got)
		}
		if tasks := p.tasks(); len(tasks) != 1 {
			t.Errorf("%+v", tasks)
		}
		c.pass(time.Hour - time.Microsecond)
		if p.brakes() == "" {
			t.Error("it ended too early")
		}
		c.pass(time.Microsecond)
		if p.brakes() != "" {
			t.Error("it did not end")
		}
	})
}

// Over SMTP nobody tells what a domain took: a share cannot be known.
func TestRefusalsAloneStopNoDomain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		for _, m := range p.mails(30, "thank_you", crm.Transactional, "slow.example") {
			r, err := s.RecordRefusal(t.Context(), m, "a@slow.example", crm.BounceRate, "4.7.28", false)
			if err != nil || len(r.Alarms) != 0 || r.Stored != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
		}
	})
}

// One account carries the mails of all shops.
func TestSuspendedAccountStopsAllMarketing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p, q := newPost(t, s, c), &post{T: t, store: s, clock: c, shop: connect(t, s, "other.myshopify.com")}
		word := crm.Feedback{ID: "account", Kind: crm.FeedbackAccountSuspended, Detail: "compliance_suspend", At: c.Now()}
		r := p.feed(word)
		want := "[] the mail provider suspended the account: compliance_suspend"
		if got := p.alarms(r); got != "stops, stops" || p.brakes() != want || q.brakes() != want || len(p.tasks()) != 1 || len(q.tasks()) != 1 {
			t.Errorf("%s; %s; %s", got, p.brakes(), q.brakes())
		}
		if err := s.LiftBrake(t.Context(), p.shop.ID, "", "", "kim: settled with them"); err != nil {
			t.Fatal(err)
		}
		if r := p.feed(word); r.Duplicates != 1 || p.brakes() != "" || q.brakes() != want {
			t.Errorf("told again: %+v, %s, %s", r, p.brakes(), q.brakes())
		}
	})
}
