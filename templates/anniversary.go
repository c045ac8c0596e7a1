package templates

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"grazie/crm"
)

// anniversaryParts are those of the letter about the day of the first order.
// {ago} says in words how long that is ago.
var anniversaryParts = map[string]rule{
	"subject":            {nil, []slot{slotFirst, slotShop, slotSender}},
	"subject_reminder":   {nil, []slot{slotFirst, slotShop, slotSender}},
	"preheader":          {nil, []slot{slotShop, slotSender}},
	"preheader_reminder": {nil, []slot{slotShop, slotSender}},
	"open":               {[]slot{slotAgo}, []slot{slotShop}},
	"open_reminder":      {nil, []slot{slotShop}},
	"offer":              {nil, []slot{slotShop}},
	"close":              {},
	"close_reminder":     {},
	"why":                {nil, []slot{slotShop}},
}

var errNoYears = errors.New("templates: the first order is not a year ago")

func writeAnniversary(l *letter, f crm.Facts, c *chooser, now time.Time) error {
	day, ok := crm.OccasionDay(f.Message.Subject)
	if !ok {
		return errNoDay
	}
	if f.FirstOrder.IsZero() {
		return errNoYears
	}
	// The nearest whole number: the 29th of February, or a day that another zone
	// counts differently, is no other year.
	l.years = int(math.Round(float64(day.Sub(crm.DayOf(f.FirstOrder, time.UTC))) / 365.2425))
	if l.years < 1 {
		return errNoYears
	}
	if l.values[slotAgo] = l.lang.Ago[l.years]; l.values[slotAgo] == "" {
		l.values[slotN] = strconv.Itoa(l.years)
		l.values[slotAgo] = l.lang.AgoMore.fill(&l.values)
	}
	when := ""
	if _, l.reminder = f.Message.Reminder(); l.reminder {
		when = "_reminder"
	}
	return l.present(f, c, now, anniversary, when)
}

var anniversaryVariables = slices.Concat(couponVariables, []Variable{
	{"years", "how many years ago the first order was"},
	{"reminder", "true when it reminds of a code that was sent before"},
})

func anniversaryVars(l *letter, to map[string]any) {
	l.couponVars(to)
	to["years"], to["reminder"] = l.years, l.reminder
}
