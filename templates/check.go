package templates

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"

	"grazie/crm"
)

// The parts of a template.
const (
	partSubject = "subject"
	partHTML    = "html"
	partText    = "text"
)

// TemplateError is a fault in a template, for the person who wrote it.
type TemplateError struct {
	Part    string // "subject", "html" or "text"
	Line    int    // from 1; 0 when it is about the whole part
	Message string
}

func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("template, %s: %s", e.Part, e.Message)
	}
	return fmt.Sprintf("template, %s, line %d: %s", e.Part, e.Line, e.Message)
}

// Check validates a merchant's template before it is stored: it is read, and
// filled with samples of its journey, full and bare; one of marketing must
// link to the way out. Faults in a part are *TemplateError; an unknown journey or language is *crm.Invalid.
func (r *Renderer) Check(t crm.Template) error {
	if r.kits[t.Journey] == nil {
		return &crm.Invalid{Field: "journey", Message: fmt.Sprintf("there is no mail for %q", t.Journey)}
	}
	lang := r.speak(t.Locale)
	if lang == nil {
		return &crm.Invalid{Field: "locale", Message: fmt.Sprintf("mails are written in %s, not in %q", strings.Join(r.Locales(), ", "), t.Locale)}
	}
	for _, f := range samples(t) {
		l, err := r.write(f, lang, t.Locale, samplesAt)
		if err != nil {
			return err
		}
		if _, err := r.set(l, f); err != nil {
			return err
		}
	}
	return nil
}

// templateError makes the engine's error readable: it knows the line, but shows
// the template as the guard rewrote it.
func templateError(part string, err parser.Error) *TemplateError {
	message := err.Error()
	if cause := err.Cause(); cause != nil {
		message = cause.Error()
		var filter expressions.FilterError
		if errors.As(cause, &filter) {
			message = filter.Err.Error()
			if !strings.HasPrefix(filter.FilterName, reserved) {
				message = fmt.Sprintf("filter %q: %s", filter.FilterName, message)
			}
		}
	}
	message = enginePrefix.ReplaceAllString(message, "")
	if i := strings.Index(message, " in {"); i >= 0 {
		message = message[:i]
	}
	if syntaxError.MatchString(message) {
		message = "this is not valid Liquid"
	}
	message = strings.ReplaceAll(message, keepTag, "capture")
	return &TemplateError{Part: part, Line: err.LineNumber(), Message: truncate(message, 200)}
}

var (
	enginePrefix = regexp.MustCompile(`^Liquid error(?: \(line \d+\))?: `)
	syntaxError  = regexp.MustCompile(`^syntax error in `)
)
