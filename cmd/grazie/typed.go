package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"grazie/crm"
)

// What staff types: name=value, names out of a list, and all that is wrong
// with it told at once.

// mistakes collects what is wrong with a command.
type mistakes []error

func (m *mistakes) add(field, format string, args ...any) {
	*m = append(*m, &crm.Invalid{Field: field, Message: fmt.Sprintf(format, args...)})
}

// err tells all mistakes, a line each, below what they prevented.
func (m mistakes) err(prevented string) error {
	if len(m) == 0 {
		return nil
	}
	return fmt.Errorf("%s:%w", prevented, indented{errors.Join(m...)})
}

// indented begins each line of an error on a new line, a bit to the right.
type indented struct{ error }

func (e indented) Error() string { return "\n  " + strings.ReplaceAll(e.error.Error(), "\n", "\n  ") }
func (e indented) Unwrap() error { return e.error }

// change is one name=value.
type change struct{ name, value string }

// changes reads name=value arguments. A name that comes twice is a mistake:
// nobody can say which one is meant.
func changes(args []string, found *mistakes) []change {
	var all []change
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		switch {
		case !ok || name == "":
			found.add(arg, "write name=value")
		case slices.ContainsFunc(all, func(c change) bool { return c.name == name }):
			found.add(name, "is given twice")
		default:
			all = append(all, change{name, strings.TrimSpace(value)})
		}
	}
	return all
}

// oneOf checks a word of a closed list; an empty one means all.
func oneOf[T ~string](field string, value T, all []T) error {
	if value == "" || slices.Contains(all, value) {
		return nil
	}
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return &crm.Invalid{Field: field, Message: fmt.Sprintf("%q is none of %s", value, strings.Join(words, ", "))}
}

// missing explains that something is not there; other errors stay as they are.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, crm.ErrNotFound) {
		return fmt.Errorf(format, args...)
	}
	return err
}
