package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
	"grazie/templates"
)

type jobCmd struct {
	Run jobRunCmd `cmd:"" help:"Run a gesture by hand, for an order, a customer or a return."`
}

// byStaff is who does something by hand.
type byStaff struct {
	By string `help:"Who asks for it; your login name by default." placeholder:"NAME" env:"GRAZIE_BY,USER"`
}

// signed is a reason with the name of who gave it, for the row's detail.
func (s byStaff) signed(reason string) (string, error) {
	return s.signedAs("--reason", reason, "say why, for whoever looks later")
}

// signedAs is the same of a word that another flag gives.
func (s byStaff) signedAs(flag, word, missing string) (string, error) {
	var wrong mistakes
	by, err := desk.Line(s.By, 80)
	if err != nil {
		wrong.add("--by", "%v", err)
	} else if by == "" {
		wrong.add("--by", "say who asks for it")
	}
	if word, err = desk.Line(word, 300); err != nil {
		wrong.add(flag, "%v", err)
	} else if word == "" {
		wrong.add(flag, "%s", missing)
	}
	return by + ": " + word, wrong.err("nothing was changed")
}

type jobRunCmd struct {
	Journey string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	Order    string    `xor:"target" required:"" help:"The order it is for, by the name that the customer knows or by id." placeholder:"N"`
	Customer string    `xor:"target" required:"" help:"Or the customer, by mail address or id." placeholder:"WHO"`
	Return   string    `xor:"target" required:"" help:"Or the return, by id." placeholder:"ID"`
	Reason   string    `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	Note     string    `help:"A line from us, which stands in the mail." placeholder:"TEXT"`
	Again    string    `help:"Why there is a second one for an occasion that had its gesture." placeholder:"WHY"`
	Offer    crm.Offer `help:"What an apology brings along: none, code or free_shipping. Else her history of trouble decides." placeholder:"OFFER"`
	byStaff
	DryRun bool `help:"Only tell what would happen, and show the mail."`
	Wait   bool `help:"Wait up to a minute for the outcome."`
}

func (c *jobRunCmd) Help() string {
	return `What staff asks for passes the gates of timing and no other: a cancelled order, a
missing consent, a suppressed address or a gesture that is switched off still say no.
Each occasion happens once: what was sent, or may have been, is not sent again, unless
--again says why.

Examples:
  grazie job run thank_you --order 1001 --reason "she asked" --dry-run
  grazie job run apology --order 1001 --offer code --reason "parcel lost twice" --note "I am so sorry."`
}

func (c *jobRunCmd) Run(ctx context.Context, g *globals) error {
	if _, err := findJourney(c.Journey); err != nil {
		return err
	}
	ask, err := c.ask()
	if err != nil {
		return err
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
	r := desk.Request{Journey: c.Journey, Order: c.Order, Return: c.Return, Ask: ask}
	r.Customer, r.Email = whom(c.Customer)
	if c.DryRun {
		return c.dryRun(ctx, g, d, shop, r)
	}
	m, err := d.Run(ctx, shop, r)
	if err != nil {
		return told(shop, "it is not run again", err)
	}
	fmt.Fprintf(g.out, "%s is planned. The running server decides about it and sends it within seconds.\n", m.ID)
	if !c.Wait {
		return nil
	}
	return waitForOutcome(ctx, g, s, m)
}

// whom reads a customer's mail address or id.
func whom(name string) (id, emailKey string) {
	if !strings.Contains(name, "@") {
		return name, ""
	}
	_, emailKey = integrations.Email(name)
	return "", emailKey
}

// ask is what was typed, as it stands in the message's row.
func (c *jobRunCmd) ask() (crm.Ask, error) {
	a, err := desk.Ask(crm.Ask{By: c.By, Reason: c.Reason, Note: c.Note, Again: c.Again, Offer: c.Offer})
	return a, asFlags(err)
}

// asFlags tells what desk finds wrong by the names of flags.
func asFlags(err error) error {
	if err == nil {
		return nil
	}
	all := []error{err}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		all = many.Unwrap()
	}
	var wrong mistakes
	for _, e := range all {
		if invalid, ok := e.(*crm.Invalid); ok {
			wrong.add("--"+invalid.Field, "%s", invalid.Message)
		}
	}
	if len(wrong) == 0 {
		return err
	}
	return wrong.err("nothing was changed")
}

// inTheWay tells what stands in the way of a gesture as a sentence.
func inTheWay(what string, err error) error {
	var there *desk.InTheWay
	if errors.As(err, &there) {
		return fmt.Errorf("%s: %s stands in the way. %s", what, there.Message.ID, desk.Explain(there.Message))
	}
	return err
}

// told tells what stands in the way of a gesture, and what is not there, with
// what to do about it.
func told(shop crm.Shop, what string, err error) error {
	if absent, ok := errors.AsType[*desk.NotFound](err); ok {
		return fmt.Errorf("%s has no %s %q here: \"grazie webhook list\" tells what came in", shop.Domain, absent.What, absent.Name)
	}
	return inTheWay(what, err)
}

// dryRun decides and writes the mail, and changes nothing.
func (c *jobRunCmd) dryRun(ctx context.Context, g *globals, d *desk.Desk, shop crm.Shop, r desk.Request) error {
	p, err := d.Preview(ctx, shop, r)
	if err != nil {
		return told(shop, "it would not be run again", err)
	}
	if fmt.Fprintln(g.out, desk.Would(p.Decision)); p.Decision.Verdict != crm.Send {
		return nil
	}
	fmt.Fprintln(g.out)
	for _, e := range p.Effects {
		fmt.Fprintf(g.out, "Before it: %s\n", desk.DescribeEffect(e))
	}
	if len(p.Effects) > 0 {
		fmt.Fprintln(g.out)
	}
	return printMail(g, *p.Mail, false)
}

// deskOf is where staff's wishes go.
func deskOf(g *globals, s *store.Store) (*desk.Desk, error) {
	r, err := templates.New()
	return &desk.Desk{Store: s, Templates: r, PublicURL: strings.TrimSuffix(g.cfg.PublicURL, "/"), Now: time.Now}, err
}

const (
	waitAtMost = time.Minute
	lookEvery  = 100 * time.Millisecond
)

// waitForOutcome looks until the message has one. Deferred is an outcome too:
// it is planned again, for later or for another reason than staff's wish.
func waitForOutcome(ctx context.Context, g *globals, s *store.Store, m crm.Message) error {
	ctx, cancel := context.WithTimeout(ctx, waitAtMost)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		now, err := s.Message(ctx, m.ShopID, m.ID)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s has no outcome yet: is a server running? \"grazie message show %s\" tells later", m.ID, m.ID)
		case err != nil:
			return err
		case now.State != crm.Sending && (now.State != crm.Planned || now.Reason != crm.ReasonByHand):
			_, err = fmt.Fprintln(g.out, desk.Explain(now))
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
