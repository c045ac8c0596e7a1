package crm

import (
	"slices"
	"time"
)

// Span is a time from an instant up to another.
type Span struct{ From, To time.Time }

const (
	answerWithin = time.Hour      // a message that is due for longer is overdue
	answersOf    = 72 * time.Hour // orders of so long ago are looked at
	quietLeast   = 3 * time.Hour  // a shorter quiet says nothing
	quietMost    = 24 * time.Hour // of a longer quiet its first day is compared
	quietWeeks   = 4              // earlier weeks that it is compared with
)

// UsualOrders is how many orders each of the earlier weeks must have brought in
// the same hours, for their lack to mean something: where three or more came
// every time, some five are usual, and by chance none comes once in 150 weeks.
const UsualOrders = 3

// AnswersSince is from when on orders should have led to the messages of a
// gesture: for three days, but not before the shop was connected, was connected
// again, or the gesture was switched on: older orders had nobody to answer them.
func AnswersSince(shop Shop, journey string, now time.Time) time.Time {
	return slices.MaxFunc([]time.Time{now.Add(-answersOf), shop.ConnectedAt, shop.Since, shop.Switched[journey]}, time.Time.Compare)
}

// NoteSwitched notes which journeys were switched on or off by a change of the
// shop; was are its settings before.
func (s *Shop) NoteSwitched(was map[string]Values, now time.Time) {
	for key, own := range s.Journeys {
		if on, before := own["enabled"], was[key]["enabled"]; on != before {
			if s.Switched == nil {
				s.Switched = map[string]time.Time{}
			}
			s.Switched[key] = now
		}
	}
}

// OverdueBefore is the due time before which what still waits is overdue.
func OverdueBefore(now time.Time) time.Time { return now.Add(-answerWithin) }

// UsualHours are the hours of earlier weeks that a quiet is to be compared with:
// those in which the shop's last webhook was, up to now. A shop that closes on
// Sundays is so compared with its Sundays. None: the quiet is too short yet. last
// is when the shop's last webhook came, zero where none is kept.
func UsualHours(last, now time.Time) []Span {
	last = heard(last, now)
	quiet := min(now.Sub(last), quietMost)
	if quiet < quietLeast {
		return nil
	}
	var all []Span
	for week := range quietWeeks {
		from := last.AddDate(0, 0, -7*(week+1))
		all = append(all, Span{from, from.Add(quiet)})
	}
	return all
}

// heard is when the last webhook came. Webhooks are forgotten after days: where
// none is kept, none came for as long as a quiet is looked at.
func heard(last, now time.Time) time.Time {
	if last.IsZero() {
		return now.Add(-quietMost)
	}
	return last
}

// Silence is what a shop's own orders say should have happened and did not.
type Silence struct {
	Unanswered int       // orders that led to no message: not sent, not planned, not decided against
	Overdue    int64     // messages that are due for more than an hour
	Quiet      time.Time // no webhook came since, in hours that always brought orders; zero: nothing of the kind
}

// Listen says what of a shop is missing. placed are the orders in its usual
// hours; a shop that is paused owes no mail, and one that was removed nothing.
func Listen(shop Shop, unanswered int, overdue int64, last time.Time, placed []int, now time.Time) Silence {
	var s Silence
	if shop.State == ShopUninstalled || shop.Broken != "" {
		return s // that is said in its own words
	}
	if shop.State == ShopActive {
		s.Unanswered, s.Overdue = unanswered, overdue
	}
	if len(placed) == quietWeeks && slices.Min(placed) >= UsualOrders {
		s.Quiet = heard(last, now)
	}
	return s
}

// Any tells whether something is missing.
func (s Silence) Any() bool { return s != Silence{} }

// Missing is how many mails should have gone out.
func (s Silence) Missing() int64 { return int64(s.Unanswered) + s.Overdue }
