package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"grazie/crm"
)

const tryColumns = `shop_id, order_id, n, customer_id, outcome, note, staff_id, by_staff, at`

func scanTry(r *sql.Rows) (t crm.CallTry, err error) {
	var at int64
	err = r.Scan(&t.ShopID, &t.OrderID, &t.N, &t.CustomerID, &t.Outcome, &t.Note, &t.StaffID, &t.By, &at)
	t.At = instant(at)
	return t, err
}

// CallsMade lists tries to reach customers, the newest first. before is that of
// the last one on the page before; zero: from the newest on.
func (s *Store) CallsMade(ctx context.Context, shopID string, before time.Time, limit int) ([]crm.CallTry, error) {
	until := int64(math.MaxInt64)
	if !before.IsZero() {
		until = micros(before)
	}
	return rows(ctx, s.read, scanTry, `select `+tryColumns+` from call_tries where shop_id = $1 and at < $2 order by at desc limit $3`, shopID, until, limit)
}

// CallsAbout lists the tries of one order, the first one first.
func (s *Store) CallsAbout(ctx context.Context, shopID, orderID string) ([]crm.CallTry, error) {
	return rows(ctx, s.read, scanTry, `select `+tryColumns+` from call_tries where shop_id = $1 and order_id = $2 order by n`, shopID, orderID)
}

// CallOutcomes counts what came of the tries since a time.
func (s *Store) CallOutcomes(ctx context.Context, shopID string, since time.Time) (map[crm.CallState]int, error) {
	type counted struct {
		outcome crm.CallState
		n       int
	}
	found, err := rows(ctx, s.read, func(r *sql.Rows) (c counted, err error) { return c, r.Scan(&c.outcome, &c.n) },
		`select outcome, count(*) from call_tries where shop_id = $1 and at >= $2 group by outcome`, shopID, micros(since))
	all := map[crm.CallState]int{}
	for _, c := range found {
		all[c.outcome] = c.n
	}
	return all, err
}

// OrdersByID are orders of a shop by their ids, those of them that are there.
func (s *Store) OrdersByID(ctx context.Context, shopID string, ids []string) (map[string]crm.Order, error) {
	all := map[string]crm.Order{}
	found, err := s.ordersBy(ctx, s.read, shopID, "id", distinct(ids))
	for _, o := range found {
		all[o.ID] = o
	}
	return all, err
}

// CustomersByID are customers of a shop by their ids, those of them that are there.
func (s *Store) CustomersByID(ctx context.Context, shopID string, ids []string) (map[string]crm.Customer, error) {
	all := map[string]crm.Customer{}
	found, err := s.customersBy(ctx, s.read, shopID, "id", distinct(ids))
	for _, c := range found {
		all[c.ID] = c
	}
	return all, err
}

// forgetCalls leaves of calls what came of them and when. That she wants none is
// her own word, and goes with her.
func (e *erasing) forgetCalls(ctx context.Context, by string, ids []string) error {
	for _, q := range []struct{ what, query string }{
		{"calls", `update calls set customer_id = '', holder_id = '', holder = '', lease_until = 0, state = case when state in ('open', 'again') then 'not_reached' else state end
			where shop_id = $1 and (customer_id <> '' or state in ('open', 'again')) and `},
		{"call_tries", `update call_tries set customer_id = '', note = '', staff_id = '', by_staff = '' where shop_id = $1 and (customer_id <> '' or note <> '' or by_staff <> '') and `},
	} {
		p := params{e.ShopID}
		if err := e.exec(ctx, q.what, q.query+by+e.in(&p, ids), p...); err != nil {
			return err
		}
	}
	return nil
}
