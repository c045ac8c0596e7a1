package shopify

import (
	"context"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

var _ integrations.Describer = (*Platform)(nil)

// Describe tells what the shop says of itself. Its address in one line and its
// company are proposals: what the law wants in a mail may be others.
func (p *Platform) Describe(ctx context.Context, c integrations.Connection) (crm.Shop, error) {
	shop, err := p.on(c)
	if err != nil {
		return crm.Shop{}, err
	}
	told, err := admin.Merchant(ctx, shop)
	if err != nil {
		return crm.Shop{}, err
	}
	of := told.Shop
	out := crm.Shop{
		Platform: p.Name(), Domain: strings.ToLower(of.MyshopifyDomain), Name: crm.Clean(of.Name), Currency: of.CurrencyCode, Timezone: of.IanaTimezone,
		Country: text(of.ShopAddress.CountryCodeV2), LegalName: crm.Clean(text(of.ShopAddress.Company)), PostalAddress: oneLine(of.ShopAddress),
	}
	out.Owner, _ = integrations.Email(of.Email)
	for _, s := range told.CurrentAppInstallation.AccessScopes {
		out.Scopes = append(out.Scopes, s.Handle)
	}
	slices.Sort(out.Scopes)
	if l := of.PrimaryDomain.Localization; l != nil { // none of a domain that leads elsewhere
		out.Locale = locale(l.DefaultLocale)
	}
	return out, nil
}

// oneLine is an address as it stands in the foot of a mail.
func oneLine(a admin.MerchantAddress) string {
	province := text(a.Province)
	if province == text(a.City) {
		province = ""
	}
	var parts []string
	for _, part := range []string{text(a.Address1), text(a.Address2), text(a.Zip) + " " + text(a.City), province, text(a.CountryCodeV2)} {
		if part = crm.Clean(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
