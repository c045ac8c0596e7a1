package crm

import (
	"strings"
	"unicode"
)

// EmailKey is the form of an address that is compared: trimmed and lower case.
// Plus tags and dots are kept, they may be other people (mail-and-domain.md,
// section 1.5). The domain must be in A-labels already; adapters see to it.
func EmailKey(address string) string {
	return strings.ToLower(strings.TrimSpace(address))
}

// Clean drops what must not stand in a name or a title: control characters,
// line breaks, invisible marks and those that turn the direction of writing.
// Runs of white space become one space, and of a text that shows nothing at
// all nothing is left. The joiners of emoji and of Persian stay.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	space, shown := false, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' || r == '\u0085':
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF', r == '\u200B', r >= '\u2060' && r <= '\u206F',
			r >= '\uFFF9' && r <= '\uFFFB', r == unicode.ReplacementChar:
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		shown = shown || unicode.IsGraphic(r) && !unicode.Is(unicode.Mn, r)
	}
	if !shown {
		return ""
	}
	return b.String()
}

// plain tells of most texts that nothing of them would change: visible ASCII
// with single spaces inside.
func plain(s string) bool {
	space := true // as if before the first
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}
