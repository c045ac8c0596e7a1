package journeys_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
	"grazie/journeys"
)

// rarely is true often enough that each gate closes, and rarely enough that
// many facts pass all the others. Small numbers come more often than large ones.
func rarely(t *rapid.T, name string) bool { return rapid.IntRange(0, 9).Draw(t, name) == 7 }

// anyFacts are facts of every kind, most of them harmless, so that one that is
// not has to be seen.
func anyFacts(t *rapid.T) crm.Facts {
	f := wanted()
	f.Message.ByHand = rapid.Bool().Draw(t, "by hand")
	f.Message.Ask = &crm.Ask{By: "kim", Reason: "try"}
	if rarely(t, "suppressed") {
		f.Suppressions = []crm.Suppression{{Scope: crm.ScopeAll}}
	}
	f.FirstOrder = rapid.SampledFrom([]time.Time{{}, {}, {}, noon.Add(-day), noon.Add(day), noon.Add(50 * day)}).Draw(t, "deadline of the stand-in")
	f.Zone = rapid.SampledFrom([]string{"", "", "Europe/Rome", "Europe/Rome", "America/Los_Angeles"}).Draw(t, "zone")
	f.Message.DueAt = noon.Add(time.Duration(rapid.IntRange(-20, 2).Draw(t, "due")) * time.Hour)
	if rarely(t, "state") {
		f.Shop.State = rapid.SampledFrom([]crm.ShopState{crm.ShopPaused, crm.ShopUninstalled}).Draw(t, "shop.state")
	}
	if rarely(t, "off") {
		f.Settings["enabled"] = "false"
	}
	if rarely(t, "imprint") {
		f.Shop.LegalName = ""
	}
	if rarely(t, "imprint.address") {
		f.Shop.PostalAddress = ""
	}
	if rarely(t, "deleted") {
		f.Customer.DeletedAt = noon.Add(-time.Hour)
	}
	f.Customer.Consent.State = rapid.SampledFrom([]crm.ConsentState{crm.ConsentSubscribed, crm.ConsentSubscribed, crm.ConsentSubscribed, crm.ConsentUnknown,
		crm.ConsentUnsubscribed, crm.ConsentNone, crm.ConsentPending, crm.ConsentInvalid, crm.ConsentRedacted, "new_word"}).Draw(t, "consent")
	for _, email := range []*string{&f.Order.Email, &f.Customer.Email} {
		if rarely(t, "address") {
			*email = rapid.SampledFrom([]string{"", "a@b", "a\r\nBcc: b@mail.example", "a b@mail.example", "a@mail.invalid"}).Draw(t, "address.bad")
		}
	}
	o := f.Order
	o.Test = rarely(t, "test")
	o.Status = rapid.SampledFrom([]crm.FinancialStatus{crm.Paid, crm.Paid, crm.Paid, crm.PartiallyRefunded, crm.Refunded, crm.Voided, crm.Pending, crm.Authorized, crm.PartiallyPaid, "", "expired"}).Draw(t, "status")
	if rarely(t, "cancelled") {
		o.CancelledAt = noon
	}
	for range rapid.IntRange(0, 3).Draw(t, "refunds") {
		o.Refunds = append(o.Refunds, crm.Refund{Amount: crm.Money{Minor: int64(rapid.IntRange(0, 10).Draw(t, "refund")) * 100, Currency: rapid.SampledFrom([]string{"EUR", "EUR", "USD", ""}).Draw(t, "currency")}})
	}
	if rarely(t, "goods") {
		o.Items[0].GiftCard = true
	}
	o.PaidAt = noon.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "paid")) * day)
	if rarely(t, "unknown") {
		f.Order = nil
	}
	for range rapid.IntRange(0, 2).Draw(t, "sent") {
		f.Sent = append(f.Sent, crm.Past{Purpose: rapid.SampledFrom([]crm.Purpose{crm.Marketing, crm.Transactional}).Draw(t, "purpose"), At: noon.Add(-time.Duration(rapid.IntRange(1, 400).Draw(t, "ago")) * time.Hour)})
	}
	return f
}

