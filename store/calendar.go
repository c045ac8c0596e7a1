package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"grazie/crm"
)

// Planned is the last day of a shop's own calendar whose morning was planned;
// zero: none.
func (s *Store) Planned(ctx context.Context, shopID string) (crm.Day, error) {
	found, err := rows(ctx, s.read, text, `select planned from calendars where shop_id = $1`, shopID)
	if err != nil || len(found) == 0 {
		return crm.Day{}, err
	}
	return crm.ParseDay(found[0])
}

// SetPlanned notes that the morning of a day was planned.
func (s *Store) SetPlanned(ctx context.Context, shopID string, day crm.Day) error {
	return s.write(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `insert into calendars (shop_id, planned) values ($1, $2)
			on conflict (shop_id) do update set planned = excluded.planned`, shopID, day.String())
		return err
	})
}

// Occasioned is a customer who may have an occasion soon.
type Occasioned struct {
	Customer   crm.Customer
	FirstOrder time.Time // her first counted order; zero: not looked for
}

// BornOn lists customers whose birthday is one of some days, by id, after one.
func (s *Store) BornOn(ctx context.Context, shopID string, days []crm.MonthDay, after string, limit int) ([]Occasioned, error) {
	p := params{shopID, after}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = string(d)
	}
	found, err := rows(ctx, s.read, scanRow[crm.Customer], `select revision, data from customers
		where birthday <> '' and shop_id = $1 and birthday`+s.in(&p, names)+` and id > $2 order by id limit `+p.add(limit), p...)
	all := make([]Occasioned, len(found))
	for i, r := range found {
		all[i] = Occasioned{Customer: r.value}
	}
	return all, err
}

// FirstOrdersBetween lists customers whose first counted order was placed
// between two times, as far as that is known for sure.
func (s *Store) FirstOrdersBetween(ctx context.Context, shop crm.Shop, from, to time.Time) ([]Occasioned, error) {
	type first struct {
		id string
		at int64
	}
	firsts, err := rows(ctx, s.read, func(r *sql.Rows) (f first, err error) { return f, r.Scan(&f.id, &f.at) },
		`select customer_id, min(created_at) from orders where counted and shop_id = $1 and customer_id in (
			select customer_id from orders where counted and customer_id <> '' and created_at >= $2 and created_at < $3 and shop_id = $1) group by customer_id`,
		shop.ID, micros(from), micros(to))
	if err != nil {
		return nil, err
	}
	at := map[string]int64{}
	for _, f := range firsts {
		if f.at >= micros(from) && f.at < micros(to) {
			at[f.id] = f.at
		}
	}
	ids := slices.Sorted(maps.Keys(at))
	var all []Occasioned
	for len(ids) > 0 {
		some := ids[:min(len(ids), 500)]
		ids = ids[len(some):]
		p := params{shop.ID}
		found, err := rows(ctx, s.read, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id`+s.in(&p, some), p...)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			if crm.HistoryKnown(r.value, shop) {
				all = append(all, Occasioned{Customer: r.value, FirstOrder: instant(at[r.value.ID])})
			}
		}
	}
	return all, nil
}

// FirstOrder is when a customer placed her first counted order; zero when she
// placed none, or when that is not known for sure.
func (s *Store) FirstOrder(ctx context.Context, shop crm.Shop, c crm.Customer) (time.Time, error) {
	if !crm.HistoryKnown(c, shop) {
		return time.Time{}, nil
	}
	at, err := one(rows(ctx, s.read, value[int64], `select coalesce(min(created_at), 0) from orders where customer_id = $2 and counted and shop_id = $1`, shop.ID, c.ID))
	return instant(at), err
}

// Imports are the days on which more than 2 % of all customers joined, and more
// than a handful: then an import stamped them (mail-and-domain.md, 4.5).
func (s *Store) Imports(ctx context.Context, shopID string) ([]string, error) {
	return rows(ctx, s.read, func(r *sql.Rows) (string, error) {
		var day int64
		err := r.Scan(&day)
		return crm.DayOf(instant(day*dayMicros), time.UTC).String(), err
	}, `select created_at / $2 from customers where created_at > 0 and shop_id = $1 group by created_at / $2
		having count(*) > $3 and count(*) * 50 > (select count(*) from customers where shop_id = $1) order by 1`, shopID, dayMicros, handful)
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// handful is how many customers may join on one day of a young shop without
// looking like an import.
const handful = 20

// FirstOrdered is when the shop's first counted order was placed; zero: never.
func (s *Store) FirstOrdered(ctx context.Context, shopID string) (time.Time, error) {
	at, err := one(rows(ctx, s.read, value[int64], `select coalesce(min(created_at), 0) from orders where counted and created_at > 0 and shop_id = $1`, shopID))
	return instant(at), err
}
