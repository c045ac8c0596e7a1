package journeys

import (
	"hash/fnv"
	"time"

	"grazie/crm"
)

// What holds for gifts on a day of the customer's calendar (mail-and-domain.md, 4.5).
const (
	belated     = 3         // days after the day on which its mail may still go out
	plannedFor  = 2         // days before it is due that it is planned
	byHandAhead = 31        // days before the day on which staff may have it sent
	lastHour    = 23        // from then on a day is over for who has just told it
	newDayWaits = day       // for which a changed birthday does not count
	yearly      = 300 * day // between two gifts of one kind
	apart       = 14 * day  // between two mails about different days
)

// daySettings are those of a journey about a day of the calendar.
func daySettings(days string) []crm.Setting {
	return append([]crm.Setting{
		enabled("false"),
		{Key: "lead_days", Label: "Days before", Kind: crm.SettingInt, Default: days,
			Help: "How many days before the day itself the mail goes out. 0: on the day."},
		{Key: "hour", Label: "Hour of the day", Kind: crm.SettingHour, Default: "9:00",
			Help: "By the customer's own clock. The mails are spread over this hour."},
		{Key: "reminder", Label: "Remind of an unused code", Kind: crm.SettingBool, Default: "true",
			Help: "On: one more mail, three days before the code ends."},
	}, codeSettings("10", "30d")...)
}

// calendar plans the mails about days of one customer.
type calendar struct {
	occasion string // begins their subjects
	customer string
	zone     *time.Location
	today    crm.Day // hers
	byHand   bool
	v        crm.Values
}

func newCalendar(occasion string, e crm.Event, shop crm.Shop, v crm.Values) calendar {
	name, _ := crm.ZoneOf(*e.Customer, nil, shop)
	zone := crm.Location(name)
	return calendar{occasion, e.Customer.ID, zone, crm.DayOf(e.At, zone), e.Kind == crm.AskedByHand, v}
}

// occasions are the mail about a day and the reminder of its code, if it is
// time to plan them. told is when the day was told, zero for always: told late
// it is due at once, told when the day is as good as over it is for next year.
func (c calendar) occasions(d crm.Day, told time.Time) []Occasion {
	if d.IsZero() || told.After(d.At(lastHour, 0, 0, c.zone)) && !c.byHand {
		return nil
	}
	due := c.at(d.Add(-c.v.Int("lead_days")), d)
	if told.After(due) {
		due = told
	}
	early := c.today.Before(crm.DayOf(due, c.zone).Add(-plannedFor))
	if c.byHand {
		early = c.today.Before(d.Add(-byHandAhead))
	}
	if early || d.Add(belated).Before(c.today) {
		return nil
	}
	subject := crm.DaySubject(c.occasion, c.customer, d)
	all := []Occasion{{Subject: subject, Due: due}}
	if on := d.Add(c.v.Days("validity") - remindBefore); c.v.Bool("reminder") && d.Add(belated).Before(on) {
		all = append(all, Occasion{Subject: crm.ReminderOf(subject), Due: c.at(on, d)})
	}
	return all
}

// at is the hour of a day, spread over it by customer and occasion, so that
// a shop's mails of one morning do not all come at once, and each always at
// the same minute.
func (c calendar) at(on, occasion crm.Day) time.Time {
	h := fnv.New32a()
	h.Write([]byte(c.customer + "|" + occasion.String()))
	return on.At(c.v.Hour("hour"), 0, 0, c.zone).Add(time.Duration(h.Sum32()%3600) * time.Second).UTC()
}

// around are the days that a yearly occasion has near today.
func (c calendar) around(in func(year int) crm.Day, told time.Time) []Occasion {
	var all []Occasion
	for year := c.today.Year - 1; year <= c.today.Year+1; year++ {
		all = append(all, c.occasions(in(year), told)...)
	}
	return all
}

// dayDeadline is the last second at which a mail about a day may go out; of
// the reminder, that of the code.
func dayDeadline(f crm.Facts) (end time.Time) {
	if _, is := f.Message.Reminder(); is {
		if c := f.Code(); c != nil {
			end = c.EndsAt
		}
		return end
	}
	if d, ok := crm.OccasionDay(f.Message.Subject); ok {
		end = d.Add(belated).At(23, 59, 59, zoneOf(f))
	}
	return end
}

// dayRule is what all journeys about a day share, once it is known that the
// day is right.
func dayRule(key string, f crm.Facts, now time.Time) crm.Decision {
	m := f.Message
	again := m.ByHand && m.Ask != nil && m.Ask.Again != ""
	switch last := lately(f, true, key); {
	case now.After(dayDeadline(f)):
		return crm.SkipFor(crm.ReasonTooLate)
	case !last.IsZero() && now.Before(last.Add(yearly)) && !again:
		return crm.SkipFor(crm.ReasonGiftLately)
	case !gives(f, crm.DiscountKind(f.Settings["kind"])):
		return noGift(now)
	}
	if last := lately(f, false, birthdayKey, anniversaryKey); !m.ByHand && !last.IsZero() && now.Before(last.Add(apart)) {
		return crm.DeferUntil(last.Add(apart), crm.ReasonFrequency)
	}
	return open
}

// dayEffects is the code of a mail about a day; its reminder has none of its own.
func dayEffects(title string) func(f crm.Facts, now time.Time) []crm.Effect {
	return func(f crm.Facts, now time.Time) []crm.Effect {
		d, ok := crm.OccasionDay(f.Message.Subject)
		if _, reminder := f.Message.Reminder(); reminder || !ok {
			return nil
		}
		return []crm.Effect{code(f, crm.DiscountKind(f.Settings["kind"]), title, d, now)}
	}
}
