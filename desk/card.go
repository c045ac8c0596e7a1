package desk

import (
	"context"
	"errors"

	"grazie/crm"
	"grazie/journeys"
	"grazie/templates"
)

// thankYou is the journey whose letter stands on cards.
const thankYou = "thank_you"

// Card is the thank-you for an order in the words of its mail, in the language of
// the order, whatever is decided about the mail. prints tells what letters the
// printer has: where a name has others, the card goes without it. Without is
// what was left out: "name", "goods", "place".
func (d *Desk) Card(ctx context.Context, shop crm.Shop, orderID string, prints func(string) bool) (w templates.Words, without []string, err error) {
	j, m, err := d.message(ctx, shop, Request{Journey: thankYou, Order: orderID, Ask: crm.Ask{By: "card", Reason: "card"}})
	if err != nil {
		return w, nil, err
	}
	m.Ask = nil
	if stored, err := d.Store.MessageAbout(ctx, shop.ID, m.Journey, m.Subject); err == nil {
		m = stored // so that it is the same letter
	} else if !errors.Is(err, crm.ErrNotFound) {
		return w, nil, err
	}
	if m.ID == "" {
		m.ID = "card_" + m.Subject
	}
	f, err := d.Facts(ctx, j, m)
	if err != nil {
		return w, nil, err
	}
	return d.cardOf(j, f, prints)
}

func (d *Desk) cardOf(j journeys.Journey, f crm.Facts, prints func(string) bool) (w templates.Words, without []string, err error) {
	now := d.Now()
	for _, leave := range []struct {
		what string
		out  func(*crm.Facts)
	}{
		{"", func(*crm.Facts) {}},
		{"name", func(f *crm.Facts) {
			f.Customer.FirstName, f.Customer.LastName = "", ""
			if f.Order != nil {
				o := *f.Order
				o.Billing, f.Order = nil, &o
			}
		}},
		{"goods", func(f *crm.Facts) {
			if f.Order != nil {
				o := *f.Order
				o.Items, f.Order = nil, &o
			}
		}},
		{"place", func(f *crm.Facts) {
			if f.Order != nil {
				o := *f.Order
				o.Shipping, f.Order = nil, &o
			}
			f.Shop.Areas = nil
		}},
	} {
		if leave.out(&f); leave.what != "" {
			without = append(without, leave.what)
		}
		if w, err = d.Templates.Words(AsIfDone(j, f, now), now); err != nil {
			return w, without, err
		}
		if printable(w, prints) {
			return w, without, nil
		}
	}
	return w, without, nil
}

// printable looks at the letter itself: who signs is looked after by the printer.
func printable(w templates.Words, prints func(string) bool) bool {
	for _, text := range append([]string{w.Greeting, w.SignOff}, w.Paragraphs...) {
		if !prints(text) {
			return false
		}
	}
	return true
}
