package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"grazie/crm"
)

var never time.Time

type brakeCmd struct {
	List brakeListCmd `cmd:"" help:"List what stopped marketing because mails bounced or were reported."`
	Lift brakeLiftCmd `cmd:"" help:"Let marketing go on once the cause is mended."`
}

type brakeListCmd struct {
	inShop
	listing
}

func (c *brakeListCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Brakes(ctx, shop.ID)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "Nothing is stopped.", "SINCE|STOPPED|TO|UNTIL|WHY", func(b crm.Brake) []string {
		return []string{moment(b.Since), cmp.Or(b.Journey, "all marketing"), cmp.Or(b.Domain, "everybody"), cmp.Or(moment(b.Until), "lifted"), b.Detail}
	})
}

type brakeLiftCmd struct {
	inShop
	Journey string `help:"The one that stopped this gesture; without it, the one that stopped all marketing." placeholder:"KEY"`
	Domain  string `help:"The one that stopped mail to this domain." placeholder:"DOMAIN"`
	Reason  string `required:"" help:"What was mended, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *brakeLiftCmd) Help() string {
	return `What was counted until now counts no more: three new complaints stop it again. Look
first at whom you write to, and at "grazie task list".`
}

func (c *brakeLiftCmd) Run(ctx context.Context, g *globals) error {
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.LiftBrake(ctx, shop.ID, c.Journey, c.Domain, detail); err != nil {
		return missing(err, `%s has no such brake: "grazie brake list" shows those there are`, shop.Domain)
	}
	_, err = fmt.Fprintf(g.out, "%s goes on for %s.\n", cmp.Or(c.Journey, "Marketing"), cmp.Or(c.Domain, "everybody"))
	return err
}
