package store

import (
	"context"
	"slices"
	"strings"

	"grazie/crm"
)

// Story is what is known to have happened with a customer lately: the newest of
// each kind, so that nobody's thousands are read. More tells that there were
// older orders or messages.
type Story struct {
	Orders   []crm.Order // the newest first, as is all else
	Returns  []crm.Return
	Messages []crm.Message
	Effects  []crm.Effect
	Reviews  []crm.Review
	Tasks    []crm.Task
	Consents []ConsentChange
	Edits    []Entry // what staff did to her data
	More     bool
}

// StoryOf reads at most so many of each kind, of the customer and of the guests
// with her address.
func (s *Store) StoryOf(ctx context.Context, shopID string, c crm.Customer, limit int) (Story, error) {
	var y Story
	people := []string{c.ID}
	if c.EmailKey != "" {
		same, err := rows(ctx, s.read, text, `select id from customers where email_key = $2 and `+checked("shop_id")+` = $1 and id <> $3 and id like 'guest_%' limit 10`, shopID, c.EmailKey, c.ID)
		if err != nil {
			return y, err
		}
		people = append(people, same...)
	}
	var ids []string
	for _, id := range people {
		for _, read := range []func() error{
			func() error {
				found, err := rows(ctx, s.read, scanDocument[crm.Order], `select data from orders where customer_id = $2 and `+checked("shop_id")+` = $1 order by created_at desc limit $3`, shopID, id, limit+1)
				y.More = y.More || len(found) > limit
				y.Orders = append(y.Orders, found[:min(len(found), limit)]...)
				return err
			},
			func() error {
				found, err := rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where customer_id = $2 and `+checked("shop_id")+` = $1 order by id desc limit $3`, shopID, id, 2*limit+1)
				y.More = y.More || len(found) > 2*limit
				y.Messages = append(y.Messages, found[:min(len(found), 2*limit)]...)
				return err
			},
			func() error {
				found, err := rows(ctx, s.read, scanEffect, `select `+effectColumns+` from effects where customer_id = $2 and `+checked("shop_id")+` = $1 order by `+checked("id")+` desc limit $3`, shopID, id, limit)
				y.Effects = append(y.Effects, found...)
				return err
			},
			func() error {
				found, err := rows(ctx, s.read, scanDocument[crm.Return], `select data from returns where customer_id = $2 and customer_id <> '' and `+checked("shop_id")+` = $1 order by `+checked("id")+` desc limit $3`, shopID, id, limit)
				y.Returns = append(y.Returns, found...)
				return err
			},
			func() error {
				found, err := rows(ctx, s.read, scanTask, `select `+taskColumns+` from tasks where customer_id = $2 and customer_id <> '' and `+checked("shop_id")+` = $1 order by `+checked("id")+` desc limit $3`, shopID, id, limit)
				y.Tasks = append(y.Tasks, found...)
				return err
			},
			func() error {
				found, err := s.ConsentsOf(ctx, shopID, id, limit)
				y.Consents = append(y.Consents, found...)
				return err
			},
			func() error {
				found, err := s.EditsOf(ctx, shopID, id, limit)
				y.Edits = append(y.Edits, found...)
				return err
			},
		} {
			if err := read(); err != nil {
				return y, err
			}
		}
	}
	for _, o := range y.Orders {
		ids = append(ids, o.ID)
	}
	return y, s.ofOrders(ctx, shopID, ids, &y)
}

// ofOrders adds what only orders tell of: reviews, and returns of which the
// platform did not say whose they are.
func (s *Store) ofOrders(ctx context.Context, shopID string, orders []string, y *Story) error {
	if len(orders) == 0 {
		return nil
	}
	p := params{shopID}
	var err error
	if y.Reviews, err = rows(ctx, s.read, scanReview, `select data from reviews where `+checked("shop_id")+` = $1 and order_id`+s.in(&p, orders), p...); err != nil {
		return err
	}
	slices.SortFunc(y.Reviews, func(a, b crm.Review) int { return b.CreatedAt.Compare(a.CreatedAt) })
	p = params{shopID}
	returns, err := rows(ctx, s.read, scanDocument[crm.Return], `select data from returns where `+checked("shop_id")+` = $1 and order_id`+s.in(&p, orders), p...)
	for _, r := range returns {
		if !slices.ContainsFunc(y.Returns, func(have crm.Return) bool { return have.ID == r.ID }) {
			y.Returns = append(y.Returns, r)
		}
	}
	slices.SortFunc(y.Returns, func(a, b crm.Return) int { return strings.Compare(b.ID, a.ID) })
	return err
}

// lookedAt are lines of the audit log that somebody only looked: of no interest to
// whoever looks next.
const lookedAt = `customers.one`

// EditsOf lists what staff did to one thing, by its id: lines of the audit log,
// the newest first, without those that somebody looked at it.
func (s *Store) EditsOf(ctx context.Context, shopID, target string, limit int) ([]Entry, error) {
	if target == "" {
		return nil, nil
	}
	return rows(ctx, s.read, scanEntry, `select `+entryColumns+` from audit where target = $2 and target <> '' and `+checked("shop_id")+` = $1 and action <> '`+lookedAt+`' order by seq desc limit $3`, shopID, target, limit)
}
