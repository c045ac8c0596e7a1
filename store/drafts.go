package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"grazie/crm"
)

// Draft is a merchant's own text that somebody writes at. Nothing is sent of it.
type Draft struct {
	crm.Template        // Version is 0; SavedAt is when it was saved last
	Revision     int    // 1, 2, ...: how often it was saved
	Base         int    // the version that was in use when it was begun
	By           string // who saved it last
}

const draftColumns = `journey, locale, revision, base, data, by_staff, updated_at`

func scanDraft(r *sql.Rows) (d Draft, err error) {
	var data, journey, locale string
	var at int64
	if err := r.Scan(&journey, &locale, &d.Revision, &d.Base, &data, &d.By, &at); err != nil {
		return d, err
	}
	err = json.Unmarshal([]byte(data), &d.Template)
	d.Journey, d.Locale, d.Version, d.SavedAt = journey, locale, 0, instant(at)
	return d, err
}

// Draft is what is written at for a mail in a language; crm.ErrNotFound: nothing.
func (s *Store) Draft(ctx context.Context, shopID, journey, locale string) (Draft, error) {
	return one(rows(ctx, s.read, scanDraft, `select `+draftColumns+` from drafts where shop_id = $1 and journey = $2 and locale = $3`, shopID, journey, locale))
}

// Drafts are those of a journey, one per language.
func (s *Store) Drafts(ctx context.Context, shopID, journey string) ([]Draft, error) {
	return rows(ctx, s.read, scanDraft, `select `+draftColumns+` from drafts where shop_id = $1 and journey = $2 order by locale`, shopID, journey)
}

// SaveDraft stores what was written over the revision that was seen, 0 for none,
// and returns it with the next. Whoever saw an older one gets crm.ErrConflict, and
// nothing is stored. Who writes is told by the act of the context.
func (s *Store) SaveDraft(ctx context.Context, shopID string, d Draft) (Draft, error) {
	if a, ok := ctx.Value(actKey{}).(*Act); ok {
		d.By = a.By
	}
	err := s.write(ctx, func(tx querier) error {
		seen, text := d.Revision, d.Template
		text.Version = 0
		statement, values := `insert into drafts (shop_id, journey, locale, revision, base, data, by_staff, updated_at) values ($1, $2, $3, 1, $4, $5, $6, $7)
			on conflict (shop_id, journey, locale) do nothing returning `+draftColumns,
			[]any{shopID, d.Journey, d.Locale, d.Base, document(text), column(d.By), micros(s.now())}
		if seen > 0 {
			statement, values = `update drafts set revision = revision + 1, data = $5, by_staff = $6, updated_at = $7
				where shop_id = $1 and journey = $2 and locale = $3 and revision = $4 returning `+draftColumns,
				[]any{shopID, d.Journey, d.Locale, seen, document(text), column(d.By), micros(s.now())}
		}
		saved, err := rows(ctx, tx, scanDraft, statement, values...)
		if err != nil {
			return err
		}
		if len(saved) == 0 {
			return crm.ErrConflict
		}
		d = saved[0]
		return nil
	})
	return d, err
}

// DropDraft throws away the revision that was seen; another is crm.ErrConflict.
func (s *Store) DropDraft(ctx context.Context, shopID, journey, locale string, seen int) error {
	return s.write(ctx, func(tx querier) error { return s.dropDraft(ctx, tx, shopID, journey, locale, seen) })
}

func (s *Store) dropDraft(ctx context.Context, tx querier, shopID, journey, locale string, seen int) error {
	gone, err := rows(ctx, tx, wholeNumber, `delete from drafts where shop_id = $1 and journey = $2 and locale = $3 and revision = $4 returning revision`, shopID, journey, locale, seen)
	if err == nil && len(gone) == 0 {
		return crm.ErrConflict
	}
	return err
}
