package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"grazie/crm"
)

// Foreseen is what a webhook would lead to if it were read now.
type Foreseen struct {
	WebhookID string
	Messages  []ForeseenMessage
}

// ForeseenMessage is a message as it would stand then.
type ForeseenMessage struct {
	crm.Message
	Was *crm.Message // as it stands now; nil: it would be new
}

// Stays tells whether the message is there already, and stays as it is: its
// occasion had it before.
func (m ForeseenMessage) Stays() bool {
	return m.Was != nil && m.Was.State == m.State && m.Was.Reason == m.Reason && m.Was.DueAt.Equal(m.DueAt)
}

// errForeseen takes back what was only tried.
var errForeseen = errors.New("store: it was only tried")

// Foresee tells what ApplyEvents would do to messages, one webhook after the
// other, and changes nothing: it is done in a transaction that is taken back.
func (s *Store) Foresee(ctx context.Context, shopID string, applied []Applied, plan Plan) ([]Foreseen, error) {
	var all []Foreseen
	err := s.write(ctx, func(tx querier) error {
		all = nil
		for _, a := range applied {
			f, err := s.foresee(ctx, &applying{Store: s, tx: tx, shopID: shopID}, []Applied{a}, plan)
			if err != nil {
				return err
			}
			all = append(all, f)
		}
		return errForeseen
	})
	if errors.Is(err, errForeseen) {
		err = nil
	}
	return all, err
}

func (s *Store) foresee(ctx context.Context, w *applying, one []Applied, plan Plan) (Foreseen, error) {
	f := Foreseen{WebhookID: one[0].WebhookID}
	if err := w.load(ctx, one); err != nil {
		return f, err
	}
	if err := w.foldAll(ctx, one); err != nil {
		return f, err
	}
	planned := w.plan(one, plan)
	before, err := w.touched(ctx, planned)
	if err != nil {
		return f, err
	}
	if _, err := w.save(ctx, one, plan); err != nil {
		return f, err
	}
	after, err := w.touched(ctx, planned)
	if err != nil {
		return f, err
	}
	for _, m := range after {
		next := ForeseenMessage{Message: m}
		if i := slices.IndexFunc(before, func(b crm.Message) bool { return b.ID == m.ID }); i >= 0 {
			next.Was = &before[i]
		}
		wanted := slices.ContainsFunc(planned, func(p crm.Message) bool { return p.Journey == m.Journey && p.Subject == m.Subject })
		if wanted || !next.Stays() {
			f.Messages = append(f.Messages, next)
		}
	}
	return f, nil
}

// touched are the messages that events may plan, move or cancel: about what is
// planned, of the customers that they tell of, and about their orders while they wait.
func (w *applying) touched(ctx context.Context, planned []crm.Message) ([]crm.Message, error) {
	customers, orders := map[string]bool{}, map[string]bool{}
	for id := range w.customers {
		customers[id] = true
	}
	for id, o := range w.orders {
		orders[id], customers[o.value.CustomerID] = true, true
	}
	subjects := map[string]bool{}
	for _, m := range planned {
		subjects[m.Subject] = true
	}
	all := map[string]crm.Message{}
	for _, by := range []struct {
		where string
		ids   map[string]bool
	}{{"customer_id", customers}, {"state = 'planned' and order_id", orders}, {"subject", subjects}} {
		if delete(by.ids, ""); len(by.ids) == 0 {
			continue
		}
		p := params{w.shopID}
		found, err := rows(ctx, w.tx, scanMessage, `select `+messageColumns+` from messages where `+by.where+w.in(&p, keys(by.ids))+` and `+checked("shop_id")+` = $1`, p...)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			all[m.ID] = m
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b crm.Message) int { return cmp.Compare(a.ID, b.ID) }), nil
}
