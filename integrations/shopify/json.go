package shopify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"grazie/crm"
)

// Bodies are read token by token, by what is to become encoding/json/jsontext:
// encoding/json goes over every body, and over every value of a type of ours,
// twice. It is not at 1.0 yet, so that this file alone knows it.

// maxObjects bounds what a small body can be blown up to in memory: a list of
// empty lines takes a hundred times its bytes. Shopify's longest orders stay
// far below.
const maxObjects = 100_000

// lenient are the ways in which a body may differ from the standard: of a name
// that comes twice the last counts, broken UTF-8 becomes U+FFFD.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

var decoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}

// decode fills a body's struct. The library bounds the depth of what is
// skipped, our own types bound that of what is read.
func (r *reader) decode(body []byte, into any) bool {
	if bytes.Count(body, []byte{'{'}) > maxObjects {
		r.err = &crm.Invalid{Message: fmt.Sprintf("the body holds more than %d objects", maxObjects)}
		return false
	}
	if err := parse(body, into); err != nil {
		r.err = invalid(err, len(body))
		return false
	}
	return true
}

func parse(body []byte, into any) error {
	d := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewBuffer(body), lenient...)
	if err := read(d, reflect.ValueOf(into).Elem()); err != nil {
		return err
	}
	if at := d.InputOffset(); len(bytes.Trim(body[at:], " \t\r\n")) > 0 {
		return &jsontext.SyntacticError{ByteOffset: at, Err: errors.New("there is more after its end")}
	}
	return nil
}

// invalid says what is wrong with a body, without the value and without names
// that are not ours: an error of syntax may stand anywhere, so only its byte is told.
func invalid(err error, size int) error {
	if _, ok := errors.AsType[*crm.Invalid](err); ok {
		return err
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return &crm.Invalid{Message: fmt.Sprintf("the body is not JSON: it ends too early, at byte %d", size)}
	}
	return &crm.Invalid{Message: fmt.Sprintf("the body is not JSON at byte %d: %s", syntax.ByteOffset, syntax.Err)}
}

