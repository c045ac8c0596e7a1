package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

type shopLabelsCmd struct {
	Service string   `arg:"" help:"The label service: easypost or shippo."`
	Changes []string `arg:"" optional:"" name:"name=value" help:"What to change; \"name=\" forgets it. Nothing: show what is set."`
	inShop
}

func (c *shopLabelsCmd) Help() string {
	return `The key is stored encrypted and never printed. Which service makes the labels is a
setting of the gesture: "grazie journey set return_upgrade label=easypost".

Example: grazie shop labels easypost key=EZAK... weight=750 weight_unit=g length=30 width=20 height=10`
}

func (c *shopLabelsCmd) Run(ctx context.Context, g *globals) error {
	makers := labelMakers(http.DefaultClient, time.Now)
	maker, ok := makers[c.Service]
	if !ok {
		return &crm.Invalid{Field: "service", Message: fmt.Sprintf("there is no label service %q; there are: %s", c.Service, strings.Join(slices.Sorted(maps.Keys(makers)), ", "))}
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	settings, err := s.Connection(ctx, shop.ID)
	if err != nil {
		return err
	}
	if len(c.Changes) > 0 {
		if _, err := s.ChangeConnection(ctx, shop.ID, func(_ *crm.Shop, all crm.Values) error { settings = all; return c.apply(maker.Settings(), all) }); err != nil {
			return err
		}
	}
	t := newTable(g.out)
	t.row("SETTING", "VALUE", "MEANS")
	for _, set := range maker.Settings() {
		v, ok := settings[c.Service+"."+set.Key]
		if !ok && set.Kind != crm.SettingSecret {
			v = set.Default
		}
		t.row(set.Key, shown(set, v), set.Label+". "+set.Help)
	}
	return t.Flush()
}

func (c *shopLabelsCmd) apply(declared []crm.Setting, all crm.Values) error {
	var wrong mistakes
	own := crm.Values{}
	for key, v := range all {
		if rest, ok := strings.CutPrefix(key, c.Service+"."); ok {
			own[rest] = v
		}
	}
	after := settled(declared, own, c.Changes, &wrong)
	if err := wrong.err("nothing was changed"); err != nil {
		return err
	}
	for key := range own {
		delete(all, c.Service+"."+key)
	}
	for key, v := range after {
		all[c.Service+"."+key] = v
	}
	return nil
}
