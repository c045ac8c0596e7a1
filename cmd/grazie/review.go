package main

import (
	"context"
	"strconv"

	"grazie/crm"
)

type reviewCmd struct {
	List reviewListCmd `cmd:"" help:"List what customers said on the review page."`
}

type reviewListCmd struct {
	inShop
	page
	listing
}

func (c *reviewListCmd) Run(ctx context.Context, g *globals) error {
	if err := c.page.check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Reviews(ctx, shop.ID, c.Before, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "Nobody wrote a review yet.", "SAID|RATING|ORDER|CUSTOMER|MAY BE SHOWN|TEXT|ID", func(r crm.Review) []string {
		return []string{moment(r.UpdatedAt), strconv.Itoa(r.Rating), r.OrderID, r.CustomerID, yesNo(r.Publish), r.Text, r.ID}
	})
}
