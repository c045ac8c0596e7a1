package store_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// crowd is how many rows of every kind the shop of these tests has.
const crowd = 20_000

// most is how many pages of tables and indexes an operation may look at where
// nothing else is said: some keys, each with the few pages above it. To read
// all of the shop's rows takes hundreds.
const most = 90

// planned are operations on few rows of a shop that has many. Those of one row
// by its primary key are left out.
var planned = map[string]struct {
	pages int // 0: most
	call  func(ctx context.Context, s *store.Store, shop crm.Shop) error
}{
	"PlanEffects": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		ceiling := int64(1_000_000_000)
		_, _, err := s.PlanEffects(ctx, crm.Message{ShopID: shop.ID, ID: "m7", CustomerID: "c7"},
			[]crm.Effect{{Kind: crm.LabelBought, Worth: euros(500)}}, crm.Limits{Currency: "EUR", Since: noonOfTests.AddDate(0, 0, -100), Customer: &ceiling})
		return err
	}},
	"PlanEffects, budget": {pages: 3000, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // sums a year's ledger
		budget := int64(1_000_000_000)
		_, _, err := s.PlanEffects(ctx, crm.Message{ShopID: shop.ID, ID: "m8", CustomerID: "c8"},
			[]crm.Effect{{Kind: crm.LabelBought, Worth: euros(500)}}, crm.Limits{Currency: "EUR", Since: noonOfTests.AddDate(0, 0, -100), Shop: &budget})
		return err
	}},
	"NewestOrders": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.NewestOrders(ctx, shop.ID, 20)
		return err
	}},
	"ClaimEffect": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, _, err := s.ClaimEffect(ctx, crm.Effect{ShopID: shop.ID, ID: "e7"})
		return err
	}},
	"ChangeEffect": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.ChangeEffect(ctx, shop.ID, "e7", func(e *crm.Effect) error { e.Code.Ended = crm.CodeRevoked; return nil })
		return err
	}},
	"EffectByCode": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.EffectByCode(ctx, shop.ID, "code-7")
		return err
	}},
	"EffectsOf": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.EffectsOf(ctx, shop.ID, "m9")
		return err
	}},
	"EndingEffects": {pages: 800, call: func(ctx context.Context, s *store.Store, _ crm.Shop) error { // 20 rows change in all their indexes
		_, err := s.EndingEffects(ctx, 20)
		return err
	}},
	"Given, customer": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Given(ctx, shop.ID, "c9", "EUR", noonOfTests.AddDate(0, 0, -100))
		return err
	}},
	"Rewards, customer": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Rewards(ctx, shop.ID, "c9", 20)
		return err
	}},
	"Rewards, all": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Rewards(ctx, shop.ID, "", 20)
		return err
	}},
	"Returns, order": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Returns(ctx, shop.ID, "o9", 20)
		return err
	}},
	"ApplyReturn": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		return s.ApplyReturn(ctx, shop.ID, crm.Return{ID: "r9", Status: crm.ReturnClosed, UpdatedAt: noonOfTests, ReadAt: noonOfTests})
	}},
	"OpenTask": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		return s.OpenTask(ctx, crm.Task{ShopID: shop.ID, Kind: crm.TaskLowRating, Source: "review:9"})
	}},
	"Tasks": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Tasks(ctx, shop.ID, false, 20)
		return err
	}},
	"BornOn": {pages: 400, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // three days bring 164 of 20,000
		_, err := s.BornOn(ctx, shop.ID, []crm.MonthDay{"03-05", "03-06", "03-07"}, "", 200)
		return err
	}},
	"FirstOrdersBetween": {pages: 300, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // 20 of 20,000
		_, err := s.FirstOrdersBetween(ctx, shop, noonOfTests.Add(-20*time.Minute), noonOfTests)
		return err
	}},
	"Imports": {pages: 3000, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // once a day: counts all customers
		_, err := s.Imports(ctx, shop.ID)
		return err
	}},
	"FirstOrdered": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.FirstOrdered(ctx, shop.ID)
		return err
	}},
	"Facts, marketing": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.FactsOf(ctx, shop.ID, []crm.Message{{ID: "m9", ShopID: shop.ID, CustomerID: "c9", OrderID: "o9", Purpose: crm.Marketing, Journey: "birthday", Subject: "birthday:c9"}})
		return err
	}},
	"Facts, reminder": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.FactsOf(ctx, shop.ID, []crm.Message{{ID: "m10", ShopID: shop.ID, CustomerID: "c9", OrderID: "o9", Purpose: crm.Marketing, Journey: "birthday", Subject: crm.ReminderOf("birthday:c9")}})
		return err
	}},
	"Facts, thank-you": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.FactsOf(ctx, shop.ID, []crm.Message{{ID: "m9", ShopID: shop.ID, CustomerID: "c9", OrderID: "o9", Purpose: crm.Transactional, Journey: "thank_you", Subject: "order:o9"}})
		return err
	}},
	"ApplyEvents, code": {pages: 120, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		o := crm.Order{ID: "o11", CustomerID: "c11", Status: crm.Paid, Codes: []crm.CodeOnOrder{{Code: "CODE-11", Amount: euros(100)}}, UpdatedAt: noonOfTests}
		return applied(ctx, s, shop, crm.Event{Kind: crm.OrderChanged, Order: &o})
	}},
	"ApplyEvents, return": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		return applied(ctx, s, shop, crm.Event{Kind: crm.ReturnChanged, Return: &crm.Return{ID: "r11", Status: crm.ReturnClosed, UpdatedAt: noonOfTests}})
	}},
	"ApplyEvents, unsubscribed": {pages: 120, call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // writes her, what lists find her by, and the consent
		c := crm.Customer{ID: "c12", Consent: crm.Consent{State: crm.ConsentUnsubscribed, At: noonOfTests}, Partial: true, UpdatedAt: noonOfTests}
		return applied(ctx, s, shop, crm.Event{Kind: crm.ConsentChanged, Customer: &c})
	}},
	"ApplyEvents, cancelled": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		return applied(ctx, s, shop, crm.Event{Kind: crm.OrderChanged, Order: &crm.Order{ID: "o13", CancelledAt: noonOfTests, UpdatedAt: noonOfTests}})
	}},
	"PlanMessages": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.PlanMessages(ctx, shop.ID, []crm.Message{{Journey: "birthday", Subject: "birthday:c14", CustomerID: "c14", Purpose: crm.Marketing, DueAt: noonOfTests}})
		return err
	}},
	"PlanByHand": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.PlanByHand(ctx, crm.Message{ShopID: shop.ID, Journey: "birthday", Subject: "birthday:c16", ByHand: true, Ask: &crm.Ask{By: "Bea"}, Purpose: crm.Marketing})
		return err
	}},
	"ByHand": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.ByHand(ctx, shop.ID, "m5", 20)
		return err
	}},
	"ForApproval": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.ForApproval(ctx, shop.ID, 20)
		return err
	}},
	"ReturnPage": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.ReturnPage(ctx, shop.ID, crm.ReturnRequested, "r5", 20)
		return err
	}},
	"MessagesAboutReturn": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.MessagesAboutReturn(ctx, shop.ID, "r9", 20)
		return err
	}},
	"ReviewPage": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.ReviewPage(ctx, shop.ID, 1, "v5", 20)
		return err
	}},
	"Codes": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Codes(ctx, shop.ID, store.CodeFilter{Before: "e5", Limit: 20})
		return err
	}},
	"Codes, standing": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Codes(ctx, shop.ID, store.CodeFilter{Standing: crm.CodeUsed, Before: "e5", Limit: 20})
		return err
	}},
	"Codes, journey": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Codes(ctx, shop.ID, store.CodeFilter{Journey: "apology", Before: "e5", Limit: 20})
		return err
	}},
	"Codes, few of both": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Codes(ctx, shop.ID, store.CodeFilter{Standing: crm.CodeTaken, Journey: "birthday", Before: "e5", Limit: 20})
		return err
	}},
	"Codes, both": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.Codes(ctx, shop.ID, store.CodeFilter{Standing: crm.CodeWorking, Journey: "apology", Before: "e5", Limit: 20})
		return err
	}},
	"RewardsOf": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error {
		_, err := s.RewardsOf(ctx, shop.ID, "e9")
		return err
	}},
	"ChangeConnection": {call: func(ctx context.Context, s *store.Store, shop crm.Shop) error { // takes up what waits for credentials
		_, err := s.ChangeConnection(ctx, shop.ID, func(*crm.Shop, crm.Values) error { return nil })
		return err
	}},
}

