package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"grazie/crm"
)

// What was kept long enough is forgotten in steps, each of them one small
// transaction. Ids grow with time, so the oldest rows come first by their own
// key. Each method tells whether there may be more.

// retainRows is how many rows a step looks at.
const retainRows = 500

// DropWebhooks deletes webhooks that came before a time. What was not
// processed, or could not be, stays until the other time: it can still be replayed.
func (s *Store) DropWebhooks(ctx context.Context, shopID string, before, unprocessedBefore time.Time) (gone int64, more bool, err error) {
	unprocessedBefore = earlierOf(before, unprocessedBefore)
	err = s.write(ctx, func(tx querier) error {
		p := params{shopID, micros(before), micros(unprocessedBefore), WebhookReceived, WebhookFailed, retainRows}
		res, err := tx.ExecContext(ctx, `delete from webhooks where shop_id = $1 and id in (select id from webhooks
			where shop_id = $1 and received_at < $2 and (state not in ($4, $5) or received_at < $3) order by id limit $6)`, p...)
		if err == nil {
			gone, err = res.RowsAffected()
		}
		return err
	})
	return gone, gone == retainRows, err
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// DropMessages forgets messages that were planned before a time and are
// settled, with what belongs to them. A message about an order or a return
// leaves a row that says that the occasion had its message, and nothing else:
// an order may be told again at any time. Every other occasion is a day, which
// does not come back. after is where the step before stopped, next where to go
// on, another night as well; what still waited then is met when somebody begins
// anew.
func (s *Store) DropMessages(ctx context.Context, shopID string, before time.Time, after string) (gone int64, next string, more bool, err error) {
	type old struct {
		id      string
		created int64
		kept    bool // guards its occasion
		settled bool
	}
	err = s.write(ctx, func(tx querier) error {
		gone, next, more = 0, after, false
		some, err := rows(ctx, tx, func(r *sql.Rows) (o old, err error) { return o, r.Scan(&o.id, &o.created, &o.kept, &o.settled) },
			`select id, created_at, `+keptSubject+`, state not in ('planned', 'sending') from messages where shop_id = $1 and id > $2 order by id limit $3`, shopID, after, retainRows)
		if err != nil {
			return err
		}
		more = len(some) == retainRows
		var guards, days []string
		for _, o := range some {
			if o.created >= micros(before) {
				more = false
				break
			}
			next = o.id
			switch {
			case !o.settled:
			case o.kept:
				guards = append(guards, o.id)
			default:
				days = append(days, o.id)
			}
		}
		for _, do := range []struct {
			ids   []string
			query string
		}{
			{append(guards, days...), `delete from mails where shop_id = $1 and message_id`},
			{append(guards, days...), `delete from effects where ` + checked("shop_id") + ` = $1 and look_at = 0 and message_id`},
			{guards, `update messages set customer_id = '', order_id = '', return_id = '', detail = '', ask = '', mailer = '', provider_id = '', locale = '', phrases = '', webhook_id = ''
				where shop_id = $1 and id`},
			{days, `delete from messages where shop_id = $1 and id`},
		} {
			if len(do.ids) == 0 {
				continue
			}
			p := params{shopID}
			if _, err := tx.ExecContext(ctx, do.query+s.in(&p, do.ids), p...); err != nil {
				return err
			}
		}
		gone = int64(len(guards) + len(days))
		return nil
	})
	return gone, next, more, err
}

// DropDone deletes tasks that were done, bulk jobs that ended, and calls that were
// made, before a time. That a customer wants no calls stays as long as she does.
func (s *Store) DropDone(ctx context.Context, shopID string, before time.Time) (gone int64, more bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		gone, more = 0, false
		ended := `select id from bulks where shop_id = $1 and state in ('done', 'cancelled') and created_at < $2`
		for _, query := range []string{
			`delete from tasks where shop_id = $1 and id in (select id from tasks where shop_id = $1 and done_at > 0 and done_at < $2 order by id limit $3)`,
			`delete from call_tries where shop_id = $1 and (order_id, n) in (select order_id, n from call_tries where at < $2 and ` + checked("shop_id") + ` = $1 order by at limit $3)`,
			`delete from calls where shop_id = $1 and order_id in (select order_id from calls where shop_id = $1 and state <> 'never' and updated_at < $2 limit $3)`,
			`delete from bulk_items where shop_id = $1 and (bulk_id, position) in (select bulk_id, position from bulk_items where shop_id = $1 and bulk_id in (` + ended + `) limit $3)`,
			`delete from bulks where shop_id = $1 and id in (` + ended + ` and not exists (select 1 from bulk_items i where i.shop_id = $1 and i.bulk_id = bulks.id) limit $3)`,
		} {
			res, err := tx.ExecContext(ctx, query, shopID, micros(before), retainRows)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			gone, more = gone+n, more || n == retainRows
		}
		return nil
	})
	return gone, more, err
}

