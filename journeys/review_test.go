package journeys_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
	"grazie/journeys"
)

// parcel is one that was sent and, if a time is given, delivered that much
// later than noon.
func parcel(id string, sent time.Duration, delivered ...time.Duration) crm.Fulfillment {
	p := crm.Fulfillment{ID: id, Status: "success", CreatedAt: noon.Add(sent)}
	if len(delivered) > 0 {
		p.DeliveredAt = noon.Add(delivered[0])
	}
	return p
}

func reviewShop(changed crm.Values) crm.Shop {
	s := shop()
	s.Country, s.Timezone = "IT", "UTC"
	v := crm.Values{"enabled": "true"}
	for key, value := range changed {
		v[key] = value
	}
	s.Journeys["review_request"] = v
	return s
}

// TestReviewIsDueAfterTheTrueDelivery.
func TestReviewIsDueAfterTheTrueDelivery(t *testing.T) {
	reported := parcel("1", -3*day)
	reported.ShipmentStatus, reported.ShipmentAt = "delivered", noon
	back := parcel("2", 5*day)
	back.Status = "cancelled"
	for name, c := range map[string]struct {
		settings crm.Values
		country  string
		parcels  []crm.Fulfillment
		due      time.Duration // after noon; 0: nothing is planned
	}{
		"at home":                                 {nil, "IT", []crm.Fulfillment{parcel("1", -2*day, 0)}, 7 * day},
		"abroad":                                  {nil, "FR", []crm.Fulfillment{parcel("1", -2*day, 0)}, 14 * day},
		"to nobody knows where":                   {nil, "", []crm.Fulfillment{parcel("1", -2*day, 0)}, 14 * day},
		"as set":                                  {crm.Values{"delay": "3d"}, "IT", []crm.Fulfillment{parcel("1", -2*day, 0)}, 3 * day},
		"from the last of two parcels":            {nil, "IT", []crm.Fulfillment{parcel("1", -5*day, -3*day), parcel("2", -2*day, 0)}, 7 * day},
		"from the first, as set":                  {crm.Values{"after": "first"}, "IT", []crm.Fulfillment{parcel("1", -5*day, -3*day), parcel("2", -2*day, 0)}, 4 * day},
		"from the first, while one is under way":  {crm.Values{"after": "first"}, "IT", []crm.Fulfillment{parcel("1", -5*day, -3*day), parcel("2", -2*day)}, 4 * day},
		"while one is under way, the fallback":    {nil, "IT", []crm.Fulfillment{parcel("1", -5*day, -3*day), parcel("2", -2*day)}, 19 * day},
		"no delivery was told, the fallback":      {nil, "IT", []crm.Fulfillment{parcel("1", -2*day)}, 19 * day},
		"the fallback is never before the wait":   {crm.Values{"fallback": "1d"}, "IT", []crm.Fulfillment{parcel("1", -2*day, 0), parcel("2", -2*day)}, 7 * day},
		"only the carrier's word was told":        {nil, "IT", []crm.Fulfillment{reported}, 7 * day},
		"a parcel that was called back":           {nil, "IT", []crm.Fulfillment{parcel("1", -2*day, 0), back}, 7 * day},
		"nothing but such":                        {nil, "IT", []crm.Fulfillment{back}, 0},
		"nothing was sent":                        {nil, "IT", nil, 0},
		"delivered before the shop was connected": {nil, "IT", []crm.Fulfillment{parcel("1", -90*day, -80*day)}, 0},
	} {
		e := crm.Event{Kind: crm.ParcelDelivered, At: noon, Order: order()}
		e.Order.Fulfillments, e.Order.Shipping = c.parcels, in(c.country)
		planned := plansOf("review_request", e, reviewShop(c.settings))
		if c.due == 0 {
			if len(planned) > 0 {
				t.Errorf("%s: planned %+v", name, planned)
			}
			continue
		}
		if !slices.Equal(subjects(planned), []string{"review:1001", "review:1001:reminder"}) || !planned[0].DueAt.Equal(noon.Add(c.due)) || !planned[1].DueAt.Equal(noon.Add(c.due+7*day)) {
			t.Errorf("%s: planned %+v; want it %v after noon", name, planned, c.due)
		}
	}
}

// TestNoReviewOfWhatDoesNotCount: it is planned once the order counts.
func TestNoReviewOfWhatDoesNotCount(t *testing.T) {
	for name, change := range map[string]func(*crm.Order){
		"not paid": func(o *crm.Order) { o.Status = crm.Pending }, "cancelled": func(o *crm.Order) { o.CancelledAt = noon }, "a test": func(o *crm.Order) { o.Test = true },
		"refunded": func(o *crm.Order) { o.Status = crm.Refunded }, "gift cards alone": func(o *crm.Order) { o.Items[0].GiftCard = true },
	} {
		e := event(crm.OrderChanged)
		change(e.Order)
		if planned := plansOf("review_request", e, reviewShop(nil)); len(planned) > 0 {
			t.Errorf("%s: planned %v", name, subjects(planned))
		}
	}
}

