package crm

import (
	"fmt"
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
		}
	case SettingChoice:
		if !slices.Contains(s.Choices, value) {
			return bad("one of " + strings.Join(s.Choices, ", "))
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