// DropFeedback deletes what mail providers told before a time. What followed
// from it stays: the suppressions.
func (s *Store) DropFeedback(ctx context.Context, shopID string, before time.Time) (gone int64, more bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		res, err := tx.ExecContext(ctx, `delete from feedback where shop_id = $1 and id in (select id from feedback where at < $2 and shop_id = $1 order by at limit $3)`,
			shopID, micros(before), retainRows)
		if err == nil {
			gone, err = res.RowsAffected()
		}
		return err
	})
	return gone, gone == retainRows, err
}

// DropReviewTexts takes the words out of reviews that were last changed before
// a time. The rating stays, and is shown to nobody any more.
func (s *Store) DropReviewTexts(ctx context.Context, shopID string, before time.Time, after string) (gone int64, next string, more bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		gone, next = 0, after
		old, err := rows(ctx, tx, scanReview, `select data from reviews where shop_id = $1 and id > $2 and created_at < $3 and data like '%"text":%' order by id limit $4`+s.forUpdate(),
			shopID, after, micros(before), retainRows)
		if err != nil {
			return err
		}
		more = len(old) == retainRows
		for _, v := range old {
			if next = v.ID; !v.UpdatedAt.Before(before) || v.Text == "" {
				continue
			}
			v.Text, v.Publish = "", false
			if _, err := tx.ExecContext(ctx, `update reviews set data = $3 where shop_id = $1 and id = $2`, shopID, v.ID, document(v)); err != nil {
				return err
			}
			gone++
		}
		return nil
	})
	return gone, next, more, err
}

// Inactive lists customers of whom nothing was heard since a time: no order, by
// account or by address, no decision about mail, no birthday told, no review.
// It looks at some of those behind after; an empty next says that these were the last.
func (s *Store) Inactive(ctx context.Context, shopID string, before time.Time, after string) (ids []string, next string, err error) {
	some, err := rows(ctx, s.read, scanAlive, aliveQuery+` and c.id > $2 order by c.id limit $3`, shopID, after, retainRows)
	for _, c := range some {
		next = c.ID
		if c.inactive(before, s.now()) {
			ids = append(ids, c.ID)
		}
	}
	if len(some) < retainRows {
		next = ""
	}
	return ids, next, err
}

// alive is a customer with the last signs of life that other tables hold.
type alive struct {
	crm.Customer
	ordered, written int64
}

const aliveQuery = `select c.data, coalesce((select max(o.created_at) from orders o where o.customer_id = c.id and o.shop_id = c.shop_id), 0),
		coalesce((select max(o.created_at) from orders o where o.email_key = c.email_key and c.email_key <> '' and o.shop_id = c.shop_id), 0),
		coalesce((select max(m.created_at) from messages m where m.customer_id = c.id and m.shop_id = c.shop_id), 0)
	from customers c where c.shop_id = $1`

func scanAlive(r *sql.Rows) (v alive, err error) {
	var bought, wrote int64
	v.Customer, err = scanDocumentAnd[crm.Customer](r, &bought, &wrote, &v.written)
	v.ordered = max(bought, wrote)
	return v, err
}

// writtenFor is how long a message keeps its customer: whoever comes back as
// new, days after her birthday had its mail, must not get a second one for it.
const writtenFor = 31 * 24 * time.Hour

func (c alive) inactive(before, now time.Time) bool {
	last := max(c.ordered, micros(c.CreatedAt), micros(c.Consent.At), micros(c.Birthday.At))
	if last == 0 {
		last = micros(c.UpdatedAt)
	}
	return c.ErasedAt.IsZero() && last > 0 && last < micros(before) && c.written < max(micros(before), micros(now.Add(-writtenFor)))
}

// ForgetInactive asks for the erasure of customers of whom nothing was heard
// since a time. Nobody objected to anything: so no hash of their addresses
// stays, and whoever of them comes back is new. Who was heard of until it is
// done, stays.
func (s *Store) ForgetInactive(ctx context.Context, shopID string, ids []string, before time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return s.write(ctx, func(tx querier) error {
		p := privacyRow{PrivacyRequest: crm.PrivacyRequest{ShopID: shopID, Kind: crm.PrivacyEraseCustomer, Source: "retention"}}
		p.about.Customers, p.about.Forget, p.about.Silent = ids, true, before.UTC()
		_, err := s.addPrivacy(ctx, tx, p)
		return err
	})
}

// stillInactive are those whom nobody asked to erase, as far as nothing was
// heard of them by now, and none of them waits to see her data.
func (e *erasing) stillInactive(ctx context.Context) ([]string, error) {
	waits := map[string]bool{}
	open, err := rows(ctx, e.tx, e.scanPrivacy, `select `+privacyColumns+` from privacy_requests where shop_id = $1 and state = 'open' and kind = $2`, e.ShopID, crm.PrivacyExport)
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		about, err := e.hers(ctx, e.tx, r.PrivacyRequest, r.about)
		if err != nil {
			return nil, err
		}
		for _, id := range about.Customers {
			waits[id] = true
		}
	}
	var ids []string
	for some := range slices.Chunk(e.about.Customers, mostItems) {
		p := params{e.ShopID}
		found, err := rows(ctx, e.tx, scanAlive, aliveQuery+` and c.id`+e.in(&p, some), p...)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			if c.inactive(e.about.Silent, e.now()) && !waits[c.ID] {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids, nil
}
