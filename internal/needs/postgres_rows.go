package needs

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// PostgresRows is all that the tables of a database hold, as text, so that a
// test can tell whether anything was changed.
func PostgresRows(t testing.TB, url string) string {
	t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	found, err := db.Query(ctx, `select table_name from information_schema.tables where table_schema = 'public' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		t.Fatal(len(tables), err)
	}
	var all strings.Builder
	for _, table := range tables {
		var rows string
		name := pgx.Identifier{table}.Sanitize()
		if err := db.QueryRow(ctx, `select coalesce(string_agg(r::text, e'\n' order by r::text), '') from `+name+` r`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s\n%s\n", table, rows)
	}
	return all.String()
}
