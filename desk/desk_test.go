package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// A preview shows all that would happen, and the database is as before.
func TestPreviewChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		anna.Birthday = crm.Birthday{Day: "11-25", Source: "form", At: r.Now(), FirstDay: "11-25", FirstAt: r.Now()}
		o := r.buys("1001", anna)
		r.told(false, crm.Event{Kind: crm.ReturnChanged, At: r.Now(), Return: &crm.Return{ID: "5", Name: "#1001-R1", OrderID: o.ID, CustomerID: anna.ID, Status: crm.ReturnRequested,
			Value: crm.Money{Minor: 2500, Currency: "EUR"}, Fee: crm.Money{Minor: 500, Currency: "EUR"}, Lines: []crm.ReturnLine{{Title: "Olive soap", Quantity: 1}},
			RequestedAt: r.Now(), UpdatedAt: r.Now(), ReadAt: r.Now()}})
		before := r.rows()
		code := kim
		code.Offer, code.Note = crm.OfferCode, "I am so sorry."
		for name, c := range map[string]struct {
			request desk.Request
			effects []crm.EffectKind
			says    string
		}{
			"thank-you":       {desk.Request{Journey: "thank_you", Order: "1001", Ask: kim}, nil, "soap"},
			"apology":         {desk.Request{Journey: "apology", Order: "#1001", Ask: code}, []crm.EffectKind{crm.DiscountCodeMade}, "I am so sorry."},
			"birthday":        {desk.Request{Journey: "birthday_coupon", Customer: "77", Ask: kim}, []crm.EffectKind{crm.DiscountCodeMade}, "PREVIEW"},
			"birthday, email": {desk.Request{Journey: "birthday_coupon", Email: "anna77@posta.example", Ask: kim}, []crm.EffectKind{crm.DiscountCodeMade}, "PREVIEW"},
			"return":          {desk.Request{Journey: "return_upgrade", Return: "5", Ask: kim}, []crm.EffectKind{crm.ReturnApproved, crm.ReturnFeeWaived, crm.LabelBought, crm.LabelAttached}, "label"},
		} {
			p := r.preview(c.request)
			if p.Decision.Verdict != crm.Send || p.Mail == nil {
				t.Errorf("%s: %+v", name, p.Decision)
				continue
			}
			var kinds []crm.EffectKind
			for _, e := range p.Effects {
				kinds = append(kinds, e.Kind)
			}
			if len(kinds) != len(c.effects) || !strings.Contains(joined(kinds), joined(c.effects)) {
				t.Errorf("%s would do %v, want %v", name, kinds, c.effects)
			}
			if !strings.Contains(p.Mail.Text, c.says) || p.Mail.To.Email != anna.Email || p.Mail.From.Email != "anna@bottega.example" || p.Mail.Subject == "" || p.Mail.HTML == "" {
				t.Errorf("%s: the mail lacks %q: %+v", name, c.says, p.Mail)
			}
			if _, err := r.Decide(t.Context(), r.shop, c.request); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, _, err := r.Draft(t.Context(), r.shop, c.request, "de"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r.rows() != before {
			t.Error("something was written")
		}
		r.run(desk.Request{Journey: "thank_you", Order: "1001", Ask: kim})
		if r.rows() == before {
			t.Error("this test cannot see what is written")
		}
	})
}

func joined[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return strings.Join(words, " ")
}

