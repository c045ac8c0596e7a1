package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"grazie/integrations"
)

// pageSize keeps answers of small servers small: plugins blow orders up.
const pageSize = 50

// fields are what is read of an order and of a customer; the rest stays in the shop.
const (
	orderFields = "id,number,status,currency,date_created_gmt,date_modified_gmt,date_paid_gmt,date_completed_gmt,total,customer_id," +
		"billing,shipping,line_items,shipping_lines,coupon_lines,refunds,meta_data,created_via"
	customerFields = "id,email,first_name,last_name,date_created_gmt,date_modified_gmt,billing,meta_data"
)

// stages are the parts of a shop's past, in the sequence in which they are told.
var stages = []struct {
	name, path, topic, fields string
}{
	{"customers", "/wc/v3/customers", "customer.updated", customerFields},
	{"orders", "/wc/v3/orders", "order.updated", orderFields},
}

// History tells the customers, and then the orders, page by page from the oldest:
// what is new meanwhile comes at the end. A cursor is the page to go on with, and
// how many things were told before it.
func (p *Platform) History(ctx context.Context, c integrations.Connection, cursor string, each func(integrations.Portion) error) error {
	name, page, done := readCursor(cursor)
	begun, total := false, int64(0)
	for _, s := range stages {
		begun = begun || s.name == name
		a, err := p.call(ctx, c, http.MethodGet, s.path, url.Values{"per_page": {"1"}, "_fields": {"id"}}, nil)
		if err != nil {
			return err
		}
		total += a.total
	}
	if !begun {
		name, page, done = stages[0].name, 1, 0
	}
	begun = false
	for i, s := range stages {
		if !begun && s.name != name {
			continue
		}
		if begun {
			page = 1
		}
		begun = true
		for last := false; !last; page++ {
			query := url.Values{"orderby": {"id"}, "order": {"asc"}, "_fields": {s.fields}, "page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(pageSize)}}
			list, err := p.list(ctx, c, s.path, query)
			if err != nil {
				return err
			}
			done += int64(len(list))
			portion := integrations.Portion{Done: done, Total: max(total, done), Cursor: cursorOf(s.name, page+1, done)}
			if last = len(list) < pageSize; last && i+1 < len(stages) {
				portion.Cursor = cursorOf(stages[i+1].name, 1, done)
			}
			for n, text := range list {
				events, err := p.ParseWebhook(integrations.Envelope{Topic: s.topic}, text)
				if err != nil {
					portion.Skipped = append(portion.Skipped, fmt.Sprintf("%s, page %d, number %d: %v", s.name, page, n+1, err))
				}
				portion.Events = append(portion.Events, events...)
			}
			if err := each(portion); err != nil {
				return err
			}
		}
	}
	return nil
}

func cursorOf(stage string, page int, done int64) string {
	return fmt.Sprintf("%s/%d/%d", stage, page, done)
}

// readCursor reads one; what another version wrote begins from the start, which
// changes nothing.
func readCursor(cursor string) (stage string, page int, done int64) {
	parts := strings.Split(cursor, "/")
	if len(parts) != 3 {
		return "", 1, 0
	}
	page, err := strconv.Atoi(parts[1])
	done, bad := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || bad != nil || page < 1 || page > maxPages || done < 0 {
		return "", 1, 0
	}
	return parts[0], page, done
}

// list is one page of things.
func (p *Platform) list(ctx context.Context, c integrations.Connection, path string, query url.Values) ([]json.RawMessage, error) {
	a, err := p.call(ctx, c, http.MethodGet, path, query, nil)
	if a.code == "rest_post_invalid_page_number" { // behind the last page
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	return list, p.read(a, &list)
}

// Changed tells the orders that changed between two times. Customers cannot be
// asked for by that: an order tells its buyer.
func (p *Platform) Changed(ctx context.Context, c integrations.Connection, since, until time.Time, each func(integrations.Changed) error) error {
	query := url.Values{
		"modified_after": {since.UTC().Add(-time.Second).Format(moments)}, "modified_before": {until.UTC().Add(time.Second).Format(moments)}, "dates_are_gmt": {"true"},
		"orderby": {"modified"}, "order": {"asc"}, "_fields": {orderFields}, "per_page": {strconv.Itoa(pageSize)},
	}
	for page := 1; page <= maxPages; page++ {
		query := maps.Clone(query)
		query.Set("page", strconv.Itoa(page))
		list, err := p.list(ctx, c, "/wc/v3/orders", query)
		if err != nil {
			return err
		}
		for _, text := range list {
			v, err := integrations.ReadBody(text, true)
			if err != nil {
				return p.odd()
			}
			ch := integrations.Changed{Topic: "order.updated", Kind: integrations.ChangedOrder, ID: needID(v.At("id")), At: or(gmt(v, "date_modified"), gmt(v, "date_created")), Body: text}
			if v.Err() != nil {
				return p.odd()
			}
			// A status that only drafts have is no order yet.
			if strings.Contains(v.At("status").Text(), "draft") || ch.At.Before(since) || ch.At.After(until) {
				continue
			}
			if err := each(ch); err != nil {
				return err
			}
		}
		if len(list) < pageSize {
			break
		}
	}
	return nil
}
