package jobs

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/store"
)

// Two workers, of which either may be lost after any step, at a shop that
// fails in every way: each message comes to an end that says why, with one
// code at the most and one mail at the most, and what is not sent leaves no
// code that works.
func TestNoRowIsLost(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			g := newGifts(t, 4)
			g.rule("quiet_from", "0:00")
			g.rule("quiet_to", "0:00")
			keys := []string{"giulia", "reka", "neza", "aurelie", "liezel"}
			g.birthdays(keys...)
			random := rand.New(rand.NewPCG(seed, 18))
			var mu sync.Mutex
			var healed atomic.Bool
			lose := func(string) {
				mu.Lock()
				lost := !healed.Load() && random.IntN(12) == 0
				mu.Unlock()
				if lost {
					runtime.Goexit() // as kill -9 leaves it, but for the rest of the program
				}
			}
			faults := []simshop.Faults{{}, {}, {LoseEvery: 1}, {LoseEvery: 2}, {Status: 503}, {Status: 429, RetryAfter: time.Second}, {DeadToken: true}, {Status: 402}, {Unindexed: true}}
			for round := range 60 {
				mu.Lock()
				fault := faults[random.IntN(len(faults))]
				mu.Unlock()
				if healed.Store(round >= 40); healed.Load() {
					fault = simshop.Faults{}
					g.connect(nil) // staff mends what was called broken
				}
				g.shop.Break(fault)
				rows, err := g.Store.Ring(t.Context(), g.Now().Add(-store.RingAgain), 1000)
				if err != nil {
					t.Fatal(err)
				}
				var ids []string
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				var both sync.WaitGroup
				for range 2 {
					w := g.second() // whose throttle is fresh
					w.AtStep = lose
					both.Go(func() {
						for _, id := range ids {
							done := make(chan struct{})
							go func() { // the task is lost with its worker
								defer close(done)
								if err := w.deliverMessages(t.Context(), g.shopID, []string{id}); err != nil {
									t.Error(err)
								}
							}()
							<-done
						}
						w.flying.Wait()
					})
				}
				both.Wait()
				if round%5 == 4 {
					g.Platforms = g.second().Platforms
					g.tidies()
				}
				g.later(97 * time.Second)
				if _, err := g.Store.LoseLeases(t.Context(), g.Now()); err != nil {
					t.Fatal(err)
				}
			}
			for range 100 { // what waits for longer comes to its time
				g.Platforms = g.second().Platforms
				g.later(time.Hour)
				g.rung()
				g.tidies()
			}
			for _, m := range g.messages() {
				g.ended(m)
			}
			if n := len(g.shop.Discounts()); n > len(keys) {
				t.Errorf("%d codes for %d customers", n, len(keys))
			}
		})
	}
}

// ended checks a message that has come to its end.
func (g *gifts) ended(m crm.Message) {
	g.t.Helper()
	mails := g.mails.Count(m.ID)
	switch m.State {
	case crm.Sent:
		if mails != 1 {
			g.t.Errorf("%s went out %d times", m.ID, mails)
		} else {
			g.oneCode(m.ID)
		}
		return
	case crm.Unknown:
		if mails > 1 {
			g.t.Errorf("%s went out %d times", m.ID, mails)
		}
		return
	case crm.Skipped, crm.Failed:
	default:
		g.t.Errorf("%s is %s (%s: %s), due %s", m.ID, m.State, m.Reason, m.Detail, m.DueAt)
	}
	if s := m.Reason.Sentence(); s == string(m.Reason) || mails != 0 {
		g.t.Errorf("%s is %s: %q, and went out %d times", m.ID, m.State, s, mails)
	}
	for _, e := range g.keeps(m.ID) {
		if d, there := g.shop.Discount(e.Code.Code); there && d.Status(g.shop.Clock()) == "ACTIVE" {
			g.t.Errorf("%s was not sent (%s), and its code works (%s)", m.ID, m.Reason, e.State)
		}
	}
}

// A code that staff revokes while it is made works at the shop no more,
// whichever comes first there.
func TestRevokedWhileItIsMade(t *testing.T) {
	for _, when := range []string{"effect claimed", "effect done"} {
		t.Run(when, func(t *testing.T) {
			g := newGifts(t, 4)
			id := g.birthdays("giulia")[0]
			g.AtStep = func(step string) {
				if step == when {
					g.AtStep = nil
					g.revoke(g.effect(id, crm.DiscountCodeMade))
					g.tidies() // the running server ends it at once
				}
			}
			g.deliverAll(id)
			g.later(20 * time.Minute)
			g.rung()
			g.tidies()
			g.is(id, crm.Skipped, crm.ReasonCodeEnded)
			e := g.effect(id, crm.DiscountCodeMade)
			if s := g.atShop(id); s == "ACTIVE" || e.Code.Ended != crm.CodeRevoked {
				t.Errorf("it is %s at the shop, ended %q", s, e.Code.Ended)
			}
			if given, _ := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); given != 0 {
				t.Errorf("%d of the budget are held", given)
			}
		})
	}
}

// Consent that is taken back without unsubscribing counts as well, after the
// code was made.
func TestConsentIsGoneAfterTheCode(t *testing.T) {
	g := newGifts(t, 4)
	id := g.birthdays("giulia")[0]
	g.AtStep = func(step string) {
		if step == "effect recorded" {
			g.take(g.shop.ConsentChanged(g.shop.Customer("giulia"), "not_subscribed"))
		}
	}
	g.deliverAll(id)
	m := g.message(id)
	if m.State != crm.Skipped || !strings.Contains(m.Reason.Sentence(), "agree") || len(g.mails.Mails()) != 0 {
		t.Errorf("%s: %s", m.State, m.Reason)
	}
	g.later(time.Hour)
	g.tidies()
	g.ended(m)
}
