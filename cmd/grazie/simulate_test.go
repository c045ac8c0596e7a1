package main

import (
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/config"
	"grazie/crm"
	"grazie/internal/needs"
)

// fullYear asks for the whole simulation with so many customers: 5000 take some
// minutes on each engine.
const fullYear = "GRAZIE_TEST_YEAR"

// What must always hold holds through a simulated time that crosses the 29th
// of February 2028, with workers that are lost at random steps.
func TestYear(t *testing.T) {
	s := simulated{From: crm.Day{Year: 2028, Month: 2, Day: 10}, Days: 40, Customers: 150, Seed: 1, Kill: true, Name: "year", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if n := os.Getenv(fullYear); n != "" {
		customers, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		s.From, s.Days, s.Customers = crm.Day{Year: 2027, Month: 6, Day: 1}, 400, customers
	}
	for _, e := range []struct {
		name     string
		database func(t *testing.T) config.Database
	}{
		{"sqlite", func(*testing.T) config.Database { return config.Database{} }},
		{"postgres", func(t *testing.T) config.Database { return config.Database{URL: needs.FreshPostgres(t)} }},
	} {
		t.Run(e.name, func(t *testing.T) {
			y, err := s.run(t.Context(), config.Config{Database: e.database(t)})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range y.Broken {
				t.Error(b)
			}
			if y.Killed == 0 {
				t.Error("no worker was lost")
			}
			sent := map[string]int{}
			for _, j := range y.Journeys {
				sent[j.Journey] = j.States[crm.Sent] + j.States[crm.Delivered]
			}
			for _, journey := range []string{"thank_you", "birthday_coupon", "anniversary_coupon", "review_request"} {
				if sent[journey] == 0 {
					t.Errorf("no %s went out: %+v", journey, y.Journeys)
				}
			}
			var told strings.Builder
			if err := y.print(&told); err != nil {
				t.Fatal(err)
			}
			t.Log(told.String())
		})
	}
}

// The simulation notices what does not hold: here the truth is bent after the
// fact, once for each thing that it looks at.
func TestYearNotices(t *testing.T) {
	s := simulated{From: crm.Day{Year: 2027, Month: 6, Day: 1}, Days: 12, Customers: 120, Seed: 2, Name: "bent", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w, err := newWorld(t.Context(), s, config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if err := w.populate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := s.From.Add(s.Days).At(0, 0, 0, time.UTC); w.now().Before(end); w.pass(tick) {
		if w.now().Equal(crm.DayOf(w.now(), time.UTC).At(0, 0, 0, time.UTC)) {
			w.dawn(crm.DayOf(w.now(), time.UTC))
		}
		if err := w.live(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	find := func(with func(letter) bool) *letter {
		for i := range w.post.mails {
			if with(w.post.mails[i]) {
				return &w.post.mails[i]
			}
		}
		t.Fatal("no such mail went out")
		return nil
	}
	coupon := find(func(m letter) bool { return m.code != "" })
	for name, c := range map[string]struct {
		bend func() (back func())
		says string
	}{
		"straight": {func() func() { return func() {} }, ""},
		"twice":    {func() func() { w.post.taken[coupon.message]++; return func() { w.post.taken[coupon.message]-- } }, "went out 2 times"},
		"quiet": {func() func() {
			was := coupon.at
			coupon.at = crm.DayOf(was, w.post.person(coupon.to).zone).At(21, 0, 0, w.post.person(coupon.to).zone)
			return func() { coupon.at = was }
		}, "her time"},
		"left": {func() func() {
			p := w.post.person(coupon.to)
			p.no = coupon.at.Add(-time.Hour)
			return func() { p.no = time.Time{} }
		}, "who left"},
		"dead": {func() func() {
			p := w.post.person(coupon.to)
			p.dead = coupon.at.Add(-time.Hour)
			return func() { p.dead = time.Time{} }
		}, "refuses everything"},
		"code": {func() func() {
			was := coupon.code
			coupon.code = "GRAZIE-22222-33333"
			return func() { coupon.code = was }
		}, "does not have"},
		"caps": {func() func() {
			copied := *coupon
			copied.at = copied.at.Add(time.Hour)
			w.post.mails = append(w.post.mails, copied)
			return func() { w.post.mails = w.post.mails[:len(w.post.mails)-1] }
		}, "more than 1 marketing"},
		"budget": {func() func() {
			was := w.shop.Rules["reward_budget"]
			w.shop.Rules["reward_budget"] = "0.01"
			return func() { w.shop.Rules["reward_budget"] = was }
		}, "went over the budget"},
	} {
		t.Run(name, func(t *testing.T) {
			back := c.bend()
			y, err := w.year(t.Context(), 0)
			back()
			if err != nil {
				t.Fatal(err)
			}
			found := strings.Join(y.Broken, "\n")
			if c.says == "" && found != "" || !strings.Contains(found, c.says) {
				t.Errorf("it noticed %q; want %q", found, c.says)
			}
		})
	}
}
