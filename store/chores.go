package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"grazie/crm"
)

func scanChore(r *sql.Rows) (c crm.Chore, err error) {
	var due int64
	var data string
	if err := r.Scan(&c.ShopID, &c.Kind, &due, &data); err != nil {
		return c, err
	}
	err = json.Unmarshal([]byte(data), &c)
	c.DueAt = instant(due)
	return c, err
}

// Chores are the periodic works of a shop, with how far each came.
func (s *Store) Chores(ctx context.Context, shopID string) ([]crm.Chore, error) {
	return rows(ctx, s.read, scanChore, `select shop_id, kind, due_at, data from chores where shop_id = $1 order by kind`, shopID)
}

// AskChore makes a chore due at a time, or sooner if it was. One that is being
// done at this moment is done once more: it may have looked already. With again,
// it starts from its beginning, and whoever does it now has lost it.
func (s *Store) AskChore(ctx context.Context, shopID string, kind crm.ChoreKind, at time.Time, again bool) error {
	return s.write(ctx, func(tx querier) error { return s.askChore(ctx, tx, shopID, kind, at, again) })
}

// askChores makes all chores due that a shop needs once it is connected: they
// come by themselves from then on. Its past need not be read again, if it was
// read since it was connected the last time.
func (s *Store) askChores(ctx context.Context, tx querier, shopID string, since time.Time) error {
	known, err := rows(ctx, tx, scanChore, `select shop_id, kind, due_at, data from chores where shop_id = $1 and kind = $2`, shopID, crm.ChoreHistory)
	if err != nil {
		return err
	}
	read := len(known) > 0 && !known[0].EndedAt.IsZero() && known[0].DueAt.IsZero() && !since.After(known[0].EndedAt)
	for _, kind := range crm.Chores {
		if kind == crm.ChoreHistory && read {
			continue
		}
		if err := s.askChore(ctx, tx, shopID, kind, s.now(), false); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) askChore(ctx context.Context, tx querier, shopID string, kind crm.ChoreKind, at time.Time, again bool) error {
	fresh := document(crm.Chore{ShopID: shopID, Kind: kind})
	_, err := tx.ExecContext(ctx, `insert into chores (shop_id, kind, due_at, data) values ($1, $2, $3, $4)
		on conflict (shop_id, kind) do update set
			due_at = case when chores.due_at = 0 or chores.due_at > excluded.due_at then excluded.due_at else chores.due_at end,
			asked_at = case when chores.lease_until > $5 and not $6 then excluded.due_at else 0 end,
			holder = case when $6 then '' else chores.holder end, lease_until = case when $6 then 0 else chores.lease_until end,
			data = case when $6 then excluded.data else chores.data end`, shopID, kind, micros(at), fresh, micros(s.now()), again)
	return err
}

// ClaimChores gives the caller chores of any shop that are due, the most overdue
// first: nobody else gets them for the length of the lease. A shop's chores may
// be done at once by several workers, but each of them by one, and no more than
// ofShop at a time, so that one that is slow to answer leaves the others room.
// What a holder is called must be new each time: by that it is known who lost one.
func (s *Store) ClaimChores(ctx context.Context, holder string, lease time.Duration, limit, ofShop int) ([]crm.Chore, error) {
	now := micros(s.now())
	waits, err := one(rows(ctx, s.read, value[bool], `select exists (select 1 from chores where due_at > 0 and due_at <= $1 and lease_until < $1)`, now))
	if err != nil || !waits {
		return nil, err
	}
	var claimed []crm.Chore
	err = s.write(ctx, func(tx querier) error {
		now := s.now()
		var err error
		claimed, err = rows(ctx, tx, scanChore, `update chores set lease_until = $2, holder = $3, asked_at = 0 where (shop_id, kind) in (
			select shop_id, kind from (
				select shop_id, kind, due_at, row_number() over (partition by shop_id order by due_at, kind)
					+ (select count(*) from chores as held where held.shop_id = due.shop_id and held.lease_until >= $1) as place
				from chores as due where due_at > 0 and due_at <= $1 and lease_until < $1) as placed
			where place <= $5 order by due_at limit $4)
			and lease_until < $1 returning shop_id, kind, due_at, data`, micros(now), micros(now.Add(lease)), holder, limit, ofShop)
		return err
	})
	return claimed, err
}

// HoldChore prolongs the lease of a claimed chore and stores nothing else. False
// means that it was lost.
func (s *Store) HoldChore(ctx context.Context, shopID string, kind crm.ChoreKind, holder string, lease time.Duration) (bool, error) {
	err := s.change(ctx, `update chores set lease_until = $4 where shop_id = $1 and kind = $2 and holder = $3`, shopID, kind, holder, micros(s.now().Add(lease)))
	if errors.Is(err, crm.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// KeepChore stores how far a claimed chore came and prolongs its lease. False
// means that the lease was lost, and another does it.
func (s *Store) KeepChore(ctx context.Context, c crm.Chore, holder string, lease time.Duration) (bool, error) {
	return s.saveChore(ctx, c, holder, `lease_until = $5`, s.now().Add(lease))
}

// EndChore stores how a run of a claimed chore ended, and when it is due again:
// at the latest when somebody asked for it meanwhile.
func (s *Store) EndChore(ctx context.Context, c crm.Chore, holder string) error {
	_, err := s.saveChore(ctx, c, holder, `lease_until = 0, holder = '',
		due_at = case when asked_at > 0 and (cast($5 as bigint) = 0 or asked_at < $5) then asked_at else $5 end, asked_at = 0`, c.DueAt)
	return err
}

func (s *Store) saveChore(ctx context.Context, c crm.Chore, holder, set string, at time.Time) (bool, error) {
	kept := false
	err := s.write(ctx, func(tx querier) error {
		res, err := tx.ExecContext(ctx, `update chores set data = $4, `+set+` where shop_id = $1 and kind = $2 and holder = $3`,
			c.ShopID, c.Kind, holder, document(c), micros(at))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		kept = n == 1
		return err
	})
	return kept, err
}
