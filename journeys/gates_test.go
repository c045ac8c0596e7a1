package journeys_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

const day = 24 * time.Hour

// birthday stands for every marketing journey. Its deadline, of which there is
// none in most facts, is carried by the first order.
var birthday = journeys.Journey{
	Key: "birthday", Purpose: crm.Marketing,
	Rule:     func(crm.Facts, time.Time) crm.Decision { return crm.Decision{Verdict: crm.Send} },
	Deadline: func(f crm.Facts) time.Time { return f.FirstOrder },
}

// wanted are facts about a mail that nothing speaks against at noon.
func wanted() crm.Facts {
	return crm.Facts{
		Message:  crm.Message{ID: "msg_1", Journey: "birthday", Subject: "order:1001", ShopID: "shp_1", OrderID: "1001", CustomerID: "7", DueAt: noon},
		Shop:     shop(),
		Settings: crm.Values{"enabled": "true", "delay": "0s", "max_age": "7d"},
		Customer: crm.Customer{ID: "7", Email: "anna@mail.example", Consent: crm.Consent{State: crm.ConsentSubscribed, At: noon.Add(-day)}},
		Order:    order(),
	}
}

// a gate is closed by what is wrong, in the order in which reasons are told.
var gates = []struct {
	name      string
	close     func(*crm.Facts)
	reason    crm.Reason
	verdict   crm.Verdict
	marketing bool // the others hold for every mail
	timing    bool // staff's wish passes it
}{
	{"the shop was disconnected", func(f *crm.Facts) { f.Shop.State = crm.ShopUninstalled }, crm.ReasonShopUninstalled, crm.Skip, false, false},
	{"the shop is paused", func(f *crm.Facts) { f.Shop.State = crm.ShopPaused }, crm.ReasonShopPaused, crm.Defer, false, false},
	{"the gesture is switched off", func(f *crm.Facts) { f.Settings["enabled"] = "false" }, crm.ReasonJourneyOff, crm.Skip, false, false},
	{"the order is not known", func(f *crm.Facts) { f.Order = nil }, crm.ReasonOrderUnknown, crm.Skip, false, false},
	{"the order is a test", func(f *crm.Facts) { f.Order.Test = true }, crm.ReasonTestOrder, crm.Skip, false, false},
	{"the order was cancelled", func(f *crm.Facts) { f.Order.CancelledAt = noon }, crm.ReasonOrderCancelled, crm.Skip, false, false},
	{"the order was voided", func(f *crm.Facts) { f.Order.Status = crm.Voided }, crm.ReasonOrderCancelled, crm.Skip, false, false},
	{"the order was refunded", func(f *crm.Facts) { f.Order.Refunds = []crm.Refund{{ID: "1", Amount: f.Order.Total}} }, crm.ReasonOrderRefunded, crm.Skip, false, false},
	{"the order is not paid", func(f *crm.Facts) { f.Order.Status = crm.PartiallyPaid }, crm.ReasonNotPaid, crm.Skip, false, false},
	{"the customer was deleted", func(f *crm.Facts) { f.Customer.DeletedAt = noon }, crm.ReasonCustomerDeleted, crm.Skip, false, false},
	{"there is no address", func(f *crm.Facts) { f.Order.Email, f.Customer.Email = "", "" }, crm.ReasonNoAddress, crm.Skip, false, false},
	{"the address cannot exist", func(f *crm.Facts) { f.Order.Email, f.Customer.Email = "anna@nowhere", "anna@nowhere" }, crm.ReasonBadAddress, crm.Skip, false, false},
	{"the address is suppressed", func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: crm.ScopeAll}} }, crm.ReasonSuppressed, crm.Skip, false, false},
	{"the address is suppressed for marketing", func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: crm.ScopeMarketing}} }, crm.ReasonSuppressed, crm.Skip, true, false},
	{"the address is suppressed for this gesture", func(f *crm.Facts) { f.Suppressions = []crm.Suppression{{Scope: f.Message.Journey}} }, crm.ReasonSuppressed, crm.Skip, true, false},
	{"the customer unsubscribed", func(f *crm.Facts) { f.Customer.Consent.State = crm.ConsentUnsubscribed }, crm.ReasonUnsubscribed, crm.Skip, true, false},
	{"the customer never agreed", func(f *crm.Facts) { f.Customer.Consent = crm.Consent{} }, crm.ReasonNoConsent, crm.Skip, true, false},
	{"the consent is not confirmed", func(f *crm.Facts) { f.Customer.Consent.State = crm.ConsentPending }, crm.ReasonNoConsent, crm.Skip, true, false},
	{"the shop has no legal name", func(f *crm.Facts) { f.Shop.LegalName = "" }, crm.ReasonNoImprint, crm.Defer, true, false},
	{"the shop has no postal address", func(f *crm.Facts) { f.Shop.PostalAddress = " " }, crm.ReasonNoImprint, crm.Defer, true, false},
	{"marketing is stopped", func(f *crm.Facts) { f.Brakes = []crm.Brake{{Reason: crm.ReasonBounced}} }, crm.ReasonBrake, crm.Defer, true, false},
	{"it is too late", func(f *crm.Facts) { f.FirstOrder = noon.Add(-time.Second) }, crm.ReasonTooLate, crm.Skip, true, true},
	{"it is not due yet", func(f *crm.Facts) { f.Message.DueAt = noon.Add(time.Second) }, crm.ReasonDelay, crm.Defer, false, true},
	{"it is night", func(f *crm.Facts) { f.Zone = "Asia/Tokyo" }, crm.ReasonQuietHours, crm.Defer, true, true},
	{"a more important mail is due", func(f *crm.Facts) {
		f.Waiting = []crm.Message{{ID: "msg_0", Journey: "birthday_coupon", State: crm.Planned, DueAt: noon}}
	}, crm.ReasonOtherFirst, crm.Defer, true, true},
	{"the customer got enough mails", func(f *crm.Facts) { f.Sent = []crm.Past{{Purpose: crm.Marketing, At: noon.Add(-time.Hour)}} }, crm.ReasonFrequency, crm.Defer, true, true},
}

