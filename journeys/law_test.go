package journeys_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
	"grazie/journeys"
)

func in(country string) *crm.Address { return &crm.Address{Country: country} }

// consenting are facts about marketing to a customer in a country.
func consenting(country string, c crm.Consent) crm.Facts {
	f := wanted()
	f.Message.OrderID, f.Order, f.Zone = "", nil, "UTC"
	f.Customer.Consent = c
	if country != "" {
		f.Customer.Address = in(country)
	}
	return f
}

// TestConsentByCountry is the table of mail-and-domain.md, 3.1.
func TestConsentByCountry(t *testing.T) {
	single := crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "single_opt_in"}
	confirmed := crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "confirmed_opt_in"}
	never, unknown, pending := crm.Consent{State: crm.ConsentNone}, crm.Consent{}, crm.Consent{State: crm.ConsentPending}
	soft, lax := crm.Values{"soft_opt_in": "true"}, crm.Values{"confirmed_in_germany": "false"}
	const no, law = crm.ReasonNoConsent, crm.ReasonLaw
	for _, c := range []struct {
		country string
		consent crm.Consent
		rules   crm.Values
		orders  int
		last    time.Duration // before noon
		basis   journeys.Basis
		reason  crm.Reason
	}{
		{"IT", single, nil, 0, 0, journeys.BasisExpress, ""},
		{"IT", confirmed, nil, 0, 0, journeys.BasisConfirmed, ""},
		{"IT", never, nil, 3, day, "", no},
		{"IT", never, soft, 3, day, journeys.BasisSoft, ""},
		{"IT", unknown, soft, 3, day, journeys.BasisSoft, ""},
		{"IT", never, soft, 0, 0, "", no}, // the address was not got in a sale
		{"IT", pending, soft, 3, day, "", no},
		{"it", never, soft, 3, day, journeys.BasisSoft, ""},

		{"DE", confirmed, nil, 0, 0, journeys.BasisConfirmed, ""},
		{"DE", single, nil, 0, 0, "", law},
		{"DE", single, lax, 0, 0, journeys.BasisExpress, ""},
		{"DE", never, soft, 1, day, journeys.BasisSoft, ""},
		{"AT", single, nil, 0, 0, journeys.BasisExpress, ""},
		{"AT", never, soft, 1, day, "", no},
		{"GB", never, soft, 1, day, journeys.BasisSoft, ""},
		{"CH", never, nil, 1, day, "", no},

		{"US", never, nil, 0, 0, journeys.BasisOptOut, ""},
		{"US", unknown, nil, 0, 0, journeys.BasisOptOut, ""},
		{"US", single, nil, 0, 0, journeys.BasisExpress, ""},
		{"US", pending, nil, 1, day, "", no},
		{"AU", never, nil, 1, 900 * day, journeys.BasisImplied, ""},
		{"AU", never, nil, 0, 0, "", no},
		{"NZ", never, nil, 1, day, journeys.BasisImplied, ""},
		{"CA", never, nil, 1, 700 * day, journeys.BasisImplied, ""},
		{"CA", never, nil, 1, 740 * day, "", law}, // it was allowed until two weeks ago
		{"CA", single, nil, 1, 740 * day, journeys.BasisExpress, ""},
		{"CA", never, nil, 0, 0, "", no},

		{"BR", never, soft, 1, day, "", no},
		{"JP", single, nil, 0, 0, journeys.BasisExpress, ""},
		{"ZZ", never, soft, 1, day, "", no},
		{"", never, soft, 1, day, "", no},
		{"", single, nil, 0, 0, journeys.BasisExpress, ""},
		{"", crm.Consent{State: crm.ConsentRedacted}, soft, 1, day, "", no},
		{"US", crm.Consent{State: crm.ConsentInvalid}, nil, 1, day, "", no},
		{"US", crm.Consent{State: "new_word"}, nil, 1, day, "", no},
		{"US", crm.Consent{State: crm.ConsentUnsubscribed}, soft, 1, day, "", crm.ReasonUnsubscribed},
	} {
		f := consenting(c.country, c.consent)
		f.Shop.Rules, f.Orders = c.rules, c.orders
		if c.last > 0 {
			f.LastOrder = noon.Add(-c.last)
		}
		basis, reason := journeys.Lawful(birthday, f, noon)
		if basis != c.basis || reason != c.reason {
			t.Errorf("%s, %s %s, rules %v, %d orders, %v ago: got %q %q; want %q %q", c.country, c.consent.State, c.consent.OptInLevel, c.rules, c.orders, c.last, basis, reason, c.basis, c.reason)
		}
		for _, byHand := range []bool{false, true} { // staff cannot override the law
			f.Message.ByHand = byHand
			if d := journeys.Decide(birthday, f, noon); d.Reason != c.reason || (d.Verdict == crm.Send) != (c.reason == "") {
				t.Errorf("%s, %s, by hand %v: decided %+v", c.country, c.consent.State, byHand, d)
			}
		}
		if d := journeys.Decide(thankYou(t), wantedOf(f), noon); d.Verdict != crm.Send {
			t.Errorf("%s, %s: order mail needs no consent: %+v", c.country, c.consent.State, d)
		}
	}
}

