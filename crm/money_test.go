package crm_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"grazie/crm"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		amount, currency string
		minor            int64
		text             string
	}{
		{"12.50", "EUR", 1250, "12.50 EUR"},
		{"12.5", "eur", 1250, "12.50 EUR"},
		{" 12 ", "EUR", 1200, "12.00 EUR"},
		{"5.", "EUR", 500, "5.00 EUR"},
		{"", "EUR", 0, "0.00 EUR"},
		{"0.01", "EUR", 1, "0.01 EUR"},
		{"0012.00", "EUR", 1200, "12.00 EUR"},
		{"-3.1", "EUR", -310, "-3.10 EUR"},
		{"-0.05", "EUR", -5, "-0.05 EUR"},
		{"-0", "EUR", 0, "0.00 EUR"},
		{"12.340000", "EUR", 1234, "12.34 EUR"},
		{"5900", "JPY", 5900, "5900 JPY"},
		{"5900.00", "JPY", 5900, "5900 JPY"},
		{"-1", "JPY", -1, "-1 JPY"},
		{"1.234", "KWD", 1234, "1.234 KWD"},
		{"1.5", "KWD", 1500, "1.500 KWD"},
		{"0.0001", "CLF", 1, "0.0001 CLF"},
		{"7.50", "XYZ", 750, "7.50 XYZ"},
		{"92233720368547757.99", "EUR", 9223372036854775799, "92233720368547757.99 EUR"},
		{strings.Repeat("0", 40) + "1", "EUR", 100, "1.00 EUR"},
	} {
		got, err := crm.ParseMoney(c.amount, c.currency)
		if err != nil || got.Minor != c.minor || got.String() != c.text {
			t.Errorf("ParseMoney(%q, %s) = %d, %q, %v; want %d, %q", c.amount, c.currency, got.Minor, got, err, c.minor, c.text)
		}
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	for _, c := range []struct{ what, amount, currency string }{
		{"a part of a cent", "12.345", "EUR"},
		{"a part of a yen", "0.5", "JPY"},
		{"a part of a fils", "1.2345", "KWD"},
		{"an exponent", "1e5", "EUR"},
		{"an exponent in the decimals", "1.e5", "EUR"},
		{"no whole part", ".5", "EUR"},
		{"a point alone", ".", "EUR"},
		{"a sign alone", "-", "EUR"},
		{"a plus", "+3", "EUR"},
		{"two signs", "--3", "EUR"},
		{"a sign inside", "1-2", "EUR"},
		{"a sign before the decimals", "1.-2", "EUR"},
		{"two points", "1.2.3", "EUR"},
		{"a point beyond the decimals", "1.00.", "EUR"},
		{"a comma", "12,50", "EUR"},
		{"groups", "1,250.00", "EUR"},
		{"a space inside", "1 250", "EUR"},
		{"digits of another script", "١٢", "EUR"},
		{"a wide digit among the decimals", "1.0１", "EUR"},
		{"hexadecimal", "0x10", "EUR"},
		{"a word", "NaN", "EUR"},
		{"a word without end", "Infinity", "EUR"},
		{"an underscore", "1_000", "EUR"},
		{"NUL", "1\x00", "EUR"},
		{"one digit too many", "922337203685477580.00", "EUR"},
		{"more than fits", "99999999999999999999", "JPY"},
		{"far more than fits", strings.Repeat("9", 5000), "EUR"},
	} {
		got, err := crm.ParseMoney(c.amount, c.currency)
		if _, ok := errors.AsType[*crm.Invalid](err); !ok {
			t.Errorf("%s: ParseMoney(%.40q, %s) = %v, %v; want it refused", c.what, c.amount, c.currency, got, err)
		}
		if got.Minor != 0 {
			t.Errorf("%s: what was refused is %d", c.what, got.Minor)
		}
	}
}

func TestMoneyString(t *testing.T) {
	for want, m := range map[string]crm.Money{
		"0.00":                      {},
		"-92233720368547758.08 EUR": {Minor: math.MinInt64, Currency: "EUR"},
		"92233720368547758.07 EUR":  {Minor: math.MaxInt64, Currency: "EUR"},
		"-9223372036854775808 JPY":  {Minor: math.MinInt64, Currency: "JPY"},
		"0.007 KWD":                 {Minor: 7, Currency: "KWD"},
	} {
		if got := m.String(); got != want {
			t.Errorf("%d %s is %q; want %q", m.Minor, m.Currency, got, want)
		}
	}
}

// FuzzParseMoney holds that what is read is written and read again as the same,
// and that no digit is made up or lost on the way.
func FuzzParseMoney(f *testing.F) {
	for _, amount := range []string{"12.50", "5900", "-3.1", "", "5.", ".5", "1e5", "+3", "-0.00", "1.00.0", "١٢", "99999999999999999999", " 7 "} {
		for _, currency := range []string{"EUR", "JPY", "KWD", "CLF", "", "xx"} {
			f.Add(amount, currency)
		}
	}
	f.Fuzz(func(t *testing.T, amount, currency string) {
		m, err := crm.ParseMoney(amount, currency)
		if err != nil {
			if m.Minor != 0 {
				t.Fatalf("%q was refused and is %d", amount, m.Minor)
			}
			return
		}
		text := strings.TrimSuffix(strings.TrimSuffix(m.String(), strings.TrimSpace(m.Currency)), " ")
		again, err := crm.ParseMoney(text, currency)
		if err != nil || again != m {
			t.Fatalf("%q of %q is %+v, written %q, read again %+v, %v", amount, currency, m, text, again, err)
		}
		if got, want := digits(text), digits(amount); got != want {
			t.Fatalf("the digits of %q are %q; %q has %q", amount, want, text, got)
		}
	})
}

// digits are the figures that count: without the zeros at both ends.
func digits(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s), "0")
}
