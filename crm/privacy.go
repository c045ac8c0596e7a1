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

// PrivacyWarning is how long before its end a request that is still open is
// shown to staff.
const PrivacyWarning = 7 * 24 * time.Hour

// Presses tells whether a request is still open shortly before its end, or after it.
func (r PrivacyRequest) Presses(now time.Time) bool {
	return r.State == PrivacyOpen && !now.Before(r.DueAt.Add(-PrivacyWarning))
}

// accessSettings are what lets Grazie act in a shop, in the settings of all
// platforms: worthless once the merchant removed the app.
var accessSettings = []string{"token", "token_expires", "refresh_token", "refresh_token_expires", "consumer_key", "consumer_secret"}

// ForgetAccess takes out of a connection's settings what lets Grazie act in the
// shop. What webhooks are verified with stays: the last of them are still to come.
func (v Values) ForgetAccess() {
	for _, key := range accessSettings {
		delete(v, key)
	}
}

// erasedTitle stands where the name of a product was.
const erasedTitle = "erased"

// Erased is the order without everything that tells of its customer or what she
// chose: its id, its amounts and its times stay, for totals. What a code of
// ours took off stands in the ledger.
func (o Order) Erased(at time.Time) Order {
	out := Order{
		ID: o.ID, Status: o.Status, Test: o.Test, Total: o.Total, Subtotal: o.Subtotal, Presentment: o.Presentment, Refunds: o.Refunds,
		CreatedAt: o.CreatedAt, PaidAt: o.PaidAt, UpdatedAt: o.UpdatedAt, TriggeredAt: o.TriggeredAt, CancelledAt: o.CancelledAt, ErasedAt: at,
	}
	for _, it := range o.Items {
		if it.Title != "" {
			it.Title = erasedTitle
		}
		out.Items = append(out.Items, LineItem{ProductID: it.ProductID, Title: it.Title, Quantity: it.Quantity, Price: it.Price,
			GiftCard: it.GiftCard, Tip: it.Tip, Removed: it.Removed})
	}
	return out
}

// Erased is the return without what tells of its customer: what she sends back,
// and why, in her own words or the platform's.
func (r Return) Erased() Return {
	out := Return{ID: r.ID, OrderID: r.OrderID, Status: r.Status, Value: r.Value, Fee: r.Fee, FeeID: r.FeeID,
		RequestedAt: r.RequestedAt, UpdatedAt: r.UpdatedAt, ReadAt: r.ReadAt}
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, ReturnLine{Title: erasedTitle, Quantity: l.Quantity})
	}
	return out
}

// Erased is the effect without what tells of its customer. A code stays as it
// is but for whose it was: it is random, and what it brought is accounted by it.
// What was not done yet never will be.
func (e Effect) Erased() Effect {
	e.CustomerID, e.Detail = "", ""
	if e.State == EffectPlanned || e.State == EffectDoing {
		e.State = EffectFailed
	}
	if e.Code != nil {
		code := *e.Code
		code.CustomerID = ""
		e.Code = &code
	} else {
		e.Receipt.ID = ""
	}
	if e.Label != nil {
		e.Label = &Label{By: e.Label.By, Cost: e.Label.Cost}
	}
	if e.Replacement != nil {
		e.Replacement = &Replacement{ReturnID: e.Replacement.ReturnID, Value: e.Replacement.Value, DueBack: e.Replacement.DueBack, Back: e.Replacement.Back, Reminded: e.Replacement.Reminded}
	}
	return e
}
