// Package needs tells a test where the outside thing is that it needs, or
// skips it. With GRAZIE_TEST_ALL=true, as in CI, a thing that is missing fails
// the test instead: there, nothing may be skipped.
package needs

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Contracts is the folder of other people's schemas, payloads and vectors,
// which lies beside the checkout and is not part of the project.
func Contracts(t testing.TB) string {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "contracts")
	if _, err := os.Stat(dir); err != nil {
		missing(t, "the contracts folder beside the checkout")
	}
	return dir
}

// Postgres is the URL of a PostgreSQL database that tests may write to.
func Postgres(t testing.TB) string {
	t.Helper()
	return setting(t, "GRAZIE_TEST_POSTGRES")
}

// Redis is the URL of a Redis that tests may write to and flush.
func Redis(t testing.TB) string {
	t.Helper()
	return setting(t, "GRAZIE_TEST_REDIS")
}

// Program is the path of a program on this machine.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil || plain() {
		missing(t, name)
	}
	return path
}

// NodeModules makes sure that the npm packages of a folder, relative to the
// test's, are installed: "npm ci" there does it.
func NodeModules(t testing.TB, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil || plain() {
		missing(t, "folder node_modules: run \"npm ci\" beside package.json")
	}
}

// plain tells whether this machine is to be taken for one that has nothing but Go.
func plain() bool { return os.Getenv("GRAZIE_TEST_PLAIN") == "true" }

func setting(t testing.TB, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		missing(t, name)
	}
	return v
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("GRAZIE_TEST_ALL") == "true" {
		t.Fatalf("GRAZIE_TEST_ALL is set but there is no %s", what)
	}
	t.Skipf("needs %s", what)
}
