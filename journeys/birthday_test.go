package journeys_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
	"grazie/journeys"
)

// rome is a shop in Rome whose journeys about days are on, with their settings.
func rome(changed crm.Values) crm.Shop {
	s := shop()
	s.Timezone, s.Currency, s.Country = "Europe/Rome", "EUR", "IT"
	v := crm.Values{"enabled": "true"}
	for key, value := range changed {
		v[key] = value
	}
	s.Journeys["birthday_coupon"], s.Journeys["anniversary_coupon"] = v, v
	return s
}

// born is a customer who told her birthday long ago.
func born(day crm.MonthDay) crm.Customer {
	return crm.Customer{ID: "42", Email: "anna@mail.example", Consent: crm.Consent{State: crm.ConsentSubscribed}, CreatedAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Birthday: crm.Birthday{Day: day, Source: "form"}}
}

func birthdays(s crm.Shop, c crm.Customer, at time.Time) []crm.Message {
	return plansOf("birthday_coupon", crm.Event{Kind: crm.DayBegan, At: at, Customer: &c}, s)
}

func plansOf(key string, e crm.Event, s crm.Shop) []crm.Message {
	return slices.DeleteFunc(journeys.Plan(e, s), func(m crm.Message) bool { return m.Journey != key })
}

func subjects(all []crm.Message) (names []string) {
	for _, m := range all {
		names = append(names, m.Subject)
	}
	return names
}

// TestBirthdayIsPlanned is mail-and-domain.md, 4.5: the send date is the
// occasion less the lead days, and its key is the occasion.
func TestBirthdayIsPlanned(t *testing.T) {
	lead := crm.Values{"lead_days": "7"}
	for name, c := range map[string]struct {
		settings crm.Values
		day      crm.MonthDay
		at       string // when the calendar looks
		subject  string // empty: nothing is planned
		sent     string // the hour in Rome from which it is due
	}{
		"on the day itself":                            {nil, "03-05", "2027-03-05T03:00:00+01:00", "birthday:42:2027-03-05", "2027-03-05T09:00:00+01:00"},
		"two days ahead":                               {nil, "03-05", "2027-03-03T03:00:00+01:00", "birthday:42:2027-03-05", "2027-03-05T09:00:00+01:00"},
		"three days ahead is too early":                {nil, "03-05", "2027-03-02T03:00:00+01:00", "", ""},
		"three days late, after an outage":             {nil, "03-05", "2027-03-08T03:00:00+01:00", "birthday:42:2027-03-05", "2027-03-05T09:00:00+01:00"},
		"four days late":                               {nil, "03-05", "2027-03-09T03:00:00+01:00", "", ""},
		"with lead days, over the turn of the year":    {lead, "01-02", "2026-12-26T03:00:00+01:00", "birthday:42:2027-01-02", "2026-12-26T09:00:00+01:00"},
		"with lead days, two days before they begin":   {lead, "01-02", "2026-12-24T03:00:00+01:00", "birthday:42:2027-01-02", "2026-12-26T09:00:00+01:00"},
		"with lead days, after five days of outage":    {lead, "01-02", "2026-12-31T03:00:00+01:00", "birthday:42:2027-01-02", "2026-12-26T09:00:00+01:00"},
		"in the old year's calendar on New Year's Day": {nil, "12-31", "2027-01-01T03:00:00+01:00", "birthday:42:2026-12-31", "2026-12-31T09:00:00+01:00"},
		"on 29 February of a leap year":                {nil, "02-29", "2028-02-28T03:00:00+01:00", "birthday:42:2028-02-29", "2028-02-29T09:00:00+01:00"},
		"on 29 February of a common year":              {nil, "02-29", "2027-02-27T03:00:00+01:00", "birthday:42:2027-02-28", "2027-02-28T09:00:00+01:00"},
		"at an hour that the clocks leave out":         {crm.Values{"hour": "2:00"}, "03-28", "2027-03-28T01:00:00+01:00", "birthday:42:2027-03-28", "2027-03-28T03:00:00+02:00"},
		"at an hour that comes twice":                  {crm.Values{"hour": "2:00"}, "10-31", "2027-10-31T01:00:00+02:00", "birthday:42:2027-10-31", "2027-10-31T02:00:00+02:00"},
		"of who told none":                             {nil, "", "2027-03-05T03:00:00+01:00", "", ""},
		"of a day that does not exist":                 {nil, "02-31", "2027-03-02T03:00:00+01:00", "", ""},
	} {
		planned := birthdays(rome(c.settings), born(c.day), utc(t, c.at))
		if c.subject == "" {
			if len(planned) > 0 {
				t.Errorf("%s: planned %v", name, subjects(planned))
			}
			continue
		}
		if want := []string{c.subject, c.subject + ":reminder"}; !slices.Equal(subjects(planned), want) {
			t.Errorf("%s: planned %v; want %v", name, subjects(planned), want)
			continue
		}
		if due, from := planned[0].DueAt, utc(t, c.sent); due.Before(from) || !due.Before(from.Add(time.Hour)) {
			t.Errorf("%s: due %v; want it in the hour from %v", name, due, from)
		}
	}
	s := rome(nil)
	s.Rules = crm.Values{"leap_birthday": "mar01"}
	if got := subjects(birthdays(s, born("02-29"), utc(t, "2027-02-27T03:00:00+01:00"))); !slices.Contains(got, "birthday:42:2027-03-01") {
		t.Errorf("29 February on 1 March, as the shop wishes: planned %v", got)
	}
}

