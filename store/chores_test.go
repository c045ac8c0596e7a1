package store_test

import (
	"maps"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// To ask for a chore makes it due sooner and never later; what is done again
// begins anew only if that is wanted.
func TestAskChore(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "chores.myshopify.com")
		find := func() crm.Chore {
			t.Helper()
			all, err := s.Chores(t.Context(), shop.ID)
			if err != nil || len(all) != len(crm.Chores) {
				t.Fatal(all, err)
			}
			for _, ch := range all {
				if ch.Kind == crm.ChoreHistory {
					return ch
				}
			}
			return crm.Chore{}
		}
		ask := func(at time.Time, again bool) {
			t.Helper()
			if err := s.AskChore(t.Context(), shop.ID, crm.ChoreHistory, at, again); err != nil {
				t.Fatal(err)
			}
		}
		if got := find(); !got.DueAt.Equal(c.Now()) {
			t.Errorf("a shop just connected: %+v", got)
		}
		claimed, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores))
		if err != nil || len(claimed) != len(crm.Chores) {
			t.Fatal(claimed, err)
		}
		if again, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores)); err != nil || len(again) != 0 {
			t.Errorf("claimed twice: %v, %v", again, err)
		}
		for _, ch := range claimed {
			ch.DueAt, ch.Cursor, ch.Detail = time.Time{}, "page 7", "read"
			if err := s.EndChore(t.Context(), ch, "w"); err != nil {
				t.Fatal(err)
			}
		}
		if got := find(); !got.DueAt.IsZero() || got.Cursor != "page 7" {
			t.Errorf("ended: %+v", got)
		}
		later := c.Now().Add(time.Hour)
		ask(later, false)
		ask(later.Add(time.Hour), false)
		if got := find(); !got.DueAt.Equal(later) || got.Cursor != "page 7" {
			t.Errorf("asked for later: %+v", got)
		}
		if due, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores)); err != nil || len(due) != 0 {
			t.Errorf("claimed before it was due: %v, %v", due, err)
		}
		ask(later.Add(-time.Minute), true)
		if got := find(); !got.DueAt.Equal(later.Add(-time.Minute)) || got.Cursor != "" {
			t.Errorf("asked for again: %+v", got)
		}
	})
}

// What is asked for while it is being done is done once more; asked for from
// its beginning, it is taken from whoever does it.
func TestChoreIsAskedForWhileItIsDone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "asked.myshopify.com")
		run := func(during func()) (ended []crm.Chore) {
			t.Helper()
			claimed, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores))
			if err != nil {
				t.Fatal(err)
			}
			c.pass(time.Second)
			during()
			for _, ch := range claimed {
				ch.DueAt, ch.Cursor = c.Now().Add(6*time.Hour), "old"
				if err := s.EndChore(t.Context(), ch, "w"); err != nil {
					t.Fatal(err)
				}
			}
			if ended, err = s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores)); err != nil {
				t.Fatal(err)
			}
			for _, ch := range ended {
				if err := s.EndChore(t.Context(), ch, "w"); err != nil {
					t.Fatal(err)
				}
			}
			return ended
		}
		ask := func(again bool) func() {
			return func() {
				if err := s.AskChore(t.Context(), shop.ID, crm.ChorePrivacy, c.Now(), again); err != nil {
					t.Error(err)
				}
			}
		}
		if due := run(ask(false)); len(due) != 1 || due[0].Kind != crm.ChorePrivacy || due[0].Cursor != "old" {
			t.Errorf("asked for while it was done, due is %+v", due)
		}
		if err := s.AskChore(t.Context(), shop.ID, crm.ChorePrivacy, c.Now(), false); err != nil {
			t.Fatal(err)
		}
		if due := run(ask(true)); len(due) != 1 || due[0].Cursor != "" {
			t.Errorf("asked for from its beginning, due is %+v", due)
		}
		if err := s.AskChore(t.Context(), shop.ID, crm.ChorePrivacy, c.Now(), false); err != nil {
			t.Fatal(err)
		}
		if due := run(func() {}); len(due) != 0 {
			t.Errorf("nobody asked, due is %+v", due)
		}
	})
}

