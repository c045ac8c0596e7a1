package needs

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // both engines, by their names
	_ "modernc.org/sqlite"
)

// many is rows of one table: their columns, and what stands in them, in terms of
// their number i. The higher it is, the newer is the row.
type many struct {
	rows         int
	into, values string
}

// FillShop gives a shop many customers, three orders and ten messages each, and
// all that two years leave beside them: codes, tasks, reviews, webhooks. where is
// the path of a SQLite file or the URL of a PostgreSQL database that the store has
// brought up to date. Dates inside of the JSON of nouns are all the same: no list
// is sorted by them.
func FillShop(t testing.TB, where, shopID string, customers int, now time.Time) {
	t.Helper()
	driver, numbers := "sqlite", "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
	if strings.HasPrefix(where, "postgres") {
		driver, numbers = "pgx", "with n(i) as (select cast(generate_series(1, %d) as bigint)) "
	}
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if driver == "sqlite" {
		if _, err := db.Exec(`pragma synchronous = off; pragma cache_size = -500000`); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range append(crowd(customers, now), around(customers, now)...) {
		values := m.values
		if driver == "pgx" {
			values = strings.NewReplacer(" as blob)", " as bytea)", "char(1)", `'\001'`, "char(2)", `'\002'`, "char(4)", `'\004'`).Replace(values)
		}
		if _, err := db.Exec(`insert into ` + m.into + ` ` + fmt.Sprintf(numbers, max(1, m.rows)) + `select '` + shopID + `', ` + values + ` from n`); err != nil {
			t.Fatalf("%s: %v", m.into, err)
		}
	}
	if driver == "pgx" { // as it does by itself, a minute after so many new rows
		if _, err := db.Exec(`vacuum`); err != nil {
			t.Fatal(err)
		}
	}
}

// over is SQL for the instants of so many rows, evenly over two years until now.
func over(rows int, now time.Time) string {
	two := int((2 * 365 * 24 * time.Hour).Microseconds())
	return fmt.Sprintf("(%d - (%d - i) * %d)", now.UnixMicro(), rows, two/max(rows, 1))
}

// crowd is customers, how they are found, their orders and messages. A fifth of
// all customers have the same first name; of messages nine of ten were sent, some
// were skipped, a few wait, failed or are not known.
func crowd(customers int, now time.Time) []many {
	end, orders, messages := now.UnixMicro(), 3*customers, 10*customers
	came, ordered, planned := over(customers, now), over(orders, now), over(messages, now)
	first := `case i % 5 when 0 then 'Anna' when 1 then 'Bea' when 2 then 'Carla' when 3 then 'Donata' else 'Élodie' end`
	two := func(n string) string { return `case when ` + n + ` < 10 then '0' else '' end || (` + n + `)` }
	birthday := two("1 + i / 7 % 12") + ` || '-' || ` + two("1 + i / 84 % 28")
	email := `'person' || i || '@mail.example'`
	buyer := fmt.Sprintf(`(1 + i %% %d)`, customers)
	older := func(days int) string { return fmt.Sprintf("%s < %d", ordered, now.AddDate(0, 0, -days).UnixMicro()) }
	words := func(word, hash string) many { // as customer_words.go of the store makes them
		return many{customers, `customer_words (shop_id, word, place, customer_id, email_hash)`, `cast(` + word + ` as blob), -` + came + `, 'c' || i, ` + hash}
	}
	return []many{
		{customers, `customers (shop_id, id, email_key, revision, data, birthday, created_at)`,
			`'c' || i, ` + email + `, 1,
			'{"id":"c' || i || '","email":"' || ` + email + ` || '","email_key":"' || ` + email + ` || '","first_name":"' || ` + first + ` || '","last_name":"Rossi' || (i % 9973) || '","locale":"it","consent":{"state":"' || case i % 3 when 0 then 'subscribed' else 'not_subscribed' end || '"}' || case i % 2 when 0 then ',"birthday":{"day":"' || ` + birthday + ` || '"}' else '' end || ',"created_at":"2025-03-05T10:00:00Z","updated_at":"2026-03-05T10:00:00Z"}',
			case i % 2 when 0 then ` + birthday + ` else '' end, ` + came},
		words(`lower(replace(`+first+`, 'É', 'e'))`, `''`),
		words(`'rossi' || (i % 9973)`, `''`),
		words(email, `''`),
		words(`char(1)`, `'hash' || i`),
		words(`char(1) || 'consent:' || case i % 3 when 0 then 'subscribed' else 'not_subscribed' end`, `''`),
		words(`char(1) || 'birthday' || case i % 2 when 0 then '' else ':none' end`, `''`),
		{orders, `orders (shop_id, id, name, customer_id, email_key, counted, created_at, delivered_at, revision, data)`,
			`'o' || i, '#' || i, 'c' || ` + buyer + `, 'person' || ` + buyer + ` || '@mail.example', true, ` + ordered + `, case when ` + older(5) + ` then ` + ordered + ` + 345600000000 else 0 end, 1,
			'{"id":"o' || i || '","name":"#' || i || '","customer_id":"c' || ` + buyer + ` || '","email":"person' || ` + buyer + ` || '@mail.example","email_key":"person' || ` + buyer + ` || '@mail.example","status":"paid","currency":"EUR","total":{"minor":4200,"currency":"EUR"},"subtotal":{"minor":4200,"currency":"EUR"},"items":[{"title":"Soap","quantity":1,"price":{"minor":4200,"currency":"EUR"}}]'
			|| case when ` + older(5) + ` then ',"fulfillments":[{"id":"f' || i || '","status":"success","shipment_status":"delivered","delivered_at":"2026-03-09T10:00:00Z"}]' when ` + older(2) + ` then ',"fulfillments":[{"id":"f' || i || '","status":"success"}]' else '' end
			|| ',"created_at":"2026-03-05T10:00:00Z","paid_at":"2026-03-05T10:00:00Z","updated_at":"2026-03-05T10:00:00Z"}'`},
		{messages, `messages (shop_id, id, customer_id, order_id, journey, purpose, subject, state, reason, detail, due_at, rung_at, created_at, updated_at, sent_at, mailer, locale, attempt, webhook_id, ask)`,
			fmt.Sprintf(`'msg_' || (1000000000 + i), 'c' || %s, 'o' || (1 + i %% %d), case i %% 3 when 0 then 'thank_you' when 1 then 'review_request' else 'birthday_coupon' end, 'marketing', 'order:' || i,`, buyer, orders) +
				`case when i % 1000 = 0 then 'failed' when i % 1000 = 1 then 'unknown' when i % 50 = 2 then 'planned' when i % 20 = 3 then 'skipped' when i % 200 = 5 then 'cancelled' when i % 2 = 0 then 'sent' else 'delivered' end,
			case when i % 20 = 3 and i % 1000 > 1 then case i % 40 when 3 then 'no_consent' else 'suppressed' end when i % 5000 = 2 then 'needs_approval' when i % 50 = 2 then 'delay' else '' end, '',
			case when i % 50 = 2 then ` + fmt.Sprint(end) + ` + i * 1000000 else ` + planned + ` end, case when i % 50 = 2 then ` + fmt.Sprint(end) + ` + i * 1000000 - 30000000 else ` + fmt.Sprint(end) + ` end, ` + planned + `, ` + planned + `,
			case when i % 1000 <= 1 or i % 50 = 2 or i % 20 = 3 or i % 200 = 5 then 0 else ` + planned + ` end, 'smtp', 'it', 1, 'whk_' || (1000000000 + i), case when i % 500 = 7 then '{"by":"kim"}' when i % 100 = 7 then '{"bulk":"blk_1"}' else '' end`},
	}
}
