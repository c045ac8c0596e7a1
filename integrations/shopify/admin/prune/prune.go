package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// header stands above what is written.
const header = `# What Grazie uses of Shopify's Admin GraphQL API, version 2026-10. Cut out of
# the whole schema by ./prune; change ./operations instead and run it again.

`

// ReadOperations reads all operation files of some folders as one document.
func ReadOperations(dirs ...string) (string, error) {
	var all strings.Builder
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.graphql"))
		if err != nil || len(files) == 0 {
			return "", fmt.Errorf("no operations in %s (%v)", dir, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			all.Write(text)
		}
	}
	return all.String(), nil
}

// Prune is the whole schema without what the operations do not reach. It fails
// when an operation is not valid against the whole schema. A member of a union
// or an interface into which no operation looks stays, with its shortest
// field: such answers come, and must be told apart.
func Prune(whole, operations string) ([]byte, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "whole schema", Input: whole})
	if err != nil {
		return nil, err
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, operations, nil)
	if len(errs) > 0 {
		return nil, errs
	}
	p := &pruner{schema: schema, kept: map[string]*ast.Definition{}, inputs: inputsOf(operations), used: map[string]bool{}}
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			if err := p.input(v.Type.Name()); err != nil {
				return nil, err
			}
		}
		if err := p.selection(op.SelectionSet); err != nil {
			return nil, err
		}
	}
	for _, f := range doc.Fragments {
		if err := p.selection(f.SelectionSet); err != nil {
			return nil, err
		}
	}
	for name := range p.inputs {
		if !p.used[name] {
			return nil, fmt.Errorf(`the comment "input %s" names an input that no operation takes`, name)
		}
	}
	p.members()
	return p.text(), nil
}

// comment is a line of the operations that names an input's fields.
var comment = regexp.MustCompile(`(?m)^# input (\w+): (.+)$`)

func inputsOf(operations string) map[string][]string {
	all := map[string][]string{}
	for _, m := range comment.FindAllStringSubmatch(operations, -1) {
		all[m[1]] = append(all[m[1]], strings.Fields(m[2])...)
	}
	return all
}

type pruner struct {
	schema *ast.Schema
	kept   map[string]*ast.Definition
	inputs map[string][]string // fields by input, from the comments
	used   map[string]bool     // inputs that were met
}

// keep begins the pruned twin of a type. Directives go, apart from the one
// that changes what may be sent.
func (p *pruner) keep(name string) *ast.Definition {
	if d := p.kept[name]; d != nil {
		return d
	}
	whole := p.schema.Types[name]
	d := &ast.Definition{Kind: whole.Kind, Name: name, Types: whole.Types, BuiltIn: whole.BuiltIn}
	for _, v := range whole.EnumValues {
		d.EnumValues = append(d.EnumValues, &ast.EnumValueDefinition{Name: v.Name})
	}
	if one := whole.Directives.ForName("oneOf"); one != nil {
		d.Directives = ast.DirectiveList{{Name: "oneOf"}}
	}
	p.kept[name] = d
	return d
}

// input keeps an input type with the fields that are named, and those that
// every value must have.
func (p *pruner) input(name string) error {
	if p.kept[name] != nil {
		return nil
	}
	d, whole := p.keep(name), p.schema.Types[name]
	if d.Kind != ast.InputObject {
		return nil
	}
	p.used[name] = true
	wanted := slices.Clone(p.inputs[name])
	for _, f := range whole.Fields {
		named := slices.Contains(wanted, f.Name)
		wanted = slices.DeleteFunc(wanted, func(w string) bool { return w == f.Name })
		if !named && (!f.Type.NonNull || f.DefaultValue != nil) {
			continue
		}
		d.Fields = append(d.Fields, &ast.FieldDefinition{Name: f.Name, Type: f.Type, DefaultValue: f.DefaultValue})
		if err := p.input(f.Type.Name()); err != nil {
			return err
		}
	}
	if len(wanted) > 0 {
		return fmt.Errorf("input %s has no field %s", name, strings.Join(wanted, ", "))
	}
	return nil
}

