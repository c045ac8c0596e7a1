package store

import (
	"context"
	"errors"

	"grazie/crm"
)

// Visitor is somebody whom the admin of a shop's platform vouches for.
type Visitor struct {
	ShopID   string
	Platform string // "shopify"
	ID       string // of the person there
	Owner    bool   // the platform calls her the shop's owner
	Locale   string // of the console, if she is new; may be empty
}

// Welcome is the member of staff that a visitor is. At her first visit she becomes
// one: an owner, if she is the first of the shop or the platform calls her so;
// else support, until an owner raises her. One who was removed from the staff is
// crm.ErrNotFound, whatever the platform says.
func (s *Store) Welcome(ctx context.Context, v Visitor) (crm.Staff, error) {
	subject := v.ShopID + "/" + v.ID
	known, err := s.StaffByIdentity(ctx, v.Platform, subject)
	if !errors.Is(err, crm.ErrNotFound) {
		return known, err
	}
	p := crm.Staff{ID: NewID("stf_"), Name: v.Platform + " " + v.ID, Locale: v.Locale, CreatedAt: s.now().UTC()}
	act := &Act{ShopID: v.ShopID, Staff: p.ID, By: p.Name, Action: "embedded.joined", Target: p.ID}
	err = s.write(Acting(ctx, act), func(tx querier) error {
		// Of two who come at once the second waits here, and then is not the first.
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`+s.forUpdate(), v.ShopID)); err != nil {
			return err
		}
		had, err := rows(ctx, tx, text, `select staff_id from identities where issuer = $1 and subject = $2`, v.Platform, subject)
		if err == nil && len(had) > 0 {
			err = errVisited
		}
		if err != nil {
			return err
		}
		// Where all were removed, the next is no owner: she would only have to wait.
		others, err := rows(ctx, tx, text, `select staff_id from members where shop_id = $1
			union all select staff_id from identities where issuer = $2 and substr(subject, 1, length($3)) = $3 limit 1`, v.ShopID, v.Platform, v.ShopID+"/")
		if err != nil {
			return err
		}
		role := Support
		if len(others) == 0 || v.Owner {
			role = Owner
		}
		act.Detail = string(role)
		if _, err := tx.ExecContext(ctx, `insert into staff (id, email, email_key, name, locale, created_at, updated_at) values ($1, '', '', $2, $3, $4, $4)`,
			p.ID, column(p.Name), p.Locale, micros(p.CreatedAt)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into identities (issuer, subject, staff_id, created_at) values ($1, $2, $3, $4)`,
			v.Platform, subject, p.ID, micros(p.CreatedAt)); err != nil {
			return err
		}
		return s.setMember(ctx, tx, Member{Staff: p, ShopID: v.ShopID, Role: role})
	})
	if errors.Is(err, errVisited) { // by a request beside this one; or she was removed, and is not found again
		return s.StaffByIdentity(ctx, v.Platform, subject)
	}
	return p, err
}

var errVisited = errors.New("store: she was here before")
