package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/shopify"
	"grazie/store"
)

type shopConnectCmd struct {
	Shopify connectShopifyCmd `cmd:"" help:"Connect a shop on Shopify."`
}

type connectShopifyCmd struct {
	Domain    string `required:"" help:"The shop's name at Shopify, such as demo.myshopify.com." placeholder:"D.myshopify.com"`
	Secret    string `help:"The client secret of your app: it signs the webhooks." placeholder:"S" env:"GRAZIE_SHOP_SECRET"`
	Token     string `help:"The Admin API access token, for what Grazie does in the shop; receiving webhooks needs none." placeholder:"T" env:"GRAZIE_SHOP_TOKEN"`
	Refresh   string `name:"refresh-token" help:"The refresh token, where the access token ends after an hour; Grazie renews both." placeholder:"T" env:"GRAZIE_SHOP_REFRESH_TOKEN"`
	ClientID  string `name:"client-id" help:"The client id of your app; needed with a refresh token." placeholder:"ID"`
	Name      string `help:"The shop's name, as customers know it." placeholder:"N"`
	From      string `help:"Who signs, and sends every mail." placeholder:"\"Anna <anna@shop.example>\""`
	ReplyTo   string `help:"Where answers go, if not to the sender." placeholder:"ADDRESS"`
	LegalName string `help:"Who runs the shop, for the foot of the mails." placeholder:"L"`
	Address   string `help:"Its postal address on one line, for the foot of the mails." placeholder:"A"`
	Timezone  string `help:"IANA name, such as Europe/Rome." placeholder:"Z"`
	Country   string `help:"Where the shop is: two letters of ISO 3166, such as IT." placeholder:"CC"`
	Locale    string `help:"The language of customers who have none, such as it or de-AT." placeholder:"L"`
	Currency  string `help:"Of its prices: three letters of ISO 4217, such as EUR." placeholder:"C"`
	Formal    *bool  `negatable:"" help:"Address customers formally where the language knows it."`
	AdminURL  string `name:"admin-url" help:"Only for trials: what stands for https://{shop} when Shopify's Admin API is called." placeholder:"URL"`
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
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	c.Domain = strings.ToLower(c.Domain)
	shop, err := s.Shop(ctx, c.Domain)
	created := errors.Is(err, crm.ErrNotFound)
	switch {
	case created:
		shop, err = c.create(ctx, s)
	case err == nil:
		shop, err = s.ChangeConnection(ctx, shop.ID, c.apply)
	}
	if err != nil {
		return err
	}
	return c.tell(g, shop, created)
}

func (c *connectShopifyCmd) create(ctx context.Context, s *store.Store) (crm.Shop, error) {
	shop, connection := crm.Shop{Platform: shopify.New().Name(), Domain: c.Domain}, crm.Values{}
	if err := c.apply(&shop, connection); err != nil {
		return shop, err
	}
	shop, _, err := s.ConnectShop(ctx, shop, connection)
	return shop, err
}

// apply puts what was given over a shop and its connection, and checks that
// nothing needed is missing then.
func (c *connectShopifyCmd) apply(shop *crm.Shop, connection crm.Values) error {
	var wrong mistakes
	if !shopify.ShopName.MatchString(c.Domain) {
		wrong.add("--domain", "%q is not a shop's name at Shopify: write it as demo.myshopify.com, whatever address customers open", c.Domain)
	}
	given := c.given()
	for _, f := range desk.ShopFields {
		flag := "--" + strings.ReplaceAll(f.Name, "_", "-")
		if v := given[f.Name]; v != "" {
			if err := f.Set(shop, v); err != nil {
				wrong.add(flag, "%v", err)
			}
		} else if f.Required && f.Show(*shop) == "" {
			wrong.add(flag, "is needed: %s", f.Help)
		}
	}
	c.connect(connection, &wrong)
	return wrong.err("nothing was changed")
}

// given is what was typed, by the name of its field; empty is not given.
func (c *connectShopifyCmd) given() map[string]string {
	all := map[string]string{
		"name": c.Name, "from": c.From, "reply_to": c.ReplyTo, "legal_name": c.LegalName, "address": c.Address,
		"timezone": c.Timezone, "country": c.Country, "locale": c.Locale, "currency": c.Currency,
	}
	if c.Formal != nil {
		all["formal"] = strconv.FormatBool(*c.Formal)
	}
	return all
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

func (c *connectShopifyCmd) tell(g *globals, shop crm.Shop, created bool) error {
	what := "was changed"
	if created {
		what = "is connected"
	}
	fmt.Fprintf(g.out, "The shop %s %s (%s).\n", shop.Domain, what, shop.ID)
	if shop.State != crm.ShopActive {
		fmt.Fprintf(g.out, "It is %s: \"grazie shop set %s state=active\" lets mails go out.\n", shop.State, shop.Domain)
	}
	_, err := fmt.Fprintf(g.out, "Let Shopify send its webhooks to %s/webhooks/%s.\n", g.cfg.PublicURL, shop.Platform)
	return err
}
