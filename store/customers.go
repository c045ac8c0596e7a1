package store

import (
	"context"

	"grazie/crm"
)

// CustomerByEmail is the customer of a shop who has an address, as an account
// before as a guest.
func (s *Store) CustomerByEmail(ctx context.Context, shopID, emailKey string) (crm.Customer, error) {
	r, err := one(rows(ctx, s.read, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and email_key = $2
		order by case when id like 'guest_%' then 1 else 0 end, id limit 1`, shopID, emailKey))
	return r.value, err
}

// Customer is one customer.
func (s *Store) Customer(ctx context.Context, shopID, id string) (crm.Customer, error) {
	r, err := one(rows(ctx, s.read, scanRow[crm.Customer], `select revision, data from customers where shop_id = $1 and id = $2`, shopID, id))
	return r.value, err
}

// OrdersOf lists the orders of a person, by account or by address, the newest
// first. Each way to them is a part of its own: one condition for both would be
// answered by a look at all of the shop's orders.
func (s *Store) OrdersOf(ctx context.Context, shopID string, c crm.Customer, limit int) ([]crm.Order, error) {
	found, err := rows(ctx, s.read, scanRow[crm.Order], `select revision, data from (
			select * from (select id, created_at, revision, data from orders where customer_id = $2 and `+checked("shop_id")+` = $1 order by created_at desc limit $4) as by_account
			union
			select * from (select id, created_at, revision, data from orders where email_key = $3 and email_key <> '' and `+checked("shop_id")+` = $1 order by created_at desc limit $4) as by_address
		) as hers order by created_at desc, id desc limit $4`,
		shopID, c.ID, c.EmailKey, limit)
	orders := make([]crm.Order, len(found))
	for i, r := range found {
		orders[i] = r.value
	}
	return orders, err
}

// NewestOrders lists a shop's orders, the newest first.
func (s *Store) NewestOrders(ctx context.Context, shopID string, limit int) ([]crm.Order, error) {
	found, err := rows(ctx, s.read, scanRow[crm.Order], `select revision, data from orders
		where shop_id = $1 order by created_at desc, id desc limit $2`, shopID, limit)
	orders := make([]crm.Order, len(found))
	for i, r := range found {
		orders[i] = r.value
	}
	return orders, err
}

// Order is the order with an id, or with the name that the customer knows
// ("#1001" or "1001").
func (s *Store) Order(ctx context.Context, shopID, idOrName string) (crm.Order, error) {
	r, err := one(rows(ctx, s.read, scanRow[crm.Order], `select revision, data from (
			select 0 as way, created_at, revision, data from orders where shop_id = $1 and id = $2
			union all
			select 1, created_at, revision, data from orders where name in ($2, $3) and `+checked("shop_id")+` = $1
		) as found order by way, created_at desc limit 1`,
		shopID, idOrName, "#"+idOrName))
	return r.value, err
}
