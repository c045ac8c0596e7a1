package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

type bulkCmd struct {
	Count  bulkCountCmd  `cmd:"" help:"Gather the targets of a bulk job and count them; nothing runs yet."`
	Start  bulkTurnCmd   `cmd:"" help:"Let a counted bulk job run."`
	Pause  bulkPauseCmd  `cmd:"" help:"Let a bulk job wait."`
	Resume bulkTurnCmd   `cmd:"" help:"Let a paused bulk job go on."`
	Cancel bulkCancelCmd `cmd:"" help:"End a bulk job; what it planned stays planned."`
	List   bulkListCmd   `cmd:"" help:"List the bulk jobs."`
	Result bulkResultCmd `cmd:"" help:"Write what became of each target, as CSV."`
}

type bulkCountCmd struct {
	Journey string `arg:"" help:"The gesture's key, such as apology."`
	inShop
	File      *os.File  `help:"The targets, one on each line: order:1001, customer:77, return:5 or a mail address; - is standard input." placeholder:"FILE"`
	Orders    bool      `help:"The segment's orders instead of its customers."`
	Country   string    `help:"Segment: customers who live there." placeholder:"CC"`
	Since     string    `help:"Segment: ordered since this day." placeholder:"2027-01-31"`
	Until     string    `help:"Segment: ordered before this day." placeholder:"2027-01-31"`
	MinOrders int       `help:"Segment: with at least so many orders." placeholder:"N"`
	PerMinute int       `help:"At most so many a minute." default:"60"`
	Reason    string    `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	Note      string    `help:"A line from us, which stands in each mail." placeholder:"TEXT"`
	Offer     crm.Offer `help:"What an apology brings along: none, code or free_shipping." placeholder:"OFFER"`
	byStaff
}

func (c *bulkCountCmd) Run(ctx context.Context, g *globals) error {
	if _, err := findJourney(c.Journey); err != nil {
		return err
	}
	run := jobRunCmd{Journey: c.Journey, Reason: c.Reason, Note: c.Note, Offer: c.Offer, byStaff: c.byStaff}
	ask, err := run.ask()
	if err != nil {
		return err
	}
	if c.PerMinute < 1 || c.PerMinute > 6000 {
		return &crm.Invalid{Field: "--per-minute", Message: "write a number from 1 to 6000"}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	targets, err := c.targets(ctx, s, shop)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return errors.New("nobody is in that segment")
	}
	b, err := s.CreateBulk(ctx, crm.Bulk{ShopID: shop.ID, Journey: c.Journey, Ask: ask, PerMinute: c.PerMinute}, targets)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s has %s and takes about %s. \"grazie bulk start %s\" lets it run.\n", b.ID, plural(b.Total, "target", "targets"),
		(time.Duration(b.Total/c.PerMinute+1) * time.Minute).String(), b.ID)
	return err
}

func (c *bulkCountCmd) targets(ctx context.Context, s *store.Store, shop crm.Shop) ([]string, error) {
	if c.File != nil {
		defer c.File.Close()
		return desk.ReadTargets(c.File)
	}
	t := crm.BulkTarget{Orders: c.Orders, Country: c.Country, MinOrders: c.MinOrders}
	zone, err := time.LoadLocation(shop.Timezone)
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", c.Since, &t.Since}, {"--until", c.Until, &t.Until}} {
		if d.text == "" {
			continue
		}
		day, err := crm.ParseDay(d.text)
		if err != nil {
			return nil, &crm.Invalid{Field: d.flag, Message: "write a day as 2027-01-31"}
		}
		*d.into = day.At(0, 0, 0, zone)
	}
	return s.Targets(ctx, shop.ID, t)
}

// oneBulk names a bulk job.
type oneBulk struct {
	ID string `arg:"" help:"The bulk job's id, blk_..."`
	inShop
}

func (c oneBulk) turn(ctx context.Context, g *globals, to crm.BulkState, from ...crm.BulkState) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	b, err := s.Bulk(ctx, shop.ID, c.ID)
	if err != nil {
		return missing(err, `there is no bulk job %q of %s: "grazie bulk list" shows those there are`, c.ID, shop.Domain)
	}
	if err := s.TurnBulk(ctx, shop.ID, b.ID, to, from...); err != nil {
		return missing(err, "%s is %s: that cannot be done with it now", b.ID, b.State)
	}
	_, err = fmt.Fprintf(g.out, "%s is %s.\n", b.ID, to)
	return err
}

type bulkTurnCmd struct{ oneBulk }

func (c *bulkTurnCmd) Run(ctx context.Context, g *globals) error {
	return c.turn(ctx, g, crm.BulkRunning, crm.BulkCounted, crm.BulkPaused)
}

type bulkPauseCmd struct{ oneBulk }

func (c *bulkPauseCmd) Run(ctx context.Context, g *globals) error {
	return c.turn(ctx, g, crm.BulkPaused, crm.BulkRunning)
}

type bulkCancelCmd struct{ oneBulk }

func (c *bulkCancelCmd) Run(ctx context.Context, g *globals) error {
	return c.turn(ctx, g, crm.BulkCancelled, crm.BulkCounted, crm.BulkRunning, crm.BulkPaused)
}

type bulkListCmd struct {
	inShop
	Limit int `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *bulkListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Bulks(ctx, shop.ID, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "There is no bulk job.", "CREATED|STATE|JOURNEY|TARGETS|BY|WHY|ID", func(b crm.Bulk) []string {
		done := strconv.Itoa(b.Total)
		if n, err := s.CountBulk(ctx, shop.ID, b.ID); err == nil {
			done = fmt.Sprintf("%d of %d", b.Total-n[crm.BulkWaiting], b.Total)
		}
		return []string{moment(b.CreatedAt), string(b.State), b.Journey, done, b.Ask.By, b.Ask.Reason, b.ID}
	})
}

type bulkResultCmd struct{ oneBulk }

func (c *bulkResultCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Bulk(ctx, shop.ID, c.ID); err != nil {
		return missing(err, `there is no bulk job %q of %s: "grazie bulk list" shows those there are`, c.ID, shop.Domain)
	}
	out := csv.NewWriter(g.out)
	out.Write([]string{"target", "state", "message", "outcome", "reason"})
	for after := 0; ; {
		items, err := s.BulkItems(ctx, shop.ID, c.ID, after, mostListed)
		if err != nil {
			return err
		}
		for _, i := range items {
			why := i.Detail
			if i.Reason != "" {
				why = i.Reason.Sentence()
			}
			out.Write([]string{i.Target, string(i.State), i.MessageID, string(i.Outcome), why})
			after = i.Position
		}
		if len(items) < mostListed {
			out.Flush()
			return out.Error()
		}
	}
}
