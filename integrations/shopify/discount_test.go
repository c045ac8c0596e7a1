package shopify_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
)

func digits(id uint64) string { return strconv.FormatUint(id, 10) }

// coupon is a code of ten percent for giulia.
func (c *counter) coupon(change func(*crm.DiscountCode)) crm.DiscountCode {
	d := crm.DiscountCode{
		Code: "GRAZIE-7KQ2M-9XTBC", Title: "Grazie: birthday", CustomerID: c.id, Kind: crm.Percentage, Percent: 10,
		StartsAt: start, EndsAt: time.Date(2026, 12, 21, 22, 59, 59, 0, time.UTC), Zone: "Europe/Rome",
	}
	if change != nil {
		change(&d)
	}
	return d
}

// TestTerms holds what the shop has on record against what was asked for.
func TestTerms(t *testing.T) {
	for name, v := range map[string]struct {
		change func(*counter, *crm.DiscountCode)
		want   func(*counter, *simshop.Discount)
	}{
		"a percentage": {nil, func(c *counter, d *simshop.Discount) { d.Percent = 0.1 }},
		"an amount with a minimum": {func(c *counter, d *crm.DiscountCode) {
			d.Kind, d.Amount, d.Minimum = crm.FixedAmount, crm.Money{Minor: 1250, Currency: "EUR"}, crm.Money{Minor: 5000, Currency: "EUR"}
		}, func(c *counter, d *simshop.Discount) { d.Amount, d.Minimum = 1250, 5000 }},
		"free shipping, with others": {func(c *counter, d *crm.DiscountCode) {
			d.Kind, d.WithOrder, d.WithProduct = crm.FreeShipping, true, true
		}, func(c *counter, d *simshop.Discount) {
			d.Kind, d.WithOrder, d.WithProduct = simshop.DiscountFreeShipping, true, true
		}},
		"a product": {func(c *counter, d *crm.DiscountCode) {
			d.Kind, d.ProductID = crm.FreeProduct, digits(c.shop.Products()[0].ID)
		}, func(c *counter, d *simshop.Discount) {
			d.Amount, d.Products = c.shop.Products()[0].Price, []uint64{c.shop.Products()[0].ID}
		}},
		"a guest, for ever": {func(c *counter, d *crm.DiscountCode) {
			d.CustomerID, d.EndsAt = "guest_abc", time.Time{}
		}, func(c *counter, d *simshop.Discount) { d.Percent, d.Customers, d.EndsAt = 0.1, nil, time.Time{} }},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			d := c.coupon(nil)
			if v.change != nil {
				v.change(c, &d)
			}
			giulia, err := strconv.ParseUint(c.id, 10, 64)
			c.ok("an id", err)
			want := simshop.Discount{Code: d.Code, Title: d.Title, Kind: simshop.DiscountBasic, Customers: []uint64{giulia}, UsageLimit: 1, OncePerCustomer: true,
				StartsAt: d.StartsAt, EndsAt: d.EndsAt, Tags: []string{"grazie"}}
			v.want(c, &want)
			r, err := c.p.CreateDiscountCode(t.Context(), c.c, d)
			c.ok("asked for", err)
			got, _ := c.shop.Discount(d.Code)
			if r.ID != digits(got.ID) || r.By != "shopify" || r.At.IsZero() {
				t.Errorf("receipt %+v of the discount %d", r, got.ID)
			}
			if differs(got, want) {
				t.Errorf("the shop has\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

func differs(a, b simshop.Discount) bool {
	return a.Code != b.Code || a.Title != b.Title || a.Kind != b.Kind || a.Percent != b.Percent || a.Amount != b.Amount || a.EachItem != b.EachItem ||
		!slices.Equal(a.Products, b.Products) || !slices.Equal(a.Customers, b.Customers) || a.Minimum != b.Minimum || a.UsageLimit != b.UsageLimit ||
		a.OncePerCustomer != b.OncePerCustomer || !a.StartsAt.Equal(b.StartsAt) || !a.EndsAt.Equal(b.EndsAt) || a.WithOrder != b.WithOrder ||
		a.WithProduct != b.WithProduct || a.WithShipping != b.WithShipping || !slices.Equal(a.Tags, b.Tags)
}

// TestCodeThatCannotBe: what the shop would not take, or would take for
// something else, is refused and leaves no discount.
func TestCodeThatCannotBe(t *testing.T) {
	for name, v := range map[string]struct {
		change func(*crm.DiscountCode)
		kind   integrations.Kind
		detail string
	}{
		"yen":                    {func(d *crm.DiscountCode) { d.Kind, d.Amount = crm.FixedAmount, crm.Money{Minor: 1000, Currency: "JPY"} }, integrations.Rejected, `the code is in "JPY", the shop's currency is EUR`},
		"a minimum in dollars":   {func(d *crm.DiscountCode) { d.Minimum = crm.Money{Minor: 5000, Currency: "USD"} }, integrations.Rejected, "USD"},
		"nothing off":            {func(d *crm.DiscountCode) { d.Kind, d.Amount = crm.FixedAmount, crm.Money{Currency: "EUR"} }, integrations.Rejected, "not above zero"},
		"101 percent":            {func(d *crm.DiscountCode) { d.Percent = 101 }, integrations.Rejected, "101"},
		"a product that is gone": {func(d *crm.DiscountCode) { d.Kind, d.ProductID = crm.FreeProduct, "12345" }, integrations.Rejected, "not in the shop any more"},
		"an odd product":         {func(d *crm.DiscountCode) { d.Kind, d.ProductID = crm.FreeProduct, "../shop" }, integrations.Rejected, "no id"},
		"an odd customer":        {func(d *crm.DiscountCode) { d.CustomerID = "anna" }, integrations.Rejected, "no id"},
		"another kind":           {func(d *crm.DiscountCode) { d.Kind = "cashback" }, integrations.Unsupported, "cashback"},
		"an end before it began": {func(d *crm.DiscountCode) { d.EndsAt = d.StartsAt.Add(-time.Hour) }, integrations.Rejected, "endsAt"},
	} {
		c := open(t)
		_, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(v.change))
		c.fails(name, err, v.kind, v.detail)
		if got := c.shop.Discounts(); len(got) != 0 {
			t.Errorf("%s: the shop has %+v", name, got)
		}
	}
}

// TestSameCodeAgain: a repeated call finds the code; one that the shop has for
// something else is refused (platforms.md, C.1).
func TestSameCodeAgain(t *testing.T) {
	c := open(t)
	first, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(nil))
	c.ok("first", err)
	again, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(func(d *crm.DiscountCode) { d.Code = strings.ToLower(d.Code) }))
	c.ok("again", err)
	if again.ID != first.ID || len(c.shop.Discounts()) != 1 {
		t.Errorf("receipts %s and %s, %d discounts", first.ID, again.ID, len(c.shop.Discounts()))
	}
	for name, change := range map[string]func(*crm.DiscountCode){
		"another title":     func(d *crm.DiscountCode) { d.Title = "Grazie: apology" },
		"another customer":  func(d *crm.DiscountCode) { d.CustomerID = digits(c.shop.AddCustomer(c.shop.Customer("marco")).ID) },
		"no customer":       func(d *crm.DiscountCode) { d.CustomerID = "guest_abc" },
		"free shipping now": func(d *crm.DiscountCode) { d.Kind, d.Title = crm.FreeShipping, "Grazie: shipping" },
	} {
		_, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(change))
		c.fails(name, err, integrations.Rejected, "for something else")
	}
	_, _, err = c.shop.AddDiscount(simshop.Discount{Code: "SUMMER", Title: "Grazie: birthday", Kind: simshop.DiscountBasic, Percent: 0.2, StartsAt: start})
	c.ok("the merchant's own", err)
	_, err = c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(func(d *crm.DiscountCode) { d.Code, d.CustomerID = "SUMMER", "" }))
	c.fails("the merchant's own", err, integrations.Rejected, "for something else")
}

