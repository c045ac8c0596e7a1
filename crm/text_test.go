package crm_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"grazie/crm"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ what, raw, want string }{
		{"a plain name", "Anna Rossi", "Anna Rossi"},
		{"space around and runs of it", "  Anna \t\u00a0 Rossi ", "Anna Rossi"},
		{"line breaks that would start a header", "Anna\r\nBcc: x@y.example", "Anna Bcc: x@y.example"},
		{"line and paragraph separators", "a\u2028b\u2029c\u0085d", "a b c d"},
		{"NUL, escape, delete and C1 controls", "A\x00n\x1bn\x7fa\u0090", "Anna"},
		{"marks that turn the direction", "\u202eannA\u202c \u2066x\u2069\u200e\u200f\u061c", "annA x"},
		{"zero width space and byte order mark", "\ufeffAn\u200bna", "Anna"},
		{"word joiner and invisible signs", "An\u2060\u2061\u2064na", "Anna"},
		{"annotation marks", "\ufff9Anna\ufffb", "Anna"},
		{"bytes that are no text", "An\xffna\xc3", "Anna"},
		{"a replacement mark from elsewhere", "An\ufffdna", "Anna"},
		{"a control between spaces", "a \x00 b", "a b"},
		{"a family of emoji", "Mug 👩\u200d👩\u200d👧", "Mug 👩\u200d👩\u200d👧"},
		{"a heart with its colour", "❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"},
		{"a flag of letters beyond the plane", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"},
		{"a skin tone", "👍🏽", "👍🏽"},
		{"a Persian joint", "می\u200cخواهم", "می\u200cخواهم"},
		{"an accent of its own", "Zoe\u0308", "Zoe\u0308"},
		{"nothing", "", ""},
		{"only space", " \t\r\n", ""},
		{"only what does not show", "\u200d\u200c\ufe0f \u200b", ""},
	} {
		if got := crm.Clean(c.raw); got != c.want {
			t.Errorf("%s: Clean(%+q) = %+q; want %+q", c.what, c.raw, got, c.want)
		}
	}
}

func TestCleanTextHoldsNothingThatActs(t *testing.T) {
	sharp := []rune("\u200b\ufeff\u202e\u2066\u2028\u2029\u0085\r\n\t\x00\x7f\u2060\u200d \u00a0a")
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringOf(rapid.OneOf(rapid.SampledFrom(sharp), rapid.Rune())).Draw(t, "raw")
		got := crm.Clean(raw)
		if crm.Clean(got) != got {
			t.Fatalf("%+q is not clean: cleaning it again gives %+q", got, crm.Clean(got))
		}
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("%+q", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.IsSpace(r) && r != ' ' || r == '\u200b' {
				t.Fatalf("%+q still holds %U", got, r)
			}
		}
	})
}

func TestEmailKey(t *testing.T) {
	for _, c := range []struct{ what, address, key string }{
		{"case does not matter", " Nina@Posta.Example\n", "nina@posta.example"},
		{"a plus tag may be somebody else", "nina+shop@posta.example", "nina+shop@posta.example"},
		{"a dot may be somebody else", "n.ina@posta.example", "n.ina@posta.example"},
		{"letters beyond ASCII have a case too", "KÄTHE@posta.example", "käthe@posta.example"},
		{"nothing", " ", ""},
	} {
		got := crm.EmailKey(c.address)
		if got != c.key || crm.EmailKey(got) != got {
			t.Errorf("%s: EmailKey(%q) = %q; want %q", c.what, c.address, got, c.key)
		}
	}
}
