package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"grazie/crm"
)

// lowRating is the highest rating that staff is asked to look after.
const lowRating = 2

func scanReview(r *sql.Rows) (v crm.Review, err error) {
	var data string
	if err := r.Scan(&data); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(data), &v)
}

// ReviewOf is the order behind a link to the review page, and what its customer
// said about it before; nil: nothing yet. An order that is not there any more
// is crm.ErrNotFound.
func (s *Store) ReviewOf(ctx context.Context, l Link) (crm.Order, *crm.Review, error) {
	o, err := s.reviewable(ctx, s.read, l)
	if err != nil {
		return o, nil, err
	}
	said, err := rows(ctx, s.read, scanReview, `select data from reviews where shop_id = $1 and order_id = $2`, l.ShopID, o.ID)
	if err != nil || len(said) == 0 {
		return o, nil, err
	}
	return o, &said[0], nil
}

// Reviews lists what customers said, the newest first; before is the id that
// the page before ended with, or empty.
func (s *Store) Reviews(ctx context.Context, shopID, before string, limit int) ([]crm.Review, error) {
	return rows(ctx, s.read, scanReview, `select data from reviews where shop_id = $1 and (id < $2 or $2 = '') order by id desc limit $3`, shopID, before, limit)
}

// reviewable is the order that the mail with the link was about.
func (s *Store) reviewable(ctx context.Context, q querier, l Link) (crm.Order, error) {
	r, err := one(rows(ctx, q, scanRow[crm.Order], `select revision, data from orders where shop_id = $1
		and id in (select order_id from messages where shop_id = $1 and id = $2 and order_id <> '')`, l.ShopID, l.MessageID))
	if err == nil && !r.value.ErasedAt.IsZero() {
		err = crm.ErrNotFound
	}
	return r.value, err
}

// SaveReview stores what the customer behind a link says about the order: its
// Rating, Text and Publish. There is one review per order; saying something
// else corrects it. A low rating opens a task for staff, again when it was
// done and she says something new, and what waits to ask or remind her is
// cancelled: all in one transaction. Doing it twice changes nothing. Nothing
// else depends on the rating (mail-and-domain.md, R1 and R2).
func (s *Store) SaveReview(ctx context.Context, l Link, said crm.Review) (crm.Review, error) {
	if said.Rating < 1 || said.Rating > 5 {
		return crm.Review{}, &crm.Invalid{Field: "rating", Message: "choose one from 1 to 5"}
	}
	var stored crm.Review
	err := s.write(ctx, func(tx querier) error {
		o, err := s.reviewable(ctx, tx, l)
		if err != nil {
			return err
		}
		before, err := one(rows(ctx, tx, scanReview, `select data from reviews where shop_id = $1 and order_id = $2`+s.forUpdate(), l.ShopID, o.ID))
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		if before.ID != "" && before.Rating == said.Rating && before.Text == column(said.Text) && before.Publish == said.Publish {
			stored = before
			return nil
		}
		now := s.now().UTC()
		stored = before
		if before.ID == "" {
			stored = crm.Review{ID: NewID("rev_"), ShopID: l.ShopID, CustomerID: first(o.CustomerID, l.CustomerID), OrderID: o.ID, CreatedAt: now}
		}
		stored.MessageID, stored.Rating, stored.Text, stored.Publish, stored.UpdatedAt = l.MessageID, said.Rating, column(said.Text), said.Publish, now
		if err := s.putReview(ctx, tx, stored); err != nil {
			return err
		}
		if stored.Rating <= lowRating {
			if err := s.openTask(ctx, tx, crm.Task{ShopID: l.ShopID, Kind: crm.TaskLowRating, Source: "review:" + stored.ID, CustomerID: stored.CustomerID,
				OrderID: o.ID, MessageID: l.MessageID, Detail: "A customer is not content with order " + first(o.Name, o.ID) + ". Her review says why."}); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `update messages set state = $3, reason = $4, updated_at = $5
			where shop_id = $1 and order_id = $2 and state = 'planned' and `+checked("journey")+` in
				(select journey from messages where shop_id = $1 and id = $6)`, l.ShopID, o.ID, crm.Cancelled, crm.ReasonReviewed, micros(now), l.MessageID)
		return err
	})
	if err != nil {
		return crm.Review{}, err
	}
	return stored, nil
}

// putReview inserts a review or replaces it by its id. When another was made
// for the order meanwhile, the whole run starts over and finds that.
func (s *Store) putReview(ctx context.Context, tx querier, v crm.Review) error {
	done, err := rows(ctx, tx, text, `insert into reviews (shop_id, id, order_id, customer_id, message_id, rating, data, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (order_id, shop_id) do update set message_id = excluded.message_id, rating = excluded.rating, data = excluded.data
			where reviews.id = excluded.id returning id`,
		v.ShopID, v.ID, column(v.OrderID), column(v.CustomerID), v.MessageID, v.Rating, document(v), micros(v.CreatedAt))
	if err == nil && len(done) == 0 {
		err = errStale
	}
	return err
}
