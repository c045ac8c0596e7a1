package jobs

import (
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/mailertest"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// A code is stored before it is asked for, and asked for again with the same
// value after its answer was lost (fault test 18).
func TestCodeWhoseAnswerIsLost(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	var stored string
	g.AtStep = func(step string) {
		if step == "effects stored" && stored == "" {
			if n := len(g.shop.Discounts()); n != 0 {
				t.Errorf("the shop has %d codes before any is stored", n)
			}
			stored = g.effect(id, crm.DiscountCodeMade).Code.Code
		}
	}
	g.shop.Break(simshop.Faults{LoseEvery: 1})
	g.deliverAll(id)
	m := g.is(id, crm.Planned, crm.ReasonShopAway)
	if n := len(g.shop.Discounts()); n != 1 || m.Detail == "" || m.Attempt != 0 {
		t.Fatalf("%d codes at the shop, %d tries, told: %q", n, m.Attempt, m.Detail)
	}
	g.shop.Break(simshop.Faults{})
	g.until(m.DueAt)
	if rung := g.rung(); len(rung) != 1 {
		t.Fatalf("rung: %v", rung)
	}
	g.is(id, crm.Sent, "")
	if code := g.oneCode(id); code != stored {
		t.Errorf("the code is %s, and %s was stored first", code, stored)
	}
	g.asks()
}

// Another's code of the same letters is left alone: no mail, and staff is asked.
func TestCodeOfAnother(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	g.AtStep = func(step string) {
		if step == "effect claimed" {
			if _, _, err := g.shop.AddDiscount(simshop.Discount{Code: g.effect(id, crm.DiscountCodeMade).Code.Code, Title: "Black Friday", Kind: simshop.DiscountBasic, Percent: .5}); err != nil {
				t.Error(err)
			}
		}
	}
	g.deliverAll(id)
	m := g.is(id, crm.Failed, crm.ReasonEffectRefused)
	if !strings.Contains(m.Detail, "for something else") || g.mails.Count(id) != 0 {
		t.Errorf("told %q, and %d mails went out", m.Detail, g.mails.Count(id))
	}
	if e := g.effect(id, crm.DiscountCodeMade); e.State != crm.EffectFailed {
		t.Errorf("the effect is %s", e.State)
	}
	g.asks(crm.TaskCodeRefused)
	if given, err := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); err != nil || given != 0 {
		t.Errorf("%d of the budget are held for it (%v)", given, err)
	}
	g.AtStep = nil
	if err := g.housekeeping(t.Context()); err != nil {
		t.Error(err)
	}
	if d := g.shop.Discounts()[0]; d.Status(g.Now()) != "ACTIVE" {
		t.Error("the merchant's own code was ended")
	}
}

// Two workers that deliver the same message at once make one code and send one mail.
func TestTwoWorkersOneMessage(t *testing.T) {
	eachEngine(t, func(t *testing.T, o store.Options) {
		g := newGiftsOn(t, 4, o)
		id := g.birthdays("giulia")[0]
		other := g.second()
		// Both have read the facts before either does anything.
		var both sync.WaitGroup
		both.Add(2)
		meet := func(step string) {
			if step == "facts read" {
				both.Done()
				both.Wait()
			}
		}
		g.AtStep, other.AtStep = meet, meet
		var all sync.WaitGroup
		for _, w := range []*Worker{g.Worker, other} {
			all.Go(func() {
				if err := w.deliverMessages(t.Context(), g.shopID, []string{id}); err != nil {
					t.Error(err)
				}
				w.flying.Wait()
			})
		}
		all.Wait()
		g.AtStep = nil
		for range 5 {
			g.later(30 * time.Second)
			g.rung()
		}
		g.is(id, crm.Sent, "")
		g.oneCode(id)
	})
}

// Who read the facts before another made the code must not send the mail
// without it.
func TestFactsFromBeforeTheCode(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	late := g.second()
	read, on := make(chan struct{}), make(chan struct{})
	late.AtStep = func(step string) {
		if step == "facts read" {
			close(read)
			<-on
		}
	}
	ended := make(chan error)
	go func() {
		err := late.deliverMessages(t.Context(), g.shopID, []string{id})
		late.flying.Wait()
		ended <- err
	}()
	<-read
	// The other one makes the code, and is lost before it takes the message.
	g.AtStep = func(step string) {
		if step == "effect recorded" {
			panic("lost")
		}
	}
	f, err := g.Store.Facts(t.Context(), g.shopID, []string{id})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		j := journeyOf(t, "birthday_coupon")
		_, _, _ = g.prepare(t.Context(), j, f[0], g.Now())
	}()
	if e := g.effect(id, crm.DiscountCodeMade); e.State != crm.EffectDone {
		t.Fatalf("the code is %s", e.State)
	}
	close(on)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	g.is(id, crm.Sent, "")
	g.oneCode(id)
}

