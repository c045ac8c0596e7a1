package simshop

import (
	"context"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"grazie/integrations/shopify/admin"
)

// export runs a query over all that there is, for a bulk operation, or says
// what is wrong with it. The shop is locked.
func (a *api) export(query string, grouped bool) (file []byte, objects, roots int, wrong []string) {
	if wrong = bulkRules(admin.Schema, query); len(wrong) > 0 {
		return nil, 0, 0, wrong
	}
	got := a.schema.Exec(context.Background(), query, "", nil)
	if len(got.Errors) > 0 {
		return nil, 0, 0, []string{got.Errors[0].Error()}
	}
	file, objects, roots = lines(got.Data, grouped)
	return file, objects, roots, nil
}

// bulkRules says what is wrong with a query for a bulk operation, in the words
// of a real shop (recorded).
func bulkRules(sdl, query string) []string {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		return []string{err.Error()}
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, nil)
	if len(errs) > 0 {
		return []string{"Invalid bulk query: " + errs.Error()}
	}
	var c bulkCheck
	for _, op := range doc.Operations {
		if op.Operation != ast.Query {
			return []string{"Invalid operation type. Only `query` operations are supported."}
		}
		if field(op.SelectionSet, "node") != nil {
			c.say("Bulk queries cannot contain a top level `node` field.")
		}
		c.look(op.SelectionSet, 0, false)
	}
	if c.connections == 0 {
		c.say("Bulk queries must contain at least one connection.")
	}
	if c.connections > 5 {
		c.say("Bulk queries cannot contain more than 5 connections.")
	}
	if len(doc.Fragments) > 0 {
		c.say("The simulated shop takes no fragments in bulk queries: nobody has seen a real one take them.")
	}
	return c.wrong
}

// bulkCheck goes through a query and counts its connections.
type bulkCheck struct {
	connections int
	wrong       []string
}

func (c *bulkCheck) say(what string) { c.wrong = append(c.wrong, what) }

func (c *bulkCheck) look(set ast.SelectionSet, depth int, inList bool) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			c.look(sel.SelectionSet, depth, inList)
		case *ast.Field:
			if !strings.HasSuffix(sel.Definition.Type.Name(), "Connection") {
				c.look(sel.SelectionSet, depth, inList || sel.Definition.Type.Elem != nil)
				continue
			}
			c.connection(sel, depth, inList)
		}
	}
}

func (c *bulkCheck) connection(f *ast.Field, depth int, inList bool) {
	c.connections++
	if inList {
		c.say("Queries that contain a connection field within a list field are not currently supported.")
	}
	if depth == 2 {
		c.say("Bulk queries cannot contain connections with a nesting depth greater than 2.")
	}
	edges := field(f.SelectionSet, "edges")
	if edges == nil || field(edges.SelectionSet, "node") == nil {
		c.say(fmt.Sprintf("All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: '%s { edges { node {'. "+
			"Selecting via 'nodes' is not supported. Invalid connection fields: '%[1]s'.", f.Name))
		return
	}
	inside, before := field(edges.SelectionSet, "node").SelectionSet, c.connections
	c.look(inside, depth+1, false)
	if c.connections > before && field(inside, "id") == nil {
		c.say("The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of 'ID' return type. Connection fields without 'id': " + f.Name + ".")
	}
}

func field(set ast.SelectionSet, name string) *ast.Field {
	for _, sel := range set {
		if f, ok := sel.(*ast.Field); ok && f.Name == name {
			return f
		}
	}
	return nil
}
