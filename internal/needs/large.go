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

// FillShop gives a shop many customers, three orders and ten messages each, as
// two years leave them behind: nine of ten sent, some skipped, a few waiting,
// failed or unknown. where is the path of a SQLite file or the URL of a PostgreSQL
// database that the store has brought up to date.
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
		if _, err := db.Exec(`pragma synchronous = off`); err != nil {
			t.Fatal(err)
		}
	}
	end := now.UnixMicro()
	ago := func(i string, step int) string { return fmt.Sprintf("(%d - %s * %d)", end, i, step) }
	two := int((2 * 365 * 24 * time.Hour).Microseconds())
	for _, table := range []struct {
		rows         int
		into, values string
	}{
		{customers, `customers (shop_id, id, email_key, revision, data, birthday, created_at)`,
			`'c' || i, 'person' || i || '@mail.example', 1,
			'{"id":"c' || i || '","email":"person' || i || '@mail.example","email_key":"person' || i || '@mail.example","first_name":"' || case i % 5 when 0 then 'Anna' when 1 then 'Bea' when 2 then 'Carla' when 3 then 'Donata' else 'Élodie' end || '","last_name":"Rossi' || (i % 9973) || '","locale":"it","consent":{"state":"' || case i % 3 when 0 then 'subscribed' else 'not_subscribed' end || '"},"created_at":"2025-03-05T10:00:00Z","updated_at":"2026-03-05T10:00:00Z"}',
			case i % 4 when 0 then '03-05' when 1 then '11-25' else '' end, ` + ago("i", two/max(customers, 1))},
		{3 * customers, `orders (shop_id, id, name, customer_id, email_key, counted, created_at, revision, data)`,
			fmt.Sprintf(`'o' || i, '#' || i, 'c' || (1 + i %% %[1]d), 'person' || (1 + i %% %[1]d) || '@mail.example', true, `, customers) + ago("i", two/max(3*customers, 1)) + `, 1,
			'{"id":"o' || i || '","name":"#' || i || '","customer_id":"c' || (1 + i % ` + fmt.Sprint(customers) + `) || '","email":"person' || (1 + i % ` + fmt.Sprint(customers) + `) || '@mail.example","email_key":"person' || (1 + i % ` + fmt.Sprint(customers) + `) || '@mail.example","status":"paid","currency":"EUR","total":{"minor":4200,"currency":"EUR"},"items":[{"title":"Soap","quantity":1,"price":{"minor":4200,"currency":"EUR"}}],"created_at":"2026-03-05T10:00:00Z","paid_at":"2026-03-05T10:00:00Z","updated_at":"2026-03-05T10:00:00Z"}'`},
		{10 * customers, `messages (shop_id, id, customer_id, order_id, journey, purpose, subject, state, reason, detail, due_at, rung_at, created_at, updated_at, sent_at, mailer, locale, attempt)`,
			fmt.Sprintf(`'msg_' || (1000000000 + i), 'c' || (1 + i %% %d), 'o' || (1 + i %% %d), case i %% 3 when 0 then 'thank_you' when 1 then 'review_request' else 'birthday_coupon' end, 'marketing', 'order:' || i,`, customers, 3*customers) +
				`case when i % 1000 = 0 then 'failed' when i % 1000 = 1 then 'unknown' when i % 50 = 2 then 'planned' when i % 20 = 3 then 'skipped' when i % 2 = 0 then 'sent' else 'delivered' end,
			case when i % 20 = 3 then 'no_consent' when i % 50 = 2 then 'delay' else '' end, '',
			case when i % 50 = 2 then ` + fmt.Sprint(end) + ` + i * 1000000 else ` + ago("i", two/max(10*customers, 1)) + ` end, ` + fmt.Sprint(end) + `, ` + ago("i", two/max(10*customers, 1)) + `, ` + ago("i", two/max(10*customers, 1)) + `,
			case when i % 1000 <= 1 or i % 50 = 2 or i % 20 = 3 then 0 else ` + ago("i", two/max(10*customers, 1)) + ` end, 'smtp', 'it', 1`},
	} {
		statement := fmt.Sprintf(numbers, table.rows)
		insert := `insert into ` + table.into + ` ` + statement + `select '` + shopID + `', ` + table.values + ` from n`
		if _, err := db.Exec(insert); err != nil {
			t.Fatalf("%s: %v", table.into, err)
		}
	}
}
