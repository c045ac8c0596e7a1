package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"grazie/crm"
	"grazie/store"
)

type webhookReplayCmd struct {
	IDs []string `arg:"" name:"id" optional:"" help:"Ids of webhooks, whk_..."`
	inShop
	Failed bool `help:"All that failed."`
	DryRun bool `help:"Only tell which."`
}

func (c *webhookReplayCmd) Help() string {
	return `Processing a webhook twice changes nothing that the first time did: no order is
counted twice, no mail is sent twice. The running server takes it up within seconds.`
}

func (c *webhookReplayCmd) Run(ctx context.Context, g *globals) error {
	if c.Failed == (len(c.IDs) > 0) {
		return &crm.Invalid{Message: "name the webhooks to process again, or say --failed"}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	hooks, err := c.find(ctx, s, shop)
	if err != nil {
		return err
	}
	for _, w := range hooks {
		if !c.DryRun {
			if err := s.ReplayWebhook(ctx, shop.ID, w.ID); err != nil {
				return err
			}
		}
		fmt.Fprintf(g.out, "%s  %s  %s\n", w.ID, w.Topic, moment(w.ReceivedAt))
	}
	told := "%s will be processed again.\n"
	if c.DryRun {
		told = "%s would be processed again.\n"
	}
	_, err = fmt.Fprintf(g.err, told, plural(len(hooks), "webhook", "webhooks"))
	return err
}

// find looks all of them up before any is touched.
func (c *webhookReplayCmd) find(ctx context.Context, s *store.Store, shop crm.Shop) ([]store.Webhook, error) {
	var all []store.Webhook
	var wrong []error
	for _, id := range c.IDs {
		w, err := s.Webhook(ctx, shop.ID, id)
		if err != nil {
			wrong = append(wrong, missing(err, `there is no webhook %q of %s; nothing was changed`, id, shop.Domain))
		}
		all = append(all, w)
	}
	f := store.WebhookFilter{State: store.WebhookFailed, Limit: mostListed}
	for c.Failed {
		found, err := s.Webhooks(ctx, shop.ID, f)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if len(found) < f.Limit {
			break
		}
		f.Before = found[len(found)-1].ID
	}
	slices.Reverse(all) // the oldest first, as they came
	return all, errors.Join(wrong...)
}
