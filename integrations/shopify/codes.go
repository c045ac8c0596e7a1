package shopify

import (
	"slices"
	"strings"

	"grazie/crm"
)

// codes are the discount codes that were typed in, with what they took off in
// the shop's currency. What the list of codes does not know is looked up in the
// list of all discounts; its amount is then summed from the lines.
func (r *reader) codes(b *orderBody) []crm.CodeOnOrder {
	var list []crm.CodeOnOrder
	known := func(code string) bool {
		return code == "" || slices.ContainsFunc(list, func(c crm.CodeOnOrder) bool { return strings.EqualFold(c.Code, code) })
	}
	for i, c := range b.Codes {
		code := crm.Clean(c.Code)
		if known(code) {
			continue
		}
		r.enter("discount_codes", i)
		list = append(list, crm.CodeOnOrder{Code: code, Amount: r.amount("amount", c.Amount, b.Currency)})
		r.leave()
	}
	for i, d := range b.Discounts {
		code := crm.Clean(d.Code)
		if d.Type == "discount_code" && !known(code) {
			list = append(list, crm.CodeOnOrder{Code: code, Amount: r.allocated(b, i)})
		}
	}
	return list
}

// allocated is what the discount with an index took off all lines.
func (r *reader) allocated(b *orderBody, discount int) crm.Money {
	sum := crm.Money{Currency: strings.ToUpper(b.Currency)}
	take := func(list string, line int, allocations []allocationBody) {
		r.enter(list, line)
		for i, a := range allocations {
			r.enter("discount_allocations", i)
			if r.count("discount_application_index", a.Discount) == discount {
				sum.Minor += r.money("amount", a.AmountSet.Shop, a.Amount, b.Currency).Minor
			}
			r.leave()
		}
		r.leave()
	}
	for i, l := range b.LineItems {
		take("line_items", i, l.Allocations)
	}
	for i, s := range b.ShippingLines {
		take("shipping_lines", i, s.Allocations)
	}
	return sum
}
