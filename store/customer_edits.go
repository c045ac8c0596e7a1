package store

import (
	"context"
	"time"

	"grazie/crm"
)

// CustomerEdit is what staff changes about a customer herself.
type CustomerEdit struct {
	Birthday *crm.MonthDay // empty: taken back
	Consent  *crm.Consent  // its state and level; the rest is staff's
	By       string        // who
	Evidence string        // of a consent: where and how she said so

	// Seen is what the page showed. What is another now is crm.ErrConflict.
	Seen crm.Customer
}

// EditCustomer stores what staff changes. Plan says what follows from her being
// as she is now; ids of messages that are due already come back. One who was
// erased, or deleted at the platform, is crm.ErrNotFound.
func (s *Store) EditCustomer(ctx context.Context, shopID, id string, e CustomerEdit, plan Plan) ([]string, error) {
	var due []string
	err := s.write(ctx, func(tx querier) error {
		r, err := s.behind(ctx, tx, Link{ShopID: shopID, CustomerID: id})
		if err != nil {
			return err
		}
		now := s.now().UTC()
		if day := e.Birthday; day != nil {
			if r.value.Birthday.Day != e.Seen.Birthday.Day || !r.value.Birthday.At.Equal(e.Seen.Birthday.At) {
				return crm.ErrConflict
			}
			b := &r.value.Birthday
			switch {
			case *day == "": // what is taken back is not kept elsewhere either
				b.FirstDay, b.FirstAt = "", time.Time{}
			case b.FirstDay == "":
				b.FirstDay, b.FirstAt = *day, now
			}
			b.Day, b.Source, b.At = *day, FromStaff, now
		}
		if c := e.Consent; c != nil {
			if r.value.Consent.State != e.Seen.Consent.State || !r.value.Consent.At.Equal(e.Seen.Consent.At) {
				return crm.ErrConflict
			}
			r.value.Consent = crm.Consent{State: c.State, OptInLevel: c.OptInLevel, Source: FromStaff, At: now}
		}
		r.changed = true
		w := &applying{Store: s, tx: tx, shopID: shopID, customers: map[string]*row[crm.Customer]{id: &r}, by: e.By, evidence: e.Evidence}
		if err := w.saveCustomers(ctx); err != nil {
			return err
		}
		if plan != nil {
			if due, err = w.planMessages(ctx, plan(crm.Event{Kind: crm.CustomerChanged, At: now, Customer: &r.value})); err != nil {
				return err
			}
		}
		return w.cancelMessages(ctx)
	})
	return due, err
}