// TestLostAnswers: the shop does everything and says nothing. What is asked for
// again is there once.
func TestLostAnswers(t *testing.T) {
	c := open(t)
	c.shop.Break(simshop.Faults{LoseEvery: 1})
	_, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(nil))
	c.fails("lost", err, integrations.Temporary, "no answer")
	c.fails("lost", cmp.Or(c.p.EndDiscountCode(t.Context(), c.c, c.coupon(nil))), integrations.Temporary, "no answer")
	c.shop.Break(simshop.Faults{})
	c.ok("ended already", c.p.EndDiscountCode(t.Context(), c.c, c.coupon(nil)))
	_, err = c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(nil))
	c.fails("made and ended", err, integrations.Rejected, "ended there")
	if got := c.shop.Discounts(); len(got) != 1 {
		t.Errorf("%d discounts, want one", len(got))
	}
}

func TestEndDiscountCode(t *testing.T) {
	c := open(t)
	c.ok("of no code", c.p.EndDiscountCode(t.Context(), c.c, c.coupon(nil)))
	_, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(nil))
	c.ok("made", err)
	c.ok("ended", c.p.EndDiscountCode(t.Context(), c.c, c.coupon(nil)))
	c.ok("ended twice", c.p.EndDiscountCode(t.Context(), c.c, c.coupon(nil)))
	if d, _ := c.shop.Discount(c.coupon(nil).Code); d.Status(c.shop.Clock().Add(time.Second)) != "EXPIRED" {
		t.Errorf("the shop has %+v", d)
	}
	_, _, err = c.shop.AddDiscount(simshop.Discount{Code: "SUMMER", Kind: simshop.DiscountBasic, Percent: 0.2, StartsAt: start})
	c.ok("the merchant's own", err)
	err = c.p.EndDiscountCode(t.Context(), c.c, c.coupon(func(d *crm.DiscountCode) { d.Code = "SUMMER" }))
	c.fails("the merchant's own", err, integrations.Rejected, "of its own")
	if d, _ := c.shop.Discount("SUMMER"); d.Status(c.shop.Clock().Add(time.Second)) != "ACTIVE" {
		t.Errorf("the merchant's own code is %+v", d)
	}
}

// TestDenied: a token without the permission says so, and nothing is done.
func TestDenied(t *testing.T) {
	c := open(t)
	c.shop.Break(simshop.Faults{Denied: []string{"discountCodeBasicCreate"}})
	_, err := c.p.CreateDiscountCode(t.Context(), c.c, c.coupon(nil))
	c.fails("denied", err, integrations.Unauthorized, "ACCESS_DENIED")
}