// TestBirthdayLearntLate is mail-and-domain.md, 4.5: at once while the day is
// still ahead, or today before the last hour; after that next year.
func TestBirthdayLearntLate(t *testing.T) {
	s := rome(crm.Values{"lead_days": "7"})
	for name, c := range map[string]struct {
		day     crm.MonthDay
		told    string
		subject string // empty: nothing this year
	}{
		"entered 30 December for 2 January":   {"01-02", "2026-12-30T18:00:00+01:00", "birthday:42:2027-01-02"},
		"on the day, in the evening":          {"01-02", "2027-01-02T22:59:59+01:00", "birthday:42:2027-01-02"},
		"on the day, in its last hour":        {"01-02", "2027-01-02T23:00:01+01:00", ""},
		"on the day after":                    {"01-02", "2027-01-03T00:00:00+01:00", ""},
		"in the lead days, before their hour": {"01-02", "2026-12-26T01:00:00+01:00", "birthday:42:2027-01-02"},
	} {
		at := utc(t, c.told)
		who := born(c.day)
		who.Birthday.At = at
		planned := plansOf("birthday_coupon", crm.Event{Kind: crm.CustomerChanged, At: at, Customer: &who}, s)
		if c.subject == "" {
			if len(planned) > 0 {
				t.Errorf("%s: planned %v", name, subjects(planned))
			}
			continue
		}
		if len(planned) == 0 || planned[0].Subject != c.subject {
			t.Errorf("%s: planned %v; want %s", name, subjects(planned), c.subject)
			continue
		}
		if due := planned[0].DueAt; due.Before(at) || due.Sub(at) > 9*time.Hour {
			t.Errorf("%s: due %v, told %v", name, due, at)
		}
		f := giftFacts(s, who, planned[0])
		if d := journeys.Decide(journey(t, "birthday_coupon"), f, planned[0].DueAt); d.Verdict == crm.Skip || d.Reason == crm.ReasonBirthdayWaits {
			t.Errorf("%s: a first birthday waits for nothing: %+v", name, d)
		}
	}
}

// giftFacts are facts about a message of a customer whom the shop knows well.
func giftFacts(s crm.Shop, c crm.Customer, m crm.Message) crm.Facts {
	m.ID = "msg_1"
	j, _ := journeys.Find(m.Journey)
	return crm.Facts{Message: m, Shop: s, Settings: j.Values(s), Customer: c, HistoryKnown: true, FirstOrder: time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC), Orders: 2, Spent: crm.Money{Minor: 9000, Currency: "EUR"}}
}

func sent(journey, subject string, at time.Time) crm.Past {
	return crm.Past{MessageID: "msg_0", Journey: journey, Subject: subject, Purpose: crm.Transactional, At: at} // so that no cap speaks first
}

