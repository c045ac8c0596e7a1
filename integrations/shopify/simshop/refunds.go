package simshop

import (
	"encoding/json"
	"fmt"
	"time"
)

// refund is money given back.
type refund struct {
	id          uint64
	transaction uint64
	at          time.Time
	lines       []refundLine
	amount      int64 // in all: goods, shipping, and what is for nothing
	ret         *Return
}

type refundLine struct {
	id       uint64
	line     int
	quantity int
	amount   int64
}

func (r *refund) goods() (sum int64) {
	for _, l := range r.lines {
		sum += l.amount
	}
	return sum
}

func (o *Order) refunded() (sum int64) {
	for _, r := range o.refunds {
		sum += r.amount
	}
	return sum
}

func (o *Order) refundedGoods() (sum int64) {
	for _, r := range o.refunds {
		sum += r.goods()
	}
	return sum
}

// Refund gives money back for parts of an order, or for all that is left of
// it, shipping and all, if no parts are named. It returns refunds/create and
// orders/updated.
func (s *Shop) Refund(o *Order, parts ...Part) []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refund(o, parts)
	return []Webhook{s.tellRefund(o, r), s.tellOrder(topicUpdated, o)}
}

// RefundAmount gives back an amount for none of the goods, say out of
// goodwill, but never more than is left.
func (s *Shop) RefundAmount(o *Order, minor int64) []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.newRefund(o)
	r.amount = min(minor, o.total()-o.refunded())
	s.book(o, r)
	return []Webhook{s.tellRefund(o, r), s.tellOrder(topicUpdated, o)}
}

// Refunded gives the whole order back and tells of the refund alone.
func (s *Shop) Refunded(o *Order) Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tellRefund(o, s.refund(o, nil))
}

func (s *Shop) tellRefund(o *Order, r *refund) Webhook {
	return s.webhook("refunds/create", s.uuid(), s.refundBody(o, r))
}

func (s *Shop) newRefund(o *Order) *refund {
	s.touch(o)
	return &refund{id: s.id(), transaction: s.id(), at: o.updated}
}

func (s *Shop) refund(o *Order, parts []Part) *refund {
	whole := len(parts) == 0
	if whole {
		for i, l := range o.lines {
			if left := l.quantity - l.refunded; left > 0 {
				parts = append(parts, Part{Line: i, Quantity: left})
			}
		}
	}
	r := s.newRefund(o)
	for _, p := range parts {
		l := &o.lines[p.Line]
		if l.refunded+p.Quantity > l.quantity {
			panic(fmt.Sprintf("simshop: %s has %d pieces in line %d, %d were refunded, so %d cannot", o.Name(), l.quantity, p.Line, l.refunded, p.Quantity))
		}
		amount := l.share(l.refunded, p.Quantity)
		l.refunded += p.Quantity
		r.lines = append(r.lines, refundLine{id: s.id(), line: p.Line, quantity: p.Quantity, amount: amount})
	}
	r.amount = min(r.goods(), o.total()-o.refunded())
	if whole {
		r.amount = o.total() - o.refunded()
	}
	s.book(o, r)
	return r
}

func (s *Shop) book(o *Order, r *refund) {
	o.refunds = append(o.refunds, r)
	o.financial = "partially_refunded"
	if o.refunded() >= o.total() {
		o.financial = "refunded"
	}
}

func (s *Shop) refundBody(o *Order, r *refund) refundBody {
	at := s.stamp(r.at)
	b := refundBody{
		ID: r.id, GlobalID: global("Refund", r.id), CreatedAt: at, ProcessedAt: at, OrderID: o.ID, Restock: true,
		DutiesSet: s.set(0, s.Currency), LineItems: []refundLineBody{}, Transactions: []transactionBody{},
	}
	if r.ret != nil {
		b.Return = &ref{ID: r.ret.ID, GlobalID: global("Return", r.ret.ID)}
	}
	if r.amount > 0 {
		b.Transactions = append(b.Transactions, transactionBody{ID: r.transaction, Amount: decimal(r.amount, s.Currency), Currency: s.Currency,
			Gateway: o.gateway(), Kind: "refund", Status: "success", Message: "Refunded"})
	}
	for _, l := range r.lines {
		b.LineItems = append(b.LineItems, refundLineBody{ID: l.id, LineItemID: o.lines[l.line].id, Quantity: l.quantity, RestockType: "return",
			Subtotal: json.Number(decimal(l.amount, s.Currency)), SubtotalSet: s.set(l.amount, o.see),
			Tax: json.Number(decimal(0, s.Currency)), TaxSet: s.set(0, o.see)}) // prices hold their tax
	}
	return b
}