// Asking twice is one message, also after it was skipped or failed; what was
// sent, or may have been, stands in the way.
func TestOnceByHand(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		ask := desk.Request{Journey: "thank_you", Order: "1001", Ask: kim}
		first := r.run(ask)
		if again := r.run(ask); again.ID != first.ID || len(r.messages()) != 1 {
			t.Fatalf("%s and %s", first.ID, again.ID)
		}
		if !first.ByHand || first.Detail != "kim: she asked" || first.Ask == nil || first.Ask.By != "kim" || first.DueAt.After(r.Now()) {
			t.Errorf("%+v", first)
		}
		r.outcome(first, store.Outcome{State: crm.Skipped, Reason: crm.ReasonNotPaid})
		if again := r.run(ask); again.ID != first.ID || again.State != crm.Planned {
			t.Errorf("after skipped: %+v", again)
		}
		for _, state := range []crm.MessageState{crm.Unknown, crm.Sent} {
			if state == crm.Unknown {
				r.outcome(first, store.Outcome{State: state, Reason: crm.ReasonAnswerLost})
			} else if err := r.Store.SettleMessage(t.Context(), r.shop.ID, first.ID, true, "kim: seen"); err != nil {
				t.Fatal(err)
			}
			_, err := r.Run(t.Context(), r.shop, ask)
			there, ok := errors.AsType[*desk.InTheWay](err)
			if !ok || there.Message.ID != first.ID || there.Message.State != state || !errors.Is(err, crm.ErrConflict) || !strings.Contains(err.Error(), first.ID) {
				t.Errorf("after %s: %v", state, err)
			}
			if _, err := r.Preview(t.Context(), r.shop, ask); !errors.As(err, &there) {
				t.Errorf("a preview after %s: %v", state, err)
			}
		}
		if len(r.messages()) != 1 {
			t.Errorf("%d messages", len(r.messages()))
		}
	})
}

// A second one needs its own reason and a first one, is marked, and is itself
// one a day.
func TestAgain(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		ask := desk.Request{Journey: "thank_you", Order: "1001", Ask: kim}
		again := ask
		again.Ask.Again = "the first one went to her old address"
		refused := func(when, word string) {
			t.Helper()
			_, err := r.Run(t.Context(), r.shop, again)
			if invalid, ok := errors.AsType[*crm.Invalid](err); !ok || invalid.Field != "again" || !strings.Contains(invalid.Message, word) {
				t.Errorf("%s: %v", when, err)
			}
		}
		refused("nothing was planned", "no first one")
		first := r.run(ask)
		refused("the first waits", first.ID+", is planned")
		if n := len(r.messages()); n != 1 {
			t.Fatalf("%d messages", n)
		}
		r.sent(first)
		second := r.run(again)
		if second.ID == first.ID || r.run(again).ID != second.ID || len(r.messages()) != 2 {
			t.Fatalf("%+v", r.messages())
		}
		if of, is := second.Again(); !is || of != first.Subject || second.Ask.Again != again.Ask.Again {
			t.Errorf("%+v", second)
		}
		r.sent(second)
		if _, err := r.Run(t.Context(), r.shop, again); !errors.As(err, new(*desk.InTheWay)) {
			t.Errorf("a third one on the same day: %v", err)
		}
		told := r.why("77")
		if !strings.Contains(told, "A second one for this occasion: the first one went to her old address.") || strings.Count(told, "Sent 2026") != 2 {
			t.Errorf("why: %s", told)
		}
	})
}

