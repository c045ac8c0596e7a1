package store_test

import (
	"context"

	"grazie/crm"
	"grazie/store"
)

var withinStaff = ofShop{
	"MemberOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		p, err := s.AddStaff(ctx, crm.Staff{Name: "Kim"}, store.Member{ShopID: b.task.ShopID, Role: store.Viewer})
		if err != nil {
			return nil, err
		}
		m, err := s.MemberOf(ctx, p.ID, shopID)
		return m.ShopID, err
	},
	"Members": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, err := s.AddStaff(ctx, crm.Staff{Name: mark}, store.Member{ShopID: b.task.ShopID, Role: store.Viewer}); err != nil {
			return nil, err
		}
		return s.Members(ctx, shopID)
	},
}

var overShopsStaff = map[string]string{
	"AddIdentity":     "an issuer vouches for a person, not for a shop",
	"StaffByIdentity": "an issuer vouches for a person, not for a shop",
	"AddStaff":        "people work for several shops; what she may is told with each",
	"Staff":           "people work for several shops",
	"Memberships":     "of one person, for her own list of shops",
	"CreateSession":   "a session is of a person, not of a shop",
	"Session":         "the cookie names it, and nobody else knows what it holds",
	"SeeSession":      "by the id of a session that was read by its cookie",
	"EndSession":      "the cookie names it",
	"ViewToken":       "reads no row",
	"OpenView":        "the token names its shop, and nobody else can make one",
}
