package crm_test

import (
	"testing"
	"time"

	"grazie/crm"
)

var sunday = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

// Orders owe their gesture only from when there was somebody to answer them.
func TestAnswersSince(t *testing.T) {
	old := sunday.AddDate(-1, 0, 0)
	for name, c := range map[string]struct {
		shop crm.Shop
		want time.Time
	}{
		"of an old shop":    {crm.Shop{ConnectedAt: old, Since: old}, sunday.Add(-72 * time.Hour)},
		"just connected":    {crm.Shop{ConnectedAt: sunday.Add(-time.Hour), Since: sunday.Add(-time.Hour)}, sunday.Add(-time.Hour)},
		"connected again":   {crm.Shop{ConnectedAt: old, Since: sunday.Add(-2 * time.Hour)}, sunday.Add(-2 * time.Hour)},
		"just switched on":  {crm.Shop{ConnectedAt: old, Switched: map[string]time.Time{"thank_you": sunday.Add(-3 * time.Hour)}}, sunday.Add(-3 * time.Hour)},
		"another was":       {crm.Shop{ConnectedAt: old, Switched: map[string]time.Time{"apology": sunday}}, sunday.Add(-72 * time.Hour)},
		"switched long ago": {crm.Shop{ConnectedAt: old, Switched: map[string]time.Time{"thank_you": old}}, sunday.Add(-72 * time.Hour)},
	} {
		if got := crm.AnswersSince(c.shop, "thank_you", sunday); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A quiet is compared with the same hours of the same day of earlier weeks.
func TestUsualHours(t *testing.T) {
	if got := crm.UsualHours(sunday.Add(-3*time.Hour+time.Second), sunday); got != nil {
		t.Errorf("a short quiet is compared with %v", got)
	}
	for name, c := range map[string]struct {
		last, from time.Time
		quiet      time.Duration
	}{
		"three hours": {sunday.Add(-3 * time.Hour), sunday.Add(-3 * time.Hour), 3 * time.Hour},
		"two days":    {sunday.Add(-48 * time.Hour), sunday.Add(-48 * time.Hour), 24 * time.Hour},
		"none kept":   {time.Time{}, sunday.Add(-24 * time.Hour), 24 * time.Hour},
	} {
		got := crm.UsualHours(c.last, sunday)
		if len(got) != 4 {
			t.Fatalf("%s: %v", name, got)
		}
		for i, s := range got {
			if from := c.from.AddDate(0, 0, -7*(i+1)); !s.From.Equal(from) || s.To.Sub(s.From) != c.quiet || s.From.Weekday() != c.from.Weekday() {
				t.Errorf("%s, week %d: %v", name, i, s)
			}
		}
	}
}

func TestListen(t *testing.T) {
	last := sunday.Add(-5 * time.Hour)
	active := crm.Shop{State: crm.ShopActive}
	for name, c := range map[string]struct {
		shop       crm.Shop
		unanswered int
		overdue    int64
		last       time.Time
		placed     []int
		want       crm.Silence
	}{
		"all is well":               {active, 0, 0, last, []int{3, 2, 9, 9}, crm.Silence{}},
		"orders led to nothing":     {active, 2, 3, last, nil, crm.Silence{Unanswered: 2, Overdue: 3}},
		"hours that always brought": {active, 0, 0, last, []int{3, 3, 9, 4}, crm.Silence{Quiet: last}},
		"a week is not known":       {active, 0, 0, last, []int{3, 3, 9}, crm.Silence{}},
		"nothing was ever heard":    {active, 0, 0, time.Time{}, []int{3, 3, 9, 4}, crm.Silence{Quiet: sunday.Add(-24 * time.Hour)}},
		"a paused shop owes none":   {crm.Shop{State: crm.ShopPaused}, 2, 3, last, []int{3, 3, 9, 4}, crm.Silence{Quiet: last}},
		"a removed one says so":     {crm.Shop{State: crm.ShopUninstalled}, 2, 3, last, []int{3, 3, 9, 4}, crm.Silence{}},
		"a broken one says so":      {crm.Shop{State: crm.ShopActive, Broken: "401"}, 2, 3, last, []int{3, 3, 9, 4}, crm.Silence{}},
	} {
		got := crm.Listen(c.shop, c.unanswered, c.overdue, c.last, c.placed, sunday)
		if got != c.want || got.Missing() != int64(c.want.Unanswered)+c.want.Overdue || got.Any() != (c.want != crm.Silence{}) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestNoteSwitched(t *testing.T) {
	shop := crm.Shop{Journeys: map[string]crm.Values{"a": {"enabled": "true", "delay": "1h"}, "b": {"enabled": "false"}, "c": {"delay": "2h"}}}
	shop.NoteSwitched(map[string]crm.Values{"a": {"enabled": "true"}, "c": {"delay": "1h"}}, sunday)
	if len(shop.Switched) != 1 || !shop.Switched["b"].Equal(sunday) {
		t.Errorf("%v", shop.Switched)
	}
}
