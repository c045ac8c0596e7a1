package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

// decide is what a worker would decide about a stored message.
func (r *room) decide(m crm.Message) crm.Decision {
	r.t.Helper()
	j, _ := journeys.Find(m.Journey)
	f, err := r.Facts(r.t.Context(), j, m)
	if err != nil {
		r.t.Fatal(err)
	}
	return journeys.Decide(j, f, r.Now())
}

// why is all that is told of a customer, a line each.
func (r *room) why(customer string) string {
	r.t.Helper()
	c, err := r.Store.Customer(r.t.Context(), r.shop.ID, customer)
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := r.Why(r.t.Context(), r.shop, c)
	if err != nil {
		r.t.Fatal(err)
	}
	var lines strings.Builder
	for _, o := range all {
		fmt.Fprintf(&lines, "%s %s: %s\n", o.Journey, o.Order, o.Sentence)
	}
	return lines.String()
}

// Each reason for which a mail is skipped, waits or failed is told as a sentence.
func TestWhyTellsEveryReason(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		reasons := crm.Reasons()
		slices.Sort(reasons)
		var events []crm.Event
		for i := range reasons {
			for k := range 3 {
				o := r.order(fmt.Sprint(1000+3*i+k), anna)
				events = append(events, crm.Event{Kind: crm.OrderPaid, At: r.Now(), Order: &o, Customer: &anna})
			}
		}
		r.told(true, events...)
		r.pass(2 * time.Hour)
		about := map[string]crm.Message{}
		for _, m := range r.all() {
			if m.Journey == "thank_you" {
				about[m.OrderID] = m
			}
		}
		states := []crm.MessageState{crm.Skipped, crm.Failed, crm.Planned}
		for i, reason := range reasons {
			for k, state := range states {
				m := about[fmt.Sprint(1000+3*i+k)]
				if done, err := r.Store.RecordOutcome(t.Context(), store.Outcome{Message: m, State: state, Reason: reason, DueAt: r.Now().Add(time.Hour)}); !done || err != nil {
					t.Fatal(done, err)
				}
			}
		}
		for i, reason := range reasons {
			if sentence := reason.Sentence(); !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "_") {
				t.Errorf("%s is told as %q", reason, sentence)
			}
			for k := range states {
				m, err := r.Store.Message(t.Context(), r.shop.ID, about[fmt.Sprint(1000+3*i+k)].ID)
				if err != nil {
					t.Fatal(err)
				}
				if said := desk.Explain(m); !strings.HasSuffix(said, reason.Sentence()) {
					t.Errorf("%s, %s: %s", m.State, reason, said)
				}
			}
		}
		told := r.why("77") // she has more orders than are looked at; none of those is told twice or without a sentence
		if n := strings.Count(told, "thank_you #"); n < 200 {
			t.Errorf("%d occasions are told", n)
		}
		for line := range strings.Lines(told) {
			if !strings.HasSuffix(line, ".\n") {
				t.Errorf("no sentence: %s", line)
			}
		}
	})
}

func (r *room) all() []crm.Message {
	r.t.Helper()
	var all []crm.Message
	for before := ""; ; {
		page, err := r.Store.Messages(r.t.Context(), r.shop.ID, store.MessageFilter{Limit: 500, Before: before})
		if err != nil {
			r.t.Fatal(err)
		}
		if all = append(all, page...); len(page) < 500 {
			return all
		}
		before = page[len(page)-1].ID
	}
}

