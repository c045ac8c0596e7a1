package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// acted writes some lines into the log of a shop, "" is the installation's.
func acted(t *testing.T, s *store.Store, shopID string, lines int) {
	t.Helper()
	for i := range lines {
		if err := s.Record(t.Context(), &store.Act{ShopID: shopID, Staff: "stf_1", By: "kim", Action: "messages.cancel", Target: fmt.Sprint("msg_", i), Why: "she asked", Detail: "x"}); err != nil {
			t.Fatal(err)
		}
	}
}

// broken checks at which line a log is said to be tampered with; 0: it is whole.
func broken(t *testing.T, s *store.Store, shopID, expect string, line int64) {
	t.Helper()
	_, _, err := s.VerifyAudit(t.Context(), shopID, expect)
	var b *store.Broken
	if line == 0 && err != nil || line != 0 && (!errors.As(err, &b) || b.Seq != line) {
		t.Errorf("want line %d, got %v", line, err)
	}
}

// Whatever somebody changes past Grazie shows, at the first line that was touched.
func TestAuditShowsTampering(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		line       int64
	}{
		"nothing":                         {nil, 0},
		"another actor":                   {[]string{`update audit set actor = 'lee' where shop_id = $1 and seq = 4`}, 4},
		"another staff":                   {[]string{`update audit set staff_id = 'stf_2' where shop_id = $1 and seq = 4`}, 4},
		"another time":                    {[]string{`update audit set at = at + 1 where shop_id = $1 and seq = 4`}, 4},
		"another action":                  {[]string{`update audit set action = 'messages.show' where shop_id = $1 and seq = 4`}, 4},
		"another target":                  {[]string{`update audit set target = 'msg_9' where shop_id = $1 and seq = 4`}, 4},
		"another why":                     {[]string{`update audit set why = '' where shop_id = $1 and seq = 4`}, 4},
		"another detail":                  {[]string{`update audit set detail = 'y' where shop_id = $1 and seq = 4`}, 4},
		"a text moved to the next field":  {[]string{`update audit set why = why || detail, detail = '' where shop_id = $1 and seq = 4`}, 4},
		"the first line":                  {[]string{`update audit set why = '' where shop_id = $1 and seq = 1`}, 1},
		"the last line":                   {[]string{`update audit set why = '' where shop_id = $1 and seq = 7`}, 7},
		"another hash":                    {[]string{`update audit set hash = previous where shop_id = $1 and seq = 4`}, 4},
		"another hash before":             {[]string{`update audit set previous = hash where shop_id = $1 and seq = 4`}, 4},
		"a line removed":                  {[]string{`delete from audit where shop_id = $1 and seq = 4`}, 4},
		"the first removed":               {[]string{`delete from audit where shop_id = $1 and seq = 1`}, 1},
		"the last removed":                {[]string{`delete from audit where shop_id = $1 and seq = 7`}, 7},
		"the last two removed":            {[]string{`delete from audit where shop_id = $1 and seq >= 6`}, 6},
		"all removed":                     {[]string{`delete from audit where shop_id = $1`}, 1},
		"removed, the rest counted anew":  {[]string{`delete from audit where shop_id = $1 and seq = 4`, `update audit set seq = seq - 1 where shop_id = $1 and seq = 5`, `update audit set seq = seq - 1 where shop_id = $1 and seq = 6`, `update audit set seq = seq - 1 where shop_id = $1 and seq = 7`}, 4},
		"two swapped":                     {[]string{`update audit set seq = 100 where shop_id = $1 and seq = 3`, `update audit set seq = 3 where shop_id = $1 and seq = 4`, `update audit set seq = 4 where shop_id = $1 and seq = 100`}, 3},
		"the note of the end removed":     {[]string{`delete from audit_heads where shop_id = $1`}, 1},
		"the note of the end set back":    {[]string{`update audit_heads set seq = 5, hash = (select hash from audit where shop_id = $1 and seq = 5) where shop_id = $1`}, 6},
		"the note of the end set on":      {[]string{`update audit_heads set seq = 9 where shop_id = $1`}, 8},
		"the note with another hash":      {[]string{`update audit_heads set hash = 'x' where shop_id = $1`}, 7},
		"a line copied from another shop": {[]string{`delete from audit where shop_id = $1 and seq = 4`, `insert into audit select $1, seq, at, staff_id, actor, action, target, why, detail, previous, hash from audit where shop_id = '' and seq = 4`}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			eachRaw(t, func(t *testing.T, s *store.Store, c2 *clock, raw *raw) {
				shop, other := connect(t, s, "demo.myshopify.com"), connect(t, s, "other.myshopify.com")
				for _, id := range []string{shop.ID, other.ID, ""} {
					acted(t, s, id, 7)
				}
				broken(t, s, shop.ID, "", 0)
				for _, statement := range c.statements {
					raw.exec(statement, shop.ID)
				}
				broken(t, s, shop.ID, "", c.line)
				broken(t, s, other.ID, "", 0)
				broken(t, s, "", "", 0)
			})
		})
	}
}

