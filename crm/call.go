package crm

import "time"

// CallState is how far a call to a customer is.
type CallState string

const (
	CallOpen       CallState = "open"        // somebody took it, and did not say yet what came of it
	CallAgain      CallState = "again"       // not reached: another day
	CallHappy      CallState = "happy"       // reached, and content
	CallProblem    CallState = "problem"     // reached, and something is wrong: a task was opened
	CallNotReached CallState = "not_reached" // tried as often as is fitting
	CallNever      CallState = "never"       // she wants no calls
)

// CallOutcomes are what may come of one try, in the sequence in which staff is asked.
var CallOutcomes = []CallState{CallHappy, CallProblem, CallNotReached, CallNever}

// CallTries is how often staff tries to reach a customer about one order.
const CallTries = 3

// Call is a call about an order that was delivered. There is one for each order.
type Call struct {
	ShopID     string    `json:"shop_id"`
	OrderID    string    `json:"order_id"`
	CustomerID string    `json:"customer_id,omitempty"`
	State      CallState `json:"state"`
	Tries      int       `json:"tries"`
	HolderID   string    `json:"-"` // who of staff calls just now
	Holder     string    `json:"-"`
	LeaseUntil time.Time `json:"-"`
	DueAt      time.Time `json:"due_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Held tells whether somebody is calling.
func (c Call) Held(now time.Time) bool { return c.HolderID != "" && now.Before(c.LeaseUntil) }

// CallTry is one try to reach a customer, and what came of it.
type CallTry struct {
	ShopID     string    `json:"shop_id"`
	OrderID    string    `json:"order_id"`
	N          int       `json:"n"` // 1, 2, 3
	CustomerID string    `json:"customer_id,omitempty"`
	Outcome    CallState `json:"outcome"`
	Note       string    `json:"note,omitempty"` // staff's own words
	StaffID    string    `json:"-"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
}

// CallSettings are what a merchant says of calls. The scripts' keys are "script_"
// and a language.
var CallSettings = func() []Setting {
	all := []Setting{
		{Key: "enabled", Label: "Call customers", Kind: SettingBool, Default: "false"},
		{Key: "days", Label: "Days after delivery", Kind: SettingInt, Default: "14", Required: true},
		{Key: "minimum", Label: "Smallest order", Kind: SettingMoney},
		{Key: "per_day", Label: "Calls a day", Kind: SettingInt, Default: "5", Required: true},
		{Key: "per_week", Label: "Calls a week", Kind: SettingInt, Default: "20", Required: true},
	}
	for _, l := range CallLanguages {
		all = append(all, Setting{Key: "script_" + l, Label: "What to say", Kind: SettingText})
	}
	return all
}()

// CallLanguages are those that a script may be in.
var CallLanguages = []string{"en", "it", "sl", "hu", "fil", "de", "fr", "es"}

// CallValues are a shop's settings of calls, defaults applied.
func (s Shop) CallValues() Values {
	v := Values{}
	for _, d := range CallSettings {
		v[d.Key] = d.Default
		if own, ok := s.Calls[d.Key]; ok {
			v[d.Key] = own
		}
	}
	return v
}

// Delivered is when the last parcel of an order arrived, if all did; else never.
// A parcel that was called off is none.
func (o Order) Delivered() time.Time {
	var last time.Time
	for _, f := range o.Fulfillments {
		if f.void() {
			continue
		}
		at := f.DeliveredAt
		if at.IsZero() && f.ShipmentStatus == "delivered" {
			at = f.ShipmentAt
		}
		if at.IsZero() {
			return time.Time{}
		}
		if at.After(last) {
			last = at
		}
	}
	return last
}

// Packed tells whether a parcel of the order is there, or on its way.
func (o Order) Packed() bool {
	for _, f := range o.Fulfillments {
		if !f.void() {
			return true
		}
	}
	return false
}

func (f Fulfillment) void() bool {
	return f.Status == "cancelled" || f.Status == "error" || f.Status == "failure"
}