// wantedOf is a thank-you for the customer of other facts.
func wantedOf(f crm.Facts) crm.Facts {
	w := wanted()
	w.Customer = f.Customer
	return w
}

// TestL1AnObjectionStopsWhatWaits, in every country and on every basis, at the
// last look before the mail is handed over.
func TestL1AnObjectionStopsWhatWaits(t *testing.T) {
	for _, country := range []string{"US", "CA", "AU", "DE", "IT", "GB", "JP", ""} {
		f := consenting(country, crm.Consent{State: crm.ConsentUnsubscribed, OptInLevel: "confirmed_opt_in", At: noon})
		f.Shop.Rules, f.Orders, f.LastOrder = crm.Values{"soft_opt_in": "true", "confirmed_in_germany": "false", "reviews_as_marketing": "false"}, 9, noon
		for _, key := range []string{"birthday_coupon", "anniversary_coupon", "review_request"} {
			f.Message.Purpose, f.Message.ByHand = crm.Marketing, true
			if d := journeys.Decide(journey(t, key), f, noon); d.Reason != crm.ReasonUnsubscribed {
				t.Errorf("L9: %s in %q: got %+v", key, country, d)
			}
		}
	}
}

// TestL3WithoutImprintItIsHeld: not sent, and not lost either.
func TestL3WithoutImprintItIsHeld(t *testing.T) {
	f := wanted()
	f.Shop.PostalAddress = ""
	d := journeys.Decide(birthday, f, noon)
	if d.Verdict != crm.Defer || d.Reason != crm.ReasonNoImprint || d.Until.Sub(noon) > day {
		t.Errorf("got %+v", d)
	}
}

// TestL6OfSeveralCountriesTheStricterCounts.
func TestL6OfSeveralCountriesTheStricterCounts(t *testing.T) {
	for name, c := range map[string]struct {
		shipping, billing, own *crm.Address
		shop                   string
		reason                 crm.Reason
	}{
		"where the order goes":                          {in("US"), nil, nil, "DE", ""},
		"a gift to the US does not free one from Italy": {in("US"), in("IT"), nil, "US", crm.ReasonLaw},
		"nor one who lives there":                       {in("US"), in("US"), in("IT"), "US", crm.ReasonLaw},
		"two that ask for consent":                      {in("IT"), in("JP"), nil, "US", crm.ReasonNoConsent},
		"her own address, where the order has none":     {nil, nil, in("US"), "DE", ""},
		"an address without a country says nothing":     {in(""), nil, in("US"), "DE", ""},
		"the shop's, where nothing else is known":       {nil, nil, nil, "US", ""},
		"that of a shop in Italy":                       {nil, nil, nil, "IT", crm.ReasonNoConsent},
		"nothing is known at all":                       {nil, nil, nil, "", crm.ReasonNoConsent},
	} {
		f := wanted()
		f.Customer.Consent, f.Customer.Address = crm.Consent{State: crm.ConsentNone}, c.own
		f.Order.Shipping, f.Order.Billing, f.Shop.Country = c.shipping, c.billing, c.shop
		if _, reason := journeys.Lawful(birthday, f, noon); reason != c.reason {
			t.Errorf("%s: got %q; want %q", name, reason, c.reason)
		}
	}
}