func (p *pruner) selection(set ast.SelectionSet) error {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if err := p.field(s); err != nil {
				return err
			}
		case *ast.InlineFragment:
			p.keep(s.TypeCondition)
			if err := p.selection(s.SelectionSet); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pruner) field(s *ast.Field) error {
	if strings.HasPrefix(s.Name, "__") {
		return nil
	}
	f := p.add(s.ObjectDefinition.Name, s.Definition)
	for _, a := range s.Definition.Arguments {
		if f.Arguments.ForName(a.Name) == nil && (s.Arguments.ForName(a.Name) != nil || needed(a)) {
			f.Arguments = append(f.Arguments, &ast.ArgumentDefinition{Name: a.Name, Type: a.Type, DefaultValue: a.DefaultValue})
			if err := p.input(a.Type.Name()); err != nil {
				return err
			}
		}
	}
	return p.selection(s.SelectionSet)
}

func (p *pruner) add(object string, whole *ast.FieldDefinition) *ast.FieldDefinition {
	d := p.keep(object)
	f := d.Fields.ForName(whole.Name)
	if f == nil {
		f = &ast.FieldDefinition{Name: whole.Name, Type: whole.Type}
		d.Fields = append(d.Fields, f)
	}
	p.keep(whole.Type.Name())
	return f
}

// members keeps what unions and interfaces may be, what an interface promises
// in its members, and a field in each.
func (p *pruner) members() {
	for _, name := range slices.Sorted(maps.Keys(p.kept)) {
		d := p.kept[name]
		if !d.IsAbstractType() {
			continue
		}
		for _, member := range p.schema.PossibleTypes[name] {
			m := p.keep(member.Name)
			if d.Kind == ast.Union {
				continue
			}
			m.Interfaces = append(m.Interfaces, name)
			for _, f := range d.Fields {
				p.add(m.Name, f)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.kept)) {
		p.fill(name)
	}
}

// fill gives a type a field if it has none: one that needs no argument and, if
// there is one, no look further.
func (p *pruner) fill(name string) {
	d, whole := p.kept[name], p.schema.Types[name]
	if len(d.Fields) > 0 || d.Kind != ast.Object && d.Kind != ast.Interface {
		return
	}
	free := slices.DeleteFunc(slices.Clone(whole.Fields), func(f *ast.FieldDefinition) bool {
		return strings.HasPrefix(f.Name, "__") || slices.ContainsFunc(f.Arguments, needed)
	})
	rank := func(f *ast.FieldDefinition) int {
		if p.schema.Types[f.Type.Name()].IsLeafType() {
			return slices.Index([]string{"id", "title", f.Name}, f.Name)
		}
		return 3
	}
	f := slices.MinFunc(free, func(a, b *ast.FieldDefinition) int { return rank(a) - rank(b) })
	p.add(name, f)
	p.fill(f.Type.Name())
}

// needed tells whether an argument must be given.
func needed(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }

func (p *pruner) text() []byte {
	defs := make(ast.DefinitionList, 0, len(p.kept))
	for _, d := range p.kept {
		if d.BuiltIn {
			continue
		}
		slices.SortFunc(d.Fields, func(a, b *ast.FieldDefinition) int { return cmp.Compare(a.Name, b.Name) })
		for _, f := range d.Fields {
			slices.SortFunc(f.Arguments, func(a, b *ast.ArgumentDefinition) int { return cmp.Compare(a.Name, b.Name) })
		}
		slices.Sort(d.Interfaces)
		defs = append(defs, d)
	}
	slices.SortFunc(defs, func(a, b *ast.Definition) int { return cmp.Compare(a.Name, b.Name) })
	roots := ast.OperationTypeDefinitionList{{Operation: ast.Query, Type: p.schema.Query.Name}}
	if p.kept[p.schema.Mutation.Name] != nil {
		roots = append(roots, &ast.OperationTypeDefinition{Operation: ast.Mutation, Type: p.schema.Mutation.Name})
	}
	out := bytes.NewBufferString(header)
	formatter.NewFormatter(out, formatter.WithIndent("  ")).FormatSchemaDocument(&ast.SchemaDocument{
		Schema: ast.SchemaDefinitionList{{OperationTypes: roots}}, Definitions: defs,
	})
	return bytes.ReplaceAll(out.Bytes(), []byte("\n}\n"), []byte("\n}\n\n"))
}
