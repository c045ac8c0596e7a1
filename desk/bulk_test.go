package desk_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

func TestReadTargets(t *testing.T) {
	got, err := desk.ReadTargets(strings.NewReader("\ufeff# of the strike\r\norder:1001\r\n\r\n customer: 77 \nreturn:5\nanna@posta.example\nemail:bea@posta.example\norder:#1002"))
	want := []string{"order:1001", "customer:77", "return:5", "email:anna@posta.example", "email:bea@posta.example", "order:#1002"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for name, c := range map[string]struct{ file, says string }{
		"nothing":      {"\n# only a word\n", "targets: there is none in it"},
		"a heading":    {"target\norder:1001\n", "line 1: write order:1001"},
		"another kind": {"order:1001\nshop:5\n", "line 2: write order:1001"},
		"no name":      {"order:\n", "line 1: write"},
		"a long name":  {"order:" + strings.Repeat("9", 401), "line 1: write"},
		"no line ends": {"order:1\n" + strings.Repeat("x", 70_000), "line 2: is too long"},
		"several":      {"a\norder:1\nb\n", "line 3: write"},
		"very many":    {strings.Repeat("what\n", 5000), "line 20: write order:1001, customer:77, return:5 or a mail address\nand perhaps more"},
		"a million":    {strings.Repeat("order:1001\n", 1_000_000), "targets: a bulk job may have up to 100000 targets: run several"},
		"binary":       {"\x00\x01\xff\xfe\x89PNG", "line 1: write"},
	} {
		got, err := desk.ReadTargets(strings.NewReader(c.file))
		if err == nil || got != nil || !strings.Contains(err.Error(), c.says) || !errors.As(err, new(*crm.Invalid)) {
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
	}
	if _, err := desk.Targets([]string{"order:1", "x"}); err == nil || !strings.Contains(err.Error(), "targets[1]: write") {
		t.Errorf("in a list: %v", err)
	}
}

// bulk makes a bulk job that runs.
func (r *room) bulk(journey string, targets ...string) crm.Bulk {
	r.t.Helper()
	b, err := r.Store.CreateBulk(r.t.Context(), crm.Bulk{ShopID: r.shop.ID, Journey: journey, PerMinute: 60, Ask: crm.Ask{By: "kim", Reason: "the strike"}}, targets)
	if err != nil {
		r.t.Fatal(err)
	}
	if b.State != crm.BulkCounted {
		r.t.Fatalf("%+v", b)
	}
	if err := r.Store.TurnBulk(r.t.Context(), r.shop.ID, b.ID, crm.BulkRunning, crm.BulkCounted); err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *room) next(b crm.Bulk, atMost int) (more bool) {
	r.t.Helper()
	more, err := r.Next(r.t.Context(), r.shop, b, atMost)
	if err != nil {
		r.t.Fatal(err)
	}
	return more
}

func (r *room) items(b crm.Bulk) []crm.BulkItem {
	r.t.Helper()
	all, err := r.Store.BulkItems(r.t.Context(), r.shop.ID, b.ID, 0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// A target that comes twice is one; two that mean one occasion are one mail;
// what had its gesture, or cannot be found, is refused with a sentence.
func TestBulkOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		r.buys("1001", anna)
		r.buys("1002", anna)
		r.sent(r.run(desk.Request{Journey: "thank_you", Order: "1002", Ask: kim}))
		b := r.bulk("thank_you", "order:1001", "order:1001", "order:#1001", "order:1002", "order:9", "customer:77")
		if b.Total != 5 {
			t.Errorf("%d targets", b.Total)
		}
		if r.next(b, 100) {
			t.Error("there is more")
		}
		var got []string
		for _, i := range r.items(b) {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", i.Target, i.State, i.Detail)))
		}
		sent := r.messages()[1].ID
		want := []string{"order:1001 planned", "order:#1001 planned", "order:1002 refused " + sent + " stands in the way: it is sent",
			`order:9 refused there is no order "9" of this shop here`, "customer:77 refused journey: thank_you finds no occasion in what it is given: it needs an order"}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if n := len(r.messages()); n != 2 {
			t.Errorf("%d messages", n)
		}
		if r.next(b, 100) || len(r.messages()) != 2 {
			t.Error("a second run did something")
		}
	})
}

// Whatever line the worker dies at between the plan and its note, nothing
// comes twice, also if the mail went out meanwhile.
func TestBulkAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna := r.anna("77")
		for _, order := range []string{"1001", "1002"} {
			r.buys(order, anna)
		}
		b := r.bulk("thank_you", "order:1001", "order:1002")
		ask := b.Ask
		ask.Bulk = b.ID
		for _, order := range []string{"1001", "1002"} { // planned, and never noted
			m := r.run(desk.Request{Journey: "thank_you", Order: order, Ask: ask})
			if order == "1001" {
				r.sent(m)
			}
		}
		r.next(b, 100)
		for _, i := range r.items(b) {
			if i.State != crm.BulkPlanned || i.MessageID == "" {
				t.Errorf("%+v", i)
			}
		}
		if n := len(r.messages()); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

// The result tells of every target, in its order, over many pages.
func TestResult(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.buys("1001", r.anna("77"))
		targets := []string{"order:1001"}
		for i := range 2500 {
			targets = append(targets, fmt.Sprint("order:x", i))
		}
		b := r.bulk("thank_you", targets...)
		r.next(b, 3)
		r.outcome(r.messages()[0], store.Outcome{State: crm.Skipped, Reason: crm.ReasonTestOrder})
		var table, lines bytes.Buffer
		if err := r.ResultCSV(t.Context(), &table, r.shop.ID, b.ID); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&table).ReadAll()
		if err != nil || len(rows) != 2502 {
			t.Fatal(len(rows), err)
		}
		if got := strings.Join(rows[1], "|"); got != "order:1001|planned|"+r.messages()[0].ID+"|skipped|The order is a test." {
			t.Error(got)
		}
		if got := strings.Join(rows[2], "|"); got != `order:x0|refused|||there is no order "x0" of this shop here` {
			t.Error(got)
		}
		if got := strings.Join(rows[2501], "|"); got != "order:x2499|waiting|||" {
			t.Error(got)
		}
		if err := r.ResultJSON(t.Context(), &lines, r.shop.ID, b.ID); err != nil {
			t.Fatal(err)
		}
		all := strings.Split(strings.TrimSpace(lines.String()), "\n")
		var first struct {
			crm.BulkItem
			Sentence string
		}
		if err := json.Unmarshal([]byte(all[0]), &first); err != nil || len(all) != 2501 || first.Target != "order:1001" || first.Sentence != "The order is a test." {
			t.Errorf("%d lines, %+v, %v", len(all), first, err)
		}
	})
}

