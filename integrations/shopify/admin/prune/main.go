// Prune cuts the whole schema of Shopify's Admin API down to what the
// operations use, for the client to be generated from and the simulated shop
// to be built on:
//
//	go run ./integrations/shopify/admin/prune admin-2026-10.graphql
//
// It reads ../operations and ../raw and writes ../schema.graphql beside them. The whole
// schema comes from Shopify and is not part of the project.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("name the file of the whole schema, such as admin-2026-10.graphql"))
	}
	_, here, _, _ := runtime.Caller(0)
	admin := filepath.Dir(filepath.Dir(here))
	operations, err := ReadOperations(filepath.Join(admin, "operations"), filepath.Join(admin, "raw"))
	if err != nil {
		fail(err)
	}
	whole, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	pruned, err := Prune(string(whole), operations)
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(filepath.Join(admin, "schema.graphql"), pruned, 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "prune:", err)
	os.Exit(1)
}
