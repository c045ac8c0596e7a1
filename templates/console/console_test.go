package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"grazie/crm"
)

// saidByItself is what the program says in English where it stands: reasons in crm,
// settings where they are declared, names for texts in templates. That each has its
// Italian is tested where they can be seen.
var saidByItself = regexp.MustCompile(`^(reasons\.\w+|gestures\.\w+\.\w+\.(label|help)|templates\.means\..+)$`)

// English and Italian say the same things, with the same values in them.
func TestBothLanguagesSayAll(t *testing.T) {
	for key, said := range texts()["it"] {
		if strings.TrimSpace(said) == "" {
			t.Errorf("it: %s is empty", key)
		}
		if _, there := texts()["en"][key]; !there && !saidByItself.MatchString(key) {
			t.Errorf("en: there is no %s", key)
		}
	}
	for key, said := range texts()["en"] {
		if strings.TrimSpace(said) == "" {
			t.Errorf("en: %s is empty", key)
		}
		it, there := texts()["it"][key]
		if !there {
			t.Errorf("it: there is no %s", key)
		} else if a, b := placeholders(said), placeholders(it); !slices.Equal(a, b) {
			t.Errorf("%s holds %v in English and %v in Italian", key, a, b)
		}
	}
}

func placeholders(said string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(said, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Why something was not done is told in Italian too, and of no other words.
func TestReasonsInItalian(t *testing.T) {
	there := map[string]bool{}
	for _, r := range crm.Reasons() {
		there["reasons."+string(r)] = true
		said, err := (&Page{Lang: "it"}).Reason(r)
		if err != nil {
			t.Error(err)
		} else if said == r.Sentence() || !strings.HasSuffix(said, ".") {
			t.Errorf("%s is no Italian sentence: %q", r, said)
		}
	}
	for key := range texts()["it"] {
		if strings.HasPrefix(key, "reasons.") && !there[key] {
			t.Errorf("%s is no reason", key)
		}
	}
}

// Words of crm that pages show as they stand in the database.
func TestWordsOfRows(t *testing.T) {
	for _, w := range []struct{ file, kind, prefix string }{
		{"effect.go", "EffectKind", "effects.kind."},
		{"effect.go", "EffectState", "effects."},
		{"effect.go", "DiscountKind", "effects.gives."},
		{"effect.go", "RewardKind", "effects.reward."},
		{"customer.go", "ConsentState", "consent."},
		{"message.go", "MessageState", "states."},
	} {
		found := constants(t, w.file, w.kind)
		if len(found) == 0 {
			t.Errorf("crm/%s has no %s", w.file, w.kind)
		}
		for _, word := range found {
			if word == "" {
				word = "unknown"
			}
			if !Has("en", w.prefix+word) {
				t.Errorf("there is no %s%s", w.prefix, word)
			}
		}
	}
	for _, word := range []string{crm.SuppressedBounced, crm.SuppressedUnclear, crm.SuppressedFull, crm.SuppressedComplained, crm.SuppressedUnsubscribed, crm.SuppressedErased, crm.SuppressedGroup} {
		if !Has("en", "suppressions.reason."+word) {
			t.Errorf("there is no suppressions.reason.%s", word)
		}
	}
}

// constants are the values of crm's constants of a type.
func constants(t *testing.T, file, kind string) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../../crm/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, is := n.(*ast.ValueSpec); is && len(v.Values) == 1 {
			if of, is := v.Type.(*ast.Ident); is && of.Name == kind {
				all = append(all, unquoted(t, v.Values[0].(*ast.BasicLit).Value))
			}
		}
		return true
	})
	return all
}

func unquoted(t *testing.T, s string) string {
	t.Helper()
	text, err := strconv.Unquote(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A page asks for no text that is not there: it would not be shown at all.
func TestTemplatesAskForWhatIsThere(t *testing.T) {
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	asks := regexp.MustCompile(`(\.Say|\.Count|"Label"|"Hint"|"Text")\s+"([^"]+)"`)
	made := regexp.MustCompile(`(?:\.Say|\.Count|"Label"|"Hint"|"Text")\s+\(printf\s+"([^"]+)"`)
	seen := 0
	for name, text := range sources(t) {
		for _, a := range action.FindAllString(text, -1) {
			for _, m := range asks.FindAllStringSubmatch(a, -1) {
				seen++
				key := m[2]
				if m[1] == ".Count" {
					key += ".other"
					if !Has("en", m[2]+".one") {
						t.Errorf("%s counts by %q, which has no form for one", name, m[2])
					}
				}
				if !Has("en", key) {
					t.Errorf("%s says %q, which is not there", name, key)
				}
			}
			for _, m := range made.FindAllStringSubmatch(a, -1) {
				seen++
				if !some("en", m[1]) {
					t.Errorf("%s says %q: there is no such text", name, m[1])
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d texts were found in templates", seen)
	}
}

func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range []string{"pages", "parts"} {
		err := fs.WalkDir(files, dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				var text []byte
				text, err = files.ReadFile(name)
				all[name] = string(text)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// some tells whether the key of any text in a language could be made by a format.
func some(lang, format string) bool {
	format = regexp.MustCompile(`%[sdv]`).ReplaceAllString(regexp.QuoteMeta(format), `.+`)
	key := regexp.MustCompile("^" + format + `(\.one)?$`)
	for have := range maps.Keys(texts()[lang]) {
		if key.MatchString(have) {
			return true
		}
	}
	return false
}

// Nor does the program: the titles of pages and the names of acts, what is said
// once something is done, and whatever else in it begins with the name of an area.
func TestHandlersAskForWhatIsThere(t *testing.T) {
	areas := map[string]bool{}
	for key := range texts()["en"] {
		areas[key[:strings.IndexByte(key, '.')]] = true
	}
	looksLikeKey := regexp.MustCompile(`^[a-z]+\.[a-z0-9_.-]*$`)
	names, err := filepath.Glob("../../handlers/console*.go")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, 0)
		if os.IsNotExist(err) {
			continue // renamed meanwhile
		} else if err != nil {
			t.Fatal(err)
		}
		beginnings := map[ast.Node]bool{} // of texts that English need not have
		ask := func(n ast.Node) {
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING {
				return
			}
			if beginnings[n] {
				if key := unquoted(t, lit.Value); !some("it", strings.TrimSuffix(key, ".")+".%s") {
					t.Errorf("%s begins no text: %q", set.Position(lit.Pos()), key)
				}
				return
			}
			if key := unquoted(t, lit.Value); looksLikeKey.MatchString(key) && !answered(key) {
				t.Errorf("%s says %q, which is not there", set.Position(lit.Pos()), key)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.BasicLit:
				if area, _, dotted := strings.Cut(strings.Trim(x.Value, "\"`"), "."); dotted && areas[area] {
					ask(x)
				}
			case *ast.CallExpr:
				switch called(x) {
				case "page", "look", "act":
					if len(x.Args) == 5 {
						ask(x.Args[3])
					}
				case "say":
					ask(x.Args[0])
				case "declare":
					for _, words := range x.Args[2:] {
						beginnings[words] = true
					}
				case "SayOr":
					if made, is := x.Args[0].(*ast.BinaryExpr); is {
						beginnings[made.X] = true
					}
				case "done":
					if len(x.Args) == 2 {
						ask(x.Args[1])
					}
				}
			}
			return true
		})
	}
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// answered tells whether there is a text; of what ends with a dot, any that begins
// so; and of what is counted, a form for one.
func answered(key string) bool {
	if strings.HasSuffix(key, ".") {
		return some("en", key+"%s")
	}
	return Has("en", key) || Has("en", key+".one")
}
