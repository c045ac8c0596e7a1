package main

import (
	"context"

	"grazie/desk"
)

type customerWhyCmd struct {
	oneCustomer
	listing
}

func (c *customerWhyCmd) Help() string {
	return `One line for each gesture and each occasion of hers, her orders, returns and days:
sent when and with what receipt, or planned for when, or why not. Where nothing was
planned, it tells what would be decided now.`
}

func (c *customerWhyCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	who, err := c.find(ctx, s, shop)
	if err == nil {
		err = look(ctx, s, shop.ID, who.ID)
	}
	if err != nil {
		return err
	}
	d, err := deskOf(g, s)
	if err != nil {
		return err
	}
	all, err := d.Why(ctx, shop, who)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "Nothing here speaks of her.", "JOURNEY|ORDER|WHY", func(o desk.Occasion) []string {
		return []string{o.Journey, o.Order, o.Sentence}
	})
}