// What staff asks for passes the gates of timing and no other.
func TestWhatStaffMayOverride(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		anna.Birthday = crm.Birthday{Day: "11-22", Source: "form", At: r.Now(), FirstDay: "11-22", FirstAt: r.Now()}
		o := r.buys("1001", anna)
		birthday := desk.Request{Journey: "birthday_coupon", Customer: "77", Ask: kim}
		thanks := desk.Request{Journey: "thank_you", Order: "1001", Ask: kim}
		code := desk.Request{Journey: "apology", Customer: "77", Ask: kim}
		code.Ask.Offer = crm.OfferCode
		is := func(what string, q desk.Request, want crm.Verdict, why crm.Reason) {
			t.Helper()
			p := r.preview(q)
			if p.Decision.Verdict != want || p.Decision.Reason != why || (p.Mail != nil) != (want == crm.Send) {
				t.Errorf("%s: %+v", what, p.Decision)
			}
		}
		is("before its delay is over", thanks, crm.Send, "")
		is("a day before the birthday", birthday, crm.Send, "")
		r.set(func(s *crm.Shop) { s.Rules["quiet_from"], s.Rules["quiet_to"] = "0:00", "23:00" })
		is("in the quiet hours", birthday, crm.Send, "")
		r.set(func(s *crm.Shop) {
			delete(s.Rules, "quiet_from")
			delete(s.Rules, "quiet_to")
			s.Rules["cap_day"] = "1"
		})
		r.sent(r.run(code))
		is("after today's mail", birthday, crm.Send, "")

		if err := r.Store.Suppress(t.Context(), r.shop.ID, anna.EmailKey, crm.ScopeMarketing, "complained", time.Time{}); err != nil {
			t.Fatal(err)
		}
		is("suppressed for marketing", birthday, crm.Skip, crm.ReasonSuppressed)
		is("order mail all the same", thanks, crm.Send, "")
		if err := r.Store.Suppress(t.Context(), r.shop.ID, anna.EmailKey, crm.ScopeAll, "bounced", time.Time{}); err != nil {
			t.Fatal(err)
		}
		is("suppressed for all", thanks, crm.Skip, crm.ReasonSuppressed)
		for _, scope := range []string{crm.ScopeAll, crm.ScopeMarketing} {
			if err := r.Store.Lift(t.Context(), r.shop.ID, anna.EmailKey, scope, "kim"); err != nil {
				t.Fatal(err)
			}
		}
		is("lifted", birthday, crm.Send, "")

		stopped := anna
		stopped.Consent, stopped.UpdatedAt = crm.Consent{State: crm.ConsentUnsubscribed, At: r.Now()}, r.Now()
		r.told(false, crm.Event{Kind: crm.CustomerChanged, At: r.Now(), Customer: &stopped})
		is("unsubscribed", birthday, crm.Skip, crm.ReasonUnsubscribed)
		is("order mail to whom unsubscribed", thanks, crm.Send, "")

		o.CancelledAt, o.UpdatedAt = r.Now(), r.Now()
		r.told(false, crm.Event{Kind: crm.OrderChanged, At: r.Now(), Order: &o})
		is("cancelled", thanks, crm.Skip, crm.ReasonOrderCancelled)

		r.set(func(s *crm.Shop) { s.State = crm.ShopPaused })
		is("paused", thanks, crm.Defer, crm.ReasonShopPaused)
		r.set(func(s *crm.Shop) { s.State = crm.ShopUninstalled })
		is("uninstalled", thanks, crm.Skip, crm.ReasonShopUninstalled)
		r.set(func(s *crm.Shop) { s.State = crm.ShopActive; s.Journeys["thank_you"] = crm.Values{"enabled": "false"} })
		is("switched off", thanks, crm.Skip, crm.ReasonJourneyOff)
	})
}