func TestBirthdayRule(t *testing.T) {
	const key, subject = "birthday_coupon", "birthday:42:2027-03-05"
	j, due := journey(t, key), utc(t, "2027-03-05T09:00:00+01:00")
	changed := func(at time.Time) func(*crm.Facts) {
		return func(f *crm.Facts) {
			f.Customer.Birthday = crm.Birthday{Day: "03-05", At: at, FirstDay: "05-03", FirstAt: at.Add(-30 * day)}
		}
	}
	past := func(p ...crm.Past) func(*crm.Facts) { return func(f *crm.Facts) { f.Sent = p } }
	for name, c := range map[string]struct {
		change     func(*crm.Facts)
		after      time.Duration
		reason     crm.Reason // none: it is sent
		byHand     crm.Reason
		deferUntil time.Duration // after due
	}{
		"on the day":                              {func(*crm.Facts) {}, 0, "", "", 0},
		"belated by three days":                   {func(*crm.Facts) {}, 3*day + 10*time.Hour, "", "", 0},
		"by four":                                 {func(*crm.Facts) {}, 4*day + time.Hour, crm.ReasonTooLate, crm.ReasonTooLate, 0},
		"taken back meanwhile":                    {func(f *crm.Facts) { f.Customer.Birthday = crm.Birthday{At: due} }, 0, crm.ReasonNoBirthday, crm.ReasonNoBirthday, 0},
		"changed to another day":                  {func(f *crm.Facts) { f.Customer.Birthday.Day = "03-06" }, 0, crm.ReasonBirthdayChanged, crm.ReasonBirthdayChanged, 0},
		"changed to this day an hour ago":         {changed(due.Add(-time.Hour)), 0, crm.ReasonBirthdayWaits, "", 23 * time.Hour},
		"changed to this day a day ago":           {changed(due.Add(-day)), 0, "", "", 0},
		"a gift 299 days ago":                     {past(sent(key, "birthday:42:2026-05-10", due.Add(-299*day))), 0, crm.ReasonGiftLately, crm.ReasonGiftLately, 0},
		"a gift 300 days ago":                     {past(sent(key, "birthday:42:2026-05-09", due.Add(-300*day))), 0, "", "", 0},
		"a reminder does not count":               {past(sent(key, "birthday:42:2026-05-09:reminder", due.Add(-280*day))), 0, "", "", 0},
		"a gift to somebody else at the address":  {func(f *crm.Facts) { f.SentToOthers = []crm.Past{sent(key, "birthday:43:2026-12-01", due.Add(-90*day))} }, 0, crm.ReasonGiftLately, crm.ReasonGiftLately, 0},
		"a review request to somebody else there": {func(f *crm.Facts) { f.SentToOthers = []crm.Past{sent("review_request", "review:1", due.Add(-90*day))} }, 0, "", "", 0},
		"this very message, found sent": {func(f *crm.Facts) {
			f.Sent = []crm.Past{{MessageID: "msg_1", Journey: key, Subject: subject, Purpose: crm.Transactional, At: due.Add(-time.Minute)}}
		}, 0, "", "", 0},
		"an anniversary ten days ago":                 {past(sent("anniversary_coupon", "anniversary:42:2027-02-23", due.Add(-12*day))), 0, crm.ReasonFrequency, "", 2 * day},
		"an anniversary 13 days ago, on the last day": {past(sent("anniversary_coupon", "anniversary:42:2027-02-23", due.Add(-10*day))), 0, crm.ReasonFrequency, "", 0},
		"no gift is named":                            {func(f *crm.Facts) { f.Settings["kind"] = "free_product" }, 0, crm.ReasonNoGift, crm.ReasonNoGift, time.Hour},
		"a percentage of a program that is older":     {func(f *crm.Facts) { f.Settings["percent"] = "" }, 0, crm.ReasonNoGift, crm.ReasonNoGift, time.Hour},
		"budget and consent still hold by hand":       {func(f *crm.Facts) { f.Customer.Consent.State = crm.ConsentNone }, 0, crm.ReasonNoConsent, crm.ReasonNoConsent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, byHand := range []bool{false, true} {
				f, want := giftFacts(rome(nil), born("03-05"), crm.Message{Journey: key, Subject: subject, DueAt: due, CustomerID: "42"}), c.reason
				c.change(&f)
				if f.Message.ByHand = byHand; byHand {
					want = c.byHand
				}
				d := journeys.Decide(j, f, due.Add(c.after))
				if d.Reason != want || (d.Verdict == crm.Send) != (want == "") {
					t.Errorf("by hand %v: got %+v; want %q", byHand, d, want)
				}
				if want != "" && (d.Verdict == crm.Defer) != (c.deferUntil > 0) || d.Verdict == crm.Defer && !d.Until.Equal(due.Add(c.after+c.deferUntil)) {
					t.Errorf("by hand %v: got %+v; want it to wait for %v", byHand, d, c.deferUntil)
				}
			}
		})
	}
}

