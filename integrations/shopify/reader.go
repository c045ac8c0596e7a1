package shopify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// reader turns scalars into values. It keeps the first thing that it could not
// read, with the path to it, so that a conversion reads like a table.
type reader struct {
	path []step
	err  error
}

type step struct {
	list  string
	index int
}

// enter goes into an element of a list, or with a negative index into an
// object; leave goes back.
func (r *reader) enter(name string, index int) { r.path = append(r.path, step{name, index}) }
func (r *reader) leave()                       { r.path = r.path[:len(r.path)-1] }

func (r *reader) fail(field, message string) {
	if r.err != nil {
		return
	}
	var at strings.Builder
	for _, s := range r.path {
		at.WriteString(s.list)
		if s.index >= 0 {
			fmt.Fprintf(&at, "[%d]", s.index)
		}
		at.WriteByte('.')
	}
	r.err = &crm.Invalid{Field: at.String() + field, Message: message}
}

// maxDigits is the length of the largest unsigned 64-bit number.
const maxDigits = 20

// id reads an id: a number, its text, or a global id ("gid://shopify/Order/1").
// Where the field is empty the global id beside it tells the same.
func (r *reader) id(field string, v, global scalar) string {
	if v == "" {
		v = global
	}
	if v == "" {
		return ""
	}
	text := string(v)
	if path, ok := strings.CutPrefix(text, "gid://"); ok {
		path, _, _ = strings.Cut(path, "?")
		text = path[strings.LastIndexByte(path, '/')+1:]
	}
	if text == "" || len(text) > maxDigits || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		r.fail(field, "is not an id: a whole number or a global id")
		return ""
	}
	return text
}

// needID reads an id that the body makes no sense without.
func (r *reader) needID(field string, v, global scalar) string {
	id := r.id(field, v, global)
	if id == "" {
		r.fail(field, "is missing")
	}
	return id
}

// time reads a time stamp of any zone.
func (r *reader) time(field string, v scalar) time.Time {
	if v == "" {
		return time.Time{}
	}
	t, ok := timestamp(string(v))
	if !ok {
		r.fail(field, "is not a time stamp such as 2026-11-21T09:30:00+01:00")
	}
	return t
}

// timestamp reads RFC 3339. A zone can push the last hours of the year 9999
// into a year that the format has no digits for: that is no time either.
func timestamp(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	t = t.UTC()
	return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
}

// count reads a whole number.
func (r *reader) count(field string, v scalar) int {
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(string(v))
	if err != nil {
		r.fail(field, "is not a whole number")
	}
	return n
}

// maxAmount is beyond any amount that fits into crm.Money.
const maxAmount = 32

// amount reads money as platforms send it: text or number.
func (r *reader) amount(field string, v scalar, currency string) crm.Money {
	if len(v) > maxAmount {
		r.fail(field, "is too long for an amount")
		return crm.Money{}
	}
	if v != "" && !currencyCode(currency) {
		r.fail(field, "has no currency")
		return crm.Money{}
	}
	m, err := crm.ParseMoney(string(v), currency)
	if err != nil {
		r.fail(field, fmt.Sprintf("%q is not an amount of %s", string(v), m.Currency))
	}
	return m
}

// money reads an amount in the shop's currency, from the set where there is
// one, from the flat field of older bodies where not.
func (r *reader) money(field string, set money, flat scalar, currency string) crm.Money {
	if set.Amount == "" {
		return r.amount(field, flat, currency)
	}
	return r.amount(field, set.Amount, set.currency(currency))
}

func currencyCode(s string) bool {
	return len(s) == 3 && strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
