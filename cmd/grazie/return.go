package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"grazie/crm"
)

type returnCmd struct {
	List  returnListCmd  `cmd:"" help:"List the returns."`
	Label returnLabelCmd `cmd:"" help:"Give a return a label of your own, where none could be bought."`
	Back  returnBackCmd  `cmd:"" help:"Say that the goods of a return, whose replacement went out, are back."`
}

type returnListCmd struct {
	inShop
	Limit int `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *returnListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Returns(ctx, shop.ID, "", c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "No return came in yet.", "REQUESTED|NAME|ORDER|STATUS|VALUE|FEE|ID", func(r crm.Return) []string {
		return []string{moment(r.RequestedAt), r.Name, r.OrderID, string(r.Status), amount(r.Value), amount(r.Fee), r.ID}
	})
}

type returnLabelCmd struct {
	Return string `arg:"" help:"The return's id."`
	inShop
	URL      string `required:"" help:"Where the customer finds the label to print." placeholder:"HTTPS"`
	Tracking string `help:"Its tracking number, if it has one." placeholder:"N"`
	Reason   string `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *returnLabelCmd) Run(ctx context.Context, g *globals) error {
	why, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		return &crm.Invalid{Field: "--url", Message: "write an address that begins with https://"}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := s.MessageAbout(ctx, shop.ID, "return_upgrade", "return:"+c.Return)
	if err != nil {
		return missing(err, "%s has no upgrade of a return %q: \"grazie return list\" shows the returns", shop.Domain, c.Return)
	}
	all, err := s.EffectsOf(ctx, shop.ID, m.ID)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Kind != crm.LabelBought {
			continue
		}
		if _, err := s.ChangeEffect(ctx, shop.ID, e.ID, func(e *crm.Effect) error {
			if e.State == crm.EffectDone || e.State == crm.EffectDoing {
				return fmt.Errorf("the return has its label already")
			}
			e.Label.By, e.Label.URL, e.Label.Tracking, e.State, e.Detail = "merchant", c.URL, strings.TrimSpace(c.Tracking), crm.EffectPlanned, why
			return nil
		}); err != nil {
			return err
		}
		by, reason, _ := strings.Cut(why, ": ")
		m.ByHand, m.Detail, m.Ask = true, why, &crm.Ask{By: by, Reason: reason}
		if _, err := s.PlanByHand(ctx, m); err != nil {
			return inTheWay("the mail is not sent again", err)
		}
		_, err := fmt.Fprintln(g.out, "The label is noted. The running server tells the customer within seconds.")
		return err
	}
	return fmt.Errorf("the upgrade of return %s wants no label", c.Return)
}

type returnBackCmd struct {
	Return string `arg:"" help:"The return's id."`
	inShop
}

func (c *returnBackCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Return(ctx, shop.ID, c.Return)
	if err != nil {
		return missing(err, "%s has no return %q here: \"grazie return list\" shows those there are", shop.Domain, c.Return)
	}
	n, err := s.GoodsBack(ctx, shop.ID, r.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("no replacement is open for return %s", r.ID)
	}
	_, err = fmt.Fprintln(g.out, "Noted: the goods are back.")
	return err
}
