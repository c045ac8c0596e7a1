package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// post is a shop whose mails are fed back on.
type post struct {
	*testing.T
	store  *store.Store
	clock  *clock
	shop   crm.Shop
	orders int
	events int
}

func newPost(t *testing.T, s *store.Store, c *clock) *post {
	return &post{T: t, store: s, clock: c, shop: connect(t, s, "demo.myshopify.com")}
}

// plan plans a message to an address, due after a while.
func (p *post) plan(email, journey string, purpose crm.Purpose, due time.Duration) crm.Message {
	p.Helper()
	p.orders++
	o := paidOrder(p.clock, fmt.Sprint(1000+p.orders), "c-"+email, email)
	apply(p.T, p.store, p.shop.ID, "d-"+o.ID, paid(o), crm.Message{OrderID: o.ID, Journey: journey, Purpose: purpose, Subject: "order:" + o.ID, DueAt: p.clock.Now().Add(due)})
	m := messages(p.T, p.store, p.shop.ID)[0]
	if m.OrderID != o.ID {
		p.Fatalf("planned for order %s: %+v", o.ID, m)
	}
	return m
}

// claimed is a message in the air.
func (p *post) claimed(email, journey string, purpose crm.Purpose) crm.Message {
	p.Helper()
	m := p.plan(email, journey, purpose, 0)
	if won, err := p.store.ClaimMessage(p.Context(), m); !won || err != nil {
		p.Fatal(won, err)
	}
	m.State, m.Attempt = crm.Sending, m.Attempt+1
	return m
}

// outcome records what became of a message in the air.
func (p *post) outcome(m crm.Message, o store.Outcome) crm.Message {
	p.Helper()
	o.Message, o.Mailer = m, "sendgrid"
	if ok, err := p.store.RecordOutcome(p.Context(), o); !ok || err != nil {
		p.Fatal(ok, err)
	}
	return p.now(m)
}

// sent is a message that the provider took.
func (p *post) sent(email, journey string, purpose crm.Purpose) crm.Message {
	p.Helper()
	return p.outcome(p.claimed(email, journey, purpose), store.Outcome{State: crm.Sent, SentAt: p.clock.Now(), ProviderID: "receipt"})
}

func (p *post) now(m crm.Message) crm.Message {
	p.Helper()
	got, err := p.store.Message(p.Context(), m.ShopID, m.ID)
	if err != nil {
		p.Fatal(err)
	}
	return got
}

// told is an event about a message, now.
func (p *post) told(m crm.Message, kind crm.FeedbackKind, class crm.BounceClass) crm.Feedback {
	p.events++
	return crm.Feedback{ID: fmt.Sprintf("event-%s-%d", p.shop.ID, p.events), ShopID: m.ShopID, MessageID: m.ID, Kind: kind, Class: class,
		EmailKey: strings.TrimPrefix(m.CustomerID, "c-"), At: p.clock.Now(), Detail: string(kind)}
}

