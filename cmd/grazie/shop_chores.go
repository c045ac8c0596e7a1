package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/jobs"
)

type shopChoresCmd struct {
	Shop string `arg:"" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	Ask  string `help:"Have one done now: history, reconcile, subscriptions, token, retention or privacy." placeholder:"CHORE" enum:",history,reconcile,subscriptions,token,retention,privacy" default:""`
	listing
}

func (c *shopChoresCmd) Help() string {
	return `What every shop needs from time to time, done by the workers by themselves: its
history is read once after it was connected, webhooks that got lost are looked for,
subscriptions and credentials are kept alive, and what was kept long enough is
forgotten. "--ask history" reads the history again from its beginning.`
}

func (c *shopChoresCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := inShop{c.Shop}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Ask != "" {
		if err := s.AskChore(ctx, shop.ID, crm.ChoreKind(c.Ask), time.Now(), c.Ask == string(crm.ChoreHistory)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(g.out, "A running server does it within seconds; \"grazie shop chores %s\" tells how it went.\n", shop.Domain)
		return err
	}
	all, err := s.Chores(ctx, shop.ID)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "The shop has none: it was connected by an older program; connect it again.", "CHORE|DONE LAST|DUE|FAILED|WHAT IT FOUND", func(ch crm.Chore) []string {
		told := ch.Detail
		if ch.Total > 0 && ch.EndedAt.Before(ch.StartedAt) {
			told = fmt.Sprintf("%d of %d; %s", ch.Done, ch.Total, told)
		}
		failed := ""
		if ch.Attempt > 0 {
			failed = plural(ch.Attempt, "time", "times")
		}
		return []string{string(ch.Kind), moment(ch.EndedAt), cmp.Or(moment(ch.DueAt), "when asked"), failed, told}
	})
}

type shopReconcileCmd struct {
	Shop   string `arg:"" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	Since  string `help:"How far to look back: 90m, 48h or whole days, 3d." default:"3d" placeholder:"DURATION"`
	DryRun bool   `help:"Only tell what no webhook told."`
	listing
}

func (c *shopReconcileCmd) Help() string {
	return `Asks the platform what changed, and compares. Webhooks get lost: what no webhook
told, or told in an older state, is taken in as if one had. That is safe to repeat,
and the workers do it by themselves every few hours.`
}

func (c *shopReconcileCmd) Run(ctx context.Context, g *globals) error {
	back, err := crm.ParseDuration(c.Since)
	if err != nil || back <= 0 {
		return &crm.Invalid{Field: "--since", Message: "write how far to look back, such as 48h or 3d"}
	}
	s, shop, err := inShop{c.Shop}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: g.cfg.AllowPrivateHosts})
	w := jobs.New(&jobs.Worker{Store: s, Platforms: platforms(g.cfg, client, time.Now), Now: time.Now, Log: g.log}, 1)
	gaps, seen, err := w.Reconcile(ctx, shop, time.Now().Add(-back), time.Now(), c.DryRun, nil)
	if unsupported := (*integrations.Error)(nil); errors.As(err, &unsupported) && unsupported.Kind == integrations.Unsupported {
		return fmt.Errorf("%s cannot be asked what changed; nothing was compared", shop.Platform)
	}
	if err != nil {
		return err
	}
	err = writeList(g, c.listing, gaps, fmt.Sprintf("No gap: all of %s that changed is known.", plural(seen, "thing", "things")), "WHAT|ID|CHANGED", func(gap jobs.Gap) []string {
		return []string{string(gap.Kind), gap.ID, moment(gap.At)}
	})
	if err != nil || len(gaps) == 0 {
		return err
	}
	told := "%s that no webhook told, of %d compared; a running server takes them in within seconds.\n"
	if c.DryRun {
		told = "%s that no webhook told, of %d compared; nothing was changed.\n"
	}
	_, err = fmt.Fprintf(g.err, told, plural(len(gaps), "change", "changes"), seen)
	return err
}
