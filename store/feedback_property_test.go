package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

var told = []crm.FeedbackKind{crm.FeedbackAccepted, crm.FeedbackDeferred, crm.FeedbackDelivered, crm.FeedbackBounced, crm.FeedbackBlocked,
	crm.FeedbackDropped, crm.FeedbackComplained, crm.FeedbackUnsubscribed, crm.FeedbackResubscribed, crm.FeedbackOpened, crm.FeedbackClicked}

var classes = []crm.BounceClass{crm.BounceInvalid, crm.BounceInactive, crm.BounceFull, crm.BounceFull, crm.BounceUnclassified, crm.BounceNetwork,
	crm.BounceContent, crm.BounceReputation, crm.BounceComplained, crm.BounceUnsubscribed}

// Whatever is told, in whatever sequence and however it is cut into posts, and
// however often: messages and suppressions end alike.
func TestAnySequenceEndsAlike(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		rounds := 20
		if s.Engine() == "postgres" {
			rounds = 5
		}
		for seed := range rounds {
			first := aftermath(t, s, c, seed, 0)
			for order := 1; order < 4; order++ {
				if got := aftermath(t, s, c, seed, order); got != first {
					t.Fatalf("seed %d: one sequence ends in\n%s\nanother in\n%s", seed, first, got)
				}
			}
		}
	})
}

// aftermath is how a shop's messages and suppressions stand after the events
// that a seed makes were told in one of the sequences.
func aftermath(t *testing.T, s *store.Store, c *clock, seed, order int) string {
	t.Helper()
	p := &post{T: t, store: s, clock: c, shop: connect(t, s, fmt.Sprintf("s%d-%d.myshopify.com", seed, order))}
	emails := []string{"a@x.example", "b@x.example"}
	var mails []crm.Message
	for _, email := range emails {
		mails = append(mails, p.sent(email, "review_request", crm.Marketing),
			p.outcome(p.claimed(email, "thank_you", crm.Transactional), store.Outcome{State: crm.Unknown, Reason: crm.ReasonAnswerLost}),
			p.outcome(p.claimed(email, "birthday_coupon", crm.Marketing), store.Outcome{State: crm.Planned, Reason: crm.ReasonMailerAway, DueAt: c.Now().Add(time.Hour)}),
			p.sent(email, "birthday_coupon", crm.Marketing))
	}
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	var events []crm.Feedback
	for i := range 5 + r.IntN(20) {
		kind, class := told[r.IntN(len(told))], crm.BounceClass("")
		switch kind {
		case crm.FeedbackBounced, crm.FeedbackBlocked, crm.FeedbackDropped, crm.FeedbackDeferred:
			class = classes[r.IntN(len(classes))]
		}
		e := p.told(mails[r.IntN(len(mails))], kind, class)
		e.ID, e.Detail = fmt.Sprintf("s%d-%d-%d", seed, order, i), fmt.Sprintf("event %d", i)
		e.At = e.At.Add(-time.Duration(r.IntN(40*24)) * time.Hour)
		if kind == crm.FeedbackResubscribed || kind == crm.FeedbackUnsubscribed && r.IntN(3) > 0 {
			e.Group = fmt.Sprint(14 + r.IntN(2))
			e.Journey = map[string]string{"14": "", "15": "birthday_coupon"}[e.Group]
		}
		events = append(events, e)
	}
	shuffle := rand.New(rand.NewPCG(uint64(seed), uint64(order)+2))
	for range order { // the first sequence tells each once, others some twice
		events = append(events, events[shuffle.IntN(len(events))])
	}
	shuffle.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for len(events) > 0 {
		n := 1 + shuffle.IntN(len(events))
		p.feed(events[:n]...)
		events = events[n:]
	}
	var out strings.Builder
	for i, m := range mails {
		m = p.now(m)
		if m.State == crm.Planned || m.State == crm.Skipped || m.State == crm.Cancelled {
			m.State, m.Reason = "not sent", "" // what waited stops at the first word, also one that is taken back
		}
		fmt.Fprintf(&out, "%d %s %s %q %v\n", i, m.State, m.Reason, m.Detail, m.SentAt)
	}
	for _, email := range emails {
		all, err := s.Suppressions(t.Context(), p.shop.ID, email, 10)
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]string{}
		for _, x := range all {
			known[x.Scope] = fmt.Sprint(x.Reason, " ", x.At, " ", x.Until)
		}
		fmt.Fprintln(&out, email, known)
	}
	return out.String()
}
