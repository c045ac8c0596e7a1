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
	ReasonAskedLongAgo    Reason = "asked_long_ago"

	ReasonQuietHours        Reason = "quiet_hours"
	ReasonOtherFirst        Reason = "other_first"
	ReasonNoBirthday        Reason = "no_birthday"
	ReasonBirthdayChanged   Reason = "birthday_changed"
	ReasonBirthdayWaits     Reason = "birthday_waits"
	ReasonGiftLately        Reason = "gift_lately"
	ReasonTooLate           Reason = "too_late"
	ReasonNoAnniversary     Reason = "no_anniversary"
	ReasonNotDelivered      Reason = "not_delivered"
	ReasonReturnOpen        Reason = "return_open"
	ReasonReturned          Reason = "returned"
	ReasonComplaintOpen     Reason = "complaint_open"
	ReasonReviewed          Reason = "reviewed"
	ReasonNoReviewTarget    Reason = "no_review_target"
	ReasonNothingToRemind   Reason = "nothing_to_remind_of"
	ReasonCodeUsed          Reason = "code_used"
	ReasonCodeEnded         Reason = "code_ended"
	ReasonBudget            Reason = "budget_spent"
	ReasonCeiling           Reason = "customer_ceiling"
	ReasonCurrency          Reason = "currency_differs"
	ReasonReturnUnknown     Reason = "return_unknown"
	ReasonReturnNotOpen     Reason = "return_not_open"
	ReasonReturnRules       Reason = "return_outside_rules"
	ReasonTrust             Reason = "goods_never_came"
	ReasonNeedsApproval     Reason = "needs_approval"
	ReasonBrake             Reason = "circuit_breaker"
	ReasonLaw               Reason = "law_of_country"
	ReasonNoGift            Reason = "no_gift"
	ReasonRule              Reason = "rule_unreadable"
	ReasonOnlyByHand        Reason = "only_by_hand"
	ReasonReadsReturn       Reason = "reads_return"
	ReasonMakesEffect       Reason = "makes_effect"
	ReasonShopBusy          Reason = "shop_busy"
	ReasonShopAway          Reason = "shop_away"
	ReasonShopAuth          Reason = "shop_unauthorized"
	ReasonEffectRefused     Reason = "effect_refused"
	ReasonEffectUnsupported Reason = "effect_unsupported"
	ReasonLabelMissing      Reason = "label_missing"
	ReasonWrongHistory      Reason = "wrong_history"
	ReasonErased            Reason = "erased"

	ReasonDelivered  Reason = "delivered"
	ReasonDeferred   Reason = "deferred_by_mailbox"
	ReasonBounced    Reason = "bounced"
	ReasonBlocked    Reason = "blocked"
	ReasonDropped    Reason = "dropped"
	ReasonComplained Reason = "complained"

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
	ReasonJourneyOff:        "This gesture is switched off for the shop.",
	ReasonShopPaused:        "The shop is paused; nothing goes out until staff resumes it.",
	ReasonShopUninstalled:   "The merchant removed the connection to the shop.",
	ReasonTestOrder:         "The order is a test.",
	ReasonOrderCancelled:    "The order was cancelled.",
	ReasonOrderRefunded:     "The order was refunded in full.",
	ReasonNotPaid:           "The order is not paid yet.",
	ReasonOrderUnknown:      "The order has not arrived from the shop yet.",
	ReasonNothingToThank:    "The order holds nothing that a thank-you could name: gift cards or tips alone.",
	ReasonStale:             "The order is too old for a thank-you that feels fresh.",
	ReasonBeforeConnected:   "The order is older than the connection to the shop.",
	ReasonNoAddress:         "The customer left no mail address.",
	ReasonBadAddress:        "The mail address cannot exist.",
	ReasonNeedsSMTPUTF8:     "The mail address has letters that the mail provider cannot deliver to.",
	ReasonSuppressed:        "The address bounced or complained before, or staff said so: it must not be written to.",
	ReasonUnsubscribed:      "The customer unsubscribed.",
	ReasonNoConsent:         "The customer did not agree to marketing by mail.",
	ReasonNoImprint:         "The shop has no legal name or postal address set; mails of this kind must show both.",
	ReasonFrequency:         "The customer got enough mails lately.",
	ReasonCustomerDeleted:   "The customer was deleted in the shop.",
	ReasonDelay:             "It waits for its time.",
	ReasonAskedLongAgo:      "It was asked for by hand more than two weeks ago and could not go out until now.",
	ReasonByHand:            "Staff did it by hand.",
	ReasonQuietHours:        "It is outside of the hours in which the shop writes.",
	ReasonOtherFirst:        "Another mail to the customer goes first.",
	ReasonNoBirthday:        "The customer's birthday is not known.",
	ReasonBirthdayChanged:   "The customer's birthday is another day now.",
	ReasonBirthdayWaits:     "The birthday was changed; a changed birthday waits a day.",
	ReasonGiftLately:        "The customer or the address had a birthday gift in the last 300 days.",
	ReasonTooLate:           "The day for it is over.",
	ReasonNoAnniversary:     "The day of the first order is not known for sure.",
	ReasonNotDelivered:      "The order has not been delivered, as far as is known.",
	ReasonReturnOpen:        "A return of the order is under way; it waits until that is closed.",
	ReasonReturned:          "The whole order was returned.",
	ReasonComplaintOpen:     "Staff has an open task about the order; it waits until that is done.",
	ReasonReviewed:          "The customer has reviewed the order.",
	ReasonNoReviewTarget:    "No address for reviews is set, and the shop's own review page is switched off.",
	ReasonNothingToRemind:   "There is nothing to remind of: the mail before it did not go out.",
	ReasonCodeUsed:          "The code was used.",
	ReasonCodeEnded:         "The code does not work any more.",
	ReasonBudget:            "The shop's yearly budget for gifts is spent.",
	ReasonCeiling:           "The customer has had as much in gifts this year as the shop allows.",
	ReasonCurrency:          "The gift's currency is not the shop's.",
	ReasonReturnUnknown:     "The return is not known at the shop.",
	ReasonReturnNotOpen:     "The return is not waiting for an answer any more.",
	ReasonReturnRules:       "The shop's rules do not make this return free.",
	ReasonTrust:             "Goods of the customer's earlier replacements never came back.",
	ReasonNeedsApproval:     "The gift is above the limit; it waits for somebody's yes.",
	ReasonBrake:             "Marketing is stopped because too many mails bounced or were reported; staff lifts it.",
	ReasonLaw:               "The law of the customer's country does not allow it without her consent.",
	ReasonNoGift:            "The settings name no gift: its amount or its product is missing.",
	ReasonRule:              "A rule of the shop cannot be read; it goes on once staff has set that again.",
	ReasonOnlyByHand:        "This gesture is made only when staff asks for it.",
	ReasonReadsReturn:       "The return is being read from the shop.",
	ReasonMakesEffect:       "What belongs to the mail is being made.",
	ReasonShopBusy:          "The shop's platform asked to slow down; it is tried again.",
	ReasonShopAway:          "The shop's platform did not answer or was not well; it is tried again.",
	ReasonShopAuth:          "The shop's platform refuses the shop's credentials; it goes on once the shop is connected again.",
	ReasonEffectRefused:     "The platform refused what belongs to the mail.",
	ReasonEffectUnsupported: "The shop's platform cannot do what the mail would promise, such as make a discount code.",
	ReasonLabelMissing:      "No return label could be had; staff was asked to find one.",
	ReasonWrongHistory:      "The mail would have named what is not in this customer's history.",
	ReasonErased:            "The customer's data was erased.",
	ReasonDelivered:         "The mailbox took it.",
	ReasonDeferred:          "The mailbox has not taken it yet; the mail provider keeps trying.",
	ReasonBounced:           "The mailbox refused it for good.",
	ReasonBlocked:           "The mailbox refused it, though not because of the address.",
	ReasonDropped:           "The mail provider did not even try, because the address refused or complained before.",
	ReasonComplained:        "The customer reported it as spam.",
	ReasonMailerBusy:        "The mail provider asked to slow down; it is tried again.",
	ReasonMailerAway:        "The mail provider did not answer or was not well; it is tried again.",
	ReasonMailerRefused:     "The mail provider refused this mail for good.",
	ReasonMailerAuth:        "The mail provider refused the shop's credentials; it is tried again once they work.",
	ReasonAnswerLost:        "The mail was handed over but the provider's answer was lost: it may have been sent.",
	ReasonWorkerLost:        "The worker stopped while handing the mail over: it may have been sent.",
	ReasonOutOfTries:        "It was tried as often as allowed without success.",
	ReasonTemplate:          "The mail could not be written from its template.",
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
