package journeys

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// byItself tells of marketing that nobody asked for by hand: the gates of
// timing are for it alone.
func byItself(f crm.Facts) bool { return marketing(f) && !f.Message.ByHand }

// askedFor is how long a wish of staff's stays fresh, whatever it waits for: a
// shop that is resumed sends nothing that nobody remembers asking for.
const askedFor = 14 * day

// lateGate closes after the journey's deadline. Of a code that ended the
// journey tells more.
func lateGate(j Journey, f crm.Facts, now time.Time) crm.Decision {
	if ask := f.Message.Ask; f.Message.ByHand && ask != nil && !ask.At.IsZero() && now.After(ask.At.Add(askedFor)) {
		return crm.SkipFor(crm.ReasonAskedLongAgo)
	}
	_, reminder := f.Message.Reminder()
	if end := j.deadline(f); !f.Message.ByHand && !end.IsZero() && now.After(end) && !(reminder && f.Code() != nil) {
		return crm.SkipFor(crm.ReasonTooLate)
	}
	return open
}

func dueGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if now.Before(f.Message.DueAt) && !f.Message.ByHand {
		return crm.DeferUntil(f.Message.DueAt, crm.ReasonDelay)
	}
	return open
}

// quietGate keeps marketing within the hours and days at which the shop
// writes, by the customer's own clock (mail-and-domain.md, 4.5).
func quietGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if !byItself(f) {
		return open
	}
	rules, zone := rules(f), zoneOf(f)
	from, to := rules.Hour("quiet_from"), rules.Hour("quiet_to")
	loud := func(t time.Time) bool {
		local := t.In(zone)
		h := local.Hour()
		quiet := from <= h && h < to
		if from > to {
			quiet = h >= from || h < to
		}
		return !quiet && (local.Weekday() != time.Sunday || rules.Bool("sundays"))
	}
	if loud(now) {
		return open
	}
	// The next time at which that could change is a day's beginning, or the end
	// of its quiet hours.
	today := crm.DayOf(now, zone)
	for i := range 9 {
		day := today.Add(i)
		for _, t := range []time.Time{day.At(0, 0, 0, zone), day.At(to, 0, 0, zone)} {
			if t.After(now) && loud(t) {
				return crm.DeferUntil(t, crm.ReasonQuietHours)
			}
		}
	}
	return open
}

// priorities are the journeys in the order in which they go before each other:
// what comes later is postponed first (mail-and-domain.md, 4.5). Apologies are
// asked for by hand, so everything waits for them.
var priorities = []string{apologyKey, birthdayKey, anniversaryKey, reviewKey}

// goesBefore orders any two messages of one customer, so that they never wait
// for each other: by journey, what reminds after what it reminds of, then by id.
func goesBefore(a, b crm.Message) bool {
	rank := func(m crm.Message) int {
		if i := slices.Index(priorities, m.Journey); i >= 0 {
			return i
		}
		return len(priorities)
	}
	late := func(m crm.Message) int {
		if _, is := m.Reminder(); is {
			return 1
		}
		return 0
	}
	return cmp.Or(rank(a)-rank(b), late(a)-late(b), strings.Compare(a.Journey, b.Journey), strings.Compare(a.ID, b.ID)) < 0
}

const (
	yieldsTo = 24 * time.Hour  // how far ahead a mail is due that others let pass
	airTime  = 5 * time.Minute // by then it is known what became of one in the air
)

// priorityGate lets a customer's more important mail pass: one that is due
// within a day, or in the air. A less important one in the air is only waited
// for until it is known whether it counts.
func priorityGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if !byItself(f) {
		return open
	}
	var until time.Time
	for _, w := range f.Waiting {
		at := now.Add(airTime)
		switch {
		case w.ID == f.Message.ID && w.Subject == f.Message.Subject && w.Journey == f.Message.Journey:
			continue
		case w.State == crm.Sending:
		case w.State == crm.Planned && goesBefore(w, f.Message) && w.DueAt.Before(now.Add(yieldsTo)):
			if w.DueAt.After(now) {
				at = w.DueAt.Add(airTime)
			}
		default:
			continue
		}
		if at.After(until) {
			until = at
		}
	}
	if until.IsZero() {
		return open
	}
	return crm.DeferUntil(until, crm.ReasonOtherFirst)
}

// caps are the most marketing mails that a customer gets in a time, by the
// rule that says how many; 0 is no cap (mail-and-domain.md, 4.5).
var caps = []struct {
	rule string
	in   time.Duration
}{{"cap_day", day}, {"cap_week", 7 * day}, {"cap_month", 30 * day}}

const day = 24 * time.Hour

// frequencyGate postpones marketing to the first instant at which every cap
// has room again. Who shares an address is one reader. Order mail is never capped.
func frequencyGate(_ Journey, f crm.Facts, now time.Time) crm.Decision {
	if !byItself(f) {
		return open
	}
	sent := slices.Concat(f.Sent, f.SentToOthers)
	slices.SortStableFunc(sent, func(a, b crm.Past) int { return b.At.Compare(a.At) }) // newest first
	var until time.Time
	for _, c := range caps {
		most, seen := rules(f).Int(c.rule), 0
		for _, p := range sent {
			if p.Purpose != crm.Marketing || !p.At.After(now.Add(-c.in)) {
				continue
			}
			if seen++; seen == most {
				if room := p.At.Add(c.in); room.After(until) {
					until = room
				}
			}
		}
	}
	if until.After(now) {
		return crm.DeferUntil(until, crm.ReasonFrequency)
	}
	return open
}
