package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"grazie/internal/needs"
)

func operations(t *testing.T, dirs ...string) string {
	t.Helper()
	ops, err := ReadOperations(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	return ops
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWholeSchema holds every operation to Shopify's whole schema, and the
// committed schema to what pruning makes of it.
func TestWholeSchema(t *testing.T) {
	whole := read(t, needs.Contracts(t), "shopify", "admin-2026-10.graphql")
	pruned, err := Prune(whole, operations(t, "../operations", "../raw"))
	if err != nil {
		t.Fatal(err)
	}
	if string(pruned) != read(t, "../schema.graphql") {
		t.Error("schema.graphql is not what the operations use: run go generate ./integrations/shopify/admin")
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: whole})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range sent(t) {
		if _, errs := gqlparser.LoadQueryWithRules(schema, query, nil); errs != nil {
			t.Errorf("%v in what is sent:\n%s", errs, query)
		}
	}
}

// sent are the operations as they stand in the generated client.
func sent(t *testing.T) []string {
	t.Helper()
	var all []string
	for part := range strings.SplitSeq(read(t, "../generated.go"), "_Operation = `") {
		query, _, ok := strings.Cut(part, "`")
		if ok && strings.Contains(query, "{") && !strings.Contains(query, "package admin") {
			all = append(all, query)
		}
	}
	ops := "\n" + operations(t, "../operations")
	if want := strings.Count(ops, "\nquery ") + strings.Count(ops, "\nmutation "); len(all) != want {
		t.Fatalf("the client sends %d operations, ./operations has %d: run go generate ./integrations/shopify/admin", len(all), want)
	}
	return all
}

// TestCommittedSchema needs nothing from outside: what the client sends is
// valid against the schema beside it.
func TestCommittedSchema(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: read(t, "../schema.graphql")})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range sent(t) {
		if _, errs := gqlparser.LoadQueryWithRules(schema, query, nil); errs != nil {
			t.Errorf("%v in what is sent:\n%s", errs, query)
		}
	}
}

const small = `
schema { query: Q  mutation: M }
type Q { a(x: Int, y: Int = 1, z: Int!): A  thing: Thing  unused: String }
type M { set(in: In!): A @deprecated(reason: "old") }
type A implements Node { id: ID!  name: String  other: Other }
type B implements Node { id: ID!  parts: [Other!]! }
type Other { deep(x: Int!): String  title: String! }
interface Node { id: ID! }
union Thing = A | B | Other
input In @oneOf { must: Int!  given: Kind  else: Int }
enum Kind { ONE TWO }
`

func TestPrune(t *testing.T) {
	for _, c := range []struct{ name, operations, want, err string }{
		{name: "a field with an argument and one that it needs",
			operations: "query X { a(x: 1, z: 2) { name } }",
			want:       "type A { name: String } type Q { a(x: Int, z: Int!): A }"},
		{name: "an input's fields by their comment and by need, a union's members",
			operations: "# input In: given\nquery X { thing { ... on A { name } } } mutation Y($in: In!) { set(in: $in) { id } }",
			want: "type A { id: ID! name: String } type B { id: ID! } input In @oneOf { given: Kind must: Int! } enum Kind { ONE TWO } " +
				"type M { set(in: In!): A } type Other { title: String! } type Q { thing: Thing } union Thing = A | B | Other"},
		{name: "an unknown field of an input", operations: "# input In: nothing\nmutation Y($in: In!) { set(in: $in) { id } }", err: "input In has no field nothing"},
		{name: "an input that is not used", operations: "# input Out: x\nquery X { unused }", err: `"input Out" names an input that no operation takes`},
		{name: "an operation that is not valid", operations: "query X { nothing }", err: `Cannot query field "nothing"`},
	} {
		got, err := Prune(small, c.operations)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		_, types, _ := strings.Cut(string(got), "}") // behind the schema itself
		if flat := strings.Join(strings.Fields(types), " "); flat != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, flat, c.want)
		}
	}
}