// read reads the next value into one of the types of body.go.
func read(d *jsontext.Decoder, v reflect.Value) error {
	var into leaf
	switch p := v.Addr().Interface().(type) {
	case *scalar:
		into = p
	case *string:
		into = (*plainText)(p)
	case *bool:
		into = (*flag)(p)
	case leaf:
		into = p
	default:
		if v.Kind() == reflect.Slice {
			return readList(d, v)
		}
		return readObject(d, v)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	if want := into.set(raw); want != "" {
		return mismatch(d, raw.Kind(), want)
	}
	return nil
}

func readObject(d *jsontext.Decoder, v reflect.Value) error {
	if d.PeekKind() != '{' {
		return null(d, v, "an object")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	fields := fieldsOf(v.Type())
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		i, ok := fields[string(name)]
		if !ok && bytes.IndexByte(name, '\\') >= 0 { // an odd spelling
			i, ok = fields[`"`+unquote(name)+`"`]
		}
		if ok {
			err = read(d, v.Field(i))
		} else {
			err = d.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func readList(d *jsontext.Decoder, v reflect.Value) error {
	if d.PeekKind() != '[' {
		return null(d, v, "an array")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	v.SetZero() // of a name that comes twice
	for n := 0; d.PeekKind() != ']'; n++ {
		if n == v.Cap() {
			v.Grow(4)
		}
		v.SetLen(n + 1)
		if err := read(d, v.Index(n)); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// null empties what stands for null in the body. Anything else is none of what
// is wanted here.
func null(d *jsontext.Decoder, v reflect.Value, want string) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() != 'n' {
		return mismatch(d, raw.Kind(), want)
	}
	v.SetZero()
	return nil
}

// mismatch is about the value that was read last.
func mismatch(d *jsontext.Decoder, kind jsontext.Kind, want string) error {
	message := fmt.Sprintf("is %s, not %s", found(kind), want)
	if at := d.StackPointer(); at != "" {
		return &crm.Invalid{Field: path(at), Message: message}
	}
	return &crm.Invalid{Message: "the body " + message}
}

// known holds, by type, where the fields of an object are, by their quoted names.
var known sync.Map

func fieldsOf(t reflect.Type) map[string]int {
	if fields, ok := known.Load(t); ok {
		return fields.(map[string]int)
	}
	fields := map[string]int{}
	for i := range t.NumField() {
		fields[`"`+t.Field(i).Tag.Get("json")+`"`] = i
	}
	known.Store(t, fields)
	return fields
}

// path turns "/line_items/0/price" into "line_items[0].price".
func path(p jsontext.Pointer) string {
	var b strings.Builder
	for step := range p.Tokens() {
		if _, err := strconv.Atoi(step); err == nil {
			b.WriteString("[" + step + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}

func found(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case '0':
		return "a number"
	}
	return "a bool"
}

// leaf is a type that takes a value as it is written. It says what it wants if
// that is not what it gets.
type leaf interface {
	set(raw jsontext.Value) (want string)
}

type plainText string

func (t *plainText) set(raw jsontext.Value) string {
	switch raw[0] {
	case 'n':
		*t = ""
	case '"':
		*t = plainText(unquote(raw))
	default:
		return "a text"
	}
	return ""
}

type flag bool

func (f *flag) set(raw jsontext.Value) string {
	switch raw[0] {
	case 'n', 'f':
		*f = false
	case 't':
		*f = true
	default:
		return "true or false"
	}
	return ""
}

// scalar is a JSON text or number as it was written, because ids exceed 2^53
// and money must not pass through floats (platforms.md, section 0). Null and
// what is left out are empty.
type scalar string

func (s *scalar) set(raw jsontext.Value) string {
	switch raw.Kind() {
	case 'n':
		*s = ""
	case '"':
		*s = scalar(unquote(raw))
	case '0':
		*s = scalar(raw)
	default:
		return "a text or number"
	}
	return ""
}

// unquote reads a JSON text. Few hold escapes other than the slashes of global
// ids, or anything that is broken.
func unquote(raw jsontext.Value) string {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	if plain := strings.ReplaceAll(string(inner), `\/`, `/`); strings.HasPrefix(plain, "gid://") &&
		strings.IndexByte(plain, '\\') < 0 && utf8.ValidString(plain) {
		return plain
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // its error is about UTF-8, which it mends
	return string(text)
}

// filled tells that a field holds something: an object with fields or a text.
type filled bool

func (f *filled) set(raw jsontext.Value) string {
	switch string(raw) {
	case "null", "false", `""`, "{}", "[]":
		*f = false
	default:
		*f = true
	}
	return ""
}

// told tells that a field is there at all, be it null.
type told bool

func (t *told) set(jsontext.Value) string {
	*t = true
	return ""
}

// attributes are note attributes or line item properties: an array of name and
// value by the contract, a map in some bodies, null in others. Values may be
// anything. Of other shapes nothing is known.
type attributes []attribute

type attribute struct {
	Name  label `json:"name"`
	Value label `json:"value"`
}

func (a *attributes) set(raw jsontext.Value) string {
	*a = nil
	switch {
	case len(raw) == len("[]"): // or {}
	case raw[0] == '[':
		var list []attribute
		if parse(raw, &list) == nil {
			*a = list
		}
	case raw[0] == '{':
		*a = named(raw)
	}
	return ""
}

// named reads a map, of whose names the last counts.
func named(raw jsontext.Value) attributes {
	values := map[label]label{}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient...)
	d.ReadToken() // raw was read before: there can be no error
	for d.PeekKind() == '"' {
		raw, _ := d.ReadValue()
		name := label(unquote(raw))
		raw, _ = d.ReadValue()
		var value label
		value.set(raw)
		values[name] = value
	}
	var list attributes
	for name, value := range values {
		list = append(list, attribute{name, value})
	}
	return list
}

// metafields are fields of the merchant's own, of which only the birthday is
// read. Bodies hold them only where the subscription names their namespace.
// Of other shapes nothing is known.
type metafields []metafield

type metafield struct {
	Namespace label `json:"namespace"`
	Key       label `json:"key"`
	Value     label `json:"value"`
	UpdatedAt label `json:"updated_at"`
}

func (m *metafields) set(raw jsontext.Value) string {
	*m = nil
	var list []metafield
	if raw[0] == '[' && bytes.Contains(raw, []byte(birthKey)) && parse(raw, &list) == nil {
		*m = list
	}
	return ""
}

// label is any JSON value as a text.
type label string

func (l *label) set(raw jsontext.Value) string {
	switch raw[0] {
	case 'n':
		*l = ""
	case '"':
		*l = label(strings.TrimSpace(unquote(raw)))
	default:
		*l = label(raw)
	}
	return ""
}
