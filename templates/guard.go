package templates

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/render"
	"github.com/osteele/liquid/tags"
)

// What one template may use. A letter needs a hundredth of it.
const (
	maxSource = 64 << 10  // bytes of one part of a template
	maxFuel   = 256 << 10 // bytes of template that all loops together may run through
	maxText   = 8 << 10   // bytes of one value while a template works on it
	maxOutput = 100 << 10 // bytes of one rendered part: Gmail cuts the HTML at 102 KB
)

// Names that the guard adds to a template; a merchant's template may not use
// the prefix.
const (
	reserved  = "grazie_"
	meterName = reserved + "meter"
	tickTag   = reserved + "tick"
	keepTag   = reserved + "keep"
	htmlTag   = reserved + "html"
	textTag   = reserved + "text"
)

// allowed are the tags that a template may use. Not include, which reads files of the host; not
// cycle and tablerow, which write past the escaping (libraries.md, 5.2).
var allowed = map[string]bool{
	"if": true, "elsif": true, "else": true, "endif": true, "unless": true, "endunless": true,
	"case": true, "when": true, "endcase": true,
	"for": true, "endfor": true, "break": true, "continue": true,
	"assign": true, "capture": true, "endcapture": true,
	"comment": true, "endcomment": true, "raw": true, "endraw": true,
}

// guard compiles templates that strangers wrote. The Liquid engine itself does
// not escape, reads files, loops for ever and panics; a guarded template does
// none of it, whatever its text:
//
//   - every {{ value }} is escaped for the format it stands in, and refused
//     where escaping cannot help;
//   - loops burn fuel, values and output have a size;
//   - tags, filters and variables are those listed here, all others are refused
//     before the template is stored, with the line;
//   - values are maps, slices and plain values, so no method can be called.
//
// The engine's parts are put together here instead of by its own NewEngine, so
// that its filters are not even there.
type guard struct {
	config render.Config
	root   *shape // the variables that there are
}

// newGuard is the guard of a journey's templates.
func newGuard(journey string) guard {
	c := render.NewConfig()
	tags.AddStandardTags(c)
	for _, name := range []string{"include", "cycle"} {
		c.AddTag(name, refuse)
	}
	c.AddTag(tickTag, tick)
	c.AddTag(htmlTag, output(html))
	c.AddTag(textTag, output(text))
	c.AddBlock(keepTag).Renderer(keep)
	for name, f := range filters {
		c.AddFilter(name, f)
	}
	return guard{c, shapeOf(Variables(journey))}
}

// compiled is a template that passed the guard.
type compiled struct {
	part   string
	root   render.Node
	config render.Config
}

// compile reads one part of a template. Its errors are *TemplateError.
func (g guard) compile(part, source string) (c *compiled, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, &TemplateError{Part: part, Message: fmt.Sprint("cannot be read: ", short(p))}
		}
	}()
	guarded, err := rewrite(part, source, g.root)
	if err != nil {
		return nil, err
	}
	root, fault := g.config.Compile(guarded, parser.SourceLoc{LineNo: 1})
	if fault != nil {
		return nil, templateError(part, fault)
	}
	return &compiled{part, root, g.config}, nil
}

