package journeys_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// ago are past mails of one purpose, newest first.
func ago(p crm.Purpose, before ...time.Duration) []crm.Past {
	var sent []crm.Past
	for _, d := range before {
		sent = append(sent, crm.Past{Journey: "x", Purpose: p, At: noon.Add(-d)})
	}
	return sent
}

// TestFrequency is mail-and-domain.md, 4.5: 1 in 24 hours, 2 in 7 days, 6 in 30 days.
func TestFrequency(t *testing.T) {
	const h, m = time.Hour, crm.Marketing
	for name, c := range map[string]struct {
		sent []crm.Past
		wait time.Duration // 0: it goes out
	}{
		"none before":                                         {nil, 0},
		"one an hour ago waits out the day":                   {ago(m, h), 23 * h},
		"one a nanosecond short of a day":                     {ago(m, day-1), 1},
		"one exactly a day ago":                               {ago(m, day), 0},
		"two this week wait out the second's week":            {ago(m, 2*day, 3*day), 4 * day},
		"two, one of them exactly a week ago":                 {ago(m, 2*day, 7*day), 0},
		"an hour ago and this week: the longer wait counts":   {ago(m, h, 3*day), 4 * day},
		"an hour ago and six days: the day counts":            {ago(m, h, 7*day-h), 23 * h},
		"six this month wait out the sixth's month":           {ago(m, 6*day, 8*day, 14*day, 20*day, 25*day, 29*day), day},
		"six, one of them exactly a month ago":                {ago(m, 6*day, 8*day, 14*day, 20*day, 25*day, 30*day), 0},
		"seven this month, by hand: room comes with two gone": {ago(m, 8*day, 9*day, 10*day, 11*day, 12*day, 28*day, 29*day), 2 * day},
		"a sixth of next week and all caps at once":           {ago(m, h, 2*day, 9*day, 16*day, 23*day, 24*day), 6 * day},
		"order mails do not count":                            {ago(crm.Transactional, h, 2*h, 3*h, 4*h, 5*h, 6*h, 7*h), 0},
		"order mails between do not hide the others":          {append(ago(crm.Transactional, h), ago(m, 2*h)...), 22 * h},
	} {
		t.Run(name, func(t *testing.T) {
			f := wanted()
			f.Sent = c.sent
			d := journeys.Decide(birthday, f, noon)
			if c.wait == 0 {
				if d.Verdict != crm.Send {
					t.Fatalf("got %+v", d)
				}
			} else {
				if d.Verdict != crm.Defer || d.Reason != crm.ReasonFrequency || !d.Until.Equal(noon.Add(c.wait)) {
					t.Fatalf("got %s %s until %v; want %v later than noon", d.Verdict, d.Reason, d.Until.Sub(noon), c.wait)
				}
				if d := journeys.Decide(birthday, f, d.Until); d.Verdict != crm.Send {
					t.Errorf("at the end of the wait: %+v", d)
				}
				if d := journeys.Decide(birthday, f, d.Until.Add(-1)); d.Verdict != crm.Defer {
					t.Errorf("right before: %+v", d)
				}
			}
			if d := journeys.Decide(thankYou(t), f, noon); d.Verdict != crm.Send {
				t.Errorf("order mail is capped: %+v", d)
			}
		})
	}
}

// TestFrequencyIsOfTheAddress: a guest and an account with one address are one
// reader, whichever of the two got which mail.
func TestFrequencyIsOfTheAddress(t *testing.T) {
	const m = crm.Marketing
	for name, c := range map[string]struct {
		hers, others []crm.Past
		wait         time.Duration // 0: it goes out
	}{
		"all to the other":                      {nil, ago(m, time.Hour), 23 * time.Hour},
		"one to each, hers the later":           {ago(m, 2*day), ago(m, 3*day), 4 * day},
		"one to each, hers the earlier":         {ago(m, 3*day), ago(m, 2*day), 4 * day},
		"three in turn: the second's week":      {ago(m, 2*day, 4*day), ago(m, 3*day), 4 * day},
		"order mails to the other do not count": {nil, ago(crm.Transactional, time.Hour), 0},
		"one to each, one of them a week ago":   {ago(m, 2*day), ago(m, 7*day), 0},
	} {
		f := wanted()
		f.Sent, f.SentToOthers = c.hers, c.others
		want := crm.DeferUntil(noon.Add(c.wait), crm.ReasonFrequency)
		d := journeys.Decide(birthday, f, noon)
		if c.wait == 0 {
			want = crm.Decision{Verdict: crm.Send}
		}
		if d.Verdict != want.Verdict || d.Reason != want.Reason || !d.Until.Equal(want.Until) {
			t.Errorf("%s: %+v, want %+v", name, d, want)
		}
	}
}

func TestDelay(t *testing.T) {
	f := wanted()
	f.Message.DueAt = noon.Add(time.Hour)
	for _, j := range []journeys.Journey{thankYou(t), birthday} {
		if d := journeys.Decide(j, f, noon); d.Verdict != crm.Defer || d.Reason != crm.ReasonDelay || !d.Until.Equal(f.Message.DueAt) {
			t.Errorf("%s before its time: %+v", j.Key, d)
		}
		if d := journeys.Decide(j, f, f.Message.DueAt); d.Verdict != crm.Send {
			t.Errorf("%s at its time: %+v", j.Key, d)
		}
	}
}

func TestPausedShopAsksAgainSoon(t *testing.T) {
	f := wanted()
	f.Shop.State, f.Message.DueAt = crm.ShopPaused, noon.Add(-day)
	d := journeys.Decide(thankYou(t), f, noon)
	if wait := d.Until.Sub(noon); d.Verdict != crm.Defer || wait <= 0 || wait > time.Hour {
		t.Errorf("got %+v; want it deferred by minutes, so that it goes out soon after staff resumes", d)
	}
}
