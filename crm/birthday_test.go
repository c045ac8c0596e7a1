package crm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

func TestParseBirthdayKeepsMonthAndDayOnly(t *testing.T) {
	for text, want := range map[string]crm.MonthDay{
		"1990-03-05": "03-05", "--03-05": "03-05", "03-05": "03-05", " 03-05\n": "03-05",
		"02-29": "02-29", "--02-29": "02-29", "2000-02-29": "02-29", "1988-02-29": "02-29",
		"1999-12-31": "12-31", "01-01": "01-01", "1900-02-28": "02-28",
	} {
		if got, err := crm.ParseBirthday(text); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseBirthdayRefusesWhatNoCalendarKnows(t *testing.T) {
	for _, text := range []string{
		"", " ", "0000-00-00", "0000-03-05", "1990-00-05", "1990-03-00", "1990-13-01", "13-01", "00-05", "03-00",
		"1990-02-31", "02-31", "1990-02-30", "02-30", "--02-30", "04-31", "1990-04-31", "03-32",
		"1990-02-29", "1900-02-29", "2100-02-29", // those years had none
		"5 March", "03/05", "3-5", "05.03.1990", "90-03-05", "1990-3-5", "19900305", "+990-03-05", "1990-03-05T00:00:00Z",
		"---03-05", "-03-05", "0x-05", "03-+5", "٠٣-٠٥",
	} {
		got, err := crm.ParseBirthday(text)
		var invalid *crm.Invalid
		if got != "" || !errors.As(err, &invalid) || invalid.Field != "birthday" || !strings.Contains(invalid.Message, "03-05") {
			t.Errorf("%q is %q, %v; want an error that says what to write", text, got, err)
		}
		if text == "1990-02-31" && strings.Contains(err.Error(), "31") {
			t.Errorf("the error shows the birthday: %v", err)
		}
	}
}

// TestLeapBirthday is mail-and-domain.md, 4.5: 2000 was a leap year, 2100 is none.
func TestLeapBirthday(t *testing.T) {
	for _, c := range []struct {
		day  crm.MonthDay
		year int
		rule crm.LeapRule
		want string
	}{
		{"02-29", 2026, crm.LeapFeb28, "2026-02-28"},
		{"02-29", 2027, crm.LeapFeb28, "2027-02-28"},
		{"02-29", 2028, crm.LeapFeb28, "2028-02-29"},
		{"02-29", 2026, crm.LeapMar01, "2026-03-01"},
		{"02-29", 2028, crm.LeapMar01, "2028-02-29"},
		{"02-29", 2100, crm.LeapFeb28, "2100-02-28"},
		{"02-29", 2100, crm.LeapMar01, "2100-03-01"},
		{"02-29", 2000, crm.LeapMar01, "2000-02-29"},
		{"02-29", 2027, "", "2027-02-28"},
		{"02-28", 2027, crm.LeapMar01, "2027-02-28"},
		{"12-31", 2027, crm.LeapFeb28, "2027-12-31"},
	} {
		if got := c.day.In(c.year, c.rule); got.String() != c.want {
			t.Errorf("%s in %d by %q is %s; want %s", c.day, c.year, c.rule, got, c.want)
		}
	}
	for _, none := range []crm.MonthDay{"", "02-30", "13-01", "1990-03-05", "--03-05", " 03-05"} {
		if got := none.In(2027, crm.LeapFeb28); !got.IsZero() {
			t.Errorf("%q is %s; want no day", none, got)
		}
	}
}

func TestMonthDayOf(t *testing.T) {
	if got := crm.MonthDayOf(crm.Day{Year: 2027, Month: 3, Day: 5}); got != "03-05" || got.String() != "03-05" {
		t.Errorf("got %q", got)
	}
}

func anyBirthday(t *rapid.T) crm.Birthday {
	switch oneOf(t, "birthday", "none", "day", "day", "taken back") {
	case "day":
		return crm.Birthday{Day: oneOf[crm.MonthDay](t, "day", "03-05", "05-03", "02-29"), Source: oneOf(t, "by", "shopify", "form"), At: someTime(t, "told")}
	case "taken back":
		return crm.Birthday{Source: "form", At: told(t, "taken back")}
	}
	return crm.Birthday{}
}

func TestBirthdayComesToTheSameInAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyBirthday, func(b crm.Birthday) crm.Birthday { return b })
		for _, s := range states {
			switch {
			case s.At.After(got.At):
				t.Fatalf("%+v is newer than what won: %+v", s, got)
			case s.Day == "" && s.At.Equal(got.At) && !s.At.IsZero() && got.Day != "":
				t.Fatalf("what was taken back lost a tie against %+v", got)
			case s.Day != "" && (got.FirstDay == "" || s.At.Before(got.FirstAt)):
				t.Fatalf("%+v was told before what counts as the first: %+v", s, got)
			}
		}
	})
}

func TestBirthdayApply(t *testing.T) {
	told := func(day crm.MonthDay, seconds int) crm.Birthday {
		return crm.Birthday{Day: day, Source: "form", At: noon.Add(time.Duration(seconds) * time.Second)}
	}
	for name, c := range map[string]struct {
		states  []crm.Birthday
		day     crm.MonthDay
		changed bool
		since   int
	}{
		"the first": {[]crm.Birthday{told("03-05", 1)}, "03-05", false, 1},
		"told again, it was known since the first": {[]crm.Birthday{told("03-05", 1), told("03-05", 9)}, "03-05", false, 1},
		"changed":                           {[]crm.Birthday{told("03-05", 1), told("05-03", 2)}, "05-03", true, 2},
		"changed, and the older told again": {[]crm.Birthday{told("05-03", 2), told("03-05", 1)}, "05-03", true, 2},
		"taken back and told anew: that is no change": {[]crm.Birthday{told("03-05", 1), told("", 2), told("03-05", 3)}, "03-05", false, 1},
		"taken back and told otherwise: that is one":  {[]crm.Birthday{told("03-05", 1), told("", 2), told("05-03", 3)}, "05-03", true, 3},
		"taken back": {[]crm.Birthday{told("03-05", 1), told("", 2)}, "", false, 2},
		"a platform that knows of none takes nothing": {[]crm.Birthday{told("03-05", 1), {}}, "03-05", false, 1},
	} {
		got := fold(t, c.states, func(b crm.Birthday) crm.Birthday { return b })
		if got.Day != c.day || got.Changed() != c.changed {
			t.Errorf("%s: got %+v", name, got)
		}
		if c.day != "" && !got.Since().Equal(noon.Add(time.Duration(c.since)*time.Second)) {
			t.Errorf("%s: told %v", name, got.Since())
		}
	}
}

func TestABirthdayWithoutATimeHasThatOfItsState(t *testing.T) {
	c := fold(t, []crm.Customer{
		{ID: "7", UpdatedAt: noon, Birthday: crm.Birthday{Day: "03-05", Source: "shopify"}},
		{ID: "7", UpdatedAt: noon.Add(time.Hour)},
	}, func(c crm.Customer) crm.Customer { return c })
	if b := c.Birthday; b.Day != "03-05" || !b.At.Equal(noon) || !b.FirstAt.Equal(noon) {
		t.Errorf("got %+v", b)
	}
}
