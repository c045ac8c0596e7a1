package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// What is asked for one by one is listed apart from bulk jobs and from what comes
// by itself; a note that speaks like a key changes nothing.
func TestByHandLists(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "hands.myshopify.com")
		var want []string
		for i, ask := range []*crm.Ask{{By: "Kim", Note: `so "bulk": "it"`}, {By: "Kim", Bulk: "blk_1"}, {By: "Lee"}} {
			m, err := s.PlanByHand(t.Context(), crm.Message{ShopID: shop.ID, Journey: "apology", Subject: "apology:" + string(rune('a'+i)), ByHand: true, Ask: ask})
			if err != nil {
				t.Fatal(err)
			}
			if ask.Bulk == "" {
				want = append([]string{m.ID}, want...)
			}
			c.pass(time.Second)
		}
		apply(t, s, shop.ID, "d-1", paid(paidOrder(c, "1001", "77", "anna@x.example")), thankYou(paidOrder(c, "1001", "77", "anna@x.example"), c.Now()))
		ids := func(before string, limit int) (all []string) {
			t.Helper()
			found, err := s.ByHand(t.Context(), shop.ID, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range found {
				all = append(all, m.ID)
			}
			return all
		}
		if got := ids("", 10); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if got := ids(want[0], 10); !slices.Equal(got, want[1:]) {
			t.Errorf("after the first: %v", got)
		}
		m, err := s.Message(t.Context(), shop.ID, want[0])
		if err != nil {
			t.Fatal(err)
		}
		if waits, err := s.ForApproval(t.Context(), shop.ID, 10); err != nil || len(waits) != 0 {
			t.Error(waits, err)
		}
		if done, err := s.RecordOutcome(t.Context(), store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonNeedsApproval, DueAt: c.Now().Add(time.Hour)}); !done || err != nil {
			t.Fatal(done, err)
		}
		if waits, err := s.ForApproval(t.Context(), shop.ID, 10); err != nil || len(waits) != 1 || waits[0].ID != m.ID {
			t.Error(waits, err)
		}
	})
}

// A new message by hand has the id that its mail was shown with; asked for twice
// it is one.
func TestPlanByHandKeepsTheShownID(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "shown.myshopify.com")
		m := crm.Message{ID: store.NewID("msg_"), ShopID: shop.ID, Journey: "apology", Subject: "apology:1", ByHand: true, Ask: &crm.Ask{By: "Kim"}}
		for range 2 {
			got, err := s.PlanByHand(t.Context(), m)
			if err != nil || got.ID != m.ID {
				t.Errorf("%+v, %v", got, err)
			}
		}
		if all := messages(t, s, shop.ID); len(all) != 1 {
			t.Errorf("%d messages", len(all))
		}
	})
}

// Who asked cannot approve: neither under another name, nor with a token of hers
// that is named alike.
func TestNobodyApprovesHerOwn(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "own.myshopify.com")
		m, err := s.PlanByHand(t.Context(), crm.Message{ShopID: shop.ID, Journey: "apology", Subject: "apology:1", ByHand: true, Ask: &crm.Ask{By: "Kim", Staff: "stf_kim"}})
		if err != nil {
			t.Fatal(err)
		}
		as := func(staff string) *store.Act {
			return &store.Act{ShopID: shop.ID, Staff: staff, By: staff, Action: "jobs.approve"}
		}
		for name, err := range map[string]error{
			"a token of that name":       s.ApproveMessage(t.Context(), shop.ID, m.ID, " kim "),
			"staff, renamed meanwhile":   s.ApproveMessage(store.Acting(t.Context(), as("stf_kim")), shop.ID, m.ID, "Kimberly"),
			"others' staff, named alike": s.ApproveMessage(store.Acting(t.Context(), as("stf_lee")), shop.ID, m.ID, "KIM"),
		} {
			if !errors.Is(err, store.ErrSamePerson) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.ApproveMessage(store.Acting(t.Context(), as("stf_lee")), shop.ID, m.ID, "Lee"); err != nil {
			t.Error(err)
		}
		if log, err := s.Audit(t.Context(), shop.ID, 0, 10); err != nil || len(log) != 1 || log[0].Staff != "stf_lee" {
			t.Error(log, err)
		}
	})
}

