package store_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite"

	"grazie/internal/needs"
	"grazie/store"
)

// eachRaw is each, with the database as it is beside the store.
func eachRaw(t *testing.T, test func(t *testing.T, s *store.Store, c *clock, raw *raw)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "grazie.db")
		c := newClock()
		s := open(t, store.Options{Path: path, Secrets: []string{secret}, Now: c.Now})
		test(t, s, c, openRaw(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)", store.Options{Path: path}))
	})
	t.Run("postgres", func(t *testing.T) {
		url := needs.FreshPostgres(t)
		c := newClock()
		s := open(t, store.Options{URL: url, Secrets: []string{secret}, Now: c.Now})
		test(t, s, c, openRaw(t, "pgx", url, store.Options{URL: url}))
	})
}

// raw is a database looked at without the store.
type raw struct {
	*testing.T
	db   *sql.DB
	kind string
	at   store.Options
}

func openRaw(t *testing.T, driver, dsn string, at store.Options) *raw {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &raw{t, db, driver, at}
}

func (r *raw) list(query string, args ...any) (all [][]any, columns []string) {
	r.Helper()
	found, err := r.db.Query(query, args...)
	if err != nil {
		r.Fatal(query, err)
	}
	defer found.Close()
	columns, err = found.Columns()
	if err != nil {
		r.Fatal(err)
	}
	for found.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			r.Fatal(err)
		}
		all = append(all, row)
	}
	return all, columns
}

func (r *raw) exec(query string, args ...any) {
	r.Helper()
	if _, err := r.db.Exec(query, args...); err != nil {
		r.Fatal(query, err)
	}
}

// columns are all columns of our tables, with their types.
func (r *raw) columns() map[string]map[string]string {
	r.Helper()
	query := `select m.name, p.name, p.type from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table'`
	if r.kind == "pgx" {
		query = `select table_name::text, column_name::text, data_type::text from information_schema.columns where table_schema = current_schema()`
	}
	all := map[string]map[string]string{}
	found, _ := r.list(query)
	for _, f := range found {
		table := f[0].(string)
		if strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "goose_") {
			continue
		}
		if all[table] == nil {
			all[table] = map[string]string{}
		}
		all[table][f[1].(string)] = strings.ToLower(f[2].(string))
	}
	return all
}

var unpackMail, _ = zstd.NewReader(nil)

// dump is every row of every table as a line, bodies unpacked.
func (r *raw) dump() (lines []string) {
	r.Helper()
	for _, table := range slices.Sorted(maps.Keys(r.columns())) {
		rows, columns := r.list(`select * from ` + table)
		for _, row := range rows {
			var b strings.Builder
			b.WriteString(table)
			for i, v := range row {
				packed, isBytes := v.([]byte)
				if isBytes && table == "mails" {
					text, err := unpackMail.DecodeAll(packed, nil)
					if err != nil {
						r.Fatal(err)
					}
					v = string(text)
				} else if isBytes && table == "webhooks" {
					body, err := s2.Decode(nil, packed)
					if err != nil {
						r.Fatal(err)
					}
					v = string(body)
				} else if isBytes {
					v = fmt.Sprintf("%x", packed)
				}
				fmt.Fprintf(&b, " %s=%v", columns[i], v)
			}
			lines = append(lines, b.String())
		}
	}
	slices.Sort(lines)
	return lines
}

// linesWith are the lines that hold one of some words, in whatever case.
func linesWith(lines []string, words ...string) (found []string) {
	for _, l := range lines {
		lower := strings.ToLower(l)
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(lower, strings.ToLower(w)) }) {
			found = append(found, l)
		}
	}
	return found
}