// reviewFacts are facts about a request that nothing speaks against.
func reviewFacts() crm.Facts {
	f := wanted()
	f.Shop = reviewShop(nil)
	f.Message.Journey, f.Message.Subject = "review_request", "review:1001"
	f.Order.Fulfillments, f.Order.Shipping = []crm.Fulfillment{parcel("1", -9*day, -7*day)}, in("IT")
	f.Settings = find("review_request").Values(f.Shop)
	f.Zone = "UTC"
	return f
}

// remind makes them facts about the reminder, eight days after the request.
func remind(f *crm.Facts) {
	f.Message.Subject = "review:1001:reminder"
	f.Origin = &crm.Message{ID: "msg_0", State: crm.Sent, SentAt: noon.Add(-8 * day)}
	f.Order.Fulfillments = []crm.Fulfillment{parcel("1", -20*day, -16*day)}
}

// TestR1WhoIsAskedDependsOnTheOrderAlone: how content somebody is, and how
// much she bought, changes nothing about whether she is asked.
func TestR1WhoIsAskedDependsOnTheOrderAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := reviewFacts()
		f.Orders, f.Spent, f.LostGoods = rapid.IntRange(0, 90).Draw(t, "orders"), crm.Money{Minor: int64(rapid.IntRange(0, 1e9).Draw(t, "spent")), Currency: "EUR"}, rapid.IntRange(0, 3).Draw(t, "lost")
		f.HistoryKnown, f.OrdersBefore = rapid.Bool().Draw(t, "known"), rapid.IntRange(0, 9).Draw(t, "before")
		f.Order.Tags = rapid.SliceOf(rapid.SampledFrom([]string{"vip", "angry", "detractor", "nps:2", "support"})).Draw(t, "tags")
		for range rapid.IntRange(0, 3).Draw(t, "apologies") {
			f.Sent = append(f.Sent, crm.Past{Journey: "apology", Subject: "apology:900", Purpose: crm.Transactional, At: noon.Add(-40 * day)})
		}
		if d := journeys.Decide(find("review_request"), f, noon); d.Verdict != crm.Send {
			t.Fatalf("got %+v for %+v", d, f)
		}
	})
}

// TestR1ARatingDecidesNothing: who gave one is not asked again, and it does
// not matter which.
func TestR1ARatingDecidesNothing(t *testing.T) {
	for rating := 1; rating <= 5; rating++ {
		f := reviewFacts()
		f.Review = &crm.Review{Rating: rating}
		if d := journeys.Decide(find("review_request"), f, noon); d.Reason != crm.ReasonReviewed {
			t.Errorf("with a rating of %d: got %+v", rating, d)
		}
	}
}

// TestR2AllAreSentToTheSamePage: the target is the shop's setting, and nothing
// of a customer is in the way to it.
func TestR2AllAreSentToTheSamePage(t *testing.T) {
	for name, c := range map[string]struct {
		url, own string
		reason   crm.Reason
	}{
		"the own page": {"", "true", ""}, "another page": {"https://reviews.example/soap", "false", ""}, "both": {"https://reviews.example/soap", "true", ""}, "none": {"", "false", crm.ReasonNoReviewTarget},
	} {
		f := reviewFacts()
		f.Settings["review_url"], f.Settings["own_page"] = c.url, c.own
		d := journeys.Decide(find("review_request"), f, noon)
		if d.Reason != c.reason || c.reason != "" && d.Verdict != crm.Defer {
			t.Errorf("%s: got %+v; want %q, held until it is set", name, d, c.reason)
		}
	}
}

// TestR3AReviewIsNeverPaidFor: the journey has no gift, and no setting for one.
func TestR3AReviewIsNeverPaidFor(t *testing.T) {
	j := find("review_request")
	if j.Effects != nil || j.Offer != nil {
		t.Error("a review request brings something along")
	}
	for _, s := range j.Settings {
		if slices.Contains([]string{"kind", "percent", "amount", "product_id", "reward"}, s.Key) {
			t.Errorf("it has the setting %s", s.Key)
		}
	}
}

// TestR4AnApologyHasNothingToDoWithReviews: no review starts one.
func TestR4AnApologyHasNothingToDoWithReviews(t *testing.T) {
	if j := find("apology"); len(j.On) > 0 {
		t.Errorf("an apology is started by %v", j.On)
	}
	for _, j := range journeys.All {
		for _, s := range j.Settings {
			if j.Key != "review_request" && s.Key == "review_url" {
				t.Errorf("%s has a link to reviews", j.Key)
			}
		}
	}
}