func TestEachGateAloneGivesItsReason(t *testing.T) {
	for _, j := range []journeys.Journey{thankYou(t), birthday} {
		if d := journeys.Decide(j, wanted(), noon); d.Verdict != crm.Send {
			t.Fatalf("%s: nothing speaks against it, and yet %+v", j.Key, d)
		}
		for _, g := range gates {
			for _, byHand := range []bool{false, true} {
				f := wanted()
				g.close(&f)
				f.Message.ByHand = byHand
				want := crm.Decision{Verdict: g.verdict, Reason: g.reason}
				if g.marketing && j.Purpose != crm.Marketing || g.timing && byHand {
					want = crm.Decision{Verdict: crm.Send}
				}
				d := journeys.Decide(j, f, noon)
				if d.Verdict != want.Verdict || d.Reason != want.Reason {
					t.Errorf("%s, by hand %v, and %s: got %+v; want %s %s", j.Key, byHand, g.name, d, want.Verdict, want.Reason)
				}
				if d.Verdict == crm.Defer && !d.Until.After(noon) {
					t.Errorf("%s, and %s: deferred until %v, which is not later", j.Key, g.name, d.Until)
				}
			}
		}
	}
}

// TestWhatWouldWaitBeyondItsDeadlineIsSkipped holds that nothing is postponed
// until it is worth nothing, and that the reason is told.
func TestWhatWouldWaitBeyondItsDeadlineIsSkipped(t *testing.T) {
	for _, g := range gates {
		if g.verdict != crm.Defer || g.reason == crm.ReasonDelay {
			continue
		}
		f := wanted()
		g.close(&f)
		f.FirstOrder = noon.Add(time.Minute) // the deadline
		if d := journeys.Decide(birthday, f, noon); d.Verdict != crm.Skip || d.Reason != g.reason {
			t.Errorf("%s, with a minute left: got %+v", g.name, d)
		}
		f.FirstOrder = noon.Add(40 * day)
		if d := journeys.Decide(birthday, f, noon); d.Verdict != crm.Defer || d.Reason != g.reason {
			t.Errorf("%s, with much time left: got %+v", g.name, d)
		}
	}
}

