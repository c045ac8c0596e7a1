package store

import (
	"strconv"
	"strings"
)

// bulk is rows on their way into one statement, as a column each. The engines
// want them differently: SQLite as a list of values, for it has no arrays;
// PostgreSQL as arrays, so that a statement is the same text for one row and for
// sixty and is read and prepared once. This file is all that knows of it.
type bulk struct {
	columns []any // *[]string, *[]int64, *[]bool or *[][]byte
	rows    int
}

// newBulk makes an empty bulk whose columns have these types: text, bigint,
// boolean, bytea.
func newBulk(types ...string) *bulk {
	b := &bulk{}
	for _, t := range types {
		switch t {
		case "text":
			b.columns = append(b.columns, new([]string))
		case "bigint":
			b.columns = append(b.columns, new([]int64))
		case "boolean":
			b.columns = append(b.columns, new([]bool))
		case "bytea":
			b.columns = append(b.columns, new([][]byte))
		default:
			panic("store: no such column type: " + t)
		}
	}
	return b
}

// add appends a row; its values must have the types of the columns.
func (b *bulk) add(values ...any) {
	for i, column := range b.columns {
		switch c := column.(type) {
		case *[]string:
			*c = append(*c, values[i].(string))
		case *[]int64:
			*c = append(*c, values[i].(int64))
		case *[]bool:
			*c = append(*c, values[i].(bool))
		case *[][]byte:
			*c = append(*c, values[i].([]byte))
		}
	}
	b.rows++
}

// table is the bulk as what an insert takes, or as a table in brackets whose
// columns are called column1, column2, ...
func (s *Store) table(p *params, b *bulk) string {
	if s.Engine() == "postgres" {
		return b.arrays(p)
	}
	return b.values(p)
}

func (b *bulk) arrays(p *params) string {
	var from, names []string
	for i, column := range b.columns {
		var place string
		switch c := column.(type) {
		case *[]string:
			place = "cast(" + p.add(*c) + " as text[])"
		case *[]int64:
			place = "cast(" + p.add(*c) + " as bigint[])"
		case *[]bool:
			place = "cast(" + p.add(*c) + " as boolean[])"
		case *[][]byte:
			place = "cast(" + p.add(*c) + " as bytea[])"
		}
		from, names = append(from, place), append(names, "column"+strconv.Itoa(i+1))
	}
	return "select * from unnest(" + strings.Join(from, ", ") + ") as v (" + strings.Join(names, ", ") + ")"
}

func (b *bulk) values(p *params) string {
	rows := make([]string, b.rows)
	for r := range rows {
		places := make([]string, len(b.columns))
		for i, column := range b.columns {
			switch c := column.(type) {
			case *[]string:
				places[i] = p.add((*c)[r])
			case *[]int64:
				places[i] = p.add((*c)[r])
			case *[]bool:
				places[i] = p.add((*c)[r])
			case *[][]byte:
				places[i] = p.add((*c)[r])
			}
		}
		rows[r] = "(" + strings.Join(places, ", ") + ")"
	}
	return "values " + strings.Join(rows, ", ")
}

// in says that a column is one of several texts.
func (s *Store) in(p *params, values []string) string {
	if s.Engine() == "postgres" {
		return " = any(cast(" + p.add(values) + " as text[]))"
	}
	if len(values) == 0 {
		return " in ()"
	}
	// Filled up with the last to a power of two: few lengths, few statements.
	n := 1
	for n < len(values) {
		n *= 2
	}
	places := make([]string, n)
	for i := range places {
		places[i] = p.add(values[min(i, len(values)-1)])
	}
	return " in (" + strings.Join(places, ", ") + ")"
}
