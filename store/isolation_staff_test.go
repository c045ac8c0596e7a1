package store_test

import (
	"context"
	"time"

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
	"Invitations": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		if _, _, err := s.Invite(ctx, store.Invitation{Email: mark, ShopID: b.task.ShopID, Role: store.Viewer, Until: farOff}); err != nil {
			return nil, err
		}
		return s.Invitations(ctx, shopID)
	},
	"WithdrawInvitation": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		i, _, err := s.Invite(ctx, store.Invitation{Email: mark, ShopID: b.task.ShopID, Role: store.Viewer, Until: farOff})
		if err != nil {
			return nil, err
		}
		err = s.WithdrawInvitation(ctx, shopID, i.ID)
		return err == nil, err
	},
	"SetMember": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		was, err := twoOwners(ctx, s, b.task.ShopID)
		if err != nil {
			return nil, err
		}
		err = s.SetMember(ctx, shopID, was, store.Member{Role: store.Viewer})
		return err == nil, err
	},
	"RemoveMember": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		was, err := twoOwners(ctx, s, b.task.ShopID)
		if err != nil {
			return nil, err
		}
		err = s.RemoveMember(ctx, shopID, was)
		return err == nil, err
	},
}

var farOff = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)

// twoOwners gives a shop two, and returns one of them.
func twoOwners(ctx context.Context, s *store.Store, shopID string) (store.Member, error) {
	m := store.Member{ShopID: shopID, Role: store.Owner}
	if _, err := s.AddStaff(ctx, crm.Staff{Name: "Kim"}, m); err != nil {
		return m, err
	}
	p, err := s.AddStaff(ctx, crm.Staff{Name: "Kit"}, m)
	m.Staff = p
	return m, err
}

var overShopsStaff = map[string]string{
	"AllMembers":        "lists the staff for whoever runs the installation",
	"HasStaff":          "tells of the installation whether anybody could sign in",
	"StaffByEmail":      "is about one person, who works for several shops",
	"RenameStaff":       "is about one person, who works for several shops",
	"SetPassword":       "is about one person, who works for several shops",
	"ResetStaff":        "is about one person, who works for several shops",
	"RemoveStaff":       "is about one person, who works for several shops",
	"SetTOTP":           "is about one person, who works for several shops",
	"DropTOTP":          "is about one person, who works for several shops",
	"TOTP":              "is about one person, who works for several shops",
	"UseTOTP":           "is about one person, who works for several shops",
	"MakeRecoveryCodes": "is about one person, who works for several shops",
	"UseRecoveryCode":   "is about one person, who works for several shops",
	"RecoveryCodes":     "is about one person, who works for several shops",
	"AddPasskey":        "is about one person, who works for several shops",
	"Passkeys":          "is about one person, who works for several shops",
	"UsePasskey":        "is about one person, who works for several shops",
	"RemovePasskey":     "is about one person, who works for several shops",
	"SessionsOf":        "is about one person, who works for several shops",
	"EndSessionOf":      "is about one person, who works for several shops",
	"SaveSession":       "is about one person, who works for several shops",
	"TakeSession":       "is about one person, who works for several shops",
	"Invite":            "makes an invitation, which names its shop itself",
	"Invitation":        "whoever has the link may, and nobody else knows its secret",
	"Accept":            "whoever has the link may; the invitation names its shop",
	"Try":               "counts tries before anybody is known",
	"Tried":             "counts tries before anybody is known",
	"HashPassword":      "reads no row",
	"CheckPassword":     "reads no row",
	"DeviceToken":       "reads no row",
	"OpenDevice":        "reads no row",
	"AddIdentity":       "an issuer vouches for a person, not for a shop",
	"StaffByIdentity":   "an issuer vouches for a person, not for a shop",
	"AddStaff":          "people work for several shops; what she may is told with each",
	"Staff":             "people work for several shops",
	"Memberships":       "of one person, for her own list of shops",
	"CreateSession":     "a session is of a person, not of a shop",
	"Session":           "the cookie names it, and nobody else knows what it holds",
	"SeeSession":        "by the id of a session that was read by its cookie",
	"EndSession":        "the cookie names it",
	"ViewToken":         "reads no row",
	"OpenView":          "the token names its shop, and nobody else can make one",
}
