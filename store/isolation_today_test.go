package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// forToday gives the first shop alone what one of these methods would find.
func forToday(t *testing.T, s *store.Store, c *clock, mine crm.Shop, b belongings, name string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	switch name {
	case "DayCounts", "LastSent":
		_, err := s.RecordOutcome(t.Context(), store.Outcome{Message: b.aired, State: crm.Sent, SentAt: c.Now()})
		must(err)
	case "DayPlans":
		_, err := s.PlanMessages(t.Context(), mine.ID, []crm.Message{{Journey: mark, Subject: "order:9", CustomerID: "77", State: crm.Planned, DueAt: c.Now()}})
		must(err)
	case "Glance":
		must(s.FailWebhook(t.Context(), mine.ID, b.webhook, "cannot be read"))
	case "Birthdays":
		born := crm.Customer{ID: "771", Birthday: crm.Birthday{Day: "02-03", At: c.Now()}, UpdatedAt: c.Now()}
		apply(t, s, mine.ID, "born", []crm.Event{{Kind: crm.CustomerChanged, Customer: &born}})
	case "Unanswered", "Placed":
		for i := range 9 {
			apply(t, s, mine.ID, fmt.Sprint("more-", i), paid(paidOrder(c, fmt.Sprint(2000+i), "77", "anna@x.example")))
		}
	case "LastWebhook":
		c.pass(time.Millisecond)
		receive(t, s, mine.ID, "a moment later")
	}
}

func daysOf(b belongings) []time.Time {
	return []time.Time{b.planned.CreatedAt.AddDate(0, 0, -9), b.planned.CreatedAt.AddDate(0, 0, 9)}
}

var withinToday = ofShop{
	"DayCounts": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		counts, err := s.DayCounts(ctx, shopID, daysOf(b))
		return counts[0].Sent > 0, err
	},
	"DayPlans": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.DayPlans(ctx, shopID, daysOf(b))
	},
	"Birthdays": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		days, err := s.Birthdays(ctx, shopID, []crm.MonthDay{"02-03"})
		return days["02-03"] > 0, err
	},
	"Glance": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		g, err := s.Glance(ctx, shopID, daysOf(b)[0], daysOf(b)[1])
		return g.Webhooks > 0, err
	},
	"LastSent": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.LastSent(ctx, shopID, 100)
	},
	"NextDue": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.NextDue(ctx, shopID, 100)
	},
	"Unanswered": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		n, err := s.Unanswered(ctx, shopID, "no_gesture", daysOf(b)[0], daysOf(b)[1], 100)
		return n > 8, err
	},
	"Placed": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		n, err := s.Placed(ctx, shopID, []crm.Span{{From: daysOf(b)[0], To: daysOf(b)[1]}}, 100)
		return n[0] > 8, err
	},
	"Work": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		w, err := s.Work(ctx, shopID)
		return w.Sending > 0, err
	},
	"LastWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		at, err := s.LastWebhook(ctx, shopID)
		return at.After(b.planned.CreatedAt), err
	},
}

var overShopsToday = map[string]string{
	"Leaders": "leases are the installation's",
}
