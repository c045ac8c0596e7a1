package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/store"
)

// about is a request about whom a command names: one without an account is
// known by her address alone, and one that is not here may still be erased; an
// id that is not here is somebody's typing error.
func (c oneCustomer) about(ctx context.Context, s *store.Store, shop crm.Shop, kind crm.PrivacyKind) (crm.PrivacyRequest, error) {
	r := crm.PrivacyRequest{ShopID: shop.ID, Kind: kind}
	who, err := c.find(ctx, s, shop)
	switch {
	case err == nil && who.ErasedAt.IsZero():
		r.CustomerID, r.Email = who.ID, who.Email
	case c.ID != "":
		r.CustomerID = c.ID
		return r, err
	default:
		address, key := integrations.Email(c.Email)
		if key == "" {
			return r, &crm.Invalid{Field: "--email", Message: "write a mail address, such as anna@mail.example"}
		}
		r.Email = address
	}
	return r, nil
}

type customerExportCmd struct {
	oneCustomer
	Text bool `help:"Write text that she can read, instead of JSON."`
}

func (c *customerExportCmd) Help() string {
	return `Everything that is known of one customer, by account and as a guest: profile, consent,
orders, mails with time, kind, state and reason, codes, rewards, returns, reviews,
suppressions, feedback and tasks.`
}

func (c *customerExportCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := c.about(ctx, s, shop, crm.PrivacyExport)
	if err != nil {
		return err
	}
	return writeExport(ctx, g, s, r, c.Text)
}

type customerEraseCmd struct {
	oneCustomer
	Reason string `required:"" help:"Why, for whoever looks later; nothing of hers." placeholder:"WHY"`
	Yes    bool   `help:"Do it. Without, it is only told what would be erased."`
	byStaff
}

func (c *customerEraseCmd) Help() string {
	return `Forgets a customer for good: herself, the guests with her address, and what her orders,
mails, returns, reviews, tasks and webhooks tell of her, here and at the mail provider.
Amounts and times stay. Her address stays as a keyed hash that must not get marketing.
The running server does it within seconds; "grazie privacy show" tells how far it is.

Example: grazie customer erase --email anna@mail.example --reason "she asked by mail" --yes`
}

func (c *customerEraseCmd) Run(ctx context.Context, g *globals) error {
	source, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := c.about(ctx, s, shop, crm.PrivacyEraseCustomer)
	if err != nil {
		return err
	}
	would, err := s.Subject(ctx, r)
	if err != nil {
		return err
	}
	what := proofText(would)
	if what == "" {
		what = "nothing that is known by now; what is told of her later would not be taken in"
	}
	if !c.Yes {
		_, err = fmt.Fprintf(g.out, "Of %s would be erased: %s.\nNothing was changed. Add --yes to do it; it cannot be taken back.\n", shop.Domain, what)
		return err
	}
	r.Source = source
	if r, err = s.AskPrivacy(ctx, r); err != nil {
		return err
	}
	if r.State == crm.PrivacyRefused {
		return errors.New("it was refused: " + r.Detail)
	}
	_, err = fmt.Fprintf(g.out, "To be erased: %s. The running server does it now; \"grazie privacy show %s\" has the proof.\n", what, r.ID)
	return err
}

// privacy looks for requests about personal data that press.
func (c *checkup) privacy(ctx context.Context) {
	open, err := c.store.PrivacyRequests(ctx, true, mostListed)
	if err != nil {
		c.say(trouble, "privacy", "Requests about personal data cannot be read: %v.", err)
		return
	}
	now, pressing := time.Now(), 0
	for _, r := range open {
		switch {
		case r.Late(now):
			c.say(trouble, "privacy", `The request %s (%s) should have been done by %s: "grazie privacy show %s" tells how it stands.`, r.ID, r.Kind, moment(r.DueAt), r.ID)
		case r.Presses(now):
			c.say(note, "privacy", `The request %s (%s) must be done by %s: "grazie privacy show %s" tells how it stands.`, r.ID, r.Kind, moment(r.DueAt), r.ID)
		default:
			continue
		}
		pressing++
	}
	if pressing == 0 {
		c.say(fine, "privacy", "%s about personal data, none of them late.", plural(len(open), "open request", "open requests"))
	}
}
