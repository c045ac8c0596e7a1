package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

type jobCmd struct {
	Run jobRunCmd `cmd:"" help:"Run a gesture by hand, for one order."`
}

// byStaff is who does something by hand.
type byStaff struct {
	By string `help:"Who asks for it; your login name by default." placeholder:"NAME" env:"GRAZIE_BY,USER"`
}

// signed is a reason with the name of who gave it, for the row's detail.
func (s byStaff) signed(reason string) (string, error) {
	var wrong mistakes
	by, err := line(s.By, 80)
	if err != nil {
		wrong.add("--by", "%v", err)
	} else if by == "" {
		wrong.add("--by", "say who asks for it")
	}
	if reason, err = line(reason, 300); err != nil {
		wrong.add("--reason", "%v", err)
	} else if reason == "" {
		wrong.add("--reason", "say why, for whoever looks later")
	}
	return by + ": " + reason, wrong.err("nothing was changed")
}

type jobRunCmd struct {
	Journey string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	Order  string `required:"" help:"The order, by the name that the customer knows or by id." placeholder:"N"`
	Reason string `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	byStaff
	DryRun bool `help:"Only tell what would happen, and show the mail."`
	Wait   bool `help:"Wait up to a minute for the outcome."`
}

func (c *jobRunCmd) Help() string {
	return `What staff asks for passes the gates of timing and no other: a cancelled order, a
suppressed address or a gesture that is switched off still say no. Each occasion
happens once: what was sent, or may have been, is not sent again.

Example: grazie job run thank_you --order 1001 --reason "she asked" --dry-run`
}

func (c *jobRunCmd) Run(ctx context.Context, g *globals) error {
	j, err := findJourney(c.Journey)
	if err != nil {
		return err
	}
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
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
	by, reason, _ := strings.Cut(detail, ": ")
	m, ok := j.ByHand(crm.Event{Kind: crm.OrderPaid, At: now, Order: &o}, shop, crm.Ask{By: by, Reason: reason}, now)
	if !ok {
		return fmt.Errorf("%s is nothing for an order", j.Name)
	}
	if c.DryRun {
		return dryRun(ctx, g, s, j, m, now)
	}
	m, err = s.PlanByHand(ctx, m)
	if errors.Is(err, crm.ErrConflict) {
		return fmt.Errorf("it is not run again: %s stands in the way. %s", m.ID, explain(m))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.out, "%s is planned. The running server decides about it and sends it within seconds.\n", m.ID)
	if !c.Wait {
		return nil
	}
	return waitForOutcome(ctx, g, s, m)
}

func findOrder(ctx context.Context, s *store.Store, shop crm.Shop, idOrName string) (crm.Order, error) {
	o, err := s.Order(ctx, shop.ID, idOrName)
	return o, missing(err, `%s has no order %q here: "grazie webhook list" shows what came in`, shop.Domain, idOrName)
}

// dryRun decides and writes the mail, and changes nothing.
func dryRun(ctx context.Context, g *globals, s *store.Store, j journeys.Journey, m crm.Message, now time.Time) error {
	f, err := factsOf(ctx, s, j, m)
	if err != nil {
		return err
	}
	if sent := f.Message; sent.ID != "" && !repeatable(sent.State) {
		return fmt.Errorf("it would not be run again: %s stands in the way. %s", sent.ID, explain(sent))
	}
	f.Message.ByHand, f.Message.DueAt = true, now
	d := journeys.Decide(j, f, now)
	if d.Verdict != crm.Send {
		fmt.Fprintf(g.out, "It would not be sent. %s\n", d.Reason.Sentence())
		return nil
	}
	fmt.Fprint(g.out, "It would be sent now.\n\n")
	return writeMail(g, f, now, false)
}

// repeatable tells whether staff may take up a message in this state again.
func repeatable(state crm.MessageState) bool {
	return state == crm.Planned || state == crm.Skipped || state == crm.Cancelled || state == crm.Failed
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
			_, err = fmt.Fprintln(g.out, explain(now))
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
