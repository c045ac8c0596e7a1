package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// Passkey is one of somebody's passkeys: a public key, and what else is known of
// what signs with it. The key that signs never leaves its device.
type Passkey struct {
	ID        string // the credential's, in base64url
	StaffID   string
	Name      string
	Data      string // as the WebAuthn library keeps it
	CreatedAt time.Time
	UsedAt    time.Time // zero: never yet
}

// mostPasskeys is how many one person has at most.
const mostPasskeys = 20

// AddPasskey stores one. A credential that somebody has is crm.ErrConflict, and so
// is one too many.
func (s *Store) AddPasskey(ctx context.Context, p Passkey) error {
	return s.write(ctx, func(tx querier) error { return s.addPasskey(ctx, tx, p) })
}

func (s *Store) addPasskey(ctx context.Context, tx querier, p Passkey) error {
	added, err := rows(ctx, tx, text, `insert into passkeys (id, staff_id, name, data, created_at)
		select id, $2, $3, $4, $5 from (select cast($1 as text) as id) as one where (select count(*) from passkeys where staff_id = $2) < $6 on conflict do nothing returning id`,
		p.ID, p.StaffID, column(p.Name), p.Data, micros(s.now()), mostPasskeys)
	if err == nil && len(added) == 0 {
		err = crm.ErrConflict
	}
	return err
}

// Passkeys are somebody's, the oldest first.
func (s *Store) Passkeys(ctx context.Context, staffID string) ([]Passkey, error) {
	return rows(ctx, s.read, func(r *sql.Rows) (p Passkey, err error) {
		var created, used int64
		err = r.Scan(&p.ID, &p.StaffID, &p.Name, &p.Data, &created, &used)
		p.CreatedAt, p.UsedAt = instant(created), instant(used)
		return p, err
	}, `select id, staff_id, name, data, created_at, used_at from passkeys where staff_id = $1 order by created_at, id`, staffID)
}

// UsePasskey remembers that one signed, and what is known of it now, such as how
// often it has. Another that changed it meanwhile is crm.ErrConflict.
func (s *Store) UsePasskey(ctx context.Context, was Passkey, data string) error {
	return s.write(ctx, func(tx querier) error {
		changed, err := rows(ctx, tx, text, `update passkeys set data = $4, used_at = $5 where id = $1 and staff_id = $2 and data = $3 returning id`, was.ID, was.StaffID, was.Data, data, micros(s.now()))
		if err == nil && len(changed) == 0 {
			err = crm.ErrConflict
		}
		return err
	})
}

// RemovePasskey lets one of somebody's passkeys work no more.
func (s *Store) RemovePasskey(ctx context.Context, staffID, id string) error {
	return s.write(ctx, func(tx querier) error {
		if _, err := one(rows(ctx, tx, text, `delete from passkeys where staff_id = $1 and id = $2 returning id`, staffID, id)); err != nil {
			return err
		}
		return s.dropLoneCodes(ctx, tx, staffID)
	})
}
