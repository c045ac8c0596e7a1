package grazie_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "grazie"

// rooms says what the packages in a folder may import of ours. A folder that is
// not listed fails the test: it needs a line here, and a thought about where it
// belongs. "x/..." stands for every folder below x that has no line of its own.
var rooms = map[string][]string{
	"crm":                          {},
	"config":                       {},
	"journeys":                     {"crm"},
	"store":                        {"crm"},
	"templates":                    {"crm"},
	"templates/pages":              {"crm"},
	"templates/console":            {"crm"},
	"templates/cards":              {},
	"integrations":                 {"crm"},
	"integrations/...":             {"crm", "integrations"},
	"integrations/shopify":         {"crm", "integrations", "integrations/shopify/admin"},
	"integrations/shopify/simshop": {"crm", "integrations", "integrations/shopify", "integrations/shopify/admin"},
	"desk":                         {"crm", "journeys", "store", "integrations", "templates"},
	"jobs":                         {"crm", "desk", "journeys", "store", "integrations", "templates"},
	"handlers":                     {"crm", "desk", "journeys", "store", "integrations", "integrations/outbox", "integrations/senderdns", "templates", "templates/pages", "templates/console", "templates/cards"},
	"cmd/...":                      {"crm", "config", "desk", "journeys", "store", "integrations", "integrations/...", "templates", "templates/pages", "templates/console", "templates/cards", "jobs", "handlers"},
	"internal/needs":               {},
	".":                            {},
}

// helpers are for tests only: no other file may import them.
var helpers = []string{"internal/needs", "integrations/labeltest", "integrations/mailertest", "integrations/platformtest"}

// inTests is what test files may import besides: real adapters and the
// simulated shop to put in at a door, and the helpers.
var inTests = append([]string{"integrations/..."}, helpers...)

// home names the folders that alone may import a package of others, or of the
// standard library, and everything below it.
var home = map[string][]string{
	"github.com/labstack/echo": {"handlers"},
	"github.com/hibiken/asynq": {"jobs"},
	"database/sql":             {"store", "internal/needs"},               // a test reads what lies there
	"github.com/jackc/pgx":     {"store", "internal/needs", "cmd/grazie"}, // bench makes itself a database
	"modernc.org/sqlite":       {"store", "internal/needs"},

	"github.com/go-json-experiment": {"integrations/shopify"}, // before its first release: one package, one file
}

// pure folders reach nothing outside of the program.
var pure = []string{"crm", "journeys"}

var outside = []string{"os", "os/exec", "net", "net/http", "database/sql", "syscall"}

func TestImports(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != "." && (name[0] == '.' || name[0] == '_' || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		// All files are read, whatever system or tag they are built for.
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := refused(filepath.ToSlash(file), imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("only %d files were read: this test must run at the module's root", seen)
	}
}

// TestRefused shows that the rules refuse what they are there for.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		file, imported string
		refused        bool
	}{
		{"crm/order.go", "slices", false},
		{"crm/order.go", "grazie/store", true},
		{"crm/order.go", "github.com/google/uuid", true},
		{"crm/order.go", "net/http", true},
		{"crm/order_test.go", "pgregory.net/rapid", false},
		{"journeys/gates.go", "grazie/templates", true},
		{"store/shops.go", "grazie/journeys", true},
		{"jobs/bell.go", "grazie/handlers", true},
		{"jobs/bell.go", "grazie/integrations/smtp", true},
		{"jobs/bell_test.go", "grazie/integrations/smtp", false},
		{"jobs/bell_test.go", "grazie/handlers", true},
		{"handlers/handlers.go", "grazie/jobs", true},
		{"handlers/handlers.go", "github.com/hibiken/asynq", true},
		{"handlers/handlers.go", "github.com/labstack/echo/v4/middleware", false},
		{"integrations/smtp/smtp.go", "grazie/integrations/sendgrid", true},
		{"integrations/newcomer/newcomer.go", "grazie/integrations", false},
		{"integrations/smtp/smtp.go", "grazie/integrations/mailertest", true},
		{"integrations/smtp/smtp_test.go", "grazie/integrations/mailertest", false},
		{"cmd/grazie/wire.go", "grazie/integrations/smtp", false},
		{"cmd/grazie/wire.go", "grazie/internal/needs", true},
		{"cmd/grazie/wire.go", "github.com/labstack/echo/v4", true},
		{"cmd/grazie/wire.go", "database/sql", true},
		{"cmd/grazie/serve_test.go", "database/sql", false},
		{"handlers/health_test.go", "database/sql", true},
		{"util/strings.go", "strings", true},
	} {
		if why := refused(c.file, c.imported); (why != "") != c.refused {
			t.Errorf("refused(%s, %s) = %q, want refused: %t", c.file, c.imported, why, c.refused)
		}
	}
}

// refused says why a file may not import a package, or nothing.
func refused(file, imported string) string {
	folder, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	room, known := rooms[roomOf(folder)]
	if !known {
		return folder + " has no line in the table of imports_test.go"
	}
	// A test of the whole program may look into any part of it.
	whole := test && strings.HasPrefix(folder, "cmd/")
	for of, folders := range home {
		if !whole && (imported == of || strings.HasPrefix(imported, of+"/")) && !slices.Contains(folders, folder) {
			return "only " + strings.Join(folders, " and ") + " may"
		}
	}
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	switch {
	case isOurs && slices.Contains(helpers, ours) && !test:
		return "it is for tests only"
	case isOurs && ours != folder && !lists(room, ours) && !(test && lists(inTests, ours)):
		return folder + " may import of ours: " + cmp.Or(strings.Join(room, ", "), "nothing")
	case folder == "crm" && !isOurs && !test && strings.Contains(imported, "."):
		return "crm stands on the standard library alone"
	case slices.Contains(pure, folder) && !test && slices.Contains(outside, imported):
		return folder + " is pure: it touches nothing outside of the program"
	}
	return ""
}

// roomOf is the line of the table that holds for a folder.
func roomOf(folder string) string {
	if _, ok := rooms[folder]; ok {
		return folder
	}
	top, _, _ := strings.Cut(folder, "/")
	return top + "/..."
}

// lists tells whether a folder stands in a list, by itself or below "x/...".
func lists(list []string, folder string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		above, all := strings.CutSuffix(entry, "...")
		return entry == folder || all && strings.HasPrefix(folder, above)
	})
}
