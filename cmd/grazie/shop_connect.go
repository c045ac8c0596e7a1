package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations/shopify"
)

type shopConnectCmd struct {
	Shopify     connectShopifyCmd     `cmd:"" help:"Connect a shop on Shopify."`
	WooCommerce connectWooCommerceCmd `cmd:"" name:"woocommerce" help:"Connect a shop on WooCommerce."`
	BigCommerce connectBigCommerceCmd `cmd:"" name:"bigcommerce" help:"Connect a shop on BigCommerce."`
	Standard    connectStandardCmd    `cmd:"" help:"Connect a shop of any software that pushes events by Standard Webhooks."`
}

type connectShopifyCmd struct {
	Domain   string `required:"" help:"The shop's name at Shopify, such as demo.myshopify.com." placeholder:"D.myshopify.com"`
	Secret   string `help:"The client secret of your app: it signs the webhooks." placeholder:"S" env:"GRAZIE_SHOP_SECRET"`
	Token    string `help:"The Admin API access token, for what Grazie does in the shop; receiving webhooks needs none." placeholder:"T" env:"GRAZIE_SHOP_TOKEN"`
	Refresh  string `name:"refresh-token" help:"The refresh token, where the access token ends after an hour; Grazie renews both." placeholder:"T" env:"GRAZIE_SHOP_REFRESH_TOKEN"`
	ClientID string `name:"client-id" help:"The client id of your app; needed with a refresh token." placeholder:"ID"`
	AdminURL string `name:"admin-url" help:"Only for trials: what stands for https://{shop} when Shopify's Admin API is called." placeholder:"URL"`
	shopDetails
}

func (c *connectShopifyCmd) Help() string {
	return `Creates the shop, or changes the one with this domain: then what is not given
stays as it is. A changed secret takes over at once, and what Shopify still signs
with the one before is accepted as well.

Secrets need not stand in the history of your shell: leave --secret and --token out
and set GRAZIE_SHOP_SECRET and GRAZIE_SHOP_TOKEN for this one command. They are
stored encrypted and never printed.`
}

func (c *connectShopifyCmd) Run(ctx context.Context, g *globals) error {
	c.Domain = strings.ToLower(c.Domain)
	shop, created, err := connectShop(ctx, g, shopify.New().Name(), c.Domain, c.apply)
	if err != nil {
		return err
	}
	tellConnected(g, shop, created)
	_, err = fmt.Fprintf(g.out, "Let Shopify send its webhooks to %s/webhooks/%s.\n", g.cfg.PublicURL, shop.Platform)
	return err
}

// apply puts what was given over a shop and its connection, and checks that
// nothing needed is missing then.
func (c *connectShopifyCmd) apply(shop *crm.Shop, connection crm.Values) error {
	var wrong mistakes
	if !shopify.ShopName.MatchString(c.Domain) {
		wrong.add("--domain", "%q is not a shop's name at Shopify: write it as demo.myshopify.com, whatever address customers open", c.Domain)
	}
	c.shopDetails.apply(shop, &wrong)
	c.connect(connection, &wrong)
	return wrong.err("nothing was changed")
}

// connect changes the settings of the connection. The secret that was in force
// is kept as the previous one: Shopify may sign with it for a while.
func (c *connectShopifyCmd) connect(connection crm.Values, wrong *mistakes) {
	if old := connection[shopify.SettingSecret]; c.Secret != "" && old != "" && old != c.Secret {
		connection[shopify.SettingPreviousSecret] = old
	}
	if c.Token != "" && c.Token != connection[shopify.SettingToken] {
		delete(connection, shopify.SettingTokenExpires) // of the one before
		delete(connection, shopify.SettingRefreshToken)
		delete(connection, shopify.SettingRefreshExpires)
	}
	for key, v := range map[string]string{shopify.SettingSecret: c.Secret, shopify.SettingToken: c.Token, shopify.SettingAdminURL: strings.TrimRight(c.AdminURL, "/"),
		shopify.SettingRefreshToken: c.Refresh, shopify.SettingClientID: c.ClientID} {
		if v != "" {
			connection[key] = v
		}
	}
	if c.Refresh != "" && connection[shopify.SettingClientID] == "" {
		wrong.add("--client-id", "is needed with a refresh token: the client id of your app")
	}
	if connection[shopify.SettingSecret] == "" {
		wrong.add("--secret", "is needed (or GRAZIE_SHOP_SECRET): the client secret of your app, which signs the webhooks")
	}
	for _, secret := range []struct{ flag, value string }{{"--secret", c.Secret}, {"--token", c.Token}, {"--refresh-token", c.Refresh}, {"--client-id", c.ClientID}} {
		if strings.ContainsFunc(secret.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			wrong.add(secret.flag, "holds a space or a character that no secret of Shopify has: copy it again")
		}
	}
	if u, err := url.Parse(c.AdminURL); c.AdminURL != "" && (err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"http", "https"}, u.Scheme)) {
		wrong.add("--admin-url", "write an address that begins with http:// or https://, without user and password")
	}
}
