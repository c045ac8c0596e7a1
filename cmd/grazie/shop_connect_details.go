package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations/shopify"
)

// shopDetails are what every way to connect a shop asks about the shop itself.
type shopDetails struct {
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
}

// apply puts what was given over a shop, and finds what is needed and missing then.
func (d shopDetails) apply(shop *crm.Shop, wrong *mistakes) {
	given := map[string]string{
		"name": d.Name, "from": d.From, "reply_to": d.ReplyTo, "legal_name": d.LegalName, "address": d.Address,
		"timezone": d.Timezone, "country": d.Country, "locale": d.Locale, "currency": d.Currency,
	}
	if d.Formal != nil {
		given["formal"] = strconv.FormatBool(*d.Formal)
	}
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
}

// connectShop creates a platform's shop, or changes the one with this domain,
// by apply, which returns all that is wrong.
func connectShop(ctx context.Context, g *globals, platform, domain string, apply func(*crm.Shop, crm.Values) error) (shop crm.Shop, created bool, err error) {
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return shop, false, err
	}
	defer s.Close()
	shop, err = s.ShopOn(ctx, platform, domain)
	if !errors.Is(err, crm.ErrNotFound) {
		if err == nil {
			shop, err = s.ChangeConnection(ctx, shop.ID, apply)
		}
		return shop, false, err
	}
	shop, connection := crm.Shop{Platform: platform, Domain: domain}, crm.Values{}
	if err := apply(&shop, connection); err != nil {
		return shop, false, err
	}
	shop, _, err = s.ConnectShop(ctx, shop, connection)
	return shop, true, err
}

// tellConnected says what became of a shop.
func tellConnected(g *globals, shop crm.Shop, created bool) {
	what := "was changed"
	if created {
		what = "is connected"
	}
	fmt.Fprintf(g.out, "The shop %s %s (%s).\n", shop.Domain, what, shop.ID)
	if shop.State != crm.ShopActive {
		fmt.Fprintf(g.out, "It is %s: \"grazie shop set %s state=active\" lets mails go out.\n", shop.State, shop.Domain)
	}
}

// webhookAddress is where a shop's webhooks go. Those of one app come to one
// address for all its shops, and name their shop.
func webhookAddress(g *globals, shop crm.Shop) string {
	address := g.cfg.PublicURL + "/webhooks/" + shop.Platform
	if shop.Platform == shopify.New().Name() {
		return address
	}
	return address + "/" + shop.ID
}
