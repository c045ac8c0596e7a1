package shopify

import (
	"time"

	"grazie/crm"
)

// The standard definition in which shops keep the birthdays of their customers
// (platforms.md, C.1).
const (
	birthNamespace = "facts"
	birthKey       = "birth_date"
)

// birthday is the one that a metafield tells, without its year. A date that no
// calendar knows is no birthday; an empty one is one that was taken back.
func birthday(fields metafields, changed time.Time) crm.Birthday {
	for _, f := range fields {
		if f.Namespace != birthNamespace || f.Key != birthKey {
			continue
		}
		at := changed
		if told, ok := timestamp(string(f.UpdatedAt)); ok {
			at = told
		}
		if f.Value == "" {
			return crm.Birthday{Source: "shopify", At: at}
		}
		if day, err := crm.ParseBirthday(string(f.Value)); err == nil {
			return crm.Birthday{Day: day, Source: "shopify", At: at}
		}
	}
	return crm.Birthday{}
}