// TestASecondBirthdayGiftNeedsItsOwnReason: staff may give one, and only so.
func TestASecondBirthdayGiftNeedsItsOwnReason(t *testing.T) {
	const key = "birthday_coupon"
	j, now := journey(t, key), utc(t, "2027-03-06T09:00:00+01:00")
	who := born("03-05")
	for again, want := range map[string]crm.Reason{"": crm.ReasonGiftLately, "the first code was lost": ""} {
		m, ok := j.ByHand(crm.Event{Customer: &who}, rome(nil), crm.Ask{By: "kim", Reason: "phone", Again: again}, now)
		if !ok {
			t.Fatal("there is no occasion")
		}
		f := giftFacts(rome(nil), who, m)
		f.Sent = []crm.Past{sent(key, "birthday:42:2027-03-05", now.Add(-day))}
		if d := journeys.Decide(j, f, now); d.Reason != want {
			t.Errorf("again %q: got %+v", again, d)
		}
		if e := j.Effects(f, now); len(e) != 1 || !e[0].Code.EndsAt.Equal(utc(t, "2027-04-04T23:59:59+02:00")) {
			t.Errorf("again %q: effects %+v; want a code until 30 days after the birthday", again, e)
		}
	}
}

func TestBirthdayByHand(t *testing.T) {
	j, who := journey(t, "birthday_coupon"), born("03-05")
	for at, ok := range map[string]bool{
		"2027-02-01T12:00:00+01:00": false, "2027-02-02T12:00:00+01:00": true, "2027-03-05T23:30:00+01:00": true, "2027-03-08T12:00:00+01:00": true, "2027-03-09T00:00:00+01:00": false,
	} {
		if m, got := j.ByHand(crm.Event{Customer: &who}, rome(nil), crm.Ask{}, utc(t, at)); got != ok || ok && m.Subject != "birthday:42:2027-03-05" {
			t.Errorf("at %s: got %v, %s", at, got, m.Subject)
		}
	}
	who.Birthday.At = utc(t, "2027-03-06T10:00:00+01:00")
	if _, ok := j.ByHand(crm.Event{Customer: &who}, rome(nil), crm.Ask{}, utc(t, "2027-03-06T12:00:00+01:00")); !ok {
		t.Error("staff may wish a happy birthday to who told hers a day late")
	}
}