// Each way in which an occasion can stand is told.
func TestWhy(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		tells := func(customer string, wanted ...string) {
			t.Helper()
			told := r.why(customer)
			for _, w := range wanted {
				if !strings.Contains(told, w) {
					t.Errorf("%s is not told %q, but\n%s", customer, w, told)
				}
			}
		}
		anna := r.anna("77")
		o := r.order("1001", anna)
		r.told(true, crm.Event{Kind: crm.OrderPaid, At: r.Now(), Order: &o, Customer: &anna})
		tells("77", "thank_you #1001: Planned for 2026-11-21T11:00:00Z. It waits for its time.",
			"birthday_coupon : Nothing is planned. The customer's birthday is not known.",
			"anniversary_coupon : The calendar plans it shortly before 2027-11-21T")
		thanks := r.messages()[0]
		r.pass(2 * time.Hour)
		r.outcome(thanks, store.Outcome{State: crm.Planned, Reason: crm.ReasonMailerBusy, DueAt: r.Now().Add(time.Minute)})
		tells("77", "thank_you #1001: Planned for 2026-11-21T12:01:01Z. The mail provider asked to slow down; it is tried again.")
		r.pass(time.Hour)
		r.sent(thanks)
		tells("77", "thank_you #1001: Sent 2026-11-21T13:00:01Z by outbox, receipt p1.")

		// Unplanned: what would be decided now.
		bea := r.anna("78")
		unpaid := r.order("1002", bea)
		unpaid.Status, unpaid.PaidAt = crm.Pending, time.Time{}
		r.told(true, crm.Event{Kind: crm.OrderChanged, At: r.Now(), Order: &unpaid, Customer: &bea})
		tells("78", "thank_you #1002: Nothing is planned. The order is not paid yet.")
		cleo := r.anna("79")
		r.buys("1003", cleo)
		r.pass(2 * time.Hour)
		tells("79", `thank_you #1003: Nothing is planned, though nothing speaks against it`, `"grazie job run thank_you --order 1003" sends it.`)
		r.set(func(s *crm.Shop) { s.Journeys["thank_you"] = crm.Values{"enabled": "false"} })
		tells("79", "thank_you #1003: Nothing is planned. This gesture is switched off for the shop.")
		r.set(func(s *crm.Shop) {
			delete(s.Journeys, "thank_you")
			s.Journeys["anniversary_coupon"] = crm.Values{"enabled": "false"}
		})
		tells("79", "anniversary_coupon : Nothing is planned. This gesture is switched off for the shop.")

		// The calendar: ahead, planned with its reminder, and sent.
		dora := r.anna("80")
		dora.Birthday = crm.Birthday{Day: "12-20", Source: "form", At: r.Now(), FirstDay: "12-20", FirstAt: r.Now()}
		r.told(true, crm.Event{Kind: crm.CustomerChanged, At: r.Now(), Customer: &dora})
		tells("80", "birthday_coupon : The calendar plans it shortly before 2026-12-20T08:")
		r.pass(28 * 24 * time.Hour)
		planned := journeys.Plan(crm.Event{Kind: crm.DayBegan, At: r.Now(), Customer: &dora}, r.shop)
		if _, err := r.Store.PlanMessages(t.Context(), r.shop.ID, planned); err != nil || len(planned) != 2 {
			t.Fatal(len(planned), err)
		}
		tells("80", "birthday_coupon : Planned for 2026-12-20T08:", "birthday_coupon : Planned for 2027-01-1") // the day, and its reminder
		for _, m := range r.messages() {
			if _, is := m.Reminder(); is {
				if d := r.decide(m); d.Reason != crm.ReasonDelay && d.Verdict != crm.Skip {
					t.Errorf("the reminder: %+v", d)
				}
			}
		}
	})
}

// A customer's day that is not known for sure is no anniversary.
func TestWhyOfAnUnsureDay(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		old := r.anna("81")
		old.CreatedAt = r.Now().AddDate(-3, 0, 0) // long before the connection
		r.buys("1001", old)
		if told := r.why("81"); !strings.Contains(told, "anniversary_coupon : Nothing is planned. The day of the first order is not known for sure.") {
			t.Error(told)
		}
	})
}

// A gesture that has no occasion yet is told of too, with the reason.
func TestWhyTellsOfWhatHasNoOccasionYet(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		o := r.order("1001", anna)
		r.told(true, crm.Event{Kind: crm.OrderPaid, At: r.Now(), Order: &o, Customer: &anna})
		if told := r.why("77"); !strings.Contains(told, "review_request #1001: Nothing is planned yet. "+crm.ReasonNotDelivered.Sentence()) {
			t.Errorf("of an order that was not sent yet:\n%s", told)
		}
	})
}