// rewrite checks a template and puts the guard's own marks into it, keeping
// every line where it was. The engine's scanner is used, so that both see the
// same tokens.
func rewrite(part, source string, root *shape) (string, error) {
	fail := func(line int, format string, args ...any) error {
		return &TemplateError{Part: part, Line: line, Message: fmt.Sprintf(format, args...)}
	}
	if len(source) > maxSource {
		return "", fail(0, "is longer than %d KB", maxSource>>10)
	}
	if !utf8.ValidString(source) {
		return "", fail(0, "is not UTF-8 text")
	}
	if i := strings.IndexFunc(source, forbidden); i >= 0 {
		return "", fail(1+strings.Count(source[:i], "\n"), "has an invisible control character")
	}
	write := textTag
	if part == partHTML {
		write = htmlTag
	}

	var out []string   // the guarded template
	var loops []int    // where in out the bodies of the open loops begin
	var literal string // "raw" or "comment" while inside one
	known := newScope(root)
	var here spotInHTML
	for _, tok := range parser.Scan(source, parser.SourceLoc{LineNo: 1}, nil) {
		line := tok.SourceLoc.LineNo
		switch {
		case tok.Type == parser.TrimLeftTokenType, tok.Type == parser.TrimRightTokenType:
			continue // part of its token's source
		case literal != "":
			if tok.Type == parser.TagTokenType && tok.Name == "end"+literal {
				literal = ""
			}
			out = append(out, tok.Source)
		case tok.Type == parser.TextTokenType:
			if i := opened(tok.Source); i >= 0 {
				return "", fail(line+strings.Count(tok.Source[:i], "\n"), "%s is opened and not closed on its line", tok.Source[i:i+2])
			}
			here.pass(tok.Source)
			out = append(out, tok.Source)
		case tok.Type == parser.ObjTokenType:
			if err := known.expression(tok.Args); err != nil {
				return "", fail(line, "%s", err)
			}
			if part == partHTML {
				if err := here.value(known.urlVariable(tok.Args)); err != nil {
					return "", fail(line, "%s", err)
				}
			}
			open, end := edges(tok.Source)
			out = append(out, "{%"+open+" "+write+" "+tok.Args+newlines(tok.Source, tok.Args)+end+"%}")
		case !allowed[tok.Name]:
			return "", fail(line, "there is no tag %q here", tok.Name)
		default:
			if err := known.tag(tok.Name, tok.Args); err != nil {
				return "", fail(line, "%s", err)
			}
			switch tok.Name {
			case "raw", "comment":
				literal = tok.Name
				out = append(out, tok.Source)
			case "for":
				_, end := edges(tok.Source)
				out = append(out, tok.Source, "{% "+tickTag+" ", "0", " "+end+"%}")
				loops = append(loops, len(out))
			case "endfor":
				if n := len(loops); n > 0 { // otherwise the engine finds the fault
					begin := loops[n-1]
					out[begin-2] = fmt.Sprint(size(out[begin:]))
					loops = loops[:n-1]
				}
				out = append(out, tok.Source)
			case "capture", "endcapture":
				out = append(out, strings.Replace(tok.Source, "capture", keepTag, 1))
			default:
				out = append(out, tok.Source)
			}
		}
	}
	if literal != "" {
		return "", fail(0, "%q is never closed", literal)
	}
	return strings.Join(out, ""), nil
}

// render fills a template. The engine panics on several kinds of bad input.
func (c *compiled) render(vars map[string]any) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = "", &TemplateError{Part: c.part, Message: fmt.Sprint("cannot be filled: ", short(p))}
		}
	}()
	vars[meterName] = &meter{fuel: maxFuel, room: maxOutput}
	w := sheets.Get().(*sheet)
	defer sheets.Put(w)
	w.Reset()
	w.full = false
	if fault := render.Render(c.root, w, vars, c.config); fault != nil {
		return "", templateError(c.part, fault)
	}
	if w.full {
		return "", &TemplateError{Part: c.part, Message: fmt.Sprintf("makes more than %d KB", maxOutput>>10)}
	}
	return w.String(), nil
}

// sheet takes output up to a limit and says nothing when it is full: the engine
// panics when a writer returns an error.
type sheet struct {
	bytes.Buffer
	full bool
}

// sheets are used again: a mail needs three, and their growing was most of
// what a mail allocated.
var sheets = sync.Pool{New: func() any { return new(sheet) }}

func (s *sheet) Write(p []byte) (int, error) {
	if s.Len()+len(p) > maxOutput {
		s.full = true
		return len(p), nil
	}
	return s.Buffer.Write(p)
}

// forbidden tells characters that no template needs and that the engine's
// lexer stumbles over: a NUL ends its expression early.
func forbidden(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r == utf8.RuneError
}

// opened finds an opening mark that the scanner took for text: it has no end.
func opened(text string) int {
	for i := range len(text) - 1 {
		if text[i] == '{' && (text[i+1] == '{' || text[i+1] == '%') {
			return i
		}
	}
	return -1
}

// edges are the trim signs at the two ends of a token.
func edges(source string) (open, end string) {
	if source[2] == '-' {
		open = "-"
	}
	if source[len(source)-3] == '-' {
		end = "-"
	}
	return open, end
}

// newlines are the line breaks of a token outside its expression, so that
// later lines keep their numbers.
func newlines(source, args string) string {
	return " " + strings.Repeat("\n", strings.Count(source, "\n")-strings.Count(args, "\n"))
}

func size(pieces []string) (n int) {
	for _, p := range pieces {
		n += len(p)
	}
	return n
}

// short is a panic's message without the stack that the engine adds to it.
func short(p any) string {
	s, _, _ := strings.Cut(fmt.Sprint(p), "\n")
	return truncate(s, 200)
}
