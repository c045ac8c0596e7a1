package crm

import "strings"

// again stands in the subject of a second message for an occasion that had its
// gesture, before the day on which staff asked for it.
const again = ":again:"

// DaySubject names an occasion that belongs to a day of a customer,
// "birthday:42:2027-03-05".
func DaySubject(occasion, customerID string, d Day) string {
	return occasion + ":" + customerID + ":" + d.String()
}

// AgainOf is the subject of a second message about an occasion, asked for on a
// day: one a day, so that asking twice by mistake still does it once.
func AgainOf(subject string, on Day) string { return subject + again + on.String() }

// Again tells whether the message is a second one, and of which occasion.
func (m Message) Again() (of string, is bool) {
	of, _, is = strings.Cut(m.Subject, again)
	return of, is
}

// OccasionDay is the day that an occasion belongs to, of its first message, of
// its reminder, of a second one; not ok: it belongs to none.
func OccasionDay(subject string) (d Day, ok bool) {
	subject = strings.TrimSuffix(subject, reminder)
	subject, _, _ = strings.Cut(subject, again)
	d, err := ParseDay(subject[strings.LastIndexByte(subject, ':')+1:])
	return d, err == nil
}
