package desk

import (
	"context"
	"errors"
	"fmt"

	"grazie/crm"
	"grazie/journeys"
)

// message is what a request comes to: the journey, and the message that would
// be planned for it.
func (d *Desk) message(ctx context.Context, shop crm.Shop, r Request) (journeys.Journey, crm.Message, error) {
	j, ok := journeys.Find(r.Journey)
	if !ok {
		return j, crm.Message{}, &crm.Invalid{Field: "journey", Message: fmt.Sprintf("there is no %q", r.Journey)}
	}
	e, err := d.event(ctx, shop, r)
	if err != nil {
		return j, crm.Message{}, err
	}
	m, ok := j.ByHand(e, shop, r.Ask, d.Now())
	if !ok {
		return j, m, &crm.Invalid{Field: "journey", Message: fmt.Sprintf("%s finds no occasion in what it is given: it %s", j.Key, needs(j.Key))}
	}
	m.ID = r.MessageID
	return j, m, d.checkAgain(ctx, m)
}

// needs tells what a journey acts on.
func needs(key string) string {
	switch key {
	case "thank_you", "review_request":
		return "needs an order"
	case "return_upgrade":
		return "needs a return"
	case "birthday_coupon":
		return "needs a customer whose birthday is known"
	case "anniversary_coupon":
		return "needs a customer with a first order"
	}
	return "needs an order or a customer"
}

// event is what is known of what a request names.
func (d *Desk) event(ctx context.Context, shop crm.Shop, r Request) (crm.Event, error) {
	e := crm.Event{At: d.Now(), Kind: crm.DayBegan}
	customer := r.Customer
	var err error
	if r.Return != "" {
		back, err := d.Store.Return(ctx, shop.ID, r.Return)
		if err := found(err, "return", r.Return); err != nil {
			return e, err
		}
		e.Kind, e.Return = crm.ReturnChanged, &back
		r.Order = back.OrderID
	}
	if r.Order != "" {
		o, err := d.Store.Order(ctx, shop.ID, r.Order)
		if err := found(err, "order", r.Order); err != nil && (e.Return == nil || !errors.Is(err, crm.ErrNotFound)) {
			return e, err
		} else if err == nil {
			e.Order, customer = &o, o.CustomerID
		}
		if e.Return == nil {
			e.Kind = crm.OrderPaid
		}
	}
	var who crm.Customer
	switch {
	case customer != "":
		who, err = d.Store.Customer(ctx, shop.ID, customer)
	case r.Email != "":
		who, err = d.Store.CustomerByEmail(ctx, shop.ID, r.Email)
	case e.Order == nil && e.Return == nil:
		return e, &crm.Invalid{Field: "target", Message: "name a customer, an order or a return"}
	default:
		return e, nil
	}
	if err := found(err, "customer", first(customer, r.Email)); err != nil {
		if e.Order != nil && errors.Is(err, crm.ErrNotFound) {
			return e, nil
		}
		return e, err
	}
	e.Customer = &who
	if e.FirstOrder, err = d.Store.FirstOrder(ctx, shop, who); err != nil {
		return e, err
	}
	return e, nil
}

func found(err error, what, name string) error {
	if errors.Is(err, crm.ErrNotFound) {
		return &NotFound{what, name}
	}
	return err
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
