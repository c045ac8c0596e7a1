package journeys_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// apologyFacts are facts about an apology for an order of a customer in Italy
// who agreed to marketing, and whose troubles were so long ago.
func apologyFacts(ask crm.Ask, troubles ...time.Duration) crm.Facts {
	f := wanted()
	f.Shop = rome(nil)
	f.Settings = find("apology").Values(f.Shop)
	f.Message.Journey, f.Message.Subject, f.Message.ByHand, f.Message.Ask = "apology", "apology:1001", true, &ask
	f.Customer.Address = in("IT")
	for _, ago := range troubles {
		f.Sent = append(f.Sent, crm.Past{MessageID: "msg_0", Journey: "apology", Subject: "apology:900", Purpose: crm.Transactional, At: noon.Add(-ago)})
	}
	return f
}

// TestApologyListensFirst: the first trouble gets a word, later ones a gift.
func TestApologyListensFirst(t *testing.T) {
	for name, c := range map[string]struct {
		ask      crm.Offer
		troubles []time.Duration
		offer    crm.Offer
		kind     crm.DiscountKind
	}{
		"the first trouble":                 {"", nil, crm.OfferNone, ""},
		"the second":                        {"", []time.Duration{30 * day}, crm.OfferFreeShipping, crm.FreeShipping},
		"the third":                         {"", []time.Duration{30 * day, 90 * day}, crm.OfferCode, crm.Percentage},
		"one of two years ago is forgotten": {"", []time.Duration{730 * day}, crm.OfferNone, ""},
		"staff says what, at the first":     {crm.OfferCode, nil, crm.OfferCode, crm.Percentage},
		"staff says nothing, at the third":  {crm.OfferNone, []time.Duration{30 * day, 90 * day}, crm.OfferNone, ""},
		"staff says free shipping":          {crm.OfferFreeShipping, nil, crm.OfferFreeShipping, crm.FreeShipping},
	} {
		j, ask := find("apology"), crm.Ask{By: "kim", Offer: c.ask}
		f := apologyFacts(ask, c.troubles...)
		settled := j.Settle(f)
		if settled.Message.Ask.Offer != c.offer {
			t.Errorf("%s: offers %q; want %q", name, settled.Message.Ask.Offer, c.offer)
		}
		if f.Message.Ask.Offer != c.ask {
			t.Errorf("%s: settling changed what the caller has", name)
		}
		if again := j.Settle(settled); again.Message.Ask.Offer != c.offer || again.Message.Purpose != settled.Message.Purpose {
			t.Errorf("%s: settled twice it offers %q as %s", name, again.Message.Ask.Offer, again.Message.Purpose)
		}
		if d := journeys.Decide(j, f, noon); d.Verdict != crm.Send {
			t.Errorf("%s: got %+v", name, d)
		}
		for _, f := range []crm.Facts{f, settled} {
			e := j.Effects(f, noon)
			if c.kind == "" && len(e) > 0 || c.kind != "" && (len(e) != 1 || e[0].Code.Kind != c.kind || !e[0].Code.EndsAt.Equal(utc(t, "2027-02-19T23:59:59+01:00"))) {
				t.Errorf("%s: effects %+v; want %q for 90 days", name, e, c.kind)
			}
		}
	}
}

// TestApologyKeepsWhatWasMade: the code that the shop made decides what the
// mail says, whatever happened in between.
func TestApologyKeepsWhatWasMade(t *testing.T) {
	f := apologyFacts(crm.Ask{}, 30*day, 60*day) // by now it would be a code
	f.Effects = []crm.Effect{{Kind: crm.DiscountCodeMade, State: crm.EffectDone, Code: &crm.DiscountCode{Kind: crm.FreeShipping}}}
	if offer := find("apology").Settle(f).Message.Ask.Offer; offer != crm.OfferFreeShipping {
		t.Errorf("offers %q", offer)
	}
}

