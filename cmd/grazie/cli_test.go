package main

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"grazie/internal/needs"
)

// The commands are tested as staff uses them, by the scripts in
// testdata/script: a script runs this very test binary as "grazie".
func TestMain(m *testing.M) {
	// Those that may run side by side wait most of their time, for sweeps and
	// leases. A -parallel of the command line is read later and counts instead.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"grazie": main})
}

func TestCommands(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no scripts")
	}
	runScripts(t, files, map[string]string{})
}

// What commands and server share is the database, so those scripts that need
// both run on the other one as well.
func TestCommandsOnPostgres(t *testing.T) {
	for _, name := range []string{"way", "webhook", "message", "job", "bulk", "task", "return", "code", "token", "audit"} {
		t.Run(name, func(t *testing.T) {
			runScripts(t, []string{"testdata/script/" + name + ".txtar"}, map[string]string{
				"DATABASE_URL": needs.FreshPostgres(t), "GRAZIE_SECRET_KEY": "the key of the scripts",
			})
		})
	}
}

func runScripts(t *testing.T, files []string, environ map[string]string) {
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for name, value := range environ {
				env.Setenv(name, value)
			}
			env.Setenv("GRAZIE_DATA_DIR", env.Getenv("WORK")+"/data")
			env.Setenv("USER", "kim")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command of a test with -race lingers for a second
			env.Values["server"] = &scriptServer{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"api":         cmdAPI,
			"connect":     cmdConnect,
			"order":       cmdOrder,
			"serve":       cmdServe,
			"stop-server": func(ts *testscript.TestScript, _ bool, _ []string) { server(ts).stop() },
			"settled":     cmdSettled,
			"sql":         cmdSQL,
			"status":      cmdStatus,
		},
	})
}

// Every flag has a variable, and no variable sets two flags of different names.
func TestEveryFlagHasItsVariable(t *testing.T) {
	k, err := kong.New(&cli{}, everyFlagFromEnv())
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]string{}
	for _, command := range k.Model.Leaves(false) {
		for _, f := range command.Flags {
			if len(f.Envs) == 0 && f.Name != "help" {
				t.Errorf("%s --%s has no variable", command.FullPath(), f.Name)
			}
			for _, name := range f.Envs {
				if other, ok := sets[name]; ok && other != f.Name {
					t.Errorf("%s sets --%s and --%s", name, other, f.Name)
				}
				sets[name] = f.Name
			}
		}
	}
	if len(sets) < 30 {
		t.Errorf("only %d variables: the commands were not looked at", len(sets))
	}
}
