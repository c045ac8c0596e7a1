package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"grazie/crm"
)

// listing is what every command that lists or shows can be told.
type listing struct {
	JSON bool `name:"json" help:"Write JSON; in lists one object a line." env:"GRAZIE_JSON"`
}

// page bounds a list; the newest come first.
type page struct {
	Limit  int    `help:"At most so many, the newest first." default:"50"`
	Before string `help:"Go on below the one with this id: the last of the page before." placeholder:"ID"`
}

const mostListed = 1000

func (p page) check() error {
	if p.Limit < 1 || p.Limit > mostListed {
		return &crm.Invalid{Field: "--limit", Message: fmt.Sprintf("write a number from 1 to %d", mostListed)}
	}
	return nil
}

// writeJSON writes v on a line of its own.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeList writes JSON lines, or a table with a heading. Of an empty list
// people are told, on stderr so that a pipe stays empty.
func writeList[T any](g *globals, l listing, all []T, empty, heading string, row func(T) []string) error {
	if l.JSON {
		for _, v := range all {
			if err := writeJSON(g.out, v); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(g.err, empty)
		return err
	}
	t := newTable(g.out)
	t.row(strings.Split(heading, "|")...)
	for _, v := range all {
		t.row(row(v)...)
	}
	return t.Flush()
}

// table aligns columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table { return table{tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)} }

// row writes one line. What comes from outside may hold anything: line breaks
// and the control characters of terminals are dropped.
func (t table) row(cells ...string) {
	for i, c := range cells {
		if cells[i] = crm.Clean(c); cells[i] == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(t, strings.Join(cells, "\t")) // its error comes back from Flush
}

// field writes one line of a description; what is empty is left out.
func (t table) field(name, value string) {
	if value = crm.Clean(value); value != "" {
		fmt.Fprintf(t, "%s\t%s\n", name, value)
	}
}

// moment is a time for people and programs alike, in UTC; never is empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
