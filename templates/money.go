package templates

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	decimal "golang.org/x/text/number"

	"grazie/crm"
)

// noBreak keeps an amount and its sign on one line; narrow is the French space
// between thousands.
const (
	noBreak = "\u00a0"
	narrow  = "\u202f"
)

// signs are those that name a currency to everybody. Others are told by their
// code, and dollars by whose they are.
var signs = map[string]string{
	"EUR": "€", "GBP": "£", "JPY": "¥", "PHP": "₱", "INR": "₹", "KRW": "₩", "ILS": "₪", "UAH": "₴", "VND": "₫", "TRY": "₺",
	"USD": "US$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "SGD": "S$", "HKD": "HK$",
}

// home are the signs of a country's own money, which need no more for its people.
var home = map[string]string{
	"US USD": "$", "CA CAD": "$", "AU AUD": "$", "NZ NZD": "$", "MX MXN": "$", "SG SGD": "$", "HK HKD": "$",
	"en USD": "$", "fil USD": "$", "hu HUF": "Ft",
}

// money is an amount as one writes it where a language tag is at home: whole
// amounts without decimals, and forints always, as nobody has less. x/text
// knows digits and their groups but sets every sign in front (libraries.md, 5.4).
func money(m crm.Money, tag string) string {
	base, region := split(tag)
	n, sign := uint64(m.Minor), ""
	if m.Minor < 0 {
		n, sign = -n, "-"
	}
	unit := uint64(1)
	exp := crm.Exponent(m.Currency)
	for range exp {
		unit *= 10
	}
	amount := grouped(n/unit, base, region)
	if cents := n % unit; cents != 0 {
		_, fraction, _ := strings.Cut(crm.Money{Minor: int64(cents), Currency: m.Currency}.String(), ".")
		fraction, _, _ = strings.Cut(fraction, " ")
		amount += decimalSign(base, region) + fraction
	}
	name := signOf(m.Currency, base, region)
	switch {
	case !before(base, region):
		return sign + amount + noBreak + name
	case letters(name) == len(name) || region == "AT": // a code stands apart
		return sign + name + noBreak + amount
	}
	return sign + name + amount
}

// signOf is the sign of a currency for readers of a language, its code where
// it has none that they know.
func signOf(currency, base, region string) string {
	if s := home[region+" "+currency]; s != "" {
		return s
	}
	if s := home[base+" "+currency]; s != "" && !strings.Contains(" CA AU NZ MX SG HK ", " "+region+" ") { // who have dollars of their own
		return s
	}
	if s := signs[currency]; s != "" {
		return s
	}
	return currency
}

// before tells where the sign of a currency stands before the amount (CLDR).
func before(base, region string) bool {
	switch base {
	case "en", "fil":
		return true
	case "de":
		return region == "AT" || region == "CH" || region == "LI"
	case "it":
		return region == "CH"
	case "es":
		return latin(region)
	}
	return false
}

// latin are the places of Spanish that write $1,234.50.
func latin(region string) bool {
	switch region {
	case "419", "MX", "US", "PR", "GT", "HN", "NI", "PA", "PE", "SV", "DO":
		return true
	}
	return false
}

func decimalSign(base, region string) string {
	if base == "en" || base == "fil" || base == "es" && latin(region) || (base == "de" || base == "it") && (region == "CH" || region == "LI") {
		return "."
	}
	return ","
}

// grouped writes a whole number with the groups of the language. Hungarian and
// Spanish begin them at five digits, which x/text does not know.
func grouped(n uint64, base, region string) string {
	tag := language.Make(base)
	if region != "" && (base != "en" || region == "IN") { // en-DE and its like have German signs
		tag = language.Make(base + "-" + region)
	}
	options := []decimal.Option{}
	if n < 10000 && (base == "hu" || base == "es" && !latin(region)) {
		options = append(options, decimal.NoSeparator())
	}
	s := message.NewPrinter(tag).Sprint(decimal.Decimal(n, options...))
	if base == "fr" && region != "CA" {
		s = strings.ReplaceAll(s, noBreak, narrow)
	}
	return s
}

// percent is a percentage as the language writes it (CLDR).
func percent(n int, tag string) string {
	base, _ := split(tag)
	s := message.NewPrinter(language.Make(base)).Sprint(n) + "%"
	switch base {
	case "de", "sl", "es":
		return strings.Replace(s, "%", noBreak+"%", 1)
	case "fr":
		return strings.Replace(s, "%", narrow+"%", 1)
	}
	return s
}

// split takes the language and the region out of a tag: de-AT, en_GB, sr-Latn-RS.
func split(tag string) (base, region string) {
	if base = baseOf(tag); base == "tl" {
		base = "fil"
	}
	for part := range strings.FieldsFuncSeq(tag[min(len(tag), len(baseOf(tag))):], func(r rune) bool { return r == '-' || r == '_' }) {
		if len(part) == 2 || len(part) == 3 && isDigit(part[0]) {
			return base, strings.ToUpper(part)
		}
	}
	return base, ""
}
