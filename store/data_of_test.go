package store_test

import (
	"errors"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// A mail that went to an address that she gave up since opens nothing of hers to
// whoever reads it there now, and lets nobody ask for her erasure.
func TestDataOfIsForWhoGotTheMail(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		shop := connect(t, s, "demo.myshopify.com")
		her := crm.Customer{ID: "7", Email: "anna@old.example", EmailKey: "anna@old.example", UpdatedAt: c.Now()}
		m := crm.Message{Journey: "birthday_coupon", Purpose: crm.Marketing, CustomerID: "7", Subject: "birthday:7:2026", DueAt: c.Now()}
		apply(t, s, shop.ID, "d1", []crm.Event{{Kind: crm.CustomerChanged, Customer: &her, At: c.Now()}}, m)
		m = messages(t, s, shop.ID)[0]
		if won, err := s.ClaimMessage(t.Context(), m, crm.Mail{ShopID: shop.ID, MessageID: m.ID, To: crm.Mailbox{Email: "Anna@old.example"}, Subject: "x"}); !won || err != nil {
			t.Fatal(won, err)
		}
		link := store.Link{ShopID: shop.ID, CustomerID: "7", MessageID: m.ID}
		if _, own, err := s.DataOf(t.Context(), link); !own || err != nil {
			t.Fatal(own, err)
		}
		c.pass(1e9)
		her.Email, her.EmailKey, her.UpdatedAt = "anna@new.example", "anna@new.example", c.Now()
		apply(t, s, shop.ID, "d2", []crm.Event{{Kind: crm.CustomerChanged, Customer: &her, At: c.Now()}})
		if x, own, err := s.DataOf(t.Context(), link); own || err != nil || len(x.Customers) > 0 {
			t.Errorf("the old address is shown her data: %v %v", own, err)
		}
		if _, err := s.AskErasure(t.Context(), link); !errors.Is(err, crm.ErrConflict) {
			t.Errorf("the old address may erase her: %v", err)
		}
	})
}
