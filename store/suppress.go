package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// Suppress says that an address must not be written to: not at all
// (crm.ScopeAll), not for marketing, or not by one journey. What waits for it
// stops in the same transaction. until is when it ends; zero: never. A weaker
// word changes nothing about a stronger one: an unsubscription leaves a
// complaint as it is, and nothing shortens what is for good.
func (s *Store) Suppress(ctx context.Context, shopID, emailKey, scope, reason string, until time.Time) error {
	return s.write(ctx, func(tx querier) error {
		_, err := s.suppress(ctx, tx, shopID, emailKey, crm.Suppression{Scope: scope, Reason: reason, At: s.now(), Until: until})
		return err
	})
}

// suppress returns whether it changed anything about the address.
func (s *Store) suppress(ctx context.Context, tx querier, shopID, emailKey string, n crm.Suppression) (bool, error) {
	h, err := s.hash(ctx, tx, shopID, emailKey)
	if err != nil {
		return false, err
	}
	had, err := rows(ctx, tx, scanSuppression, `select `+suppressionColumns+` from suppressions
		where shop_id = $1 and email_hash = $2 and scope = $3`+s.forUpdate(), shopID, h, n.Scope)
	if err != nil {
		return false, err
	}
	if len(had) == 1 && !outweighs(n, had[0].Suppression) {
		return false, nil
	}
	if _, err := tx.ExecContext(ctx, `insert into suppressions (shop_id, email_hash, scope, reason, created_at, until) values ($1, $2, $3, $4, $5, $6)
		on conflict (shop_id, email_hash, scope) do update set reason = excluded.reason, created_at = excluded.created_at, until = excluded.until`,
		shopID, h, column(n.Scope), column(n.Reason), micros(n.At), micros(n.Until)); err != nil {
		return false, err
	}
	return true, s.stopWaiting(ctx, tx, shopID, emailKey, n)
}

// weights order the reasons: one that is harder to lift stays. All others are
// staff's own words, and for good.
var weights = map[string]int{
	crm.SuppressedFull: 1, crm.SuppressedGroup: 2, crm.SuppressedUnclear: 2, crm.SuppressedUnsubscribed: 3, crm.SuppressedErased: 3, crm.SuppressedBounced: 4, crm.SuppressedComplained: 5,
}

func weight(s crm.Suppression) int {
	if w, known := weights[s.Reason]; known {
		return w
	}
	if !s.Until.IsZero() {
		return 1
	}
	return 4
}

// outweighs tells whether n replaces old. Of two that weigh alike, what came
// first stays, except that of two that end the later end counts.
func outweighs(n, old crm.Suppression) bool {
	a, b := weight(n), weight(old)
	switch {
	case a != b:
		return a > b
	case old.Until.IsZero() || n.Until.IsZero():
		return !old.Until.IsZero() || n.Until.IsZero() && n.At.Before(old.At)
	}
	return n.Until.After(old.Until)
}

// stopWaiting stops what waits for an address and may not go to it any more:
// what the customer does not want is cancelled, what must not be is skipped.
// What is due after the suppression's end waits on.
func (s *Store) stopWaiting(ctx context.Context, tx querier, shopID, emailKey string, n crm.Suppression) error {
	ids, err := s.waitingFor(ctx, tx, shopID, emailKey)
	if err != nil || len(ids) == 0 {
		return err
	}
	state, reason := crm.Skipped, crm.ReasonSuppressed
	if n.Reason == crm.SuppressedUnsubscribed || n.Reason == crm.SuppressedGroup {
		state, reason = crm.Cancelled, crm.ReasonUnsubscribed
	}
	p := params{shopID, state, reason, micros(s.now()), crm.Planned}
	query := `update messages set state = $2, reason = $3, updated_at = $4 where shop_id = $1 and ` + checked("state") + ` = $5 and id` + s.in(&p, ids)
	if n.Scope != crm.ScopeAll {
		query += ` and ` + checked("purpose") + ` = ` + p.add(crm.Marketing)
	}
	if n.Scope != crm.ScopeAll && n.Scope != crm.ScopeMarketing {
		query += ` and ` + checked("journey") + ` = ` + p.add(n.Scope)
	}
	if !n.Until.IsZero() {
		query += ` and due_at + 0 < ` + p.add(micros(n.Until))
	}
	_, err = tx.ExecContext(ctx, query, p...)
	return err
}

