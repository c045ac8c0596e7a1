package bigcommerce

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// scalar is a text, or a number as it was written: amounts come as "Float,
// Float-As-String, Integer", ids as either.
type scalar string

func (s *scalar) UnmarshalJSON(b []byte) error {
	switch {
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(s))
	case b[0] == '-', b[0] >= '0' && b[0] <= '9':
		*s = scalar(b)
	case string(b) != "null":
		return errors.New("neither text nor a number")
	}
	return nil
}

// reader turns scalars into values. It keeps the first thing that it could not
// read, so that a conversion reads like a table. It never quotes what stands there.
type reader struct{ err error }

func (r *reader) fail(field, message string) {
	if r.err == nil {
		r.err = &crm.Invalid{Field: field, Message: message}
	}
}

// id reads an id; 0 stands for none.
func (r *reader) id(field string, v scalar) string {
	if v == "" || v == "0" {
		return ""
	}
	if !isID(string(v)) {
		r.fail(field, "is not an id: a whole number")
		return ""
	}
	return string(v)
}

func (r *reader) count(field string, v scalar) int {
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 || n > 1e9 {
		r.fail(field, "is not a whole number")
		return 0
	}
	return n
}

// time reads RFC 2822, as the older API writes times, or RFC 3339, as the newer.
func (r *reader) time(field, v string) time.Time {
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		t, err = mail.ParseDate(v)
	}
	t = t.UTC()
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		r.fail(field, `is not a time such as "Tue, 05 Mar 2019 21:40:11 +0000"`)
		return time.Time{}
	}
	return t
}

// maxAmount is beyond any amount that fits into crm.Money.
const maxAmount = 32

// decimal is an amount as a number, exact.
func (r *reader) decimal(field string, v scalar) *big.Rat {
	text := strings.TrimSpace(string(v))
	if text == "" {
		return new(big.Rat)
	}
	n, ok := new(big.Rat), false
	if len(text) <= maxAmount && strings.Trim(text, "-.0123456789") == "" { // no powers, no fractions
		n, ok = n.SetString(text)
	}
	if !ok {
		r.fail(field, "is not an amount")
		return new(big.Rat)
	}
	return n
}

// money rounds an amount half away from zero to what the currency has: four
// decimals come, of which two may mean nothing.
func (r *reader) money(field string, n *big.Rat, currency string) crm.Money {
	if !isCurrency(currency) {
		r.fail(field, "has no currency")
		return crm.Money{}
	}
	m, err := crm.ParseMoney(n.FloatString(crm.Exponent(currency)), currency)
	if err != nil {
		r.fail(field, fmt.Sprintf("is not an amount of %s", currency))
	}
	return m
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
