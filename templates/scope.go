package templates

import (
	"fmt"
	"strings"
)

// scope knows the variables at one place of a template and reads expressions
// far enough to tell which variables and filters they use.
//
// The reading follows the engine's own lexer (its expressions/scanner.rl); what
// that one would pass over in silence is an error here.
type scope struct {
	names map[string]*shape
	root  *shape // the variables that are given
}

func newScope(root *shape) *scope {
	s := &scope{names: map[string]*shape{"forloop": forloopShape}, root: root}
	for name, sh := range root.fields {
		s.names[name] = sh
	}
	return s
}

// urlVariable tells whether an expression is nothing but one of the addresses
// that we checked: only those may be the beginning of a link.
func (s *scope) urlVariable(expr string) bool {
	name := strings.TrimSpace(expr)
	return strings.HasSuffix(name, urlSuffix) && s.root.fields[name] != nil
}

// urlSuffix ends the names of variables that are whole addresses.
const urlSuffix = "_url"

// word is one token of an expression.
type word struct {
	kind byte // 'i' identifier, 'k' keyword with colon, 'p' property, 's' string, 'n' number, '.' range, else the character
	text string
}

// words takes an expression apart.
func words(expr string) ([]word, error) {
	var ws []word
	depth := 0
	for i := 0; i < len(expr); {
		c := expr[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			n := strings.IndexByte(expr[i+1:], c)
			if n < 0 {
				return nil, fmt.Errorf("a text after %c has no end", c)
			}
			if strings.Contains(expr[i:i+n+2], "%}") {
				return nil, fmt.Errorf("a text may not hold %%}")
			}
			ws = append(ws, word{'s', expr[i : i+n+2]})
			i += n + 2
		case c == '.' && i+1 < len(expr) && expr[i+1] == '.':
			ws = append(ws, word{'.', ".."})
			i += 2
		case c == '.' && i+1 < len(expr) && isLetter(expr[i+1]):
			n := identifier(expr[i+1:])
			ws = append(ws, word{'p', expr[i+1 : i+1+n]})
			i += 1 + n
		case isLetter(c):
			n := identifier(expr[i:])
			w := word{'i', expr[i : i+n]}
			if i += n; i < len(expr) && expr[i] == ':' {
				w.kind = 'k'
				i++
			}
			ws = append(ws, w)
		case isDigit(c) || c == '-' && i+1 < len(expr) && isDigit(expr[i+1]):
			n := 1
			for i+n < len(expr) && (isDigit(expr[i+n]) || expr[i+n] == '.' && i+n+1 < len(expr) && isDigit(expr[i+n+1])) {
				n++
			}
			if n > 15 {
				return nil, fmt.Errorf("the number %s is too long", expr[i:i+n])
			}
			ws = append(ws, word{'n', expr[i : i+n]})
			i += n
		case strings.IndexByte("()[]|,=!<>", c) >= 0:
			switch c {
			case '(', '[':
				depth++
			case ')', ']':
				depth--
			}
			if depth < 0 {
				return nil, fmt.Errorf("%c closes nothing", c)
			}
			ws = append(ws, word{c, string(c)})
			i++
		default:
			return nil, fmt.Errorf("%q does not belong into an expression", []rune(expr[i:])[0])
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("a bracket is not closed")
	}
	return ws, nil
}

// operators are words that name no variable.
var operators = map[string]bool{"and": true, "or": true, "contains": true, "true": true, "false": true, "nil": true, "in": true}

// expression checks the variables and filters of an expression.
func (s *scope) expression(expr string) error {
	ws, err := words(expr)
	if err != nil {
		return err
	}
	_, err = s.check(ws, false)
	return err
}

// check walks over an expression; the shape it returns is that of the last
// variable, open when it was changed on the way.
func (s *scope) check(ws []word, loop bool) (*shape, error) {
	last := openShape
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		filtered := i > 0 && ws[i-1].kind == '|'
		switch {
		case filtered && (w.kind == 'i' || w.kind == 'k'):
			if filters[w.text] == nil {
				return nil, fmt.Errorf("there is no filter %q here", w.text)
			}
			last = openShape
		case filtered:
			return nil, fmt.Errorf("a filter is missing after |")
		case w.kind == '.':
			// A range is a Go value whose methods could be called; it may
			// only be looped over.
			if !loop || !rangeEnds(ws[i:]) {
				return nil, fmt.Errorf("a range (1..5) may only stand in a for loop")
			}
		case w.kind == 'k':
			if !loop || (w.text != "limit" && w.text != "offset") {
				return nil, fmt.Errorf("%q is not known here", w.text+":")
			}
		case w.kind == 'i' && operators[w.text], loop && w.kind == 'i' && w.text == "reversed":
		case w.kind == 'i':
			sh, err := s.variable(ws[i:])
			if err != nil {
				return nil, err
			}
			last = sh
		}
	}
	return last, nil
}

// rangeEnds tells whether nothing is done with a range but looping over it.
func rangeEnds(ws []word) bool {
	for i, w := range ws {
		if w.kind == ')' {
			return i+1 == len(ws) || ws[i+1].kind == 'i' || ws[i+1].kind == 'k'
		}
	}
	return false
}

// variable looks up a name and the properties after it.
func (s *scope) variable(ws []word) (*shape, error) {
	path := ws[0].text
	sh := s.names[path]
	if sh == nil {
		return nil, fmt.Errorf("there is no variable %q", path)
	}
	for _, w := range ws[1:] {
		if w.kind == '[' {
			return openShape, nil
		}
		if w.kind != 'p' {
			break
		}
		next := sh.field(w.text)
		if next == nil {
			return nil, fmt.Errorf("there is no variable %q", path+"."+w.text)
		}
		sh, path = next, path+"."+w.text
	}
	return sh, nil
}

// tag checks the arguments of a tag and learns the names it sets.
func (s *scope) tag(name, args string) error {
	ws, err := words(args)
	if err != nil {
		return err
	}
	switch name {
	case "if", "unless", "elsif", "case", "when":
		if len(ws) == 0 {
			return fmt.Errorf("%q needs a condition", name)
		}
		_, err = s.check(ws, false)
		return err
	case "for":
		if len(ws) < 3 || ws[0].kind != 'i' || ws[1].text != "in" {
			return fmt.Errorf("a loop reads: for item in list")
		}
		list, err := s.check(ws[2:], true)
		if err != nil {
			return err
		}
		return s.set(ws[0].text, list.element())
	case "assign":
		if len(ws) < 3 || ws[0].kind != 'i' || ws[1].kind != '=' {
			return fmt.Errorf("an assignment reads: assign name = value")
		}
		sh, err := s.check(ws[2:], false)
		if err != nil {
			return err
		}
		return s.set(ws[0].text, sh)
	case "capture":
		if len(ws) != 1 || ws[0].kind != 'i' || strings.TrimSpace(args) != ws[0].text {
			return fmt.Errorf("a capture reads: capture name")
		}
		return s.set(ws[0].text, openShape)
	}
	if len(ws) > 0 {
		return fmt.Errorf("%q takes nothing after it", name)
	}
	return nil
}

func (s *scope) set(name string, sh *shape) error {
	if strings.HasPrefix(name, reserved) || operators[name] || name == "forloop" || s.root.fields[name] != nil {
		return fmt.Errorf("the name %q is taken", name)
	}
	s.names[name] = sh
	return nil
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// identifier is the length of the name that s begins with.
func identifier(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '-') {
		n++
	}
	if n < len(s) && s[n] == '?' {
		n++
	}
	return n
}
