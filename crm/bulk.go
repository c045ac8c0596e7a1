package crm

import "time"

// BulkState is where a bulk job stands.
type BulkState string

const (
	BulkCounted   BulkState = "counted" // its targets are known; nobody said go yet
	BulkRunning   BulkState = "running"
	BulkPaused    BulkState = "paused"
	BulkDone      BulkState = "done"
	BulkCancelled BulkState = "cancelled"
)

// Bulk is one gesture by hand for many customers or orders.
type Bulk struct {
	ID        string    `json:"id"` // blk_...
	ShopID    string    `json:"shop_id"`
	State     BulkState `json:"state"`
	Journey   string    `json:"journey"`
	Ask       Ask       `json:"ask"`
	PerMinute int       `json:"per_minute"` // throttle
	Total     int       `json:"total"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at,omitzero"`
}

// BulkItem is one target of a bulk job, and what became of it.
type BulkItem struct {
	Position  int           `json:"position"`
	Target    string        `json:"target"` // "order:1001", "customer:77", "return:5"
	State     BulkItemState `json:"state"`
	MessageID string        `json:"message_id,omitempty"`
	Detail    string        `json:"detail,omitempty"`
	Outcome   MessageState  `json:"outcome,omitempty"` // of the message
	Reason    Reason        `json:"reason,omitempty"`
}

// BulkItemState is how far one target is.
type BulkItemState string

const (
	BulkWaiting BulkItemState = "waiting"
	BulkPlanned BulkItemState = "planned" // there is a message; what became of it stands in its row
	BulkRefused BulkItemState = "refused" // there cannot be one; Detail says why
)

// BulkTarget is a segment: which customers or orders a bulk job is for. What
// is zero does not narrow.
type BulkTarget struct {
	Orders    bool      `json:"orders"` // targets are orders; else customers
	Country   string    `json:"country,omitempty"`
	Since     time.Time `json:"since,omitzero"` // ordered since
	Until     time.Time `json:"until,omitzero"`
	MinOrders int       `json:"min_orders,omitempty"` // counted orders of the customer
}
