package integrations

import (
	"errors"
	"fmt"
	"time"

	"grazie/crm"
)

// Kind classes an error of an outside service by what may be done about it.
type Kind string

const (
	Temporary    Kind = "temporary"    // certainly not done; try again later
	RateLimited  Kind = "rate_limited" // certainly not done; not before RetryAt
	Rejected     Kind = "rejected"     // certainly not done, and never will be as it is
	Unauthorized Kind = "unauthorized" // credentials or permissions; nothing works until staff mends them
	Unsupported  Kind = "unsupported"  // this service cannot do it
	Unknown      Kind = "unknown"      // it may have been done
)

// Error is how every call to the outside fails. Adapters class; nobody else
// looks at status codes. Detail never holds secrets or personal data.
type Error struct {
	Kind    Kind
	Service string    // adapter's name
	Detail  string    // what the service said, for staff
	RetryAt time.Time // for RateLimited and Temporary, when the service named a time; else zero
	Err     error     // the cause, if there is one

	// Of a mail that the mailbox's side refused, what that means for the
	// address; empty when nothing was said about it.
	Class crm.BounceClass
	Code  string // enhanced status, "5.1.1", when it was told
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Service, e.Kind)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error that came out of an adapter. What no adapter
// classed is Unknown: the safe reading is that it may have been done.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// Refused says that a webhook is not one the platform would send: a header is
// missing or malformed.
type Refused struct{ Message string }

func (e *Refused) Error() string { return e.Message }