// TestR6OneRequestAndOneReminder, none after the whole order came back, and
// postponed, not dropped, while a case is open.
func TestR6OneRequestAndOneReminder(t *testing.T) {
	goods := []crm.ReturnLine{{Quantity: 1}}
	back := func(s crm.ReturnStatus, lines []crm.ReturnLine) func(*crm.Facts) {
		return func(f *crm.Facts) { f.Returns = []crm.Return{{ID: "9", Status: s, Lines: lines}} }
	}
	task := func(kind crm.TaskKind) func(*crm.Facts) {
		return func(f *crm.Facts) { f.OpenTasks = []crm.Task{{Kind: kind}} }
	}
	two := func(f *crm.Facts) { f.Order.Items[0].Quantity = 2 }
	for name, c := range map[string]struct {
		change  func(*crm.Facts)
		verdict crm.Verdict
		reason  crm.Reason
	}{
		"nothing happened":          {func(*crm.Facts) {}, crm.Send, ""},
		"a return is asked for":     {back(crm.ReturnRequested, nil), crm.Defer, crm.ReasonReturnOpen},
		"a return is under way":     {back(crm.ReturnOpen, goods), crm.Defer, crm.ReasonReturnOpen},
		"the whole order came back": {back(crm.ReturnClosed, goods), crm.Skip, crm.ReasonReturned},
		"half of it came back":      {func(f *crm.Facts) { two(f); back(crm.ReturnClosed, goods)(f) }, crm.Send, ""},
		"all of it came back, in two": {func(f *crm.Facts) {
			two(f)
			f.Returns = []crm.Return{{Status: crm.ReturnClosed, Lines: goods}, {Status: crm.ReturnClosed, Lines: goods}}
		}, crm.Skip, crm.ReasonReturned},
		"a return was declined":         {back(crm.ReturnDeclined, goods), crm.Send, ""},
		"a return was called off":       {back(crm.ReturnCanceled, goods), crm.Send, ""},
		"the label of a return is late": {task(crm.TaskLabelMissing), crm.Defer, crm.ReasonComplaintOpen},
		"staff is asked for an apology": {task(crm.TaskApproval), crm.Defer, crm.ReasonComplaintOpen},
		"a trouble of the shop's own":   {task(crm.TaskConnection), crm.Send, ""},
		"the order was refunded":        {func(f *crm.Facts) { f.Order.Status = crm.Refunded }, crm.Skip, crm.ReasonOrderRefunded},
		"half of it was refunded":       {func(f *crm.Facts) { f.Order.Status = crm.PartiallyRefunded }, crm.Send, ""},
	} {
		for _, reminder := range []bool{false, true} {
			for _, byHand := range []bool{false, true} {
				f := reviewFacts()
				if reminder {
					remind(&f)
				}
				c.change(&f)
				f.Message.ByHand = byHand
				d := journeys.Decide(find("review_request"), f, noon)
				if d.Verdict != c.verdict || d.Reason != c.reason {
					t.Errorf("%s, reminder %v, by hand %v: got %+v; want %s %s", name, reminder, byHand, d, c.verdict, c.reason)
				}
				if d.Verdict == crm.Defer && (d.Until.Before(noon.Add(time.Hour)) || d.Until.After(noon.Add(2*day))) {
					t.Errorf("%s: asked again at %v", name, d.Until)
				}
			}
		}
	}
}

// TestR6ACasePostponesAndDoesNotFilter: who complained is asked as well, when
// the case is closed, however long it took.
func TestR6ACasePostponesAndDoesNotFilter(t *testing.T) {
	j, late := find("review_request"), noon.Add(200*day)
	f := reviewFacts()
	if d := journeys.Decide(j, f, late); d.Reason != crm.ReasonTooLate {
		t.Fatalf("without a case: got %+v", d)
	}
	open := f
	open.OpenTasks = []crm.Task{{Kind: crm.TaskReturnRefused}}
	if d := journeys.Decide(j, open, late); d.Verdict != crm.Defer || d.Reason != crm.ReasonComplaintOpen {
		t.Errorf("while the case is open: got %+v", d)
	}
	closed := f
	closed.TaskDoneAt = late.Add(-day)
	if d := journeys.Decide(j, closed, late); d.Verdict != crm.Send {
		t.Errorf("a day after it was closed: got %+v", d)
	}
	back := f
	back.Order.Items[0].Quantity = 2
	back.Returns = []crm.Return{{Status: crm.ReturnClosed, Lines: []crm.ReturnLine{{Quantity: 1}}, UpdatedAt: late.Add(-day)}}
	if d := journeys.Decide(j, back, late); d.Verdict != crm.Send {
		t.Errorf("a day after the return was closed: got %+v", d)
	}
}

