package crm

import (
	"fmt"
	"math"
	"strings"
)

// Money is an amount in a currency's minor unit, so that sums are exact.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency,omitempty"` // ISO 4217
}

// exponents lists the currencies whose minor unit is not a hundredth
// (ISO 4217, list one of 2026).
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// Exponent is the number of decimals of a currency's minor unit.
func Exponent(currency string) int {
	if n, ok := exponents[currency]; ok {
		return n
	}
	return 2
}

// ParseMoney reads a platform's decimal text ("12.50", "5900", "-3.1") without
// going through floats. Decimals beyond the minor unit must be zeros, as in
// "100.00" for JPY. An empty amount is zero: platforms leave it out.
func ParseMoney(amount, currency string) (Money, error) {
	m := Money{Currency: strings.ToUpper(currency)}
	s := strings.TrimSpace(amount)
	if s == "" {
		return m, nil
	}
	negative := strings.HasPrefix(s, "-")
	whole, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	exp := Exponent(m.Currency)
	if len(frac) > exp && strings.Trim(frac[exp:], "0") == "" {
		frac = frac[:exp]
	}
	if whole == "" || len(frac) > exp {
		return m, badMoney(amount, currency)
	}
	minor := int64(0)
	for _, d := range whole + frac + strings.Repeat("0", exp-len(frac)) {
		if d < '0' || d > '9' || minor > (math.MaxInt64-9)/10 {
			return m, badMoney(amount, currency)
		}
		minor = minor*10 + int64(d-'0')
	}
	if negative {
		minor = -minor
	}
	m.Minor = minor
	return m, nil
}

func badMoney(amount, currency string) error {
	return &Invalid{Field: "amount", Message: fmt.Sprintf("%q is not an amount of %s", amount, currency)}
}

// String is the amount for logs and staff, "12.50 EUR"; mails format by locale.
func (m Money) String() string {
	exp := Exponent(m.Currency)
	sign, n := "", uint64(m.Minor)
	if m.Minor < 0 {
		sign, n = "-", -n // unsigned: the least int64 has no positive twin
	}
	s := fmt.Sprintf("%0*d", exp+1, n)
	if exp > 0 {
		s = s[:len(s)-exp] + "." + s[len(s)-exp:]
	}
	return strings.TrimSpace(sign + s + " " + m.Currency)
}
