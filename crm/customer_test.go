package crm_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// anyCustomer is a state as platforms tell it: whole, or out of an order, a
// change of consent, a deletion.
func anyCustomer(t *rapid.T) crm.Customer {
	c := crm.Customer{ID: "7", Partial: rapid.Bool().Draw(t, "partial"), UpdatedAt: someTime(t, "updated"), CreatedAt: someTime(t, "created"), Consent: anyConsent(t)}
	if oneOf(t, "deleted?", false, false, false, true) {
		c.DeletedAt = told(t, "deleted")
	}
	if c.Email = oneOf(t, "email", "", "anna@mail.example", "nina@mail.example"); c.Email != "" {
		c.EmailKey = crm.EmailKey(c.Email)
	}
	c.FirstName, c.LastName = oneOf(t, "first", "", "Anna", "Nina"), oneOf(t, "last", "", "Rossi", "Bianchi")
	if c.Partial { // whole states know no language
		c.Locale = oneOf(t, "locale", "", "it", "sl")
	}
	c.Birthday, c.Timezone = anyBirthday(t), oneOf(t, "zone", "", "Europe/Rome", "Asia/Tokyo")
	if city := oneOf(t, "city", "", "Bled", "Rome"); city != "" {
		c.Address = &crm.Address{City: city, POBox: rapid.Bool().Draw(t, "box")}
	}
	if n := rapid.IntRange(0, 2).Draw(t, "orders"); n > 0 {
		c.Orders = &n
	}
	return c
}

func TestCustomerComesToTheSameInAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states, got := anySequence(t, anyCustomer, func(c crm.Customer) crm.Customer { return c })
		newest(t, "email", states, got.Email, func(c crm.Customer) string { return c.Email })
		newest(t, "first name", states, got.FirstName, func(c crm.Customer) string { return c.FirstName })
		newest(t, "last name", states, got.LastName, func(c crm.Customer) string { return c.LastName })
		for _, s := range states {
			if s.Locale != "" && got.Locale == "" {
				t.Fatal("a language that was told is lost")
			}
			if s.Timezone != "" && got.Timezone == "" {
				t.Fatal("a zone that was told is lost")
			}
			if s.Birthday.At.After(got.Birthday.At) {
				t.Fatalf("the birthday %+v is newer than %+v", s.Birthday, got.Birthday)
			}
			if !s.DeletedAt.IsZero() && got.DeletedAt.IsZero() {
				t.Fatal("a deletion is undone")
			}
		}
	})
}

// newest holds that a field has the value of a newest state that speaks of it:
// a whole one, or a partial one where it is not empty.
func newest(t *rapid.T, field string, states []crm.Customer, got string, of func(crm.Customer) string) {
	t.Helper()
	last, values := time.Time{}, map[string]bool{"": true}
	for _, s := range states {
		if s.Partial && of(s) == "" || s.UpdatedAt.Before(last) {
			continue
		}
		if s.UpdatedAt.After(last) {
			last, values = s.UpdatedAt, map[string]bool{}
		}
		values[of(s)] = true
	}
	if !values[got] {
		t.Fatalf("%s is %q; the newest states that speak of it say %v", field, got, values)
	}
	if delete(values, ""); got == "" && len(values) > 0 {
		t.Fatalf("%s is empty, though a state of the same time says %v", field, values)
	}
}

func TestCustomerApply(t *testing.T) {
	whole := func(seconds int, first, last string) crm.Customer {
		return crm.Customer{ID: "7", FirstName: first, LastName: last, UpdatedAt: noon.Add(time.Duration(seconds) * time.Second)}
	}
	buyer := func(seconds int, first, last string) crm.Customer {
		c := whole(seconds, first, last)
		c.Partial, c.Locale = true, "it"
		return c
	}
	deleted := crm.Customer{ID: "7", DeletedAt: noon, Partial: true}
	for name, c := range map[string]struct {
		states []crm.Customer
		want   string
	}{
		"the newer name stands":                                     {[]crm.Customer{whole(1, "Anna", "Rossi"), whole(2, "Anna", "Bianchi")}, "Anna Bianchi"},
		"an older name does not come back":                          {[]crm.Customer{whole(2, "Anna", "Bianchi"), whole(1, "Anna", "Rossi")}, "Anna Bianchi"},
		"a name that was taken off is gone":                         {[]crm.Customer{whole(1, "Anna", "Rossi"), whole(2, "", "Rossi")}, " Rossi"},
		"and an older order does not bring it back":                 {[]crm.Customer{whole(2, "", "Rossi"), buyer(1, "Anna", "Rossi")}, " Rossi"},
		"an order that lacks a name does not erase it":              {[]crm.Customer{whole(1, "Anna", "Rossi"), buyer(2, "", "")}, "Anna Rossi"},
		"an older state fills what only a partial one left open":    {[]crm.Customer{buyer(2, "Anna", ""), whole(1, "Nina", "Rossi")}, "Anna Rossi"},
		"the newer of two fillers fills, though it came last":       {[]crm.Customer{buyer(3, "Anna", ""), buyer(1, "", "Bianchi"), whole(2, "", "Rossi")}, "Anna Rossi"},
		"of one second, the state that knows the name":              {[]crm.Customer{buyer(1, "Anna", "Rossi"), whole(1, "", "Rossi")}, "Anna Rossi"},
		"a deleted customer whom a late update names stays deleted": {[]crm.Customer{deleted, whole(9, "Anna", "Rossi")}, "Anna Rossi deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			c1 := fold(t, c.states, func(c crm.Customer) crm.Customer { return c })
			got := c1.FirstName + " " + c1.LastName
			if !c1.DeletedAt.IsZero() {
				got += " deleted"
			}
			if got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
			if c1.ID != "7" || c1.Partial {
				t.Errorf("got id %q, partial %v", c1.ID, c1.Partial)
			}
		})
	}
}
