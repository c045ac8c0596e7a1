package jobs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
)

// many lets so many customers' orders come in and makes a bulk job of them,
// which runs.
func (f *floor) many(n, perMinute int) crm.Bulk {
	f.t.Helper()
	if _, err := f.Store.ChangeShop(f.t.Context(), f.shopID, func(s *crm.Shop) error {
		s.Journeys["thank_you"] = crm.Values{"enabled": "false"} // while they come in
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
	var hooks []string
	for range n {
		hooks = append(hooks, f.receive(f.order("giulia")))
	}
	if err := f.processWebhooks(f.t.Context(), f.shopID, hooks); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.Store.ChangeShop(f.t.Context(), f.shopID, func(s *crm.Shop) error { delete(s.Journeys, "thank_you"); return nil }); err != nil {
		f.t.Fatal(err)
	}
	targets, err := f.Store.Targets(f.t.Context(), f.shopID, crm.BulkTarget{Orders: true})
	if err != nil || len(targets) != n {
		f.t.Fatal(len(targets), err)
	}
	b, err := f.Store.CreateBulk(f.t.Context(), crm.Bulk{ShopID: f.shopID, Journey: "thank_you", PerMinute: perMinute, Ask: crm.Ask{By: "kim", Reason: "the strike"}}, targets)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func (f *floor) turn(b crm.Bulk, to crm.BulkState, from ...crm.BulkState) {
	f.t.Helper()
	if err := f.Store.TurnBulk(f.t.Context(), f.shopID, b.ID, to, from...); err != nil {
		f.t.Fatal(err)
	}
}

// sweeps lets so many sweeps look after the bulk jobs.
func (f *floor) sweeps(n int) {
	f.t.Helper()
	for range n {
		f.pass(sweepEvery)
		if err := f.bulks(f.t.Context()); err != nil {
			f.t.Fatal(err)
		}
	}
}

// through is how many targets are through, and the state.
func (f *floor) through(b crm.Bulk) string {
	f.t.Helper()
	n, err := f.Store.CountBulk(f.t.Context(), f.shopID, b.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	now, err := f.Store.Bulk(f.t.Context(), f.shopID, b.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return fmt.Sprintf("%s %d", now.State, n[crm.BulkPlanned])
}

// A bulk job runs when it is told to, at its own pace; it pauses in the
// middle, goes on, and can be ended.
func TestBulk(t *testing.T) {
	f := newFloor(t, 4)
	is := func(what string, b crm.Bulk, want string) {
		t.Helper()
		if got := f.through(b); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	b := f.many(40, 60)
	f.sweeps(12)
	is("only counted", b, "counted 0")
	f.turn(b, crm.BulkRunning, crm.BulkCounted)
	f.sweeps(1)
	is("after 5 s", b, "running 5")
	f.sweeps(2)
	is("after 15 s", b, "running 15")
	f.turn(b, crm.BulkPaused, crm.BulkRunning)
	f.sweeps(3)
	is("paused", b, "paused 15")
	f.turn(b, crm.BulkRunning, crm.BulkPaused)
	if _, err := f.Store.ChangeShop(t.Context(), f.shopID, func(s *crm.Shop) error { s.State = crm.ShopPaused; return nil }); err != nil {
		t.Fatal(err)
	}
	f.sweeps(3)
	is("in a paused shop", b, "running 15")
	if _, err := f.Store.ChangeShop(t.Context(), f.shopID, func(s *crm.Shop) error { s.State = crm.ShopActive; return nil }); err != nil {
		t.Fatal(err)
	}
	f.sweeps(6)
	is("all of them", b, "done 40")
	if n := len(f.messages()); n != 40 {
		t.Fatalf("%d messages", n)
	}
	var due []string
	for _, m := range f.messages() {
		due = append(due, m.ID)
	}
	f.deliverAll(due...)
	for _, m := range f.messages() {
		if m.State != crm.Sent || m.Ask == nil || m.Ask.Bulk != b.ID {
			t.Fatalf("%+v", m)
		}
	}

	// The same once more: everybody had it.
	again, err := f.Store.CreateBulk(t.Context(), crm.Bulk{ShopID: f.shopID, Journey: "thank_you", PerMinute: 6000, Ask: crm.Ask{By: "kim", Reason: "the strike"}},
		[]string{"order:" + f.messages()[0].OrderID})
	if err != nil {
		t.Fatal(err)
	}
	f.turn(again, crm.BulkRunning, crm.BulkCounted)
	f.sweeps(2)
	items, err := f.Store.BulkItems(t.Context(), f.shopID, again.ID, 0, 10)
	if err != nil || len(items) != 1 || items[0].State != crm.BulkRefused || !strings.Contains(items[0].Detail, "stands in the way: it is sent") {
		t.Errorf("%+v, %v", items, err)
	}
	is("the same once more", again, "done 0")
}

func TestBulkCancelled(t *testing.T) {
	f := newFloor(t, 4)
	b := f.many(20, 60)
	f.turn(b, crm.BulkRunning, crm.BulkCounted)
	f.sweeps(1)
	f.turn(b, crm.BulkCancelled, crm.BulkRunning)
	f.sweeps(5)
	if got := f.through(b); got != "cancelled 5" {
		t.Error(got)
	}
	if n := len(f.messages()); n != 5 {
		t.Errorf("%d messages", n)
	}
	if err := f.Store.TurnBulk(t.Context(), f.shopID, b.ID, crm.BulkRunning, crm.BulkPaused, crm.BulkCounted); err == nil {
		t.Error("a cancelled one goes on")
	}
}

// A worker that is lost between a plan and its note leaves no second mail.
func TestBulkAfterALostWorker(t *testing.T) {
	f := newFloor(t, 4)
	b := f.many(10, 60)
	f.turn(b, crm.BulkRunning, crm.BulkCounted)
	shop, err := f.Store.Shop(t.Context(), f.shopID)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk.Desk{Store: f.Store, Templates: f.Templates, Now: f.Now}
	ask := b.Ask
	ask.Bulk = b.ID
	items, err := f.Store.WaitingItems(t.Context(), f.shopID, b.ID, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items { // planned and sent, and never noted
		m, err := d.Run(t.Context(), shop, desk.Request{Journey: b.Journey, Order: strings.TrimPrefix(i.Target, "order:"), Ask: ask})
		if err != nil {
			t.Fatal(err)
		}
		f.deliverAll(m.ID)
	}
	f.sweeps(3)
	if got := f.through(b); got != "done 10" {
		t.Error(got)
	}
	if n := len(f.messages()); n != 10 {
		t.Errorf("%d messages", n)
	}
	if sent := len(f.mails.Mails()); sent != 5 {
		t.Errorf("%d mails went out", sent)
	}
}

// Each minute's sweeps come to as many as allowed, whatever the pace.
func TestShare(t *testing.T) {
	begin := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, perMinute := range []int{1, 2, 7, 11, 12, 13, 60, 61, 600, 6000} {
		for minute := range 30 {
			sum, most := 0, 0
			for i := range int(time.Minute / sweepEvery) {
				n := share(perMinute, begin.Add(time.Duration(minute)*time.Minute+time.Duration(i+1)*sweepEvery))
				sum, most = sum+n, max(most, n)
			}
			if sum != perMinute || most > perMinute/12+1 {
				t.Errorf("%d a minute come to %d, of which %d at once", perMinute, sum, most)
			}
		}
	}
}
