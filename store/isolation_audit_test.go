package store_test

import (
	"context"

	"grazie/store"
)

var withinAudit = ofShop{
	"Audit": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.Record(ctx, &store.Act{ShopID: b.task.ShopID, By: "kim", Action: "customers.show", Target: mark}); err != nil {
			return nil, err
		}
		return s.Audit(ctx, shopID, 0, 10)
	},
	"VerifyAudit": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if err := s.Record(ctx, &store.Act{ShopID: b.task.ShopID, By: "kim", Action: "customers.show"}); err != nil {
			return nil, err
		}
		lines, _, err := s.VerifyAudit(ctx, shopID)
		return lines > 0, err
	},
}

var overShopsAudit = map[string]string{
	"Record": "writes into the log of the shop that the act names",
}
