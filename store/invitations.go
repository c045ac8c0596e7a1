package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"grazie/crm"
)

// How long an invitation is good: one that was sent, and the first of all, that a
// program prints.
const (
	InvitationTime      = 7 * 24 * time.Hour
	FirstInvitationTime = 24 * time.Hour
)

// Invitation lets somebody make her own way in: once, for a while. What stands in
// her link is known to nobody else: only its SHA-256 is stored.
type Invitation struct {
	ID        string // inv_...
	Email     string // empty: the first of the staff, who says it herself; it is good as long as there is nobody
	StaffID   string // whose way in is made anew; empty: somebody who is to come
	ShopID    string // empty: all shops
	Role      Role
	GiftLimit string
	By        string // who invited
	CreatedAt time.Time
	Until     time.Time
}

const invitationColumns = `id, email, staff_id, shop_id, role, gift_limit, invited_by, created_at, until`

func scanInvitation(r *sql.Rows) (i Invitation, err error) {
	var created, until int64
	err = r.Scan(&i.ID, &i.Email, &i.StaffID, &i.ShopID, &i.Role, &i.GiftLimit, &i.By, &created, &until)
	i.CreatedAt, i.Until = instant(created), instant(until)
	return i, err
}

// Invite stores an invitation until a time, instead of any of the same person to
// the same shop, and returns what stands in its link.
func (s *Store) Invite(ctx context.Context, i Invitation) (Invitation, string, error) {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return i, "", err
	}
	secret := idText.EncodeToString(random[:])
	i.ID, i.CreatedAt = NewID("inv_"), s.now().UTC()
	return i, secret, s.write(ctx, func(tx querier) error {
		if i.Email != "" {
			if _, err := tx.ExecContext(ctx, `delete from invitations where shop_id = $1 and email = $2 and staff_id = $3`, i.ShopID, i.Email, i.StaffID); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `delete from invitations where shop_id = $1 and until < $2`, i.ShopID, micros(i.CreatedAt)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into invitations (hash, id, email, staff_id, shop_id, role, gift_limit, invited_by, created_at, until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			hashOf(secret), i.ID, column(i.Email), i.StaffID, i.ShopID, i.Role, i.GiftLimit, column(i.By), micros(i.CreatedAt), micros(i.Until))
		return err
	})
}

// Invitation is the one that a link holds the secret of. One that has ended, was
// used or withdrawn is crm.ErrNotFound: nobody is told which.
func (s *Store) Invitation(ctx context.Context, secret string) (Invitation, error) {
	return s.invitation(ctx, s.read, secret, `select `+invitationColumns+` from invitations where hash = $1`)
}

func (s *Store) invitation(ctx context.Context, q querier, secret, query string) (Invitation, error) {
	i, err := one(rows(ctx, q, scanInvitation, query, hashOf(secret)))
	if err != nil {
		return i, err
	}
	if !s.now().Before(i.Until) {
		return Invitation{}, crm.ErrNotFound
	}
	if i.Email == "" && i.StaffID == "" {
		if some, err := rows(ctx, q, text, `select id from staff where removed_at = 0 order by id limit 1`); err != nil || len(some) > 0 {
			return Invitation{}, or(err, crm.ErrNotFound)
		}
	}
	return i, nil
}

// Invitations are those to a shop that wait, the newest first.
func (s *Store) Invitations(ctx context.Context, shopID string) ([]Invitation, error) {
	return rows(ctx, s.read, scanInvitation, `select `+invitationColumns+` from invitations where shop_id = $1 and until > $2 order by created_at desc, id desc limit 200`, shopID, micros(s.now()))
}

// WithdrawInvitation lets the link of an invitation work no more.
func (s *Store) WithdrawInvitation(ctx context.Context, shopID, id string) error {
	return s.change(ctx, `delete from invitations where shop_id = $1 and id = $2`, shopID, id)
}

// Accepted is what somebody who was invited chose.
type Accepted struct {
	Staff   crm.Staff // ID: as passkeys name her, else empty; Email: of the first of all; Name; Locale; Password: its hash
	Passkey *Passkey
	As      string // id of who is signed in, and takes the invitation to another shop; else empty
}

// Accept uses an invitation up: somebody new is on the staff, somebody is on the
// staff of one shop more, or has a new password and no factor of before. The
// address of another account is crm.ErrConflict.
func (s *Store) Accept(ctx context.Context, secret string, a Accepted) (p crm.Staff, err error) {
	err = s.write(ctx, func(tx querier) error {
		i, err := s.invitation(ctx, tx, secret, `delete from invitations where hash = $1 returning `+invitationColumns)
		if err != nil {
			return err
		}
		p = a.Staff
		switch {
		case i.StaffID != "":
			p.ID = i.StaffID
			if err := s.setPassword(ctx, tx, p.ID, p.Password); err != nil {
				return err
			}
			if err := s.disarm(ctx, tx, p.ID); err != nil {
				return err
			}
		case a.As != "":
			if p, err = one(rows(ctx, tx, scanStaff, `select `+staffColumns+` from staff where id = $1 and email_key = $2 and removed_at = 0`, a.As, crm.EmailKey(i.Email))); err != nil {
				return err
			}
		default:
			if i.Email != "" {
				p.Email = i.Email
			}
			if p, err = s.addStaff(ctx, tx, p); err != nil {
				return err
			}
		}
		if i.StaffID == "" {
			if err := s.raise(ctx, tx, Member{Staff: p, ShopID: i.ShopID, Role: i.Role, GiftLimit: i.GiftLimit}); err != nil {
				return err
			}
		}
		if a.Passkey != nil {
			a.Passkey.StaffID = p.ID
			return s.addPasskey(ctx, tx, *a.Passkey)
		}
		return nil
	})
	return p, err
}

// raise makes somebody a member who is none, or more than she was: nobody falls
// by being invited.
func (s *Store) raise(ctx context.Context, tx querier, m Member) error {
	was, err := rows(ctx, tx, text, `select role from members where staff_id = $1 and shop_id = $2`, m.Staff.ID, m.ShopID)
	if err != nil || len(was) > 0 && Role(was[0]).May(m.Role) {
		return err
	}
	return s.setMember(ctx, tx, m)
}