// TestNeverWrongly is the third promise of the design: what is sent, by hand or
// not, is sent to somebody who may get it, about an order that stands.
func TestNeverWrongly(t *testing.T) {
	sent := map[string]int{}
	all := []journeys.Journey{birthday, thankYou(t)}
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			f := anyFacts(t)
			for _, j := range all {
				d := journeys.Decide(j, f, noon)
				switch {
				case d.Verdict == crm.Send:
					sent[j.Key]++
					neverSent(t, j, f)
				case d.Verdict != crm.Skip && d.Verdict != crm.Defer:
					t.Fatalf("no verdict: %+v", d)
				case d.Reason.Sentence() == string(d.Reason):
					t.Fatalf("no reason that a person could read: %+v", d)
				case d.Verdict == crm.Defer && !d.Until.After(noon):
					t.Fatalf("deferred to no later time: %+v", d)
				}
			}
		}
	})
	for _, j := range all {
		if sent[j.Key] == 0 {
			t.Errorf("%s was never sent: these facts show nothing", j.Key)
		}
	}
}

func neverSent(t *rapid.T, j journeys.Journey, f crm.Facts) {
	marketing, byItself := j.Purpose == crm.Marketing, !f.Message.ByHand
	thanks := j.Key == "thank_you" && f.Order != nil
	for what, happened := range map[string]bool{
		"from a shop that is not active":     f.Shop.State != crm.ShopActive,
		"though it is switched off":          f.Settings["enabled"] != "true",
		"to a suppressed address":            len(f.Suppressions) > 0,
		"to a deleted customer":              !f.Customer.DeletedAt.IsZero(),
		"about an order that is not known":   f.Order == nil,
		"about an order that does not stand": f.Order != nil && !stands(*f.Order),
		"to an address that cannot exist":    !strings.HasSuffix(f.Address(), "@mail.example") || strings.ContainsAny(f.Address(), " \r\n"),
		"as marketing without consent":       marketing && f.Customer.Consent.State != crm.ConsentSubscribed,
		"as marketing without an imprint":    marketing && (f.Shop.LegalName == "" || f.Shop.PostalAddress == ""),
		"as the second marketing mail a day": marketing && byItself && within(f.Sent, day),
		"before its time":                    byItself && noon.Before(f.Message.DueAt),
		"as thanks for gift cards alone":     thanks && len(f.Order.Goods()) == 0,
		"after its deadline":                 marketing && byItself && !f.FirstOrder.IsZero() && noon.After(f.FirstOrder),
		"at night":                           marketing && byItself && f.Zone == "America/Los_Angeles",
		"as thanks for what is long past":    thanks && byItself && noon.Sub(f.Order.PaidAt) > 7*day,
	} {
		if happened {
			t.Fatalf("%s was sent %s", j.Key, what)
		}
	}
}

func stands(o crm.Order) bool {
	back := int64(0)
	for _, r := range o.Refunds {
		if r.Amount.Currency == o.Total.Currency {
			back += r.Amount.Minor
		}
	}
	return !o.Test && o.CancelledAt.IsZero() && back < o.Total.Minor && (o.Status == crm.Paid || o.Status == crm.PartiallyRefunded)
}

func within(sent []crm.Past, d time.Duration) bool {
	for _, p := range sent {
		if p.Purpose == crm.Marketing && noon.Sub(p.At) < d {
			return true
		}
	}
	return false
}

func TestDecideIsRepeatableAndChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		before := f.Settings["enabled"]
		for _, j := range journeys.All {
			first, again := journeys.Decide(j, f, noon), journeys.Decide(j, f, noon)
			if !reflect.DeepEqual(first, again) || f.Settings["enabled"] != before {
				t.Fatalf("%s: %+v and then %+v", j.Key, first, again)
			}
		}
	})
}

// TestByHandNeverClosesAGate holds that staff's wish only ever helps.
func TestByHandNeverClosesAGate(t *testing.T) {
	both := []journeys.Journey{birthday, thankYou(t)}
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		for _, j := range both {
			f.Message.ByHand = false
			d := journeys.Decide(j, f, noon)
			f.Message.ByHand = true
			byHand := journeys.Decide(j, f, noon)
			if d.Verdict == crm.Send && byHand.Verdict != crm.Send {
				t.Fatalf("%s is sent, and by hand %+v", j.Key, byHand)
			}
			timing := map[crm.Reason]bool{crm.ReasonDelay: true, crm.ReasonFrequency: true, crm.ReasonStale: true, crm.ReasonBeforeConnected: true, crm.ReasonTooLate: true, crm.ReasonQuietHours: true}
			if d.Verdict == crm.Skip && d.Reason == crm.ReasonFrequency || !f.FirstOrder.IsZero() {
				continue // beyond its deadline, which by hand is none
			}
			if !timing[d.Reason] && d.Reason != byHand.Reason {
				t.Fatalf("%s: by hand %s became %s", j.Key, d.Reason, byHand.Reason)
			}
		}
	})
}
