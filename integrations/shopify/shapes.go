package shopify

import (
	"encoding/json"
	"strings"
)

// filled tells that a field holds something: an object with fields or a text.
type filled bool

func (f *filled) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "null", "false", `""`, "{}", "[]":
	default:
		*f = true
	}
	return nil
}

// told tells that a field is there at all, be it null.
type told bool

func (t *told) UnmarshalJSON([]byte) error {
	*t = true
	return nil
}

// attributes are note attributes or line item properties: an array of name and
// value by the contract, a map in some bodies, null in others. Values may be
// anything. Of other shapes nothing is known.
type attributes []attribute

type attribute struct {
	Name  label `json:"name"`
	Value label `json:"value"`
}

func (a *attributes) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '[':
		var list []attribute
		if len(b) > len("[]") && json.Unmarshal(b, &list) == nil {
			*a = list
		}
	case '{':
		var named map[string]label
		if json.Unmarshal(b, &named) == nil {
			for name, value := range named {
				*a = append(*a, attribute{label(name), value})
			}
		}
	}
	return nil
}

// label is any JSON value as a text.
type label string

func (l *label) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case 'n':
		return nil
	case '"':
		text, err := unquote(b)
		*l = label(strings.TrimSpace(text))
		return err
	}
	*l = label(b)
	return nil
}
