package templates

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/render"
)

// meter is what is left for one rendering: loops burn fuel, values take room.
type meter struct{ fuel, room int }

// markup is HTML that is finished: it is not escaped again.
type markup string

var (
	errFuel   = errors.New("the loops run too long")
	errRoom   = fmt.Errorf("the values make more than %d KB", maxOutput>>10)
	errLong   = fmt.Errorf("a value grows longer than %d KB", maxText>>10)
	errNoTool = errors.New("is not available")
)

// tick compiles the tag that burns the fuel for one turn of a loop: the length
// of its body, and something for the turning.
func tick(args string) (func(io.Writer, render.Context) error, error) {
	body, err := strconv.Atoi(args)
	return func(_ io.Writer, ctx render.Context) error {
		m, ok := ctx.Get(meterName).(*meter)
		if !ok {
			return errFuel
		}
		if m.fuel -= 32 + body; m.fuel < 0 {
			return errFuel
		}
		return nil
	}, err
}

// output compiles the tag that stands for {{ expression }}: it writes the value
// in the form of the part that it stands in.
func output(form func(any) string) render.TagCompiler {
	return func(args string) (func(io.Writer, render.Context) error, error) {
		expr, err := expressions.Parse(args)
		if err != nil {
			return nil, err
		}
		return func(w io.Writer, ctx render.Context) error {
			v, err := ctx.Evaluate(expr)
			if err != nil {
				return err
			}
			s := form(v)
			m, ok := ctx.Get(meterName).(*meter)
			if !ok {
				return errRoom
			}
			if m.room -= len(s); m.room < 0 {
				return errRoom
			}
			_, err = io.WriteString(w, s)
			return err
		}, nil
	}
}

// keep is Liquid's capture. What was captured is finished text: the values in
// it were escaped where they were written.
func keep(_ io.Writer, ctx render.Context) error {
	s, err := ctx.InnerString()
	if err != nil {
		return err
	}
	if len(s) > maxText {
		return errLong
	}
	ctx.Set(ctx.TagArgs(), markup(s))
	return nil
}

// refuse takes the place of a tag that must not be there.
func refuse(string) (func(io.Writer, render.Context) error, error) { return nil, errNoTool }

// filters that a template may use, all written here: the engine's own have no
// limits, and some of them panic. The names and meanings are Liquid's.
var filters = map[string]any{
	"append":        func(v, w any) (any, error) { return bounded(text(v) + text(w)) },
	"prepend":       func(v, w any) (any, error) { return bounded(text(w) + text(v)) },
	"capitalize":    func(v any) any { return capitalize(text(v)) },
	"default":       orDefault,
	"divided_by":    divide,
	"downcase":      func(v any) (any, error) { return bounded(strings.ToLower(text(v))) },
	"escape":        func(v any) (any, error) { return boundedMarkup(escapeHTML(text(v))) },
	"first":         func(v any) any { return pick(v, 0) },
	"last":          func(v any) any { return pick(v, -1) },
	"join":          join,
	"minus":         func(v, w any) any { return number(v) - number(w) },
	"newline_to_br": breakLines,
	"plus":          func(v, w any) any { return number(v) + number(w) },
	"remove":        func(v, w any) (any, error) { return replace(v, w, nil) },
	"replace":       replace,
	"size":          length,
	"strip":         func(v any) any { return strings.TrimSpace(text(v)) },
	"times":         func(v, w any) any { return number(v) * number(w) },
	"truncate":      cut,
	"upcase":        func(v any) (any, error) { return bounded(strings.ToUpper(text(v))) },
}

func bounded(s string) (any, error) {
	if len(s) > maxText {
		return nil, errLong
	}
	return s, nil
}

func boundedMarkup(s string) (any, error) {
	if len(s) > maxText {
		return nil, errLong
	}
	return markup(s), nil
}

// text is a value as people read it. What has no text form shows nothing.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case markup:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		var b strings.Builder
		for _, x := range v {
			if b.Len() > maxText {
				break
			}
			b.WriteString(text(x))
		}
		return b.String()
	}
	return ""
}

// html is text with everything escaped that is not markup already.
func html(v any) string {
	switch v := v.(type) {
	case markup:
		return string(v)
	case []any:
		var b strings.Builder
		for _, x := range v {
			if b.Len() > maxText {
				break
			}
			b.WriteString(html(x))
		}
		return b.String()
	}
	return escapeHTML(text(v))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

func escapeHTML(s string) string {
	if !strings.ContainsAny(s, `&<>"'`) {
		return s
	}
	return escaper.Replace(s)
}

func breakLines(v any) (any, error) {
	return boundedMarkup(strings.ReplaceAll(html(v), "\n", "<br>\n"))
}

func orDefault(v, other any) any {
	switch x := v.(type) {
	case nil:
		return other
	case bool:
		if !x {
			return other
		}
	case string, markup, []any:
		if length(x) == 0 {
			return other
		}
	}
	return v
}

func length(v any) any {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v)
	case markup:
		return utf8.RuneCountInString(string(v))
	case []any:
		return len(v)
	}
	return 0
}

func pick(v any, i int) any {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	if i < 0 {
		i += len(list)
	}
	return list[i]
}

func join(v, sep any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return v, nil
	}
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteString(text(sep))
		}
		if b.WriteString(text(x)); b.Len() > maxText {
			return nil, errLong
		}
	}
	return b.String(), nil
}

func replace(v, old, by any) (any, error) {
	s, from, to := text(v), text(old), text(by)
	if from == "" {
		return s, nil
	}
	if n := strings.Count(s, from); len(s)+n*(len(to)-len(from)) > maxText {
		return nil, errLong
	}
	return strings.ReplaceAll(s, from, to), nil
}

func cut(v, n any) any { return truncate(text(v), number(n)) }

func number(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case float64:
		return int(v)
	case string:
		n, _ := strconv.Atoi(v)
		return n
	}
	return 0
}

func divide(v, by any) (any, error) {
	n := number(by)
	if n == 0 {
		return nil, errors.New("cannot divide by zero")
	}
	return number(v) / n, nil
}

func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + s[n:]
}
