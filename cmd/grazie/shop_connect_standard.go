package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"grazie/crm"
	"grazie/integrations/standard"
)

type connectStandardCmd struct {
	Domain string `required:"" help:"The shop's own domain: its name here." placeholder:"SHOP.example"`
	Secret string `help:"What the sender signs with: whsec_ and base64. Left out, Grazie makes one and shows it once." placeholder:"S" env:"GRAZIE_SHOP_SECRET"`
	Rotate bool   `help:"Make a new secret; the one before is accepted as well, until the next change."`
	shopDetails
}

func (c *connectStandardCmd) Help() string {
	return `For shops whose software Grazie has no adapter for: it pushes events, signed by
Standard Webhooks. docs/standard-webhooks.md tells which, and every field.

Creates the shop, or changes the one with this domain: then what is not given
stays as it is. Nothing can be done in such a shop: gestures that give a discount
code or make a return free are skipped there.`
}

var shopDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+(:[0-9]+)?$`)

func (c *connectStandardCmd) Run(ctx context.Context, g *globals) error {
	c.Domain = strings.ToLower(c.Domain)
	shown := ""
	shop, created, err := connectShop(ctx, g, standard.New(nil).Name(), c.Domain, func(shop *crm.Shop, connection crm.Values) error {
		shown = ""
		return c.apply(shop, connection, &shown)
	})
	if err != nil {
		return err
	}
	tellConnected(g, shop, created)
	address := webhookAddress(g, shop)
	fmt.Fprintf(g.out, "Let it send its events to %s\n", address)
	if shown == "" {
		return nil
	}
	_, err = fmt.Fprintf(g.out, `signed with this secret, which is shown only now:

  %s

Try it with a paid order of your own:

  docs/send-standard.sh %s '%s' you@mail.example
`, shown, address, shown)
	return err
}

// apply puts what was given over a shop and its connection. A secret that is
// made here is shown to whoever asked.
func (c *connectStandardCmd) apply(shop *crm.Shop, connection crm.Values, shown *string) error {
	var wrong mistakes
	if !shopDomain.MatchString(c.Domain) {
		wrong.add("--domain", "%q is not a domain: write it as shop.example, without https://", c.Domain)
	}
	c.shopDetails.apply(shop, &wrong)
	secret, old := c.Secret, connection[standard.SettingSecret]
	switch {
	case secret != "" && c.Rotate:
		wrong.add("--rotate", "makes a secret of its own: leave out --secret (or GRAZIE_SHOP_SECRET)")
	case secret != "":
		if _, err := standard.Key(secret); err != nil {
			wrong.add("--secret", "%v", err)
		}
	case old == "" || c.Rotate:
		secret = standard.NewSecret()
		*shown = secret
	default:
		secret = old
	}
	if old != "" && old != secret {
		connection[standard.SettingPreviousSecret] = old
	}
	connection[standard.SettingSecret] = secret
	return wrong.err("nothing was changed")
}
