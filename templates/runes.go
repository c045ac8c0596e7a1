package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// graphemes counts what a reader sees as characters. It knows combining marks,
// joined emoji, skin tones and flags (UAX 29 without the rules for Indic
// conjuncts and Hangul jamo, which only make it count more).
func graphemes(s string) int {
	n := 0
	for len(s) > 0 {
		s = s[cluster(s):]
		n++
	}
	return n
}

// cluster is the length in bytes of the first character as a reader sees it.
func cluster(s string) int {
	first, n := utf8.DecodeRuneInString(s)
	flag := regional(first)
	joined := false
	for n < len(s) {
		r, w := utf8.DecodeRuneInString(s[n:])
		switch {
		case unicode.Is(unicode.M, r), r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0020 && r <= 0xE007F:
		case r == zwj:
			joined = true
			n += w
			continue
		case joined && unicode.Is(unicode.So, r):
		case flag && regional(r):
			flag = false
		default:
			return n
		}
		joined = false
		n += w
	}
	return n
}

const zwj = '\u200d'

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// truncate shortens a text to n characters as a reader counts them, at a space
// when there is one near, and marks the cut.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end, space, count := 0, 0, 0
	for i := 0; i < len(s); {
		if count == n {
			break
		}
		if s[i] == ' ' {
			space = i
		}
		if count == n-1 {
			end = i
		}
		i += cluster(s[i:])
		if count++; i >= len(s) {
			return s
		}
	}
	if space > end/2 {
		end = space
	}
	return strings.TrimRight(s[:end], " ,;:.-–—/|(") + "…"
}

// fold is the form in which names and places are compared: no case, no
// accents, single spaces.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFKD.String(s))
		s = strings.ReplaceAll(s, "ß", "ss")
	}
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// isolate keeps a right-to-left value from turning the sentence around it: it
// gets U+2068 and U+2069, the text form of <bdi> (mail-and-domain.md, 5.2).
func isolate(s string) string {
	for _, r := range s {
		if r < 0x590 {
			continue
		}
		p, _ := bidi.LookupRune(r)
		if c := p.Class(); c == bidi.R || c == bidi.AL {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

// letters counts letters.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// shouted tells whether a text is in capitals of an alphabet that has case and
// where that can be repaired: Latin, three letters or more.
func shouted(s string) bool {
	n := 0
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		if !unicode.IsUpper(r) || !unicode.Is(unicode.Latin, r) {
			return false
		}
		n++
	}
	return n > 2
}

// titled gives each word a capital and makes the rest small.
func titled(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			start = r != '.' || start
			return r
		}
		if start {
			start = false
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}