// waitingFor are the planned messages that would go to an address: one about an
// order goes to the order's, any other to the customer's.
func (s *Store) waitingFor(ctx context.Context, q querier, shopID, emailKey string) ([]string, error) {
	if emailKey == "" {
		return nil, nil
	}
	return rows(ctx, q, text, `select m.id from orders o join messages m on m.order_id = o.id and m.shop_id = o.shop_id
			where o.email_key = $2 and `+checked("o.shop_id")+` = $1 and m.state = 'planned'
		union select m.id from customers c join messages m on m.customer_id = c.id and m.shop_id = c.shop_id
			left join orders o on o.shop_id = m.shop_id and o.id = m.order_id
			where c.email_key = $2 and `+checked("c.shop_id")+` = $1 and `+checked("m.state")+` = 'planned' and coalesce(o.email_key, '') in ('', $2)`, shopID, emailKey)
}

// Lift ends a suppression of an address. by is whose word it is and why. What
// the provider told until now counts no more, also when it is told late or
// again. Without such a suppression it is crm.ErrNotFound.
func (s *Store) Lift(ctx context.Context, shopID, emailKey, scope, by string) error {
	return s.write(ctx, func(tx querier) error {
		h, err := s.hash(ctx, tx, shopID, emailKey)
		if err != nil {
			return err
		}
		gone, err := rows(ctx, tx, text, `delete from suppressions where shop_id = $1 and email_hash = $2 and scope = $3 returning reason`, shopID, h, scope)
		if err != nil {
			return err
		}
		if len(gone) == 0 {
			return crm.ErrNotFound
		}
		return s.noteLifted(ctx, tx, shopID, h, scope, by)
	})
}

// noteLifted remembers that a suppression ended now.
func (s *Store) noteLifted(ctx context.Context, tx querier, shopID, hash, scope, by string) error {
	_, err := tx.ExecContext(ctx, `insert into feedback (id, shop_id, message_id, journey, purpose, kind, class, domain, email_hash, at, detail)
		values ($1, $2, '', '', '', $3, $4, '', $5, $6, $7)`, NewID("lift_"), shopID, crm.FeedbackLifted, column(scope), hash, micros(s.now()), column(by))
	return err
}

// Suppressed is a suppression with what stands for its address: a hash that
// nobody can read the address from.
type Suppressed struct {
	Hash string `json:"hash"`
	crm.Suppression
}

const suppressionColumns = `email_hash, scope, reason, created_at, until`

func scanSuppression(r *sql.Rows) (x Suppressed, err error) {
	var at, until int64
	err = r.Scan(&x.Hash, &x.Scope, &x.Reason, &at, &until)
	x.At, x.Until = instant(at), instant(until)
	return x, err
}

// Suppressions lists the suppressions of a shop, the newest first, or those of
// one address. Those that ended are among them.
func (s *Store) Suppressions(ctx context.Context, shopID, emailKey string, limit int) ([]Suppressed, error) {
	p := params{shopID}
	where := ``
	if emailKey != "" {
		h, err := s.hash(ctx, s.read, shopID, emailKey)
		if err != nil {
			return nil, err
		}
		where = ` and email_hash = ` + p.add(h)
	}
	return rows(ctx, s.read, scanSuppression, `select `+suppressionColumns+` from suppressions where shop_id = $1`+where+`
		order by created_at desc, email_hash, scope limit `+p.add(limit), p...)
}
