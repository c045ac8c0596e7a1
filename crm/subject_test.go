package crm_test

import (
	"testing"

	"grazie/crm"
)

func TestSubjects(t *testing.T) {
	d := crm.Day{Year: 2027, Month: 3, Day: 5}
	first := crm.DaySubject("birthday", "42", d)
	reminder, second := crm.ReminderOf(first), crm.AgainOf(first, d.Add(2))
	if first != "birthday:42:2027-03-05" || reminder != "birthday:42:2027-03-05:reminder" || second != "birthday:42:2027-03-05:again:2027-03-07" {
		t.Errorf("got %q, %q, %q", first, reminder, second)
	}
	for _, subject := range []string{first, reminder, second} {
		if got, ok := crm.OccasionDay(subject); !ok || got != d {
			t.Errorf("%s belongs to %s, %v; want %s", subject, got, ok, d)
		}
	}
	for _, none := range []string{"", "order:1001", "review:1001", "review:1001:reminder", "apology:1001:again:2027-03-07", "birthday:42:2027-02-29"} {
		if got, ok := crm.OccasionDay(none); ok {
			t.Errorf("%q belongs to %s; want no day", none, got)
		}
	}
	if of, is := (crm.Message{Subject: second}).Again(); !is || of != first {
		t.Errorf("%q is the second of %q, %v", second, of, is)
	}
	if of, is := (crm.Message{Subject: reminder}).Reminder(); !is || of != first {
		t.Errorf("%q reminds of %q, %v", reminder, of, is)
	}
	for _, subject := range []string{first, reminder} {
		if of, is := (crm.Message{Subject: subject}).Again(); is || of != subject {
			t.Errorf("%q is no second one, got %q, %v", subject, of, is)
		}
	}
}
