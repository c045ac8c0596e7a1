package jobs

import (
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
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