// Lines that were cut off together with the note of the end, and a log that was
// written anew, are known by a hash that was kept.
func TestAuditExpect(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		if lines, head, err := s.VerifyAudit(t.Context(), shop.ID, ""); lines != 0 || head != "" || err != nil {
			t.Fatal(lines, head, err)
		}
		if _, _, err := s.VerifyAudit(t.Context(), shop.ID, strings.Repeat("0", 64)); !errors.As(err, new(*store.Broken)) {
			t.Errorf("an empty log with a hash that was kept: %v", err)
		}
		acted(t, s, shop.ID, 3)
		_, early, err := s.VerifyAudit(t.Context(), shop.ID, "")
		if err != nil || len(early) != 64 {
			t.Fatal(early, err)
		}
		acted(t, s, shop.ID, 3)
		lines, late, err := s.VerifyAudit(t.Context(), shop.ID, early)
		if err != nil || lines != 6 {
			t.Fatal(lines, err)
		}
		raw.exec(`delete from audit where shop_id = $1 and seq > 4`, shop.ID)
		raw.exec(`update audit_heads set seq = 4, hash = (select hash from audit where shop_id = $1 and seq = 4) where shop_id = $1`, shop.ID)
		broken(t, s, shop.ID, "", 0)
		broken(t, s, shop.ID, early, 0)
		broken(t, s, shop.ID, late, 4)
		raw.exec(`delete from audit where shop_id = $1`, shop.ID)
		raw.exec(`delete from audit_heads where shop_id = $1`, shop.ID)
		c.pass(time.Second)
		acted(t, s, shop.ID, 8)
		broken(t, s, shop.ID, "", 0)
		broken(t, s, shop.ID, early, 8)
	})
}

// Many write at once, and each line is in one chain; who looks meanwhile finds it
// whole.
func TestAuditManyWriters(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		const writers, lines = 6, 15
		done := make(chan error)
		for w := range writers {
			go func() {
				var err error
				for i := range lines {
					act := &store.Act{ShopID: shop.ID, By: fmt.Sprint("kim ", w), Action: "tasks.take", Target: fmt.Sprint(i)}
					_, err = s.ChangeShop(store.Acting(context.WithoutCancel(t.Context()), act), shop.ID, func(s *crm.Shop) error { s.Name = fmt.Sprint(w, i); return nil })
					if err == nil && !act.Written() {
						err = errors.New("it was not written")
					}
					if err == nil {
						_, _, err = s.VerifyAudit(context.WithoutCancel(t.Context()), shop.ID, "")
					}
					if err != nil {
						break
					}
				}
				done <- err
			}()
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n, _, err := s.VerifyAudit(t.Context(), shop.ID, ""); err != nil || n != writers*lines {
			t.Errorf("%d lines, %v", n, err)
		}
	})
}

