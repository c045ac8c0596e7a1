package bigcommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

const (
	pageSize   = 250 // the most that the API answers
	ordersSize = 50  // orders with all their goods are large
)

func pageOf(path string, page int) string {
	return path + "&limit=" + strconv.Itoa(pageSize) + "&page=" + strconv.Itoa(page)
}

// cursor is where a history goes on: customers, then who takes the newsletter,
// then orders.
type cursor struct {
	Part  string `json:"part"`
	Page  int    `json:"page,omitempty"`  // the next one
	After string `json:"after,omitempty"` // of orders, the last id
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"` // customers and orders
}

const (
	partCustomers   = "customers"
	partSubscribers = "subscribers"
	partOrders      = "orders"
)

// History reads all customers with their consent, and all orders, a page at a
// time. It leaves a part of the store's quota to webhooks: then it ends with
// the time to go on at.
func (p *Platform) History(ctx context.Context, c integrations.Connection, at string, each func(integrations.Portion) error) error {
	cur := cursor{Part: partCustomers, Page: 1}
	if at != "" {
		if err := json.Unmarshal([]byte(at), &cur); err != nil {
			return fail(integrations.Rejected, "the place to go on at cannot be read: let the history begin anew")
		}
	} else {
		total, err := p.total(ctx, c)
		if err != nil {
			return err
		}
		cur.Total = total
		if err := hand(integrations.Portion{}, cur, each); err != nil { // what was counted is not counted again
			return err
		}
	}
	for cur.Part != "" {
		if err := p.quota.leaves(c.Domain, p.now(), spare); err != nil {
			return err
		}
		portion, next, err := p.portion(ctx, c, cur)
		if err != nil {
			return err
		}
		cur = next
		if err := hand(portion, cur, each); err != nil {
			return err
		}
	}
	return nil
}

// hand hands over a portion, to go on behind it at a cursor.
func hand(portion integrations.Portion, cur cursor, each func(integrations.Portion) error) error {
	text, err := json.Marshal(cur)
	if err != nil {
		return err
	}
	portion.Cursor, portion.Done, portion.Total = string(text), cur.Done, cur.Total
	return each(portion)
}

// total is how much there is to read.
func (p *Platform) total(ctx context.Context, c integrations.Connection) (int64, error) {
	var customers struct {
		Meta struct {
			Pagination struct{ Total int64 }
		}
	}
	if err := p.part(ctx, c, "/v3/customers?limit=1", &customers); err != nil {
		return 0, err
	}
	var orders struct{ Count int64 }
	if err := p.part(ctx, c, "/v2/orders/count", &orders); err != nil {
		return 0, err
	}
	return customers.Meta.Pagination.Total + orders.Count, nil
}

func (p *Platform) portion(ctx context.Context, c integrations.Connection, cur cursor) (integrations.Portion, cursor, error) {
	switch cur.Part {
	case partCustomers:
		return p.customersPage(ctx, c, cur)
	case partSubscribers:
		return p.subscribersPage(ctx, c, cur)
	case partOrders:
		return p.ordersPage(ctx, c, cur)
	}
	return integrations.Portion{}, cursor{}, fail(integrations.Rejected, "the place to go on at cannot be read: let the history begin anew")
}

func (p *Platform) customersPage(ctx context.Context, c integrations.Connection, cur cursor) (out integrations.Portion, next cursor, err error) {
	all, err := p.customers(ctx, c, pageOf("/v3/customers?"+withAll+"&sort=date_created:asc", cur.Page))
	if err != nil {
		return out, cur, err
	}
	for _, who := range all {
		at := who.UpdatedAt
		if at.IsZero() {
			at = who.CreatedAt
		}
		out.Events = append(out.Events, crm.Event{Kind: crm.CustomerChanged, At: at, Customer: &who})
	}
	cur.Done += int64(len(all))
	if cur.Page++; len(all) < pageSize {
		cur.Part, cur.Page = partSubscribers, 1
	}
	return out, cur, nil
}

func (p *Platform) subscribersPage(ctx context.Context, c integrations.Connection, cur cursor) (out integrations.Portion, next cursor, err error) {
	var told struct{ Data []subscriberBody }
	if err := p.part(ctx, c, pageOf("/v3/customers/subscribers?", cur.Page), &told); err != nil {
		return out, cur, err
	}
	if out.Events, err = p.consents(ctx, c, told.Data); err != nil {
		return out, cur, err
	}
	if cur.Page++; len(told.Data) < pageSize {
		cur.Part, cur.Page = partOrders, 0
	}
	return out, cur, nil
}

func (p *Platform) ordersPage(ctx context.Context, c integrations.Connection, cur cursor) (out integrations.Portion, next cursor, err error) {
	from := int64(1)
	if cur.After != "" {
		last, err := strconv.ParseInt(cur.After, 10, 64)
		if err != nil {
			return out, cur, fail(integrations.Rejected, "the place to go on at cannot be read: let the history begin anew")
		}
		from = last + 1
	}
	readAt := p.now().UTC()
	all, err := p.orders(ctx, c, url.Values{"min_id": {strconv.FormatInt(from, 10)}, "sort": {"id:asc"}, "limit": {strconv.Itoa(ordersSize)}})
	if err != nil {
		return out, cur, err
	}
	for i, w := range all {
		cur.After = string(w.ID)
		events, err := w.events(readAt)
		if bad := (*crm.Invalid)(nil); errors.As(err, &bad) {
			out.Skipped = append(out.Skipped, fmt.Sprintf("order %d: %s", cur.Done+int64(i)+1, strings.TrimSpace(bad.Error())))
			continue
		}
		out.Events = append(out.Events, events...)
	}
	cur.Done += int64(len(all))
	if len(all) < ordersSize {
		cur.Part = ""
	}
	return out, cur, nil
}
