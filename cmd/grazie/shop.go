package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
)

type shopCmd struct {
	Connect     shopConnectCmd     `cmd:"" help:"Connect a shop, or change its connection."`
	List        shopListCmd        `cmd:"" help:"List the shops."`
	Show        shopShowCmd        `cmd:"" help:"Show one shop."`
	Setup       shopSetupCmd       `cmd:"" help:"Say what a shop still misses, or print the address of its first steps."`
	SenderCheck shopSenderCheckCmd `cmd:"" help:"Ask the DNS whether the sender's domain vouches for its mails."`
	Set         shopSetCmd         `cmd:"" help:"Change what Grazie knows of a shop; pause it and let it go on."`
	Labels      shopLabelsCmd      `cmd:"" help:"Show or change the settings of a service that sells return labels."`
	Areas       shopAreasCmd       `cmd:"" help:"Show or replace the shop's own sentences about places."`

	Chores    shopChoresCmd    `cmd:"" help:"What the shop needs from time to time, and how it went: history, subscriptions, credentials."`
	Reconcile shopReconcileCmd `cmd:"" help:"Find what webhooks did not tell, and take it in."`
}

// inShop is the shop that a command is about.
type inShop struct {
	Shop string `help:"The shop, by domain or id. Not needed while there is only one." placeholder:"SHOP" env:"GRAZIE_SHOP"`
}

// open opens the database and finds the shop.
func (in inShop) open(ctx context.Context, g *globals) (*store.Store, crm.Shop, error) {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return nil, crm.Shop{}, err
	}
	shop, err := findShop(ctx, s, in.Shop)
	if err != nil {
		return nil, crm.Shop{}, errors.Join(err, s.Close())
	}
	return s, shop, nil
}

// findShop is the shop with a domain, with or without ".myshopify.com", or an
// id; without either, the only shop there is.
func findShop(ctx context.Context, s *store.Store, name string) (crm.Shop, error) {
	for _, try := range []string{name, name + ".myshopify.com"} {
		if name == "" {
			break
		}
		shop, err := s.Shop(ctx, try)
		if !errors.Is(err, crm.ErrNotFound) {
			actIn(ctx, shop.ID)
			return shop, err
		}
	}
	all, err := s.Shops(ctx)
	if err != nil {
		return crm.Shop{}, err
	}
	domains := make([]string, len(all))
	for i, shop := range all {
		domains[i] = shop.Domain
	}
	switch {
	case len(all) == 0:
		return crm.Shop{}, errors.New(`no shop is connected yet: "grazie shop connect --help" tells how`)
	case name == "" && len(all) == 1:
		actIn(ctx, all[0].ID)
		return all[0], nil
	case name == "":
		return crm.Shop{}, &crm.Invalid{Field: "--shop", Message: "say which one: " + strings.Join(domains, ", ")}
	}
	return crm.Shop{}, fmt.Errorf("there is no shop %q; there are: %s", name, strings.Join(domains, ", "))
}

type shopListCmd struct{ listing }

func (c *shopListCmd) Run(ctx context.Context, g *globals) error {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	shops, err := s.Shops(ctx)
	if err != nil {
		return err
	}
	return writeList(g, c.listing, shops, `No shop is connected yet: "grazie shop connect --help" tells how.`,
		"DOMAIN|STATE|NAME|LOCALE|TIMEZONE|CONNECTED|ID", func(shop crm.Shop) []string {
			return []string{shop.Domain, string(shop.State), shop.Name, shop.Locale, shop.Timezone, moment(shop.ConnectedAt), shop.ID}
		})
}

type shopShowCmd struct {
	Name string `arg:"" name:"shop" optional:"" help:"The shop, by domain or id. Not needed while there is only one."`
	listing
}

func (c *shopShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := inShop{c.Name}.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.JSON {
		return writeJSON(g.out, shop)
	}
	connection, err := s.Connection(ctx, shop.ID)
	if err != nil {
		return err
	}
	t := newTable(g.out)
	t.field("domain", shop.Domain)
	t.field("id", shop.ID)
	t.field("platform", shop.Platform)
	t.field("state", string(shop.State))
	for _, f := range desk.ShopFields {
		t.field(f.Name, f.Show(shop))
	}
	t.field("areas", plural(len(shop.Areas), "place", "places"))
	t.field("connected", moment(shop.ConnectedAt))
	t.field("webhooks go to", webhookAddress(g, shop))
	platform := platforms(g.cfg, http.DefaultClient, time.Now)[shop.Platform]
	if platform == nil {
		return errors.Join(t.Flush(), fmt.Errorf("this program has no adapter for the platform %q", shop.Platform))
	}
	for _, setting := range platform.Settings() {
		t.field(setting.Key, shown(setting, connection[setting.Key]))
	}
	can, cannot := integrations.Abilities(platform)
	t.field("platform can do", strings.Join(can, ", "))
	t.field("platform cannot do", strings.Join(cannot, ", "))
	if acts, ok := platform.(integrations.Credentialed); ok && len(can) > 0 && !acts.CanAct(integrations.Connection{Settings: connection}) {
		t.field("credentials", "none: nothing can be done in this shop, webhooks are only taken in")
	}
	return t.Flush()
}

// shown is a connection's setting as it may be printed: of a secret only
// whether it is there.
func shown(s crm.Setting, value string) string {
	switch {
	case s.Kind != crm.SettingSecret:
		return value
	case value == "":
		return "not set"
	}
	return "set"
}
