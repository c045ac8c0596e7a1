package store

import (
	"context"
	"database/sql"

	"grazie/crm"
)

// StaffByEmail is the member of staff with an address. One who was removed is not
// found.
func (s *Store) StaffByEmail(ctx context.Context, address string) (crm.Staff, error) {
	return one(rows(ctx, s.read, scanStaff, `select `+staffColumns+` from staff where email_key = $1 and email_key <> '' and removed_at = 0`, crm.EmailKey(address)))
}

// HasStaff tells whether there is anybody who could sign in.
func (s *Store) HasStaff(ctx context.Context) (bool, error) {
	some, err := rows(ctx, s.read, text, `select id from staff where removed_at = 0 order by id limit 1`)
	return len(some) > 0, err
}

// AllMembers are all memberships of the installation, by address, for whoever
// runs it; who has none stands there once, without a role.
func (s *Store) AllMembers(ctx context.Context) ([]Member, error) {
	return rows(ctx, s.read, scanMember, `select `+staffColumns+`, coalesce(members.shop_id, ''), coalesce(members.role, ''), coalesce(members.gift_limit, '') from staff
		left join members on members.staff_id = staff.id where staff.removed_at = 0 order by staff.email_key, staff.id, members.shop_id`)
}

// RenameStaff changes what somebody is called and in which language the console
// speaks to her.
func (s *Store) RenameStaff(ctx context.Context, staffID, name, locale string) error {
	return s.change(ctx, `update staff set name = $2, locale = $3, updated_at = $4 where id = $1 and removed_at = 0`, staffID, column(name), locale, micros(s.now()))
}

// SetPassword stores the hash of a new password, and signs her out everywhere but
// in one session.
func (s *Store) SetPassword(ctx context.Context, staffID, hash, keep string) error {
	return s.write(ctx, func(tx querier) error {
		if err := s.setPassword(ctx, tx, staffID, hash); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `delete from sessions where staff_id = $1 and id <> $2`, staffID, keep)
		return err
	})
}

func (s *Store) setPassword(ctx context.Context, tx querier, staffID, hash string) error {
	_, err := one(rows(ctx, tx, text, `update staff set password = $2, updated_at = $3 where id = $1 and removed_at = 0 returning id`, staffID, hash, micros(s.now())))
	return err
}

// ResetStaff takes from somebody all that she could sign in with here, and ends
// her sessions: a lost phone, a password that others know. What others vouch for
// stays.
func (s *Store) ResetStaff(ctx context.Context, staffID string) error {
	return s.write(ctx, func(tx querier) error {
		if err := s.setPassword(ctx, tx, staffID, ""); err != nil {
			return err
		}
		return s.disarm(ctx, tx, staffID)
	})
}

// disarm drops factors and sessions.
func (s *Store) disarm(ctx context.Context, tx querier, staffID string) error {
	for _, query := range []string{
		`update staff set totp = null, totp_step = 0 where id = $1`,
		`delete from passkeys where staff_id = $1`,
		`delete from recovery_codes where staff_id = $1`,
		`delete from sessions where staff_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, query, staffID); err != nil {
			return err
		}
	}
	return nil
}

// RemoveStaff takes somebody off the staff of all shops, at once. Her name stays,
// for what stands in audit logs; her address does not.
func (s *Store) RemoveStaff(ctx context.Context, staffID string) error {
	return s.write(ctx, func(tx querier) error {
		if _, err := tx.ExecContext(ctx, `delete from invitations where `+toStaff, staffID); err != nil {
			return err
		}
		if _, err := one(rows(ctx, tx, text, `update staff set removed_at = $2, updated_at = $2, email = '', email_key = '', password = '' where id = $1 and removed_at = 0 returning id`,
			staffID, micros(s.now()))); err != nil {
			return err
		}
		// What others vouch for stays, and lets her in no more: a platform that still
		// vouches for her would make her somebody new.
		for _, query := range []string{`delete from members where staff_id = $1`, `delete from invitations where staff_id = $1`} {
			if _, err := tx.ExecContext(ctx, query, staffID); err != nil {
				return err
			}
		}
		return s.disarm(ctx, tx, staffID)
	})
}

// SetMember changes what somebody may do in a shop whose staff she is on, from
// how it stood when it was looked at. One that stands otherwise by now, or one
// without whom the shop would have no owner, is crm.ErrConflict.
func (s *Store) SetMember(ctx context.Context, shopID string, was, want Member) error {
	return s.write(ctx, func(tx querier) error {
		if err := s.held(ctx, tx, shopID, was, want.Role); err != nil {
			return err
		}
		want.Staff, want.ShopID = was.Staff, shopID
		return s.setMember(ctx, tx, want)
	})
}

// RemoveMember takes somebody off the staff of a shop, and ends all her sessions.
// It is refused as SetMember is.
func (s *Store) RemoveMember(ctx context.Context, shopID string, was Member) error {
	return s.write(ctx, func(tx querier) error {
		if err := s.held(ctx, tx, shopID, was, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `delete from members where staff_id = $1 and shop_id = $2`, was.Staff.ID, shopID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `delete from invitations where `+toStaff+` and shop_id = $2`, was.Staff.ID, shopID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `delete from sessions where staff_id = $1`, was.Staff.ID)
		return err
	})
}

// toStaff are the invitations that wait for who has the id $1: no way back for her.
const toStaff = `email <> '' and lower(email) in (select email_key from staff where id = $1)`

// held locks who is on a shop's staff, and checks that a membership may become
// another.
func (s *Store) held(ctx context.Context, tx querier, shopID string, was Member, want Role) error {
	all, err := rows(ctx, tx, func(r *sql.Rows) (m Member, err error) {
		return m, r.Scan(&m.Staff.ID, &m.ShopID, &m.Role, &m.GiftLimit)
	},
		`select staff_id, shop_id, role, gift_limit from members where shop_id in ($1, '') order by staff_id, shop_id`+s.forUpdate(), shopID)
	if err != nil {
		return err
	}
	found, owners := false, 0
	for _, m := range all {
		own := shopID != "" && m.ShopID == shopID && m.Staff.ID == was.Staff.ID
		if own {
			found = true
			if m.Role != was.Role || m.GiftLimit != was.GiftLimit {
				return crm.ErrConflict
			}
		} else if m.Role == Owner {
			owners++
		}
	}
	switch {
	case !found:
		return crm.ErrNotFound
	case owners == 0 && want != Owner:
		return crm.ErrConflict
	}
	return nil
}
