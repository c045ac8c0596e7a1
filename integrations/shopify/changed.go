package shopify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Khan/genqlient/graphql"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

var _ integrations.Reconciler = (*Platform)(nil)

// Topics under which ParseWebhook reads what Changed tells. No webhook has them.
const (
	topicOrder    = "reconcile/order"
	topicReturn   = "reconcile/return"
	topicCustomer = "reconcile/customer"
)

// answers holds what reads them; nobody subscribes to them.
var answers = map[string]func(*reader, integrations.Envelope, []byte) []crm.Event{
	topicOrder: readOrderNode, topicReturn: readReturnNode, topicCustomer: readCustomerNode,
}

const (
	patience  = time.Minute // that a question waits for the shop's limit of calls, at once
	deepest   = 10_000      // things that one walk through a list passes; the platform ends it at 25,000
	linePages = 40          // pages of 50 lines that an order may have
)

// Changed tells orders by their updated_at, after each those of its returns that
// are known to the shop, and then customers. Of an order only the id and the
// time are asked for, a point each; Read gets the rest.
func (p *Platform) Changed(ctx context.Context, c integrations.Connection, since, until time.Time, each func(integrations.Changed) error) error {
	shop, err := p.on(c)
	if err != nil {
		return err
	}
	q := question{Platform: p, shop: shop}
	if q.products, q.returns, err = mayRead(ctx, shop); err != nil {
		return err
	}
	if err := q.changedOrders(ctx, since, until, each); err != nil {
		return err
	}
	return q.changedCustomers(ctx, since, until, each)
}

// question is who asks what changed, and what the merchant lets be read beside
// orders and customers: some gestures need it, and others do not.
type question struct {
	*Platform
	shop              graphql.Client
	products, returns bool
}

// mayRead tells whether the token may read products and returns.
func mayRead(ctx context.Context, shop graphql.Client) (products, returns bool, err error) {
	granted, err := scopesOf(ctx, shop)
	return Covers(granted, "read_products"), Covers(granted, "read_returns"), err
}

// scopesOf are those that the token has.
func scopesOf(ctx context.Context, shop graphql.Client) (granted []string, err error) {
	told, err := admin.Shop(ctx, shop)
	if err != nil {
		return nil, err
	}
	for _, s := range told.CurrentAppInstallation.AccessScopes {
		granted = append(granted, s.Handle)
	}
	return granted, nil
}

func (q question) changedOrders(ctx context.Context, since, until time.Time, each func(integrations.Changed) error) error {
	return walk(since, func(since time.Time, after *string) (page admin.Page, n int, last time.Time, err error) {
		var told *admin.ChangedOrdersResponse
		if err = q.patiently(ctx, func() (err error) {
			told, err = admin.ChangedOrders(ctx, q.shop, between(since, until), after, q.returns)
			return err
		}); err != nil {
			return page, 0, last, err
		}
		for _, o := range told.Orders.Nodes {
			last = o.UpdatedAt.UTC()
			if err := each(integrations.Changed{Topic: topicOrder, Kind: integrations.ChangedOrder, ID: number(o.Id), At: last,
				Read: func(ctx context.Context) ([]byte, error) { return q.wholeOrder(ctx, o.Id) }}); err != nil {
				return page, 0, last, err
			}
			for _, r := range o.Returns.Nodes {
				if err := each(changedReturn(o.Id, last, r)); err != nil {
					return page, 0, last, err
				}
			}
		}
		return told.Orders.PageInfo, len(told.Orders.Nodes), last, nil
	})
}

// changedReturn tells a return. The API knows no time of its last change: that
// of its order is the nearest.
func changedReturn(order string, at time.Time, r admin.ChangedReturn) integrations.Changed {
	body, _ := json.Marshal(map[string]any{ // texts only: it cannot fail
		"id": r.Id, "name": r.Name, "status": r.Status, "created_at": r.CreatedAt, "order_id": order,
	})
	return integrations.Changed{Topic: topicReturn, Kind: integrations.ChangedReturn, ID: number(r.Id), At: at, State: string(states[r.Status]), Body: body}
}

