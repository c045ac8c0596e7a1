package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token for the API; it is shown once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, without what their holders send."`
	Revoke tokenRevokeCmd `cmd:"" help:"Let a token work no more, from the next request on."`
}

type tokenCreateCmd struct {
	Name     string     `arg:"" help:"Who acts with it: it stands with whatever is asked for by hand."`
	Role     store.Role `required:"" help:"What its holder may: viewer reads; support also does tasks and runs gestures that give nothing; manager also gives, approves and runs bulk jobs; owner may everything." placeholder:"ROLE"`
	Shop     string     `help:"The shop that it is for, by domain or id. Not needed while there is only one." placeholder:"SHOP" env:"GRAZIE_SHOP"`
	AllShops bool       `help:"It is for every shop, also those to come."`
}

func (c *tokenCreateCmd) Help() string {
	return `Send it with each request as "Authorization: Bearer grz_...". /api/v1/openapi.json tells
what there is to ask.

Example: grazie token create "Helpdesk" --role support --shop demo.myshopify.com`
}

func (c *tokenCreateCmd) Run(ctx context.Context, g *globals) error {
	var wrong mistakes
	name, err := desk.Line(c.Name, 80)
	if err != nil {
		wrong.add("name", "%v", err)
	} else if name == "" {
		wrong.add("name", "say who acts with it")
	}
	if err := oneOf("--role", c.Role, store.Roles); err != nil {
		wrong = append(wrong, err)
	}
	if err := wrong.err("no token was made"); err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	t := store.Token{Name: name, Role: c.Role}
	whose := "all shops"
	if !c.AllShops {
		shop, err := findShop(ctx, s, c.Shop)
		if err != nil {
			return err
		}
		t.ShopID, whose = shop.ID, shop.Domain
	}
	made, secret, err := s.CreateToken(ctx, t)
	if errors.Is(err, crm.ErrConflict) {
		return &crm.Invalid{Field: "name", Message: fmt.Sprintf("there is a token named %q: who approves is told from who asks by it, so each needs its own", name)}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.err, "%s is for %s, as %s. This is the only time that it is shown:\n", made.ID, whose, made.Role)
	_, err = fmt.Fprintln(g.out, secret)
	return err
}

type tokenListCmd struct{ listing }

func (c *tokenListCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	shops, err := s.Shops(ctx)
	if err != nil {
		return err
	}
	domains := map[string]string{"": "all"}
	for _, shop := range shops {
		domains[shop.ID] = shop.Domain
	}
	return writeList(g, c.listing, all, "There is no token.", "MADE|NAME|ROLE|SHOP|REVOKED|ID", func(t store.Token) []string {
		return []string{moment(t.CreatedAt), t.Name, string(t.Role), domains[t.ShopID], moment(t.RevokedAt), t.ID}
	})
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, tok_..., not the token itself."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID == c.ID {
			actIn(ctx, t.ShopID)
		}
	}
	if err := s.RevokeToken(ctx, c.ID); err != nil {
		return missing(err, `there is no token in force with this id: "grazie token list" shows those there are`)
	}
	_, err = fmt.Fprintf(g.out, "%s works no more.\n", c.ID)
	return err
}
