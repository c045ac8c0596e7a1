package store

import (
	"context"
	"database/sql"

	"grazie/crm"
)

// Member is what somebody may do in a shop.
type Member struct {
	Staff     crm.Staff
	ShopID    string // empty: all shops
	Role      Role
	GiftLimit string // what one gift of hers may be worth without somebody's yes, in the shop's currency; empty: no limit of her own
}

const staffColumns = `staff.id, staff.email, staff.name, staff.locale, staff.password, staff.totp is not null, staff.removed_at, staff.created_at,
	(select count(*) from passkeys where passkeys.staff_id = staff.id)`

func scanStaff(r *sql.Rows) (p crm.Staff, err error) {
	var removed, created int64
	err = r.Scan(&p.ID, &p.Email, &p.Name, &p.Locale, &p.Password, &p.TOTP, &removed, &created, &p.Passkeys)
	p.RemovedAt, p.CreatedAt = instant(removed), instant(created)
	return p, err
}

// AddStaff stores a new member of staff with what she may do. An address that
// somebody has is crm.ErrConflict.
func (s *Store) AddStaff(ctx context.Context, p crm.Staff, members ...Member) (added crm.Staff, err error) {
	err = s.write(ctx, func(tx querier) error {
		if added, err = s.addStaff(ctx, tx, p); err != nil {
			return err
		}
		for _, m := range members {
			m.Staff = added
			if err := s.setMember(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	return added, err
}

func (s *Store) addStaff(ctx context.Context, tx querier, p crm.Staff) (crm.Staff, error) {
	if p.ID == "" {
		p.ID = NewID("stf_")
	}
	p.CreatedAt = s.now().UTC()
	added, err := rows(ctx, tx, text, `insert into staff (id, email, email_key, name, locale, password, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $7)
		on conflict do nothing returning id`, p.ID, column(p.Email), crm.EmailKey(p.Email), column(p.Name), p.Locale, p.Password, micros(p.CreatedAt))
	if err == nil && len(added) == 0 {
		err = crm.ErrConflict
	}
	return p, err
}

func (s *Store) setMember(ctx context.Context, tx querier, m Member) error {
	_, err := tx.ExecContext(ctx, `insert into members (staff_id, shop_id, role, gift_limit, created_at) values ($1, $2, $3, $4, $5)
		on conflict (staff_id, shop_id) do update set role = excluded.role, gift_limit = excluded.gift_limit`, m.Staff.ID, m.ShopID, m.Role, m.GiftLimit, micros(s.now()))
	return err
}

// Staff is a member of staff. One who was removed is not found.
func (s *Store) Staff(ctx context.Context, id string) (crm.Staff, error) {
	return one(rows(ctx, s.read, scanStaff, `select `+staffColumns+` from staff where id = $1 and removed_at = 0`, id))
}

func scanMember(r *sql.Rows) (m Member, err error) {
	var removed, created int64
	p := &m.Staff
	err = r.Scan(&p.ID, &p.Email, &p.Name, &p.Locale, &p.Password, &p.TOTP, &removed, &created, &p.Passkeys, &m.ShopID, &m.Role, &m.GiftLimit)
	p.RemovedAt, p.CreatedAt = instant(removed), instant(created)
	return m, err
}

// MemberOf is what somebody may do in a shop: by her membership there, or by that
// of all shops, whichever may more. None is crm.ErrNotFound.
func (s *Store) MemberOf(ctx context.Context, staffID, shopID string) (Member, error) {
	found, err := rows(ctx, s.read, scanMember, `select `+staffColumns+`, members.shop_id, members.role, members.gift_limit from members
		join staff on staff.id = members.staff_id where members.staff_id = $1 and members.shop_id in ($2, '') and staff.removed_at = 0`, staffID, shopID)
	best := Member{}
	for _, m := range found {
		if best.Role == "" || m.Role.May(best.Role) {
			best = m
		}
	}
	if err == nil && best.Role == "" {
		err = crm.ErrNotFound
	}
	return best, err
}

// Memberships are all that somebody has.
func (s *Store) Memberships(ctx context.Context, staffID string) ([]Member, error) {
	return rows(ctx, s.read, scanMember, `select `+staffColumns+`, members.shop_id, members.role, members.gift_limit from members
		join staff on staff.id = members.staff_id where members.staff_id = $1 and staff.removed_at = 0 order by members.shop_id`, staffID)
}

// Members are who may do something in a shop, with those of all shops; whoever
// has both stands in it twice. They are few: the list is whole, by name.
func (s *Store) Members(ctx context.Context, shopID string) ([]Member, error) {
	return rows(ctx, s.read, scanMember, `select `+staffColumns+`, members.shop_id, members.role, members.gift_limit from members
		join staff on staff.id = members.staff_id where members.shop_id in ($1, '') and staff.removed_at = 0 order by lower(staff.name), staff.id, members.shop_id`, shopID)
}
