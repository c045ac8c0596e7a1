package journeys_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
	"grazie/journeys"
)

// utc reads an instant.
func utc(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestQuietHours(t *testing.T) {
	for name, c := range map[string]struct {
		zone       string
		rules      crm.Values
		now, until string // until empty: it goes out
	}{
		"in the morning":                         {"Europe/Rome", nil, "2026-11-20T08:00:00+01:00", ""},
		"a second before the morning":            {"Europe/Rome", nil, "2026-11-20T07:59:59+01:00", "2026-11-20T08:00:00+01:00"},
		"a second before the evening":            {"Europe/Rome", nil, "2026-11-20T19:59:59+01:00", ""},
		"in the evening, until tomorrow":         {"Europe/Rome", nil, "2026-11-20T20:00:00+01:00", "2026-11-21T08:00:00+01:00"},
		"at midnight":                            {"Europe/Rome", nil, "2026-11-21T00:00:00+01:00", "2026-11-21T08:00:00+01:00"},
		"in her zone, not in the shop's":         {"America/Los_Angeles", nil, "2026-11-20T09:00:00Z", "2026-11-20T16:00:00Z"},
		"a zone with three quarters":             {"Asia/Kathmandu", nil, "2026-11-20T02:00:00Z", "2026-11-20T02:15:00Z"},
		"over the night that is an hour shorter": {"Europe/Rome", nil, "2027-03-27T22:00:00+01:00", "2027-03-28T08:00:00+02:00"},
		"Sunday is a day like others":            {"Europe/Rome", nil, "2026-11-22T09:00:00+01:00", ""},
		"unless the shop rests":                  {"Europe/Rome", crm.Values{"sundays": "false"}, "2026-11-22T09:00:00+01:00", "2026-11-23T08:00:00+01:00"},
		"from Saturday evening on":               {"Europe/Rome", crm.Values{"sundays": "false"}, "2026-11-21T21:00:00+01:00", "2026-11-23T08:00:00+01:00"},
		"her Sunday":                             {"Pacific/Auckland", crm.Values{"sundays": "false"}, "2026-11-21T23:00:00Z", "2026-11-22T19:00:00Z"},
		"a shop that writes at any hour":         {"Europe/Rome", crm.Values{"quiet_from": "0:00", "quiet_to": "0:00"}, "2026-11-20T03:00:00+01:00", ""},
		"and rests on Sundays":                   {"Europe/Rome", crm.Values{"quiet_from": "0:00", "quiet_to": "0:00", "sundays": "false"}, "2026-11-22T03:00:00+01:00", "2026-11-23T00:00:00+01:00"},
		"a shop that writes at night only":       {"Europe/Rome", crm.Values{"quiet_from": "8:00", "quiet_to": "20:00"}, "2026-11-20T12:00:00+01:00", "2026-11-20T20:00:00+01:00"},
		"and does so after midnight":             {"Europe/Rome", crm.Values{"quiet_from": "8:00", "quiet_to": "20:00"}, "2026-11-20T02:00:00+01:00", ""},
		"and begins a Monday with it":            {"Europe/Rome", crm.Values{"quiet_from": "8:00", "quiet_to": "20:00", "sundays": "false"}, "2026-11-22T12:00:00+01:00", "2026-11-23T00:00:00+01:00"},
		"a zone that is none: UTC":               {"Mars/Base", nil, "2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z"},
		"no zone at all: that of the shop":       {"", nil, "2026-11-20T01:00:00Z", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := wanted()
			f.Zone, f.Shop.Timezone, f.Shop.Rules = c.zone, "Asia/Tokyo", c.rules
			now := utc(t, c.now)
			f.Message.DueAt = now
			d := journeys.Decide(birthday, f, now)
			switch {
			case c.until == "" && d.Verdict != crm.Send:
				t.Fatalf("got %+v", d)
			case c.until != "" && (d.Reason != crm.ReasonQuietHours || !d.Until.Equal(utc(t, c.until))):
				t.Fatalf("got %s until %v; want %s", d.Reason, d.Until, c.until)
			}
			if c.until != "" {
				if d := journeys.Decide(birthday, f, d.Until); d.Verdict != crm.Send {
					t.Errorf("at the end of the wait: %+v", d)
				}
			}
			if d := journeys.Decide(thankYou(t), f, now); d.Reason == crm.ReasonQuietHours {
				t.Error("order mail knows no quiet hours")
			}
			f.Message.ByHand = true
			if d := journeys.Decide(birthday, f, now); d.Verdict != crm.Send {
				t.Errorf("by hand: %+v", d)
			}
		})
	}
}

