package crm

import "time"

// Verdict is what a decision says.
type Verdict string

const (
	Send  Verdict = "send"
	Skip  Verdict = "skip"
	Defer Verdict = "defer"
)

// Decision is the answer to "should this customer get this now?", with the
// reason for no and later.
type Decision struct {
	Verdict Verdict
	Reason  Reason
	Until   time.Time // for Defer: not before
}

// SkipFor and DeferUntil build the two kinds of no.
func SkipFor(r Reason) Decision                 { return Decision{Verdict: Skip, Reason: r} }
func DeferUntil(t time.Time, r Reason) Decision { return Decision{Verdict: Defer, Reason: r, Until: t} }

// Reason is why a message is in its state: a word in the database, the log and
// the filters, a sentence for people.
type Reason string

const (
	ReasonJourneyOff      Reason = "journey_off"
	ReasonShopPaused      Reason = "shop_paused"
	ReasonShopUninstalled Reason = "shop_uninstalled"
	ReasonTestOrder       Reason = "test_order"
	ReasonOrderCancelled  Reason = "order_cancelled"
	ReasonOrderRefunded   Reason = "order_refunded"
	ReasonNotPaid         Reason = "not_paid"
	ReasonOrderUnknown    Reason = "order_unknown"
	ReasonNothingToThank  Reason = "nothing_to_thank_for"
	ReasonStale           Reason = "stale"
	ReasonBeforeConnected Reason = "before_connection"
	ReasonNoAddress       Reason = "no_address"
	ReasonBadAddress      Reason = "impossible_address"
	ReasonNeedsSMTPUTF8   Reason = "needs_smtputf8"
	ReasonSuppressed      Reason = "suppressed"
	ReasonUnsubscribed    Reason = "unsubscribed"
	ReasonNoConsent       Reason = "no_consent"
	ReasonNoImprint       Reason = "no_imprint"
	ReasonFrequency       Reason = "frequency_cap"
	ReasonCustomerDeleted Reason = "customer_deleted"
	ReasonDelay           Reason = "delay"
	ReasonByHand          Reason = "by_hand"

	ReasonMailerBusy    Reason = "mailer_busy"
	ReasonMailerAway    Reason = "mailer_away"
	ReasonMailerRefused Reason = "mailer_refused"
	ReasonMailerAuth    Reason = "mailer_unauthorized"
	ReasonAnswerLost    Reason = "answer_lost"
	ReasonWorkerLost    Reason = "worker_lost"
	ReasonOutOfTries    Reason = "out_of_tries"
	ReasonTemplate      Reason = "template_failed"
)

var sentences = map[Reason]string{
	ReasonJourneyOff:      "This gesture is switched off for the shop.",
	ReasonShopPaused:      "The shop is paused; nothing goes out until staff resumes it.",
	ReasonShopUninstalled: "The merchant removed the connection to the shop.",
	ReasonTestOrder:       "The order is a test.",
	ReasonOrderCancelled:  "The order was cancelled.",
	ReasonOrderRefunded:   "The order was refunded in full.",
	ReasonNotPaid:         "The order is not paid yet.",
	ReasonOrderUnknown:    "The order has not arrived from the shop yet.",
	ReasonNothingToThank:  "The order holds nothing that a thank-you could name: gift cards or tips alone.",
	ReasonStale:           "The order is too old for a thank-you that feels fresh.",
	ReasonBeforeConnected: "The order is older than the connection to the shop.",
	ReasonNoAddress:       "The customer left no mail address.",
	ReasonBadAddress:      "The mail address cannot exist.",
	ReasonNeedsSMTPUTF8:   "The mail address has letters that the mail provider cannot deliver to.",
	ReasonSuppressed:      "The address bounced or complained before and must not be written to.",
	ReasonUnsubscribed:    "The customer unsubscribed.",
	ReasonNoConsent:       "The customer did not agree to marketing by mail.",
	ReasonNoImprint:       "The shop has no legal name or postal address set; mails of this kind must show both.",
	ReasonFrequency:       "The customer got enough mails lately; this one waits.",
	ReasonCustomerDeleted: "The customer was deleted in the shop.",
	ReasonDelay:           "It waits for its time.",
	ReasonByHand:          "Staff did it by hand.",
	ReasonMailerBusy:      "The mail provider asked to slow down; it is tried again.",
	ReasonMailerAway:      "The mail provider did not answer or was not well; it is tried again.",
	ReasonMailerRefused:   "The mail provider refused this mail for good.",
	ReasonMailerAuth:      "The mail provider refused the shop's credentials; it is tried again once they work.",
	ReasonAnswerLost:      "The mail was handed over but the provider's answer was lost: it may have been sent.",
	ReasonWorkerLost:      "The worker stopped while handing the mail over: it may have been sent.",
	ReasonOutOfTries:      "It was tried as often as allowed without success.",
	ReasonTemplate:        "The mail could not be written from its template.",
}

// Reasons lists all reasons that have a sentence.
func Reasons() []Reason {
	all := make([]Reason, 0, len(sentences))
	for r := range sentences {
		all = append(all, r)
	}
	return all
}

// Sentence tells the reason to people.
func (r Reason) Sentence() string {
	if s, ok := sentences[r]; ok {
		return s
	}
	return string(r)
}
