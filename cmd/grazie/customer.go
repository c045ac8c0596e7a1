package main

import (
	"context"
	"fmt"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

type customerCmd struct {
	Show      customerShowCmd      `cmd:"" help:"Show a customer with her orders and mails."`
	Birthdays customerBirthdaysCmd `cmd:"" help:"Read birthdays from a file."`
	Why       customerWhyCmd       `cmd:"" help:"Tell of every occasion what she got, or why not, or when."`
	Export    customerExportCmd    `cmd:"" help:"Write all that is known of her, for her."`
	Erase     customerEraseCmd     `cmd:"" help:"Forget her for good."`
}

// oneCustomer names a customer of a shop.
type oneCustomer struct {
	inShop
	Email string `xor:"who" required:"" help:"Her mail address; or give --id." placeholder:"ADDRESS"`
	ID    string `xor:"who" required:"" help:"Her id at the platform; or give --email." placeholder:"ID"`
}

func (c oneCustomer) find(ctx context.Context, s *store.Store, shop crm.Shop) (crm.Customer, error) {
	if c.ID != "" {
		found, err := s.Customer(ctx, shop.ID, c.ID)
		actOn(ctx, found.ID)
		return found, missing(err, "%s has no customer with the id %q here: nothing that came in spoke of her", shop.Domain, c.ID)
	}
	_, key := integrations.Email(c.Email)
	found, err := s.CustomerByEmail(ctx, shop.ID, key)
	actOn(ctx, found.ID)
	return found, missing(err, "%s has no customer with the address %s here: nothing that came in spoke of her", shop.Domain, c.Email)
}

// mostOfOne bounds what is shown of one customer.
const mostOfOne = 200

type customerShowCmd struct {
	oneCustomer
	listing
}

func (c *customerShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	who, err := c.find(ctx, s, shop)
	if err == nil {
		err = look(ctx, s, shop.ID, who.ID)
	}
	if err != nil {
		return err
	}
	orders, err := s.OrdersOf(ctx, shop.ID, who, mostOfOne)
	if err != nil {
		return err
	}
	messages, err := s.MessagesOf(ctx, shop.ID, who, mostOfOne)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(g.out, struct {
			Customer crm.Customer  `json:"customer"`
			Orders   []crm.Order   `json:"orders"`
			Messages []crm.Message `json:"messages"`
		}{who, orders, append([]crm.Message{}, messages...)}) // [] rather than null
	}
	if err := describeCustomer(g, who, shop); err != nil {
		return err
	}
	fmt.Fprintln(g.out, "\norders")
	if err := writeList(g, listing{}, orders, "none", "CREATED|NAME|STATUS|TOTAL|PARTS|ID", func(o crm.Order) []string {
		return []string{moment(o.CreatedAt), o.Name, orderStatus(o), o.Total.String(), plural(len(o.Goods()), "product", "products"), o.ID}
	}); err != nil {
		return err
	}
	fmt.Fprintln(g.out, "\nmails")
	return writeMessages(g, listing{}, messages, "none")
}

func describeCustomer(g *globals, c crm.Customer, shop crm.Shop) error {
	t := newTable(g.out)
	t.field("id", c.ID)
	t.field("name", crm.Clean(c.FirstName+" "+c.LastName))
	t.field("email", c.Email)
	t.field("locale", c.Locale)
	if a := c.Address; a != nil {
		t.field("place", crm.Clean(a.City+" "+a.Country))
	}
	zone, by := crm.ZoneOf(c, nil, shop)
	t.field("time zone", zone+", by "+by)
	if b := c.Birthday; b.Day != "" {
		t.field("birthday", fmt.Sprintf("%s, told %s by %s", b.Day, moment(b.At), b.Source))
	}
	consent := string(c.Consent.State)
	if consent == "" {
		consent = "never told"
	}
	t.field("marketing", crm.Clean(consent+" "+moment(c.Consent.At)))
	t.field("created", moment(c.CreatedAt))
	t.field("deleted", moment(c.DeletedAt))
	return t.Flush()
}

// orderStatus is the platform's word, with what weighs more than being paid.
func orderStatus(o crm.Order) string {
	s := string(o.Status)
	if o.Cancelled() {
		s += ", cancelled"
	}
	if o.Test {
		s += ", test"
	}
	return s
}
