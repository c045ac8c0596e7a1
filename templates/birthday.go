package templates

import (
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

// occasion is what letters about a day of the calendar say of it.
type occasion struct {
	ahead, belated bool // the letter goes out before the day, or after it
	reminder       bool // it reminds of the code
	years          int  // of an anniversary
}

// birthdayParts are those of the birthday letter. It never speaks of an age:
// the year of birth is not even known.
var birthdayParts = map[string]rule{
	"subject":            {nil, []slot{slotFirst, slotShop, slotSender}},
	"subject_ahead":      {nil, []slot{slotFirst, slotShop, slotSender}},
	"subject_late":       {nil, []slot{slotFirst, slotShop, slotSender}},
	"subject_reminder":   {nil, []slot{slotFirst, slotShop, slotSender}},
	"preheader":          {nil, []slot{slotShop, slotSender}},
	"preheader_reminder": {nil, []slot{slotShop, slotSender}},
	"open":               {nil, []slot{slotShop}},
	"open_ahead":         {nil, []slot{slotShop}},
	"open_late":          {nil, []slot{slotShop}},
	"open_reminder":      {nil, []slot{slotShop}},
	"offer":              {nil, []slot{slotShop}},
	"close":              {},
	"close_reminder":     {},
	"why":                {nil, []slot{slotShop}},
}

var errNoDay = errors.New("templates: the subject of the message names no day")

func writeBirthday(l *letter, f crm.Facts, c *chooser, now time.Time) error {
	day, ok := crm.OccasionDay(f.Message.Subject)
	if !ok {
		return errNoDay
	}
	_, l.reminder = f.Message.Reminder()
	zone, _ := zoneOf(f.Zone, f.Shop.Timezone)
	today := crm.DayOf(now, zone)
	l.ahead, l.belated = today.Before(day), day.Before(today)

	when := ""
	switch {
	case l.reminder:
		when = "_reminder"
	case l.ahead:
		when = "_ahead"
	case l.belated:
		when = "_late"
	}
	return l.present(f, c, now, birthday, when)
}

// present writes a letter that brings a code for a day of the calendar, or reminds
// of it. when ends the names of the parts that depend on the day.
func (l *letter) present(f crm.Facts, c *chooser, now time.Time, journey, when string) error {
	d, err := codeOf(f, now)
	if err == nil {
		err = l.setCoupon(d, f, now)
	}
	if err != nil {
		return err
	}
	v, bank, common := &l.values, l.lang.Letters[journey], l.lang.Letters[commonSections]
	again := "" // of the parts that only the reminder has apart
	if l.reminder {
		again = "_reminder"
	}
	l.opening, _ = c.choose(bank["open"+when], v)
	if !l.reminder {
		l.offer, _ = c.choose(bank["offer"], v)
	}
	l.closing, _ = c.choose(bank["close"+again], v)
	l.reply, _ = c.choose(common["reply"], v)
	l.signOff, _ = c.choose(common["signoff"], v)
	l.paragraphs = paragraphs(l.opening, l.note, l.offer)
	l.after = paragraphs(joined(l.closing, l.reply))
	l.frame(c, bank["subject"+when], bank["preheader"+again], bank["why"])
	return nil
}

var birthdayVariables = slices.Concat(couponVariables, []Variable{
	{"ahead", "true when the letter goes out before the birthday"},
	{"belated", "true when it goes out after it"},
	{"reminder", "true when it reminds of a code that was sent before"},
})

func birthdayVars(l *letter, to map[string]any) {
	l.couponVars(to)
	to["ahead"], to["belated"], to["reminder"] = l.ahead, l.belated, l.reminder
}
