package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
)

type journeyCmd struct {
	List journeyListCmd `cmd:"" help:"List the gestures with their settings in force."`
	Show journeyShowCmd `cmd:"" help:"Show one gesture: what it does, what can be set."`
	Set  journeySetCmd  `cmd:"" help:"Change the settings of a gesture for a shop."`
}

// journeyView is a journey as it is in force for a shop.
type journeyView struct {
	Shop     string            `json:"shop"`
	Key      string            `json:"key"`
	Name     string            `json:"name"`
	Purpose  crm.Purpose       `json:"purpose"`
	Settings crm.Values        `json:"settings"`
	Changed  []string          `json:"changed,omitempty"` // those that differ from the default
	Defaults map[string]string `json:"defaults"`
}

func viewJourney(j journeys.Journey, shop crm.Shop) journeyView {
	v := journeyView{Shop: shop.Domain, Key: j.Key, Name: j.Name, Purpose: j.Purpose, Settings: j.Values(shop), Defaults: map[string]string{}}
	for _, s := range j.Settings {
		v.Defaults[s.Key] = s.Default
		if v.Settings[s.Key] != s.Default {
			v.Changed = append(v.Changed, s.Key)
		}
	}
	return v
}

func findJourney(key string) (journeys.Journey, error) {
	j, ok := journeys.Find(key)
	if !ok {
		return j, &crm.Invalid{Field: "journey", Message: fmt.Sprintf("there is no %q; there are: %s", key, strings.Join(journeyKeys(), ", "))}
	}
	return j, nil
}

func journeyKeys() []string {
	var keys []string
	for _, j := range journeys.All {
		keys = append(keys, j.Key)
	}
	return keys
}

type journeyListCmd struct {
	inShop
	listing
}

func (c *journeyListCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	var all []journeyView
	for _, j := range journeys.All {
		all = append(all, viewJourney(j, shop))
	}
	return writeList(g, c.listing, all, "This program has no gestures.", "KEY|NAME|PURPOSE|SETTINGS", func(v journeyView) []string {
		j, _ := journeys.Find(v.Key)
		var settings []string
		for _, s := range j.Settings {
			settings = append(settings, s.Key+"="+v.Settings[s.Key])
		}
		return []string{v.Key, v.Name, string(v.Purpose), strings.Join(settings, " ")}
	})
}

type journeyShowCmd struct {
	Key string `arg:"" help:"The gesture's key, such as thank_you."`
	inShop
	listing
}

func (c *journeyShowCmd) Run(ctx context.Context, g *globals) error {
	j, err := findJourney(c.Key)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	v := viewJourney(j, shop)
	if c.JSON {
		return writeJSON(g.out, v)
	}
	warnUnable(g, j, shop)
	fmt.Fprintf(g.out, "%s (%s), %s, for %s\n\n", j.Name, j.Key, j.Purpose, shop.Domain)
	t := newTable(g.out)
	t.row("SETTING", "VALUE", "DEFAULT", "MEANS")
	for _, s := range j.Settings {
		t.row(s.Key, v.Settings[s.Key], s.Default, s.Label+". "+s.Help)
	}
	return t.Flush()
}

type journeySetCmd struct {
	Key     string   `arg:"" help:"The gesture's key, such as thank_you."`
	Changes []string `arg:"" name:"name=value" help:"What to change; \"name=\" puts the default back."`
	inShop
}

func (c *journeySetCmd) Help() string {
	return `"grazie journey show KEY" tells what can be set.

A changed delay holds for what is planned from now on: what waits already keeps its
time. A gesture that is switched off skips also what waits.

Example: grazie journey set thank_you delay=2h --shop demo.myshopify.com`
}

func (c *journeySetCmd) Run(ctx context.Context, g *globals) error {
	j, err := findJourney(c.Key)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	shop, err = s.ChangeShop(ctx, shop.ID, func(shop *crm.Shop) error { return c.apply(j, shop) })
	if err != nil {
		return err
	}
	warnUnable(g, j, shop)
	fmt.Fprintf(g.out, "%s of %s, for what is planned from now on:\n", j.Key, shop.Domain)
	v := viewJourney(j, shop)
	for _, s := range j.Settings {
		fmt.Fprintf(g.out, "  %s=%s\n", s.Key, v.Settings[s.Key])
	}
	return nil
}

func (c *journeySetCmd) apply(j journeys.Journey, shop *crm.Shop) error {
	var wrong mistakes
	own := settled(j.Settings, shop.Journeys[j.Key], c.Changes, &wrong)
	if shop.Journeys == nil {
		shop.Journeys = map[string]crm.Values{}
	}
	shop.Journeys[j.Key] = own
	return wrong.err("nothing was changed")
}

// warnUnable says that a gesture does nothing in a shop, because the shop's
// platform cannot do what it promises.
func warnUnable(g *globals, j journeys.Journey, shop crm.Shop) {
	platform, ok := platforms(g.cfg, http.DefaultClient, time.Now)[shop.Platform]
	if !ok {
		return
	}
	for _, kind := range j.Needs {
		if lacks := integrations.Lacks(platform, kind); lacks != "" {
			fmt.Fprintf(g.err, "Note: %s has no %s that Grazie could make, so that %s does nothing for %s: its messages are skipped.\n", shop.Platform, lacks, j.Key, shop.Domain)
		}
	}
}