// TestL7ImpliedConsentEndsByItself, 24 months after the last purchase.
func TestL7ImpliedConsentEndsByItself(t *testing.T) {
	for last, end := range map[string]string{
		"2026-11-21T12:00:00Z": "2028-11-21T12:00:00Z",
		"2028-02-29T12:00:00Z": "2030-02-28T12:00:00Z",
	} {
		f := consenting("CA", crm.Consent{State: crm.ConsentNone})
		f.Orders, f.LastOrder = 1, utc(t, last)
		if basis, reason := journeys.Lawful(birthday, f, utc(t, end).Add(-time.Second)); basis != journeys.BasisImplied || reason != "" {
			t.Errorf("after %s, a second before %s: %q %q", last, end, basis, reason)
		}
		if basis, reason := journeys.Lawful(birthday, f, utc(t, end)); basis != "" || reason != crm.ReasonLaw {
			t.Errorf("after %s, at %s: %q %q", last, end, basis, reason)
		}
	}
}

// TestL8ReviewRequestsAreAdvertising in Germany, in Austria and where nobody
// knows; elsewhere the merchant chooses.
func TestL8ReviewRequestsAreAdvertising(t *testing.T) {
	review := journey(t, "review_request")
	for country, free := range map[string]bool{"DE": false, "AT": false, "": false, "IT": true, "GB": true, "JP": true} {
		f := consenting(country, crm.Consent{State: crm.ConsentNone})
		if _, reason := journeys.Lawful(review, f, noon); reason != crm.ReasonNoConsent {
			t.Errorf("in %q, and the merchant said nothing: got %q", country, reason)
		}
		f.Shop.Rules = crm.Values{"reviews_as_marketing": "false"}
		if basis, _ := journeys.Lawful(review, f, noon); (basis == journeys.BasisService) != free {
			t.Errorf("in %q, and the merchant chose: got %q", country, basis)
		}
		if basis, _ := journeys.Lawful(birthday, f, noon); basis != "" {
			t.Errorf("in %q a coupon is advertising whatever the merchant says: got %q", country, basis)
		}
	}
}

// TestMoreConsentNeverAllowsLess holds the law together: a yes is never worse
// than none, and one more country never better.
func TestMoreConsentNeverAllowsLess(t *testing.T) {
	countries := []string{"", "DE", "AT", "IT", "GB", "CH", "US", "CA", "AU", "NZ", "JP", "ZZ"}
	rapid.Check(t, func(t *rapid.T) {
		country := func(name string) string { return rapid.SampledFrom(countries).Draw(t, name) }
		f := wanted()
		f.Order.Shipping, f.Customer.Address, f.Shop.Country = in(country("shipping")), in(country("own")), country("shop")
		f.Shop.Rules = crm.Values{"soft_opt_in": rapid.SampledFrom([]string{"true", "false"}).Draw(t, "soft"), "confirmed_in_germany": "true"}
		f.Orders = rapid.IntRange(0, 2).Draw(t, "orders")
		f.LastOrder = noon.AddDate(0, -rapid.IntRange(1, 40).Draw(t, "months"), 0)
		allows := func(f crm.Facts, c crm.Consent) bool {
			f.Customer.Consent = c
			_, reason := journeys.Lawful(birthday, f, noon)
			return reason == ""
		}
		none, single, confirmed := crm.Consent{State: crm.ConsentNone}, crm.Consent{State: crm.ConsentSubscribed}, crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "confirmed_opt_in"}
		if !allows(f, confirmed) || allows(f, none) && !allows(f, single) {
			t.Fatalf("less is allowed with consent: %+v", f)
		}
		if f.Order.Shipping.Country == "" && f.Customer.Address.Country == "" {
			return // the shop's country stands in, and gives way to any that is known
		}
		more := f
		o := *f.Order
		more.Order, o.Billing = &o, in(country("billing"))
		if allows(more, none) && !allows(f, none) {
			t.Fatalf("one more country allows more: %+v", o)
		}
	})
}
