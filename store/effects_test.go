package store_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// gifted plans a birthday mail to a customer and returns it as stored.
func gifted(t *testing.T, s *store.Store, c *clock, shopID, customer string) crm.Message {
	t.Helper()
	subject := "birthday:" + customer
	if _, err := s.PlanMessages(t.Context(), shopID, []crm.Message{{Journey: "birthday_coupon", Purpose: crm.Marketing, CustomerID: customer, Subject: subject, DueAt: c.Now()}}); err != nil {
		t.Fatal(err)
	}
	return bySubject(t, s, shopID, subject)
}

func bySubject(t *testing.T, s *store.Store, shopID, subject string) crm.Message {
	t.Helper()
	for _, m := range messages(t, s, shopID) {
		if m.Subject == subject {
			return m
		}
	}
	t.Fatalf("no message about %s", subject)
	return crm.Message{}
}

func codeOf(c *clock, code, customer string, worth int64) []crm.Effect {
	return []crm.Effect{{Kind: crm.DiscountCodeMade, Worth: euros(worth), Code: &crm.DiscountCode{Code: code, CustomerID: customer, Kind: crm.FixedAmount,
		Amount: euros(worth), StartsAt: c.Now(), EndsAt: c.Now().AddDate(0, 0, 30)}}}
}

// made is a code that works: stored, asked for, and there.
func made(t *testing.T, s *store.Store, c *clock, m crm.Message, code string, worth int64) crm.Effect {
	t.Helper()
	all, full, err := s.PlanEffects(t.Context(), m, codeOf(c, code, m.CustomerID, worth), crm.Limits{})
	if err != nil || full != "" || len(all) != 1 {
		t.Fatal(all, full, err)
	}
	return finish(t, s, all[0], crm.EffectDone)
}

func finish(t *testing.T, s *store.Store, e crm.Effect, as crm.EffectState) crm.Effect {
	t.Helper()
	e, ok, err := s.ClaimEffect(t.Context(), e)
	if !ok || err != nil {
		t.Fatal("not claimed", err)
	}
	e.State = as
	if ok, err := s.SaveEffect(t.Context(), e); !ok || err != nil {
		t.Fatal("not saved", err)
	}
	return effect(t, s, e)
}

func effect(t *testing.T, s *store.Store, e crm.Effect) crm.Effect {
	t.Helper()
	now, err := s.Effect(t.Context(), e.ShopID, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestOneOccasionHasOneCode(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m := gifted(t, s, c, shop.ID, "77")
		var wg sync.WaitGroup
		var codes sync.Map
		for _, code := range []string{"AAAA-2", "AAAA-3", "AAAA-4", "AAAA-5", "AAAA-6", "AAAA-7"} {
			wg.Go(func() {
				all, full, err := s.PlanEffects(t.Context(), m, codeOf(c, code, "77", 500), crm.Limits{})
				if err != nil || full != "" || len(all) != 1 {
					t.Error(all, full, err)
					return
				}
				codes.Store(all[0].Code.Code, true)
			})
		}
		wg.Wait()
		n := 0
		codes.Range(func(any, any) bool { n++; return true })
		stored, err := s.EffectsOf(t.Context(), shop.ID, m.ID)
		if n != 1 || len(stored) != 1 || err != nil {
			t.Errorf("workers saw %d codes, %d are stored, %v; want one", n, len(stored), err)
		}
		if given, _ := s.Given(t.Context(), shop.ID, "", "EUR", time.Time{}); given != 500 {
			t.Errorf("promised %d; want 500", given)
		}
	})
}

func TestEffectsKeepTheirSequence(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m := gifted(t, s, c, shop.ID, "77")
		want := []crm.EffectKind{crm.ReturnApproved, crm.ReturnFeeWaived, crm.LabelBought, crm.LabelAttached, crm.ReplacementPlaced}
		var wanted []crm.Effect
		for _, k := range want {
			wanted = append(wanted, crm.Effect{Kind: k})
		}
		all, _, err := s.PlanEffects(t.Context(), m, wanted, crm.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, s, all[0], crm.EffectDone) // its row moves behind the others
		finish(t, s, all[1], crm.EffectDone)
		all, _, err = s.PlanEffects(t.Context(), m, wanted, crm.Limits{})
		if err != nil || len(all) != len(want) {
			t.Fatal(all, err)
		}
		for i, e := range all {
			if e.Kind != want[i] {
				t.Errorf("%d is %s; want %s", i, e.Kind, want[i])
			}
		}
	})
}

