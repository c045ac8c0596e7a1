package simshop

import (
	"slices"

	"grazie/crm"
)

// applied is a discount that an order got.
type applied struct {
	code     string // as the customer typed it is not kept: as the shop wrote it; empty: a draft's own discount
	title    string // of a draft's own discount
	shipping bool   // it is the shipping that costs less
	entitled bool   // for some products only
	percent  float64
	fixed    int64
	each     bool // fixed is taken off every piece
}

// allocation is what one of an order's discounts takes off one line.
type allocation struct {
	application int
	amount      int64
}

func (l *line) price() int64 { return l.product.Price * int64(l.quantity) }

func (l *line) discounted() int64 {
	price := l.price()
	for _, a := range l.off {
		price -= a.amount
	}
	return price
}

// share is what a number of a line's pieces cost after discounts; the shares
// of all pieces make the line.
func (l *line) share(from, n int) int64 {
	whole := l.discounted()
	return whole*int64(from+n)/int64(l.quantity) - whole*int64(from)/int64(l.quantity)
}

// goods is what the lines cost before discounts.
func (o *Order) goods() (sum int64) {
	for i := range o.lines {
		sum += o.lines[i].price()
	}
	return sum
}

// subtotal is what they cost after them.
func (o *Order) subtotal() (sum int64) {
	for i := range o.lines {
		sum += o.lines[i].discounted()
	}
	return sum
}

func (o *Order) total() int64 { return o.subtotal() + o.shipping - o.shippingOff.amount }

// off is what all discounts took off, of goods and shipping.
func (o *Order) off() int64 { return o.goods() - o.subtotal() + o.shippingOff.amount }

// apply takes a discount off the order.
func (o *Order) apply(d *Discount) {
	index := len(o.discounts)
	o.discounts = append(o.discounts, applied{code: d.Code, shipping: d.Kind == DiscountFreeShipping, entitled: len(d.Products) > 0,
		percent: d.Percent, fixed: d.Amount, each: d.EachItem})
	if d.Kind == DiscountFreeShipping {
		o.shippingOff = allocation{application: index, amount: o.shipping}
		return
	}
	o.takeOff(index, d.entitles)
}

// takeOff spreads the discount at an index over the lines that it is for.
func (o *Order) takeOff(index int, entitles func(Product) bool) {
	a := o.discounts[index]
	var lines []*line
	var weights []int64
	pieces, sum := 0, int64(0)
	for i := range o.lines {
		if l := &o.lines[i]; entitles(l.product) {
			lines, weights = append(lines, l), append(weights, l.discounted())
			sum += l.discounted()
			pieces += l.quantity
		}
	}
	amount := int64(a.percent*float64(sum) + 0.5)
	if a.fixed > 0 {
		amount = a.fixed
		if a.each {
			amount *= int64(pieces)
		}
	}
	for i, part := range spread(min(amount, sum), weights) {
		if part > 0 {
			lines[i].off = append(lines[i].off, allocation{application: index, amount: part})
		}
	}
}

// spread divides an amount in proportion to the weights, to the last cent: what
// is left over goes to the largest remainders.
func spread(amount int64, weights []int64) []int64 {
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	parts := make([]int64, len(weights))
	if sum == 0 {
		return parts
	}
	left := amount
	order := make([]int, len(weights))
	for i, w := range weights {
		parts[i], order[i] = amount*w/sum, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { return int(amount*weights[j]%sum - amount*weights[i]%sum) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// taken is what the discount at an index took off in all.
func (o *Order) taken(index int) (sum int64) {
	if o.discounts[index].shipping {
		return o.shippingOff.amount
	}
	for _, l := range o.lines {
		for _, a := range l.off {
			if a.application == index {
				sum += a.amount
			}
		}
	}
	return sum
}

// set is an amount of the shop's currency as the shop and as the customer sees it.
func (s *Shop) set(minor int64, see string) set {
	shown := minor
	if rate, ok := rates[see]; ok && see != s.Currency {
		unit := int64(1000)
		for range crm.Exponent(s.Currency) - crm.Exponent(see) {
			unit *= 10
		}
		shown = (minor*rate + unit/2) / unit
	}
	return set{Shop: amount{decimal(minor, s.Currency), s.Currency}, Presentment: amount{decimal(shown, see), see}}
}
