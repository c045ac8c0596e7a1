package store_test

import (
	"context"

	"grazie/crm"
	"grazie/store"
)

var withinMessages = ofShop{
	"MailOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		m := b.planned
		m.ShopID = shopID
		if _, err := s.ClaimMessage(ctx, m, crm.Mail{Subject: mark}); err != nil {
			return nil, err
		}
		return s.MailOf(ctx, shopID, m.ID)
	},
	"MessageList": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		var all []any
		for _, st := range store.Standings {
			for _, q := range []store.MessageQuery{{}, {Journey: "thank_you"}, {ByHand: true}, {CustomerID: b.customer.ID}, {OrderID: "1001", CustomerID: b.customer.ID}} {
				q.Standing, q.Limit = st, 50
				page, err := s.MessageList(ctx, shopID, q)
				if err != nil {
					return nil, err
				}
				for _, l := range page.Lines {
					all = append(all, l.ShopID, l.Customer)
				}
			}
		}
		return all, nil
	},
	"MessageCounts": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		counts, err := s.MessageCounts(ctx, shopID)
		return counts[store.StandsInAir] > 0, err
	},
	"MessagesByWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.MessagesByWebhook(ctx, shopID, b.planned.WebhookID, 10)
	},
}

var overShopsMessages = map[string]string{}
