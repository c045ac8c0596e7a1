package main

import (
	"context"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/desk"
)

type shopSetCmd struct {
	Name    string   `arg:"" name:"shop" help:"The shop, by domain or id."`
	Changes []string `arg:"" name:"name=value" help:"What to change."`
}

func (c *shopSetCmd) Help() string {
	var b strings.Builder
	b.WriteString("What can be set:\n")
	for _, f := range desk.ShopFields {
		fmt.Fprintf(&b, "\n  %-11s %s", f.Name, f.Help)
	}
	b.WriteString("\n  state       active or paused: paused shops take webhooks in and send nothing\n\nExample: grazie shop set demo.myshopify.com reply_to=hello@shop.example formal=true")
	return b.String()
}

func (c *shopSetCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := inShop{c.Name}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err = s.ChangeShop(ctx, shop.ID, c.apply); err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "The shop %s was changed. The running server uses it from the next mail on.\n", shop.Domain)
	return err
}

func (c *shopSetCmd) apply(shop *crm.Shop) error {
	var wrong mistakes
	for _, ch := range changes(c.Changes, &wrong) {
		if ch.name == "state" {
			setState(shop, crm.ShopState(ch.value), &wrong)
			continue
		}
		f, ok := desk.FindShopField(ch.name)
		if !ok {
			wrong.add(ch.name, "there is no such setting; there are %s, state", strings.Join(desk.ShopFieldNames(), ", "))
			continue
		}
		if ch.value == "" && f.Required {
			wrong.add(ch.name, "is needed and cannot be empty")
		} else if err := f.Set(shop, ch.value); err != nil {
			wrong.add(ch.name, "%v", err)
		}
	}
	return wrong.err("nothing was changed")
}

func setState(shop *crm.Shop, state crm.ShopState, wrong *mistakes) {
	switch {
	case state != crm.ShopActive && state != crm.ShopPaused:
		wrong.add("state", "%q is neither active nor paused", string(state))
	case shop.State == crm.ShopUninstalled:
		wrong.add("state", `the merchant removed the connection: connect the shop again with "grazie shop connect"`)
	default:
		shop.State, shop.Held = state, state == crm.ShopPaused
	}
}