func TestLettersOfAnotherCodeAreAConflict(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
		made(t, s, c, gifted(t, s, c, shop.ID, "77"), "GRAZIE-7KQ2M-9XTBC", 500)
		m := gifted(t, s, c, shop.ID, "78")
		all, _, err := s.PlanEffects(t.Context(), m, codeOf(c, "grazie 7kq2m9xtbc", "78", 500), crm.Limits{})
		if !errors.Is(err, crm.ErrConflict) {
			t.Errorf("got %v, %v", all, err)
		}
		if stored, _ := s.EffectsOf(t.Context(), shop.ID, m.ID); len(stored) != 0 {
			t.Errorf("stored %v", stored)
		}
		if given, _ := s.Given(t.Context(), shop.ID, "78", "EUR", time.Time{}); given != 0 {
			t.Errorf("%d promised for nothing", given)
		}
		made(t, s, c, m, "GRAZIE-7KQ2M-9XTBD", 500)
		made(t, s, c, gifted(t, s, c, other.ID, "77"), "GRAZIE-7KQ2M-9XTBC", 500) // every shop has its own
		if e, err := s.EffectByCode(t.Context(), shop.ID, " grazie-7kq2m9XTBC"); err != nil || e.CustomerID != "77" {
			t.Errorf("found %v, %v", e, err)
		}
		if _, err := s.EffectByCode(t.Context(), shop.ID, " - "); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("no letters found %v", err)
		}
	})
}

// Of all who plan at once, exactly those whose gift has room get it.
func TestLimitsAreNeverExceeded(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		budget, ceiling := int64(1000), int64(500)
		for name, try := range map[string]struct {
			limits   crm.Limits
			customer func(i int) string
			want     int64
			reason   crm.Reason
		}{
			"budget":  {crm.Limits{Currency: "EUR", Shop: &budget}, func(i int) string { return "b" + string(rune('a'+i)) }, 4, crm.ReasonBudget},
			"ceiling": {crm.Limits{Currency: "EUR", Customer: &ceiling}, func(int) string { return "one" }, 2, crm.ReasonCeiling},
		} {
			var wg sync.WaitGroup
			var got atomic.Int64
			try.limits.Since = c.Now()
			for i := range 12 {
				m := crm.Message{ID: name + string(rune('a'+i)), ShopID: shop.ID, CustomerID: try.customer(i)}
				wg.Go(func() {
					all, full, err := s.PlanEffects(t.Context(), m, codeOf(c, m.ID, m.CustomerID, 250), try.limits)
					switch {
					case err != nil:
						t.Error(err)
					case full == "" && len(all) == 1:
						got.Add(1)
					case full != try.reason || len(all) != 0:
						t.Errorf("%s: got %v, %q", name, all, full)
					}
				})
			}
			wg.Wait()
			if got.Load() != try.want {
				t.Errorf("%s: %d gifts of 250; want %d, which fill it", name, got.Load(), try.want)
			}
			c.pass(time.Hour) // another year's budget
		}
	})
}

// A gift of which a part has no room leaves nothing behind that holds the rest
// of the budget.
func TestPartOfAGiftIsNone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m, budget := gifted(t, s, c, shop.ID, "77"), int64(700)
		wanted := append(codeOf(c, "PART", "77", 500), crm.Effect{Kind: crm.LabelBought, Worth: euros(201)})
		all, full, err := s.PlanEffects(t.Context(), m, wanted, crm.Limits{Currency: "EUR", Shop: &budget})
		if full != crm.ReasonBudget || all != nil || err != nil {
			t.Errorf("got %v, %q, %v", all, full, err)
		}
		if given, _ := s.Given(t.Context(), shop.ID, "", "EUR", time.Time{}); given != 0 {
			t.Errorf("%d is held", given)
		}
		wanted[1].Worth.Minor = 200
		if all, full, err = s.PlanEffects(t.Context(), m, wanted, crm.Limits{Currency: "EUR", Shop: &budget}); len(all) != 2 || full != "" || err != nil {
			t.Errorf("exactly at the limit: %v, %q, %v", all, full, err)
		}
	})
}

// What a promise of last year frees in January is no money of this year.
func TestBudgetOfAYear(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		old := made(t, s, c, gifted(t, s, c, shop.ID, "77"), "OLD", 500)
		c.pass(24 * time.Hour)
		year, budget := c.Now(), int64(300)
		if _, err := s.ChangeEffect(t.Context(), shop.ID, old.ID, func(e *crm.Effect) error { e.Code.Ended = crm.CodeExpired; return nil }); err != nil {
			t.Fatal(err)
		}
		for _, customer := range []string{"", "77"} {
			if given, _ := s.Given(t.Context(), shop.ID, customer, "EUR", year); given != 0 {
				t.Errorf("a new year begins with %d", given)
			}
		}
		limits := crm.Limits{Currency: "EUR", Since: year, Shop: &budget}
		if _, full, err := s.PlanEffects(t.Context(), gifted(t, s, c, shop.ID, "78"), codeOf(c, "NEW", "78", 301), limits); full != crm.ReasonBudget || err != nil {
			t.Errorf("above the year's budget: %q, %v", full, err)
		}
	})
}

