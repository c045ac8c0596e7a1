package console

import (
	"strconv"
	"time"
)

// Lasts is how long something lasts, in its largest whole unit: "3 min".
func (p *Page) Lasts(d time.Duration) string {
	in := func(unit time.Duration, name string) string { return strconv.FormatInt(int64(d/unit), 10) + " " + name }
	switch {
	case d >= 48*time.Hour:
		return in(24*time.Hour, map[string]string{"en": "d", "it": "gg"}[p.Lang])
	case d >= 2*time.Hour:
		return in(time.Hour, "h")
	case d >= 2*time.Minute:
		return in(time.Minute, "min")
	}
	return in(time.Second, "s")
}