var noonOfTests = newClock().now

func euros(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: "EUR"} }

func applied(ctx context.Context, s *store.Store, shop crm.Shop, e crm.Event) error {
	_, err := s.ApplyEvents(ctx, shop.ID, []store.Applied{{WebhookID: "w1", State: store.WebhookProcessed, Events: []crm.Event{e}}}, nil)
	return err
}

// PostgreSQL keeps plans that it made without statistics, of a table that was
// empty or was never analyzed. With none of them may an operation on a few rows
// read all rows of its shop: on the first day of a big one it would not end.
// What was read is told by the server's own counters (PostgreSQL 15).
func TestPlansWithoutStatistics(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run(map[bool]string{false: "made of unknown tables", true: "made of empty tables"}[kept], func(t *testing.T) {
			s := open(t, store.Options{URL: needs.FreshPostgres(t) + "?plan_cache_mode=force_generic_plan", Secrets: []string{secret}, Now: newClock().Now})
			db := store.Database(s)
			shop := connect(t, s, "crowd.myshopify.com")
			if kept {
				for _, name := range slices.Sorted(maps.Keys(planned)) {
					_ = planned[name].call(t.Context(), s, shop) // most find nothing yet
				}
				emptyAll(t, db)
			}
			fill(t, db, shop.ID)
			for _, name := range slices.Sorted(maps.Keys(planned)) {
				p := planned[name]
				before := pages(t, db)
				if err := p.call(t.Context(), s, shop); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				read, of := 0, ""
				for table, n := range pages(t, db) {
					if n -= before[table]; n > 0 {
						read, of = read+n, of+fmt.Sprintf(" %s %d", table, n)
					}
				}
				if limit := cmp.Or(p.pages, most); read > limit {
					t.Errorf("%s looked at %d pages:%s; %d would do", name, read, of, limit)
				}
			}
		})
	}
}

