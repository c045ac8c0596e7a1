package crm

import "time"

// EffectKind names an outside act that belongs to a message.
type EffectKind string

const (
	DiscountCodeMade  EffectKind = "discount_code"
	ReturnApproved    EffectKind = "approve_return"
	ReturnFeeWaived   EffectKind = "waive_return_fee"
	LabelBought       EffectKind = "return_label"
	LabelAttached     EffectKind = "attach_label"
	ReplacementPlaced EffectKind = "replacement_order"
)

// EffectState is where an effect stands. Only one worker does an effect at a
// time; one whose worker was lost is done again, which every adapter makes
// harmless by looking first at what is there.
type EffectState string

const (
	EffectPlanned EffectState = "planned" // stored, not asked for yet, or to be asked for again
	EffectDoing   EffectState = "doing"   // taken by a worker until the lease ends
	EffectDone    EffectState = "done"
	EffectFailed  EffectState = "failed" // refused for good
	EffectUndone  EffectState = "undone" // was done and taken back: a revoked code
)

// Effect is an outside act that belongs to a message, with its receipt. It is
// stored before it is asked for.
type Effect struct {
	ID         string      `json:"id"` // eff_...
	ShopID     string      `json:"shop_id"`
	MessageID  string      `json:"message_id"`
	CustomerID string      `json:"customer_id"`
	Kind       EffectKind  `json:"kind"`
	State      EffectState `json:"state"`
	Detail     string      `json:"detail,omitempty"` // why it failed, in the service's words
	Attempt    int         `json:"attempt"`          // times it was asked for
	Away       int         `json:"away,omitempty"`   // of these, the last ones in a row that got no answer
	Worth      Money       `json:"worth"`            // the most that it is thought to cost the shop; zero: nothing
	Receipt    Receipt     `json:"receipt"`
	CreatedAt  time.Time   `json:"created_at"`
	UpdatedAt  time.Time   `json:"updated_at"`

	// What is asked for, and what came of it, by kind.
	Code        *DiscountCode `json:"code,omitempty"`
	Label       *Label        `json:"label,omitempty"`
	Replacement *Replacement  `json:"replacement,omitempty"`
}

// DiscountKind says what a code gives.
type DiscountKind string

const (
	Percentage   DiscountKind = "percentage"
	FixedAmount  DiscountKind = "fixed_amount"
	FreeShipping DiscountKind = "free_shipping"
	FreeProduct  DiscountKind = "free_product"
)

// DiscountCode is what the customer types, with its terms. The code is random
// and is stored before the shop is asked for it (mail-and-domain.md, 4.9).
type DiscountCode struct {
	Code       string       `json:"code"`
	Title      string       `json:"title"` // for the merchant's own list of discounts; nothing personal
	CustomerID string       `json:"customer_id"`
	Kind       DiscountKind `json:"kind"`
	Percent    int          `json:"percent,omitempty"`    // 1 to 100
	Amount     Money        `json:"amount"`               // for FixedAmount, in the shop's currency
	ProductID  string       `json:"product_id,omitempty"` // for FreeProduct, the platform's id
	Product    string       `json:"product,omitempty"`    // and its name, for the mail
	Minimum    Money        `json:"minimum"`              // least subtotal; zero: none
	StartsAt   time.Time    `json:"starts_at"`
	EndsAt     time.Time    `json:"ends_at,omitzero"` // last second of a day in Zone; zero: no end
	Zone       string       `json:"zone"`             // IANA name, in which the last day is told

	// With which other discounts it may be used together.
	WithOrder    bool `json:"with_order,omitempty"`
	WithProduct  bool `json:"with_product,omitempty"`
	WithShipping bool `json:"with_shipping,omitempty"`

	PlatformID string     `json:"platform_id,omitempty"` // what the shop calls it
	Uses       []CodeUse  `json:"uses,omitempty"`        // orders that hold it
	Ended      CodeEnding `json:"ended,omitempty"`       // why it works no more; empty: it works, or was used
	EndedAt    time.Time  `json:"ended_at,omitzero"`
}

