package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
)

type staffListCmd struct{ listing }

// staffLine is one membership, without anything to sign in with.
type staffLine struct {
	ID        string     `json:"id"`
	Email     string     `json:"email,omitempty"`
	Name      string     `json:"name"`
	Shop      string     `json:"shop,omitempty"` // its domain; "all" is all shops
	Role      store.Role `json:"role,omitempty"`
	GiftLimit string     `json:"gift_limit,omitempty"`
	TOTP      bool       `json:"totp"`
	Passkeys  int        `json:"passkeys"`
	CreatedAt time.Time  `json:"created_at"`
}

func (c *staffListCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	shops, err := s.Shops(ctx)
	if err != nil {
		return err
	}
	domains := map[string]string{"": "all"}
	for _, shop := range shops {
		domains[shop.ID] = shop.Domain
	}
	found, err := s.AllMembers(ctx)
	if err != nil {
		return err
	}
	var all []staffLine
	for _, m := range found {
		l := staffLine{m.Staff.ID, m.Staff.Email, m.Staff.Name, "", m.Role, m.GiftLimit, m.Staff.TOTP, m.Staff.Passkeys, m.Staff.CreatedAt}
		if m.Role != "" {
			l.Shop = domains[m.ShopID]
		}
		all = append(all, l)
	}
	return writeList(g, c.listing, all, "Nobody is on the staff. “grazie staff add --help” tells how.", "SINCE|E-MAIL|NAME|ROLE|SHOP|SECOND STEP|ID", func(l staffLine) []string {
		return []string{moment(l.CreatedAt), l.Email, l.Name, string(l.Role), l.Shop, yesNo(l.TOTP || l.Passkeys > 0), l.ID}
	})
}

// findStaff is the member of staff with an address or an id.
func findStaff(ctx context.Context, s *store.Store, who string) (crm.Staff, error) {
	p, err := s.Staff(ctx, who)
	if errors.Is(err, crm.ErrNotFound) {
		p, err = s.StaffByEmail(ctx, who)
	}
	return p, missing(err, `there is no %q on the staff: "grazie staff list" shows who is`, strings.TrimSpace(who))
}

type staffRemoveCmd struct {
	Who string `arg:"" help:"Her address or id."`
}

func (c *staffRemoveCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := findStaff(ctx, s, c.Who)
	if err != nil {
		return err
	}
	if err := s.RemoveStaff(ctx, p.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s is on no staff any more, and signed out everywhere. What she did stays in the audit log.\n", p.ID)
	return err
}

type staffResetCmd struct {
	Who string `arg:"" help:"Her address or id."`
}

func (c *staffResetCmd) Help() string {
	return `For a lost phone, a forgotten password, or one that others know. Her password, codes, passkeys and
recovery codes work no more and she is signed out everywhere, at once.`
}

func (c *staffResetCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := findStaff(ctx, s, c.Who)
	if err != nil {
		return err
	}
	if err := s.ResetStaff(ctx, p.ID); err != nil {
		return err
	}
	return printInvitation(ctx, g, s, store.Invitation{Email: p.Email, StaffID: p.ID}, "")
}
