package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

type customerBirthdaysCmd struct {
	File *os.File `arg:"" help:"CSV: a mail address or id, and a date such as 03-05 or 1990-03-05, on each line; - is standard input."`
	inShop
}

func (c *customerBirthdaysCmd) Help() string {
	return `Only month and day are kept. A line whose customer is not known here is told and passed
over; a date that no calendar has stops the import before anything is changed. What the
customer or the shop told later than this stays.`
}

func (c *customerBirthdaysCmd) Run(ctx context.Context, g *globals) error {
	defer c.File.Close()
	told, err := readBirthdays(c.File)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	known, now := 0, time.Now().UTC()
	for _, b := range told {
		who, err := findCustomer(ctx, s, shop, b.who)
		if errors.Is(err, crm.ErrNotFound) {
			fmt.Fprintf(g.err, "line %d: no customer of this name is here\n", b.line)
			continue
		}
		if err != nil {
			return err
		}
		known++
		e := crm.Event{Kind: crm.CustomerChanged, At: now, Customer: &crm.Customer{ID: who.ID, Partial: true, Birthday: crm.Birthday{Day: b.day, Source: "import", At: now}}}
		_, err = s.ApplyEvents(ctx, shop.ID, []store.Applied{{Events: []crm.Event{e}}}, func(e crm.Event) []crm.Message { return journeys.Plan(e, shop) })
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(g.out, "%s of %d noted.\n", plural(known, "birthday", "birthdays"), len(told))
	return err
}

type birthdayLine struct {
	line int
	who  string
	day  crm.MonthDay
}

// readBirthdays reads the whole file first: one wrong date changes nothing. A
// heading is passed over.
func readBirthdays(in io.Reader) ([]birthdayLine, error) {
	var all []birthdayLine
	var wrong mistakes
	lines := csv.NewReader(in)
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		n, _ := lines.FieldPos(0)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the file is no CSV: %w", err)
		case len(record) < 2 || strings.TrimSpace(record[0]) == "":
			wrong.add(fmt.Sprintf("line %d", n), "write a mail address or id, a comma, and a date")
			continue
		}
		day, err := crm.ParseBirthday(record[1])
		if err != nil && n == 1 && !strings.ContainsAny(record[1], "0123456789") {
			continue // a heading
		}
		if err != nil {
			wrong.add(fmt.Sprintf("line %d", n), "%v", err)
		}
		all = append(all, birthdayLine{n, strings.TrimSpace(record[0]), day})
		if len(wrong) > 20 {
			break
		}
	}
	if len(all) == 0 && len(wrong) == 0 {
		wrong.add("file", "there is nothing in it")
	}
	return all, wrong.err("nothing was changed")
}

func findCustomer(ctx context.Context, s *store.Store, shop crm.Shop, who string) (crm.Customer, error) {
	if !strings.Contains(who, "@") {
		return s.Customer(ctx, shop.ID, who)
	}
	_, key := integrations.Email(who)
	return s.CustomerByEmail(ctx, shop.ID, key)
}
