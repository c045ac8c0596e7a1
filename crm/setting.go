package crm

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SettingKind says how a setting's text is read.
type SettingKind string

const (
	SettingText     SettingKind = "text"
	SettingBool     SettingKind = "bool"     // true or false
	SettingInt      SettingKind = "int"      // a whole number, not negative
	SettingDuration SettingKind = "duration" // Go's form, 90m or 48h, or whole days, 3d
	SettingChoice   SettingKind = "choice"   // one of Choices
	SettingSecret   SettingKind = "secret"   // text that is never shown again
	SettingHour     SettingKind = "hour"     // a whole hour of the day, 9:00 or 20:00
	SettingMoney    SettingKind = "money"    // an amount of the shop's currency, 12.50; empty: none
	SettingPercent  SettingKind = "percent"  // 1 to 100
	SettingURL      SettingKind = "url"      // an https address; empty: none
	SettingPrefix   SettingKind = "prefix"   // what codes begin with, see CheckCodePrefix
)

// Setting declares one value that a merchant may change: of a journey, or of a
// connection. Forms and help are drawn from it.
type Setting struct {
	Key      string
	Label    string
	Help     string
	Kind     SettingKind
	Default  string
	Choices  []string
	Required bool
	Least    string // of a duration, the shortest and the longest; empty: any
	Most     string
}

// Check tells whether a value can be stored for this setting.
func (s Setting) Check(value string) error {
	bad := func(hint string) error {
		return &Invalid{Field: s.Key, Message: fmt.Sprintf("%q is not %s", value, hint)}
	}
	switch s.Kind {
	case SettingBool:
		if value != "true" && value != "false" {
			return bad("true or false")
		}
	case SettingInt:
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return bad("a whole number from 0")
		}
	case SettingDuration:
		if d, err := ParseDuration(value); err != nil || d < 0 {
			return bad("a duration such as 0s, 90m, 48h or 3d")
		} else if least, _ := ParseDuration(s.Least); s.Least != "" && d < least {
			return bad(s.Least + " or more")
		} else if most, _ := ParseDuration(s.Most); s.Most != "" && d > most {
			return bad(s.Most + " or less")
		}
	case SettingChoice:
		if !slices.Contains(s.Choices, value) {
			return bad("one of " + strings.Join(s.Choices, ", "))
		}
	case SettingHour:
		if _, err := parseHour(value); err != nil {
			return bad("a whole hour such as 9:00 or 20:00")
		}
	case SettingMoney:
		if !amount.MatchString(value) {
			return bad("an amount of the shop's currency such as 12.50")
		}
		if s.Required && strings.Trim(value, "0.") == "" {
			return bad("more than nothing")
		}
	case SettingPercent:
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 100 {
			return bad("a whole percentage from 1 to 100")
		}
	case SettingURL:
		if u, err := url.Parse(value); value != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
			return bad("an address that begins with https://")
		}
	case SettingPrefix:
		if CheckCodePrefix(value) != nil {
			return bad("2 to 12 of the letters A to Z and digits")
		}
	}
	if s.Required && strings.TrimSpace(value) == "" {
		return &Invalid{Field: s.Key, Message: "is needed"}
	}
	return nil
}

// Values are settings as stored: key to text, already checked.
type Values map[string]string

// Bool reads a checked value; what was never set is false.
func (v Values) Bool(key string) bool { return v[key] == "true" }

// Duration reads a checked value; what was never set is 0.
func (v Values) Duration(key string) time.Duration {
	d, _ := ParseDuration(v[key])
	return d
}

// Int reads a checked value; what was never set is 0.
func (v Values) Int(key string) int {
	n, _ := strconv.Atoi(v[key])
	return n
}

// Days reads a checked duration as whole days; what was never set is 0.
func (v Values) Days(key string) int { return int(v.Duration(key) / (24 * time.Hour)) }

// Hour reads a checked hour of the day; what was never set is 0.
func (v Values) Hour(key string) int {
	h, _ := parseHour(v[key])
	return h
}

// Money reads a checked amount of a currency; what was never set is zero. The
// setting knows no currency: decimals beyond the minor unit are dropped.
func (v Values) Money(key, currency string) Money {
	whole, frac, _ := strings.Cut(v[key], ".")
	if exp := Exponent(currency); len(frac) > exp {
		frac = frac[:exp]
	}
	m, err := ParseMoney(whole+"."+frac, currency)
	if err != nil || v[key] == "" {
		return Money{Currency: currency}
	}
	return m
}

// amount is a decimal text that no currency of today exceeds.
var amount = regexp.MustCompile(`^([0-9]{1,12}(\.[0-9]{1,4})?)?$`)

// parseHour reads "9", "9:00" and "09:00".
func parseHour(s string) (int, error) {
	h, err := strconv.ParseUint(strings.TrimSuffix(s, ":00"), 10, 8)
	if err != nil || h > 23 || len(s) > len("09:00") {
		return 0, fmt.Errorf("no hour: %q", s)
	}
	return int(h), nil
}

// maxDuration keeps a mistyped delay from planning a mail for the next century.
const (
	maxDays     = 3650
	maxDuration = maxDays * 24 * time.Hour
)

// ParseDuration reads Go's durations and whole days ("3d"), up to ten years.
func ParseDuration(s string) (time.Duration, error) {
	var d time.Duration
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n > maxDays || n < -maxDays {
			return 0, fmt.Errorf("no duration: %q", s)
		}
		d = time.Duration(n) * 24 * time.Hour
	} else {
		var err error
		if d, err = time.ParseDuration(s); err != nil {
			return 0, fmt.Errorf("no duration: %q", s)
		}
	}
	if d > maxDuration || d < -maxDuration {
		return 0, fmt.Errorf("longer than ten years: %q", s)
	}
	return d, nil
}
