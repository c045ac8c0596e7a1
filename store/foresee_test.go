package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// What a replay would lead to is told without a change of any row, and is what it
// then leads to.
func TestForeseenArises(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		plan := func(e crm.Event) []crm.Message {
			if e.Kind != crm.OrderPaid || e.Order.Cancelled() {
				return nil
			}
			return []crm.Message{thankYou(*e.Order, c.Now().Add(time.Hour))}
		}
		known := paidOrder(c, "1001", "77", "anna@x.example")
		lost := paidOrder(c, "1002", "77", "anna@x.example")
		guests := paidOrder(c, "1003", "", "bea@x.example")
		gone := known
		gone.CancelledAt, gone.UpdatedAt = c.Now().Add(time.Minute), c.Now().Add(time.Minute)
		for _, id := range []string{shop.ID, other.ID} {
			apply(t, s, id, "d0", paid(known), thankYou(known, c.Now().Add(time.Hour)))
		}
		c.pass(2 * time.Minute)
		var applied []store.Applied
		for i, events := range [][]crm.Event{paid(known), paid(lost), paid(guests), {{Kind: crm.OrderChanged, Order: &gone}}, nil} {
			applied = append(applied, store.Applied{WebhookID: receive(t, s, shop.ID, fmt.Sprint("d", 1+i)).ID, State: store.WebhookProcessed, Events: events})
		}
		before := raw.dump()
		foreseen, err := s.Foresee(t.Context(), shop.ID, applied, plan)
		if err != nil {
			t.Fatal(err)
		}
		if after := raw.dump(); !slices.Equal(before, after) {
			t.Errorf("to look ahead changed\n%s\nto\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		var told []string
		for i, f := range foreseen {
			if f.WebhookID != applied[i].WebhookID {
				t.Errorf("%d is told of %s", i, f.WebhookID)
			}
			for _, m := range f.Messages {
				is := "changes"
				switch {
				case m.Was == nil:
					is = "new"
				case m.Stays():
					is = "stays"
				}
				told = append(told, fmt.Sprint(i, " ", m.Subject, " ", is, " ", m.State, " ", m.Reason))
			}
		}
		// The first is moved: it was planned for an hour after an earlier moment.
		want := []string{"0 order:1001 changes planned delay", "1 order:1002 new planned delay", "2 order:1003 new planned delay", "3 order:1001 changes cancelled order_cancelled"}
		if !slices.Equal(told, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
		if _, err := s.ApplyEvents(t.Context(), shop.ID, applied, plan); err != nil {
			t.Fatal(err)
		}
		var arose []string
		for _, m := range messages(t, s, shop.ID) {
			arose = append(arose, fmt.Sprint(m.Subject, " ", m.State, " ", m.Reason))
		}
		slices.Sort(arose)
		if !slices.Equal(arose, []string{"order:1001 cancelled order_cancelled", "order:1002 planned delay", "order:1003 planned delay"}) {
			t.Errorf("then arose %q", arose)
		}
		// And once it was done, all of it is there already.
		foreseen, err = s.Foresee(t.Context(), shop.ID, applied, plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range foreseen {
			for _, m := range f.Messages {
				if !m.Stays() {
					t.Errorf("again %+v, was %+v", m.Message, m.Was)
				}
			}
		}
	})
}

// A list of webhooks is walked like that of messages.
func TestWebhookLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		var ids []string
		for i := range 6 {
			for _, id := range []string{shop.ID, other.ID} {
				topic := []string{"orders/paid", "orders/updated"}[i%2]
				r, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: id, DeliveryID: fmt.Sprint(i), Topic: topic, Headers: "{}", Body: []byte("{}")})
				if err != nil {
					t.Fatal(err)
				}
				if id == shop.ID {
					ids = append(ids, r.ID)
				}
			}
		}
		if err := s.FailWebhook(t.Context(), shop.ID, ids[4], "cannot be read"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReceiveWebhook(t.Context(), store.Webhook{ShopID: shop.ID, DeliveryID: "2", Headers: "{}"}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			q    store.WebhookQuery
			want []int
		}{
			"all":             {store.WebhookQuery{}, []int{5, 4, 3, 2, 1, 0}},
			"failed":          {store.WebhookQuery{State: store.WebhookFailed}, []int{4}},
			"topic":           {store.WebhookQuery{Topic: "orders/updated"}, []int{5, 3, 1}},
			"sent again":      {store.WebhookQuery{Again: true}, []int{2}},
			"topic and state": {store.WebhookQuery{Topic: "orders/updated", State: store.WebhookFailed}, nil},
			"since tomorrow":  {store.WebhookQuery{From: time.Now().Add(24 * time.Hour)}, nil},
			"until tomorrow":  {store.WebhookQuery{Until: time.Now().Add(24 * time.Hour), State: store.WebhookFailed}, []int{4}},
		} {
			for _, limit := range []int{1, 2, 50} {
				c.q.Limit, c.q.Before = limit, ""
				var got []int
				for {
					page, err := s.WebhookList(t.Context(), shop.ID, c.q)
					if err != nil || len(page.Webhooks) > limit {
						t.Fatal(len(page.Webhooks), err)
					}
					for _, w := range page.Webhooks {
						got = append(got, slices.Index(ids, w.ID))
					}
					if c.q.Before = page.Next; page.Next == "" {
						break
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s, %d a page: %v, want %v", name, limit, got, c.want)
				}
			}
		}
		if n, err := s.ReplayWebhooks(t.Context(), shop.ID, []string{ids[4], "whk_nobody"}); n != 1 || err != nil {
			t.Error(n, err)
		}
		if w, err := s.Webhook(t.Context(), shop.ID, ids[4]); err != nil || w.State != store.WebhookReceived || w.Reason != "" {
			t.Errorf("%+v %v", w, err)
		}
	})
}
