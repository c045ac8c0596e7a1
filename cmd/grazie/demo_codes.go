package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
)

// codeOf is the effect that made the code of a message, as it is stored.
func (s *stage) codeOf(m crm.Message) (crm.Effect, bool) {
	all, err := s.store.EffectsOf(s.ctx, s.shop.ID, m.ID)
	i := slices.IndexFunc(all, func(e crm.Effect) bool { return e.Kind == crm.DiscountCodeMade && e.Code != nil })
	if err != nil || i < 0 {
		return crm.Effect{}, false
	}
	return all[i], true
}

// codesFor are the codes that the shop has for a customer.
func (s *stage) codesFor(id uint64) (found []simshop.Discount) {
	for _, d := range s.sim.Discounts() {
		if slices.Contains(d.Customers, id) {
			found = append(found, d)
		}
	}
	return found
}

func (s *stage) mailSays(text string) {
	s.that(strings.Contains(s.ended.mail.Text, text), fmt.Sprintf("the mail does not say %q", text))
}

// task expects that staff has an open task of a kind, or none any more.
func (s *stage) task(kind crm.TaskKind, open bool) (found crm.Task) {
	all, err := s.store.Tasks(s.ctx, s.shop.ID, false, 100)
	i := slices.IndexFunc(all, func(t crm.Task) bool { return t.Kind == kind })
	if i >= 0 {
		found = all[i]
	}
	s.that(err == nil && (i >= 0) == open, fmt.Sprintf("open tasks %s: expected %t, found %v, %v", kind, open, all, err))
	if open && i >= 0 {
		s.say("staff is told")
	}
	return found
}

// usesCode is Chiara at the checkout with the code of her mail, after somebody
// else tried it.
func usesCode(who person) func(*stage) []simshop.Webhook {
	return func(s *stage) []simshop.Webhook {
		m, _, err := s.message("chiara birthday", want{message: crm.Sent})
		e, ok := s.codeOf(m)
		if !s.that(err == nil && ok, "there is no code to use") {
			return nil
		}
		s.sim.MoveTo(e.Code.StartsAt)
		_, _, err = s.sim.Buy(s.sim.Customer("marco"), s.cart(apron), e.Code.Code)
		if s.that(errors.Is(err, simshop.ErrCodeCustomer), fmt.Sprintf("somebody else at the checkout: expected %v, found %v", simshop.ErrCodeCustomer, err)) {
			s.say("Marco was refused")
		}
		o, hooks, err := s.sim.Buy(s.sim.Customer(who.Key), s.cart(apron, honey), e.Code.Code)
		if !s.that(err == nil, fmt.Sprintf("the checkout refuses the code: %v", err)) {
			return nil
		}
		s.orders["chiara"], s.customers["chiara"] = o, who.Customer
		return hooks
	}
}

// redeemed expects that the order is known to have come of the code, and that
// the ledger holds what it took off in place of what was promised.
func redeemed(s *stage) {
	m, _, err := s.message("chiara birthday", want{message: crm.Sent})
	e, ok := s.codeOf(m)
	if !s.that(err == nil && ok && s.orders["chiara"] != nil && len(e.Code.Uses) == 1, fmt.Sprintf("expected one use of the code, found %v", e.Code)) {
		return
	}
	use, took := e.Code.Uses[0], s.sim.OrderState(s.orders["chiara"]).Discount
	expectSame(&s.tally, "order that used the code", s.orderID("chiara"), use.OrderID)
	expectSame(&s.tally, "what the code took off", took, use.Discount.Minor)
	s.that(took > 0 && !use.PassedOn, "the code must have taken something off, for her herself")
	lines, err := s.store.Rewards(s.ctx, s.shop.ID, fmt.Sprint(s.customers["chiara"].ID), 100)
	sum := int64(0)
	for _, l := range lines {
		sum += l.Amount.Minor
	}
	s.that(err == nil, fmt.Sprintf("the ledger cannot be read: %v", err))
	expectSame(&s.tally, "what the ledger says she was given", took, sum)
	s.say("the gift took %s off; the ledger has it", use.Discount)
}

// months are names as letters write them after the number of a day; of the
// languages of those whose codes are looked at.
var months = map[string][]string{
	"it": {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"hu": {"január", "február", "március", "április", "május", "június", "július", "augusztus", "szeptember", "október", "november", "december"},
}

// dated is a day as a letter names it.
func dated(d crm.Day, locale string) string {
	names := months[locale]
	if len(names) == 0 {
		return "a day in the language " + locale
	}
	month := names[d.Month-1]
	if locale == "hu" {
		return fmt.Sprintf("%s %d", month, d.Day)
	}
	return fmt.Sprintf("%d %s", d.Day, month)
}
