package shopify

import (
	"cmp"
	"context"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// Addresses are where the goods of an order went, and where they came from:
// the address that its first parcel left, else the shop's own.
func (p *Platform) Addresses(ctx context.Context, c integrations.Connection, orderID string) (customer, from crm.PostalAddress, err error) {
	shop, err := p.on(c)
	if err != nil {
		return customer, from, err
	}
	told, err := addresses(ctx, shop, orderID)
	if err != nil {
		return customer, from, err
	}
	to := told.Order.ShippingAddress
	customer = crm.PostalAddress{
		Name: strings.TrimSpace(text(to.FirstName) + " " + text(to.LastName)), Company: text(to.Company),
		Street1: text(to.Address1), Street2: text(to.Address2), City: text(to.City), Province: text(to.ProvinceCode),
		Zip: text(to.Zip), Country: text(to.CountryCodeV2),
		Phone: cmp.Or(text(to.Phone), text(told.Order.Phone)), Email: text(told.Order.Email),
	}
	return customer, origin(told), nil
}

// addresses reads them, and refuses an order that was sent nowhere.
func addresses(ctx context.Context, shop graphql.Client, orderID string) (*admin.OrderAddressesResponse, error) {
	id, err := global("Order", orderID)
	if err != nil {
		return nil, err
	}
	told, err := admin.OrderAddresses(ctx, shop, id)
	switch {
	case err != nil:
		return nil, err
	case told.Order == nil:
		return nil, fail(integrations.Rejected, "the shop has no such order")
	case told.Order.ShippingAddress == nil, text(told.Order.ShippingAddress.Address1) == "":
		return nil, fail(integrations.Rejected, "the order has no address that goods were sent to")
	}
	return told, nil
}

func origin(told *admin.OrderAddressesResponse) crm.PostalAddress {
	shop := told.Shop
	from := crm.PostalAddress{
		Name: shop.Name, Company: text(shop.ShopAddress.Company), Phone: text(shop.ShopAddress.Phone), Email: shop.ContactEmail,
	}
	for _, f := range told.Order.Fulfillments {
		if at := f.OriginAddress; at != nil && text(at.Address1) != "" {
			from.Street1, from.Street2, from.City, from.Province, from.Zip, from.Country =
				text(at.Address1), text(at.Address2), text(at.City), text(at.ProvinceCode), text(at.Zip), at.CountryCode
			return from
		}
	}
	at := shop.ShopAddress
	from.Street1, from.Street2, from.City, from.Province, from.Zip, from.Country =
		text(at.Address1), text(at.Address2), text(at.City), text(at.ProvinceCode), text(at.Zip), text(at.CountryCodeV2)
	return from
}