// TestNothingIsPlannedOutsideItsWindow looks at any customer on any day.
func TestNothingIsPlannedOutsideItsWindow(t *testing.T) {
	zones := []string{"Europe/Rome", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Santiago", "Australia/Lord_Howe", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		at := begin.Add(time.Duration(rapid.IntRange(0, 800*24*60).Draw(t, "minutes")) * time.Minute)
		near := crm.DayOf(at, time.UTC).Add(rapid.IntRange(-6, 16).Draw(t, "birthday"))
		who := born(crm.MonthDayOf(near))
		if rapid.Bool().Draw(t, "leap") {
			who = born("02-29")
		}
		who.Timezone = rapid.SampledFrom(zones).Draw(t, "zone")
		if rapid.Bool().Draw(t, "told lately") {
			who.Birthday.At = at.Add(-time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
		}
		lead := rapid.IntRange(0, 10).Draw(t, "lead")
		s := rome(crm.Values{"lead_days": string(rune('0' + lead%10)), "hour": rapid.SampledFrom([]string{"0:00", "2:00", "9:00", "23:00"}).Draw(t, "hour")})
		first := crm.Event{Kind: crm.DayBegan, At: at, Customer: &who, FirstOrder: near.At(12, 0, 0, time.UTC).AddDate(-2, 0, 0)}
		zone := crm.Location(who.Timezone)
		today := crm.DayOf(at, zone)
		for _, m := range journeys.Plan(first, s) {
			d, ok := crm.OccasionDay(m.Subject)
			if !ok || m.CustomerID != "42" || m.OrderID != "" {
				t.Fatalf("planned %+v", m)
			}
			if _, is := m.Reminder(); is {
				continue
			}
			due := crm.DayOf(m.DueAt, zone)
			if early := d.Add(-(lead % 10)); due.Before(early) {
				t.Fatalf("%s is due on %s, before %s", m.Subject, due, early)
			}
			if due.Sub(today) > 2 || today.Sub(d) > 3 || d.Before(due) {
				t.Fatalf("%s is planned on %s for %s", m.Subject, today, due)
			}
			if m.DueAt.Before(who.Birthday.At) && m.Journey == "birthday_coupon" {
				t.Fatalf("%s is due at %v, before it was told at %v", m.Subject, m.DueAt, who.Birthday.At)
			}
			f := giftFacts(s, who, m)
			f.FirstOrder = first.FirstOrder
			j := find(m.Journey)
			for hours := -30; hours < 24*8; hours += 11 {
				now := m.DueAt.Add(time.Duration(hours) * time.Hour)
				decision := journeys.Decide(j, f, now)
				on := crm.DayOf(now, zone)
				if decision.Verdict == crm.Send && (now.Before(m.DueAt) || on.Sub(d) > 3 || now.In(zone).Hour() < 8 || now.In(zone).Hour() >= 20) {
					t.Fatalf("%s, due %v, is sent at %v", m.Subject, m.DueAt, now.In(zone))
				}
				if decision.Verdict == crm.Defer && crm.DayOf(decision.Until, zone).Sub(d) > 3 {
					t.Fatalf("%s waits until %v, when it is worth nothing", m.Subject, decision.Until)
				}
			}
		}
	})
}

// TestEveryBirthdayIsPlannedOnce runs the calendar through three years, one of
// them a leap year, as the daily plan does.
func TestEveryBirthdayIsPlannedOnce(t *testing.T) {
	for _, bd := range []crm.MonthDay{"02-29", "01-01", "12-31", "03-28", "07-15"} {
		for _, zone := range []string{"Europe/Rome", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago"} {
			who := born(bd)
			who.Timezone = zone
			due := map[string]time.Time{}
			for d := (crm.Day{Year: 2027, Month: 1, Day: 10}); d.Before(crm.Day{Year: 2030, Month: 1, Day: 10}); d = d.Add(1) {
				for _, m := range birthdays(rome(nil), who, d.At(3, 0, 0, crm.Location("Europe/Rome"))) {
					if before, ok := due[m.Subject]; ok && !before.Equal(m.DueAt) {
						t.Fatalf("%s is due at %v and at %v", m.Subject, before, m.DueAt)
					}
					due[m.Subject] = m.DueAt
				}
			}
			if len(due) != 6 {
				t.Errorf("%s in %s: %d mails in three years: %v", bd, zone, len(due), due)
			}
		}
	}
}

// TestMailsOfOneMorningAreSpread over their hour, always to the same minute.
func TestMailsOfOneMorningAreSpread(t *testing.T) {
	minutes := map[int]int{}
	for i := range 600 {
		who := born("03-05")
		who.ID = "customer" + time.Duration(i).String()
		minutes[birthdays(rome(nil), who, utc(t, "2027-03-05T03:00:00+01:00"))[0].DueAt.Minute()]++
	}
	for m := range 60 {
		if minutes[m] == 0 || minutes[m] > 40 {
			t.Errorf("minute %d has %d of 600 mails", m, minutes[m])
		}
	}
}

