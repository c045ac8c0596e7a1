package store

import (
	"context"
	"database/sql"
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
	Customer crm.Customer
	Since    time.Time // her first counted order, or where she has none the day she joined; zero: not known for sure
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

// SinceBetween lists customers who came between two times: whose first counted
// order was then, or who joined then and never ordered. Imports stamp all
// customers with one day, which tells nothing: see Stamped.
func (s *Store) SinceBetween(ctx context.Context, shop crm.Shop, from, to time.Time) ([]Occasioned, error) {
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
	joined, err := rows(ctx, s.read, text, `select id from customers c where c.created_at >= $2 and c.created_at < $3 and c.shop_id = $1
		and not exists (select 1 from orders o where o.customer_id = c.id and o.shop_id = c.shop_id and o.counted)`, shop.ID, micros(from), micros(to))
	if err != nil {
		return nil, err
	}
	ids := joined
	for id := range at {
		ids = append(ids, id)
	}
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
			o := Occasioned{Customer: r.value, Since: instant(at[r.value.ID])}
			if o.Since = since(r.value, shop, o.Since); o.Since.IsZero() {
				continue
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// CustomerSince is since when one is a customer, as SinceBetween has it; zero
// when that is not known for sure.
func (s *Store) CustomerSince(ctx context.Context, shop crm.Shop, c crm.Customer) (time.Time, error) {
	at, err := one(rows(ctx, s.read, value[int64], `select coalesce(min(created_at), 0) from orders where customer_id = $2 and counted and shop_id = $1`, shop.ID, c.ID))
	return since(c, shop, instant(at)), err
}

// since is the first counted order that is known, or the day she joined where
// there is none; zero when she may have ordered, or did, before Grazie came.
func since(c crm.Customer, shop crm.Shop, firstOrder time.Time) time.Time {
	ordered := !firstOrder.IsZero()
	switch {
	case !crm.HistoryKnown(c, shop) && (ordered || c.Orders != nil && *c.Orders > 0):
		return time.Time{}
	case ordered:
		return firstOrder
	}
	return c.CreatedAt
}

// Stamped tells whether the customers who joined between two times are more
// than 2 % of all, and more than a handful: then an import stamped them
// (mail-and-domain.md, 4.5).
func (s *Store) Stamped(ctx context.Context, shopID string, from, to time.Time) (bool, error) {
	n, err := one(rows(ctx, s.read, value[int64], `select count(*) from customers where created_at >= $2 and created_at < $3 and shop_id = $1`, shopID, micros(from), micros(to)))
	if err != nil || n <= handful {
		return false, err
	}
	all, err := one(rows(ctx, s.read, value[int64], `select count(*) from customers where shop_id = $1`, shopID))
	return n*50 > all, err
}

// handful is how many customers may join on one day of a young shop without
// looking like an import.
const handful = 20

// FirstOrdered is when the shop's first counted order was placed, or its first
// customer joined, whichever was earlier; zero: neither is known.
func (s *Store) FirstOrdered(ctx context.Context, shopID string) (time.Time, error) {
	at, err := one(rows(ctx, s.read, value[int64], `select coalesce(min(created_at), 0) from (
		select min(created_at) as created_at from orders where counted and created_at > 0 and shop_id = $1
		union all select min(created_at) from customers where created_at > 0 and shop_id = $1) as firsts`, shopID))
	return instant(at), err
}
