package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// ownDraft gives the first shop of these tests a text that somebody writes at.
func ownDraft(t *testing.T, s *store.Store, shopID string) {
	t.Helper()
	if _, err := s.SaveDraft(t.Context(), shopID, store.Draft{Template: crm.Template{Journey: "thank_you", Locale: "en", Text: mark}, Base: 1}); err != nil {
		t.Fatal(err)
	}
}

// unseen takes a conflict for what it is here: the shop has no such draft.
func unseen(err error) (any, error) {
	if errors.Is(err, crm.ErrConflict) {
		err = crm.ErrNotFound
	}
	return err == nil, err
}

var withinTemplates = ofShop{
	"Doings": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, _, err := s.Doings(ctx, shopID, []string{"thank_you", b.upgrade.Journey}, time.UnixMicro(1))
		return all[b.upgrade.Journey].Waiting > 0, err
	},
	"Draft": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Draft(ctx, shopID, "thank_you", "en")
	},
	"Drafts": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Drafts(ctx, shopID, "thank_you")
	},
	"DropDraft": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return unseen(s.DropDraft(ctx, shopID, "thank_you", "en", 1))
	},
	"PublishTemplate": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		_, err := s.PublishTemplate(ctx, shopID, crm.Template{Journey: "thank_you", Locale: "en", Text: "changed"}, 1, 1)
		return unseen(err)
	},
	"SaveDraft": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		_, err := s.SaveDraft(ctx, shopID, store.Draft{Template: crm.Template{Journey: "thank_you", Locale: "en", Text: "changed"}, Revision: 1})
		return unseen(err)
	},
	"TemplateVersion": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.TemplateVersion(ctx, shopID, "thank_you", "en", 1)
	},
	"TemplateVersions": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.TemplateVersions(ctx, shopID, "thank_you", "en", 0, 10)
	},
}

var overShopsTemplates = map[string]string{}