func TestReminderOfACode(t *testing.T) {
	j := journey(t, "birthday_coupon")
	due, end := utc(t, "2027-04-01T09:00:00+02:00"), utc(t, "2027-04-04T23:59:59+02:00")
	for name, c := range map[string]struct {
		change func(*crm.Facts)
		reason crm.Reason
	}{
		"an unused code":                     {func(*crm.Facts) {}, ""},
		"the birthday was changed meanwhile": {func(f *crm.Facts) { f.Customer.Birthday.Day = "05-03" }, ""},
		"the gift did not go out":            {func(f *crm.Facts) { f.Origin.State = crm.Skipped }, crm.ReasonNothingToRemind},
		"the gift came back":                 {func(f *crm.Facts) { f.Origin.State = crm.Bounced }, crm.ReasonNothingToRemind},
		"nobody knows whether it went out":   {func(f *crm.Facts) { f.Origin.State = crm.Unknown }, crm.ReasonNothingToRemind},
		"there is no gift":                   {func(f *crm.Facts) { f.Origin = nil }, crm.ReasonNothingToRemind},
		"there is no code":                   {func(f *crm.Facts) { f.Effects = nil }, crm.ReasonNothingToRemind},
		"the code was used":                  {func(f *crm.Facts) { f.Effects[0].Code.Uses = []crm.CodeUse{{OrderID: "1"}} }, crm.ReasonCodeUsed},
		"the code was revoked":               {func(f *crm.Facts) { f.Effects[0].Code.Ended = crm.CodeRevoked }, crm.ReasonCodeEnded},
		"the code ended":                     {func(f *crm.Facts) { f.Effects[0].Code.EndsAt = due.Add(-time.Hour) }, crm.ReasonCodeEnded},
		"the code lasts longer":              {func(f *crm.Facts) { f.Effects[0].Code.EndsAt = end.Add(10 * day) }, crm.ReasonDelay},
		"a gift that is not sent again": {func(f *crm.Facts) {
			f.Sent = []crm.Past{sent("birthday_coupon", "birthday:42:2027-03-05", due.Add(-27*day))}
		}, ""},
	} {
		f := giftFacts(rome(nil), born("03-05"), crm.Message{Journey: j.Key, Subject: "birthday:42:2027-03-05:reminder", DueAt: due, CustomerID: "42"})
		f.Origin = &crm.Message{ID: "msg_0", State: crm.Delivered, SentAt: due.Add(-27 * day)}
		f.Effects = []crm.Effect{{Kind: crm.DiscountCodeMade, State: crm.EffectDone, Code: &crm.DiscountCode{Code: "A", StartsAt: due.Add(-27 * day), EndsAt: end, Zone: "Europe/Rome"}}}
		c.change(&f)
		if d := journeys.Decide(j, f, due); d.Reason != c.reason || (d.Verdict == crm.Send) != (c.reason == "") {
			t.Errorf("%s: got %+v; want %q", name, d, c.reason)
		}
		if e := j.Effects(f, due); len(e) > 0 {
			t.Errorf("%s: a reminder makes %+v", name, e)
		}
	}
}

func TestReminderIsPlannedThreeDaysBeforeTheEnd(t *testing.T) {
	at := utc(t, "2027-03-05T03:00:00+01:00")
	planned := birthdays(rome(nil), born("03-05"), at)
	if len(planned) != 2 || !planned[1].DueAt.Truncate(time.Hour).Equal(utc(t, "2027-04-01T09:00:00+02:00")) {
		t.Errorf("planned %+v", planned)
	}
	for name, v := range map[string]crm.Values{"switched off": {"reminder": "false"}, "of a code of five days": {"validity": "5d"}} {
		if planned := birthdays(rome(v), born("03-05"), at); len(planned) != 1 {
			t.Errorf("%s: planned %v", name, subjects(planned))
		}
	}
}

func find(key string) journeys.Journey {
	j, _ := journeys.Find(key)
	return j
}
