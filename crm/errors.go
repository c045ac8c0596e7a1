package crm

import "errors"

// ErrNotFound says that the shop has no such row. A row of another shop is not
// found either: nobody learns that it exists.
var ErrNotFound = errors.New("not found")

// ErrConflict says that the row changed since it was read, or that another
// row already holds a value that must be unique.
var ErrConflict = errors.New("changed by somebody else meanwhile")

// Invalid is bad input: the field it came in and what to do about it.
type Invalid struct {
	Field   string // as the user knows it: a flag, a JSON path, a setting
	Message string // a sentence that says what to do
}

func (e *Invalid) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}