func TestBrakes(t *testing.T) {
	for name, c := range map[string]struct {
		brake crm.Brake
		want  time.Duration // 0: it goes out
	}{
		"of everything, until staff lifts it": {crm.Brake{}, time.Hour},
		"of this journey":                     {crm.Brake{Journey: "birthday", Until: noon.Add(3 * time.Hour)}, 3 * time.Hour},
		"of another journey":                  {crm.Brake{Journey: "review_request"}, 0},
		"of this domain":                      {crm.Brake{Domain: "Mail.Example"}, time.Hour},
		"of another domain":                   {crm.Brake{Domain: "other.example"}, 0},
		"of a domain that ends like it":       {crm.Brake{Domain: "example"}, 0},
		"that was lifted":                     {crm.Brake{Until: noon}, 0},
	} {
		f := wanted()
		f.Brakes = []crm.Brake{c.brake}
		for _, byHand := range []bool{false, true} {
			f.Message.ByHand = byHand
			d := journeys.Decide(birthday, f, noon)
			if c.want == 0 && d.Verdict != crm.Send || c.want > 0 && (d.Reason != crm.ReasonBrake || !d.Until.Equal(noon.Add(c.want))) {
				t.Errorf("%s: got %+v", name, d)
			}
		}
	}
}

func TestOfSeveralBrakesTheLongestHolds(t *testing.T) {
	long, short := crm.Brake{Until: noon.Add(9 * time.Hour)}, crm.Brake{Domain: "mail.example", Until: noon.Add(2 * time.Hour)}
	for _, brakes := range [][]crm.Brake{{long, short, {}}, {{}, short, long}} {
		f := wanted()
		f.Brakes = brakes
		if d := journeys.Decide(birthday, f, noon); !d.Until.Equal(long.Until) {
			t.Errorf("got %+v", d)
		}
	}
}

func TestOfTwoClosedGatesTheFirstIsTold(t *testing.T) {
	for i, first := range gates {
		for _, second := range gates[i+1:] {
			f := wanted()
			second.close(&f)
			first.close(&f)
			if d := journeys.Decide(birthday, f, noon); d.Reason != first.reason {
				t.Errorf("%s, and %s: got %s; want %s", first.name, second.name, d.Reason, first.reason)
			}
		}
	}
}

// Why the address is left alone is told as it is; and who agreed again after
// leaving all marketing is back.
func TestSuppressionTellsWhy(t *testing.T) {
	for name, c := range map[string]struct {
		s    crm.Suppression
		want crm.Reason
	}{
		"left this gesture":               {crm.Suppression{Scope: "birthday", Reason: crm.SuppressedUnsubscribed, At: noon.Add(-2 * day)}, crm.ReasonUnsubscribed},
		"left all after she agreed":       {crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedUnsubscribed, At: noon.Add(-time.Hour)}, crm.ReasonUnsubscribed},
		"left all before she agreed":      {crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedUnsubscribed, At: noon.Add(-2 * day)}, ""},
		"complained before she agreed":    {crm.Suppression{Scope: crm.ScopeMarketing, Reason: crm.SuppressedComplained, At: noon.Add(-2 * day)}, crm.ReasonSuppressed},
		"bounced":                         {crm.Suppression{Scope: crm.ScopeAll, Reason: crm.SuppressedBounced, At: noon.Add(-2 * day)}, crm.ReasonSuppressed},
		"left a group before she agreed":  {crm.Suppression{Scope: "birthday", Reason: crm.SuppressedGroup, At: noon.Add(-2 * day)}, crm.ReasonUnsubscribed},
		"another gesture is left, not it": {crm.Suppression{Scope: "review_request", Reason: crm.SuppressedUnsubscribed, At: noon.Add(-time.Hour)}, ""},
	} {
		f := wanted()
		f.Message.Purpose = crm.Marketing
		f.Suppressions = []crm.Suppression{c.s}
		if d := journeys.Decide(birthday, f, noon); d.Reason != c.want {
			t.Errorf("%s: %q; want %q", name, d.Reason, c.want)
		}
	}
}

// What staff asked for and could not go out, say while the shop was paused, is
// not sent weeks later.
func TestWishesByHandAge(t *testing.T) {
	for age, want := range map[time.Duration]crm.Reason{14 * day: "", 14*day + time.Second: crm.ReasonAskedLongAgo} {
		f := wanted()
		f.Message.Purpose, f.Message.ByHand, f.Message.Ask = crm.Marketing, true, &crm.Ask{By: "Kim", Reason: "she asked", At: noon.Add(-age)}
		if d := journeys.Decide(birthday, f, noon); d.Reason != want {
			t.Errorf("after %s: %q; want %q", age, d.Reason, want)
		}
	}
}
