package journeys

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// Basis is why marketing to a customer is lawful. Later ones are stricter.
type Basis string

const (
	BasisOptOut    Basis = "opt_out"   // the law lets write to customers until they object
	BasisImplied   Basis = "implied"   // she bought, which the law takes for consent
	BasisService   Basis = "service"   // a review request where that is no advertising
	BasisSoft      Basis = "soft"      // soft opt-in, as the merchant declared
	BasisExpress   Basis = "express"   // she said yes
	BasisConfirmed Basis = "confirmed" // and confirmed it by a link in a mail
)

var strictness = []Basis{BasisOptOut, BasisImplied, BasisService, BasisSoft, BasisExpress, BasisConfirmed}

// law is what a country accepts beside express consent (mail-and-domain.md,
// 3.1). The zero law, of every country that is not listed, accepts nothing.
type law struct {
	optOut    bool
	implied   bool // of everybody who bought
	months    int  // implied, until so many months after the last purchase
	soft      bool // if the merchant declares that its conditions hold
	confirmed bool // express consent must be confirmed, unless the merchant says otherwise
	reviews   bool // review requests are advertising whatever the merchant says (L8)
}

// laws is the table of mail-and-domain.md, 3.1, by ISO 3166-1 alpha-2.
var laws = map[string]law{
	"DE": {soft: true, confirmed: true, reviews: true},
	"AT": {reviews: true},
	"BE": {soft: true}, "BG": {soft: true}, "HR": {soft: true}, "CY": {soft: true}, "CZ": {soft: true}, "DK": {soft: true},
	"EE": {soft: true}, "FI": {soft: true}, "FR": {soft: true}, "GR": {soft: true}, "HU": {soft: true}, "IE": {soft: true},
	"IT": {soft: true}, "LV": {soft: true}, "LT": {soft: true}, "LU": {soft: true}, "MT": {soft: true}, "NL": {soft: true},
	"PL": {soft: true}, "PT": {soft: true}, "RO": {soft: true}, "SK": {soft: true}, "SI": {soft: true}, "ES": {soft: true},
	"SE": {soft: true}, "IS": {soft: true}, "LI": {soft: true}, "NO": {soft: true},
	"GB": {soft: true},
	"CH": {soft: true},
	"US": {optOut: true},
	"CA": {months: 24},
	"AU": {implied: true},
	"NZ": {implied: true},
}

// Lawful tells on what basis a message may go to the customer as marketing, or
// why it must not. An objection is absolute (L9). Of several countries that
// the customer may be in, all must accept it (L6).
func Lawful(j Journey, f crm.Facts, now time.Time) (Basis, crm.Reason) {
	state := f.Customer.Consent.State
	if state == crm.ConsentUnsubscribed {
		return "", crm.ReasonUnsubscribed
	}
	var basis Basis
	refused, ended := 0, false
	places := countries(f)
	for _, country := range places {
		b := laws[country].basis(j, f, country, now)
		if b == "" {
			refused++
			ended = ended || laws[country].months > 0 && !f.LastOrder.IsZero()
		} else if slices.Index(strictness, b) >= slices.Index(strictness, basis) {
			basis = b
		}
	}
	switch {
	case refused == 0:
		return basis, ""
	case refused < len(places), ended, state == crm.ConsentSubscribed:
		return "", crm.ReasonLaw // what she gave would do elsewhere, or did until now
	}
	return "", crm.ReasonNoConsent
}

// basis is that of one country, the strictest that holds; empty: none.
func (l law) basis(j Journey, f crm.Facts, country string, now time.Time) Basis {
	switch c := f.Customer.Consent; {
	case c.State == crm.ConsentSubscribed && c.OptInLevel == "confirmed_opt_in":
		return BasisConfirmed
	case c.State == crm.ConsentSubscribed && !(l.confirmed && rules(f).Bool("confirmed_in_germany")):
		return BasisExpress
	case c.State != crm.ConsentSubscribed && c.State != crm.ConsentNone && c.State != crm.ConsentUnknown:
		return "" // an address that is redacted, invalid, or has not answered
	}
	if j.Key == reviewKey && country != "" && !l.reviews && !rules(f).Bool("reviews_as_marketing") {
		return BasisService
	}
	return l.relation(f, now)
}

// relation is the basis that a customer gives by having bought.
func (l law) relation(f crm.Facts, now time.Time) Basis {
	bought := f.Orders > 0 || f.Order != nil && f.Order.Counted()
	switch {
	case l.soft && bought && rules(f).Bool("soft_opt_in"):
		return BasisSoft
	case l.implied && bought, l.months > 0 && now.Before(impliedUntil(f.LastOrder, l.months)):
		return BasisImplied
	case l.optOut:
		return BasisOptOut
	}
	return ""
}

// impliedUntil is when implied consent ends (L7): months after the last
// purchase, on the last day of a month that is too short; zero for no purchase.
func impliedUntil(last time.Time, months int) time.Time {
	if last.IsZero() {
		return last
	}
	last = last.UTC()
	end := last.AddDate(0, months, 0)
	if end.Day() != last.Day() { // it rolled over into the next month
		end = end.AddDate(0, 0, -end.Day())
	}
	return end
}

// countries are those that the customer may be in (L6): of the order's
// addresses and her own, else the shop's. One that is not known is "".
func countries(f crm.Facts) []string {
	var all []string
	add := func(a *crm.Address) {
		if a != nil && a.Country != "" && !slices.Contains(all, strings.ToUpper(a.Country)) {
			all = append(all, strings.ToUpper(a.Country))
		}
	}
	if f.Order != nil {
		add(f.Order.Shipping)
		add(f.Order.Billing)
	}
	add(f.Customer.Address)
	if len(all) == 0 {
		all = append(all, cmp.Or(strings.ToUpper(f.Shop.Country), ""))
	}
	return all
}

// compensates tells whether a code that makes good for an order may go along
// with its mail: not where even that is advertising (mail-and-domain.md, 1.4),
// nor where the law lets nobody write who was not asked to.
func compensates(f crm.Facts, now time.Time) bool {
	return f.Order != nil && !slices.ContainsFunc(countries(f), func(country string) bool {
		return laws[country].reviews || laws[country].relation(f, now) == ""
	})
}
