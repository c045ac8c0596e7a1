package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/senderdns"
	"grazie/store"
)

type shopSetupCmd struct {
	Name string `arg:"" name:"shop" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	Link bool   `help:"Print the address of the pages where its merchant takes the first steps."`
}

func (c *shopSetupCmd) Help() string {
	return fmt.Sprintf(`Says what a shop still misses, with the command that mends it.

With --link it prints an address that is good for %s: who has it may set the
shop up, so give it to its merchant alone.`, plural(int(store.SetupTime/time.Hour), "hour", "hours"))
}

func (c *shopSetupCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := inShop{c.Name}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Link {
		_, err := fmt.Fprintf(g.out, "%s/setup/%s\n", g.cfg.PublicURL, s.SetupToken(shop.ID))
		return err
	}
	lacks := desk.Lacks(shop, platforms(g.cfg, http.DefaultClient, time.Now)[shop.Platform])
	for _, l := range lacks {
		needed := ""
		if l.Stops {
			needed = " It is needed."
		}
		fmt.Fprintf(g.out, "%s%s\n", l.Sentence, needed)
		if l.Mend != "" {
			fmt.Fprintf(g.out, "  %s\n", l.Mend)
		}
	}
	if len(lacks) == 0 {
		_, err = fmt.Fprintf(g.out, "Nothing is missing: %s has all it needs.\n", shop.Domain)
	}
	return err
}

type shopSenderCheckCmd struct {
	Name     string `arg:"" name:"shop" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	Selector string `help:"What the DKIM key is called; your mail service names it. SendGrid's own are known." placeholder:"S"`
	listing
}

func (c *shopSenderCheckCmd) Help() string {
	return `Asks the DNS whether the domain of the shop's sender vouches for its mails: SPF, DKIM,
DMARC, and whether answers arrive. It prints the records to add. The status is 1 when
something is missing or wrong.`
}

func (c *shopSenderCheckCmd) Run(ctx context.Context, g *globals) error {
	if c.Selector != "" && !senderdns.Selector.MatchString(c.Selector) {
		return &crm.Invalid{Field: "--selector", Message: "a selector has letters, digits, dots and hyphens, such as k1"}
	}
	s, shop, err := inShop{c.Name}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	found := senderdns.Checker{}.Check(ctx, senderdns.Sender{Email: shop.Sender.Email, Mailer: g.cfg.Mail.Kind, Selector: c.Selector})
	err = writeList(g, c.listing, found, "", "WHAT|STATE|ADVICE", func(f senderdns.Finding) []string { return []string{f.What, string(f.State), f.Advice} })
	for _, f := range found {
		if f.Record != (senderdns.Record{}) && !c.JSON && err == nil {
			_, err = fmt.Fprintf(g.out, "\n%s: %s %s\n  %s\n", f.What, f.Record.Name, f.Record.Type, f.Record.Value)
		}
	}
	if err == nil && slices.ContainsFunc(found, amiss) {
		err = exit{1}
	}
	return err
}

// amiss tells whether something is missing or wrong for certain.
func amiss(f senderdns.Finding) bool {
	return f.State == senderdns.Missing || f.State == senderdns.Wrong
}

// senderDomain asks about the domain of a shop's sender, where mails are sent.
func (c *checkup) senderDomain(ctx context.Context, shop crm.Shop) {
	if !senderdns.Asks(c.cfg.Mail.Kind) {
		return
	}
	found := senderdns.Checker{}.Check(ctx, senderdns.Sender{Email: shop.Sender.Email, Mailer: c.cfg.Mail.Kind})
	for _, f := range found {
		if amiss(f) {
			c.say(note, "sender", `%s, %s is %s: mailboxes may refuse its mails. "grazie shop sender-check %s" tells what to add.`, shop.Domain, f.What, f.State, shop.Domain)
			return
		}
	}
}