// CodeEnding is how a code came to its end unused.
type CodeEnding string

const (
	CodeExpired CodeEnding = "expired"
	CodeRevoked CodeEnding = "revoked"
)

// CodeUse is one order that holds a code of ours, with what it brought and
// cost. Refunds and cancellation correct it (mail-and-domain.md, 4.4).
type CodeUse struct {
	OrderID  string    `json:"order_id"`
	At       time.Time `json:"at"`
	Net      Money     `json:"net"`                 // the order's goods after discounts, less refunds; split if it holds several of our codes
	Discount Money     `json:"discount"`            // what the code took off
	PassedOn bool      `json:"passed_on,omitempty"` // used by somebody else than the addressee
}

// Used tells whether an order that stands holds the code.
func (d DiscountCode) Used() bool { return len(d.Uses) > 0 }

// Works tells whether the customer could use the code at a time.
func (d DiscountCode) Works(now time.Time) bool {
	return d.Ended == "" && !d.Used() && !now.Before(d.StartsAt) && (d.EndsAt.IsZero() || !now.After(d.EndsAt))
}

// Label is a return label, bought at a label service or the merchant's own.
type Label struct {
	By          string `json:"by"` // the label maker's name, or "merchant"
	ReturnID    string `json:"return_id"`
	ShipmentID  string `json:"shipment_id,omitempty"` // stored before the label is bought
	RateID      string `json:"rate_id,omitempty"`
	LabelID     string `json:"label_id,omitempty"` // the purchase at the service
	URL         string `json:"url,omitempty"`      // of the label to print
	Carrier     string `json:"carrier,omitempty"`
	Tracking    string `json:"tracking,omitempty"`
	TrackingURL string `json:"tracking_url,omitempty"`
	Cost        Money  `json:"cost"`
}

// Replacement is the order that takes the place of what comes back.
type Replacement struct {
	ReturnID string    `json:"return_id"`
	DraftID  string    `json:"draft_id,omitempty"`
	OrderID  string    `json:"order_id,omitempty"`
	Value    Money     `json:"value"`
	DueBack  time.Time `json:"due_back,omitzero"` // when the goods should have come back
	Back     time.Time `json:"back,omitzero"`     // when they did
	Reminded int       `json:"reminded,omitempty"`
}

// PostalAddress is a whole address. It is read from the platform when a label
// is made, handed on, and never stored.
type PostalAddress struct {
	Name, Company, Street1, Street2, City, Province, Zip, Country, Phone, Email string
}

// Reward is one line of the ledger of what gestures cost a shop. Lines are
// only ever added.
type Reward struct {
	ID         string     `json:"id"` // rwd_...
	ShopID     string     `json:"shop_id"`
	CustomerID string     `json:"customer_id"`
	EffectID   string     `json:"effect_id"`
	Kind       RewardKind `json:"kind"`
	OrderID    string     `json:"order_id,omitempty"`
	Amount     Money      `json:"amount"` // positive: given; negative: freed again
	At         time.Time  `json:"at"`
}

// RewardKind says why a ledger line was written.
type RewardKind string

const (
	RewardPromised RewardKind = "promised" // an effect with a worth was stored
	RewardReleased RewardKind = "released" // a promise that costs nothing any more: used, expired, revoked, refused
	RewardUsed     RewardKind = "used"     // what an order really took off, or a label really cost
	RewardReturned RewardKind = "returned" // a cancelled or refunded order gives it back
)

// Limits bound what the gifts of a year may be worth, in minor units of the
// shop's currency; nil: no limit.
type Limits struct {
	Since    time.Time // the year's first instant, in the shop's zone
	Currency string
	Shop     *int64
	Customer *int64 // of each customer
}
