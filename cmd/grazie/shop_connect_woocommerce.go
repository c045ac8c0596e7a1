package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/integrations/woocommerce"
)

type connectWooCommerceCmd struct {
	URL            string `name:"url" required:"" help:"The address of the shop." placeholder:"https://SHOP.example"`
	ConsumerKey    string `help:"Of an API key that may read and write, for what Grazie does in the shop; receiving webhooks needs none." placeholder:"ck_..." env:"GRAZIE_SHOP_CONSUMER_KEY"`
	ConsumerSecret string `help:"The secret of that key." placeholder:"cs_..." env:"GRAZIE_SHOP_CONSUMER_SECRET"`
	Secret         string `help:"What the shop's webhooks are signed with. Left out, Grazie makes one." placeholder:"S" env:"GRAZIE_SHOP_SECRET"`
	shopDetails
}

func (c *connectWooCommerceCmd) Help() string {
	return `Creates the shop, or changes the one at this address: then what is not given stays
as it is. With an API key (WooCommerce, Settings, Advanced, REST API) Grazie subscribes
to the shop's webhooks by itself, and again where the shop switched one off.

Secrets need not stand in the history of your shell: set GRAZIE_SHOP_CONSUMER_KEY,
GRAZIE_SHOP_CONSUMER_SECRET and GRAZIE_SHOP_SECRET for this one command. They are stored
encrypted and never printed.`
}

func (c *connectWooCommerceCmd) Run(ctx context.Context, g *globals) error {
	p := woocommerce.New(nil, nil, g.cfg.AllowPrivateHosts)
	domain, location, err := p.Shop(c.URL)
	if invalid, ok := errors.AsType[*crm.Invalid](err); ok {
		return &crm.Invalid{Field: "--url", Message: invalid.Message}
	}
	made, acts := "", false
	shop, created, err := connectShop(ctx, g, p.Name(), domain, func(shop *crm.Shop, connection crm.Values) error {
		made = ""
		var wrong mistakes
		c.shopDetails.apply(shop, &wrong)
		c.connect(connection, location, &made, &wrong)
		acts = connection[woocommerce.SettingKey] != ""
		return wrong.err("nothing was changed")
	})
	if err != nil {
		return err
	}
	tellConnected(g, shop, created)
	if acts {
		_, err = fmt.Fprintf(g.out, "Grazie subscribes to its webhooks by itself; they come to %s\n", webhookAddress(g, shop))
		return err
	}
	fmt.Fprintf(g.out, "Make these webhooks in its settings (WooCommerce, Settings, Advanced, Webhooks), each to %s:\n", webhookAddress(g, shop))
	for _, topic := range woocommerce.Topics() {
		fmt.Fprintln(g.out, "  "+topic)
	}
	if made != "" {
		_, err = fmt.Fprintf(g.out, "Give each this secret, which is shown only now:\n\n  %s\n", made)
	}
	return err
}

// connect changes the settings of the connection. The secret that was in force
// is kept as the previous one, until all webhooks have the new one.
func (c *connectWooCommerceCmd) connect(connection crm.Values, location string, made *string, wrong *mistakes) {
	connection[woocommerce.SettingURL] = location
	if (c.ConsumerKey == "") != (c.ConsumerSecret == "") {
		wrong.add("--consumer-key", "and --consumer-secret (or GRAZIE_SHOP_CONSUMER_KEY and GRAZIE_SHOP_CONSUMER_SECRET) belong together: give both")
	}
	old := connection[woocommerce.SettingSecret]
	secret := c.Secret
	if secret == "" && old == "" {
		*made = rand.Text() + rand.Text()
		secret = *made
	}
	if old != "" && secret != "" && old != secret {
		connection[woocommerce.SettingPreviousSecret] = old
	}
	for _, v := range []struct{ flag, setting, value string }{
		{"--consumer-key", woocommerce.SettingKey, c.ConsumerKey}, {"--consumer-secret", woocommerce.SettingKeySecret, c.ConsumerSecret}, {"--secret", woocommerce.SettingSecret, secret},
	} {
		if strings.ContainsFunc(v.value, func(r rune) bool { return r < ' ' || r == 0x7f || r == ' ' && v.flag != "--secret" }) {
			wrong.add(v.flag, "holds a character that it cannot have: copy it again")
		}
		if v.value != "" {
			connection[v.setting] = v.value
		}
	}
}
