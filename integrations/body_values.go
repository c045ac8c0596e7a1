package integrations

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// What stands in a body as a number, an amount, a time.

// Count is a whole number that is not negative. In a loose body a part of one
// counts as one more: goods may be sold by the metre.
func (v Value) Count() int {
	text, ok := v.number()
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if f, bad := strconv.ParseFloat(text, 64); err != nil && bad == nil && v.body.loose {
		n, err = int(math.Ceil(max(-1, min(f, maxCount+1)))), nil
	}
	if err != nil || n < 0 || n > maxCount {
		v.Fail("is not a whole number")
		return 0
	}
	return n
}

const maxCount = 1_000_000_000

// Money is an amount: decimal text without sign, or in a loose body also a
// number, rounded to what the currency has. currency is an ISO code.
func (v Value) Money(currency string) crm.Money {
	m := crm.Money{Currency: strings.ToUpper(currency)}
	text := ""
	if is, ok := v.is.(string); ok {
		text = strings.TrimSpace(is)
	} else if v.body.loose {
		text, _ = v.number()
	} else {
		v.unless(`a text such as "12.50"`)
	}
	if text == "" || v.Empty() {
		return m
	}
	if !isCurrency(m.Currency) {
		v.Fail("has no currency")
		return crm.Money{}
	}
	up := int64(0)
	if v.body.loose {
		text, up = rounded(text, crm.Exponent(m.Currency))
	}
	m, err := crm.ParseMoney(text, m.Currency)
	if err != nil || len(text) > maxAmount || strings.HasPrefix(text, "-") && !v.body.loose {
		v.Fail("is not an amount of " + strings.ToUpper(currency))
		return crm.Money{}
	}
	if m.Minor += up; strings.HasPrefix(text, "-") {
		m.Minor -= 2 * up
	}
	return m
}

// maxAmount is beyond any amount that fits into crm.Money.
const maxAmount = 32

// rounded cuts an amount to a number of decimals, and says whether a unit is to
// be added: PHP writes 10.8 as 10.799999999999999.
func rounded(text string, decimals int) (cut string, up int64) {
	if strings.ContainsAny(text, "eE") && len(text) <= maxAmount {
		if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1e15 {
			text = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	whole, frac, _ := strings.Cut(text, ".")
	if len(frac) <= decimals || strings.Trim(frac, "0123456789") != "" {
		return text, 0
	}
	if frac[decimals] >= '5' {
		up = 1
	}
	return whole + "." + frac[:decimals], up
}

// Currency is a three-letter code of ISO 4217 in capitals; empty for none.
func (v Value) Currency() string {
	code := strings.ToUpper(v.Text())
	if code != "" && !isCurrency(code) {
		v.Fail("is not a currency: three letters of ISO 4217")
		return ""
	}
	return code
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Time is a time stamp with its zone, in UTC; in a loose body it is in UTC where
// it names none. Zero for none.
func (v Value) Time() time.Time {
	text := v.Text()
	if text == "" || v.Empty() {
		return time.Time{}
	}
	formats := []string{time.RFC3339}
	if v.body.loose {
		formats = []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime}
	}
	for _, f := range formats {
		// A zone can push the last hours of the year 9999 beyond four digits.
		if t, err := time.Parse(f, text); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
			return t.UTC()
		}
	}
	v.Fail("is not a time stamp such as 2026-11-21T09:30:00+01:00")
	return time.Time{}
}

// number is the text of a number; not ok: there is none.
func (v Value) number() (text string, ok bool) {
	switch is := v.is.(type) {
	case json.Number:
		return is.String(), true
	case string:
		if v.body.loose && strings.TrimSpace(is) != "" {
			return strings.TrimSpace(is), true
		}
	}
	v.unless("a number")
	return "", false
}
