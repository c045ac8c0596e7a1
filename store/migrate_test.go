package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/pressly/goose/v3"

	"grazie/crm"
	"grazie/internal/needs"
	"grazie/store"
)

// A database of the first release, with rows in it, becomes one of this
// release, and goes on where it was.
func TestMigratesWhatTheFirstReleaseWrote(t *testing.T) {
	c := newClock()
	for name, engine := range map[string]struct {
		driver  string
		dialect goose.Dialect
		options func(t *testing.T) (o store.Options, dsn string)
	}{
		"sqlite": {"sqlite", goose.DialectSQLite3, func(t *testing.T) (store.Options, string) {
			path := filepath.Join(t.TempDir(), "grazie.db")
			return store.Options{Path: path}, "file:" + path
		}},
		"postgres": {"pgx", goose.DialectPostgres, func(t *testing.T) (store.Options, string) {
			url := needs.FreshPostgres(t)
			return store.Options{URL: url}, url
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o, dsn := engine.options(t)
			o.Secrets, o.Now = []string{secret}, c.Now
			old := firstRelease(t, engine.driver, engine.dialect, dsn)

			// What a shop's rows look like is taken from a shop of today.
			beside := open(t, store.Options{Path: filepath.Join(t.TempDir(), "beside.db"), Secrets: []string{secret}, Now: c.Now})
			shop := connect(t, beside, "demo.myshopify.com")
			first := paidOrder(c, "1", "77", "ada@x.example")
			apply(t, beside, shop.ID, "d", paid(first), thankYou(first, c.Now()))
			copyRows(t, store.Database(beside), old, "installation", "id, key_check, created_at")
			copyRows(t, store.Database(beside), old, "shops", "id, platform, domain, state, data, connection, hash_key, created_at, updated_at")
			copyRows(t, store.Database(beside), old, "orders", "shop_id, id, name, customer_id, email_key, counted, created_at, revision, data")
			query(t, old, `insert into customers (shop_id, id, email_key, revision, data) values ($1, '77', 'ada@x.example', 1, '{"id":"77","email":"ada@x.example","email_key":"ada@x.example","consent":{}}')`, shop.ID)
			copyRows(t, store.Database(beside), old, "messages", `shop_id, id, customer_id, order_id, journey, purpose, subject, state, reason, detail, due_at, rung_at, lease_until, attempt,
				created_at, updated_at, sent_at, mailer, provider_id, locale, phrases, webhook_id, by_hand`)
			query(t, old, `insert into suppressions (shop_id, email_hash, scope, reason, created_at) values ($1, 'a hash', 'all', 'bounced', 1)`, shop.ID)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}

			s := open(t, o)
			m := messages(t, s, shop.ID)
			if len(m) != 1 || m[0].Subject != "order:1" || m[0].ReturnID != "" || m[0].Ask != nil {
				t.Fatalf("messages: %+v", m)
			}
			if f := factsOf(t, s, shop.ID, m[0]); f.Order == nil || f.Order.ID != "1" || f.Customer.Email != "ada@x.example" {
				t.Errorf("facts: %+v", f)
			}
			for _, customer := range []string{"77", "78"} { // the old row is written anew, and gets what is new
				known(t, s, c, shop.ID, crm.Customer{ID: customer, Birthday: crm.Birthday{Day: "03-05", At: c.Now()}, CreatedAt: c.Now().AddDate(1, 0, 0)})
			}
			if all, err := s.BornOn(t.Context(), shop.ID, []crm.MonthDay{"03-05"}, "", 10); len(all) != 2 || err != nil {
				t.Errorf("born that day: %v, %v", all, err)
			}
			made(t, s, c, gifted(t, s, c, shop.ID, "77"), "CODE", 500)
			if won, err := s.ClaimMessage(t.Context(), m[0]); !won || err != nil {
				t.Errorf("the message that waited: %v, %v", won, err)
			}
			again := open(t, o) // now there is nothing to do
			if is, err := again.Condition(t.Context()); err != nil || is.Schema != newest(t) {
				t.Errorf("%+v, %v", is, err)
			}
			if e, err := again.EffectByCode(t.Context(), shop.ID, "code"); err != nil || e.State != crm.EffectDone {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}

// firstRelease is a database as the first release made it.
func firstRelease(t *testing.T, driver string, dialect goose.Dialect, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return db
}

func copyRows(t *testing.T, from, to *sql.DB, table, columns string) {
	t.Helper()
	found, err := from.Query(`select ` + columns + ` from ` + table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	names, _ := found.Columns()
	places := make([]string, len(names))
	for i := range names {
		places[i] = fmt.Sprint("$", i+1)
	}
	n := 0
	for found.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			if v, ok := values[i].(int64); ok && (name == "counted" || name == "by_hand") {
				values[i] = v != 0 // SQLite has no booleans
			}
		}
		query(t, to, `insert into `+table+` (`+columns+`) values (`+strings.Join(places, ", ")+`)`, values...)
		n++
	}
	if n == 0 {
		t.Fatalf("there are no %s to copy", table)
	}
}

// newest is the number of the newest migration.
func newest(t *testing.T) (n int64) {
	t.Helper()
	all, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	if _, err := fmt.Sscanf(filepath.Base(all[len(all)-1]), "%d_", &n); err != nil {
		t.Fatal(err)
	}
	return n
}
