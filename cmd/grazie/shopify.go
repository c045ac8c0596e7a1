package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"grazie/integrations/shopify"
)

type shopifyCmd struct {
	AppToml shopifyAppTomlCmd `cmd:"" name:"app-toml" help:"Print shopify.app.toml: scopes, addresses, webhooks."`
}

type shopifyAppTomlCmd struct {
	URL       string   `name:"url" help:"Grazie's public address, if not GRAZIE_PUBLIC_URL." placeholder:"https://..."`
	ClientID  string   `name:"client-id" help:"The app's client id, if not GRAZIE_SHOPIFY_CLIENT_ID." placeholder:"ID"`
	Only      []string `help:"The gestures that are switched on, such as thank_you,review_request: merchants are asked for no more than those need. Without it: all." placeholder:"GESTURE"`
	AllOrders bool     `name:"all-orders" help:"Ask for orders older than 60 days as well. Shopify must have allowed it to your app before."`
}

func (c *shopifyAppTomlCmd) Help() string {
	return `Put it into a folder of its own and hand it to Shopify with its command line:

  grazie shopify app-toml > shopify.app.toml
  shopify app deploy

Do so again after an update of Grazie, and when its address changes.`
}

func (c *shopifyAppTomlCmd) Run(_ context.Context, g *globals) error {
	m := shopify.Manifest{ClientID: c.ClientID, URL: strings.TrimRight(c.URL, "/"), Gestures: c.Only, AllOrders: c.AllOrders}
	if m.URL == "" {
		m.URL = strings.TrimRight(g.cfg.PublicURL, "/")
	}
	if m.ClientID == "" {
		m.ClientID = g.cfg.ShopifyID
	}
	var wrong mistakes
	if u, err := url.Parse(m.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		wrong.add("--url", "%q is no address that Shopify opens: write it as https://grazie.example.com, or set GRAZIE_PUBLIC_URL", m.URL)
	}
	if strings.ContainsFunc(m.ClientID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		wrong.add("--client-id", "holds a space or a character that no client id has: copy it again")
	}
	for _, key := range c.Only {
		if _, err := findJourney(key); err != nil {
			wrong.add("--only", "%v", err)
		}
	}
	if err := wrong.err("there is no manifest"); err != nil {
		return err
	}
	if m.ClientID == "" {
		fmt.Fprintln(g.err, "There is no client id in it yet: \"shopify app config link\" fills it in, or give --client-id.")
	}
	_, err := fmt.Fprint(g.out, m.TOML())
	return err
}