// What cannot be found or does not fit says so, and plans nothing.
func TestCannotBeAsked(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		for name, c := range map[string]struct {
			request desk.Request
			absent  bool
			says    string
		}{
			"order":            {desk.Request{Journey: "thank_you", Order: "9"}, true, `there is no order "9" of this shop here`},
			"customer":         {desk.Request{Journey: "birthday_coupon", Customer: "9"}, true, `there is no customer "9"`},
			"email":            {desk.Request{Journey: "apology", Email: "x@posta.example"}, true, `there is no customer "x@posta.example"`},
			"return":           {desk.Request{Journey: "return_upgrade", Return: "9"}, true, `there is no return "9"`},
			"journey":          {desk.Request{Journey: "name_day", Customer: "77"}, false, `journey: there is no "name_day"`},
			"nothing":          {desk.Request{Journey: "thank_you"}, false, "target: name a customer"},
			"needs an order":   {desk.Request{Journey: "thank_you", Customer: "77"}, false, "needs an order"},
			"needs a return":   {desk.Request{Journey: "return_upgrade", Order: "1001"}, false, "needs a return"},
			"needs a birthday": {desk.Request{Journey: "birthday_coupon", Customer: "77"}, false, "whose birthday is known"},
			"needs a parcel":   {desk.Request{Journey: "review_request", Order: "1001"}, false, "needs an order"},
		} {
			c.request.Ask = kim
			_, ran := r.Run(t.Context(), r.shop, c.request)
			_, shown := r.Preview(t.Context(), r.shop, c.request)
			for _, err := range []error{ran, shown} {
				if err == nil || errors.Is(err, crm.ErrNotFound) != c.absent || errors.As(err, new(*crm.Invalid)) == c.absent || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if n := len(r.messages()); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// A return in another currency than the shop's is not made free by mistake.
func TestCurrencyDiffers(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		o := r.buys("1001", r.anna("77"))
		r.told(false, crm.Event{Kind: crm.ReturnChanged, At: r.Now(), Return: &crm.Return{ID: "5", OrderID: o.ID, CustomerID: "77", Status: crm.ReturnRequested,
			Value: crm.Money{Minor: 2500, Currency: "USD"}, RequestedAt: r.Now(), UpdatedAt: r.Now(), ReadAt: r.Now()}})
		p := r.preview(desk.Request{Journey: "return_upgrade", Return: "5", Ask: kim})
		if p.Decision != crm.SkipFor(crm.ReasonCurrency) || p.Mail != nil || p.Effects != nil {
			t.Errorf("%+v", p)
		}
	})
}

// A gesture above the limit waits for somebody else's yes; a new wish needs a
// new one.
func TestApproval(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		r.set(func(s *crm.Shop) { s.Rules["approval_limit"] = "1.00" })
		ask := desk.Request{Journey: "apology", Order: "1001", Ask: kim}
		ask.Ask.Offer = crm.OfferCode
		if p := r.preview(ask); p.Decision.Verdict != crm.Defer || p.Decision.Reason != crm.ReasonNeedsApproval {
			t.Fatalf("%+v", p.Decision)
		}
		m := r.run(ask)
		decided := func() crm.Decision {
			t.Helper()
			stored, err := r.Store.Message(t.Context(), r.shop.ID, m.ID)
			if err != nil {
				t.Fatal(err)
			}
			return r.decide(stored)
		}
		for _, same := range []string{"kim", "Kim", " KIM "} {
			if err := r.Store.ApproveMessage(t.Context(), r.shop.ID, m.ID, same); !errors.Is(err, store.ErrSamePerson) {
				t.Errorf("%q: %v", same, err)
			}
		}
		if d := decided(); d.Reason != crm.ReasonNeedsApproval {
			t.Errorf("%+v", d)
		}
		if err := r.Store.ApproveMessage(t.Context(), r.shop.ID, m.ID, "vera"); err != nil {
			t.Fatal(err)
		}
		if d := decided(); d.Verdict != crm.Send {
			t.Errorf("approved: %+v", d)
		}
		r.run(ask)
		if d := decided(); d.Reason != crm.ReasonNeedsApproval {
			t.Errorf("asked anew: %+v", d)
		}
		none := ask
		none.Ask.Offer = crm.OfferNone
		if p := r.preview(none); p.Decision.Verdict != crm.Send || len(p.Effects) != 0 {
			t.Errorf("without a gift: %+v", p.Decision)
		}
		r.run(none)
		r.sent(m)
		if err := r.Store.ApproveMessage(t.Context(), r.shop.ID, m.ID, "vera"); !errors.Is(err, crm.ErrConflict) {
			t.Errorf("sent: %v", err)
		}
		if err := r.Store.ApproveMessage(t.Context(), r.shop.ID, "msg_none", "vera"); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("absent: %v", err)
		}
	})
}

// Listen first: the first trouble gets a word, the second free shipping, later
// ones a code; what staff says counts more.
func TestOfferByHistory(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		for i, want := range []crm.DiscountKind{"", crm.FreeShipping, crm.Percentage, crm.Percentage} {
			order := []string{"1001", "1002", "1003", "1004"}[i]
			r.buys(order, anna)
			ask := desk.Request{Journey: "apology", Order: order, Ask: kim}
			p := r.preview(ask)
			var got crm.DiscountKind
			if len(p.Effects) > 0 && p.Effects[0].Code != nil {
				got = p.Effects[0].Code.Kind
			}
			if p.Decision.Verdict != crm.Send || got != want || strings.Contains(p.Mail.Text, "PREVIEW") != (want != "") {
				t.Errorf("trouble %d: %+v gives %q, want %q", i+1, p.Decision, got, want)
			}
			r.sent(r.run(ask))
			r.pass(24 * time.Hour)
		}
		r.buys("1005", anna)
		ask := desk.Request{Journey: "apology", Order: "1005", Ask: kim}
		ask.Ask.Offer = crm.OfferNone
		if p := r.preview(ask); len(p.Effects) != 0 {
			t.Errorf("staff said none: %+v", p.Effects)
		}
	})
}
