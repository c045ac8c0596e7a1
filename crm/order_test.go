package crm_test

import (
	"testing"

	"grazie/crm"
)

func eur(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: "EUR"} }

// soap is a paid order of one product.
func soap(change func(*crm.Order)) crm.Order {
	o := crm.Order{ID: "1", Status: crm.Paid, Total: eur(1000), Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}}
	change(&o)
	return o
}

func TestCounted(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*crm.Order)
		want   bool
	}{
		"a paid order counts":                       {func(*crm.Order) {}, true},
		"a partly refunded one counts":              {func(o *crm.Order) { o.Status = crm.PartiallyRefunded }, true},
		"a free order counts, there was a purchase": {func(o *crm.Order) { o.Total = eur(0) }, true},
		"one that is not paid does not":             {func(o *crm.Order) { o.Status = crm.Pending }, false},
		"one that is partly paid does not":          {func(o *crm.Order) { o.Status = crm.PartiallyPaid }, false},
		"one whose state is not told does not":      {func(o *crm.Order) { o.Status = "" }, false},
		"a test does not":                           {func(o *crm.Order) { o.Test = true }, false},
		"a cancelled one does not":                  {func(o *crm.Order) { o.CancelledAt = noon }, false},
		"a voided one does not":                     {func(o *crm.Order) { o.Status = crm.Voided }, false},
		"a refunded one does not":                   {func(o *crm.Order) { o.Status = crm.Refunded }, false},
		"nor one refunded before its state says so": {func(o *crm.Order) { o.Refunds = []crm.Refund{{ID: "1", Amount: eur(1000)}} }, false},
		"one of gift cards alone does not":          {func(o *crm.Order) { o.Items[0].GiftCard = true }, false},
		"one with a gift card and a product does": {func(o *crm.Order) {
			o.Items = append(o.Items, crm.LineItem{Title: "Card", Quantity: 1, GiftCard: true})
		}, true},
		"one whose products were taken off does not": {func(o *crm.Order) { o.Items[0].Removed = true }, false},
	} {
		if got := soap(c.change).Counted(); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestGoods(t *testing.T) {
	o := crm.Order{Items: []crm.LineItem{
		{Title: "Soap", Quantity: 2},
		{Title: "Gift card", Quantity: 1, GiftCard: true},
		{Title: "Tip", Quantity: 1, Tip: true},
		{Title: "Given back", Quantity: 1, Removed: true},
		{Title: "None", Quantity: 0},
		{Title: "", Quantity: 1},
		{Title: "Honey", Quantity: 1},
	}}
	goods := o.Goods()
	if len(goods) != 2 || goods[0].Title != "Soap" || goods[1].Title != "Honey" {
		t.Errorf("got %+v; want soap and honey, in their sequence", goods)
	}
}

func TestFullyRefunded(t *testing.T) {
	refunds := func(amounts ...crm.Money) func(*crm.Order) {
		return func(o *crm.Order) {
			for _, a := range amounts {
				o.Refunds = append(o.Refunds, crm.Refund{Amount: a})
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*crm.Order)
		want   bool
	}{
		"nothing went back":                                    {refunds(), false},
		"the platform says so":                                 {func(o *crm.Order) { o.Status = crm.Refunded }, true},
		"a part went back":                                     {refunds(eur(999)), false},
		"parts make the whole":                                 {refunds(eur(400), eur(600)), true},
		"more than was paid":                                   {refunds(eur(1500)), true},
		"another currency is not the same money":               {refunds(crm.Money{Minor: 1000, Currency: "USD"}), false},
		"a refund of goods alone does not hide that of all":    {refunds(crm.Money{}, eur(1000)), true},
		"nor does one in another currency":                     {refunds(eur(1000), crm.Money{Minor: 5, Currency: "USD"}), true},
		"a free order has nothing to refund":                   {func(o *crm.Order) { o.Total = eur(0); refunds(eur(0))(o) }, false},
		"a refund that came before its order says nothing yet": {func(o *crm.Order) { o.Total = crm.Money{}; refunds(eur(1000))(o) }, false},
	} {
		if got := soap(c.change).FullyRefunded(); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestIsPaidAndCancelled(t *testing.T) {
	for s, want := range map[crm.FinancialStatus]struct{ paid, cancelled bool }{
		"": {}, "expired": {}, crm.Pending: {}, crm.Authorized: {}, crm.PartiallyPaid: {},
		crm.Paid: {paid: true}, crm.PartiallyRefunded: {paid: true}, crm.Refunded: {paid: true}, crm.Voided: {cancelled: true},
	} {
		o := crm.Order{Status: s}
		if o.IsPaid() != want.paid || o.Cancelled() != want.cancelled {
			t.Errorf("%q: paid %v, cancelled %v; want %+v", s, o.IsPaid(), o.Cancelled(), want)
		}
		if o.CancelledAt = noon; !o.Cancelled() {
			t.Errorf("%q with a time of cancelling is not cancelled", s)
		}
	}
}
