package store

import (
	"context"
	"slices"
	"strings"

	"grazie/crm"
)

// hers finds all that is about the subject of a request: the customer and the
// guests with her address; her orders and those that were named. Another
// account with the same address is another customer, unless only an address
// was given.
func (s *Store) hers(ctx context.Context, q querier, r crm.PrivacyRequest, about subjectOf) (subjectOf, error) {
	customers := append(slices.Clone(about.Customers), r.CustomerID)
	for _, e := range about.Emails {
		about.Keys = append(about.Keys, crm.EmailKey(e))
	}
	know := func(c crm.Customer) {
		customers = append(customers, c.ID)
		about.Emails, about.Keys = append(about.Emails, c.Email), append(about.Keys, c.EmailKey)
	}
	named, err := s.ordersBy(ctx, q, r.ShopID, "id", r.OrderIDs)
	if err != nil {
		return about, err
	}
	for _, o := range named {
		if isGuest(o.CustomerID) {
			customers = append(customers, o.CustomerID)
		}
	}
	found, err := s.customersBy(ctx, q, r.ShopID, "id", distinct(customers))
	if err != nil {
		return about, err
	}
	for _, c := range found {
		know(c)
	}
	about.Keys = distinct(about.Keys)
	accounts := r.CustomerID == "" && len(r.OrderIDs)+len(about.Customers) == 0
	same, err := s.customersBy(ctx, q, r.ShopID, "email_key", about.Keys)
	if err != nil {
		return about, err
	}
	for _, c := range same {
		if accounts || isGuest(c.ID) {
			know(c)
		}
	}
	for _, key := range about.Keys { // a guest who is not here yet, either
		h, err := s.hash(ctx, q, r.ShopID, key)
		if err != nil {
			return about, err
		}
		customers = append(customers, guestBy(h))
	}
	about.Customers = distinct(customers)
	bought, err := s.ordersBy(ctx, q, r.ShopID, "customer_id", about.Customers)
	if err != nil {
		return about, err
	}
	written, err := s.ordersBy(ctx, q, r.ShopID, "email_key", about.Keys)
	if err != nil {
		return about, err
	}
	for _, o := range written { // an order of another account stays that account's
		if o.CustomerID == "" || isGuest(o.CustomerID) {
			bought = append(bought, o)
		}
	}
	orders := slices.Clone(r.OrderIDs)
	for _, o := range append(named, bought...) {
		orders, about.Emails = append(orders, o.ID), append(about.Emails, o.Email)
		about.Names = append(about.Names, o.Name, strings.TrimPrefix(o.Name, "#"))
	}
	about.Names = distinct(about.Names)
	about.Orders, about.Emails = distinct(orders), distinct(about.Emails)
	about.Returns, err = s.returnsOf(ctx, q, r.ShopID, about)
	return about, err
}

// returnsOf are the ids of the returns of customers, and of orders.
func (s *Store) returnsOf(ctx context.Context, q querier, shopID string, about subjectOf) ([]string, error) {
	ofOrders, err := nounsBy[crm.Return](ctx, s, q, "returns", shopID, "order_id", about.Orders)
	if err != nil {
		return nil, err
	}
	ofCustomers, err := nounsBy[crm.Return](ctx, s, q, "returns", shopID, "customer_id", about.Customers)
	var ids []string
	for _, r := range append(ofOrders, ofCustomers...) {
		ids = append(ids, r.ID)
	}
	return distinct(ids), err
}

func (s *Store) customersBy(ctx context.Context, q querier, shopID, by string, values []string) ([]crm.Customer, error) {
	return nounsBy[crm.Customer](ctx, s, q, "customers", shopID, by, values)
}

func (s *Store) ordersBy(ctx context.Context, q querier, shopID, by string, values []string) ([]crm.Order, error) {
	return nounsBy[crm.Order](ctx, s, q, "orders", shopID, by, values)
}

// nounsBy reads the nouns of a shop whose column has one of some values.
func nounsBy[T any](ctx context.Context, s *Store, q querier, table, shopID, by string, values []string) ([]T, error) {
	var all []T
	for some := range slices.Chunk(values, mostItems) {
		p := params{shopID}
		found, err := rows(ctx, q, scanDocument[T], `select data from `+table+` where shop_id = $1 and `+by+s.in(&p, some), p...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func isGuest(id string) bool { return strings.HasPrefix(id, guest) }
