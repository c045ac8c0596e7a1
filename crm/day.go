package crm

import (
	"fmt"
	"time"
)

// Day is a date of the calendar, in no zone. The zero Day is none.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the date that an instant has in a zone.
func DayOf(t time.Time, in *time.Location) Day {
	y, m, d := t.In(in).Date()
	return Day{y, m, d}
}

// ParseDay reads "2027-03-05"; a date that does not exist is an error.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("no date: %q", s)
	}
	return DayOf(t, time.UTC), nil
}

func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// IsZero tells whether it is no date.
func (d Day) IsZero() bool { return d == Day{} }

// Add is the date so many days later.
func (d Day) Add(days int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Day+days, 12, 0, 0, 0, time.UTC), time.UTC)
}

// Sub is how many days d is later than e.
func (d Day) Sub(e Day) int {
	at := func(d Day) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int(at(d).Sub(at(e)) / (24 * time.Hour))
}

// Before tells whether d is an earlier date than e.
func (d Day) Before(e Day) bool { return d.Sub(e) < 0 }

// At is the instant at which clocks in a zone show a time of this day. Where
// they never do, because they were put forward over it, the offset before the
// gap counts, so that it is later by the gap; where they do twice, it is the
// first (RFC 5545, section 3.3.5; mail-and-domain.md, 4.5). A day that a zone
// left out is its next.
func (d Day) At(hour, minute, second int, in *time.Location) time.Time {
	// The wish as if it were UTC, and the two offsets around it, from times that
	// lie surely before and after any change of that day.
	wish := time.Date(d.Year, d.Month, d.Day, hour, minute, second, 0, time.UTC)
	_, before := wish.Add(-36 * time.Hour).In(in).Zone()
	_, after := wish.Add(36 * time.Hour).In(in).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} { // the earlier instant first
		t := wish.Add(-time.Duration(offset) * time.Second)
		if h, m, s := t.In(in).Clock(); DayOf(t, in) == d && h == hour && m == minute && s == second {
			return t
		}
	}
	return wish.Add(-time.Duration(before) * time.Second)
}

// MonthDay is a day that comes every year, "03-05". Empty: none. Years are not
// kept of birthdays (mail-and-domain.md, D1).
type MonthDay string