// TestWhatAnApologyIsInTheEyesOfTheLaw is mail-and-domain.md, 1.4.
func TestWhatAnApologyIsInTheEyesOfTheLaw(t *testing.T) {
	soft := crm.Values{"soft_opt_in": "true"}
	for name, c := range map[string]struct {
		offer   crm.Offer
		country string
		rules   crm.Values
		noOrder bool
		want    crm.Purpose
	}{
		"a word alone":                        {crm.OfferNone, "DE", nil, false, crm.Transactional},
		"a word alone, to a customer":         {crm.OfferNone, "DE", nil, true, crm.Transactional},
		"a code in Germany":                   {crm.OfferCode, "DE", soft, false, crm.Marketing},
		"a code in Austria":                   {crm.OfferCode, "AT", soft, false, crm.Marketing},
		"a code where nobody knows":           {crm.OfferCode, "", soft, false, crm.Marketing},
		"a code in Italy without soft opt-in": {crm.OfferCode, "IT", nil, false, crm.Marketing},
		"a code in Italy with soft opt-in":    {crm.OfferCode, "IT", soft, false, crm.Transactional},
		"free shipping there":                 {crm.OfferFreeShipping, "IT", soft, false, crm.Transactional},
		"but for no order":                    {crm.OfferCode, "IT", soft, true, crm.Marketing},
		"a code in the US":                    {crm.OfferCode, "US", nil, false, crm.Transactional},
	} {
		f := apologyFacts(crm.Ask{Offer: c.offer})
		f.Orders, f.LastOrder, f.Customer.Address, f.Shop.Rules, f.Shop.Country = 2, noon, in(c.country), c.rules, ""
		if c.noOrder {
			f.Order, f.Message.OrderID = nil, ""
		}
		if got := find("apology").Settle(f).Message.Purpose; got != c.want {
			t.Errorf("%s: %s; want %s", name, got, c.want)
		}
		f.Customer.Consent = crm.Consent{State: crm.ConsentUnsubscribed}
		if d := journeys.Decide(find("apology"), f, noon); (d.Verdict == crm.Send) != (c.want == crm.Transactional) {
			t.Errorf("%s, who unsubscribed: got %+v", name, d)
		}
	}
}

// TestWithoutConsentAnApologyIsAWord: where a gift would be advertising that
// may not be sent, what the customer's history leads to is left out.
func TestWithoutConsentAnApologyIsAWord(t *testing.T) {
	f := apologyFacts(crm.Ask{}, 30*day, 60*day)
	f.Customer.Address, f.Customer.Consent = in("DE"), crm.Consent{State: crm.ConsentNone}
	j := find("apology")
	if settled := j.Settle(f); settled.Message.Ask.Offer != crm.OfferNone || settled.Message.Purpose != crm.Transactional {
		t.Errorf("offers %q as %s", settled.Message.Ask.Offer, settled.Message.Purpose)
	}
	if d := journeys.Decide(j, f, noon); d.Verdict != crm.Send || len(j.Effects(f, noon)) > 0 {
		t.Errorf("got %+v with %+v", d, j.Effects(f, noon))
	}
}

