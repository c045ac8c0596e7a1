package console

import (
	"fmt"
	"time"

	"grazie/crm"
)

var months = map[string][]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"it": {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
}

func (p *Page) local(t time.Time) time.Time {
	if p.Zone == nil {
		return t.UTC()
	}
	return t.In(p.Zone)
}

// When is a moment by the shop's clock, "21 Nov 2026, 14:05"; never is empty.
func (p *Page) When(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Day(t) + ", " + p.local(t).Format("15:04")
}

// Day is its day by the shop's clock.
func (p *Page) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	l := p.local(t)
	return fmt.Sprintf("%d %s %d", l.Day(), months[p.Lang][l.Month()-1], l.Year())
}

// Clock is its hour and minute by the shop's clock.
func (p *Page) Clock(t time.Time) string { return p.local(t).Format("15:04") }

// Exact is the moment for the datetime of <time>.
func (p *Page) Exact(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Birthday is a day without its year, "5 Mar".
func (p *Page) Birthday(d crm.MonthDay) string {
	t, err := time.Parse("2006-01-02", "2024-"+string(d))
	if err != nil {
		return string(d)
	}
	return fmt.Sprintf("%d %s", t.Day(), months[p.Lang][t.Month()-1])
}