// A list of codes is narrowed by how they stand and by what gave them, also once
// that changed; and a page goes on where the one before ended.
func TestCodes(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "codes.myshopify.com")
		var all []crm.Effect
		for _, name := range []string{"ONE", "TWO", "THREE", "FOUR"} {
			m := gifted(t, s, c, shop.ID, "77-"+name)
			all = append(all, made(t, s, c, m, "CODE-"+name, 500))
			c.pass(time.Second)
		}
		journey := messages(t, s, shop.ID)[0].Journey
		is := func(f store.CodeFilter, want ...int) {
			t.Helper()
			f.Limit = 10
			found, err := s.Codes(t.Context(), shop.ID, f)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, e := range found {
				got = append(got, slices.IndexFunc(all, func(a crm.Effect) bool { return a.ID == e.ID }))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %v, want %v", f, got, want)
			}
		}
		is(store.CodeFilter{}, 3, 2, 1, 0)
		is(store.CodeFilter{Standing: crm.CodeWorking}, 3, 2, 1, 0)
		if _, err := s.RevokeCode(t.Context(), shop.ID, all[1].ID, "Kim: asked twice"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RevokeCode(t.Context(), shop.ID, all[1].ID, "Kim: asked twice"); err == nil || err.Error() != "code: cannot be revoked: it is revoked" {
			t.Error(err)
		}
		o := paidOrder(c, "2001", "77-THREE", "anna@x.example")
		o.Codes = []crm.CodeOnOrder{{Code: "CODE-THREE", Amount: crm.Money{Minor: 300, Currency: "EUR"}}}
		tell(t, s, shop.ID, o)
		is(store.CodeFilter{Standing: crm.CodeWorking}, 3, 0)
		is(store.CodeFilter{Standing: crm.CodeTaken}, 1)
		is(store.CodeFilter{Standing: crm.CodeUsed}, 2)
		is(store.CodeFilter{Standing: crm.CodeUsed, Journey: journey}, 2)
		is(store.CodeFilter{Standing: crm.CodeUsed, Journey: "apology"})
		is(store.CodeFilter{Journey: journey, Before: all[2].ID}, 1, 0)
		is(store.CodeFilter{Before: all[3].ID, Standing: crm.CodeWorking}, 0)

		ledger, err := s.RewardsOf(t.Context(), shop.ID, all[2].ID)
		if err != nil || len(ledger) != 3 || ledger[0].Kind != crm.RewardPromised || ledger[0].Amount.Minor != 500 {
			t.Errorf("%+v, %v", ledger, err)
		}
		sum, err := s.Spending(t.Context(), shop.ID, "EUR", c.Now().AddDate(0, 0, -1))
		if err != nil || sum != (store.Spending{Open: 1000, Cost: 300}) {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}

// Returns, reviews and the targets of a bulk job are listed by how they stand.
func TestListsByStanding(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "standing.myshopify.com")
		for id, status := range map[string]crm.ReturnStatus{"1": crm.ReturnRequested, "2": crm.ReturnOpen, "3": crm.ReturnRequested} {
			returned(t, s, shop.ID, crm.Return{ID: id, OrderID: "o" + id, Status: status, UpdatedAt: c.Now()}, upgrade(id, c.Now()))
		}
		ids := func(status crm.ReturnStatus, before string) (all string) {
			t.Helper()
			found, err := s.ReturnPage(t.Context(), shop.ID, status, before, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range found {
				all += r.ID
			}
			return all
		}
		if got := ids("", "") + " " + ids("", "3") + " " + ids(crm.ReturnRequested, "") + " " + ids(crm.ReturnRequested, "3"); got != "321 21 31 1" {
			t.Error(got)
		}
		if all, err := s.MessagesAboutReturn(t.Context(), shop.ID, "2", 10); err != nil || len(all) != 1 || all[0].ReturnID != "2" {
			t.Error(all, err)
		}
		b, err := s.CreateBulk(t.Context(), crm.Bulk{ShopID: shop.ID, Journey: "apology"}, []string{"order:1", "order:2", "order:3"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SettleItem(t.Context(), shop.ID, b.ID, crm.BulkItem{Position: 2, State: crm.BulkRefused, Detail: "no"}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.BulkItemsIn(t.Context(), shop.ID, b.ID, crm.BulkWaiting, 1, 10); err != nil || len(got) != 1 || got[0].Position != 3 {
			t.Error(got, err)
		}
		second, err := s.CreateBulk(t.Context(), crm.Bulk{ShopID: shop.ID, Journey: "apology"}, []string{"order:1"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.BulkPage(t.Context(), shop.ID, second.ID, 10); err != nil || len(got) != 1 || got[0].ID != b.ID {
			t.Error(got, err)
		}
	})
}