// A shop's past is read again when it was connected anew, not when somebody
// changed its connection.
func TestPastIsReadOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "past.myshopify.com")
		c.pass(time.Minute)
		claimed, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range claimed {
			ch.DueAt, ch.EndedAt = time.Time{}, c.Now()
			if err := s.EndChore(t.Context(), ch, "w"); err != nil {
				t.Fatal(err)
			}
		}
		due := func() bool {
			t.Helper()
			all, err := s.Chores(t.Context(), shop.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, ch := range all {
				if ch.Kind == crm.ChoreHistory {
					return !ch.DueAt.IsZero()
				}
			}
			return false
		}
		change := func() {
			t.Helper()
			if _, err := s.ChangeConnection(t.Context(), shop.ID, func(*crm.Shop, crm.Values) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Hour)
		if change(); due() {
			t.Error("its past is read again for a changed connection")
		}
		uninstall(t, s, shop.ID, c.Now())
		c.pass(time.Hour)
		if change(); !due() {
			t.Error("what happened while it was away is not read")
		}
	})
}

// The most overdue chores are claimed first, whichever shop they are of.
func TestChoresByDueTime(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		crowd, single := connect(t, s, "crowd.myshopify.com"), connect(t, s, "single.myshopify.com")
		all, err := s.ClaimChores(t.Context(), "w", time.Minute, 100, len(crm.Chores))
		if err != nil {
			t.Fatal(err)
		}
		for i, ch := range all {
			if ch.DueAt = c.Now().Add(time.Duration(i) * time.Second); ch.ShopID == single.ID {
				ch.DueAt = c.Now().Add(-time.Hour)
			}
			if err := s.EndChore(t.Context(), ch, "w"); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Hour)
		got, err := s.ClaimChores(t.Context(), "w", time.Minute, len(crm.Chores), len(crm.Chores))
		if err != nil || len(got) != len(crm.Chores) {
			t.Fatal(got, err)
		}
		for _, ch := range got {
			if ch.ShopID == crowd.ID {
				t.Errorf("%s of the other shop came first", ch.Kind)
			}
		}
	})
}

// A shop has no more chores done at once than told, however many are due and
// whoever does them; another shop's come before the rest of its own.
func TestChoresOfAShopAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		slow := connect(t, s, "slow.myshopify.com")
		c.pass(time.Minute)
		other := connect(t, s, "other.myshopify.com")
		c.pass(time.Minute)
		claim := func(holder string, want map[string]int) []crm.Chore {
			t.Helper()
			claimed, err := s.ClaimChores(t.Context(), holder, time.Minute, 4, 2)
			got := map[string]int{}
			for _, ch := range claimed {
				got[ch.ShopID]++
			}
			if err != nil || !maps.Equal(got, want) {
				t.Fatalf("%s has %v, %v; want %v", holder, got, err, want)
			}
			return claimed
		}
		first := claim("one", map[string]int{slow.ID: 2, other.ID: 2})
		claim("two", map[string]int{})
		first[0].DueAt = time.Time{}
		if err := s.EndChore(t.Context(), first[0], "one"); err != nil {
			t.Fatal(err)
		}
		claim("two", map[string]int{first[0].ShopID: 1})
		c.pass(2 * time.Minute) // all are lost
		claim("three", map[string]int{slow.ID: 2, other.ID: 2})
	})
}

// A chore that takes long stays with whoever holds it, and with nobody else.
func TestHoldChore(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "long.myshopify.com")
		all := len(crm.Chores)
		if claimed, err := s.ClaimChores(t.Context(), "one", time.Minute, all, all); err != nil || len(claimed) != all {
			t.Fatal(claimed, err)
		}
		for range 5 {
			c.pass(40 * time.Second)
			if held, err := s.HoldChore(t.Context(), shop.ID, crm.ChoreHistory, "one", time.Minute); err != nil || !held {
				t.Fatal(held, err)
			}
		}
		claimed, err := s.ClaimChores(t.Context(), "two", time.Minute, all, all)
		if err != nil || len(claimed) != all-1 {
			t.Fatal(claimed, err)
		}
		for _, ch := range claimed {
			if ch.Kind == crm.ChoreHistory {
				t.Error("it was held, and went to another")
			}
		}
		if held, err := s.HoldChore(t.Context(), shop.ID, crm.ChoreToken, "one", time.Minute); err != nil || held {
			t.Error("one that another took over was held", err)
		}
	})
}
