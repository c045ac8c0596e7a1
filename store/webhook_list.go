package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// WebhookQuery is what a list of webhooks shows; what is empty does not narrow.
type WebhookQuery struct {
	State  WebhookState
	Topic  string
	Again  bool      // only those that the shop sent more than once
	From   time.Time // by when they came
	Until  time.Time // before it
	Before string    // id: the page after the one that ended with it
	Limit  int
}

// WebhookPage is a page of a list, the newest first, without bodies.
type WebhookPage struct {
	Webhooks []Webhook
	Next     string    // where the next page begins; empty: this is the end
	Looked   time.Time // the page was looked for up to here, and may go on; zero: it is full, or the end
}

// WebhookList is a page of a list. It takes the same time in a shop of any size.
func (s *Store) WebhookList(ctx context.Context, shopID string, q WebhookQuery) (WebhookPage, error) {
	p := params{shopID}
	where, fits := "shop_id = $1", ""
	if q.Before != "" {
		where += " and id < " + p.add(q.Before)
	}
	if !q.From.IsZero() {
		where += " and id >= " + p.add(idAt("whk_", q.From))
	}
	if !q.Until.IsZero() {
		where += " and id < " + p.add(idAt("whk_", q.Until))
	}
	if q.State != "" {
		fits += " and state = " + p.add(string(q.State))
	}
	if q.Topic != "" {
		fits += " and topic = " + p.add(q.Topic)
	}
	if q.Again {
		fits += " and duplicates > 0"
	}
	look := q.Limit
	if fits != "" {
		look = lookMost
	}
	walked, err := rows(ctx, s.read, scanPlace, `select id, received_at, case when true`+fits+` then 1 else 0 end from webhooks where `+where+` order by id desc`+atMost(&p, look), p...)
	if err != nil {
		return WebhookPage{}, err
	}
	shown, next, looked := pageOf(walked, q.Limit, look)
	page := WebhookPage{Looked: looked}
	if next != nil {
		page.Next = next.id
	}
	if len(shown) == 0 {
		return page, nil
	}
	p = params{shopID}
	columns := strings.Replace(webhookColumns, "headers, body", "'', null", 1)
	page.Webhooks, err = rows(ctx, s.read, scanWebhook, `select `+columns+` from webhooks where shop_id = $1 and id`+s.in(&p, shown), p...)
	slices.SortFunc(page.Webhooks, func(a, b Webhook) int { return cmp.Compare(b.ID, a.ID) })
	return page, err
}

// ReplayWebhooks is ReplayWebhook for many, in one transaction, and tells how many
// of them there are.
func (s *Store) ReplayWebhooks(ctx context.Context, shopID string, ids []string) (n int64, err error) {
	err = s.write(ctx, func(tx querier) error {
		p := params{shopID, WebhookReceived}
		res, err := tx.ExecContext(ctx, `update webhooks set state = $2, reason = '', rung_at = 0 where shop_id = $1 and id`+s.in(&p, ids), p...)
		if err == nil {
			n, err = res.RowsAffected()
		}
		return err
	})
	return n, err
}
