package journeys_test

import (
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// TestAnniversaryIsPlanned is mail-and-domain.md, 4.5.
func TestAnniversaryIsPlanned(t *testing.T) {
	for name, c := range map[string]struct {
		first, at string
		zone      string
		subject   string // empty: nothing is planned
	}{
		"after a year":                                {"2026-05-01T10:00:00Z", "2027-05-01T03:00:00+02:00", "", "anniversary:42:2027-05-01"},
		"after four":                                  {"2023-05-01T10:00:00Z", "2027-05-01T03:00:00+02:00", "", "anniversary:42:2027-05-01"},
		"not in the first year":                       {"2027-05-01T10:00:00Z", "2027-05-02T03:00:00+02:00", "", ""},
		"not before the first order":                  {"2028-05-01T10:00:00Z", "2027-05-01T03:00:00+02:00", "", ""},
		"her day, which is the next in Rome":          {"2024-03-31T23:30:00Z", "2027-03-31T03:00:00+02:00", "", "anniversary:42:2027-04-01"},
		"and the one before in Los Angeles":           {"2024-04-01T03:30:00Z", "2027-03-31T03:00:00+02:00", "America/Los_Angeles", "anniversary:42:2027-03-31"},
		"29 February in a common year":                {"2024-02-29T10:00:00Z", "2027-02-27T03:00:00+01:00", "", "anniversary:42:2027-02-28"},
		"29 February in a leap year":                  {"2024-02-29T10:00:00Z", "2028-02-28T03:00:00+01:00", "", "anniversary:42:2028-02-29"},
		"the 31st":                                    {"2025-01-31T10:00:00Z", "2027-01-30T03:00:00+01:00", "", "anniversary:42:2027-01-31"},
		"a first order that is not known for sure":    {"", "2027-05-01T03:00:00+02:00", "", ""},
		"three days ahead is too early":               {"2026-05-01T10:00:00Z", "2027-04-28T03:00:00+02:00", "", ""},
		"New Year's Eve, looked at on New Year's Day": {"2025-12-31T10:00:00Z", "2027-01-01T03:00:00+01:00", "", "anniversary:42:2026-12-31"},
	} {
		who := born("")
		who.Timezone = c.zone
		e := crm.Event{Kind: crm.DayBegan, At: utc(t, c.at), Customer: &who}
		if c.first != "" {
			e.FirstOrder = utc(t, c.first)
		}
		got := subjects(plansOf("anniversary_coupon", e, rome(nil)))
		if c.subject == "" && len(got) > 0 || c.subject != "" && !slices.Equal(got, []string{c.subject, c.subject + ":reminder"}) {
			t.Errorf("%s: planned %v; want %q", name, got, c.subject)
		}
	}
}

func TestAnniversaryRule(t *testing.T) {
	const key, subject = "anniversary_coupon", "anniversary:42:2027-03-05"
	j, due := journey(t, key), utc(t, "2027-03-05T09:00:00+01:00")
	bornOn := func(d crm.MonthDay) func(*crm.Facts) {
		return func(f *crm.Facts) { f.Customer.Birthday.Day = d }
	}
	past := func(p ...crm.Past) func(*crm.Facts) { return func(f *crm.Facts) { f.Sent = p } }
	for name, c := range map[string]struct {
		change func(*crm.Facts)
		after  time.Duration
		reason crm.Reason // none: it is sent
		byHand crm.Reason
	}{
		"on the day":                                     {func(*crm.Facts) {}, 0, "", ""},
		"three days late":                                {func(*crm.Facts) {}, 3 * day, "", ""},
		"four days late":                                 {func(*crm.Facts) {}, 4 * day, crm.ReasonTooLate, crm.ReasonTooLate},
		"the first order was refunded since":             {func(f *crm.Facts) { f.FirstOrder = f.FirstOrder.AddDate(0, 2, 0) }, 0, crm.ReasonNoAnniversary, crm.ReasonNoAnniversary},
		"there is no order that counts any more":         {func(f *crm.Facts) { f.FirstOrder = time.Time{} }, 0, crm.ReasonNoAnniversary, crm.ReasonNoAnniversary},
		"she may have ordered before Grazie came":        {func(f *crm.Facts) { f.HistoryKnown = false }, 0, crm.ReasonNoAnniversary, crm.ReasonNoAnniversary},
		"the same day, before she moved to another zone": {past(sent(key, "anniversary:42:2027-03-04", due.Add(-day))), 0, crm.ReasonGiftLately, crm.ReasonGiftLately},
		"a year ago":                                     {past(sent(key, "anniversary:42:2026-03-05", due.Add(-365*day))), 0, "", ""},
		"a birthday gift 13 days ago":                    {past(sent("birthday_coupon", "birthday:42:2027-02-20", due.Add(-13*day))), 0, crm.ReasonFrequency, ""},
		"a birthday gift 14 days ago":                    {past(sent("birthday_coupon", "birthday:42:2027-02-19", due.Add(-14*day))), 0, "", ""},
		"its reminder does not count":                    {past(sent("birthday_coupon", "birthday:42:2027-02-02:reminder", due.Add(-4*day))), 0, "", ""},
		"a birthday on the same day":                     {bornOn("03-05"), 0, crm.ReasonOtherFirst, ""},
		"a birthday in 13 days":                          {bornOn("03-18"), 0, crm.ReasonOtherFirst, ""},
		"a birthday in 15 days":                          {bornOn("03-20"), 0, "", ""},
		"a birthday two days ago, not wished yet":        {bornOn("03-03"), 0, crm.ReasonOtherFirst, ""},
		"a birthday last month":                          {bornOn("02-05"), 0, "", ""},
		"a birthday in 13 days, with its gift in August": {func(f *crm.Facts) {
			f.Customer.Birthday.Day, f.Sent = "03-18", []crm.Past{sent("birthday_coupon", "birthday:42:2026-08-01", due.Add(-200*day))}
		}, 0, "", ""},
		"a birthday in 13 days, and no gifts for it": {func(f *crm.Facts) {
			f.Customer.Birthday.Day, f.Shop.Journeys["birthday_coupon"] = "03-18", crm.Values{"enabled": "false"}
		}, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, byHand := range []bool{false, true} {
				f, want := giftFacts(rome(nil), born(""), crm.Message{Journey: key, Subject: subject, DueAt: due, CustomerID: "42"}), c.reason
				c.change(&f)
				if f.Message.ByHand = byHand; byHand {
					want = c.byHand
				}
				d := journeys.Decide(j, f, due.Add(c.after))
				if d.Reason != want || (d.Verdict == crm.Send) != (want == "") {
					t.Errorf("by hand %v: got %+v; want %q", byHand, d, want)
				}
			}
		})
	}
}

