package journeys_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/journeys"
)

func TestThankYouIsDueAfterItsDelay(t *testing.T) {
	for _, c := range []struct {
		changed crm.Values
		want    time.Duration
	}{{nil, time.Hour}, {crm.Values{"delay": "0s"}, 0}, {crm.Values{"delay": "2d"}, 2 * day}} {
		s := shop()
		s.Journeys["thank_you"] = c.changed
		planned := journeys.Plan(event(crm.OrderPaid), s)
		if len(planned) != 1 || !planned[0].DueAt.Equal(noon.Add(c.want)) {
			t.Errorf("with %v: planned %+v; want one %v after payment", c.changed, planned, c.want)
		}
	}
}

func TestThankYou(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*crm.Facts)
		after  time.Duration // noon, when it was paid, to now
		reason crm.Reason    // none: it is sent
		byHand crm.Reason
	}{
		"right after payment":                {func(*crm.Facts) {}, 0, "", ""},
		"at the last instant of its time":    {func(*crm.Facts) {}, 7 * day, "", ""},
		"right after that":                   {func(*crm.Facts) {}, 7*day + 1, crm.ReasonStale, ""},
		"a long delay does not make it late": {func(f *crm.Facts) { f.Settings["delay"] = "14d" }, 21 * day, "", ""},
		"but a longer one does":              {func(f *crm.Facts) { f.Settings["delay"] = "14d" }, 21*day + 1, crm.ReasonStale, ""},
		"for gift cards alone":               {func(f *crm.Facts) { f.Order.Items[0].GiftCard = true }, 0, crm.ReasonNothingToThank, crm.ReasonNothingToThank},
		"for a tip alone":                    {func(f *crm.Facts) { f.Order.Items[0].Tip = true }, 0, crm.ReasonNothingToThank, crm.ReasonNothingToThank},
		"for an order without lines":         {func(f *crm.Facts) { f.Order.Items = nil }, 0, crm.ReasonNothingToThank, crm.ReasonNothingToThank},
		"for a product and a gift card": {func(f *crm.Facts) {
			f.Order.Items = append(f.Order.Items, crm.LineItem{Title: "Card", Quantity: 1, GiftCard: true})
		}, 0, "", ""},
		"paid in the second of the connection": {func(f *crm.Facts) { f.Shop.ConnectedAt = noon.Add(700 * time.Millisecond) }, time.Second, "", ""},
		"paid a second before the connection":  {func(f *crm.Facts) { f.Shop.ConnectedAt = noon.Add(time.Second) }, time.Second, crm.ReasonBeforeConnected, ""},
		"placed in the second of the connection": {func(f *crm.Facts) {
			f.Shop.ConnectedAt, f.Order.PaidAt = noon.Add(700*time.Millisecond), noon.Add(time.Minute)
		}, time.Hour, "", ""},
		"an order of last year, touched after the connection and so first seen paid": {func(f *crm.Facts) { f.Order.CreatedAt = noon.AddDate(-1, 0, 0) }, 0, crm.ReasonBeforeConnected, ""},
		"an order whose time of placing is not told":                                 {func(f *crm.Facts) { f.Order.CreatedAt = time.Time{} }, 0, "", ""},
		"about no order at all":                              {func(f *crm.Facts) { f.Message.OrderID, f.Order = "", nil }, 0, crm.ReasonOrderUnknown, crm.ReasonOrderUnknown},
		"without any consent to marketing":                   {func(f *crm.Facts) { f.Customer.Consent.State = crm.ConsentUnsubscribed }, 0, "", ""},
		"from a shop without an imprint":                     {func(f *crm.Facts) { f.Shop.LegalName = "" }, 0, "", ""},
		"to the customer's address where the order has none": {func(f *crm.Facts) { f.Order.Email = "" }, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, byHand := range []bool{false, true} {
				f, want := wanted(), c.reason
				c.change(&f)
				if f.Message.ByHand = byHand; byHand {
					want = c.byHand
				}
				d := journeys.Decide(thankYou(t), f, noon.Add(c.after))
				if d.Reason != want || (d.Verdict == crm.Send) != (want == "") {
					t.Errorf("by hand %v: got %+v; want %q", byHand, d, want)
				}
			}
		})
	}
}
