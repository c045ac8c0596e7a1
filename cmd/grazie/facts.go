package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates"
)

// factsOf are the facts about the occasion of m: about the message that is
// stored for it, where there is one, so that the mail is the same.
func factsOf(ctx context.Context, s *store.Store, j journeys.Journey, m crm.Message) (crm.Facts, error) {
	stored, err := s.Messages(ctx, m.ShopID, store.MessageFilter{Journey: m.Journey, OrderID: m.OrderID, Limit: mostListed})
	if err != nil {
		return crm.Facts{}, err
	}
	for _, have := range stored {
		if have.Subject == m.Subject {
			m = have
		}
	}
	facts, err := s.FactsOf(ctx, m.ShopID, []crm.Message{m})
	if err != nil {
		return crm.Facts{}, err
	}
	f := facts[0]
	f.Settings = j.Values(f.Shop)
	return f, nil
}

// writeMail writes the mail that the facts lead to, as text or as HTML alone.
func writeMail(g *globals, f crm.Facts, now time.Time, html bool) error {
	r, err := templates.New()
	if err != nil {
		return err
	}
	if f.Message.ID == "" {
		f.Message.ID = "msg_preview"
	}
	mail, err := r.Mail(f, now)
	if err != nil {
		return err
	}
	if html {
		_, err = fmt.Fprintln(g.out, mail.HTML)
		return err
	}
	t := newTable(g.out)
	t.field("from", mailboxText(mail.From))
	t.field("to", mailboxText(mail.To))
	t.field("reply to", mail.ReplyTo)
	t.field("language", mail.Locale)
	t.field("subject", mail.Subject)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "\n%s\n", strings.TrimRight(mail.Text, "\n"))
	return err
}
