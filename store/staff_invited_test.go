package store_test

import (
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// An invitation that still waits is no way back for who was removed.
func TestRemovedStaffHasNoInvitationLeft(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		ctx := t.Context()
		shop, other := connect(t, s, "a.myshopify.com"), connect(t, s, "b.myshopify.com")
		invite := func(email, shopID string) string {
			t.Helper()
			_, secret, err := s.Invite(ctx, store.Invitation{Email: email, ShopID: shopID, Role: store.Owner, Until: c.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		hired(t, s, "olga@shop.example", store.Member{ShopID: shop.ID, Role: store.Owner})
		anna := hired(t, s, "anna@shop.example", store.Member{ShopID: shop.ID, Role: store.Viewer})
		here, there, whose := invite("Anna@shop.example", shop.ID), invite("anna@shop.example", other.ID), invite("bea@shop.example", shop.ID)
		isError(t, "off this shop", s.RemoveMember(ctx, shop.ID, store.Member{Staff: anna, ShopID: shop.ID, Role: store.Viewer}), nil)
		isError(t, "back to this shop", second(s.Invitation(ctx, here)), crm.ErrNotFound)
		isError(t, "to another", second(s.Invitation(ctx, there)), nil)
		isError(t, "off all", s.RemoveStaff(ctx, anna.ID), nil)
		isError(t, "to another, then", second(s.Invitation(ctx, there)), crm.ErrNotFound)
		isError(t, "somebody else's", second(s.Invitation(ctx, whose)), nil)
	})
}
