package needs

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/klauspost/compress/s2"
	_ "modernc.org/sqlite" // the driver
)

// SQLiteText is every row of a database as a line, with what is packed in it
// unpacked. What is sealed is left out.
func SQLiteText(t *testing.T, path string) (lines []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list := func(query string) (all [][]any) {
		found, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(query, err)
		}
		defer found.Close()
		columns, err := found.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for found.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			all = append(all, row)
		}
		return all
	}
	for _, table := range list(`select name from sqlite_master where type = 'table'`) {
		for _, row := range list(fmt.Sprintf(`select * from %q`, table[0])) {
			line := fmt.Sprint(table[0])
			for _, v := range row {
				if packed, is := v.([]byte); is {
					body, err := s2.Decode(nil, packed)
					if err != nil {
						continue // sealed
					}
					v = string(body)
				}
				line += fmt.Sprintf(" %v", v)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