// A line is there exactly when what it tells of is: not after a transaction that
// failed, and once, however many transactions follow.
func TestAuditWithItsAct(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		act := &store.Act{ShopID: shop.ID, By: "kim\x00\xff", Action: "settings.save"}
		ctx := store.Acting(t.Context(), act)
		no := errors.New("no")
		if _, err := s.ChangeShop(ctx, shop.ID, func(*crm.Shop) error { return no }); !errors.Is(err, no) || act.Written() {
			t.Fatal(err)
		}
		if all, err := s.Audit(t.Context(), shop.ID, 0, 10); err != nil || len(all) != 0 {
			t.Fatalf("%+v, %v", all, err)
		}
		for range 3 {
			if _, err := s.ChangeShop(ctx, shop.ID, func(s *crm.Shop) error { s.Name = "B"; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		all, err := s.Audit(t.Context(), shop.ID, 0, 10)
		if err != nil || len(all) != 1 || all[0].By != "kim\uFFFD" {
			t.Fatalf("%+v, %v", all, err)
		}
		broken(t, s, shop.ID, "", 0)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Record(ended, &store.Act{ShopID: shop.ID, By: "kim", Action: "x"}); err == nil {
			t.Error("written though nobody waits")
		}
		if _, _, err := s.VerifyAudit(ended, shop.ID, ""); err == nil || errors.As(err, new(*store.Broken)) {
			t.Errorf("a check that could not read: %v", err)
		}
		broken(t, s, shop.ID, "", 0)
	})
}

// Whoever opens the database again, after a program was lost right behind its
// commit, finds the log whole and goes on with it.
func TestAuditAfterCrash(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		shop := connect(t, s, "demo.myshopify.com")
		acted(t, s, shop.ID, 3)
		// What another process left behind that died within its transaction is gone.
		tx, err := raw.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(`update audit_heads set seq = seq + 1, hash = 'half' where shop_id = $1`, shop.ID); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		broken(t, s, shop.ID, "", 0)
		acted(t, s, shop.ID, 1)
		if n, _, err := s.VerifyAudit(t.Context(), shop.ID, ""); err != nil || n != 4 {
			t.Errorf("%d lines, %v", n, err)
		}
	})
}

// Lines are found by who did it, what, and when, newest first.
func TestSearchAudit(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		start := c.Now()
		for _, l := range []string{"kim a", "lee a", "kim b", "kim a", "lee b"} {
			by, action, _ := strings.Cut(l, " ")
			if err := s.Record(t.Context(), &store.Act{ShopID: shop.ID, By: by, Action: action}); err != nil {
				t.Fatal(err)
			}
			c.pass(time.Hour)
		}
		acted(t, s, "", 1)
		hours := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
		for _, f := range []struct {
			filter store.AuditFilter
			want   []int64
		}{
			{store.AuditFilter{Limit: 10}, []int64{5, 4, 3, 2, 1}},
			{store.AuditFilter{Limit: 2}, []int64{5, 4}},
			{store.AuditFilter{Limit: 2, Before: 4}, []int64{3, 2}},
			{store.AuditFilter{Limit: 10, By: "kim"}, []int64{4, 3, 1}},
			{store.AuditFilter{Limit: 10, Action: "b"}, []int64{5, 3}},
			{store.AuditFilter{Limit: 10, By: "kim", Action: "a"}, []int64{4, 1}},
			{store.AuditFilter{Limit: 10, By: "ki"}, nil},
			{store.AuditFilter{Limit: 10, Since: hours(1), Until: hours(3)}, []int64{3, 2}},
			{store.AuditFilter{Limit: 10, Since: hours(4)}, []int64{5}},
			{store.AuditFilter{Limit: 10, Since: hours(5)}, nil},
			{store.AuditFilter{Limit: 10, Until: hours(0)}, nil},
			{store.AuditFilter{Limit: 10, Until: hours(99), By: "lee"}, []int64{5, 2}},
			{store.AuditFilter{Limit: 10, Since: hours(1), Until: hours(4), By: "kim", Action: "a"}, []int64{4}},
		} {
			all, err := s.SearchAudit(t.Context(), shop.ID, f.filter)
			var got []int64
			for _, e := range all {
				got = append(got, e.Seq)
			}
			if err != nil || !slices.Equal(got, f.want) {
				t.Errorf("%+v: %v, %v", f.filter, got, err)
			}
		}
	})
}
