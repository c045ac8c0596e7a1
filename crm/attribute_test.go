package crm_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"grazie/crm"
)

// gift is an order of 50.00 after 10.00 were taken off by a code of ours.
func gift(change func(*crm.Order)) crm.Order {
	o := crm.Order{ID: "1", Status: crm.Paid, Total: eur(5500), Subtotal: eur(5000), Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}, CreatedAt: noon,
		Codes: []crm.CodeOnOrder{{Code: "grazie-aaaaa-bbbbb", Amount: eur(1000)}, {Code: "SUMMER", Amount: eur(200)}}}
	change(&o)
	return o
}

// TestAttribute is mail-and-domain.md, 4.4.
func TestAttribute(t *testing.T) {
	const a, b, c = "GRAZIE-AAAAA-BBBBB", "GRAZIE-CCCCC-DDDDD", "GRAZIE-EEEEE-FFFFF"
	use := func(net, discount int64) crm.CodeUse {
		return crm.CodeUse{OrderID: "1", At: noon, Net: eur(net), Discount: eur(discount)}
	}
	three := func(o *crm.Order) {
		o.Subtotal = eur(1000)
		o.Codes = []crm.CodeOnOrder{{Code: c, Amount: eur(30)}, {Code: a, Amount: eur(10)}, {Code: b, Amount: eur(20)}}
	}
	for name, x := range map[string]struct {
		order crm.Order
		want  map[string]crm.CodeUse
	}{
		"the goods' net, and what the code took off": {gift(func(*crm.Order) {}), map[string]crm.CodeUse{a: use(5000, 1000)}},
		"an order without a code of ours":            {gift(func(o *crm.Order) { o.Codes = o.Codes[1:] }), map[string]crm.CodeUse{}},
		"three codes share, to the last cent":        {gift(three), map[string]crm.CodeUse{a: use(334, 10), b: use(333, 20), c: use(333, 30)}},
		"a refund of goods lowers it": {gift(func(o *crm.Order) {
			o.Refunds = []crm.Refund{{ID: "1", Amount: eur(2400), Goods: eur(2000)}}
		}), map[string]crm.CodeUse{a: use(3000, 1000)}},
		"a refund of nothing but shipping does not": {gift(func(o *crm.Order) {
			o.Refunds = []crm.Refund{{ID: "1", Amount: eur(500), Goods: eur(0)}}
		}), map[string]crm.CodeUse{a: use(5000, 1000)}},
		"a refund of everything leaves nothing, but the code is used": {gift(func(o *crm.Order) { o.Status = crm.Refunded }), map[string]crm.CodeUse{a: use(0, 1000)}},
		"a cancelled order uses no code":                              {gift(func(o *crm.Order) { o.CancelledAt = noon }), map[string]crm.CodeUse{}},
		"a voided one neither":                                        {gift(func(o *crm.Order) { o.Status = crm.Voided }), map[string]crm.CodeUse{}},
		"nor a test":                                                  {gift(func(o *crm.Order) { o.Test = true }), map[string]crm.CodeUse{}},
		"one that is not paid holds it and has brought nothing":       {gift(func(o *crm.Order) { o.Status = crm.Pending }), map[string]crm.CodeUse{a: use(0, 1000)}},
		"a code that took from two lines": {gift(func(o *crm.Order) {
			o.Codes = append(o.Codes, crm.CodeOnOrder{Code: " GRAZIEAAAAABBBBB ", Amount: eur(5)})
		}), map[string]crm.CodeUse{a: use(5000, 1005)}},
	} {
		if got := crm.Attribute(x.order, []string{b, a, c, a, "grazie-aaaaa-bbbbb"}[:4]); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: got %+v; want %+v", name, got, x.want)
		}
	}
}

func TestAttributionLosesNoCent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z]{3}`), 1, 5, rapid.ID[string]).Draw(t, "codes")
		o := crm.Order{ID: "1", Status: crm.Paid, Total: eur(1 << 40), Subtotal: eur(int64(rapid.IntRange(0, 100000).Draw(t, "net")))}
		for _, c := range codes {
			o.Codes = append(o.Codes, crm.CodeOnOrder{Code: c})
		}
		uses := crm.Attribute(o, codes)
		sum, least, most := int64(0), o.Subtotal.Minor, int64(0)
		for _, u := range uses {
			sum, least, most = sum+u.Net.Minor, min(least, u.Net.Minor), max(most, u.Net.Minor)
		}
		if len(uses) != len(codes) || sum != o.Subtotal.Minor || most-least > 1 {
			t.Fatalf("%s split among %d: %+v", o.Subtotal, len(codes), uses)
		}
		if again := crm.Attribute(o, rapid.Permutation(codes).Draw(t, "sequence")); !reflect.DeepEqual(uses, again) {
			t.Fatalf("the sequence of the codes matters: %+v and %+v", uses, again)
		}
	})
}
