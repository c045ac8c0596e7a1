package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// ErrNoImprint says that a mail that is marketing cannot be written yet.
var ErrNoImprint = errors.New("marketing needs the shop's legal name and postal address first")

// Proof is a mail as it comes out of a text of the merchant's own, which may be one
// that nobody published; without any part it is the built-in one. It is about a past
// order, or without its id about one that nobody placed. What belongs to such a mail
// and is not there, a code, a return, a birthday, is invented. Nothing is planned or
// done, and no link in it opens a page of the customer's.
func (d *Desk) Proof(ctx context.Context, shop crm.Shop, text crm.Template, order string) (crm.Mail, error) {
	j, ok := journeys.Find(text.Journey)
	if !ok {
		return crm.Mail{}, crm.ErrNotFound
	}
	now := d.Now()
	f := d.invented(shop, j)
	if order != "" {
		var err error
		if f, err = d.past(ctx, shop, j, order); err != nil {
			return crm.Mail{}, err
		}
	}
	if f = d.staged(j, f, now); f.Message.Purpose == crm.Marketing && (shop.LegalName == "" || shop.PostalAddress == "") {
		return crm.Mail{}, ErrNoImprint
	}
	f.Customer.Locale, f.Templates = text.Locale, nil
	if f.Order != nil {
		o := *f.Order
		o.Locale, f.Order = text.Locale, &o
	}
	if text.Subject != "" || text.HTML != "" || text.Text != "" {
		f.Templates = []crm.Template{text}
	}
	return d.Templates.Mail(f, now)
}

// ProofOrders are the newest orders that a mail could be about.
func (d *Desk) ProofOrders(ctx context.Context, shop crm.Shop) ([]crm.Order, error) {
	orders, err := d.Store.NewestOrders(ctx, shop.ID, 40)
	orders = slices.DeleteFunc(orders, func(o crm.Order) bool { return !o.Counted() || o.Email == "" })
	return orders[:min(len(orders), 20)], err
}

// TrialProof is a proof addressed to somebody of staff, see Trial: real tells that
// it is about the order, and not about an invented one.
func (d *Desk) TrialProof(ctx context.Context, shop crm.Shop, text crm.Template, order, to, mark string) (m crm.Mail, real bool, err error) {
	if order != "" && crm.EmailKey(to) != crm.EmailKey(TrialReader(shop)) {
		order = ""
	}
	if m, err = d.Proof(ctx, shop, text, order); err != nil {
		return m, false, err
	}
	return trialTo(m, to, mark), order != "", nil
}

// trialTo addresses a mail to whoever wants to see it, as a mail that is nothing
// but that.
func trialTo(m crm.Mail, to, mark string) crm.Mail {
	m.MessageID, m.To = store.NewID("tst_"), crm.Mailbox{Email: to}
	m.Subject = mark + " " + m.Subject
	for _, name := range []string{"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID"} {
		delete(m.Headers, name)
	}
	return m
}

// past are the facts of a letter about an order.
func (d *Desk) past(ctx context.Context, shop crm.Shop, j journeys.Journey, id string) (crm.Facts, error) {
	o, err := d.Store.Order(ctx, shop.ID, id)
	if err := found(err, "order", id); err != nil {
		return crm.Facts{}, err
	}
	m := proofMessage(shop, j, o.CustomerID, o.ID)
	if j.Key == "return_upgrade" {
		back, err := d.Store.Returns(ctx, shop.ID, o.ID, 1)
		if err != nil {
			return crm.Facts{}, err
		}
		if len(back) > 0 {
			m.ReturnID = back[0].ID
		}
	}
	facts, err := d.Store.FactsOf(ctx, shop.ID, []crm.Message{m})
	if err != nil {
		return crm.Facts{}, err
	}
	f := facts[0]
	f.Settings, f.Rules = j.Values(f.Shop), journeys.RuleValues(f.Shop)
	if f.Order == nil {
		f.Order = &o
	}
	if f.Customer.ID == "" && f.Customer.Email == "" {
		f.Customer = crm.Customer{ID: o.CustomerID, Email: o.Email, EmailKey: o.EmailKey}
	}
	return f, nil
}

