package store_test

import (
	"context"
	"time"

	"grazie/crm"
	"grazie/store"
)

var withinLists = ofShop{
	"ByHand": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.ByHand(ctx, shopID, "", 10)
	},
	"ForApproval": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.ForApproval(ctx, shopID, 10)
	},
	"BulkPage": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.BulkPage(ctx, shopID, "", 10)
	},
	"BulkItemsIn": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.BulkItemsIn(ctx, shopID, b.bulk.ID, crm.BulkWaiting, 0, 10)
	},
	"Codes": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, err := s.Codes(ctx, shopID, store.CodeFilter{Limit: 10})
		if err != nil {
			return nil, err
		}
		some, err := s.Codes(ctx, shopID, store.CodeFilter{Standing: b.code.Standing(), Journey: "birthday_coupon", Limit: 10})
		return append(all, some...), err
	},
	"MessagesAboutReturn": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.MessagesAboutReturn(ctx, shopID, "r1", 10)
	},
	"ReturnPage": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		all, err := s.ReturnPage(ctx, shopID, "", "", 10)
		if err != nil {
			return nil, err
		}
		some, err := s.ReturnPage(ctx, shopID, crm.ReturnOpen, "", 10)
		return append(all, some...), err
	},
	"Review": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		all, err := s.Reviews(ctx, b.task.ShopID, "", 1)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		return s.Review(ctx, shopID, all[0].ID)
	},
	"ReviewPage": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		all, err := s.ReviewPage(ctx, shopID, 0, "", 10)
		if err != nil {
			return nil, err
		}
		some, err := s.ReviewPage(ctx, shopID, 5, "", 10)
		return append(all, some...), err
	},
	"RevokeCode": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.RevokeCode(ctx, shopID, b.code.ID, "changed")
	},
	"RewardsOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.RewardsOf(ctx, shopID, b.code.ID)
	},
	"Spending": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		sum, err := s.Spending(ctx, shopID, "EUR", time.Time{})
		return sum != store.Spending{}, err
	},
}

var overShopsLists = map[string]string{}
