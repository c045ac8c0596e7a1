package needs

import (
	"database/sql"
	"encoding/json"
	"testing"
	"time"
)

// RewriteTexts puts texts into the JSON that the rows of a SQLite file hold: the
// value of every key that is named becomes the next of them, wherever it stands.
// It returns how many were put.
func RewriteTexts(t testing.TB, path string, keys map[string]bool, texts []string) (put int) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var change func(v any) any
	change = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				text, is := inner.(string)
				if _, err := time.Parse(time.RFC3339, text); is && keys[key] && err != nil { // not when a field was told
					v[key] = texts[put%len(texts)]
					put++
				} else {
					v[key] = change(inner)
				}
			}
		case []any:
			for i := range v {
				v[i] = change(v[i])
			}
		}
		return v
	}
	for _, table := range lines(t, db, `select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'data' and upper(c.type) = 'TEXT' order by 1`) {
		for _, id := range lines(t, db, `select rowid from `+table) {
			var data string
			if err := db.QueryRow(`select data from `+table+` where rowid = $1`, id).Scan(&data); err != nil {
				t.Fatal(err)
			}
			var v any
			if json.Unmarshal([]byte(data), &v) != nil {
				continue // no document
			}
			changed, err := json.Marshal(change(v))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(`update `+table+` set data = $2 where rowid = $1`, id, string(changed)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return put
}

// Change runs one statement on a SQLite file, past the store: what no method of
// the store does, such as tampering. It returns how many rows it changed.
func Change(t testing.TB, path, statement string, args ...any) int64 {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := db.Exec(statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Rows are the rows of a query of a SQLite file, their columns set apart by a
// stroke.
func Rows(t testing.TB, path, query string, args ...any) []string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return lines(t, db, query, args...)
}
