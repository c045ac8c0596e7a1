package crm

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Apply returns the order after a state n arrived, in whatever sequence: an
// older state never overwrites a newer one, parcels and refunds are joined by
// their ids, and applying the same state twice changes nothing. A state with
// no UpdatedAt (a parcel's webhook that knows only the order's id) only joins.
// Of an order whose customer was erased, only what Erased leaves is taken in.
func (o Order) Apply(n Order) Order {
	if at := earliest(o.ErasedAt, n.ErasedAt); !at.IsZero() {
		o, n = o.Erased(at), n.Erased(at)
	}
	out := o
	if n.newerThan(o) {
		out = n
	}
	out.ID = first(o.ID, n.ID)
	named := o
	if n.namesBetter(o) {
		named = n
	}
	out.CustomerID, out.CustomerTold = named.CustomerID, nil
	if told := named.customerTold(); idRank(named.CustomerID) == byPlatform && told.compare(out.stamp()) != 0 {
		out.CustomerTold = &told
	}
	out.PaidAt = earliest(o.PaidAt, n.PaidAt)
	out.CreatedAt = earliest(o.CreatedAt, n.CreatedAt)
	out.CancelledAt = earliest(o.CancelledAt, n.CancelledAt)
	out.Fulfillments = joinFulfillments(o.Fulfillments, n.Fulfillments)
	out.Refunds = joinRefunds(o.Refunds, n.Refunds)
	return out
}

// Stamp is how new a state of an order is: by the platform's change time, whose
// grain is a second, then by the time of sending.
type Stamp struct {
	UpdatedAt   time.Time `json:"updated_at,omitzero"`
	TriggeredAt time.Time `json:"triggered_at,omitzero"`
}

func (s Stamp) compare(t Stamp) int {
	return cmp.Or(s.UpdatedAt.Compare(t.UpdatedAt), s.TriggeredAt.Compare(t.TriggeredAt))
}

func (o Order) stamp() Stamp { return Stamp{o.UpdatedAt, o.TriggeredAt} }

// progress orders the states of payment: of two states with one stamp the
// later in this list is the newer. A word that is not in it is none.
var progress = []FinancialStatus{"", Pending, Authorized, PartiallyPaid, Paid, PartiallyRefunded, Refunded, Voided}

// newerThan compares two states of one order: by stamp, then by progress. Two
// states that differ only in what they hold must still have an order, or the
// sequence of their arrival would decide: the one that says more wins.
func (o Order) newerThan(p Order) bool {
	done := func(o Order) int { return max(0, slices.Index(progress, o.Status)) }
	if c := cmp.Or(o.stamp().compare(p.stamp()), done(o)-done(p)); c != 0 {
		return c > 0
	}
	return fuller(o.content(), p.content())
}

// content is what the newer of two states decides, as text.
func (o Order) content() string {
	o.ID, o.CustomerID, o.CustomerTold = "", "", nil
	o.CreatedAt, o.PaidAt, o.CancelledAt, o.UpdatedAt, o.TriggeredAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	o.Fulfillments, o.Refunds = nil, nil
	text, _ := json.Marshal(o) // texts and numbers only: it can't fail
	return string(text)
}

// What a customer's id is worth.
const (
	noID = iota
	byAddress
	byPlatform
)

func idRank(id string) int {
	switch {
	case id == "":
		return noID
	case strings.HasPrefix(id, guest):
		return byAddress
	}
	return byPlatform
}

// namesBetter tells whether o knows better than p whose order it is: an id goes
// over none, the platform's over one made of the address, the newer over the older.
func (o Order) namesBetter(p Order) bool {
	return cmp.Or(idRank(o.CustomerID)-idRank(p.CustomerID), o.customerTold().compare(p.customerTold()), cmp.Compare(o.CustomerID, p.CustomerID)) > 0
}

func (o Order) customerTold() Stamp {
	if o.CustomerTold != nil {
		return *o.CustomerTold
	}
	return o.stamp()
}

// steps is the way of a parcel, for words told in one second.
var steps = []string{"pending", "open", "success", "label_purchased", "label_printed", "ready_for_pickup", "confirmed", "carrier_picked_up",
	"in_transit", "delayed", "out_for_delivery", "attempted_delivery", "delivered", "error", "failure", "cancelled"}

// join lays what two states tell of one parcel together. A carrier's report
// knows nothing of Status, and a new parcel nothing of its shipment: each word
// goes by its own time.
func (f Fulfillment) join(n Fulfillment) Fulfillment {
	f, n = f.dated(), n.dated()
	later := func(a, b string, at, bt time.Time) (string, time.Time) {
		if cmp.Or(bt.Compare(at), slices.Index(steps, b)-slices.Index(steps, a), cmp.Compare(b, a)) > 0 {
			return b, bt
		}
		return a, at
	}
	f.Status, f.StatusAt = later(f.Status, n.Status, f.StatusAt, n.StatusAt)
	f.ShipmentStatus, f.ShipmentAt = later(f.ShipmentStatus, n.ShipmentStatus, f.ShipmentAt, n.ShipmentAt)
	f.CreatedAt, f.DeliveredAt = earliest(f.CreatedAt, n.CreatedAt), earliest(f.DeliveredAt, n.DeliveredAt)
	f.UpdatedAt = latest(f.UpdatedAt, n.UpdatedAt)
	return f
}

// dated is a state as it came with the times of its words.
func (f Fulfillment) dated() Fulfillment {
	if f.Status != "" && f.StatusAt.IsZero() {
		f.StatusAt = f.UpdatedAt
	}
	if f.ShipmentStatus != "" && f.ShipmentAt.IsZero() {
		f.ShipmentAt = f.UpdatedAt
	}
	return f
}

// join keeps the larger amount: a refund is told before its money moved, and
// then again with what was really given back. To count too much back only
// means one thank-you less.
func (r Refund) join(n Refund) Refund {
	known := func(m Money) int { return min(len(m.Currency), 1) }
	created := earliest(r.CreatedAt, n.CreatedAt)
	if cmp.Or(known(n.Amount)-known(r.Amount), cmp.Compare(n.Amount.Minor, r.Amount.Minor), cmp.Compare(n.Amount.Currency, r.Amount.Currency)) > 0 {
		r = n
	}
	r.CreatedAt = created
	return r
}

func joinFulfillments(old, add []Fulfillment) []Fulfillment {
	var out []Fulfillment
	for _, n := range slices.Concat(old, add) {
		if i := slices.IndexFunc(out, func(f Fulfillment) bool { return f.ID == n.ID }); i >= 0 {
			out[i] = out[i].join(n)
		} else {
			out = append(out, n.dated())
		}
	}
	slices.SortFunc(out, func(a, b Fulfillment) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return out
}

func joinRefunds(old, add []Refund) []Refund {
	var out []Refund
	for _, n := range slices.Concat(old, add) {
		if i := slices.IndexFunc(out, func(r Refund) bool { return r.ID == n.ID }); i >= 0 {
			out[i] = out[i].join(n)
		} else {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b Refund) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return out
}
