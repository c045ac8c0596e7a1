package journeys_test

import (
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// ready are, by journey, facts about a message that goes out at noon.
func ready() map[string]crm.Facts {
	who := born("11-21")
	who.Birthday.At = noon.AddDate(-1, 0, 0)
	calendar := func(key, occasion string) crm.Facts {
		f := giftFacts(rome(nil), who, crm.Message{Journey: key, Subject: occasion + ":42:2026-11-21", DueAt: noon, CustomerID: "42"})
		f.FirstOrder, f.Zone = noon.AddDate(-1, 0, 0), "UTC"
		return f
	}
	anniversary := calendar("anniversary_coupon", "anniversary")
	anniversary.Customer.Birthday = crm.Birthday{}
	thanks := wanted()
	thanks.Message.Journey = "thank_you"
	return map[string]crm.Facts{
		"thank_you": thanks, "birthday_coupon": calendar("birthday_coupon", "birthday"), "anniversary_coupon": anniversary,
		"review_request": reviewFacts(), "return_upgrade": returnFacts(nil), "apology": apologyFacts(crm.Ask{By: "kim"}),
	}
}

// TestEveryGestureStandsBehindEveryGate: whatever closes one holds every
// journey back that it concerns, also what staff asks for.
func TestEveryGestureStandsBehindEveryGate(t *testing.T) {
	for _, j := range journeys.All {
		f, ok := ready()[j.Key]
		if !ok {
			t.Errorf("%s: say what its facts are when it goes out", j.Key)
			continue
		}
		if d := journeys.Decide(j, f, noon); d.Verdict != crm.Send {
			t.Errorf("%s: nothing speaks against it, and yet %+v", j.Key, d)
		}
		for _, g := range gates {
			for _, byHand := range []bool{false, true} {
				f := ready()[j.Key]
				of := strings.HasPrefix(g.name, "the order ")
				switch {
				case g.timing || g.marketing && j.Settle(f).Message.Purpose != crm.Marketing, of && f.Order == nil,
					of && j.AnyOrder && g.reason != crm.ReasonTestOrder && g.reason != crm.ReasonOrderUnknown: // a word is allowed
					continue
				case f.Order == nil:
					f.Order = &crm.Order{} // what gates close on; none of it is looked at
				}
				g.close(&f)
				if f.Message.ByHand = byHand; f.Message.OrderID == "" {
					f.Order = nil
				}
				if j.Key == "apology" && !byHand {
					continue // only staff makes one
				}
				if d := journeys.Decide(j, f, noon); d.Verdict == crm.Send || d.Reason != g.reason {
					t.Errorf("%s, by hand %v, and %s: got %+v", j.Key, byHand, g.name, d)
				}
			}
		}
	}
}

// TestNothingGoesOutBeforeItIsDue, whoever it is for; staff may have it now.
func TestNothingGoesOutBeforeItIsDue(t *testing.T) {
	for key, f := range ready() {
		f.Message.DueAt = noon.Add(time.Minute)
		for byHand, want := range map[bool]crm.Reason{false: crm.ReasonDelay, true: ""} {
			if key == "apology" && !byHand {
				continue
			}
			f.Message.ByHand = byHand
			if d := journeys.Decide(find(key), f, noon); d.Reason != want {
				t.Errorf("%s a minute early, by hand %v: got %+v", key, byHand, d)
			}
		}
	}
}
