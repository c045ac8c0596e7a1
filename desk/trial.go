package desk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// TrialsAnHour is how many test mails a shop may send in an hour.
const TrialsAnHour = 5

// ErrTrials says that the shop sent its test mails of this hour.
var ErrTrials = errors.New("five test mails an hour are enough; try again later")

// Trial is a thank-you letter for the merchant's own eyes.
type Trial struct {
	Mail  crm.Mail
	Order string // that it is about, as its customer knows it; empty: an invented one
}

// Trial writes the thank-you for a shop's newest order as its customer would
// get it, and addresses it to somebody else. mark stands before its subject. It
// belongs to no message: what the mail provider tells of it is about nothing of
// ours, and no link in it leads to a page of the customer's. The order is the
// customer's business: only the shop's owner gets to see it. Anybody else, and a
// shop without an order, gets the letter for an invented one.
func (d *Desk) Trial(ctx context.Context, shop crm.Shop, to, mark string) (Trial, error) {
	var t Trial
	o, found, err := d.TrialOrder(ctx, shop)
	switch {
	case err != nil:
	case found && crm.EmailKey(to) == crm.EmailKey(TrialReader(shop)):
		t.Order = first(o.Name, o.ID)
		t.Mail, _, err = d.Draft(ctx, shop, Request{Journey: "thank_you", Order: o.ID, Ask: crm.Ask{By: "test", Reason: "test"}}, "")
	default:
		t.Mail, err = d.sampleMail(ctx, shop)
	}
	if err != nil {
		return t, err
	}
	t.Mail = trialTo(t.Mail, to, mark)
	return t, nil
}

// TrialReader is who may see a real order in a test mail: the owner, as the
// platform told her address, or else the sender.
func TrialReader(shop crm.Shop) string { return first(shop.Owner, shop.Sender.Email) }

// TrialOrder is the shop's newest order that a thank-you could be about, if
// there is one.
func (d *Desk) TrialOrder(ctx context.Context, shop crm.Shop) (o crm.Order, found bool, err error) {
	orders, err := d.Store.NewestOrders(ctx, shop.ID, 20)
	i := slices.IndexFunc(orders, func(o crm.Order) bool { return o.Counted() && o.Email != "" })
	if err != nil || i < 0 {
		return o, false, err
	}
	return orders[i], true, nil
}

// sampleMail is the thank-you for an order that nobody placed.
func (d *Desk) sampleMail(ctx context.Context, shop crm.Shop) (crm.Mail, error) {
	j, _ := journeys.Find("thank_you")
	own, err := d.Store.Templates(ctx, shop.ID, j.Key)
	if err != nil {
		return crm.Mail{}, err
	}
	price := func(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: shop.Currency} }
	return d.Templates.Mail(crm.Facts{
		Shop: shop, Settings: j.Values(shop), Rules: journeys.RuleValues(shop), Templates: own,
		Message:  crm.Message{ID: "msg_sample", ShopID: shop.ID, CustomerID: "1", OrderID: "1", Journey: j.Key, Purpose: j.Purpose, Subject: "order:1"},
		Customer: crm.Customer{ID: "1", Email: "anna@customer.invalid", FirstName: "Anna", LastName: "Rossi", Locale: shop.Locale},
		Order: &crm.Order{ID: "1", Name: "#1001", CustomerID: "1", Email: "anna@customer.invalid", Locale: shop.Locale, Status: crm.Paid, CreatedAt: d.Now(), PaidAt: d.Now(),
			Items: []crm.LineItem{{ID: "1", Title: "Olive Soap", Quantity: 2, Price: price(900)}, {ID: "2", Title: "Linen Apron", Quantity: 1, Price: price(4900)}}},
	}, d.Now())
}

// TakeTrial takes one of the shop's test mails of this hour, or is ErrTrials.
// It is counted for all processes at once: each is a lease of an hour.
func (d *Desk) TakeTrial(ctx context.Context, shop crm.Shop) error {
	holder := store.NewID("tst_")
	for n := range TrialsAnHour {
		taken, err := d.Store.Lead(ctx, "test mail "+strconv.Itoa(n)+" of "+shop.ID, holder, time.Hour)
		if err != nil || taken {
			return err
		}
	}
	return ErrTrials
}
