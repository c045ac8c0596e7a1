package store

import (
	"context"

	"grazie/crm"
)

// Identities are how others vouch for somebody: an OIDC issuer by its address,
// or "shopify", whose subjects are "<shop id>/<id of the person there>".

// StaffByIdentity is the member of staff that an issuer knows by a subject. None,
// or one who was removed, is crm.ErrNotFound.
func (s *Store) StaffByIdentity(ctx context.Context, issuer, subject string) (crm.Staff, error) {
	return one(rows(ctx, s.read, scanStaff, `select `+staffColumns+` from identities join staff on staff.id = identities.staff_id
		where identities.issuer = $1 and identities.subject = $2 and staff.removed_at = 0`, issuer, subject))
}

// AddIdentity lets an issuer vouch for a member of staff from now on. A subject
// that vouches for somebody else is crm.ErrConflict; one of somebody who was
// removed is given anew.
func (s *Store) AddIdentity(ctx context.Context, staffID, issuer, subject string) error {
	return s.write(ctx, func(tx querier) error {
		if _, err := one(rows(ctx, tx, text, `select id from staff where id = $1 and removed_at = 0`+s.forUpdate(), staffID)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `delete from identities where issuer = $1 and subject = $2 and staff_id in (select id from staff where id = identities.staff_id and removed_at > 0)`, issuer, subject); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into identities (issuer, subject, staff_id, created_at) values ($1, $2, $3, $4) on conflict do nothing`,
			issuer, subject, staffID, micros(s.now())); err != nil {
			return err
		}
		whose, err := one(rows(ctx, tx, text, `select staff_id from identities where issuer = $1 and subject = $2`, issuer, subject))
		if err == nil && whose != staffID {
			err = crm.ErrConflict
		}
		return err
	})
}