func proofMessage(shop crm.Shop, j journeys.Journey, customer, order string) crm.Message {
	return crm.Message{ID: "msg_preview", ShopID: shop.ID, Journey: j.Key, Purpose: j.Purpose, CustomerID: customer, OrderID: order, Subject: "order:" + order,
		ByHand: true, Ask: &crm.Ask{By: "preview", Reason: "preview"}}
}

// invented are the facts of a letter that nobody will get.
func (d *Desk) invented(shop crm.Shop, j journeys.Journey) crm.Facts {
	price := func(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: shop.Currency} }
	return crm.Facts{
		Shop: shop, Settings: j.Values(shop), Rules: journeys.RuleValues(shop), Zone: shop.Timezone,
		Message:  proofMessage(shop, j, "1", "1"),
		Customer: crm.Customer{ID: "1", Email: "anna@customer.invalid", FirstName: "Anna", LastName: "Rossi", Locale: shop.Locale},
		Order: &crm.Order{ID: "1", Name: "#1001", CustomerID: "1", Email: "anna@customer.invalid", Locale: shop.Locale, Status: crm.Paid, CreatedAt: d.Now(), PaidAt: d.Now(),
			Items: []crm.LineItem{{ID: "1", Title: "Olive Soap", Quantity: 2, Price: price(900)}, {ID: "2", Title: "Linen Apron", Quantity: 1, Price: price(4900)}}},
	}
}

// staged puts in what such a letter is about and brings along, as if all was done.
func (d *Desk) staged(j journeys.Journey, f crm.Facts, now time.Time) crm.Facts {
	m := &f.Message
	m.DueAt = now
	day := crm.DayOf(now, crm.Location(f.Shop.Timezone))
	switch j.Key {
	case "birthday_coupon":
		m.Subject = "birthday:" + m.CustomerID + ":" + day.String()
		f.Customer.Birthday.Day = crm.MonthDayOf(day)
	case "anniversary_coupon":
		m.Subject = "anniversary:" + m.CustomerID + ":" + day.String()
		if f.FirstOrder.IsZero() || now.Sub(f.FirstOrder) < 360*24*time.Hour {
			f.FirstOrder = now.AddDate(-1, 0, 0)
		}
	case "return_upgrade":
		if m.ReturnID == "" && f.Order != nil {
			m.ReturnID = "preview"
			r := crm.Return{ID: m.ReturnID, Name: f.Order.Name + "-R1", OrderID: f.Order.ID, CustomerID: m.CustomerID, Status: crm.ReturnRequested, RequestedAt: now, ReadAt: now}
			for _, it := range f.Order.Goods()[:min(1, len(f.Order.Goods()))] {
				r.Lines = []crm.ReturnLine{{Title: it.Title, Quantity: 1}}
			}
			f.Returns = []crm.Return{r}
		}
		m.Subject = "return:" + m.ReturnID
	}
	f.Effects, f.Origin = nil, nil
	f = j.Settle(f)
	if f.Message.Purpose == crm.Marketing {
		f.Links = d.noLinks()
	}
	f = AsIfDone(j, f, now)
	needs, e := slices.Contains(j.Needs, crm.DiscountCodeMade), f.Effect(crm.DiscountCodeMade)
	if e != nil && e.Code.Kind == crm.FreeProduct && e.Code.Product == "" {
		needs, f.Effects = true, nil // the merchant did not say yet what it gives
	}
	if needs && f.Effect(crm.DiscountCodeMade) == nil {
		f.Effects = append(f.Effects, done(crm.Effect{Kind: crm.DiscountCodeMade, MessageID: f.Message.ID, CustomerID: f.Message.CustomerID,
			Code: &crm.DiscountCode{CustomerID: f.Message.CustomerID, Kind: crm.Percentage, Percent: 10, StartsAt: now, EndsAt: now.AddDate(0, 1, 0), Zone: f.Shop.Timezone}}))
	}
	return f
}

// noLinks are addresses that look like a customer's own and open nothing.
func (d *Desk) noLinks() crm.Links {
	page := func(kind string) string { return d.PublicURL + "/" + kind + "/preview" }
	return crm.Links{Unsubscribe: page(store.LinkUnsubscribe), Preferences: page(store.LinkPreferences), Review: page(store.LinkReview)}
}
