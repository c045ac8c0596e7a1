package templates

import (
	"errors"
	"strings"
)

// spotInHTML follows the literal text of an HTML part, to know where a value
// stands. Escaping keeps a value inside quotes and between tags; it cannot help
// where there are no quotes, or where the value itself is the address of a link.
type spotInHTML struct{ tag string } // the open tag so far, empty between tags

// pass reads literal text.
func (s *spotInHTML) pass(text string) {
	text = s.tag + text
	s.tag = ""
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return
		}
		text = text[i:]
		if len(text) > 1 && !isLetter(text[1]) {
			text = text[1:] // a comment, an end tag, a sign in a text
			continue
		}
		end := tagEnd(text)
		if end < 0 {
			s.tag = text
			return
		}
		text = text[end:]
	}
}

// tagEnd is where a tag ends, minding quotes; -1 when it does not.
func tagEnd(tag string) int {
	quote := byte(0)
	for i := range len(tag) {
		switch c := tag[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}

var (
	errUnquoted = errors.New(`a value inside a tag must stand in quotes, as in title="{{ shop.name }}"`)
	errAddress  = errors.New(`a link cannot begin with a value, except one whose name ends in _url; write https:// and the domain before it`)
	errActive   = errors.New(`a value cannot stand in a style or a script of a tag`)
)

// value tells whether a value may stand here, and passes it. A checked address
// may begin a link.
func (s *spotInHTML) value(url bool) error {
	if s.tag == "" {
		return nil
	}
	quote, name := byte(0), ""
	start := 0
	for i := range len(s.tag) {
		c := s.tag[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, start = c, i+1
			before := strings.TrimRight(s.tag[:i], " \t\r\n=")
			name = strings.ToLower(before[strings.LastIndexAny(before, " \t\r\n/<\"'")+1:])
		}
	}
	switch {
	case quote == 0:
		return errUnquoted
	case name == "style" || strings.HasPrefix(name, "on"):
		return errActive
	case !url && (name == "href" || name == "src" || name == "action" || name == "background") && !strings.Contains(s.tag[start:], "://") && !strings.HasPrefix(s.tag[start:], "mailto:"):
		return errAddress
	}
	s.tag += "x"
	return nil
}
