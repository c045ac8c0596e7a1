package integrations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"grazie/crm"
)

// Value is one value of a webhook's JSON body, with the path to it. All values
// of a body share the first thing that could not be read, so that a conversion
// reads like a table and asks for Err at its end. Errors name the path, and
// never what stands there.
//
// A loose body is one of a sender whose plugins write numbers as text and text
// as numbers, and false or [] for what is not there.
type Value struct {
	body *body
	path string
	is   any
}

type body struct {
	loose bool
	err   error
}

// maxValues bounds what a small body can be blown up to in memory.
const maxValues = 200_000

// ReadBody parses a body, which must be one object. Numbers stay as they were
// written: ids exceed 2^53, and money must not pass through floats.
func ReadBody(text []byte, loose bool) (Value, error) {
	if bytes.Count(text, []byte{','})+bytes.Count(text, []byte{'{'})+bytes.Count(text, []byte{'['}) > maxValues {
		return Value{}, &crm.Invalid{Message: fmt.Sprintf("the body holds more than %d values", maxValues)}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v := Value{body: &body{loose: loose}}
	err := d.Decode(&v.is)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else {
			return Value{}, &crm.Invalid{Message: fmt.Sprintf("the body is not JSON at byte %d: there is more after its end", d.InputOffset())}
		}
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && !strings.Contains(syntax.Error(), "unexpected end") {
		return Value{}, &crm.Invalid{Message: fmt.Sprintf("the body is not JSON at byte %d", syntax.Offset)}
	}
	if err != nil {
		return Value{}, &crm.Invalid{Message: fmt.Sprintf("the body is not JSON: it ends too early, at byte %d", len(text))}
	}
	if _, ok := v.is.(map[string]any); !ok {
		return Value{}, &crm.Invalid{Message: "the body is " + kindOf(v.is) + ", not an object"}
	}
	return v, nil
}

// Err is the first thing in the body that could not be read, an *crm.Invalid.
func (v Value) Err() error { return v.body.err }

// Fail says what is wrong with a value, unless something else was wrong before.
func (v Value) Fail(message string) {
	if v.body.err == nil {
		v.body.err = &crm.Invalid{Field: v.path, Message: message}
	}
}

// At is a field of an object. What is not there is an empty value.
func (v Value) At(name string) Value {
	f := Value{body: v.body, path: name}
	if v.path != "" {
		f.path = v.path + "." + name
	}
	switch object := v.is.(type) {
	case map[string]any:
		f.is = object[name]
	default:
		v.unless("an object")
	}
	return f
}

// List are the elements of an array; none of an empty value. In a loose body the
// fields of an object are a list too: PHP writes one so that has gaps.
func (v Value) List() []Value {
	if object, ok := v.is.(map[string]any); ok && v.body.loose {
		var all []Value
		for _, name := range slices.Sorted(maps.Keys(object)) {
			all = append(all, v.At(name))
		}
		return all
	}
	list, ok := v.is.([]any)
	if !ok {
		v.unless("an array")
		return nil
	}
	all := make([]Value, len(list))
	for i, e := range list {
		all[i] = Value{body: v.body, path: v.path + "[" + strconv.Itoa(i) + "]", is: e}
	}
	return all
}

// unless fails a value that is there and not what is wanted.
func (v Value) unless(want string) {
	if !v.Empty() {
		v.Fail("is " + kindOf(v.is) + ", not " + want)
	}
}

// Empty tells whether nothing stands there, or an empty text.
func (v Value) Empty() bool {
	switch is := v.is.(type) {
	case nil:
		return true
	case bool:
		return v.body.loose && !is
	case string:
		return strings.TrimSpace(is) == ""
	case []any:
		return v.body.loose && len(is) == 0
	}
	return false
}

// Need fails a value that is not there.
func (v Value) Need() Value {
	if v.Empty() {
		v.Fail("is missing")
	}
	return v
}

// Text is a text as it came, or in a loose body a number; empty for none.
func (v Value) Text() string {
	switch is := v.is.(type) {
	case string:
		return is
	case json.Number:
		if v.body.loose {
			return is.String()
		}
	}
	v.unless("a text")
	return ""
}

// Plain is a text or a number, of a field that may hold anything: where it holds
// something else that is no mistake, and not ok.
func (v Value) Plain() (text string, ok bool) {
	switch is := v.is.(type) {
	case string:
		return is, true
	case json.Number:
		return is.String(), true
	}
	return "", false
}

// Flag is true or false; in a loose body also their words, and 1 and 0.
func (v Value) Flag() bool {
	if is, ok := v.is.(bool); ok {
		return is
	}
	if v.body.loose {
		switch strings.ToLower(v.Text()) {
		case "true", "yes", "1":
			return true
		case "false", "no", "0", "":
			return false
		}
	}
	v.unless("true or false")
	return false
}

func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "a bool"
	}
	return "null"
}
