package store_test

import (
	"context"
	"time"

	"grazie/store"
)

var withinAudit = ofShop{
	"Audit": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.Record(ctx, &store.Act{ShopID: b.task.ShopID, By: "kim", Action: "customers.show", Target: mark}); err != nil {
			return nil, err
		}
		return s.Audit(ctx, shopID, 0, 10)
	},
	"SearchAudit": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.Record(ctx, &store.Act{ShopID: b.task.ShopID, By: "kim", Action: "customers.show", Target: mark}); err != nil {
			return nil, err
		}
		return s.SearchAudit(ctx, shopID, store.AuditFilter{By: "kim", Action: "customers.show", Since: time.UnixMicro(1), Limit: 10})
	},
	"TokensOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, _, err := s.CreateToken(ctx, store.Token{ShopID: b.task.ShopID, Role: store.Viewer, Name: mark + store.NewID("")}); err != nil {
			return nil, err
		}
		return s.TokensOf(ctx, shopID)
	},
	"RevokeTokenOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		t, _, err := s.CreateToken(ctx, store.Token{ShopID: b.task.ShopID, Role: store.Viewer, Name: mark + store.NewID("")})
		if err != nil {
			return nil, err
		}
		if err := s.RevokeTokenOf(ctx, shopID, t.ID); err != nil {
			return nil, err
		}
		return true, nil
	},
	"VerifyAudit": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.Record(ctx, &store.Act{ShopID: b.task.ShopID, By: "kim", Action: "customers.show"}); err != nil {
			return nil, err
		}
		lines, _, err := s.VerifyAudit(ctx, shopID, "")
		return lines > 0, err
	},
}

var overShopsAudit = map[string]string{
	"Record":  "writes into the log of the shop that the act names",
	"Welcome": "of the shop that the platform vouches for, in whose subjects the shop's id stands",
}
