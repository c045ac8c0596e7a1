package crm

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// guest begins the ids of customers whom the platform gave none.
const guest = "guest_"

// Told is when each field of a customer was told last. States come in any
// sequence, and some know only a few fields: one time for all of them could
// not say whether a field is newer than what arrives for it.
type Told struct {
	Email     time.Time `json:"email,omitzero"`
	FirstName time.Time `json:"first_name,omitzero"`
	LastName  time.Time `json:"last_name,omitzero"`
	Locale    time.Time `json:"locale,omitzero"`
	Address   time.Time `json:"address,omitzero"`
	Orders    time.Time `json:"orders,omitzero"`
	Timezone  time.Time `json:"timezone,omitzero"`
}

// Apply returns the customer after a newer or older state n arrived: each
// field keeps the newest that was told of it, whatever the sequence. A whole
// state tells that what it lacks is gone; a partial one says nothing of it.
// Consent goes by its own clock, and applying a state twice changes nothing.
// One who was erased takes nothing in any more; who was so twice, since the
// second time.
func (c Customer) Apply(n Customer) Customer {
	if at := latest(c.ErasedAt, n.ErasedAt); !at.IsZero() {
		return Customer{ID: first(c.ID, n.ID), ErasedAt: at, DeletedAt: earliest(c.DeletedAt, n.DeletedAt)}
	}
	out, told, came := c, c.told(), n.told()
	if newer(told.Email, came.Email, c.Email+"\n"+c.EmailKey, n.Email+"\n"+n.EmailKey) {
		out.Email, out.EmailKey, told.Email = n.Email, n.EmailKey, came.Email
	}
	if newer(told.FirstName, came.FirstName, c.FirstName, n.FirstName) {
		out.FirstName, told.FirstName = n.FirstName, came.FirstName
	}
	if newer(told.LastName, came.LastName, c.LastName, n.LastName) {
		out.LastName, told.LastName = n.LastName, came.LastName
	}
	if !c.LocaleChosen && newer(told.Locale, came.Locale, c.Locale, n.Locale) {
		out.Locale, told.Locale = n.Locale, came.Locale
	}
	if at := came.Address.Compare(told.Address); at > 0 || at == 0 && fuller(n.Address.text(), c.Address.text()) {
		out.Address, told.Address = n.Address, came.Address
	}
	if cmp.Or(came.Orders.Compare(told.Orders), count(n.Orders)-count(c.Orders)) > 0 {
		out.Orders, told.Orders = n.Orders, came.Orders
	}
	if newer(told.Timezone, came.Timezone, c.Timezone, n.Timezone) {
		out.Timezone, told.Timezone = n.Timezone, came.Timezone
	}
	out.ID = first(c.ID, n.ID)
	out.Birthday = c.birthday().Apply(n.birthday())
	out.Consent = c.Consent.Apply(n.Consent)
	out.CreatedAt = earliest(c.CreatedAt, n.CreatedAt)
	out.UpdatedAt = latest(c.UpdatedAt, n.UpdatedAt)
	out.DeletedAt = earliest(c.DeletedAt, n.DeletedAt)
	out.Told, out.Partial = &told, false
	return out
}

// told is when the fields were told; those of a state as it came, by that
// state. No state tells that there is no language, or no count.
func (c Customer) told() Told {
	if c.Told != nil {
		return *c.Told
	}
	when := func(says bool) (at time.Time) {
		if says {
			at = c.UpdatedAt
		}
		return at
	}
	whole := !c.Partial
	return Told{
		Email:     when(whole || c.Email != ""),
		FirstName: when(whole || c.FirstName != ""),
		LastName:  when(whole || c.LastName != ""),
		Locale:    when(c.Locale != ""),
		Address:   when(whole || c.Address != nil),
		Orders:    when(c.Orders != nil),
		Timezone:  when(c.Timezone != ""),
	}
}

// newer tells whether b goes over a. Of two told at once the one that says
// more does, so that the sequence of arrival never decides.
func newer(at, bt time.Time, a, b string) bool {
	if !bt.Equal(at) {
		return bt.After(at)
	}
	return fuller(b, a)
}

// birthday is the birthday with its time: where a state as it came does not say
// when it was told, that of the state.
func (c Customer) birthday() Birthday {
	b := c.Birthday
	if c.Told == nil && b.Day != "" && b.At.IsZero() {
		b.At = c.UpdatedAt
	}
	return b
}

func (a *Address) text() string {
	if a == nil {
		return ""
	}
	return fmt.Sprintf("%#v", *a)
}

// count is a count that can be compared: none is less than 0.
func count(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// permission orders the states of consent that were told for one time: the
// less a state allows, the later it stands.
var permission = []ConsentState{ConsentSubscribed, ConsentPending, ConsentNone, ConsentInvalid, ConsentRedacted, ConsentUnsubscribed}

// Apply returns the consent after n arrived: the newest by its own time wins,
// and a withdrawal wins a tie (mail-and-domain.md, rule L4), as does every
// other state that allows less.
func (c Consent) Apply(n Consent) Consent {
	if c.State == ConsentUnknown || n.State == ConsentUnknown {
		if n.State == ConsentUnknown {
			return c
		}
		return n
	}
	if cmp.Or(n.At.Compare(c.At), slices.Index(permission, n.State)-slices.Index(permission, c.State),
		cmp.Compare(n.OptInLevel, c.OptInLevel), cmp.Compare(n.Source, c.Source)) > 0 {
		return n
	}
	return c
}

// fuller tells whether a says more than b: the longer text, of two of one
// length the one that sorts later.
func fuller(a, b string) bool {
	return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) > 0
}

// first is the first of its arguments that says something.
func first(values ...string) string { return cmp.Or(values...) }

// earliest is the earlier of two times; a zero time is not known.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
