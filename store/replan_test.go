package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// What waits for its time moves with its occasion; what was put off for
// another reason, was asked for by hand or is out stays where it is.
func TestPlansMoveWithTheirOccasion(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		due := c.Now().Add(24 * time.Hour)
		plan := func(subject string, due time.Time) []string {
			t.Helper()
			ids, err := s.PlanMessages(t.Context(), shop.ID, []crm.Message{{Journey: "review_request", Purpose: crm.Marketing, CustomerID: "77", OrderID: subject, Subject: subject, DueAt: due}})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		at := func(subject string) crm.Message { t.Helper(); return bySubject(t, s, shop.ID, subject) }
		outcome := func(m crm.Message, as crm.MessageState, reason crm.Reason, due time.Time) {
			t.Helper()
			if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: as, Reason: reason, DueAt: due}); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		for _, subject := range []string{"waits", "put off", "by hand", "skipped", "tried"} {
			if ids := plan(subject, due); len(ids) != 0 {
				t.Errorf("%s is due at once", subject)
			}
		}
		outcome(at("put off"), crm.Planned, crm.ReasonQuietHours, due)
		outcome(at("skipped"), crm.Skipped, crm.ReasonTooLate, time.Time{})
		m := at("by hand")
		m.ByHand = true
		byHand, err := s.PlanByHand(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		outcome(byHand, crm.Planned, crm.ReasonDelay, due)
		c.pass(25 * time.Hour)
		m = at("tried")
		if won, err := s.ClaimMessage(t.Context(), m); !won || err != nil {
			t.Fatal(won, err)
		}
		m.State, m.Attempt = crm.Sending, 1
		outcome(m, crm.Planned, crm.ReasonDelay, due)

		later := due.Add(72 * time.Hour)
		for _, subject := range []string{"waits", "put off", "by hand", "skipped", "tried"} {
			before := at(subject)
			plan(subject, later)
			want := before.DueAt
			if subject == "waits" {
				want = later
			}
			if m := at(subject); !m.DueAt.Equal(want) || m.State != before.State || m.ID != before.ID {
				t.Errorf("%s: %s, due %v; want %v", subject, m.State, m.DueAt, want)
			}
		}
		if ids := plan("waits", c.Now()); len(ids) != 1 || ids[0] != at("waits").ID {
			t.Errorf("moved to now, its bell rings for %v", ids)
		}
		if rung, err := s.Ring(t.Context(), c.Now(), 10); err != nil || contains(rung, at("waits").ID) {
			t.Errorf("rung twice: %v, %v", rung, err)
		}
	})
}

// Unsubscribing stops all marketing that waits, at once, and nothing else; a
// new plan after it waits again, whatever becomes of it when it is due.
func TestUnsubscribingStopsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		known(t, s, c, shop.ID, crm.Customer{ID: "78"})
		due := c.Now().Add(24 * time.Hour)
		plan := func(due time.Time) {
			t.Helper()
			if _, err := s.PlanMessages(t.Context(), shop.ID, []crm.Message{
				{Journey: "review_request", Purpose: crm.Marketing, CustomerID: "77", Subject: "marketing", DueAt: due},
				{Journey: "thank_you", Purpose: crm.Transactional, CustomerID: "77", Subject: "order", DueAt: due},
				{Journey: "review_request", Purpose: crm.Marketing, CustomerID: "78", Subject: "another's", DueAt: due},
			}); err != nil {
				t.Fatal(err)
			}
		}
		consent := func(state crm.ConsentState) {
			known(t, s, c, shop.ID, crm.Customer{ID: "77", Consent: crm.Consent{State: state, At: c.Now()}})
		}
		states := func(marketing crm.MessageState) {
			t.Helper()
			for subject, want := range map[string]crm.MessageState{"marketing": marketing, "order": crm.Planned, "another's": crm.Planned} {
				if m := bySubject(t, s, shop.ID, subject); m.State != want || want == crm.Cancelled && m.Reason != crm.ReasonUnsubscribed {
					t.Errorf("%s is %s (%s); want %s", subject, m.State, m.Reason, want)
				}
			}
		}
		consent(crm.ConsentSubscribed)
		plan(due)
		read := bySubject(t, s, shop.ID, "marketing")
		c.pass(time.Minute)
		consent(crm.ConsentUnsubscribed)
		states(crm.Cancelled)
		if won, err := s.ClaimMessage(t.Context(), read); won || err != nil {
			t.Error("a worker that had it in hand took it", err)
		}
		plan(c.Now().Add(-time.Hour)) // a replay of what was planned before
		states(crm.Cancelled)
		c.pass(time.Minute)
		consent(crm.ConsentSubscribed)
		plan(due.Add(time.Hour))
		states(crm.Planned)
		if m := bySubject(t, s, shop.ID, "marketing"); m.ID != read.ID || m.Reason != crm.ReasonDelay {
			t.Errorf("it is %+v", m)
		}
		// Told again and again, an old word of unsubscribing stops nothing new.
		known(t, s, c, shop.ID, crm.Customer{ID: "77", Consent: crm.Consent{State: crm.ConsentUnsubscribed, At: c.Now().Add(-time.Minute)}})
		states(crm.Planned)
	})
}

// One task stands for one source; once done, it is opened again in its row.
func TestTasksStandOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		ask := func(detail string) crm.Task {
			t.Helper()
			if err := s.OpenTask(t.Context(), crm.Task{ShopID: shop.ID, Kind: crm.TaskConnection, Source: "shop:" + shop.ID, Detail: detail}); err != nil {
				t.Fatal(err)
			}
			tasks, err := s.Tasks(t.Context(), shop.ID, false, 10)
			if err != nil || len(tasks) != 1 {
				t.Fatal(tasks, err)
			}
			return tasks[0]
		}
		first := ask("first")
		if again := ask("second"); again.ID != first.ID || again.Detail != "first" {
			t.Errorf("an open one became %+v", again)
		}
		if err := s.FinishTask(t.Context(), shop.ID, first.ID, "Bea"); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishTask(t.Context(), shop.ID, first.ID, "Cleo"); err == nil {
			t.Error("done twice")
		}
		if tasks, _ := s.Tasks(t.Context(), shop.ID, true, 10); len(tasks) != 1 || tasks[0].DoneBy != "Bea" {
			t.Errorf("done: %+v", tasks)
		}
		if again := ask("third"); again.ID != first.ID || again.Detail != "third" || again.DoneBy != "" {
			t.Errorf("opened again it is %+v", again)
		}
		// A new connection ends the task and takes up what waited for it.
		m := gifted(t, s, c, shop.ID, "77")
		if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonShopAuth, DueAt: c.Now().Add(time.Hour)}); !ok || err != nil {
			t.Fatal(ok, err)
		}
		connect(t, s, "demo.myshopify.com")
		if m, err := s.Message(t.Context(), shop.ID, m.ID); err != nil || !m.DueAt.Equal(c.Now()) {
			t.Errorf("what waited is due %v, %v", m.DueAt, err)
		}
		if tasks, _ := s.Tasks(t.Context(), shop.ID, false, 10); len(tasks) != 0 {
			t.Errorf("still asked: %+v", tasks)
		}
	})
}
