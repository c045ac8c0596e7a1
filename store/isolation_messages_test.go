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
}

var overShopsMessages = map[string]string{}
