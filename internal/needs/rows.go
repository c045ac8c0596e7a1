package needs

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // reads the file beside the store
)

// ShopRows is all that the tables of a SQLite file hold of one shop, as text, so
// that a test can tell whether anything was changed.
func ShopRows(t testing.TB, path, shopID string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := lines(t, db, `select * from shops where id = $1`, shopID)
	tables := lines(t, db, `select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'shop_id' order by 1`)
	if len(all) != 1 || len(tables) < 15 {
		t.Fatalf("%d shops, %d tables: these are not all rows", len(all), len(tables))
	}
	for _, table := range tables {
		rows := lines(t, db, `select * from `+table+` where shop_id = $1`, shopID)
		slices.Sort(rows)
		all = append(all, table+": "+strings.Join(rows, "\n"))
	}
	return strings.Join(all, "\n")
}

// lines are the rows of a query, their columns set apart by a stroke.
func lines(t testing.TB, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	found, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = fmt.Sprint(v)
		}
		all = append(all, strings.Join(cells, "|"))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
