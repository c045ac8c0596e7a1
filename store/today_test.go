package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// cameToday plans one message and lets it end.
func cameToday(t *testing.T, s *store.Store, shopID, subject, customer string, o store.Outcome) crm.Message {
	t.Helper()
	if _, err := s.PlanMessages(t.Context(), shopID, []crm.Message{{Journey: "thank_you", Subject: subject, CustomerID: customer, State: crm.Planned, Reason: crm.ReasonDelay, DueAt: o.DueAt}}); err != nil {
		t.Fatal(err)
	}
	m, err := s.MessageAbout(t.Context(), shopID, "thank_you", subject)
	if err != nil || o.State == "" {
		t.Helper()
		return m
	}
	o.Message = m
	if done, err := s.RecordOutcome(t.Context(), o); !done || err != nil {
		t.Fatal(subject, done, err)
	}
	return m
}

// The figures of a day are those of the shop's own day, and its rows alone.
func TestDayCounts(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "today.myshopify.com"), connect(t, s, "other-today.myshopify.com")
		midnight := c.Now().Truncate(time.Hour)
		bounds := []time.Time{midnight.Add(-48 * time.Hour), midnight.Add(-24 * time.Hour), midnight, midnight.Add(24 * time.Hour)}
		sent := func(subject string, at time.Time) store.Outcome {
			return store.Outcome{State: crm.Sent, SentAt: at, DueAt: c.Now()}
		}
		cameToday(t, s, shop.ID, "order:1", "1", sent("order:1", midnight))
		cameToday(t, s, shop.ID, "order:2", "1", sent("order:2", midnight.Add(-time.Microsecond)))
		cameToday(t, s, shop.ID, "order:3", "1", sent("order:3", midnight.Add(-24*time.Hour)))
		cameToday(t, s, shop.ID, "order:4", "1", sent("order:4", midnight.Add(-49*time.Hour)))
		cameToday(t, s, other.ID, "order:1", "1", sent("order:1", midnight))
		for i, state := range []crm.MessageState{crm.Skipped, crm.Failed, crm.Unknown, crm.Bounced} {
			cameToday(t, s, shop.ID, fmt.Sprint("order:9", i), "1", store.Outcome{State: state, DueAt: c.Now()})
		}
		got, err := s.DayCounts(t.Context(), shop.ID, bounds)
		if want := []store.DayCount{{}, {Sent: 2}, {Sent: 1, Skipped: 1, Failed: 3}}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		last, err := s.LastSent(t.Context(), shop.ID, 2)
		if err != nil || len(last) != 2 || !last[0].SentAt.Equal(midnight) || !last[1].SentAt.Equal(midnight.Add(-time.Microsecond)) {
			t.Errorf("last sent: %+v, %v", last, err)
		}
	})
}

// What waits is told by the day that it is due on, and by name.
func TestWhatComesNext(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "next.myshopify.com"), connect(t, s, "other-next.myshopify.com")
		for _, of := range []crm.Shop{shop, other} {
			born := crm.Customer{ID: "7", FirstName: "Anna", LastName: "Rossi", UpdatedAt: c.Now(), Birthday: crm.Birthday{Day: "12-24", At: c.Now()}}
			apply(t, s, of.ID, "d1", []crm.Event{{Kind: crm.CustomerChanged, Customer: &born}})
		}
		for i, in := range []time.Duration{-2 * time.Hour, time.Hour, 25 * time.Hour, 26 * time.Hour, 300 * time.Hour} {
			cameToday(t, s, shop.ID, fmt.Sprint("order:", i), "7", store.Outcome{DueAt: c.Now().Add(in)})
		}
		cameToday(t, s, other.ID, "order:1", "7", store.Outcome{DueAt: c.Now()})
		cameToday(t, s, shop.ID, "order:77", "7", store.Outcome{State: crm.Unknown, DueAt: c.Now()})
		cameToday(t, s, shop.ID, "order:78", "8", store.Outcome{State: crm.Failed, DueAt: c.Now()})
		failed := receive(t, s, shop.ID, "bad")
		if err := s.FailWebhook(t.Context(), shop.ID, failed.ID, "cannot be read"); err != nil {
			t.Fatal(err)
		}
		if err := s.OpenTask(t.Context(), crm.Task{ShopID: shop.ID, Kind: crm.TaskLowRating, Source: "review:1"}); err != nil {
			t.Fatal(err)
		}
		bounds := []time.Time{c.Now().Add(-24 * time.Hour), c.Now().Add(24 * time.Hour), c.Now().Add(48 * time.Hour)}
		plans, err := s.DayPlans(t.Context(), shop.ID, bounds)
		if want := []store.DayPlan{{Day: 0, Journey: "thank_you", Count: 2}, {Day: 1, Journey: "thank_you", Count: 2}}; err != nil || !slices.Equal(plans, want) {
			t.Errorf("plans %+v, %v, want %+v", plans, err, want)
		}
		g, err := s.Glance(t.Context(), shop.ID, c.Now().Add(-time.Hour), crm.OverdueBefore(c.Now()))
		if want := (store.Glance{Waiting: 5, Due: 1, Overdue: 1, Unknown: 1, Failed: 1, Webhooks: 1, Tasks: 1}); err != nil || g != want {
			t.Errorf("at a glance %+v, %v, want %+v", g, err, want)
		}
		if later, err := s.Glance(t.Context(), shop.ID, c.Now().Add(time.Hour), c.Now()); err != nil || later.Failed != 0 || later.Webhooks != 0 || later.Unknown != 1 {
			t.Errorf("since later %+v, %v", later, err)
		}
		next, err := s.NextDue(t.Context(), shop.ID, 2)
		if err != nil || len(next) != 2 || next[0].Customer != "Anna Rossi" || !next[0].DueAt.Equal(c.Now().Add(-2*time.Hour)) {
			t.Errorf("next %+v, %v", next, err)
		}
		days, err := s.Birthdays(t.Context(), shop.ID, []crm.MonthDay{"12-24", "12-25"})
		if err != nil || days["12-24"] != 1 || days["12-25"] != 0 {
			t.Errorf("birthdays %v, %v", days, err)
		}
	})
}

