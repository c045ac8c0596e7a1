package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// What is looked at to find out that a shop has gone silent, see crm.Silence.

// Unanswered counts counted orders that were placed between two times and led to
// no message of a gesture, whatever could have become of it. Of more orders than
// most the newest are looked at; orders whose customer is not known, or not any
// more, are left out.
func (s *Store) Unanswered(ctx context.Context, shopID, journey string, from, to time.Time, most int) (int, error) {
	return one(rows(ctx, s.read, value[int], `select count(*) from (
			select id, customer_id from orders where shop_id = $1 and counted and created_at >= $2 and created_at < $3
			order by created_at desc, id desc limit $5) as o
		where customer_id <> '' and not exists (select 1 from messages where subject = 'order:' || o.id and journey = $4 and shop_id = $1)`,
		shopID, micros(from), micros(to), journey, most))
}

// Placed counts the orders that were placed in each of some times, each up to
// the most that is of interest.
func (s *Store) Placed(ctx context.Context, shopID string, times []crm.Span, most int) ([]int, error) {
	if len(times) == 0 {
		return nil, nil
	}
	p := params{shopID}
	b := newBulk("bigint", "bigint", "bigint")
	for i, t := range times {
		b.add(int64(i), micros(t.From), micros(t.To))
	}
	table, limit := s.table(&p, b), p.add(most)
	counts := make([]int, len(times))
	_, err := rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
		var i, n int
		err = r.Scan(&i, &n)
		counts[i] = n
		return none, err
	}, `select column1, (select count(*) from (
			select 1 from orders where shop_id = $1 and created_at >= column2 and created_at < column3 limit `+limit+`) as found)
		from (`+table+`) as times`, p...)
	return counts, err
}

// LastWebhook is when the shop's newest webhook came in, of those that are still
// kept; zero: none is.
func (s *Store) LastWebhook(ctx context.Context, shopID string) (time.Time, error) {
	found, err := rows(ctx, s.read, value[int64], `select received_at from webhooks where shop_id = $1 order by id desc limit 1`, shopID)
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return instant(found[0]), nil
}
