package woocommerce

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Check tells whether the shop takes the connection's key, for all that is read.
// Whether the key may write shows when something is written.
func (p *Platform) Check(ctx context.Context, c integrations.Connection) error {
	for _, path := range []string{"/wc/v3/orders", "/wc/v3/coupons", webhooksPath} {
		if _, err := p.call(ctx, c, http.MethodGet, path, url.Values{"per_page": {"1"}, "_fields": {"id"}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Describe tells the shop's name, country, currency and zone. What the key may
// not read stays empty.
func (p *Platform) Describe(ctx context.Context, c integrations.Connection) (crm.Shop, error) {
	var shop crm.Shop
	a, err := p.call(ctx, c, http.MethodGet, "/", url.Values{"_fields": {"name,timezone_string"}}, nil)
	if err != nil {
		return shop, err
	}
	site, err := integrations.ReadBody(a.body, true)
	if err != nil {
		return shop, p.odd()
	}
	shop.Name = clean(site.At("name"))
	if zone := site.At("timezone_string").Text(); zone != "" && zone != "Local" {
		if _, err := time.LoadLocation(zone); err == nil { // else the shop keeps only hours from UTC
			shop.Timezone = zone
		}
	}
	for name, into := range map[string]func(string){
		"woocommerce_currency": func(v string) {
			if len(v) == 3 {
				shop.Currency = strings.ToUpper(v)
			}
		},
		"woocommerce_default_country": func(v string) { // IT, or IT:FI with the province
			if code, _, _ := strings.Cut(v, ":"); len(code) == 2 {
				shop.Country = strings.ToUpper(code)
			}
		},
	} {
		v, err := p.setting(ctx, c, name)
		if kind := integrations.KindOf(err); err != nil && kind != integrations.Unauthorized && kind != integrations.Rejected {
			return shop, err
		}
		into(v)
	}
	return shop, nil
}

// setting is the value of one of the shop's general settings.
func (p *Platform) setting(ctx context.Context, c integrations.Connection, name string) (string, error) {
	a, err := p.call(ctx, c, http.MethodGet, "/wc/v3/settings/general/"+name, nil, nil)
	if err != nil {
		return "", err
	}
	v, err := integrations.ReadBody(a.body, true)
	if err != nil {
		return "", p.odd()
	}
	text, _ := v.At("value").Plain()
	return text, nil
}
