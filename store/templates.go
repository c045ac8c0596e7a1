package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"grazie/crm"
)

// SaveTemplate stores a new version of a merchant's own text and returns it.
func (s *Store) SaveTemplate(ctx context.Context, shopID string, t crm.Template) (crm.Template, error) {
	err := s.write(ctx, func(tx querier) (err error) {
		t, err = s.addVersion(ctx, tx, shopID, t, anyVersion)
		return err
	})
	return t, err
}

// PublishTemplate is SaveTemplate of somebody who looked at the version that is in
// use, seen (0: none), and at a draft, whose revision is told and which ends with
// it (0: it is about no draft). If either changed since, it is crm.ErrConflict.
func (s *Store) PublishTemplate(ctx context.Context, shopID string, t crm.Template, seen, draft int) (crm.Template, error) {
	err := s.write(ctx, func(tx querier) (err error) {
		if draft > 0 {
			if err := s.dropDraft(ctx, tx, shopID, t.Journey, t.Locale, draft); err != nil {
				return err
			}
		}
		t, err = s.addVersion(ctx, tx, shopID, t, seen)
		return err
	})
	return t, err
}

// anyVersion is the version that is in use for who did not look.
const anyVersion = -1

// addVersion stores a version after the one that is in use. Who did it, and why,
// is told by the act of the context.
func (s *Store) addVersion(ctx context.Context, tx querier, shopID string, t crm.Template, seen int) (crm.Template, error) {
	last, err := rows(ctx, tx, wholeNumber, `select version from templates
		where shop_id = $1 and journey = $2 and locale = $3 order by version desc limit 1`, shopID, t.Journey, t.Locale)
	if err != nil {
		return t, err
	}
	t.Version, t.SavedAt = 1, s.now().UTC()
	if len(last) > 0 {
		t.Version = last[0] + 1
	}
	if seen != anyVersion && seen != t.Version-1 {
		return t, crm.ErrConflict
	}
	by, why := "", ""
	if a, ok := ctx.Value(actKey{}).(*Act); ok {
		by, why = a.By, a.Why
	}
	_, err = tx.ExecContext(ctx, `insert into templates (shop_id, journey, locale, version, data, saved_at, by_staff, why) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		shopID, t.Journey, t.Locale, t.Version, document(t), micros(t.SavedAt), column(by), column(why))
	if badValue(err) {
		return t, errors.Join(crm.ErrConflict, err)
	}
	return t, err
}

func wholeNumber(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }

// Templates are the newest versions of a merchant's own texts for a journey,
// one per language.
func (s *Store) Templates(ctx context.Context, shopID, journey string) ([]crm.Template, error) {
	return s.templates(ctx, s.read, shopID, journey)
}

func (s *Store) templates(ctx context.Context, q querier, shopID, journey string) ([]crm.Template, error) {
	return rows(ctx, q, scanTemplate, `select data from templates t where shop_id = $1 and journey = $2
		and version = (select max(version) from templates n where n.shop_id = t.shop_id and n.journey = t.journey and n.locale = t.locale)
		order by locale`, shopID, journey)
}

func scanTemplate(r *sql.Rows) (t crm.Template, err error) {
	var data string
	if err := r.Scan(&data); err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(data), &t)
}

// Version is a text that was, or is, in use.
type Version struct {
	crm.Template
	By  string // who published it; empty: the command line
	Why string
}

// TemplateVersions are the versions of one text, the newest first, those before
// a version; 0: from the newest on.
func (s *Store) TemplateVersions(ctx context.Context, shopID, journey, locale string, before, limit int) ([]Version, error) {
	if before <= 0 {
		before = 1 << 30
	}
	return rows(ctx, s.read, scanVersion, `select data, by_staff, why from templates
		where shop_id = $1 and journey = $2 and locale = $3 and version < $4 order by version desc limit $5`, shopID, journey, locale, before, limit)
}

// TemplateVersion is one of them.
func (s *Store) TemplateVersion(ctx context.Context, shopID, journey, locale string, version int) (Version, error) {
	return one(rows(ctx, s.read, scanVersion, `select data, by_staff, why from templates
		where shop_id = $1 and journey = $2 and locale = $3 and version = $4`, shopID, journey, locale, version))
}

func scanVersion(r *sql.Rows) (v Version, err error) {
	var data string
	if err := r.Scan(&data, &v.By, &v.Why); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(data), &v.Template)
}