func TestApologyRule(t *testing.T) {
	code := crm.Ask{By: "kim", Offer: crm.OfferCode}
	for name, c := range map[string]struct {
		ask    crm.Ask
		change func(*crm.Facts)
		reason crm.Reason
	}{
		"asked for":                         {code, func(*crm.Facts) {}, ""},
		"not asked for":                     {code, func(f *crm.Facts) { f.Message.ByHand = false }, crm.ReasonOnlyByHand},
		"a word about a cancelled order":    {crm.Ask{}, func(f *crm.Facts) { f.Order.CancelledAt = noon }, ""},
		"a word about a refunded order":     {crm.Ask{}, func(f *crm.Facts) { f.Order.Status = crm.Refunded }, ""},
		"a word about an unpaid order":      {crm.Ask{}, func(f *crm.Facts) { f.Order.Status = crm.Pending }, ""},
		"a word about a test":               {crm.Ask{}, func(f *crm.Facts) { f.Order.Test = true }, crm.ReasonTestOrder},
		"advertising about a cancelled one": {code, func(f *crm.Facts) { f.Order.CancelledAt = noon }, crm.ReasonOrderCancelled},
		"no gift is named":                  {code, func(f *crm.Facts) { f.Settings["kind"] = "free_product" }, crm.ReasonNoGift},
		"no gift is named, nor needed":      {crm.Ask{}, func(f *crm.Facts) { f.Settings["kind"] = "free_product" }, ""},
		"the address complained":            {crm.Ask{}, func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: crm.ScopeAll}} }, crm.ReasonSuppressed},
		"a gift, and marketing is unwanted": {code, func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: crm.ScopeMarketing}} }, crm.ReasonSuppressed},
		"a word, and marketing is unwanted": {crm.Ask{}, func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: crm.ScopeMarketing}} }, ""},
	} {
		f := apologyFacts(c.ask)
		c.change(&f)
		if d := journeys.Decide(find("apology"), f, noon); d.Reason != c.reason || (d.Verdict == crm.Send) != (c.reason == "") {
			t.Errorf("%s: got %+v; want %q", name, d, c.reason)
		}
	}
}

// TestApproval: what staff gives above the limit waits for somebody's yes.
func TestApproval(t *testing.T) {
	for name, c := range map[string]struct {
		limit, amount, approval string
		waits                   bool
	}{
		"below the limit":        {"50.00", "49.99", "", false},
		"at the limit":           {"50.00", "50.00", "", false},
		"above it":               {"50.00", "50.01", "", true},
		"above it, asked for":    {"50.00", "50.01", crm.ApprovalWanted, true},
		"above it, and approved": {"50.00", "50.01", "robin", false},
		"no limit":               {"", "5000.00", "", false},
		"a limit of nothing":     {"0", "0.01", "", true},
	} {
		f := apologyFacts(crm.Ask{By: "kim", Offer: crm.OfferCode, Approval: c.approval})
		f.Settings["kind"], f.Settings["amount"], f.Shop.Rules = "fixed_amount", c.amount, crm.Values{"approval_limit": c.limit}
		d := journeys.Decide(find("apology"), f, noon)
		if c.waits != (d.Reason == crm.ReasonNeedsApproval) || !c.waits && d.Verdict != crm.Send || c.waits && d.Verdict != crm.Defer {
			t.Errorf("%s: got %+v", name, d)
		}
	}
	// The calendar's gifts are within the merchant's own settings.
	due := utc(t, "2027-03-05T09:00:00+01:00")
	f := giftFacts(rome(crm.Values{"kind": "fixed_amount", "amount": "99.00"}), born("03-05"), crm.Message{Journey: "birthday_coupon", Subject: "birthday:42:2027-03-05", DueAt: due, CustomerID: "42"})
	if d := journeys.Decide(find("birthday_coupon"), f, due); d.Verdict != crm.Send {
		t.Errorf("a gift of the calendar's: got %+v", d)
	}
}

func TestApologySubjects(t *testing.T) {
	e := event(crm.OrderPaid)
	j := find("apology")
	if m, ok := j.ByHand(e, shop(), crm.Ask{}, noon); !ok || m.Subject != "apology:1001" || m.OrderID != "1001" || m.Purpose != crm.Transactional {
		t.Errorf("for an order: got %+v", m)
	}
	e.Order = nil
	if m, ok := j.ByHand(e, shop(), crm.Ask{Offer: crm.OfferCode}, noon); !ok || m.Subject != "apology:customer:7" || m.OrderID != "" || m.Purpose != crm.Marketing {
		t.Errorf("for a customer, with a code: got %+v", m)
	}
	for _, kind := range []crm.EventKind{crm.OrderPaid, crm.RefundCreated, crm.ReturnChanged, crm.DayBegan} {
		if m := j.Messages(event(kind), shop()); len(m) > 0 {
			t.Errorf("%s leads to %+v", kind, m)
		}
	}
}