// TestAReviewRequestGrowsTooOld, its reminder as much later as it is due, and
// one about an order of which nothing is under way any more as well.
func TestAReviewRequestGrowsTooOld(t *testing.T) {
	j, end := find("review_request"), noon.Add(60*day) // due at noon
	reminder := reviewFacts()
	remind(&reminder)
	reminder.Order.Fulfillments = reviewFacts().Order.Fulfillments
	gone := reviewFacts()
	gone.Order.Fulfillments, gone.Message.CreatedAt = nil, noon
	for name, c := range map[string]struct {
		facts crm.Facts
		end   time.Time
	}{"a request": {reviewFacts(), end}, "a reminder": {reminder, end.Add(7 * day)}, "nothing is under way": {gone, end}} {
		if d := journeys.Decide(j, c.facts, c.end); d.Reason == crm.ReasonTooLate {
			t.Errorf("%s, at the end: got %+v", name, d)
		}
		if d := journeys.Decide(j, c.facts, c.end.Add(1)); d.Reason != crm.ReasonTooLate {
			t.Errorf("%s, right after it: got %+v", name, d)
		}
		if c.facts.Message.ByHand = true; journeys.Decide(j, c.facts, c.end.Add(1)).Reason == crm.ReasonTooLate {
			t.Errorf("%s: staff passes it", name)
		}
	}
}

func TestReviewReminderFollowsItsRequest(t *testing.T) {
	for name, c := range map[string]struct {
		origin  *crm.Message
		verdict crm.Verdict
		reason  crm.Reason
	}{
		"sent eight days ago":        {&crm.Message{State: crm.Sent, SentAt: noon.Add(-8 * day)}, crm.Send, ""},
		"sent late, three days ago":  {&crm.Message{State: crm.Delivered, SentAt: noon.Add(-3 * day)}, crm.Defer, crm.ReasonDelay},
		"not sent yet":               {&crm.Message{State: crm.Planned}, crm.Defer, crm.ReasonOtherFirst},
		"skipped":                    {&crm.Message{State: crm.Skipped}, crm.Skip, crm.ReasonNothingToRemind},
		"refused by the mailbox":     {&crm.Message{State: crm.Bounced}, crm.Skip, crm.ReasonNothingToRemind},
		"reported":                   {&crm.Message{State: crm.Complained}, crm.Skip, crm.ReasonNothingToRemind},
		"perhaps sent, nobody knows": {&crm.Message{State: crm.Unknown}, crm.Skip, crm.ReasonNothingToRemind},
		"there is none":              {nil, crm.Skip, crm.ReasonNothingToRemind},
	} {
		f := reviewFacts()
		remind(&f)
		f.Origin = c.origin
		d := journeys.Decide(find("review_request"), f, noon)
		if d.Verdict != c.verdict || d.Reason != c.reason {
			t.Errorf("%s: got %+v; want %s %s", name, d, c.verdict, c.reason)
		}
		if c.reason == crm.ReasonDelay && !d.Until.Equal(noon.Add(4*day)) {
			t.Errorf("%s: waits until %v; want a week after the request", name, d.Until)
		}
	}
	s := reviewShop(crm.Values{"reminder_after": "0s"})
	if planned := plansOf("review_request", event(crm.OrderPaid), s); len(planned) != 1 {
		t.Errorf("without reminders: planned %v", subjects(planned))
	}
}

// TestADeliveryToldLaterMovesTheRequest, and one that was called back holds it.
func TestADeliveryToldLaterMovesTheRequest(t *testing.T) {
	j := find("review_request")
	f := reviewFacts()
	f.Order.Fulfillments = []crm.Fulfillment{parcel("1", -9*day, -day)}
	if d := journeys.Decide(j, f, noon); d.Verdict != crm.Defer || d.Reason != crm.ReasonDelay || !d.Until.Equal(noon.Add(6*day)) {
		t.Errorf("delivered yesterday: got %+v", d)
	}
	f.Message.ByHand = true
	if d := journeys.Decide(j, f, noon); d.Verdict != crm.Send {
		t.Errorf("staff passes the delay: got %+v", d)
	}
	f.Order.Fulfillments = nil
	for _, byHand := range []bool{false, true} {
		f.Message.ByHand, f.Message.CreatedAt = byHand, noon.Add(-day)
		if d := journeys.Decide(j, f, noon); d.Verdict != crm.Defer || d.Reason != crm.ReasonNotDelivered {
			t.Errorf("nothing was sent, by hand %v: got %+v", byHand, d)
		}
	}
}