// pages counts, by table, the pages of it and its indexes that were looked at so far.
func pages(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	query(t, db, `select pg_stat_force_next_flush()`)
	query(t, db, `select pg_stat_clear_snapshot()`)
	return counters(t, db, `select relname, coalesce(heap_blks_read + heap_blks_hit, 0) + coalesce(idx_blks_read + idx_blks_hit, 0) from pg_statio_user_tables`)
}

func counters(t *testing.T, db *sql.DB, text string) map[string]int {
	t.Helper()
	found, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	all := map[string]int{}
	for found.Next() {
		var table string
		var n int
		if err := found.Scan(&table, &n); err != nil {
			t.Fatal(err)
		}
		all[table] = n
	}
	return all
}

func query(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

var filled = []string{"customers", "orders", "messages", "effects", "rewards", "returns", "tasks", "reviews"}

func emptyAll(t *testing.T, db *sql.DB) {
	for _, table := range filled {
		query(t, db, `delete from `+table)
	}
}

// fill gives a shop many rows of every kind, a minute apart, none of them ever
// analyzed. Half of the messages wait: a burst.
func fill(t *testing.T, db *sql.DB, shopID string) {
	t.Helper()
	noun := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, table := range filled {
		query(t, db, `alter table `+table+` set (autovacuum_enabled = off)`)
	}
	from := fmt.Sprintf(` from generate_series(1::bigint, %d) as i`, crowd)
	at := fmt.Sprintf(`%d - i * 60000000`, noonOfTests.UnixMicro())
	for _, insert := range []struct{ text, data string }{
		{`customers (shop_id, id, email_key, birthday, created_at, revision, data) select $1, 'c' || i, 'c' || i || '@x.example', to_char(date '2027-01-01' + cast(i % 365 as int), 'MM-DD'), ` + at + `, 1, replace($2, 'N0', i::text)`,
			noun(crm.Customer{ID: "cN0", EmailKey: "cN0@x.example", CreatedAt: noonOfTests})},
		{`orders (shop_id, id, name, customer_id, email_key, counted, created_at, revision, data) select $1, 'o' || i, '#' || i, 'c' || i, 'c' || i || '@x.example', true, ` + at + `, 1, replace($2, 'N0', i::text)`,
			noun(crm.Order{ID: "oN0", CustomerID: "cN0", EmailKey: "cN0@x.example", Status: crm.Paid, Items: []crm.LineItem{{Title: "Soap", Quantity: 1}}})},
		{`messages (shop_id, id, customer_id, order_id, return_id, journey, purpose, subject, state, reason, detail, due_at, rung_at, created_at, updated_at)
			select $1, 'm' || i, 'c' || i, 'o' || i, 'r' || i, 'birthday', 'marketing', 'birthday:c' || i, case when i % 2 = 0 then 'planned' else 'sent' end, 'delay', $2, ` + at + `, 0, 0, 0`, ""},
		{`effects (shop_id, id, message_id, customer_id, kind, name, state, look_at, data, created_at, updated_at, journey, standing)
			select $1, 'e' || i, 'm' || i, 'c' || i, 'discount_code', 'CODE' || i, 'done', ` + fmt.Sprint(noonOfTests.UnixMicro()-20*60000000) + ` + i * 60000000, replace($2, 'N0', i::text), 0, 0, 'birthday', 'works'`,
			noun(crm.Effect{ID: "eN0", ShopID: shopID, MessageID: "mN0", CustomerID: "cN0", Kind: crm.DiscountCodeMade, Worth: euros(500), Code: &crm.DiscountCode{Code: "CODE-N0", CustomerID: "cN0", EndsAt: noonOfTests.AddDate(1, 0, 0)}})},
		{`rewards (shop_id, id, customer_id, effect_id, kind, order_id, amount, currency, at, promised_at) select $1, 'w' || i || $2, 'c' || i, 'e' || i, 'promised', '', 500, 'EUR', ` + at + `, ` + at, "p"},
		{`rewards (shop_id, id, customer_id, effect_id, kind, order_id, amount, currency, at, promised_at) select $1, 'w' || i || $2, 'c' || i, 'e' || i, 'released', '', 0, 'EUR', ` + at + `, ` + at, "r"},
		{`returns (shop_id, id, order_id, customer_id, status, revision, data) select $1, 'r' || i, 'o' || i, 'c' || i, 'open', 1, replace($2, 'N0', i::text)`,
			noun(crm.Return{ID: "rN0", OrderID: "oN0", CustomerID: "cN0", Status: crm.ReturnOpen})},
		{`tasks (shop_id, id, kind, source, customer_id, order_id, message_id, detail, created_at, done_at) select $1, 't' || i, 'low_rating', 'review:' || i, 'c' || i, 'o' || i, 'm' || i, $2, 0, case when i % 500 = 0 then 0 else 1 end`, ""},
		{`reviews (shop_id, id, order_id, customer_id, message_id, rating, data, created_at) select $1, 'v' || i, 'o' || i, 'c' || i, 'm' || i, 5, replace($2, 'N0', i::text), 0`, noun(crm.Review{ID: "vN0", OrderID: "oN0"})},
	} {
		if _, err := db.Exec(`insert into `+insert.text+from, shopID, insert.data); err != nil {
			t.Fatalf("%s: %v", insert.text, err)
		}
	}
}
