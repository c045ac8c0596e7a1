package main

import (
	"context"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

type suppressionCmd struct {
	List suppressionListCmd `cmd:"" help:"List the addresses that must not be written to, and why."`
	Add  suppressionAddCmd  `cmd:"" help:"Stop mail to an address; what waits for it stops at once."`
	Lift suppressionLiftCmd `cmd:"" help:"Allow mail to an address again."`
}

type suppressionListCmd struct {
	inShop
	Email string `help:"Only of this address." placeholder:"ADDRESS"`
	Limit int    `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *suppressionListCmd) Help() string {
	return `Addresses are kept as a keyed hash, so that they outlive an erasure without being
readable: --email finds the ones of an address that you know.`
}

func (c *suppressionListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	_, key := integrations.Email(c.Email)
	all, err := s.Suppressions(ctx, shop.ID, key, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "No address of this kind is suppressed.", "SINCE|SCOPE|REASON|UNTIL|HASH", func(x store.Suppressed) []string {
		return []string{moment(x.At), x.Scope, x.Reason, moment(x.Until), x.Hash}
	})
}

// oneAddress is the address and the scope that a command is about.
type oneAddress struct {
	Email string `arg:"" help:"The mail address."`
	inShop
	Scope string `help:"all mail, marketing, or one gesture such as review_request." default:"all" placeholder:"all|marketing|KEY"`
}

// key checks both and returns the address as it is compared.
func (a oneAddress) key() (string, error) {
	scopes := append([]string{crm.ScopeAll, crm.ScopeMarketing}, journeyKeys()...)
	if err := oneOf("--scope", a.Scope, scopes); err != nil {
		return "", err
	}
	_, key := integrations.Email(a.Email)
	if local, domain, ok := strings.Cut(key, "@"); !ok || local == "" || domain == "" {
		return "", &crm.Invalid{Field: "email", Message: "write a mail address, such as anna@mail.example"}
	}
	return key, nil
}

type suppressionAddCmd struct {
	oneAddress
	Reason string `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *suppressionAddCmd) Run(ctx context.Context, g *globals) error {
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Suppress(ctx, shop.ID, key, c.Scope, detail, never); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s gets no %s from %s any more.\n", c.Email, kindOfMail(c.Scope), shop.Domain)
	return err
}

type suppressionLiftCmd struct {
	oneAddress
	Reason  string `required:"" help:"How you know that she may be written to." placeholder:"WHY"`
	Consent bool   `help:"She herself agreed anew. Needed after a complaint: nothing else lifts one."`
	byStaff
}

func (c *suppressionLiftCmd) Run(ctx context.Context, g *globals) error {
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Suppressions(ctx, shop.ID, key, mostListed)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Scope == c.Scope && x.Reason == crm.SuppressedComplained && !c.Consent {
			return &crm.Invalid{Field: "--consent", Message: "she reported a mail as spam: only her own new consent lifts that; if she gave it, add --consent and say in --reason where and when"}
		}
	}
	if err := s.Lift(ctx, shop.ID, key, c.Scope, detail); err != nil {
		return missing(err, `%s is not suppressed for %s at %s: "grazie suppression list --email" shows what is`, c.Email, kindOfMail(c.Scope), shop.Domain)
	}
	_, err = fmt.Fprintf(g.out, "%s may get %s from %s again.\n", c.Email, kindOfMail(c.Scope), shop.Domain)
	return err
}

func kindOfMail(scope string) string {
	switch scope {
	case crm.ScopeAll:
		return "mail"
	case crm.ScopeMarketing:
		return "marketing"
	}
	return scope
}
