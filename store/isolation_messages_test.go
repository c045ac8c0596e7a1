package store_test

import (
	"context"
	"time"

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
	"Foresee": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		o := crm.Order{ID: "1001", CancelledAt: time.Now(), UpdatedAt: time.Now().AddDate(9, 0, 0)}
		all, err := s.Foresee(ctx, shopID, []store.Applied{{WebhookID: b.webhook, State: store.WebhookProcessed, Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o}}}}, nil)
		for _, f := range all {
			for _, m := range f.Messages {
				if m.ShopID != shopID {
					return mark, err
				}
			}
		}
		return len(all) > 0 && len(all[0].Messages) > 0 && shopID == b.planned.ShopID, err
	},
	"WebhookList": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.WebhookList(ctx, shopID, store.WebhookQuery{Limit: 50})
	},
	"ReplayWebhooks": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		n, err := s.ReplayWebhooks(ctx, shopID, []string{b.webhook})
		return n > 0, err
	},
	"MessagesByWebhook": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.MessagesByWebhook(ctx, shopID, b.planned.WebhookID, 10)
	},
}

var overShopsMessages = map[string]string{}
