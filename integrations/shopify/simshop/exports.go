package simshop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/graph-gophers/graphql-go"
)

// exportPath is where the files of bulk operations are fetched; a real shop
// keeps them elsewhere, under signed addresses.
const exportPath = "/bulk/"

// exportLife is how long a link lasts, and exportsAtOnce how many bulk
// operations may run at once (platforms.md, C.1).
const (
	exportLife    = 7 * 24 * time.Hour
	exportsAtOnce = 5
)

// exports are the shop's bulk operations.
type exports struct {
	read func(query string, grouped bool) (file []byte, objects, roots int, wrong []string) // runs a query over all that there is
	all  []*export
}

// export is one bulk operation. Its file is what was there when it began.
type export struct {
	id             uint64
	begun          time.Time
	file           []byte
	objects, roots int
}

// status is where a bulk operation stands by the shop's clock.
func (s *Shop) status(e *export) string {
	done := e.begun.Add(s.ExportTime)
	switch {
	case s.Now.Before(done):
		return "RUNNING"
	case s.faults.ExportFails != "":
		return "FAILED"
	case s.Now.After(done.Add(exportLife)):
		return "EXPIRED"
	}
	return "COMPLETED"
}

// serveExport hands out a file, from the middle as well.
func (s *Shop) serveExport(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseUint(r.PathValue("id"), 10, 64)
	s.mu.Lock()
	e, ok := thing[*export](s, id)
	faults, gone := s.faults, ok && s.status(e) != "COMPLETED"
	s.mu.Unlock()
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case gone || faults.ExportGone:
		http.Error(w, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>", http.StatusBadRequest)
		return
	}
	if faults.WithoutRange {
		r.Header.Del("Range")
	}
	file := e.file
	if cut := faults.ExportCut; cut > 0 && cut < len(file) {
		file = file[:cut]
	}
	w.Header().Set("Content-Type", "application/jsonl")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
}

// reached is the key of the address under which a request came in.
type reached struct{}

func reachedAt(r *http.Request) context.Context {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return context.WithValue(r.Context(), reached{}, scheme+r.Host)
}

type graphExport struct {
	s    *Shop
	e    *export
	base string
}

type exportPayload struct {
	BulkOperation *graphExport
	UserErrors    []*userError
}

// BulkOperationRunQuery begins a bulk operation, if fewer than five run.
func (r *root) BulkOperationRunQuery(ctx context.Context, args struct {
	GroupObjects bool
	Query        string
}) *exportPayload {
	s, running := r.s, ""
	for _, e := range s.exports.all {
		if s.status(e) == "RUNNING" {
			running += ", " + global("BulkOperation", e.id)
		}
	}
	if n := bytes.Count([]byte(running), []byte("gid:")); n >= exportsAtOnce {
		return &exportPayload{UserErrors: []*userError{{Code: optional("OPERATION_IN_PROGRESS"),
			Message: fmt.Sprintf("A bulk query operation for this app and shop is already in progress: %s.", running[2:])}}}
	}
	file, objects, roots, wrong := s.exports.read(args.Query, args.GroupObjects)
	if len(wrong) > 0 {
		p := &exportPayload{}
		for _, w := range wrong {
			p.UserErrors = append(p.UserErrors, refusal("INVALID", w, "query")...)
		}
		return p
	}
	e := &export{id: s.id(), begun: s.Now, file: file, objects: objects, roots: roots}
	s.things[e.id] = e
	s.exports.all = append(s.exports.all, e)
	base, _ := ctx.Value(reached{}).(string)
	return &exportPayload{&graphExport{s, e, base}, accepted}
}

// BulkOperation is a bulk operation by its id.
func (r *root) BulkOperation(ctx context.Context, args struct{ ID graphql.ID }) (*graphExport, error) {
	e, ok, err := found[*export](r.s, "BulkOperation", args.ID)
	if !ok {
		return nil, err
	}
	base, _ := ctx.Value(reached{}).(string)
	return &graphExport{r.s, e, base}, nil
}

func (g *graphExport) ID() graphql.ID { return gid("BulkOperation", g.e.id) }
func (g *graphExport) Status() string { return g.s.status(g.e) }
func (g *graphExport) done() bool     { return g.Status() == "COMPLETED" }

func (g *graphExport) ErrorCode() *string {
	if g.Status() != "FAILED" {
		return nil
	}
	return optional(g.s.faults.ExportFails)
}

func (g *graphExport) ObjectCount() whole     { return g.count(g.e.objects) }
func (g *graphExport) RootObjectCount() whole { return g.count(g.e.roots) }

func (g *graphExport) count(n int) whole {
	if g.Status() == "RUNNING" {
		return whole(n / 2)
	}
	return whole(n)
}

func (g *graphExport) FileSize() *whole {
	if size := whole(len(g.e.file)); g.done() && size > 0 {
		return &size
	}
	return nil
}

// Url is null where nothing was found.
func (g *graphExport) Url() *address {
	if !g.done() || len(g.e.file) == 0 {
		return nil
	}
	u := address(g.base + exportPath + strconv.FormatUint(g.e.id, 10))
	return &u
}

// lines writes what a query found as JSONL: each thing of a connection is a
// line, without the connections in it, whose things are lines of their own that
// name their parent. Grouped, they follow it at once; else after all parents.
func lines(data []byte, grouped bool) (file []byte, objects, roots int) {
	var answer map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		panic(err) // the shop's own answer
	}
	var out, later bytes.Buffer
	var tell func(node map[string]any, parent any, to *bytes.Buffer)
	tell = func(node map[string]any, parent any, to *bytes.Buffer) {
		objects++
		children := []map[string]any{}
		for name, v := range node {
			if nested, ok := nodes(v); ok {
				children = append(children, nested...)
				delete(node, name)
			}
		}
		if parent != nil {
			node["__parentId"] = parent
		}
		raw, _ := json.Marshal(node) // it came out of JSON
		to.Write(append(raw, '\n'))
		into := to
		if !grouped {
			into = &later
		}
		for _, c := range children {
			tell(c, node["id"], into)
		}
	}
	for _, v := range answer {
		list, _ := nodes(v)
		for _, n := range list {
			roots++
			tell(n, nil, &out)
		}
	}
	return append(out.Bytes(), later.Bytes()...), objects, roots
}

// nodes are the things of a connection.
func nodes(v any) (list []map[string]any, ok bool) {
	c, _ := v.(map[string]any)
	edges, ok := c["edges"].([]any)
	for _, e := range edges {
		if e, isEdge := e.(map[string]any); isEdge {
			if n, isNode := e["node"].(map[string]any); isNode {
				list = append(list, n)
			}
		}
	}
	return list, ok
}
