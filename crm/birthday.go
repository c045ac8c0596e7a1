package crm

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseBirthday reads the day and month of a birthday from "1990-03-05", from
// "--03-05" (ISO 8601 without the year) or from "03-05". The year is dropped
// at once (mail-and-domain.md, D1); it only tells whether there was a 29th of
// February in it. What no calendar knows is an *Invalid that says what to write;
// the text itself is not in it, since it is somebody's birthday.
func ParseBirthday(text string) (MonthDay, error) {
	bad := func(why string) (MonthDay, error) {
		return "", &Invalid{Field: "birthday", Message: why + ": write month and day as 03-05, or a whole date as 1990-03-05"}
	}
	s, year := strings.TrimSpace(text), 2000 // a year that has every day
	switch {
	case len(s) == len("1990-03-05") && s[4] == '-':
		n, err := digits(s[:4])
		if err != nil {
			return bad("that is no date")
		}
		if n == 0 { // what databases keep where nothing is known
			return bad("there is no year 0")
		}
		s, year = s[5:], n
	case strings.HasPrefix(s, "--"):
		s = s[2:]
	}
	if len(s) != len("03-05") || s[2] != '-' {
		return bad("that is no date")
	}
	month, err := digits(s[:2])
	if err != nil || month < 1 || month > 12 {
		return bad("there is no such month")
	}
	day, err := digits(s[3:])
	if err != nil || day < 1 || day > lastDay(year, time.Month(month)) {
		return bad("that month has no such day")
	}
	return MonthDay(s), nil
}

// digits reads a number of plain digits: no sign, no space.
func digits(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err
}

// lastDay is the last day of a month.
func lastDay(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 12, 0, 0, 0, time.UTC).Day()
}

// LeapRule says when a birthday of the 29th of February is in a year that has none.
type LeapRule string

const (
	LeapFeb28 LeapRule = "feb28" // the gift is not late
	LeapMar01 LeapRule = "mar01"
)

// In is the date that the day has in a year: that of the rule for a 29th of
// February that the year lacks. What is no day, is none.
func (d MonthDay) In(year int, rule LeapRule) Day {
	if _, err := ParseBirthday(string(d)); err != nil || len(d) != len("03-05") {
		return Day{}
	}
	month, _ := digits(string(d[:2]))
	day, _ := digits(string(d[3:]))
	switch {
	case day <= lastDay(year, time.Month(month)):
		return Day{year, time.Month(month), day}
	case rule == LeapMar01:
		return Day{year, time.March, 1}
	}
	return Day{year, time.February, 28}
}

// String is the day as it is stored, "03-05".
func (d MonthDay) String() string { return string(d) }

// MonthDayOf is the day of a date, without its year.
func MonthDayOf(d Day) MonthDay { return MonthDay(fmt.Sprintf("%02d-%02d", d.Month, d.Day)) }

// Apply returns the birthday after n was told, in whatever sequence: the newest
// by its own time wins, and of two told at once the one that takes it back.
// What says nothing changes nothing: platforms mostly know of no birthday. The
// earliest that was ever told is kept, so that a birthday that was changed, or
// taken back and told anew, is known for that.
func (b Birthday) Apply(n Birthday) Birthday {
	b, n = b.begun(), n.begun()
	if n.silent() {
		return b
	}
	if b.silent() {
		return n
	}
	out := b
	if cmp.Or(n.At.Compare(b.At), len(b.Day)-len(n.Day), cmp.Compare(n.Day, b.Day), cmp.Compare(n.Source, b.Source)) > 0 {
		out = n
	}
	out.FirstDay, out.FirstAt = b.FirstDay, b.FirstAt
	if b.FirstDay == "" || n.FirstDay != "" && cmp.Or(n.FirstAt.Compare(b.FirstAt), cmp.Compare(n.FirstDay, b.FirstDay)) < 0 {
		out.FirstDay, out.FirstAt = n.FirstDay, n.FirstAt
	}
	return out
}

func (b Birthday) silent() bool { return b.Day == "" && b.At.IsZero() }

// begun is a birthday as it came with what was told first: itself.
func (b Birthday) begun() Birthday {
	if b.Day != "" && b.FirstDay == "" {
		b.FirstDay, b.FirstAt = b.Day, b.At
	}
	return b
}

// Changed tells whether another day was told before this one.
func (b Birthday) Changed() bool { return b.Day != "" && b.FirstDay != "" && b.Day != b.FirstDay }

// Since is when this day was told: at first, where it is still the first.
func (b Birthday) Since() time.Time {
	if !b.Changed() && !b.FirstAt.IsZero() {
		return b.FirstAt
	}
	return b.At
}
