package store_test

import (
	"context"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// forCustomers gives the first shop alone what one of these methods would find.
func forCustomers(t *testing.T, s *store.Store, c *clock, mine crm.Shop, b belongings, name string) {
	t.Helper()
	var err error
	switch name {
	case "ConsentsOf":
		_, err = s.EditCustomer(t.Context(), mine.ID, b.customer.ID, store.CustomerEdit{Consent: &crm.Consent{State: crm.ConsentSubscribed}, By: mark, Seen: b.customer}, nil)
	case "EditsOf":
		err = s.Record(t.Context(), &store.Act{ShopID: mine.ID, By: mark, Action: "customers.birthday", Target: b.customer.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
}

var withinCustomers = ofShop{
	"Customers": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		return s.Customers(ctx, shopID, store.CustomerFilter{Query: mark, Limit: 10})
	},
	"IndexCustomers": func(ctx context.Context, s *store.Store, shopID string, _ belongings) (any, error) {
		if _, _, err := s.IndexCustomers(ctx, shopID, ""); err != nil {
			return nil, err
		}
		return s.Customers(ctx, shopID, store.CustomerFilter{Query: mark, Limit: 10})
	},
	"EditCustomer": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		day := crm.MonthDay("12-24")
		seen, err := s.Customer(ctx, shopID, b.customer.ID)
		if err != nil {
			return nil, err
		}
		return s.EditCustomer(ctx, shopID, b.customer.ID, store.CustomerEdit{Birthday: &day, By: "kim", Seen: seen}, nil)
	},
	"StoryOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.StoryOf(ctx, shopID, b.customer, 10)
	},
	"ConsentsOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.ConsentsOf(ctx, shopID, b.customer.ID, 10)
	},
	"EditsOf": func(ctx context.Context, s *store.Store, shopID string, b belongings) (any, error) {
		return s.EditsOf(ctx, shopID, b.customer.ID, 10)
	},
}

var overShopsCustomers = map[string]string{}