// Of two mails to one customer that are due together one goes first, with its
// own code; the other waits.
func TestTwoMailsToOneCustomer(t *testing.T) {
	g := newGifts(t, 4)
	g.set("anniversary_coupon", "enabled", "true", "reminder", "false")
	g.set("birthday_coupon", "enabled", "true", "reminder", "false")
	g.change(func(s *crm.Shop) { s.Since, s.ConnectedAt = s.Since.AddDate(0, -1, 0), s.ConnectedAt.AddDate(0, -1, 0) }) // so that she is new
	c := g.shop.AddCustomer(g.shop.Customer("giulia"))
	g.take(g.shop.CustomerCreated(c))
	_, bought, err := g.shop.Buy(c, simshop.Cart{Items: []simshop.Item{{Product: g.shop.Products()[0], Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	g.take(bought...)
	g.until(g.Now().AddDate(1, 0, -1))
	g.born("giulia")
	if err := g.calendar(t.Context(), g.Now()); err != nil {
		t.Fatal(err)
	}
	g.later(24 * time.Hour)
	var ids []string
	for _, m := range g.messages() {
		ids = append(ids, m.ID)
	}
	if len(ids) != 2 {
		t.Fatalf("%d messages", len(ids))
	}
	other := g.second()
	var all sync.WaitGroup
	for i, w := range []*Worker{g.Worker, other, g.Worker, other} {
		all.Go(func() {
			if err := w.deliverMessages(t.Context(), g.shopID, ids[i/2:i/2+1]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.flying.Wait()
	other.flying.Wait()
	for range 5 {
		g.later(30 * time.Second)
		g.rung()
	}
	sent := 0
	for _, id := range ids {
		m := g.message(id)
		if m.Journey == "birthday_coupon" {
			g.is(id, crm.Sent, "")
			g.oneCode(id)
			sent++
			continue
		}
		if n := len(g.keeps(id)); m.State != crm.Planned || n != 0 {
			t.Errorf("the other is %s (%s), with %d codes", m.State, m.Reason, n)
		}
	}
	if n := len(g.mails.Mails()); sent != 1 || n != 1 {
		t.Errorf("%d mails", n)
	}
}

// A code that ended before its mail is out is promised to nobody.
func TestCodeThatEndsBeforeItsMail(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(g *gifts, id string)
		reason crm.Reason
	}{
		"expired": {func(g *gifts, id string) { g.later(48 * time.Hour) }, crm.ReasonCodeEnded},
		"revoked by staff": {func(g *gifts, id string) {
			g.revoke(g.effect(id, crm.DiscountCodeMade))
			g.later(time.Hour)
		}, crm.ReasonCodeEnded},
		"revoked and ended at the shop": {func(g *gifts, id string) {
			g.revoke(g.effect(id, crm.DiscountCodeMade))
			if err := g.housekeeping(g.t.Context()); err != nil {
				g.t.Error(err)
			}
			g.later(time.Hour)
		}, crm.ReasonCodeEnded},
		"used": {func(g *gifts, id string) { // somebody found it in the shop's list
			code := g.effect(id, crm.DiscountCodeMade).Code.Code
			_, bought, err := g.shop.Buy(g.shop.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: g.shop.Products()[0], Quantity: 1}}}, code)
			if err != nil {
				g.t.Fatal(err)
			}
			g.take(bought...)
			g.later(time.Hour)
		}, crm.ReasonCodeUsed},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGifts(t, 4)
			g.set("birthday_coupon", "validity", "1d")
			id := g.birthdays("giulia")[0]
			g.mails.Fault = func(string) mailertest.Fault { return mailertest.Fault{Status: 503} }
			g.deliverAll(id)
			g.is(id, crm.Planned, crm.ReasonMailerAway)
			g.mails.Fault = nil
			c.end(g, id)
			g.rung()
			g.is(id, crm.Skipped, c.reason)
			if n := len(g.mails.Mails()); n != 0 {
				t.Errorf("%d mails went out", n)
			}
		})
	}
}

// revoke is what "grazie code revoke" does.
func (g *gifts) revoke(e crm.Effect) {
	g.t.Helper()
	if _, err := g.Store.ChangeEffect(g.t.Context(), g.shopID, e.ID, func(e *crm.Effect) error {
		e.Code.EndsAt, e.State, e.Detail = g.Now().UTC(), crm.EffectUndone, "revoked: kim: a mistake"
		return nil
	}); err != nil {
		g.t.Fatal(err)
	}
}

// atShop is the state at the shop of the message's code.
func (g *gifts) atShop(id string) (status string) {
	d, ok := g.shop.Discount(g.effect(id, crm.DiscountCodeMade).Code.Code)
	if !ok {
		return "none"
	}
	return d.Status(g.shop.Clock())
}

// A revoked code works no more at the shop, and gives its promise back.
func TestRevokedCode(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	g.deliverAll(id)
	g.oneCode(id)
	g.revoke(g.effect(id, crm.DiscountCodeMade))
	g.shop.Break(simshop.Faults{Status: 503})
	g.tidies()
	if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != "" || g.atShop(id) != "ACTIVE" {
		t.Errorf("it is called ended (%s) and works still (%s)", e.Code.Ended, g.atShop(id))
	}
	g.shop.Break(simshop.Faults{})
	g.later(11 * time.Minute)
	g.tidies()
	if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != crm.CodeRevoked || e.State != crm.EffectUndone || g.atShop(id) != "EXPIRED" {
		t.Errorf("it is %s, ended %q, at the shop %s", e.State, e.Code.Ended, g.atShop(id))
	}
	if given, err := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); err != nil || given != 0 {
		t.Errorf("%d of the budget are held for it (%v)", given, err)
	}
	g.is(id, crm.Sent, "")
}

func (g *gifts) tidies() {
	g.t.Helper()
	if err := g.housekeeping(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
}

// Expired codes are ended at the shop and freed in the ledger, also while the
// shop cannot be reached.
func TestExpiredCodes(t *testing.T) {
	g := newGifts(t, 4)
	ids := g.birthdays("giulia", "reka")
	g.deliverAll(ids...)
	for _, id := range ids {
		g.oneCode(id)
	}
	g.tidies()
	g.later(29 * 24 * time.Hour)
	g.tidies()
	for _, id := range ids {
		if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != "" {
			t.Errorf("ended a day early")
		}
	}
	g.later(3 * 24 * time.Hour)
	g.shop.Break(simshop.Faults{Status: 503})
	g.tidies()
	for _, id := range ids {
		if e := g.effect(id, crm.DiscountCodeMade); e.Code.Ended != crm.CodeExpired || e.State != crm.EffectDone {
			t.Errorf("it is %s, ended %q", e.State, e.Code.Ended)
		}
	}
	if given, err := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); err != nil || given != 0 {
		t.Errorf("%d of the budget are held (%v)", given, err)
	}
	if ending, err := g.Store.EndingEffects(t.Context(), 100); err != nil || len(ending) != 0 {
		t.Errorf("%d are looked at again (%v)", len(ending), err)
	}
}

// Whoever takes her consent back while the code is made gets no mail, and the
// code that nobody holds is ended.
func TestConsentWithdrawnMeanwhile(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	next, free := g.hold()
	ended := make(chan error)
	go func() {
		err := g.deliverMessages(t.Context(), g.shopID, []string{id})
		g.flying.Wait()
		ended <- err
	}()
	next("CreateBasicCode")
	g.take(g.shop.Unsubscribe(g.shop.Customer("giulia")))
	free()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	g.is(id, crm.Cancelled, crm.ReasonUnsubscribed)
	if n := len(g.mails.Mails()); n != 0 || g.atShop(id) != "ACTIVE" {
		t.Fatalf("%d mails, the code is %s", n, g.atShop(id))
	}
	g.tidies()
	if e := g.effect(id, crm.DiscountCodeMade); g.atShop(id) != "EXPIRED" || e.Code.Ended != crm.CodeRevoked {
		t.Errorf("the code that nobody holds is %s at the shop, ended %q", g.atShop(id), e.Code.Ended)
	}
}