// TestPriority holds that of two messages one always waits for the other, and
// never both: else two would postpone each other to no end.
func TestPriority(t *testing.T) {
	keys := []string{"apology", "birthday_coupon", "anniversary_coupon", "review_request", "win_back", "name_day"}
	subjects := []string{"a:1", "a:1:reminder", "a:2"}
	message := func(t *rapid.T, id string) crm.Message {
		return crm.Message{ID: id, Journey: rapid.SampledFrom(keys).Draw(t, id), Subject: rapid.SampledFrom(subjects).Draw(t, id+" subject"), State: crm.Planned, DueAt: noon}
	}
	waits := func(m, other crm.Message) bool {
		f := wanted()
		f.Message, f.Waiting = m, []crm.Message{other}
		f.Message.OrderID = ""
		j := birthday
		j.Key = m.Journey
		return journeys.Decide(j, f, noon).Reason == crm.ReasonOtherFirst
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := message(t, "msg_a"), message(t, "msg_b"), message(t, "msg_c")
		if waits(a, b) == waits(b, a) {
			t.Fatalf("%s %s and %s %s: each waits %v", a.Journey, a.Subject, b.Journey, b.Subject, waits(a, b))
		}
		if waits(a, b) && waits(b, c) && !waits(a, c) {
			t.Fatalf("%s waits for %s, that for %s, and the first not for the last", a.Journey, b.Journey, c.Journey)
		}
	})
}

func TestWhoGoesFirst(t *testing.T) {
	order := []crm.Message{
		{ID: "5", Journey: "birthday_coupon", Subject: "birthday:7:2026-11-21"}, {ID: "4", Journey: "birthday_coupon", Subject: "birthday:7:2026-11-21:reminder"},
		{ID: "3", Journey: "anniversary_coupon", Subject: "anniversary:7:2026-11-21"}, {ID: "2", Journey: "review_request", Subject: "review:1001"}, {ID: "1", Journey: "win_back", Subject: "win_back:7"},
	}
	for i, first := range order {
		for _, second := range order[i+1:] {
			for name, c := range map[string]struct {
				state crm.MessageState
				due   time.Duration
				until time.Duration // 0: the second does not wait
			}{
				"due now":        {crm.Planned, 0, 5 * time.Minute},
				"overdue":        {crm.Planned, -time.Hour, 5 * time.Minute},
				"due in an hour": {crm.Planned, time.Hour, time.Hour + 5*time.Minute},
				"due in a day":   {crm.Planned, day, 0},
				"in the air":     {crm.Sending, -time.Minute, 5 * time.Minute},
				"sent":           {crm.Sent, -time.Minute, 0},
				"skipped":        {crm.Skipped, -time.Minute, 0},
			} {
				f := wanted()
				first.State, first.DueAt = c.state, noon.Add(c.due)
				f.Message, f.Waiting = second, []crm.Message{first}
				j := birthday
				j.Key = second.Journey
				d := journeys.Decide(j, f, noon)
				if c.until == 0 && d.Verdict != crm.Send || c.until > 0 && (d.Reason != crm.ReasonOtherFirst || !d.Until.Equal(noon.Add(c.until))) {
					t.Errorf("%s, and %s is %s: got %+v", second.Subject, first.Subject, name, d)
				}
			}
			// The more important one waits for the other only while that is in the air.
			f := wanted()
			first.DueAt = noon
			f.Message, f.Waiting = first, []crm.Message{{ID: second.ID, Journey: second.Journey, Subject: second.Subject, State: crm.Planned, DueAt: noon}}
			j := birthday
			j.Key = first.Journey
			if d := journeys.Decide(j, f, noon); d.Verdict != crm.Send {
				t.Errorf("%s waits for %s: %+v", first.Subject, second.Subject, d)
			}
			f.Waiting[0].State = crm.Sending
			if d := journeys.Decide(j, f, noon); d.Reason != crm.ReasonOtherFirst {
				t.Errorf("%s does not wait for %s in the air: %+v", first.Subject, second.Subject, d)
			}
		}
	}
}

func TestCapsAreTheMerchants(t *testing.T) {
	f := wanted()
	f.Sent = ago(crm.Marketing, time.Hour, 2*day, 3*day)
	for rules, want := range map[*crm.Values]crm.Verdict{
		{}: crm.Defer, {"cap_day": "2"}: crm.Defer, {"cap_day": "2", "cap_week": "4"}: crm.Send, {"cap_day": "0", "cap_week": "0", "cap_month": "0"}: crm.Send, {"cap_day": "0", "cap_week": "4", "cap_month": "3"}: crm.Defer,
	} {
		f.Shop.Rules = *rules
		if d := journeys.Decide(birthday, f, noon); d.Verdict != want {
			t.Errorf("with %v: got %+v", *rules, d)
		}
	}
}
