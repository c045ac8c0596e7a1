package crm

import "time"

// Customer is a person who buys. Guests are customers too: their id is made of
// their address, because the platform gave none.
type Customer struct {
	ID        string    `json:"id"`                  // the platform's id as text, or "guest_" and a keyed hash
	Email     string    `json:"email,omitempty"`     // as it can be written to; domain in A-labels
	EmailKey  string    `json:"email_key,omitempty"` // for comparing, see EmailKey
	FirstName string    `json:"first_name,omitempty"`
	LastName  string    `json:"last_name,omitempty"`
	Locale    string    `json:"locale,omitempty"` // BCP 47
	Address   *Address  `json:"address,omitempty"`
	Consent   Consent   `json:"consent"`
	Orders    *int      `json:"orders,omitempty"` // the platform's own count, when it was ever told
	Birthday  Birthday  `json:"birthday,omitzero"`
	Timezone  string    `json:"timezone,omitempty"`  // IANA name, only when she chose it herself
	CreatedAt time.Time `json:"created_at,omitzero"` // at the platform
	UpdatedAt time.Time `json:"updated_at,omitzero"` // at the platform; decides which state is newer
	DeletedAt time.Time `json:"deleted_at,omitzero"` // deleted at the platform
	ErasedAt  time.Time `json:"erased_at,omitzero"`  // forgotten on request: nothing personal is taken in again
	Partial   bool      `json:"-"`                   // came inside an order: what is empty is unknown, not removed
	Told      *Told     `json:"told,omitempty"`      // when each field was told; nil for a state as it came

	LocaleChosen bool `json:"locale_chosen,omitempty"` // she chose Locale herself: the platform's word does not change it
}

// ConsentState is the customer's permission for marketing by mail.
type ConsentState string

const (
	ConsentUnknown      ConsentState = "" // never told
	ConsentSubscribed   ConsentState = "subscribed"
	ConsentUnsubscribed ConsentState = "unsubscribed"
	ConsentNone         ConsentState = "not_subscribed" // asked and not given, or never asked
	ConsentPending      ConsentState = "pending"        // double opt-in not confirmed yet
	ConsentInvalid      ConsentState = "invalid"        // the platform says the address can't be written to
	ConsentRedacted     ConsentState = "redacted"
)

// Consent is the permission with its proof: where and when it was given.
type Consent struct {
	State      ConsentState `json:"state,omitempty"`
	OptInLevel string       `json:"opt_in_level,omitempty"` // single_opt_in, confirmed_opt_in, unknown
	Source     string       `json:"source,omitempty"`       // the platform, a form, staff
	Wording    string       `json:"wording,omitempty"`      // version of the text she agreed to, where it is ours
	At         time.Time    `json:"at,omitzero"`            // when the customer decided
}

// Birthday is the day and month of a birthday, with where it was told.
type Birthday struct {
	Day    MonthDay  `json:"day,omitempty"`    // empty with At: it was taken back
	Source string    `json:"source,omitempty"` // shopify, form, import, staff
	At     time.Time `json:"at,omitzero"`      // when it was told

	// What was told first. A birthday that is another now was changed, and
	// waits a day before it counts.
	FirstDay MonthDay  `json:"first_day,omitempty"`
	FirstAt  time.Time `json:"first_at,omitzero"`
}

// Address is a postal address: only as much of it as a gesture needs. Street
// and phone are never kept.
type Address struct {
	FirstName    string `json:"first_name,omitempty"`
	LastName     string `json:"last_name,omitempty"`
	Company      string `json:"company,omitempty"`
	City         string `json:"city,omitempty"`
	Province     string `json:"province,omitempty"`
	ProvinceCode string `json:"province_code,omitempty"`
	Country      string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	POBox        bool   `json:"po_box,omitempty"`  // the street named a box, a locker, a pick-up point or a forces' post office
}