// A shop has gone silent when counted orders led to nothing, or when nothing
// comes in hours that always brought something.
func TestWhatShouldHaveGoneOut(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "silent.myshopify.com"), connect(t, s, "other-silent.myshopify.com")
		c.pass(time.Hour)
		from, plan := c.Now().Add(-30*time.Minute), func(e crm.Event) []crm.Message { return []crm.Message{thankYou(*e.Order, c.Now())} }
		for i, at := range []time.Time{from.Add(-time.Minute), from, from.Add(time.Minute), from.Add(2 * time.Minute), from.Add(3 * time.Minute)} {
			o := paidOrder(c, fmt.Sprint(1000+i), fmt.Sprint(i), fmt.Sprint(i, "@x.example"))
			o.CreatedAt = at
			planned := plan
			switch i {
			case 2, 3:
				planned = nil // what is to be found
			case 4:
				o.Test, planned = true, nil // owes nothing
			}
			for _, of := range []string{shop.ID, other.ID} {
				if of == other.ID && i > 1 {
					continue
				}
				w := receive(t, s, of, o.ID)
				if _, err := s.ApplyEvents(t.Context(), of, []store.Applied{{WebhookID: w.ID, State: store.WebhookProcessed, Events: paid(o)}}, planned); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct{ of, most, want int }{{0, 100, 2}, {0, 1, 1}, {1, 100, 0}} {
			got, err := s.Unanswered(t.Context(), []string{shop.ID, other.ID}[c.of], "thank_you", from, from.Add(time.Hour), c.most)
			if err != nil || got != c.want {
				t.Errorf("%+v: unanswered %d, %v", c, got, err)
			}
		}
		placed, err := s.Placed(t.Context(), shop.ID, []crm.Span{{From: from, To: from.Add(time.Hour)}, {From: from, To: from.Add(time.Minute)}, {From: from.Add(time.Hour), To: from.Add(2 * time.Hour)}}, 3)
		if err != nil || !slices.Equal(placed, []int{3, 1, 0}) {
			t.Errorf("placed %v, %v", placed, err)
		}
		if last, err := s.LastWebhook(t.Context(), shop.ID); err != nil || !last.Equal(c.Now()) {
			t.Errorf("last webhook %v, %v", last, err)
		}
		if last, err := s.LastWebhook(t.Context(), connect(t, s, "new-silent.myshopify.com").ID); err != nil || !last.IsZero() {
			t.Errorf("of a new shop %v, %v", last, err)
		}
	})
}

// When a journey was switched is noted whoever switches it.
func TestSwitchedIsNoted(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "switched.myshopify.com")
		set := func(key, value string) crm.Shop {
			t.Helper()
			changed, err := s.ChangeShop(t.Context(), shop.ID, func(shop *crm.Shop) error {
				if shop.Journeys == nil {
					shop.Journeys = map[string]crm.Values{}
				}
				if shop.Journeys["thank_you"] == nil {
					shop.Journeys["thank_you"] = crm.Values{}
				}
				shop.Journeys["thank_you"][key] = value
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return changed
		}
		if set("delay", "2h"); len(set("delay", "3h").Switched) != 0 {
			t.Error("a delay is no switch")
		}
		off := c.Now()
		set("enabled", "false")
		c.pass(time.Hour)
		if got := set("delay", "4h").Switched["thank_you"]; !got.Equal(off) {
			t.Errorf("noted %v, want %v", got, off)
		}
		if got := set("enabled", "true").Switched["thank_you"]; !got.Equal(c.Now()) {
			t.Errorf("noted %v, want %v", got, c.Now())
		}
	})
}

