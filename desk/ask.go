package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"grazie/crm"
)

// Ask is what staff typed, fit for a message's row and for a mail. All that is
// wrong with it is told at once, each an *crm.Invalid of its own.
func Ask(typed crm.Ask) (crm.Ask, error) {
	var wrong []error
	text := func(field, value string, most int, missing string) string {
		t, err := Line(value, most)
		if err == nil && t == "" && missing != "" {
			err = errors.New(missing)
		}
		if err != nil {
			wrong = append(wrong, &crm.Invalid{Field: field, Message: err.Error()})
		}
		return t
	}
	a := crm.Ask{
		By:     text("by", typed.By, 80, "say who asks for it"),
		Reason: text("reason", typed.Reason, 300, "say why, for whoever looks later"),
		Note:   text("note", typed.Note, 500, ""),
		Again:  text("again", typed.Again, 300, ""),
		Offer:  typed.Offer,
	}
	if a.Offer != "" && !slices.Contains(Offers, a.Offer) {
		wrong = append(wrong, &crm.Invalid{Field: "offer", Message: fmt.Sprintf("%q is none of none, code, free_shipping", a.Offer)})
	}
	return a, errors.Join(wrong...)
}

// Offers are what an apology may be told to bring along.
var Offers = []crm.Offer{crm.OfferNone, crm.OfferCode, crm.OfferFreeShipping}

// checkAgain refuses a second one for an occasion that had no first: it would
// become two, for the first may still come.
func (d *Desk) checkAgain(ctx context.Context, m crm.Message) error {
	of, is := m.Again()
	if !is {
		return nil
	}
	first, err := d.Store.MessageAbout(ctx, m.ShopID, m.Journey, of)
	switch {
	case errors.Is(err, crm.ErrNotFound):
		return &crm.Invalid{Field: "again", Message: "leave it out: there was no first one for this occasion"}
	case err == nil && Repeatable(first.State):
		return &crm.Invalid{Field: "again", Message: fmt.Sprintf("leave it out: the first one for this occasion, %s, is %s", first.ID, first.State)}
	}
	return err
}
