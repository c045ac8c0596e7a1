package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

type bulkCmd struct {
	Count  bulkCountCmd  `cmd:"" help:"Gather the targets of a bulk job and count them; nothing runs yet."`
	Start  bulkStartCmd  `cmd:"" help:"Let a counted bulk job run."`
	Pause  bulkPauseCmd  `cmd:"" help:"Let a bulk job wait."`
	Resume bulkResumeCmd `cmd:"" help:"Let a paused bulk job go on."`
	Cancel bulkCancelCmd `cmd:"" help:"End a bulk job; what it planned stays planned."`
	List   bulkListCmd   `cmd:"" help:"List the bulk jobs."`
	Show   bulkShowCmd   `cmd:"" help:"Tell how far a bulk job is."`
	Result bulkResultCmd `cmd:"" help:"Write what became of each target, as CSV or JSON lines."`
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
	d, err := deskOf(g, s)
	if err != nil {
		return err
	}
	targets, err := c.targets(ctx, d, shop)
	if err != nil {
		return err
	}
	b, err := s.CreateBulk(ctx, crm.Bulk{ShopID: shop.ID, Journey: c.Journey, Ask: ask, PerMinute: c.PerMinute}, targets)
	if err != nil {
		return err
	}
	said := desk.ExplainBulk(shop, b, map[crm.BulkItemState]int{crm.BulkWaiting: b.Total})
	_, err = fmt.Fprintf(g.out, "%s: %s\n\"grazie bulk start %s\" starts it.\n", b.ID, said, b.ID)
	return err
}

func (c *bulkCountCmd) targets(ctx context.Context, d *desk.Desk, shop crm.Shop) ([]string, error) {
	if c.File != nil {
		defer c.File.Close()
		if c.Orders || c.Country != "" || c.Since != "" || c.Until != "" || c.MinOrders != 0 {
			return nil, &crm.Invalid{Field: "--file", Message: "name either a file or a segment"}
		}
		return desk.ReadTargets(c.File)
	}
	t := crm.BulkTarget{Orders: c.Orders, Country: c.Country, MinOrders: c.MinOrders}
	var err error
	if t.Since, err = desk.Morning(shop, c.Since); err != nil {
		return nil, &crm.Invalid{Field: "--since", Message: err.Error()}
	}
	if t.Until, err = desk.Morning(shop, c.Until); err != nil {
		return nil, &crm.Invalid{Field: "--until", Message: err.Error()}
	}
	return d.Segment(ctx, shop, t)
}

// oneBulk names a bulk job.
type oneBulk struct {
	ID string `arg:"" help:"The bulk job's id, blk_..."`
	inShop
}

// find opens the database and the bulk job in it.
func (c oneBulk) find(ctx context.Context, g *globals) (*store.Store, crm.Shop, crm.Bulk, error) {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return nil, shop, crm.Bulk{}, err
	}
	b, err := s.Bulk(ctx, shop.ID, c.ID)
	if err != nil {
		err = missing(err, `there is no bulk job %q of %s: "grazie bulk list" shows those there are`, c.ID, shop.Domain)
		return nil, shop, b, errors.Join(err, s.Close())
	}
	return s, shop, b, nil
}

func (c oneBulk) turn(ctx context.Context, g *globals, to crm.BulkState, from ...crm.BulkState) error {
	s, shop, b, err := c.find(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.TurnBulk(ctx, shop.ID, b.ID, to, from...); err != nil {
		return missing(err, "%s is %s: that cannot be done with it now", b.ID, b.State)
	}
	return describeBulk(ctx, g, s, shop, b.ID)
}

func describeBulk(ctx context.Context, g *globals, s *store.Store, shop crm.Shop, id string) error {
	b, err := s.Bulk(ctx, shop.ID, id)
	if err != nil {
		return err
	}
	n, err := s.CountBulk(ctx, shop.ID, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s: %s\n", b.ID, desk.ExplainBulk(shop, b, n))
	return err
}

type bulkShowCmd struct{ oneBulk }

func (c *bulkShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, b, err := c.find(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	return describeBulk(ctx, g, s, shop, b.ID)
}

type bulkStartCmd struct{ oneBulk }

func (c *bulkStartCmd) Run(ctx context.Context, g *globals) error {
	return c.turn(ctx, g, crm.BulkRunning, crm.BulkCounted)
}

type bulkResumeCmd struct{ oneBulk }

func (c *bulkResumeCmd) Run(ctx context.Context, g *globals) error {
	return c.turn(ctx, g, crm.BulkRunning, crm.BulkPaused)
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

type bulkResultCmd struct {
	oneBulk
	listing
}

func (c *bulkResultCmd) Run(ctx context.Context, g *globals) error {
	s, shop, b, err := c.find(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	d := &desk.Desk{Store: s}
	if c.JSON {
		return d.ResultJSON(ctx, g.out, shop.ID, b.ID)
	}
	return d.ResultCSV(ctx, g.out, shop.ID, b.ID)
}
