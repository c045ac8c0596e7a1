package simshop

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// operations is a parsed request text.
type operations struct {
	byName map[string]*operation
	first  *operation
}

// operation is one query or mutation, with what it costs by the rules of
// platforms.md, C.3: scalars nothing, objects 1, lists of n things 2 and n
// times what is in them; a mutation 10, and its first objects nothing.
type operation struct {
	*ast.OperationDefinition
	fragments ast.FragmentDefinitionList
}

// operation parses a request, once for every text.
func (a *api) operation(ask request) (*operation, error) {
	ops, ok := a.parsed[ask.Query]
	if !ok {
		doc, err := parser.ParseQuery(&ast.Source{Input: ask.Query})
		if err != nil {
			return nil, fmt.Errorf("syntax error: %w", err)
		}
		ops = &operations{byName: map[string]*operation{}}
		for _, def := range doc.Operations {
			op := &operation{def, doc.Fragments}
			ops.byName[def.Name] = op
			if ops.first == nil {
				ops.first = op
			}
		}
		if ops.first == nil {
			return nil, fmt.Errorf("syntax error: there is no operation in the query")
		}
		a.parsed[ask.Query] = ops
	}
	if ask.Operation == "" {
		return ops.first, nil
	}
	op, ok := ops.byName[ask.Operation]
	if !ok {
		return nil, fmt.Errorf("no operation named %q", ask.Operation)
	}
	return op, nil
}

func (op *operation) mutates() bool { return op.Operation == ast.Mutation }

// roots are the fields of the query or mutation root.
func (op *operation) roots() []*ast.Field { return op.fields(op.SelectionSet) }

// fields are those of a selection, with those of its fragments, whatever their
// type.
func (op *operation) fields(set ast.SelectionSet) (fields []*ast.Field) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			fields = append(fields, sel)
		case *ast.InlineFragment:
			fields = append(fields, op.fields(sel.SelectionSet)...)
		case *ast.FragmentSpread:
			if f := op.fragments.ForName(sel.Name); f != nil {
				fields = append(fields, op.fields(f.SelectionSet)...)
			}
		}
	}
	return fields
}

// weigh is what the operation may cost at most.
func (op *operation) weigh(variables map[string]any) (points float64) {
	for _, f := range op.roots() {
		if op.mutates() {
			points += 10
			for _, child := range op.fields(f.SelectionSet) {
				points += op.inside(child, variables)
			}
			continue
		}
		points += op.field(f, variables)
	}
	return points
}

func (op *operation) field(f *ast.Field, variables map[string]any) float64 {
	if len(f.SelectionSet) == 0 {
		return 0
	}
	if n, list := count(f, variables); list {
		return 2 + float64(n)*max(1, op.inside(f, variables))
	}
	return 1 + op.inside(f, variables)
}

func (op *operation) inside(f *ast.Field, variables map[string]any) (points float64) {
	for _, child := range op.fields(f.SelectionSet) {
		if child.Name == "nodes" || child.Name == "pageInfo" {
			points += op.inside(child, variables)
			if child.Name == "nodes" {
				points++
			}
			continue
		}
		points += op.field(child, variables)
	}
	return points
}

// count is how many things a list may bring.
func count(f *ast.Field, variables map[string]any) (n int, list bool) {
	arg := f.Arguments.ForName("first")
	if arg == nil {
		return 0, false
	}
	if arg.Value.Kind == ast.Variable {
		v, _ := variables[arg.Value.Raw].(float64)
		return int(v), true
	}
	n, _ = strconv.Atoi(arg.Value.Raw)
	return n, true
}

// weighed is what the answer really cost.
func (op *operation) weighed(data json.RawMessage) (points float64) {
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		return 0
	}
	for _, f := range op.roots() {
		if op.mutates() {
			points += 10
			payload, _ := answer[f.Alias].(map[string]any)
			for _, child := range op.fields(f.SelectionSet) {
				points += op.contents(child, payload[child.Alias])
			}
			continue
		}
		points += op.thing(f, answer[f.Alias])
	}
	return points
}

func (op *operation) thing(f *ast.Field, value any) float64 {
	if len(f.SelectionSet) == 0 {
		return 0
	}
	if f.Arguments.ForName("first") != nil {
		return 2 + op.contents(f, value)
	}
	return 1 + op.contents(f, value)
}

func (op *operation) contents(f *ast.Field, value any) (points float64) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			points += op.contents(f, v)
		}
	case map[string]any:
		for _, child := range op.fields(f.SelectionSet) {
			v, there := value[child.Alias]
			switch {
			case !there: // a fragment on another type
			case child.Name == "nodes":
				nodes, _ := v.([]any)
				points += float64(len(nodes)) + op.contents(child, v)
			case child.Name == "pageInfo":
			default:
				points += op.thing(child, v)
			}
		}
	}
	return points
}
