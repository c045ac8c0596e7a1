package crm

import "time"

// PrivacyKind is what a request about personal data asks for.
type PrivacyKind string

const (
	PrivacyExport        PrivacyKind = "export"         // all that is known of a customer, for her
	PrivacyEraseCustomer PrivacyKind = "erase_customer" // forget a customer
	PrivacyEraseShop     PrivacyKind = "erase_shop"     // forget a shop with all its customers
)

// PrivacyState is where a request stands.
type PrivacyState string

const (
	PrivacyOpen    PrivacyState = "open"
	PrivacyDone    PrivacyState = "done"
	PrivacyRefused PrivacyState = "refused" // with the reason in Detail
)

// PrivacyTime is how long the law and Shopify give (mail-and-domain.md, D3, D4).
const PrivacyTime = 30 * 24 * time.Hour

// PrivacyRequest is one request about personal data, of a platform or of staff.
// Once it is done it holds nothing personal: it is the proof.
type PrivacyRequest struct {
	ID          string       `json:"id"` // prv_...
	ShopID      string       `json:"shop_id"`
	Kind        PrivacyKind  `json:"kind"`
	Subject     string       `json:"subject"` // what it may be asked for only once per: the platform's own request id, or ours
	State       PrivacyState `json:"state"`
	Source      string       `json:"source"`                // the platform, or who of staff
	CustomerID  string       `json:"customer_id,omitempty"` // the platform's id; empty once erased
	Email       string       `json:"-"`                     // sealed while it waits, then gone
	OrderIDs    []string     `json:"order_ids,omitempty"`   // what the platform named; empty once erased
	RequestedAt time.Time    `json:"requested_at"`
	DueAt       time.Time    `json:"due_at"` // when it must be done
	DoneAt      time.Time    `json:"done_at,omitzero"`
	DoneBy      string       `json:"done_by,omitempty"`
	Detail      string       `json:"detail,omitempty"` // nothing personal

	// Proof is what was erased or handed over: rows by what they are.
	Proof map[string]int64 `json:"proof,omitempty"`
}

// Late tells whether a request waits beyond its time.
func (r PrivacyRequest) Late(now time.Time) bool { return r.State == PrivacyOpen && now.After(r.DueAt) }
