package templates

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"grazie/crm"
)

// coupon is a discount code as a mail shows it.
type coupon struct {
	code        string
	value       string // what it gives: "15% off"
	terms       []string
	lastDay     string // empty: no end
	discountURL string // the shop's page that puts the code into the basket; empty: none
	offer       string // the sentence that leads to it
}

// termSlots are the texts of the bank's terms, each with its slots.
var termSlots = map[string][]slot{
	"percentage":    {slotN},
	"fixed_amount":  {slotN},
	"free_shipping": {},
	"free_product":  {slotProduct},
	"minimum":       {slotN},
	"no_minimum":    {},
	"once":          {},
	"shop":          {slotShop},
	"last_day":      {slotDate, slotTime, slotZone},
	"first_day":     {slotStart},
	"no_end":        {},
	"alone":         {},
	"together":      {slotWith},
	"with_order":    {},
	"with_product":  {},
	"with_shipping": {},
}

// wordSlots are the texts on buttons and links.
var wordSlots = map[string][]slot{
	"code": {}, "use_code": {}, "review": {}, "label": {}, "return": {}, "tracking": {}, "unsubscribe": {}, "preferences": {},
}

// codeOf is the code of a message that is made and works; anything else is an
// error, for no mail may carry a code that is refused at the till.
func codeOf(f crm.Facts, now time.Time) (*crm.DiscountCode, error) {
	e := f.Effect(crm.DiscountCodeMade)
	switch {
	case e == nil || e.Code == nil || e.Code.Code == "":
		return nil, errors.New("templates: the mail needs its discount code")
	case e.State != crm.EffectDone:
		return nil, fmt.Errorf("templates: the discount code of the mail is not made, it is %s", e.State)
	}
	d := e.Code
	switch {
	case d.Ended != "" || !d.EndsAt.IsZero() && now.After(d.EndsAt):
		return nil, errors.New("templates: the discount code of the mail has ended")
	case d.Used():
		return nil, errors.New("templates: the discount code of the mail is used")
	case strings.ContainsFunc(d.Code, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, errors.New("templates: the discount code of the mail holds a sign that nobody can type")
	}
	return d, nil
}

// setCoupon writes what a code gives and all its conditions (mail-and-domain.md, P2).
func (l *letter) setCoupon(d *crm.DiscountCode, f crm.Facts, now time.Time) error {
	l.code = d.Code
	if h := host(l.domain); h != "" {
		l.discountURL = link("https://" + h + "/discount/" + url.PathEscape(d.Code))
	}
	var err error
	if l.value, err = l.worth(d); err != nil {
		return err
	}
	v := l.values // a copy: terms have slots of their own
	say := func(name string) {
		if w := l.lang.Terms[name].in(l.formal); w.fits(&v) {
			l.terms = append(l.terms, w.fill(&v))
		}
	}
	if d.Minimum.Minor > 0 {
		v[slotN] = money(d.Minimum, l.format)
		say("minimum")
	} else {
		say("no_minimum")
	}
	say("once")
	say("shop")
	zone, name := zoneOf(d.Zone, f.Zone, f.Shop.Timezone)
	if d.StartsAt.After(now) {
		v[slotStart] = longDate(d.StartsAt.In(zone), l.format)
		say("first_day")
	}
	if d.EndsAt.IsZero() {
		say("no_end")
	} else {
		at := d.EndsAt.In(zone)
		v[slotDate], v[slotTime], v[slotZone] = longDate(at, l.format), clock(at, l.format), name
		l.lastDay = v[slotDate]
		say("last_day")
	}
	if v[slotWith] = l.with(d); v[slotWith] != "" {
		say("together")
	} else {
		say("alone")
	}
	return nil
}

// worth is what a code gives, in few words.
func (l *letter) worth(d *crm.DiscountCode) (string, error) {
	v := l.values
	switch d.Kind {
	case crm.Percentage:
		if d.Percent < 1 || d.Percent > 100 {
			return "", fmt.Errorf("templates: a code of %d percent", d.Percent)
		}
		v[slotN] = percent(d.Percent, l.format)
	case crm.FixedAmount:
		if d.Amount.Minor <= 0 || d.Amount.Currency == "" {
			return "", errors.New("templates: a code without an amount")
		}
		v[slotN] = money(d.Amount, l.format)
	case crm.FreeProduct:
		if v[slotProduct] = productName(crm.LineItem{Title: d.Product}); v[slotProduct] == "" {
			return "", errors.New("templates: a code for a product without a name")
		}
	case crm.FreeShipping:
	default:
		return "", fmt.Errorf("templates: there is no code of the kind %q", d.Kind)
	}
	return capitalize(l.lang.Terms[string(d.Kind)].in(l.formal).fill(&v)), nil
}

// with names the kinds of discounts that a code may be used together with.
func (l *letter) with(d *crm.DiscountCode) string {
	var all []string
	for _, kind := range []struct {
		name string
		may  bool
	}{{"with_order", d.WithOrder}, {"with_product", d.WithProduct}, {"with_shipping", d.WithShipping}} {
		if kind.may {
			all = append(all, l.word(kind.name))
		}
	}
	return strings.Join(all, ", ")
}

// word is a text without slots: of a button, a link, a term.
func (l *letter) word(name string) string {
	p, ok := l.lang.Words[name]
	if !ok {
		p = l.lang.Terms[name]
	}
	return p.in(l.formal).fill(&l.values)
}

var couponVariables = []Variable{
	afterVariable,
	{"code", "the discount code, as it is typed"},
	{"value", "what it gives: 15% off"},
	{"terms[]", "its conditions, one each: minimum, one use, shop, last day with its time zone, what it goes together with"},
	{"last_day", "the last day of the code with its weekday; empty when it has no end"},
	{"discount_url", "the shop's page that puts the code into the basket; may be empty"},
	{"letter.offer", "the sentence that leads to the code"},
	{"letter.code_label", "the words over the code"},
	{"letter.button", "the words on the button"},
}

func (l *letter) couponVars(to map[string]any) {
	letter := to["letter"].(map[string]any)
	letter["after"] = list(l.after)
	letter["offer"], letter["code_label"], letter["button"] = l.offer, l.word("code"), l.word("use_code")
	to["code"], to["value"], to["terms"], to["last_day"], to["discount_url"] = l.code, l.value, list(l.terms), l.lastDay, l.discountURL
}
