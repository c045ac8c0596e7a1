package main

import (
	"context"
	"fmt"

	"grazie/crm"
	"grazie/desk"
)

type templatePreviewCmd struct {
	Journey string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	Order    string `xor:"target" required:"" help:"The order, by the name that the customer knows or by id." placeholder:"N"`
	Customer string `xor:"target" required:"" help:"Or the customer, by mail address or id." placeholder:"WHO"`
	Return   string `xor:"target" required:"" help:"Or the return, by id." placeholder:"ID"`
	Locale   string `help:"As if the customer read this language." placeholder:"L"`
	HTML     bool   `name:"html" help:"Write the HTML part alone, for a browser."`
}

func (c *templatePreviewCmd) Run(ctx context.Context, g *globals) error {
	if _, err := findJourney(c.Journey); err != nil {
		return err
	}
	if c.Locale != "" {
		var err error
		if c.Locale, err = desk.Locale(c.Locale); err != nil {
			return &crm.Invalid{Field: "--locale", Message: err.Error()}
		}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	d, err := deskOf(g, s)
	if err != nil {
		return err
	}
	r := desk.Request{Journey: c.Journey, Order: c.Order, Return: c.Return, Ask: crm.Ask{By: "preview", Reason: "preview"}}
	r.Customer, r.Email = whom(c.Customer)
	mail, decision, err := d.Draft(ctx, shop, r, c.Locale)
	if err != nil {
		return err
	}
	if decision.Verdict == crm.Skip {
		fmt.Fprintf(g.err, "It would not be sent: %s\n", decision.Reason.Sentence())
	}
	return printMail(g, mail, c.HTML)
}
