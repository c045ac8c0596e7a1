package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations/bigcommerce"
)

type connectBigCommerceCmd struct {
	StoreHash string `name:"store-hash" required:"" help:"How BigCommerce names the store: abc123 of https://api.bigcommerce.com/stores/abc123." placeholder:"HASH"`
	Token     string `help:"The access token of an API account of the store." placeholder:"T" env:"GRAZIE_SHOP_TOKEN"`
	ClientID  string `name:"client-id" help:"The client id of the same account." placeholder:"ID"`
	Secret    string `help:"The client secret of the same account: BigCommerce signs webhooks with it." placeholder:"S" env:"GRAZIE_SHOP_SECRET"`
	APIURL    string `name:"api-url" help:"Only for trials: what stands for https://api.bigcommerce.com." placeholder:"URL"`
	shopDetails
}

func (c *connectBigCommerceCmd) Help() string {
	return `Creates the shop, or changes the one with this store hash: then what is not given
stays as it is. BigCommerce's webhooks only name what changed, so that Grazie needs a
token to read it: make an API account in the store's settings that may read Orders,
Customers and Information & Settings, and modify Marketing. Grazie subscribes to the
webhooks by itself, and gives each a key of its own.

Secrets need not stand in the history of your shell: leave --secret and --token out
and set GRAZIE_SHOP_SECRET and GRAZIE_SHOP_TOKEN for this one command. They are
stored encrypted and never printed.`
}

func (c *connectBigCommerceCmd) Run(ctx context.Context, g *globals) error {
	c.StoreHash = strings.ToLower(strings.TrimPrefix(c.StoreHash, "stores/"))
	shop, created, err := connectShop(ctx, g, (*bigcommerce.Platform)(nil).Name(), c.StoreHash, c.apply)
	if err != nil {
		return err
	}
	tellConnected(g, shop, created)
	_, err = fmt.Fprintf(g.out, "Grazie subscribes to its webhooks by itself; they come to %s\n", webhookAddress(g, shop))
	return err
}

// apply puts what was given over a shop and its connection, and checks that
// nothing needed is missing then.
func (c *connectBigCommerceCmd) apply(shop *crm.Shop, connection crm.Values) error {
	var wrong mistakes
	if !bigcommerce.StoreHash.MatchString(c.StoreHash) {
		wrong.add("--store-hash", "%q is not how BigCommerce names a store: copy what stands behind /stores/ in the API path of your API account", c.StoreHash)
	}
	c.shopDetails.apply(shop, &wrong)
	if old := connection[bigcommerce.SettingSecret]; c.Secret != "" && old != "" && old != c.Secret {
		connection[bigcommerce.SettingPreviousSecret] = old
	}
	for _, v := range []struct{ flag, setting, value string }{
		{"--token", bigcommerce.SettingToken, c.Token}, {"--secret", bigcommerce.SettingSecret, c.Secret},
		{"--client-id", bigcommerce.SettingClientID, c.ClientID}, {"--api-url", bigcommerce.SettingAPIURL, strings.TrimRight(c.APIURL, "/")},
	} {
		if strings.ContainsFunc(v.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			wrong.add(v.flag, "holds a space or a character that it cannot have: copy it again")
		}
		if v.value != "" {
			connection[v.setting] = v.value
		}
	}
	if connection[bigcommerce.SettingToken] == "" {
		wrong.add("--token", "is needed (or GRAZIE_SHOP_TOKEN): webhooks only name what changed, and it is read with that")
	}
	if u, err := url.Parse(c.APIURL); c.APIURL != "" && (err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"http", "https"}, u.Scheme)) {
		wrong.add("--api-url", "write an address that begins with http:// or https://, without user and password")
	}
	if connection[bigcommerce.SettingHookKey] == "" {
		connection[bigcommerce.SettingHookKey] = bigcommerce.NewHookKey()
	}
	return wrong.err("nothing was changed")
}