func (q question) changedCustomers(ctx context.Context, since, until time.Time, each func(integrations.Changed) error) error {
	return walk(since, func(from time.Time, after *string) (page admin.Page, n int, last time.Time, err error) {
		var told struct{ Customers admin.Connection }
		variables := map[string]any{"query": between(from, until), "after": after}
		if err = q.patiently(ctx, func() error { return admin.Ask(ctx, q.shop, "ChangedCustomers", variables, &told) }); err != nil {
			return page, 0, last, err
		}
		for _, node := range told.Customers.Nodes {
			var c customerNode
			r := &reader{}
			r.decode(node, &c)
			id, at := r.needID("id", c.ID, ""), r.time("updatedAt", c.UpdatedAt)
			if r.err != nil {
				return page, 0, last, fail(integrations.Temporary, "the list of customers cannot be read: "+r.err.Error())
			}
			last = at
			if at.Before(since.Truncate(time.Second)) || at.After(until) { // the search may take whole days
				continue
			}
			state := ""
			if day, err := crm.ParseBirthday(string(c.Birthday.Value)); err == nil {
				state = string(day) // webhooks that the app's manifest subscribes to do not tell it
			}
			body, err := withoutYear(node, c.Birthday)
			if err != nil {
				return page, 0, last, err
			}
			if err := each(integrations.Changed{Topic: topicCustomer, Kind: integrations.ChangedCustomer, ID: id, At: at, State: state, Body: body}); err != nil {
				return page, 0, last, err
			}
		}
		return told.Customers.PageInfo, len(told.Customers.Nodes), last, nil
	})
}

// withoutYear is a customer of whose birthday only month and day are left: the
// year is stored nowhere (mail-and-domain.md, D1).
func withoutYear(node json.RawMessage, told metafieldNode) ([]byte, error) {
	if told.Value == "" {
		return node, nil
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(node))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, odd("a customer that can be read")
	}
	delete(fields, "metafield")
	if day, err := crm.ParseBirthday(string(told.Value)); err == nil {
		fields["metafield"] = map[string]any{"value": day, "updatedAt": told.UpdatedAt}
	}
	return json.Marshal(fields)
}

// walk goes through a list that is sorted by time, page by page, and begins it
// anew at the time it came to before the platform ends it.
func walk(since time.Time, next func(since time.Time, after *string) (page admin.Page, n int, last time.Time, err error)) error {
	var after *string
	for passed := 0; ; {
		page, n, last, err := next(since, after)
		if err != nil || !page.HasNextPage || page.EndCursor == nil {
			return err
		}
		after = page.EndCursor
		if passed += n; passed >= deepest && last.After(since) {
			since, after, passed = last, nil, 0
		}
	}
}

// between is the search for what changed between two times; the platform's
// grain is a second.
func between(since, until time.Time) string {
	return fmt.Sprintf("updated_at:>='%s' updated_at:<='%s'", since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
}

// wholeOrder reads an order with all its lines; nil: the shop has none such.
func (q question) wholeOrder(ctx context.Context, id string) ([]byte, error) {
	var order map[string]json.RawMessage
	var lines admin.Connection
	for range linePages {
		var told struct{ Order map[string]json.RawMessage }
		variables := map[string]any{"id": id, "after": lines.PageInfo.EndCursor, "products": q.products}
		if err := q.patiently(ctx, func() error { return admin.Ask(ctx, q.shop, "OneOrder", variables, &told) }); err != nil {
			return nil, err
		}
		var more admin.Connection
		if told.Order == nil {
			return nil, nil
		}
		if err := json.Unmarshal(told.Order["lineItems"], &more); err != nil {
			return nil, odd("the order's lines")
		}
		order, lines.PageInfo, lines.Nodes = told.Order, more.PageInfo, append(lines.Nodes, more.Nodes...)
		if !more.PageInfo.HasNextPage || more.PageInfo.EndCursor == nil {
			all, err := json.Marshal(lines)
			if err != nil {
				return nil, err
			}
			order["lineItems"] = all
			return json.Marshal(order)
		}
	}
	return nil, fail(integrations.Rejected, fmt.Sprintf("the order has more than %d lines", linePages*50))
}

// patiently asks again when the shop's limit of calls is reached: nobody waits
// for the answer but a chore.
func (p *Platform) patiently(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		var e *integrations.Error
		if !errors.As(err, &e) || e.Kind != integrations.RateLimited || e.RetryAt.IsZero() {
			return err
		}
		wait := e.RetryAt.Sub(p.now())
		if wait > patience {
			return err
		}
		timer := time.NewTimer(max(wait, 100*time.Millisecond))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// readReturnNode reads a return as Changed tells it: it is as it was when its
// order changed last.
func readReturnNode(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var b returnBody
	if !r.decode(body, &b) {
		return nil
	}
	r.isGlobal("Return", b.ID)
	out := &crm.Return{
		ID: r.needID("id", b.ID, ""), Name: crm.Clean(b.Name), OrderID: r.returned(b), Status: status(e.Topic, b.Status),
		RequestedAt: r.time("created_at", b.CreatedAt), UpdatedAt: e.TriggeredAt,
	}
	return []crm.Event{{Kind: crm.ReturnChanged, At: e.TriggeredAt, Return: out}}
}
