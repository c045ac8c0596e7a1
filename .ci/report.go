// Command report reads the events of "go test -json" and prints a line per
// package, whatever a failed test or build said, and how many tests passed. It
// fails when a test failed, and, unless told -skips, when one was skipped.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action     string
	Package    string
	ImportPath string // of what was built
	Test       string
	Elapsed    float64
	Output     string
}

type test struct{ pkg, name string }

func main() {
	skipsAllowed := flag.Bool("skips", false, "do not mind skipped tests")
	flag.Parse()

	said := map[test][]string{}
	tests := map[string]int{} // passed, by package
	broken := map[string]bool{}
	passed, failed, skipped, packages := 0, 0, 0, 0
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // of the go command itself
			continue
		}
		t := test{e.Package, e.Test}
		switch e.Action {
		case "output":
			said[t] = append(said[t], e.Output)
		case "build-output":
			fmt.Print(e.Output)
		case "build-fail":
			fmt.Println("FAIL  cannot be built:", e.ImportPath)
		case "pass":
			if e.Test == "" {
				packages++
				fmt.Printf("ok    %-36s %6.1fs %5d tests\n", e.Package, e.Elapsed, tests[e.Package])
				continue
			}
			passed++
			tests[e.Package]++
			delete(said, t)
		case "skip":
			if e.Test == "" {
				continue // no test files
			}
			skipped++
			if !*skipsAllowed {
				fmt.Printf("SKIP  %s %s\n%s", e.Package, e.Test, strings.Join(said[t], ""))
			}
			delete(said, t)
		case "fail":
			if e.Test != "" || !broken[e.Package] { // a package fails with its tests
				failed++
			}
			broken[e.Package] = true
			fmt.Printf("FAIL  %s %s %.1fs\n%s", e.Package, e.Test, e.Elapsed, strings.Join(said[t], ""))
			delete(said, t)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Println("FAIL: the events cannot be read:", err)
		failed++
	}
	if skipped > 0 && !*skipsAllowed {
		fmt.Println("FAIL: nothing may be skipped here")
		failed++
	}
	if packages == 0 && failed == 0 {
		fmt.Println("FAIL: no package was tested")
		failed++
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 {
		os.Exit(1)
	}
}
