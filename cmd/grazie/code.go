package main

import (
	"context"
	"errors"
	"fmt"

	"grazie/crm"
	"grazie/desk"
)

type codeCmd struct {
	List   codeListCmd   `cmd:"" help:"List the discount codes that were made."`
	Revoke codeRevokeCmd `cmd:"" help:"Let a code work no more."`
	Ledger codeLedgerCmd `cmd:"" help:"List what gifts cost: promised, used, given back."`
}

type codeListCmd struct {
	inShop
	page
	listing
}

func (c *codeListCmd) Run(ctx context.Context, g *globals) error {
	if err := c.page.check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Effects(ctx, shop.ID, crm.DiscountCodeMade, c.Before, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "No code was made yet.", "MADE|CODE|CUSTOMER|WHAT|STATE|BROUGHT|COST|ID", func(e crm.Effect) []string {
		brought, cost := crm.Money{}, crm.Money{}
		for _, u := range e.Code.Uses {
			brought = crm.Money{Minor: brought.Minor + u.Net.Minor, Currency: u.Net.Currency}
			cost = crm.Money{Minor: cost.Minor + u.Discount.Minor, Currency: u.Discount.Currency}
		}
		return []string{moment(e.CreatedAt), e.Code.Code, e.CustomerID, desk.DescribeEffect(e), string(e.Standing()), amount(brought), amount(cost), e.ID}
	})
}

func amount(m crm.Money) string {
	if m.Currency == "" {
		return ""
	}
	return m.String()
}

type codeRevokeCmd struct {
	Code string `arg:"" help:"The code, as the customer types it."`
	inShop
	Reason string `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *codeRevokeCmd) Run(ctx context.Context, g *globals) error {
	why, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := s.EffectByCode(ctx, shop.ID, c.Code)
	if err != nil {
		return missing(err, `%s has no code %q of ours: "grazie code list" shows those there are`, shop.Domain, c.Code)
	}
	e, err = s.RevokeCode(ctx, shop.ID, e.ID, why)
	if no, ok := errors.AsType[*crm.Invalid](err); ok {
		return fmt.Errorf("the %s %s", no.Field, no.Message)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s is revoked. The running server ends it at the shop within a minute.\n", e.Code.Code)
	return err
}

type codeLedgerCmd struct {
	inShop
	Customer string `help:"Only of this customer, by id." placeholder:"ID"`
	Limit    int    `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *codeLedgerCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Rewards(ctx, shop.ID, c.Customer, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "No gift was promised yet.", "AT|KIND|AMOUNT|CUSTOMER|ORDER|EFFECT", func(r crm.Reward) []string {
		return []string{moment(r.At), string(r.Kind), r.Amount.String(), r.CustomerID, r.OrderID, r.EffectID}
	})
}
