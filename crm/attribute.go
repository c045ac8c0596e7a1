package crm

import "slices"

// Attribute tells, by code, what an order makes of those of our codes that it
// holds (mail-and-domain.md, 4.4): the goods' net is split equally, and no
// minor unit gets lost or is counted twice; of the discount each code has its
// own. A refund lowers the net; a cancelled order and a test use no code; one
// that is not paid yet holds its codes and has brought nothing. Whether a code
// was passed on is for the caller to add, who knows whose it is.
func Attribute(o Order, ours []string) map[string]CodeUse {
	uses := map[string]CodeUse{}
	if o.Test || o.Cancelled() {
		return uses
	}
	discounts := map[string]Money{}
	for _, c := range o.Codes {
		sum := discounts[CodeKey(c.Code)]
		discounts[CodeKey(c.Code)] = Money{sum.Minor + c.Amount.Minor, c.Amount.Currency}
	}
	var held []string
	for _, code := range ours {
		same := func(other string) bool { return CodeKey(other) == CodeKey(code) }
		if _, ok := discounts[CodeKey(code)]; ok && !slices.ContainsFunc(held, same) {
			held = append(held, code)
		}
	}
	slices.Sort(held) // the odd units go to the same codes whatever the sequence
	net := o.Net()
	if !o.IsPaid() {
		net.Minor = 0
	}
	for i, code := range held {
		uses[code] = CodeUse{OrderID: o.ID, At: o.CreatedAt, Net: net.share(i, len(held)), Discount: discounts[CodeKey(code)]}
	}
	return uses
}

// share is the i-th of n equal parts of an amount. All of them together are
// the amount: what cannot be split goes to the first ones, a unit each.
func (m Money) share(i, n int) Money {
	part, rest := m.Minor/int64(n), m.Minor%int64(n)
	if int64(i) < rest {
		part++
	}
	return Money{part, m.Currency}
}
