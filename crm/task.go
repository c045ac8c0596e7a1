package crm

import "time"

// TaskKind is what staff is asked to do.
type TaskKind string

const (
	TaskLowRating     TaskKind = "low_rating"     // a customer is not content: write to her
	TaskLabelMissing  TaskKind = "label_missing"  // a return was upgraded but no label could be had
	TaskReturnRefused TaskKind = "return_refused" // the platform refused what the upgrade needs
	TaskGoodsNotBack  TaskKind = "goods_not_back" // a replacement went out, and its goods never came
	TaskCodeRefused   TaskKind = "code_refused"   // the shop refused a discount code
	TaskConnection    TaskKind = "connection"     // the platform refuses the shop's credentials
	TaskApproval      TaskKind = "approval"       // a gesture above the limit waits for a yes
	TaskTellCustomer  TaskKind = "tell_customer"  // what was done for her no mail could tell
	TaskWrongHistory  TaskKind = "wrong_history"  // a mail would have named what this customer never bought
	TaskComplaints    TaskKind = "complaints"     // marketing was stopped by a circuit breaker
	TaskCallProblem   TaskKind = "call_problem"   // a customer who was called told of a problem
	TaskPrivacy       TaskKind = "privacy"        // a request about personal data wants somebody
)

// TaskKinds are all of them, what costs most first.
var TaskKinds = []TaskKind{TaskConnection, TaskComplaints, TaskPrivacy, TaskApproval, TaskLowRating, TaskCallProblem, TaskTellCustomer, TaskReturnRefused,
	TaskLabelMissing, TaskGoodsNotBack, TaskCodeRefused, TaskWrongHistory}

// Task is one thing that staff should do.
type Task struct {
	ID         string    `json:"id"` // tsk_...
	ShopID     string    `json:"shop_id"`
	Kind       TaskKind  `json:"kind"`
	Source     string    `json:"source"` // what it came of, "review:rev_...": one task per kind and source
	CustomerID string    `json:"customer_id,omitempty"`
	OrderID    string    `json:"order_id,omitempty"`
	MessageID  string    `json:"message_id,omitempty"`
	Detail     string    `json:"detail"`
	CreatedAt  time.Time `json:"created_at"`
	TakenID    string    `json:"-"` // who of staff does it
	TakenBy    string    `json:"taken_by,omitempty"`
	DoneAt     time.Time `json:"done_at,omitzero"`
	DoneBy     string    `json:"done_by,omitempty"` // who, and what was done
}

// Review is what a customer says about an order on the built-in page.
type Review struct {
	ID         string    `json:"id"` // rev_...
	ShopID     string    `json:"shop_id"`
	CustomerID string    `json:"customer_id"`
	OrderID    string    `json:"order_id"`
	MessageID  string    `json:"message_id"`
	Rating     int       `json:"rating"` // 1 to 5
	Text       string    `json:"text,omitempty"`
	Publish    bool      `json:"publish"` // she agreed to have it shown
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}
