package journeys_test

import (
	"reflect"
	"testing"
	"time"

	"grazie/crm"
)

// TestCodeOfAGift holds the terms of a code and what it is thought to cost.
func TestCodeOfAGift(t *testing.T) {
	const key = "birthday_coupon"
	now := utc(t, "2027-03-05T09:30:00+01:00")
	base := crm.DiscountCode{Title: "Birthday coupon", CustomerID: "42", Amount: eur(0), Minimum: eur(0), StartsAt: now.UTC(), EndsAt: utc(t, "2027-04-04T23:59:59+02:00").UTC(), Zone: "Europe/Rome"}
	for name, c := range map[string]struct {
		settings, rules crm.Values
		change          func(*crm.Facts)
		want            func(*crm.DiscountCode)
		worth           int64
	}{
		"ten percent of her average order":        {nil, nil, nil, func(d *crm.DiscountCode) { d.Kind, d.Percent = crm.Percentage, 10 }, 450},
		"rounded up":                              {crm.Values{"percent": "7"}, nil, func(f *crm.Facts) { f.Spent = eur(9002) }, func(d *crm.DiscountCode) { d.Kind, d.Percent = crm.Percentage, 7 }, 316},
		"of the minimum, where that is more":      {crm.Values{"minimum": "80.00"}, nil, nil, func(d *crm.DiscountCode) { d.Kind, d.Percent, d.Minimum = crm.Percentage, 10, eur(8000) }, 800},
		"of an assumed order, where she has none": {nil, nil, func(f *crm.Facts) { f.Orders, f.Spent = 0, crm.Money{} }, func(d *crm.DiscountCode) { d.Kind, d.Percent = crm.Percentage, 10 }, 500},
		"an amount":     {crm.Values{"kind": "fixed_amount", "amount": "7.50"}, nil, nil, func(d *crm.DiscountCode) { d.Kind, d.Amount = crm.FixedAmount, eur(750) }, 750},
		"free shipping": {crm.Values{"kind": "free_shipping"}, nil, nil, func(d *crm.DiscountCode) { d.Kind = crm.FreeShipping }, 500},
		"a product":     {crm.Values{"kind": "free_product", "product_id": "77", "product": "Soap"}, nil, nil, func(d *crm.DiscountCode) { d.Kind, d.ProductID, d.Product = crm.FreeProduct, "77", "Soap" }, 1000},
		"with other discounts": {nil, crm.Values{"combine_order": "true", "combine_product": "true", "combine_shipping": "true"}, nil, func(d *crm.DiscountCode) {
			d.Kind, d.Percent, d.WithOrder, d.WithProduct, d.WithShipping = crm.Percentage, 10, true, true, true
		}, 450},
		"to the end of the day in her zone": {nil, nil, func(f *crm.Facts) { f.Zone = "America/Los_Angeles" }, func(d *crm.DiscountCode) {
			d.Kind, d.Percent, d.Zone, d.EndsAt = crm.Percentage, 10, "America/Los_Angeles", utc(t, "2027-04-04T23:59:59-07:00").UTC()
		}, 450},
	} {
		f := giftFacts(rome(c.settings), born("03-05"), crm.Message{Journey: key, Subject: "birthday:42:2027-03-05", CustomerID: "42"})
		f.Shop.Rules = c.rules
		if c.change != nil {
			c.change(&f)
		}
		want := base
		c.want(&want)
		effects := find(key).Effects(f, now)
		if len(effects) != 1 || effects[0].Kind != crm.DiscountCodeMade || !reflect.DeepEqual(*effects[0].Code, want) || effects[0].Worth != eur(c.worth) {
			t.Errorf("%s: got %+v worth %v; want %+v worth %d", name, effects[0].Code, effects[0].Worth, want, c.worth)
		}
	}
}

// TestAGiftIsInTheShopsCurrency: yen have no decimals, and none appear.
func TestAGiftIsInTheShopsCurrency(t *testing.T) {
	s := rome(crm.Values{"kind": "fixed_amount", "amount": "500.50", "minimum": "3000"})
	s.Currency = "JPY"
	f := giftFacts(s, born("03-05"), crm.Message{Journey: "birthday_coupon", Subject: "birthday:42:2027-03-05", CustomerID: "42"})
	e := find("birthday_coupon").Effects(f, noon.Add(time.Hour))
	yen := func(n int64) crm.Money { return crm.Money{Minor: n, Currency: "JPY"} }
	if c := e[0].Code; c.Amount != yen(500) || c.Minimum != yen(3000) || e[0].Worth != yen(500) {
		t.Errorf("got %+v worth %v", c, e[0].Worth)
	}
}
