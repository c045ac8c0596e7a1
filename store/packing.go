package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// packingRows is how many orders one look at the packing list reads at most.
const packingRows = 2000

// ToPack is an order that is paid and of which nothing was sent yet.
type ToPack struct {
	Order    crm.Order
	Customer crm.Customer // as far as she is known
	First    bool         // her first order that counts, as far as this shop's history is known
}

// ToPack lists the orders placed from one time until before another of which
// nothing was sent yet, the oldest first. more tells that there are others.
func (s *Store) ToPack(ctx context.Context, shopID string, from, until time.Time, limit int) (all []ToPack, more bool, err error) {
	var ids []string
	// Mostly all that is found is to be packed, and few more than are shown will do.
	for _, look := range []int{limit + limit/4 + 1, packingRows} {
		// What the text finds holds all of them; whether a parcel stands is told by the order itself.
		found, err := rows(ctx, s.read, scanDocument[crm.Order], `select data from orders where counted and created_at >= $2 and created_at < $3 and `+checked("shop_id")+` = $1
				and (data not like '%"fulfillments":%' or data like '%"status":"cancelled"%' or data like '%"status":"error"%' or data like '%"status":"failure"%')
			order by created_at limit $4`, shopID, micros(from), micros(until), look)
		if err != nil {
			return nil, false, err
		}
		all, ids, more = nil, nil, len(found) == look
		full := false
		for _, o := range found {
			if o.Packed() {
				continue
			}
			if full = len(all) == limit; full {
				more = true
				break
			}
			all, ids = append(all, ToPack{Order: o}), append(ids, o.CustomerID)
		}
		if full || !more {
			break
		}
	}
	customers, err := s.CustomersByID(ctx, shopID, ids)
	if err != nil {
		return nil, false, err
	}
	firsts, err := s.firstOrders(ctx, shopID, ids)
	for i := range all {
		o := all[i].Order
		all[i].Customer = customers[o.CustomerID]
		all[i].First = o.CustomerID != "" && firsts[o.CustomerID] == micros(o.CreatedAt)
	}
	return all, more, err
}

// firstOrders are when customers placed their first order that counts.
func (s *Store) firstOrders(ctx context.Context, shopID string, customers []string) (map[string]int64, error) {
	type first struct {
		id string
		at int64
	}
	all := map[string]int64{}
	customers = distinct(customers)
	for len(customers) > 0 {
		some := customers[:min(len(customers), mostItems)]
		customers = customers[len(some):]
		p := params{shopID}
		found, err := rows(ctx, s.read, func(r *sql.Rows) (f first, err error) { return f, r.Scan(&f.id, &f.at) },
			`select customer_id, min(created_at) from orders where counted and `+checked("shop_id")+` = $1 and customer_id`+s.in(&p, some)+` group by customer_id`, p...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			all[f.id] = f.at
		}
	}
	return all, nil
}

// Signature is the owner's signature for printed cards, a PNG; none is
// crm.ErrNotFound.
func (s *Store) Signature(ctx context.Context, shopID string) ([]byte, time.Time, error) {
	type image struct {
		png []byte
		at  int64
	}
	i, err := one(rows(ctx, s.read, func(r *sql.Rows) (i image, err error) { return i, r.Scan(&i.png, &i.at) },
		`select image, updated_at from signatures where shop_id = $1`, shopID))
	return i.png, instant(i.at), err
}

// SaveSignature stores one; an empty one takes it out.
func (s *Store) SaveSignature(ctx context.Context, shopID string, png []byte) error {
	return s.write(ctx, func(tx querier) error {
		if len(png) == 0 {
			_, err := tx.ExecContext(ctx, `delete from signatures where shop_id = $1`, shopID)
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into signatures (shop_id, image, updated_at) select $1, $2, $3 where exists (select 1 from shops where id = $1)
			on conflict (shop_id) do update set image = excluded.image, updated_at = excluded.updated_at`, shopID, png, micros(s.now()))
		return err
	})
}
