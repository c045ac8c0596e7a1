package store_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"grazie/internal/needs"
	"grazie/store"
)

// BenchmarkWall measures what row-level security would cost: the same small
// transaction without it, and behind a policy, whose shop is told at the start
// of each (decision 32).
func BenchmarkWall(b *testing.B) {
	db, err := sql.Open("pgx", needs.FreshPostgres(b))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	must := func(text string, args ...any) {
		b.Helper()
		if _, err := db.Exec(text, args...); err != nil {
			b.Fatalf("%s: %v", text, err)
		}
	}
	for _, table := range []string{"open_rows", "walled_rows"} {
		must(`create table ` + table + ` (shop_id text not null, id text not null, state text not null, primary key (shop_id, id))`)
		must(`insert into ` + table + ` select 'shp_' || i % 50, 'msg_' || i, 'planned' from generate_series(1, 20000) as i`)
	}
	must(`alter table walled_rows enable row level security`)
	must(`alter table walled_rows force row level security`)
	must(`create policy of_shop on walled_rows using (shop_id = current_setting('grazie.shop', true))`)
	role := "wall_" + fmt.Sprint(time.Now().UnixNano())
	must(`create role ` + role)
	defer func() { must(`reset role`); must(`drop owned by ` + role); must(`drop role ` + role) }()
	must(`grant all on open_rows, walled_rows to ` + role)
	must(`set role ` + role)             // policies do not hold for a superuser
	must(`set synchronous_commit = off`) // the disk is no matter here
	begun := func(tell bool, do func(tx *sql.Tx) error) {
		b.Helper()
		tx, err := db.Begin()
		if err == nil && tell {
			_, err = tx.Exec(`select set_config('grazie.shop', $1, true)`, "shp_7")
		}
		if err == nil {
			err = do(tx)
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	id := func(n int) string { return fmt.Sprint("msg_", 7+50*(n%390)) }
	read := func(q interface {
		QueryRow(string, ...any) *sql.Row
	}, table string, n int) error {
		var state string
		return q.QueryRow(`select state from `+table+` where shop_id = $1 and id = $2`, "shp_7", id(n)).Scan(&state)
	}
	write := func(tell bool, table string, n int) {
		begun(tell, func(tx *sql.Tx) error {
			_, err := tx.Exec(`update `+table+` set state = 'sending' where shop_id = $1 and id = $2`, "shp_7", id(n))
			return err
		})
	}
	for _, c := range []struct {
		name         string
		open, walled func(n int)
	}{
		{"write", func(n int) { write(false, "open_rows", n) }, func(n int) { write(true, "walled_rows", n) }},
		{"read", func(n int) {
			if err := read(db, "open_rows", n); err != nil {
				b.Fatal(err)
			}
		}, func(n int) { begun(true, func(tx *sql.Tx) error { return read(tx, "walled_rows", n) }) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var open, walled time.Duration // in turns, so that other load hits both
			n := 0
			for b.Loop() {
				n++
				began := time.Now()
				c.open(n)
				between := time.Now()
				c.walled(n)
				open, walled = open+between.Sub(began), walled+time.Since(between)
			}
			b.ReportMetric(float64(walled)/float64(open), "walled/open")
		})
	}
}

// unwalled are the statements that look at rows of more than one shop, by words
// of theirs, each for a reason.
var unwalled = map[string]string{
	"from chores where due_at > 0": "workers do the chores of all shops",
}

// The second wall: beside what methods are seen to do (TestShopsAreApart), every
// statement itself compares the shop of every table that it reads or changes.
// What PostgreSQL was asked to prepare is what there is, and its own plan tells
// what is compared.
func TestStatementsNameTheirShop(t *testing.T) {
	c := newClock()
	// Nothing that was prepared may be dropped before it was looked at.
	s := open(t, store.Options{URL: needs.FreshPostgres(t) + "?plan_cache_mode=force_generic_plan&statement_cache_capacity=5000", Secrets: []string{secret}, Now: c.Now})
	db := store.Database(s)
	calls := maps.Clone(within)
	maps.Copy(calls, withinGestures)
	maps.Copy(calls, withinApp)
	for _, area := range withinConsole {
		maps.Copy(calls, area)
	}
	mine, _ := owner(t, s, c, "wall")
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		_, _ = calls[name](t.Context(), s, mine.ID, mine.belongings) // what it answers is told elsewhere
	}
	walled := map[string]bool{}
	for _, table := range column(t, db, `select table_name from information_schema.columns where column_name = 'shop_id' and table_schema = 'public'`) {
		walled[table] = true
	}
	statements := column(t, db, `select name || chr(1) || coalesce(array_length(parameter_types, 1), 0) || chr(1) || statement from pg_prepared_statements`)
	looked := 0
	for _, st := range statements {
		part := strings.SplitN(st, "\x01", 3)
		n, _ := strconv.Atoi(part[1])
		if strings.Contains(part[2], "pg_") || strings.Contains(part[2], "information_schema") {
			continue // this test's own
		}
		if slices.ContainsFunc(slices.Collect(maps.Keys(unwalled)), func(words string) bool { return strings.Contains(part[2], words) }) {
			continue
		}
		args := ""
		if n > 0 {
			args = "(" + strings.TrimSuffix(strings.Repeat("null,", n), ",") + ")"
		}
		plan := strings.Join(column(t, db, `explain (verbose, costs off) execute "`+part[0]+`"`+args), "\n")
		looked++
		for _, m := range scanned.FindAllStringSubmatch(plan, -1) {
			alias := cmp.Or(m[2], m[1])
			if walled[m[1]] && !regexp.MustCompile(`(Cond|Filter):.*\b`+alias+`\.shop_id\b`).MatchString(plan) {
				t.Errorf("of %s any shop's rows are looked at by\n%s\n%s", m[1], part[2], plan)
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d statements were looked at", looked)
	}
}

// scanned is a table that a plan reads, with its other name.
var scanned = regexp.MustCompile(`(?:Scan|Scan using \w+|Scan Backward using \w+) on public\.(\w+)(?: (\w+))?`)

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}
