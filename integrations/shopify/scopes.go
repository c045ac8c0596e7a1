package shopify

import (
	"slices"
	"strings"
)

// Scope is one permission that the app asks a merchant for.
type Scope struct {
	Name string
	Why  string // for the merchant, and for Shopify's review

	// For are the gestures that need it, by their keys; nil: all of them.
	For []string

	// Acts: without it something that Grazie does in a shop fails. The others
	// are for what webhooks and the shop's past tell.
	Acts bool

	// Asked: Shopify gives it to an app only after a request of its own, and
	// refuses the installation before: it is asked for only by who wants it.
	Asked bool
}

// Scopes are all that Grazie asks for, each with its reason (platforms.md, B.4).
// It writes neither orders nor customers.
var Scopes = []Scope{
	{Name: "write_discounts", Why: "makes the discount codes that customers are given, and takes back those that nobody got", Acts: true,
		For: []string{"birthday_coupon", "anniversary_coupon", "apology"}},
	{Name: "write_returns", Why: "approves a return and attaches its free label", Acts: true,
		For: []string{"return_upgrade"}},
	{Name: "write_draft_orders", Why: "sends the same goods again while the others are on their way back", Acts: true,
		For: []string{"return_upgrade"}},
	{Name: "read_orders", Why: "knows what was bought, paid, cancelled and refunded: every gesture is about an order, or counts them", Acts: true},
	{Name: "read_customers", Why: "knows whom a mail is for, her language and birthday, and whether she agreed to get any", Acts: true},
	{Name: "read_products", Why: "knows what a product costs before a code gives it away", Acts: true,
		For: []string{"birthday_coupon", "anniversary_coupon", "apology"}},
	{Name: "read_fulfillments", Why: "knows when a parcel has arrived: a review is asked for only then",
		For: []string{"review_request", "return_upgrade"}},
	{Name: "read_all_orders", Why: "knows orders older than 60 days, for anniversaries and for how much a customer bought", Asked: true},
}

// ScopesFor are the scopes that gestures need, by their keys; without any,
// those of all gestures. What Shopify gives on request only is not among them.
func ScopesFor(gestures ...string) []string {
	var names []string
	for _, s := range Scopes {
		needed := len(gestures) == 0 || s.For == nil || slices.ContainsFunc(gestures, func(g string) bool { return slices.Contains(s.For, g) })
		if needed && !s.Asked {
			names = append(names, s.Name)
		}
	}
	return names
}

// Covers tells whether granted scopes allow one: write_x also allows read_x.
func Covers(granted []string, scope string) bool {
	if slices.Contains(granted, scope) {
		return true
	}
	before, what, reads := strings.Cut(scope, "read_") // unauthenticated_read_x too
	return reads && slices.Contains(granted, before+"write_"+what)
}

// missing are those of scopes that were not granted.
func missing(scopes, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return Covers(granted, s) })
}

// MissingScopes are what the app asks for and was not allowed.
func (*Platform) MissingScopes(granted []string) []string { return missing(ScopesFor(), granted) }
