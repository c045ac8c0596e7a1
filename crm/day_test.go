package crm_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// TestDayAt is the table of mail-and-domain.md, 4.5: what clocks show in gaps
// and overlaps, where Go's own answer differs from place to place.
func TestDayAt(t *testing.T) {
	for _, c := range []struct {
		zone, day    string
		hour, minute int
		want         string
	}{
		{"Europe/Rome", "2026-03-29", 2, 30, "2026-03-29T03:30:00+02:00"},
		{"America/New_York", "2026-03-08", 2, 30, "2026-03-08T03:30:00-04:00"},
		{"America/Santiago", "2026-09-06", 0, 0, "2026-09-06T01:00:00-03:00"},
		{"Africa/Cairo", "2026-04-24", 0, 0, "2026-04-24T01:00:00+03:00"},
		{"Australia/Lord_Howe", "2026-10-04", 2, 15, "2026-10-04T02:45:00+11:00"},
		{"Europe/Rome", "2026-10-25", 2, 30, "2026-10-25T02:30:00+02:00"},
		{"America/New_York", "2026-11-01", 1, 30, "2026-11-01T01:30:00-04:00"},
		{"Pacific/Apia", "2011-12-30", 10, 0, "2011-12-31T10:00:00+14:00"},
		{"Asia/Kathmandu", "2026-11-21", 9, 0, "2026-11-21T09:00:00+05:45"},
		{"Europe/Rome", "2026-03-29", 3, 0, "2026-03-29T03:00:00+02:00"},
		{"Europe/Rome", "2026-03-29", 1, 59, "2026-03-29T01:59:00+01:00"},
		{"Europe/Rome", "2026-10-25", 3, 0, "2026-10-25T03:00:00+01:00"},
		{"Europe/Rome", "2026-10-25", 23, 59, "2026-10-25T23:59:00+01:00"},
		{"UTC", "2028-02-29", 23, 59, "2028-02-29T23:59:00Z"},
	} {
		day, err := crm.ParseDay(c.day)
		if err != nil {
			t.Fatal(err)
		}
		zone := crm.Location(c.zone)
		if got := day.At(c.hour, c.minute, 0, zone).In(zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s at %02d:%02d is %s; want %s", c.day, c.zone, c.hour, c.minute, got, c.want)
		}
	}
}

// TestADayBeginsAtItsFirstInstant holds that a second earlier is another day,
// also where midnight does not exist or comes twice.
func TestADayBeginsAtItsFirstInstant(t *testing.T) {
	for _, name := range []string{"Europe/Rome", "America/Santiago", "Africa/Cairo", "America/Havana", "Asia/Beirut", "America/Asuncion", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"} {
		zone := crm.Location(name)
		for d := (crm.Day{Year: 2023, Month: 1, Day: 1}); d.Year < 2025; d = d.Add(1) {
			begin := d.At(0, 0, 0, zone)
			if crm.DayOf(begin, zone) != d || !crm.DayOf(begin.Add(-time.Second), zone).Before(d) {
				t.Errorf("%s in %s begins at %v", d, name, begin.In(zone))
			}
		}
	}
}

func TestDayArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := crm.Day{Year: 1999, Month: 12, Day: 31}.Add(rapid.IntRange(0, 40000).Draw(t, "day"))
		n := rapid.IntRange(-1000, 1000).Draw(t, "days")
		if got := d.Add(n).Sub(d); got != n {
			t.Fatalf("%s and %d days is %s, which is %d days later", d, n, d.Add(n), got)
		}
		if d.Add(n).Before(d) != (n < 0) {
			t.Fatalf("%s before %s: %v", d.Add(n), d, d.Add(n).Before(d))
		}
		if parsed, err := crm.ParseDay(d.String()); err != nil || parsed != d {
			t.Fatalf("%s is read as %s, %v", d, parsed, err)
		}
	})
	if d := (crm.Day{Year: 2028, Month: 2, Day: 28}).Add(1); d.String() != "2028-02-29" {
		t.Errorf("the day after 28 February 2028 is %s", d)
	}
	for _, none := range []string{"", "2027-02-29", "2027-13-01", "2027-3-5", "05.03.2027", "2027-03-05T00:00:00Z"} {
		if d, err := crm.ParseDay(none); err == nil || !d.IsZero() {
			t.Errorf("%q is read as %s", none, d)
		}
	}
}
