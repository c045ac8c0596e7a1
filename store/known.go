package store

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
)

// Knows tells whether a shop's order, return or customer is known in a state as
// new as told: by the platform's updated_at, of a return by its status,
// whose times platforms do not tell, and of a customer also by her birthday. What was forgotten on request counts as known.
func (s *Store) Knows(ctx context.Context, shopID, kind, id string, at time.Time, state string) (bool, error) {
	missing := func(err error) (bool, error) {
		if errors.Is(err, crm.ErrNotFound) {
			err = nil
		}
		return false, err
	}
	switch kind {
	case "order":
		o, err := s.Order(ctx, shopID, id)
		if err != nil {
			return missing(err)
		}
		return !o.UpdatedAt.Before(at) || !o.ErasedAt.IsZero(), nil
	case "customer":
		c, err := s.Customer(ctx, shopID, id)
		if err != nil {
			return missing(err)
		}
		same := state == "" || state == string(c.Birthday.Day) // a webhook may have told all but that
		return same && !c.UpdatedAt.Before(at) || !c.ErasedAt.IsZero() || !c.DeletedAt.IsZero(), nil
	case "return":
		r, err := s.Return(ctx, shopID, id)
		if err != nil {
			return missing(err)
		}
		return string(r.Status) == state, nil
	}
	return false, &crm.Invalid{Field: "kind", Message: "is not order, return or customer"}
}
