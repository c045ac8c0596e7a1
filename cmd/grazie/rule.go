package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"grazie/crm"
	"grazie/journeys"
)

type ruleCmd struct {
	List ruleListCmd `cmd:"" help:"List the rules that hold for all gestures of a shop."`
	Set  ruleSetCmd  `cmd:"" help:"Change them."`
}

type ruleListCmd struct {
	inShop
	listing
}

// ruleView is a rule as it is in force for a shop.
type ruleView struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Means   string `json:"means"`
}

func (c *ruleListCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	values := journeys.RuleValues(shop)
	var all []ruleView
	for _, r := range journeys.Rules {
		all = append(all, ruleView{r.Key, values[r.Key], r.Default, r.Label + ". " + r.Help})
	}
	return writeList(g, c.listing, all, "This program has no rules.", "RULE|VALUE|DEFAULT|MEANS", func(v ruleView) []string {
		return []string{v.Key, v.Value, v.Default, v.Means}
	})
}

type ruleSetCmd struct {
	Changes []string `arg:"" name:"name=value" help:"What to change; \"name=\" puts the default back."`
	inShop
}

func (c *ruleSetCmd) Help() string {
	return `"grazie rule list" tells what can be set. Changed rules hold for what waits as well.

Example: grazie rule set quiet_from=20 reward_budget=500.00 --shop demo.myshopify.com`
}

func (c *ruleSetCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if shop, err = s.ChangeShop(ctx, shop.ID, c.apply); err != nil {
		return err
	}
	values := journeys.RuleValues(shop)
	fmt.Fprintf(g.out, "The rules of %s:\n", shop.Domain)
	for _, r := range journeys.Rules {
		fmt.Fprintf(g.out, "  %s=%s\n", r.Key, values[r.Key])
	}
	return nil
}

func (c *ruleSetCmd) apply(shop *crm.Shop) error {
	var wrong mistakes
	shop.Rules = settled(journeys.Rules, shop.Rules, c.Changes, &wrong)
	return wrong.err("nothing was changed")
}

// settled are settings after changes; what is wrong with those is told.
func settled(declared []crm.Setting, own crm.Values, typed []string, wrong *mistakes) crm.Values {
	if own = maps.Clone(own); own == nil {
		own = crm.Values{}
	}
	byKey, names := map[string]crm.Setting{}, []string{}
	for _, s := range declared {
		byKey[s.Key], names = s, append(names, s.Key)
	}
	for _, ch := range changes(typed, wrong) {
		setting, ok := byKey[ch.name]
		switch {
		case !ok:
			wrong.add(ch.name, "there is no such setting; there are %s", strings.Join(names, ", "))
		case ch.value == "":
			delete(own, ch.name)
		default:
			if err := setting.Check(ch.value); err != nil {
				*wrong = append(*wrong, err)
			}
			own[ch.name] = ch.value
		}
	}
	return own
}
