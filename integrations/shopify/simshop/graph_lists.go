package simshop

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// listArgs are what lists of things may be asked for.
type listArgs struct {
	After *string
	First *int32
	Query *string
}

type edge[T any] struct{ Node T }

// connection is a page of a list, in both of its forms.
type connection[T any] struct {
	Nodes    []T
	Edges    []edge[T]
	PageInfo pageInfo
}

// key is the place of a thing in its list: a time in seconds, and its id.
type key struct {
	at int64
	id uint64
}

func (k key) compare(l key) int { return cmp.Or(cmp.Compare(k.at, l.at), cmp.Compare(k.id, l.id)) }

// page sorts things and cuts a page out of them. A cursor is the place of the
// last thing told, so that what moves meanwhile is told again and nothing left out.
func page[T any](all []T, after *string, first *int32, place func(T) key) (*connection[T], error) {
	slices.SortStableFunc(all, func(a, b T) int { return place(a).compare(place(b)) })
	if after != nil {
		var from key
		raw, err := base64.StdEncoding.DecodeString(*after)
		if err == nil {
			_, err = fmt.Sscanf(string(raw), "%d.%d", &from.at, &from.id)
		}
		if err != nil {
			return nil, fmt.Errorf("the cursor %q is none of the shop's", *after)
		}
		all = slices.DeleteFunc(all, func(t T) bool { return place(t).compare(from) <= 0 })
	}
	p := &connection[T]{Nodes: all}
	if first != nil && len(all) > int(*first) {
		p.Nodes, p.PageInfo.HasNextPage = all[:*first], true
	}
	p.Edges = make([]edge[T], 0, len(p.Nodes))
	for _, n := range p.Nodes {
		p.Edges = append(p.Edges, edge[T]{n})
	}
	if n := len(p.Nodes); n > 0 {
		last := place(p.Nodes[n-1])
		p.PageInfo.EndCursor = optional(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.at, last.id)))
	}
	return p, nil
}

// wanted is a search, as far as the shop understands it.
type wanted struct {
	tags        []string
	since, till time.Time // of the last change, in whole seconds, both included
}

// unsearchable is a search that the simulated shop does not understand.
type unsearchable struct{ query string }

func (e unsearchable) Error() string {
	return "the simulated shop searches by tag:x, updated_at:>='time' and updated_at:<='time' only, joined by AND or blanks, not by " + e.query
}

// search reads a search, "tag:a AND tag:'b c' updated_at:>='2026-11-21T08:00:00Z'".
func search(query *string) (w wanted, err error) {
	for rest := strings.TrimSpace(value(query)); rest != ""; rest = strings.TrimSpace(rest) {
		if after, ok := strings.CutPrefix(rest, "AND "); ok {
			rest = after
			continue
		}
		whole, name, into := rest, "", (*time.Time)(nil)
		for prefix, at := range map[string]*time.Time{"tag:": nil, "updated_at:>=": &w.since, "updated_at:<=": &w.till} {
			if after, ok := strings.CutPrefix(rest, prefix); ok && after != "" {
				rest, name, into = after, prefix, at
			}
		}
		if name == "" {
			return w, unsearchable{whole}
		}
		end := " "
		if quote := rest[:1]; quote == "'" || quote == `"` {
			rest, end = rest[1:], quote
		}
		var text string
		text, rest, _ = strings.Cut(rest, end)
		if into == nil {
			w.tags = append(w.tags, text)
		} else if *into, err = time.Parse(time.RFC3339, text); err != nil {
			return w, unsearchable{whole}
		}
	}
	return w, nil
}

// matches tells whether all wanted tags are there, in any letter case, and the
// last change lies between the wanted times.
func (s *Shop) matches(w wanted, tags []string, updated time.Time) bool {
	if s.faults.Unindexed && len(w.tags) > 0 {
		return false
	}
	updated = updated.Truncate(time.Second)
	if updated.Before(w.since) || !w.till.IsZero() && updated.After(w.till) {
		return false
	}
	for _, want := range w.tags {
		if !slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, want) }) {
			return false
		}
	}
	return true
}
