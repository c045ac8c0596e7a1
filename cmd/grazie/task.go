package main

import (
	"context"
	"fmt"

	"grazie/crm"
)

type taskCmd struct {
	List taskListCmd `cmd:"" help:"List what staff should do."`
	Done taskDoneCmd `cmd:"" help:"Say that a task is done."`
}

type taskListCmd struct {
	inShop
	All   bool `help:"Also those that are done, the newest first."`
	Limit int  `help:"At most so many." default:"50"`
	listing
}

func (c *taskListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Tasks(ctx, shop.ID, c.All, c.Limit)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "There is nothing to do.", "SINCE|KIND|CUSTOMER|ORDER|WHAT|DONE|ID", func(t crm.Task) []string {
		done := ""
		if !t.DoneAt.IsZero() {
			done = moment(t.DoneAt) + " " + t.DoneBy
		}
		return []string{moment(t.CreatedAt), string(t.Kind), t.CustomerID, t.OrderID, t.Detail, done, t.ID}
	})
}

type taskDoneCmd struct {
	ID string `arg:"" help:"The task's id, tsk_..."`
	inShop
	How string `required:"" help:"What was done, for whoever looks later." placeholder:"WHAT"`
	byStaff
}

func (c *taskDoneCmd) Run(ctx context.Context, g *globals) error {
	by, err := c.signedAs("--how", c.How, "say what was done, for whoever looks later")
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.FinishTask(ctx, shop.ID, c.ID, by); err != nil {
		return missing(err, `there is no open task %q of %s: "grazie task list" shows those there are`, c.ID, shop.Domain)
	}
	_, err = fmt.Fprintln(g.out, "Noted. What waited for it is decided about again when it is due.")
	return err
}
