package simshop

import (
	"fmt"
	"strings"

	"github.com/graph-gophers/graphql-go"

	"grazie/integrations/shopify"
)

type graphShop struct {
	ID              graphql.ID
	Name            string
	Email           string
	ContactEmail    string
	CurrencyCode    string
	IanaTimezone    string
	MyshopifyDomain string
	PrimaryDomain   graphDomain
	Plan            graphPlan
	ShopAddress     graphAddress
}

type graphPlan struct{ PublicDisplayName string }

// Shop is the merchant.
func (r *root) Shop() *graphShop {
	s := r.s
	return &graphShop{ID: gid("Shop", shopID), Name: s.Name, Email: ownerEmail, ContactEmail: contactEmail, CurrencyCode: s.Currency, IanaTimezone: "Europe/Rome",
		MyshopifyDomain: s.Domain, PrimaryDomain: graphDomain{&graphLanguage{"it"}}, Plan: graphPlan{"Basic"}, ShopAddress: s.home()}
}

// ownerEmail is where the platform writes to the merchant.
const ownerEmail = "titolare@bottega-demo.example"

type graphDomain struct{ Localization *graphLanguage }

type graphLanguage struct{ DefaultLocale string }

// home is the workshop, from which parcels leave and to which they come back.
func (s *Shop) home() graphAddress {
	return graphAddress{s: s, kind: "ShopAddress", open: true, addressBody: addressBody{Address1: "Via dei Vasai 8", City: "Bologna", Zip: "40100",
		Province: optional("Bologna"), ProvinceCode: optional("BO"), CountryCode: "IT", Company: optional(s.Name)}}
}

// graphAddress is an address whose private fields may be hidden.
type graphAddress struct {
	addressBody
	s    *Shop
	kind string
	open bool // the shop's own, which nobody hides
}

func (a graphAddress) private(field string, text *string) (*string, error) {
	if a.s.faults.Protected && !a.open {
		return nil, protected{a.kind, field}
	}
	return text, nil
}

func (a graphAddress) FirstName() (*string, error) {
	return a.private("firstName", a.addressBody.FirstName)
}
func (a graphAddress) LastName() (*string, error) {
	return a.private("lastName", a.addressBody.LastName)
}
func (a graphAddress) Address1() (*string, error) {
	return a.private("address1", optional(a.addressBody.Address1))
}
func (a graphAddress) Address2() (*string, error) {
	return a.private("address2", a.addressBody.Address2)
}
func (a graphAddress) Zip() (*string, error)   { return a.private("zip", optional(a.addressBody.Zip)) }
func (a graphAddress) Phone() (*string, error) { return a.private("phone", a.addressBody.Phone) }
func (a graphAddress) City() *string           { return optional(a.addressBody.City) }
func (a graphAddress) Company() *string        { return a.addressBody.Company }
func (a graphAddress) Province() *string       { return a.addressBody.Province }
func (a graphAddress) ProvinceCode() *string   { return a.addressBody.ProvinceCode }
func (a graphAddress) CountryCodeV2() *string  { return optional(a.addressBody.CountryCode) }

// CountryCode is the field of FulfillmentOriginAddress.
func (a graphAddress) CountryCode() string { return a.addressBody.CountryCode }

type graphApp struct{ AccessScopes []graphScope }

type graphScope struct{ Handle string }

// Grant changes what the shop lets the app do: scopes between commas.
func (s *Shop) Grant(scopes string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.scope = scopes
}

// denied is the error of a field that the app's scopes do not cover.
type denied struct{ field, scope string }

func (e denied) Error() string {
	return fmt.Sprintf("Access denied for %s field. Required access: `%s` access scope.", e.field, e.scope)
}
func (e denied) Extensions() map[string]any { return code("ACCESS_DENIED") }

func (s *Shop) needs(field, scope string) error {
	if shopify.Covers(strings.Split(s.access.scope, ","), scope) {
		return nil
	}
	return denied{field, scope}
}

// CurrentAppInstallation tells what the token may do.
func (r *root) CurrentAppInstallation() *graphApp {
	app := &graphApp{}
	for scope := range strings.SplitSeq(r.s.access.scope, ",") {
		app.AccessScopes = append(app.AccessScopes, graphScope{scope})
	}
	return app
}

type graphProduct struct {
	ID           graphql.ID
	Title        string
	PriceRangeV2 graphPrices
}

type graphPrices struct{ MaxVariantPrice *money }

// Product is one of the goods.
func (r *root) Product(args struct{ ID graphql.ID }) (*graphProduct, error) {
	n, err := number("Product", args.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range r.s.Products() {
		if p.ID == n {
			return &graphProduct{ID: args.ID, Title: p.Title, PriceRangeV2: graphPrices{r.s.money(p.Price)}}, nil
		}
	}
	return nil, nil
}
