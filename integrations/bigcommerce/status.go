package bigcommerce

import "grazie/crm"

// The order statuses (bigcommerce/docs, orders, v2).
const (
	incomplete         = "0" // the payment page was reached, no more
	pending            = "1"
	shipped            = "2"
	partiallyShipped   = "3"
	refunded           = "4"
	cancelled          = "5"
	declined           = "6"
	awaitingPayment    = "7"
	awaitingPickup     = "8"
	awaitingShipment   = "9"
	completed          = "10"
	awaitingFulfilment = "11" // the payment is confirmed
	toVerify           = "12" // on hold
	disputed           = "13"
	partiallyRefunded  = "14"
)

// status maps how an order stands, and how its payment does. Where the two
// disagree the one counts that leads to fewer mails: an order on hold or in
// dispute counts as not paid, whatever came in. A payment that is only
// authorised counts as paid once the goods left: with offline methods that word
// never changes.
func (r *reader) status(id scalar, payment string) crm.FinancialStatus {
	switch string(id) {
	case refunded:
		return crm.Refunded
	case partiallyRefunded:
		return crm.PartiallyRefunded
	case declined:
		return crm.Voided
	case incomplete, pending, toVerify, disputed:
		return crm.Pending
	case awaitingPayment:
		if payment == "authorized" {
			return crm.Authorized
		}
		return crm.Pending
	case shipped, partiallyShipped, completed, awaitingPickup, awaitingShipment, awaitingFulfilment, cancelled:
	default:
		r.fail("status_id", "is none that BigCommerce documents")
	}
	gone := string(id) == shipped || string(id) == partiallyShipped || string(id) == completed
	switch payment {
	case "refunded":
		return crm.Refunded
	case "partially refunded":
		return crm.PartiallyRefunded
	case "void":
		return crm.Voided
	case "declined", "held for review", "pending", "void pending":
		return crm.Pending
	case "authorized", "capture pending":
		if !gone {
			return crm.Authorized
		}
	}
	return crm.Paid // captured, paid, or not told: a method that the shop settles by itself
}