func TestEffectIsDoneByOneWorker(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		all, _, err := s.PlanEffects(t.Context(), gifted(t, s, c, shop.ID, "77"), codeOf(c, "CODE", "77", 500), crm.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var won atomic.Int64
		var first crm.Effect
		for range 8 {
			wg.Go(func() {
				e, ok, err := s.ClaimEffect(t.Context(), all[0])
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
					first = e
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || first.State != crm.EffectDoing || first.Attempt != 1 {
			t.Fatalf("%d won; it is %+v", won.Load(), first)
		}
		c.pass(2 * time.Minute)
		if _, ok, _ := s.ClaimEffect(t.Context(), all[0]); ok {
			t.Fatal("claimed within the lease")
		}
		c.pass(time.Second)
		second, ok, err := s.ClaimEffect(t.Context(), all[0])
		if !ok || err != nil || second.Attempt != 2 {
			t.Fatal("not claimed after the lease", second, err)
		}
		// Progress lengthens the lease.
		c.pass(time.Minute)
		if ok, err := s.SaveEffect(t.Context(), second); !ok || err != nil {
			t.Fatal(ok, err)
		}
		c.pass(2 * time.Minute)
		if _, ok, _ := s.ClaimEffect(t.Context(), all[0]); ok {
			t.Error("claimed although progress was told")
		}
		first.State, first.Detail = crm.EffectFailed, "late"
		if ok, err := s.SaveEffect(t.Context(), first); ok || err != nil {
			t.Error("the word of a lost worker was taken", err)
		}
		second.State = crm.EffectDone
		if ok, err := s.SaveEffect(t.Context(), second); !ok || err != nil {
			t.Error(ok, err)
		}
		if e := effect(t, s, second); e.State != crm.EffectDone || e.Detail != "" {
			t.Errorf("it is %+v", e)
		}
		if _, ok, _ := s.ClaimEffect(t.Context(), all[0]); ok {
			t.Error("done twice")
		}
	})
}

// What was refused is asked for again, with the same code, once staff wants it.
func TestByHandAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		m := gifted(t, s, c, shop.ID, "77")
		all, _, err := s.PlanEffects(t.Context(), m, codeOf(c, "CODE", "77", 500), crm.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, s, all[0], crm.EffectFailed)
		given := func(want int64) {
			t.Helper()
			if got, err := s.Given(t.Context(), shop.ID, "77", "EUR", time.Time{}); got != want || err != nil {
				t.Errorf("given %d, %v; want %d", got, err, want)
			}
		}
		given(0)
		if _, ok, _ := s.ClaimEffect(t.Context(), all[0]); ok {
			t.Error("asked for again by itself")
		}
		m.ByHand, m.Ask = true, &crm.Ask{By: "Bea", Reason: "the plan was upgraded"}
		for range 2 {
			if _, err := s.PlanByHand(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		given(0) // until it is known that there is room
		for range 2 {
			if _, full, err := s.PlanEffects(t.Context(), m, nil, crm.Limits{}); full != "" || err != nil {
				t.Fatal(full, err)
			}
			given(500)
		}
		if e := finish(t, s, all[0], crm.EffectDone); e.Code.Code != "CODE" || e.Attempt != 2 {
			t.Errorf("it is %+v", e)
		}
	})
}

// Nobody holds a code whose mail will never go out, and the looking for such
// codes ends.
func TestCodesOfMailsThatNeverGoOutAreEnded(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		ending := func(want ...string) {
			t.Helper()
			all, err := s.EndingEffects(t.Context(), 2)
			if err != nil || len(all) != len(want) {
				t.Fatalf("%d end, %v; want %v", len(all), err, want)
			}
			for _, e := range all {
				if !slices.Contains(want, e.Code.Code) {
					t.Errorf("%s ends; want %v", e.Code.Code, want)
				}
			}
		}
		sent, waits, fails := gifted(t, s, c, shop.ID, "1"), gifted(t, s, c, shop.ID, "2"), gifted(t, s, c, shop.ID, "3")
		for i, m := range []crm.Message{sent, waits, fails} {
			made(t, s, c, m, []string{"SENT", "WAITS", "FAILS"}[i], 500)
			c.pass(time.Millisecond)
		}
		lost := gifted(t, s, c, shop.ID, "4") // its code was never asked for
		if _, _, err := s.PlanEffects(t.Context(), lost, codeOf(c, "NEVER", "4", 500), crm.Limits{}); err != nil {
			t.Fatal(err)
		}
		outcome := func(m crm.Message, as crm.MessageState) {
			t.Helper()
			if ok, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: as, SentAt: map[bool]time.Time{true: c.Now()}[as == crm.Sent]}); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		ending()
		outcome(sent, crm.Sent)
		outcome(fails, crm.Failed)
		outcome(lost, crm.Skipped)
		ending() // looked at a moment ago
		c.pass(time.Hour)
		ending("FAILS", "NEVER")
		ending() // what could not be ended waits, and stands in nobody's way
		c.pass(time.Hour)
		revoke := func(code string) {
			t.Helper()
			e, err := s.EffectByCode(t.Context(), shop.ID, code)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = s.ChangeEffect(t.Context(), shop.ID, e.ID, func(e *crm.Effect) error {
				e.State, e.Code.Ended = crm.EffectUndone, crm.CodeRevoked
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		revoke("FAILS")
		revoke("NEVER")
		ending()
		if given, _ := s.Given(t.Context(), shop.ID, "", "EUR", time.Time{}); given != 1000 {
			t.Errorf("%d is held; want 1000 of the two that work", given)
		}
		c.pass(29 * 24 * time.Hour)
		ending()
		c.pass(24 * time.Hour)
		ending("SENT", "WAITS")
	})
}
