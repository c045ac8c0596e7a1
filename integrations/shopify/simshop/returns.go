package simshop

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Return is goods that a customer sends back, or asks to.
type Return struct {
	ID    uint64
	Order *Order

	name      string
	status    string // requested, open, closed, declined, canceled
	lines     []returnLine
	fee       int64
	feeID     uint64
	decline   string
	note      string
	reverse   []*reverseOrder
	requested time.Time
	updated   time.Time
}

type returnLine struct {
	id       uint64
	parcel   *Fulfillment
	place    int // of the line in the parcel
	quantity int
	reason   string
	refunded bool
}

// reverseOrder is what an approved return makes: the goods that are to come
// back, with the deliveries that bring them.
type reverseOrder struct {
	id         uint64
	ret        *Return
	status     string // OPEN, CLOSED, CANCELED
	lines      []reverseLine
	deliveries []*reverseDelivery
}

type reverseLine struct {
	id       uint64
	line     int // place in the return
	quantity int
}

type reverseDelivery struct {
	id    uint64
	order *reverseOrder
	lines []reverseLine
	label Label
}

// Label is what a return goes by.
type Label struct {
	URL         string // of the label to print; empty: none
	Tracking    string
	TrackingURL string
	Notified    bool // the platform was asked to write to the customer
	Pieces      int  // that it is for
}

// ErrReturn is a return that cannot be: goods that did not leave, or came back
// already; or a step that its state does not allow.
var ErrReturn = errors.New("the return cannot be")

// ReturnState is how a return stands.
type ReturnState struct {
	Name    string
	Status  string // requested, open, closed, declined, canceled
	Parts   []Part
	Fee     int64 // minor units
	Decline string
	Labels  []Label
}

// ReturnState looks at a return.
func (s *Shop) ReturnState(r *Return) ReturnState {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := ReturnState{Name: r.name, Status: r.status, Fee: r.fee, Decline: r.decline}
	for _, l := range r.lines {
		st.Parts = append(st.Parts, Part{Line: l.parcel.lines[l.place].line, Quantity: l.quantity})
	}
	for _, ro := range r.reverse {
		for _, d := range ro.deliveries {
			label := d.label
			for _, l := range d.lines {
				label.Pieces += l.quantity
			}
			st.Labels = append(st.Labels, label)
		}
	}
	return st
}

// Returns are all returns of the shop, oldest first.
func (s *Shop) Returns() []*Return {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.returns)
}

// RequestReturn is a customer who asks to send goods back, everything that she
// has if no parts are named, for a reason in her words. It returns
// returns/request, or an error that wraps ErrReturn.
func (s *Shop) RequestReturn(o *Order, reason string, parts ...Part) (*Return, Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Return{Order: o, status: "requested"}
	if err := r.fill(reason, parts); err != nil {
		return nil, Webhook{}, err
	}
	s.touch(o)
	r.ID, r.name = s.id(), fmt.Sprintf("%s-R%d", o.Name(), len(o.returns)+1)
	for i := range r.lines {
		r.lines[i].id = s.id()
		r.lines[i].parcel.lines[r.lines[i].place].back += r.lines[i].quantity
	}
	if s.Fee > 0 {
		r.fee, r.feeID = s.Fee, s.id()
	}
	r.requested, r.updated = o.updated, o.updated
	s.things[r.ID] = r
	s.returns, o.returns = append(s.returns, r), append(o.returns, r)
	return r, s.tellReturn("returns/request", r), nil
}

// fill finds the goods of a return in the order's parcels.
func (r *Return) fill(reason string, parts []Part) error {
	wanted := map[int]int{}
	for _, p := range parts {
		wanted[p.Line] += p.Quantity
	}
	for _, f := range r.Order.parcels {
		for i, pl := range f.lines {
			n := pl.quantity - pl.back
			if len(parts) > 0 {
				n = min(n, wanted[pl.line])
				wanted[pl.line] -= n
			}
			if n > 0 {
				r.lines = append(r.lines, returnLine{parcel: f, place: i, quantity: n, reason: reason})
			}
		}
	}
	for line, n := range wanted {
		if n > 0 {
			return fmt.Errorf("simshop: %s, line %d: %d more than the customer has: %w", r.Order.Name(), line, n, ErrReturn)
		}
	}
	if len(r.lines) == 0 {
		return fmt.Errorf("simshop: %s: the customer has nothing to send back: %w", r.Order.Name(), ErrReturn)
	}
	return nil
}

// ApproveReturn is staff who lets the return happen: returns/approve.
func (s *Shop) ApproveReturn(r *Return) (Webhook, error) {
	return s.step(r, "returns/approve", "requested", s.approve)
}

// DeclineReturn is staff who does not, for one of the platform's reasons:
// final_sale, return_period_ended or other. It returns returns/decline.
func (s *Shop) DeclineReturn(r *Return, reason, note string) (Webhook, error) {
	return s.step(r, "returns/decline", "requested", func(r *Return) {
		r.free("declined", "CANCELED")
		r.decline, r.note = cmp.Or(reason, "other"), note
	})
}

// CloseReturn is staff who has the goods back: returns/close.
func (s *Shop) CloseReturn(r *Return) (Webhook, error) {
	return s.step(r, "returns/close", "open", func(r *Return) {
		r.status = "closed"
		for _, ro := range r.reverse {
			ro.status = "CLOSED"
		}
	})
}

// CancelReturn calls an open return off: returns/cancel.
func (s *Shop) CancelReturn(r *Return) (Webhook, error) {
	return s.step(r, "returns/cancel", "open", func(r *Return) { r.free("canceled", "CANCELED") })
}

// RefundReturn gives the money for a return's goods back: refunds/create and
// orders/updated. Where they were refunded before, it gives nothing.
func (s *Shop) RefundReturn(r *Return) []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []Part
	for i := range r.lines {
		l := &r.lines[i]
		line := l.parcel.lines[l.place].line
		ordered := &r.Order.lines[line]
		if n := min(l.quantity, ordered.quantity-ordered.refunded); n > 0 && !l.refunded {
			parts = append(parts, Part{Line: line, Quantity: n})
		}
		l.refunded = true
	}
	if len(parts) == 0 {
		return nil
	}
	f := s.refund(r.Order, parts)
	f.ret = r
	return []Webhook{s.tellRefund(r.Order, f), s.tellOrder(topicUpdated, r.Order)}
}

func (s *Shop) step(r *Return, topic, from string, do func(*Return)) (Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.status != from {
		return Webhook{}, fmt.Errorf("simshop: %s: return %s is %s, not %s: %w", topic, r.name, r.status, from, ErrReturn)
	}
	s.touch(r.Order)
	do(r)
	r.updated = r.Order.updated
	return s.tellReturn(topic, r), nil
}

// approve opens a return and makes the order of what is to come back.
func (s *Shop) approve(r *Return) {
	r.status = "open"
	ro := &reverseOrder{id: s.id(), ret: r, status: "OPEN"}
	for i, l := range r.lines {
		ro.lines = append(ro.lines, reverseLine{id: s.id(), line: i, quantity: l.quantity})
	}
	r.reverse = append(r.reverse, ro)
	s.things[ro.id] = ro
}

// free ends a return whose goods stay with the customer.
func (r *Return) free(status, reverse string) {
	r.status = status
	for _, l := range r.lines {
		l.parcel.lines[l.place].back -= l.quantity
	}
	for _, ro := range r.reverse {
		ro.status = reverse
	}
}