// BenchmarkToday asks for all that the first page of the console shows, of a shop
// with a tenth of what is promised; GRAZIE_BENCH_LARGE=true is the whole: 100,000
// customers and a million messages. It must stay far below 50 ms.
func BenchmarkToday(b *testing.B) {
	customers := 10_000
	if os.Getenv("GRAZIE_BENCH_LARGE") != "" {
		customers = 100_000
	}
	for name, options := range map[string]func(*testing.B) (store.Options, string){
		"sqlite": func(b *testing.B) (store.Options, string) {
			path := filepath.Join(b.TempDir(), "grazie.db")
			return store.Options{Path: path}, path
		},
		"postgres": func(b *testing.B) (store.Options, string) {
			url := needs.FreshPostgres(b)
			return store.Options{URL: url}, url
		},
	} {
		b.Run(name, func(b *testing.B) {
			o, where := options(b)
			now := noonOfTests
			o.Secrets, o.Now = []string{secret}, func() time.Time { return now }
			s, err := store.Open(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			shop, _, err := s.ConnectShop(b.Context(), crm.Shop{Platform: "shopify", Domain: "large.myshopify.com", Timezone: "Europe/Rome"}, crm.Values{})
			if err != nil {
				b.Fatal(err)
			}
			needs.FillShop(b, where, shop.ID, customers, now)
			if s.Engine() == "postgres" { // as it does by itself, a minute after so many new rows
				if _, err := store.Database(s).Exec(`vacuum messages`); err != nil {
					b.Fatal(err)
				}
			}
			zone := crm.Location("Europe/Rome")
			today := crm.DayOf(now, zone)
			var past, coming []time.Time
			for i := -29; i <= 1; i++ {
				past = append(past, today.Add(i).At(0, 0, 0, zone))
			}
			for i := range 8 {
				coming = append(coming, today.Add(i).At(0, 0, 0, zone))
			}
			parts := []struct {
				name string
				do   func() error
			}{
				{"days", func() error { _, err := s.DayCounts(b.Context(), shop.ID, past); return err }},
				{"plans", func() error { _, err := s.DayPlans(b.Context(), shop.ID, coming); return err }},
				{"glance", func() error { _, err := s.Glance(b.Context(), shop.ID, past[26], now); return err }},
				{"birthdays", func() error {
					_, err := s.Birthdays(b.Context(), shop.ID, []crm.MonthDay{"11-21", "11-22", "11-23", "11-24", "11-26", "11-27", "11-28"})
					return err
				}},
				{"last", func() error { _, err := s.LastSent(b.Context(), shop.ID, 8); return err }},
				{"next", func() error { _, err := s.NextDue(b.Context(), shop.ID, 8); return err }},
				{"unanswered", func() error {
					_, err := s.Unanswered(b.Context(), shop.ID, "thank_you", now.AddDate(0, 0, -3), now, 300)
					return err
				}},
				{"placed", func() error {
					_, err := s.Placed(b.Context(), shop.ID, crm.UsualHours(now.Add(-20*time.Hour), now), crm.UsualOrders)
					return err
				}},
			}
			took := make([]time.Duration, len(parts))
			for b.Loop() {
				for i, p := range parts {
					began := time.Now()
					if err := p.do(); err != nil {
						b.Fatal(p.name, err)
					}
					took[i] += time.Since(began)
				}
			}
			for i, p := range parts {
				b.ReportMetric(float64(took[i].Microseconds())/1000/float64(b.N), "ms-"+p.name)
			}
		})
	}
}

// What is being worked on is told of the shop alone.
func TestWork(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "work.myshopify.com"), connect(t, s, "other-work.myshopify.com")
		began := c.Now()
		receive(t, s, shop.ID, "one")
		receive(t, s, other.ID, "one")
		cameToday(t, s, shop.ID, "order:1", "1", store.Outcome{DueAt: c.Now()})
		air := cameToday(t, s, shop.ID, "order:2", "1", store.Outcome{DueAt: c.Now()})
		if won, err := s.ClaimMessage(t.Context(), air); !won || err != nil {
			t.Fatal(won, err)
		}
		c.pass(time.Minute)
		receive(t, s, shop.ID, "two")
		if w, err := s.Work(t.Context(), shop.ID); err != nil || w != (store.Work{Webhooks: 2, Oldest: began, Due: 1, DueSince: began, Sending: 1}) {
			t.Errorf("%+v, %v", w, err)
		}
		c.pass(time.Hour)
		if w, err := s.Work(t.Context(), shop.ID); err != nil || w.Lost != 1 {
			t.Errorf("%+v, %v", w, err)
		}
		if w, err := s.Work(t.Context(), other.ID); err != nil || w.Webhooks != 1 || w.Due+w.Sending != 0 {
			t.Errorf("the other: %+v, %v", w, err)
		}
		if led, err := s.Leaders(t.Context()); err != nil || len(led) != 0 {
			t.Errorf("%v, %v", led, err)
		}
		if _, err := s.Lead(t.Context(), "sweep", "host-1", time.Minute); err != nil {
			t.Fatal(err)
		}
		if led, err := s.Leaders(t.Context()); err != nil || len(led) != 1 || led[0] != (store.Leader{Work: "sweep", Holder: "host-1", Until: c.Now().Add(time.Minute)}) {
			t.Errorf("%+v, %v", led, err)
		}
	})
}
