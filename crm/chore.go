package crm

import "time"

// ChoreKind is a work that every shop needs from time to time, whatever its
// customers do.
type ChoreKind string

const (
	ChoreHistory       ChoreKind = "history"       // reads the shop's past, once after it was connected
	ChoreReconcile     ChoreKind = "reconcile"     // looks for what webhooks did not tell
	ChoreSubscriptions ChoreKind = "subscriptions" // subscribes to webhooks again where that got lost
	ChoreToken         ChoreKind = "token"         // renews credentials of a silent shop before they end
	ChoreRetention     ChoreKind = "retention"     // forgets what was kept long enough
	ChorePrivacy       ChoreKind = "privacy"       // carries out requests about personal data

	// ChoreSearch makes customers findable who were here before they could be
	// looked for. It comes once, to shops that an older program connected.
	ChoreSearch ChoreKind = "search"
)

// Chores lists those that every shop has.
var Chores = []ChoreKind{ChoreHistory, ChoreReconcile, ChoreSubscriptions, ChoreToken, ChoreRetention, ChorePrivacy}

// Chore is one such work of one shop, with how far it came.
type Chore struct {
	ShopID  string    `json:"shop_id"`
	Kind    ChoreKind `json:"kind"`
	DueAt   time.Time `json:"due_at,omitzero"`   // zero: not before somebody asks for it
	Attempt int       `json:"attempt,omitempty"` // failures in a row
	Cursor  string    `json:"cursor,omitempty"`  // where to go on
	Done    int64     `json:"done,omitempty"`    // things done so far
	Total   int64     `json:"total,omitempty"`   // of so many; 0: not known
	Detail  string    `json:"detail,omitempty"`  // what the last run found, or why it failed

	StartedAt time.Time `json:"started_at,omitzero"` // of this run, or the one that goes on
	EndedAt   time.Time `json:"ended_at,omitzero"`   // of the last run that came to its end
}