// A segment narrows by every word of it.
func TestSegment(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		anna, bea := r.anna("77"), r.anna("78")
		bea.Address = &crm.Address{Country: "DE"}
		r.buys("1001", anna)
		r.buys("1002", anna)
		r.pass(48 * time.Hour)
		r.buys("1003", bea)
		day := func(s string) time.Time {
			at, err := desk.Morning(r.shop, s)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		for name, c := range map[string]struct {
			segment crm.BulkTarget
			want    string
		}{
			"all":         {crm.BulkTarget{}, "customer:77 customer:78"},
			"orders":      {crm.BulkTarget{Orders: true}, "order:1001 order:1002 order:1003"},
			"country":     {crm.BulkTarget{Country: "de"}, "customer:78"},
			"since":       {crm.BulkTarget{Since: day("2026-11-22")}, "customer:78"},
			"until":       {crm.BulkTarget{Until: day("2026-11-22")}, "customer:77"},
			"min orders":  {crm.BulkTarget{MinOrders: 2}, "customer:77"},
			"all of them": {crm.BulkTarget{Orders: true, Country: "IT", MinOrders: 2}, "order:1001 order:1002"},
		} {
			got, err := r.Segment(t.Context(), r.shop, c.segment)
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		if _, err := r.Segment(t.Context(), r.shop, crm.BulkTarget{Country: "FR"}); err == nil || err.Error() != "segment: nobody is in it" {
			t.Error(err)
		}
		if at := day("2026-11-22"); !at.Equal(time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)) {
			t.Errorf("a day begins at %s", at)
		}
	})
}

func TestExplainBulk(t *testing.T) {
	b := crm.Bulk{Total: 90, PerMinute: 60}
	shop := crm.Shop{State: crm.ShopActive}
	n := map[crm.BulkItemState]int{crm.BulkWaiting: 80, crm.BulkPlanned: 9, crm.BulkRefused: 1}
	for state, want := range map[crm.BulkState]string{
		crm.BulkCounted:   "Counted: 90 targets, which take about 2 minutes. Nothing runs before it is started.",
		crm.BulkRunning:   "Running for about 2 minutes more; 10 of 90 targets are through, 1 of them refused.",
		crm.BulkPaused:    "Paused; 10 of 90 targets are through, 1 of them refused. Nothing more runs before it is resumed.",
		crm.BulkCancelled: "Cancelled; 10 of 90 targets are through, 1 of them refused. What was planned stays planned.",
		crm.BulkDone:      "Done; 10 of 90 targets are through, 1 of them refused.",
	} {
		b.State = state
		if got := desk.ExplainBulk(shop, b, n); got != want {
			t.Errorf("%s: %s", state, got)
		}
	}
	b.State, shop.State = crm.BulkRunning, crm.ShopPaused
	if got := desk.ExplainBulk(shop, b, n); got != "It waits, because the shop is paused; 10 of 90 targets are through, 1 of them refused." {
		t.Error(got)
	}
}