// TestOneOccasionMailInFourteenDays runs a customer whose days lie close
// together: the birthday is wished, and the other day passed over.
func TestOneOccasionMailInFourteenDays(t *testing.T) {
	for gap := -20; gap <= 20; gap++ {
		birthday := crm.Day{Year: 2027, Month: 6, Day: 15}
		first := birthday.Add(gap).At(12, 0, 0, time.UTC).AddDate(-1, 0, 0)
		who := born(crm.MonthDayOf(birthday))
		var got []crm.Past
		for d := birthday.Add(-30); d.Before(birthday.Add(30)); d = d.Add(1) {
			at := d.At(12, 0, 0, crm.Location("Europe/Rome"))
			for _, m := range journeys.Plan(crm.Event{Kind: crm.DayBegan, At: at, Customer: &who, FirstOrder: first}, rome(nil)) {
				if _, is := m.Reminder(); is || slices.ContainsFunc(got, func(p crm.Past) bool { return p.Subject == m.Subject }) {
					continue
				}
				f := giftFacts(rome(nil), who, m)
				f.Message.ID, f.FirstOrder, f.Sent = m.Subject, first, got
				if journeys.Decide(find(m.Journey), f, at).Verdict == crm.Send {
					got = append([]crm.Past{{MessageID: m.Subject, Journey: m.Journey, Subject: m.Subject, Purpose: crm.Marketing, At: at}}, got...)
				}
			}
		}
		wished := slices.ContainsFunc(got, func(p crm.Past) bool { return p.Journey == "birthday_coupon" })
		if both := gap <= -14 || gap >= 11; !wished || (len(got) == 2) != both {
			t.Errorf("%d days apart: got %+v", gap, got)
		}
		if len(got) == 2 && got[0].At.Sub(got[1].At) < 14*day {
			t.Errorf("%d days apart: two mails within %v", gap, got[0].At.Sub(got[1].At))
		}
	}
}
