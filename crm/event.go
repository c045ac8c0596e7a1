package crm

import "time"

// EventKind names a fact that a webhook or the calendar told.
type EventKind string

const (
	OrderChanged    EventKind = "order_changed" // created, updated, cancelled, fulfilled: the order holds its state
	OrderPaid       EventKind = "order_paid"    // an order that is paid; told as often as the platform says so
	ParcelChanged   EventKind = "parcel_changed"
	ParcelDelivered EventKind = "parcel_delivered"
	RefundCreated   EventKind = "refund_created"
	CustomerChanged EventKind = "customer_changed"
	CustomerDeleted EventKind = "customer_deleted"
	ConsentChanged  EventKind = "consent_changed"
	AppUninstalled  EventKind = "app_uninstalled"
	ReturnChanged   EventKind = "return_changed" // requested, approved, declined, closed...
	DayBegan        EventKind = "day_began"      // the calendar: a customer's occasion may be near
	AskedByHand     EventKind = "asked_by_hand"  // staff wants a gesture about these nouns now
	PrivacyAsked    EventKind = "privacy_asked"  // somebody wants personal data handed over or erased
	ScopesChanged   EventKind = "scopes_changed" // the merchant allows more, or less, than before
)

// Event is one fact. One webhook can tell several; they share their nouns.
// What an event does not speak of is nil.
type Event struct {
	Kind     EventKind
	At       time.Time // when it happened, by the platform's clock
	Order    *Order    // order events; for a parcel or a refund only the id and what changed
	Customer *Customer // customer events, the buyer of an order, who has an occasion
	Return   *Return   // return events

	Privacy *PrivacyRequest // what is asked for; its kind, subject, customer and orders
	Scopes  []string        // all that is allowed now

	// FirstOrder is when the customer placed her first counted order; for
	// DayBegan, zero when there is none or it is not known for sure.
	FirstOrder time.Time
}
