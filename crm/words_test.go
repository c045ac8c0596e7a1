package crm_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"grazie/crm"
)

// constants are the values of a type's constants as the source declares them,
// so that one that is forgotten elsewhere is found.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, d := range parsed.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typ {
				continue
			}
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("%s declares no %s", file, typ)
	}
	return values
}

var snake = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

func TestEveryReasonHasASentence(t *testing.T) {
	declared := constants(t, "decision.go", "Reason")
	for i, r := range declared {
		s := crm.Reason(r).Sentence()
		if s == r || !strings.HasSuffix(s, ".") || strings.ToUpper(s[:1]) != s[:1] {
			t.Errorf("%s says %q, which is no sentence", r, s)
		}
		if !snake.MatchString(r) {
			t.Errorf("%s is not lower_snake", r)
		}
		if slices.Contains(declared[:i], r) {
			t.Errorf("%s is declared twice", r)
		}
	}
	var listed []string
	for _, r := range crm.Reasons() {
		listed = append(listed, string(r))
	}
	slices.Sort(listed)
	slices.Sort(declared)
	if !slices.Equal(listed, declared) {
		t.Errorf("Reasons lists\n%v\nand declared are\n%v", listed, declared)
	}
}

func TestReasonOfAnotherProgramSaysItself(t *testing.T) {
	if got := crm.Reason("moon_phase").Sentence(); got != "moon_phase" {
		t.Errorf("got %q", got)
	}
}

func TestEveryMessageStateIsListed(t *testing.T) {
	var listed []string
	for _, s := range crm.MessageStates {
		listed = append(listed, string(s))
	}
	if declared := constants(t, "message.go", "MessageState"); !slices.Equal(listed, declared) {
		t.Errorf("MessageStates lists\n%v\nand declared are\n%v", listed, declared)
	}
}

// TestWordsOfOneKindDiffer holds what the database and the filters rely on.
func TestWordsOfOneKindDiffer(t *testing.T) {
	for typ, file := range map[string]string{
		"MessageState": "message.go", "Purpose": "message.go", "Verdict": "decision.go", "EventKind": "event.go", "ShopState": "shop.go",
		"ConsentState": "customer.go", "FinancialStatus": "order.go", "SettingKind": "setting.go",
	} {
		words := constants(t, file, typ)
		slices.Sort(words)
		if len(slices.Compact(slices.Clone(words))) != len(words) {
			t.Errorf("%s: two constants are one word: %v", typ, words)
		}
		for _, w := range words {
			if w != "" && !snake.MatchString(w) {
				t.Errorf("%s: %q is not lower_snake", typ, w)
			}
		}
	}
}