func (p *post) feed(events ...crm.Feedback) store.FeedbackResult {
	p.Helper()
	r, err := p.store.ApplyFeedback(p.Context(), events)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// suppressed is the suppressions of an address as text.
func (p *post) suppressed(email string) string {
	p.Helper()
	all, err := p.store.Suppressions(p.Context(), p.shop.ID, email, 10)
	if err != nil {
		p.Fatal(err)
	}
	var s []string
	for _, x := range all {
		text := x.Scope + " " + x.Reason
		if !x.Until.IsZero() {
			text += " until " + x.Until.Format(time.DateOnly)
		}
		s = append(s, text)
	}
	return strings.Join(s, ", ")
}

func TestFeedbackMovesMessages(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		unknown := func(reason crm.Reason) func(string) crm.Message {
			return func(email string) crm.Message {
				return p.outcome(p.claimed(email, "thank_you", crm.Transactional), store.Outcome{State: crm.Unknown, Reason: reason})
			}
		}
		from := map[string]func(email string) crm.Message{
			"sent":        func(email string) crm.Message { return p.sent(email, "thank_you", crm.Transactional) },
			"sending":     func(email string) crm.Message { return p.now(p.claimed(email, "thank_you", crm.Transactional)) },
			"answer lost": unknown(crm.ReasonAnswerLost),
			"worker lost": unknown(crm.ReasonWorkerLost),
			"planned again": func(email string) crm.Message {
				return p.outcome(p.claimed(email, "thank_you", crm.Transactional), store.Outcome{State: crm.Planned, Reason: crm.ReasonMailerAway, DueAt: c.Now().Add(time.Minute)})
			},
			"out of tries": func(email string) crm.Message {
				return p.outcome(p.claimed(email, "thank_you", crm.Transactional), store.Outcome{State: crm.Failed, Reason: crm.ReasonOutOfTries})
			},
		}
		to := map[crm.FeedbackKind]struct {
			state  crm.MessageState
			reason crm.Reason
			out    bool // it did go out
		}{
			crm.FeedbackAccepted:   {crm.Sent, "", true},
			crm.FeedbackDeferred:   {crm.Sent, crm.ReasonDeferred, true},
			crm.FeedbackDelivered:  {crm.Delivered, crm.ReasonDelivered, true},
			crm.FeedbackBounced:    {crm.Bounced, crm.ReasonBounced, true},
			crm.FeedbackBlocked:    {crm.Failed, crm.ReasonBlocked, true},
			crm.FeedbackDropped:    {crm.Failed, crm.ReasonDropped, false},
			crm.FeedbackComplained: {crm.Complained, crm.ReasonComplained, true},
		}
		for name, make := range from {
			for kind, want := range to {
				m := make(fmt.Sprintf("%d@x.example", p.orders))
				c.pass(time.Second)
				r := p.feed(p.told(m, kind, crm.BounceContent))
				got := p.now(m)
				if got.State != want.state || got.Reason != want.reason || r.Stored != 1 {
					t.Errorf("%s, then %s: %s %s, %+v", name, kind, got.State, got.Reason, r)
				}
				if wasOut := !m.SentAt.IsZero(); got.SentAt.IsZero() == (want.out || wasOut) || wasOut && !got.SentAt.Equal(m.SentAt) {
					t.Errorf("%s, then %s: sent %v, before %v", name, kind, got.SentAt, m.SentAt)
				}
				// Whatever it was, it is not sent again.
				if won, err := s.ClaimMessage(t.Context(), got); won || err != nil {
					t.Errorf("%s, then %s: sent again: %v", name, kind, err)
				}
				got.State = crm.Planned // what a worker may still believe
				if won, err := s.ClaimMessage(t.Context(), got); won || err != nil {
					t.Errorf("%s, then %s: sent again by one who read it before: %v", name, kind, err)
				}
				c.pass(2 * time.Minute)
			}
		}
	})
}

// Opens and clicks are kept and change nothing; programs that follow links are
// told from people.
func TestOpensAndClicksTriggerNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		m := p.outcome(p.claimed("a@x.example", "thank_you", crm.Transactional), store.Outcome{State: crm.Unknown, Reason: crm.ReasonAnswerLost})
		late, soon, open, delivered := p.told(m, crm.FeedbackClicked, ""), p.told(m, crm.FeedbackClicked, ""), p.told(m, crm.FeedbackOpened, ""), p.told(m, crm.FeedbackDelivered, "")
		late.At, soon.At, open.Machine = late.At.Add(10*time.Second), soon.At.Add(9*time.Second), true
		p.feed(late, soon, open)
		if got := p.now(m); got.State != crm.Unknown || !got.SentAt.IsZero() {
			t.Errorf("moved: %+v", got)
		}
		p.feed(delivered)
		var told []string
		all, err := s.FeedbackOf(t.Context(), p.shop.ID, m.ID)
		for _, e := range all {
			told = append(told, fmt.Sprintf("%s %v", e.Kind, e.Machine))
		}
		if got := strings.Join(told, ", "); err != nil || got != "opened true, delivered false, clicked true, clicked false" {
			t.Errorf("%s, %v", got, err)
		}
	})
}

func TestFeedbackCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		m := p.sent("a@x.example", "review_request", crm.Marketing)
		batch := []crm.Feedback{p.told(m, crm.FeedbackAccepted, ""), p.told(m, crm.FeedbackDelivered, ""), p.told(m, crm.FeedbackComplained, "")}
		batch = append(batch, batch[1])
		if r := p.feed(batch...); r.Stored != 3 || r.Duplicates != 1 || r.Ignored != 0 || r.Moved != 1 || r.Suppressed != 1 || len(r.Alarms) != 2 {
			t.Errorf("first: %+v", r)
		}
		if r := p.feed(batch...); r.Stored != 0 || r.Duplicates != 4 || r.Moved != 0 || r.Suppressed != 0 || len(r.Alarms) != 0 {
			t.Errorf("again: %+v", r)
		}
		// A provider may tell the same under another id: nothing more follows.
		for i := range batch {
			batch[i].ID += " again"
		}
		if r := p.feed(batch...); r.Moved != 0 || r.Suppressed != 0 {
			t.Errorf("under another id: %+v", r)
		}
		for _, a := range p.feed(p.told(m, crm.FeedbackComplained, "")).Alarms {
			if a.Stops || !strings.HasPrefix(a.Brake.Detail, "1 spam complaints about 1 delivered") {
				t.Errorf("a complaint counted twice: %+v", a)
			}
		}
	})
}

