package crm

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ReturnStatus is the platform's word for where a return stands.
type ReturnStatus string

const (
	ReturnRequested ReturnStatus = "requested"
	ReturnOpen      ReturnStatus = "open"
	ReturnClosed    ReturnStatus = "closed"
	ReturnDeclined  ReturnStatus = "declined"
	ReturnCanceled  ReturnStatus = "canceled"
)

// Return is goods that a customer sends back, or asks to.
type Return struct {
	ID          string       `json:"id"`
	Name        string       `json:"name,omitempty"` // as the customer knows it, "#1001-R1"
	OrderID     string       `json:"order_id,omitempty"`
	CustomerID  string       `json:"customer_id,omitempty"`
	Status      ReturnStatus `json:"status,omitempty"`
	Lines       []ReturnLine `json:"lines,omitempty"`
	Value       Money        `json:"value"` // of the goods that come back
	Fee         Money        `json:"fee"`   // what the customer would pay for sending them
	FeeID       string       `json:"fee_id,omitempty"`
	RequestedAt time.Time    `json:"requested_at,omitzero"`
	UpdatedAt   time.Time    `json:"updated_at,omitzero"` // when the status was told
	ReadAt      time.Time    `json:"read_at,omitzero"`    // when it was last read whole from the platform; zero: only webhooks spoke of it
}

// ReturnLine is one kind of goods in a return.
type ReturnLine struct {
	ID        string `json:"id,omitempty"`
	VariantID string `json:"variant_id,omitempty"`
	Title     string `json:"title"`
	Quantity  int    `json:"quantity"`
	Reason    string `json:"reason,omitempty"`
}

// Whole tells whether everything of an order comes back.
func (r Return) Whole(o Order) bool {
	back, bought := 0, 0
	for _, l := range r.Lines {
		back += l.Quantity
	}
	for _, it := range o.Goods() {
		bought += it.Quantity
	}
	return bought > 0 && back >= bought
}

// Pending tells whether the return is under way.
func (r Return) Pending() bool { return r.Status == ReturnRequested || r.Status == ReturnOpen }

// way orders the states of a return told for one time.
var way = []ReturnStatus{"", ReturnRequested, ReturnOpen, ReturnDeclined, ReturnCanceled, ReturnClosed}

// Apply returns the return after a state n arrived, in whatever sequence. The
// webhooks are thin: what a state does not say is kept. The newer status wins;
// of two told for one time the one further on the way.
func (r Return) Apply(n Return) Return {
	out := r
	if n.Status != "" && (r.Status == "" || cmp.Or(n.UpdatedAt.Compare(r.UpdatedAt), slices.Index(way, n.Status)-slices.Index(way, r.Status), cmp.Compare(n.Status, r.Status)) > 0) {
		out.Status, out.UpdatedAt = n.Status, n.UpdatedAt
	}
	out.ID, out.Name = first(r.ID, n.ID), first(r.Name, n.Name)
	out.OrderID, out.CustomerID = first(r.OrderID, n.OrderID), first(r.CustomerID, n.CustomerID)
	out.RequestedAt = earliest(r.RequestedAt, n.RequestedAt)
	if at := n.ReadAt.Compare(r.ReadAt); at > 0 || at == 0 && fuller(n.content(), r.content()) { // read whole: all of it counts
		out.Lines, out.Value, out.Fee, out.FeeID, out.ReadAt = n.Lines, n.Value, n.Fee, n.FeeID, n.ReadAt
	}
	return out
}

// content is what reading a return whole tells, as text.
func (r Return) content() string {
	return fmt.Sprintf("%#v", Return{Lines: r.Lines, Value: r.Value, Fee: r.Fee, FeeID: r.FeeID})
}
