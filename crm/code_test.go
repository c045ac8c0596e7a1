package crm_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"grazie/crm"
)

// repeated is a source of chance that is none.
type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestNewCode(t *testing.T) {
	form := regexp.MustCompile(`^GRAZIE-[2-9A-HJKMNPQRTVWXY]{5}-[2-9A-HJKMNPQRTVWXY]{5}$`)
	seen, letters := map[string]bool{}, map[rune]int{}
	const codes = 20000
	for range codes {
		code, err := crm.NewCode("GRAZIE", rand.Reader)
		if err != nil || !form.MatchString(code) {
			t.Fatalf("got %q, %v", code, err)
		}
		if seen[code] {
			t.Fatalf("%s came twice", code)
		}
		seen[code] = true
		for _, r := range crm.CodeKey(code)[len("GRAZIE"):] {
			letters[r]++
		}
		if strings.Contains(crm.CodeKey(code), "88") || strings.Contains(crm.CodeKey(code), "XXX") {
			t.Fatalf("%s holds what no code may", code)
		}
	}
	if len(letters) != 28 {
		t.Errorf("%d symbols were drawn; want 28", len(letters))
	}
	// 200,000 symbols, 7,143 of each: ten deviations off is no chance. A modulo
	// without rejection favours the first four by a ninth, 790 too many.
	for r, n := range letters {
		if n < 6500 || n > 7800 {
			t.Errorf("%c was drawn %d times of %d", r, n, codes*10)
		}
	}
}

func TestBytesThatWouldFavourLettersAreThrownAway(t *testing.T) {
	source := append([]byte{252, 253, 254, 255}, 0, 1, 2, 3, 4, 251, 9, 10, 11, 12)
	if code, err := crm.NewCode("AB", bytes.NewReader(source)); err != nil || code != "AB-23456-YBCDE" {
		t.Errorf("got %q, %v", code, err)
	}
}

func TestUglyCodesAreDrawnAnew(t *testing.T) {
	kkk := []byte{17, 17, 17, 0, 0, 0, 0, 0, 0, 0} // KKK2222222
	fine := []byte{1, 2, 3, 4, 5, 7, 8, 9, 10, 12}
	if code, err := crm.NewCode("AB", bytes.NewReader(append(kkk, fine...))); err != nil || code != "AB-34567-9ABCE" {
		t.Errorf("got %q, %v", code, err)
	}
}

func TestNewCodeNeedsChance(t *testing.T) {
	for name, source := range map[string]io.Reader{"none": bytes.NewReader(nil), "too little": bytes.NewReader([]byte{1, 2, 3}), "bytes that are all thrown away": repeated(255), "only an ugly word": repeated(17)} {
		if code, err := crm.NewCode("GRAZIE", source); err == nil || code != "" {
			t.Errorf("%s: got %q, %v", name, code, err)
		}
	}
}

func TestCodePrefix(t *testing.T) {
	for prefix, ok := range map[string]bool{
		"AB": true, "GRAZIE": true, "ANNA2027": true, "ABCDEFGHIJKL": true,
		"": false, "A": false, "ABCDEFGHIJKLM": false, "anna": false, "AN-NA": false, "ÄNNA": false, "AN NA": false,
	} {
		err := crm.CheckCodePrefix(prefix)
		if _, drawn := crm.NewCode(prefix, rand.Reader); (err == nil) != ok || (drawn == nil) != ok {
			t.Errorf("%q: %v, %v", prefix, err, drawn)
		}
		var invalid *crm.Invalid
		if !ok && !errors.As(err, &invalid) {
			t.Errorf("%q: %v; want an Invalid", prefix, err)
		}
	}
}

func TestCodeKey(t *testing.T) {
	for text, want := range map[string]string{
		"GRAZIE-7KQ2M-9XTBC": "GRAZIE7KQ2M9XTBC", "grazie-7kq2m-9xtbc": "GRAZIE7KQ2M9XTBC", " grazie 7kq2m 9xtbc\n": "GRAZIE7KQ2M9XTBC",
		"O0I1": "O0I1", "": "", "-": "",
	} {
		if got := crm.CodeKey(text); got != want {
			t.Errorf("%q is compared as %q; want %q", text, got, want)
		}
	}
}