// A message of another shop than told, one that is not there, and other
// programs' mails over the same account: counted, and nothing else.
func TestForeignFeedbackIsIgnored(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		other := connect(t, s, "other.myshopify.com")
		m := p.sent("a@x.example", "thank_you", crm.Transactional)
		foreign := []crm.Feedback{
			p.told(m, crm.FeedbackBounced, crm.BounceInvalid), p.told(m, crm.FeedbackBounced, crm.BounceInvalid), p.told(m, crm.FeedbackBounced, crm.BounceInvalid),
			p.told(m, crm.FeedbackComplained, ""), p.told(m, crm.FeedbackUnsubscribed, ""),
		}
		foreign[0].ShopID = other.ID
		foreign[1].MessageID = "msg_none"
		foreign[2].ShopID = ""
		foreign[3].ShopID, foreign[3].MessageID = "", ""
		foreign[4].MessageID = ""
		if r := p.feed(foreign...); r.Ignored != len(foreign) || r.Stored != 0 || r.Moved != 0 || r.Suppressed != 0 {
			t.Errorf("%+v", r)
		}
		if got := p.now(m); got.State != crm.Sent || p.suppressed("a@x.example") != "" {
			t.Errorf("%s, %s", got.State, p.suppressed("a@x.example"))
		}
	})
}

// What staff tries again after a refusal is judged by what is told of the new
// try, not by what comes late of the old one.
func TestLateWordOfAnEndedTryIsNotOfTheNext(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		m := p.sent("a@x.example", "thank_you", crm.Transactional)
		accepted, deferred, blocked := p.told(m, crm.FeedbackAccepted, ""), p.told(m, crm.FeedbackDeferred, ""), p.told(m, crm.FeedbackBlocked, crm.BounceReputation)
		p.feed(blocked)
		c.pass(time.Hour)
		again := p.now(m)
		again.ByHand, again.Detail = true, "kim: mended the domain"
		if _, err := s.PlanByHand(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		blocked.ID += " again"
		p.feed(accepted, deferred, blocked)
		if got := p.now(m); got.State != crm.Planned {
			t.Fatalf("staff's try was lost: %s %s", got.State, got.Reason)
		}
		m = p.now(m)
		if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
			t.Fatal(won, err)
		}
		m.State, m.Attempt = crm.Sending, m.Attempt+1
		p.outcome(m, store.Outcome{State: crm.Sent, SentAt: c.Now(), ProviderID: "second"})
		blocked.ID += " and again"
		c.pass(time.Minute)
		p.feed(blocked, p.told(m, crm.FeedbackDelivered, ""))
		if got := p.now(m); got.State != crm.Delivered || got.Detail != "kim: mended the domain" {
			t.Errorf("%s %s, %q", got.State, got.Reason, got.Detail)
		}
	})
}

// Two posts with the same and with different events, at once.
func TestPostsRace(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		p := newPost(t, s, c)
		var events []crm.Feedback
		for i := range 12 {
			m := p.sent(fmt.Sprintf("%d@x.example", i), "review_request", crm.Marketing)
			events = append(events, p.told(m, crm.FeedbackAccepted, ""), p.told(m, crm.FeedbackDelivered, ""), p.told(m, crm.FeedbackBounced, crm.BounceInvalid))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		var all store.FeedbackResult
		for range 6 {
			mine := append([]crm.Feedback{}, events...)
			rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			wg.Go(func() {
				for len(mine) > 0 {
					n := min(7, len(mine))
					r, err := s.ApplyFeedback(t.Context(), mine[:n])
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					all.Stored, all.Suppressed = all.Stored+r.Stored, all.Suppressed+r.Suppressed
					mu.Unlock()
					mine = mine[n:]
				}
			})
		}
		wg.Wait()
		if all.Stored != len(events) || all.Suppressed != 12 {
			t.Errorf("%+v", all)
		}
		for _, m := range messages(t, s, p.shop.ID) {
			if m.State != crm.Bounced {
				t.Errorf("%s is %s", m.ID, m.State)
			}
		}
	})
}
