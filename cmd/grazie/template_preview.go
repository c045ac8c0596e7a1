package main

import (
	"context"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

type templatePreviewCmd struct {
	Journey string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	Order  string `required:"" help:"The order, by the name that the customer knows or by id." placeholder:"N"`
	Locale string `help:"As if the customer read this language." placeholder:"L"`
	HTML   bool   `name:"html" help:"Write the HTML part alone, for a browser."`
}

func (c *templatePreviewCmd) Run(ctx context.Context, g *globals) error {
	j, err := findJourney(c.Journey)
	if err != nil {
		return err
	}
	if c.Locale != "" {
		if c.Locale, err = locale(c.Locale); err != nil {
			return &crm.Invalid{Field: "--locale", Message: err.Error()}
		}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	o, err := findOrder(ctx, s, shop, c.Order)
	if err != nil {
		return err
	}
	now := time.Now()
	f, err := factsOf(ctx, s, j, thoughtOf(j, shop, crm.Customer{}, o))
	if err != nil {
		return err
	}
	if c.Locale != "" {
		f.Customer.Locale, f.Order.Locale = c.Locale, c.Locale
	}
	if d := journeys.Decide(j, f, now); d.Verdict == crm.Skip {
		fmt.Fprintf(g.err, "It would not be sent: %s\n", d.Reason.Sentence())
	}
	return writeMail(g, f, now, c.HTML)
}
