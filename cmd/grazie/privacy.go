package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/store"
)

type privacyCmd struct {
	List privacyListCmd `cmd:"" help:"List requests about personal data: open ones first of all, and the proofs of those that are done."`
	Show privacyShowCmd `cmd:"" help:"Show a request; of an open request to see data, all that is known of the customer."`
	Done privacyDoneCmd `cmd:"" help:"Say that a customer got her data."`
}

type privacyListCmd struct {
	Open  bool   `help:"Only those that are still to be done."`
	Shop  string `help:"Only of this shop, by domain or id." placeholder:"SHOP" env:"GRAZIE_SHOP"`
	Limit int    `help:"At most so many, the newest first." default:"50"`
	listing
}

func (c *privacyListCmd) Help() string {
	return `Requests come from the platforms, as webhooks, and from "grazie customer erase". Each must
be done within 30 days; doctor, the log and a task tell of those that are not, a week
before. Erasures are carried out by the running server.`
}

func (c *privacyListCmd) Run(ctx context.Context, g *globals) error {
	if err := (page{Limit: c.Limit}).check(); err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	shopID := c.Shop // one that was erased is known by its id alone
	if c.Shop != "" {
		if shop, err := findShop(ctx, s, c.Shop); err == nil {
			shopID = shop.ID
		}
	}
	all, err := s.PrivacyRequests(ctx, c.Open, c.Limit)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(r crm.PrivacyRequest) bool { return shopID != "" && r.ShopID != shopID })
	return writeList(g, c.listing, all, "There is no such request.", "ASKED|KIND|STATE|DUE|DONE|SHOP|SOURCE|PROOF|ID", func(r crm.PrivacyRequest) []string {
		state := string(r.State)
		if r.Late(time.Now()) {
			state += ", late"
		}
		return []string{moment(r.RequestedAt), string(r.Kind), state, moment(r.DueAt), moment(r.DoneAt), r.ShopID, r.Source, proofText(r.Proof), r.ID}
	})
}

// proofText tells counts by what they are of.
func proofText(of map[string]int64) string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(of)) {
		if of[what] > 0 {
			all = append(all, fmt.Sprintf("%d %s", of[what], what))
		}
	}
	return strings.Join(all, ", ")
}

// findRequest is a request with an id, of whatever shop.
func findRequest(ctx context.Context, s *store.Store, id string) (crm.PrivacyRequest, error) {
	all, err := s.PrivacyRequests(ctx, false, mostRequests)
	if err != nil {
		return crm.PrivacyRequest{}, err
	}
	for _, r := range all {
		if r.ID == id {
			actIn(ctx, r.ShopID)
			return r, nil
		}
	}
	return crm.PrivacyRequest{}, fmt.Errorf(`there is no request %q: "grazie privacy list" shows those there are`, id)
}

const mostRequests = 1_000_000

type privacyShowCmd struct {
	ID   string `arg:"" help:"The request's id, prv_..."`
	Text bool   `help:"Write what is known of the customer as text that she can read."`
	listing
}

func (c *privacyShowCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := findRequest(ctx, s, c.ID)
	if err != nil {
		return err
	}
	if r.Kind == crm.PrivacyExport && r.State == crm.PrivacyOpen && (c.JSON || c.Text) {
		return writeExport(ctx, g, s, r, c.Text)
	}
	if c.JSON {
		return writeJSON(g.out, r)
	}
	t := newTable(g.out)
	t.field("id", r.ID)
	t.field("kind", string(r.Kind))
	t.field("state", string(r.State))
	t.field("shop", r.ShopID)
	t.field("source", r.Source)
	t.field("customer", r.CustomerID)
	t.field("orders", strings.Join(r.OrderIDs, ", "))
	t.field("asked", moment(r.RequestedAt))
	t.field("due", moment(r.DueAt))
	t.field("done", crm.Clean(moment(r.DoneAt)+" "+r.DoneBy))
	t.field("detail", r.Detail)
	t.field("proof", proofText(r.Proof))
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Kind == crm.PrivacyExport && r.State == crm.PrivacyOpen {
		_, err = fmt.Fprintf(g.out, "\nWrite the data with --text or --json, hand it over, then: grazie privacy done %s --how \"...\"\n", r.ID)
	}
	return err
}

func writeExport(ctx context.Context, g *globals, s *store.Store, r crm.PrivacyRequest, text bool) error {
	x, err := s.Export(ctx, r)
	if err == nil {
		err = look(ctx, s, r.ShopID, r.CustomerID)
	}
	if err != nil {
		return err
	}
	if text {
		return describeExport(g, x)
	}
	return writeJSON(g.out, x)
}

type privacyDoneCmd struct {
	ID  string `arg:"" help:"The request's id, prv_..."`
	How string `required:"" help:"How she got it, for whoever looks later; nothing of what it says." placeholder:"HOW"`
	byStaff
}

func (c *privacyDoneCmd) Run(ctx context.Context, g *globals) error {
	by, err := c.signedAs("--how", c.How, "say how she got it, for whoever looks later")
	if err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := findRequest(ctx, s, c.ID)
	if err != nil {
		return err
	}
	switch {
	case r.State != crm.PrivacyOpen:
		return &crm.Invalid{Field: "id", Message: fmt.Sprintf("%s is %s already", r.ID, r.State)}
	case r.Kind != crm.PrivacyExport:
		return &crm.Invalid{Field: "id", Message: "an erasure is done by the running server, which proves it; nobody can say so by hand"}
	}
	proof, err := s.Subject(ctx, r)
	if err == nil {
		err = s.EndPrivacy(ctx, r.ShopID, r.ID, crm.PrivacyDone, by, "", proof)
	}
	if errors.Is(err, crm.ErrNotFound) {
		return fmt.Errorf("%s was settled meanwhile", r.ID)
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "Noted: %s.\n", proofText(proof))
	return err
}
