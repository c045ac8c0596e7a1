package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// params collects the values of one statement and hands out their places,
// "$1", "$2", which both engines bind by number.
type params []any

func (p *params) add(v any) string {
	*p = append(*p, v)
	return "$" + strconv.Itoa(len(*p))
}

// checked is a text column that rows are checked for after they were found by
// another. Written so, no index serves it. Plans are made without statistics
// and kept: offered the shop, or the few rows that usually wait, as the way to
// twenty rows, PostgreSQL took it and read all of the shop, or all of a burst.
// Not ordering by a key's end is for the same reason.
func checked(column string) string { return column + ` || ''` }

// rows reads all rows of a query.
func rows[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	r, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []T
	for r.Next() {
		v, err := scan(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, r.Err()
}

// text scans rows of one text column.
func text(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }

// micros is how an instant is stored; a zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is a stored instant, in UTC.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// column is text fit for both engines: PostgreSQL refuses the NUL character
// and broken UTF-8.
func column(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// document is a noun as the JSON of its data column.
func document(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: a noun that is no JSON: " + err.Error()) // only a change of its type can do this
	}
	return string(b)
}
