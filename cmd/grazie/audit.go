package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/store"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List who did what, when and why."`
	Verify auditVerifyCmd `cmd:"" help:"Check that no line was changed, removed or put in."`
}

// inLog is whose audit log a command is about.
type inLog struct {
	Shop         string `help:"The shop, by domain or id." placeholder:"SHOP" env:"GRAZIE_SHOP"`
	Installation bool   `help:"The installation's own log: shops, staff, tokens of all shops, the secret key."`
}

// auditLog is one audit log.
type auditLog struct{ shopID, name string }

const installation = "the installation"

// find are the logs that are meant: of no shop in particular, all of them.
func (in inLog) find(ctx context.Context, s *store.Store) ([]auditLog, error) {
	switch {
	case in.Installation:
		return []auditLog{{"", installation}}, nil
	case in.Shop != "":
		shop, err := findShop(ctx, s, in.Shop)
		return []auditLog{{shop.ID, shop.Domain}}, err
	}
	shops, err := s.Shops(ctx)
	all := []auditLog{{"", installation}}
	for _, shop := range shops {
		all = append(all, auditLog{shop.ID, shop.Domain})
	}
	return all, err
}

type auditListCmd struct {
	inLog
	By     string `help:"Only what this one did, by the name in the log." placeholder:"NAME"`
	Action string `help:"Only this, such as messages.cancel." placeholder:"ACTION"`
	Before int64  `help:"Only lines before this one." placeholder:"LINE"`
	Limit  int    `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *auditListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	if !c.Installation {
		shop, err := findShop(ctx, s, c.Shop)
		if err != nil {
			return err
		}
		c.Shop = shop.ID
	} else {
		c.Shop = ""
	}
	all, err := s.SearchAudit(ctx, c.Shop, store.AuditFilter{By: c.By, Action: c.Action, Before: c.Before, Limit: c.Limit})
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "There is no such line.", "LINE|AT|BY|ACTION|TARGET|WHY|DETAIL", func(e store.Entry) []string {
		return []string{fmt.Sprint(e.Seq), moment(e.At), e.By, e.Action, e.Target, e.Why, e.Detail}
	})
}

type auditVerifyCmd struct {
	inLog
	Expect string `help:"A hash that was kept: some line must have it. Needs --shop or --installation." placeholder:"HASH"`
}

func (c *auditVerifyCmd) Help() string {
	return `Each line holds the hash of the one before, so that a line that was changed, removed or
put in past Grazie shows. That lines were cut off the end together with the note of where
it ends, or that all of it was written anew, shows with a hash that was kept elsewhere:
print it, keep it, and give it with --expect later. Status 1: something is wrong.

Examples:
  grazie audit verify
  grazie audit verify --shop demo.myshopify.com --expect 4fd1...`
}

func (c *auditVerifyCmd) Run(ctx context.Context, g *globals) error {
	if c.Expect != "" && c.Shop == "" && !c.Installation {
		return &crm.Invalid{Field: "--expect", Message: "say whose log it is the hash of: add --shop or --installation"}
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	logs, err := c.find(ctx, s)
	if err != nil {
		return err
	}
	found := false
	for _, l := range logs {
		var broken *store.Broken
		lines, head, err := s.VerifyAudit(ctx, l.shopID, c.Expect)
		switch {
		case errors.As(err, &broken):
			found = true
			fmt.Fprintf(g.err, "%s: line %d: %s. The lines before it can be trusted.\n", l.name, broken.Seq, broken.What)
		case err != nil:
			return err
		case lines == 0:
			fmt.Fprintf(g.out, "%s: nothing was written yet.\n", l.name)
		default:
			fmt.Fprintf(g.out, "%s: %s, none changed. The last one has the hash %s\n", l.name, plural(int(lines), "line", "lines"), head)
		}
	}
	if found {
		return exit{1}
	}
	return nil
}
