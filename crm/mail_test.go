package crm_test

import (
	"strings"
	"testing"

	"grazie/crm"
)

// What others look at must not unsubscribe her, nor open her pages.
func TestInertHasNoLinkOfHers(t *testing.T) {
	token := strings.Repeat("aB3-_", 20)
	for given, want := range map[string]string{
		`<a href="https://grazie.example/u/` + token + `">`:        `<a href="#">`,
		`<a href='http://127.0.0.1:8080/base/p/` + token + `'>`:    `<a href='#'>`,
		"Say it here: https://grazie.example/r/" + token + "\nBye": "Say it here: #\nBye",
		`(https://grazie.example/u/` + token + `)`:                 `(#)`,
		`/p/` + token:                       `#`,
		`https://shop.example/r/olive-soap`: `https://shop.example/r/olive-soap`,
		`https://shop.example/products/olive-soap?discount=GRAZIE-AB12CD34`: `https://shop.example/products/olive-soap?discount=GRAZIE-AB12CD34`,
		`https://grazie.example/u/preview`:                                  `https://grazie.example/u/preview`,
		`https://one.example/ https://grazie.example/u/` + token:            `https://one.example/ #`,
	} {
		if got := crm.Inert(given); got != want {
			t.Errorf("of %q is left %q, want %q", given, got, want)
		}
	}
}
