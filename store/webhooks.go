package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"

	"grazie/crm"
)

// WebhookState is where a stored request of a platform stands.
type WebhookState string

const (
	WebhookReceived  WebhookState = "received"
	WebhookProcessed WebhookState = "processed"
	WebhookIgnored   WebhookState = "ignored" // a topic of no interest
	WebhookFailed    WebhookState = "failed"  // cannot be read; kept for replay
)

// WebhookStates lists all states, for filters and their errors.
var WebhookStates = []WebhookState{WebhookReceived, WebhookProcessed, WebhookIgnored, WebhookFailed}

// Webhook is one stored request of a platform.
type Webhook struct {
	ID          string       `json:"id"` // whk_...
	ShopID      string       `json:"shop_id"`
	DeliveryID  string       `json:"delivery_id"`
	EventID     string       `json:"event_id,omitempty"`
	Topic       string       `json:"topic"`
	Version     string       `json:"version,omitempty"`
	State       WebhookState `json:"state"`
	Reason      string       `json:"reason,omitempty"`
	Duplicates  int          `json:"duplicates"` // times that the same delivery came again
	TriggeredAt time.Time    `json:"triggered_at,omitzero"`
	ReceivedAt  time.Time    `json:"received_at"`
	ProcessedAt time.Time    `json:"processed_at,omitzero"`
	Headers     string       `json:"headers,omitempty"` // JSON
	Body        []byte       `json:"-"`                 // raw, as it was signed
}

// Received tells what became of a webhook at the door.
type Received struct {
	ID        string
	Duplicate bool // seen before: only counted
}

// ReceiveWebhook stores a webhook and returns once it is committed. A delivery
// that was stored before, in whatever state, is counted and changes nothing else.
func (s *Store) ReceiveWebhook(ctx context.Context, w Webhook) (Received, error) {
	w.ID, w.ReceivedAt = NewID("whk_"), s.now()
	return s.receive.do(ctx, w)
}

func (s *Store) receiveBatch(ctx context.Context, batch []Webhook) ([]Received, error) {
	type key struct{ shop, delivery string }
	out := make([]Received, len(batch))
	first := make(map[key]int, len(batch)) // copies that came at the same time
	copies := make(map[key]int)
	b := newBulk("text", "text", "text", "text", "text", "text", "text", "bigint", "bigint", "bigint", "text", "bytea")
	for i, w := range batch {
		k := key{w.ShopID, w.DeliveryID}
		if j, ok := first[k]; ok {
			copies[k]++
			out[i] = Received{ID: batch[j].ID, Duplicate: true}
			continue
		}
		first[k] = i
		at := micros(w.ReceivedAt)
		b.add(w.ID, w.ShopID, column(w.DeliveryID), column(w.EventID), column(w.Topic), column(w.Version),
			string(WebhookReceived), micros(w.TriggeredAt), at, at, column(w.Headers), s2.Encode(nil, w.Body))
	}
	var p params
	received := s.table(&p, b)
	err := s.write(ctx, func(tx querier) error {
		type row struct {
			id string
			key
			duplicates int
		}
		stored, err := rows(ctx, tx, func(r *sql.Rows) (w row, err error) {
			return w, r.Scan(&w.id, &w.shop, &w.delivery, &w.duplicates)
		}, `insert into webhooks (id, shop_id, delivery_id, event_id, topic, version, state, triggered_at, received_at, rung_at, headers, body)
			`+received+`
			on conflict (shop_id, delivery_id) do update set duplicates = webhooks.duplicates + 1
			returning id, shop_id, delivery_id, duplicates`, p...)
		if err != nil {
			return err
		}
		for _, w := range stored {
			i := first[w.key]
			out[i] = Received{ID: w.id, Duplicate: w.id != batch[i].ID}
			if n := copies[w.key]; n > 0 {
				if _, err := tx.ExecContext(ctx, `update webhooks set duplicates = duplicates + $3 where shop_id = $1 and id = $2`, w.shop, w.id, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return out, err
}

const webhookColumns = `id, shop_id, delivery_id, event_id, topic, version, state, reason, duplicates, triggered_at, received_at, processed_at, headers, body`

func scanWebhook(r *sql.Rows) (w Webhook, err error) {
	var triggered, received, processed int64
	var packed []byte
	err = r.Scan(&w.ID, &w.ShopID, &w.DeliveryID, &w.EventID, &w.Topic, &w.Version, &w.State, &w.Reason, &w.Duplicates,
		&triggered, &received, &processed, &w.Headers, &packed)
	if err == nil && packed != nil {
		w.Body, err = s2.Decode(nil, packed)
	}
	w.TriggeredAt, w.ReceivedAt, w.ProcessedAt = instant(triggered), instant(received), instant(processed)
	return w, err
}

// WaitingWebhooks are those of ids that are received and not processed yet,
// the oldest first.
func (s *Store) WaitingWebhooks(ctx context.Context, shopID string, ids []string) ([]Webhook, error) {
	p := params{shopID, WebhookReceived}
	found, err := rows(ctx, s.read, scanWebhook, `select `+webhookColumns+` from webhooks
		where shop_id = $1 and `+checked("state")+` = $2 and id`+s.in(&p, ids), p...)
	slices.SortFunc(found, func(a, b Webhook) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// Webhook is one stored request.
func (s *Store) Webhook(ctx context.Context, shopID, id string) (Webhook, error) {
	return one(rows(ctx, s.read, scanWebhook, `select `+webhookColumns+` from webhooks where shop_id = $1 and id = $2`, shopID, id))
}

// WebhookFilter narrows a list; what is empty does not narrow.
type WebhookFilter struct {
	State  WebhookState
	Topic  string
	Before string // id: the page after the one that ended with it
	Limit  int
}

// Webhooks lists stored requests, the newest first, without their bodies.
func (s *Store) Webhooks(ctx context.Context, shopID string, f WebhookFilter) ([]Webhook, error) {
	p := params{shopID}
	where := "shop_id = $1"
	if f.State != "" {
		where += " and state = " + p.add(string(f.State))
	}
	if f.Topic != "" {
		where += " and topic = " + p.add(f.Topic)
	}
	if f.Before != "" {
		where += " and id < " + p.add(f.Before)
	}
	columns := strings.Replace(webhookColumns, "headers, body", "'', null", 1)
	return rows(ctx, s.read, scanWebhook, `select `+columns+` from webhooks where `+where+` order by id desc limit `+p.add(f.Limit), p...)
}

// ReplayWebhook makes a webhook wait for processing again, whatever became of
// it. Processing twice changes nothing that the first time did.
func (s *Store) ReplayWebhook(ctx context.Context, shopID, id string) error {
	return s.change(ctx, `update webhooks set state = $3, reason = '', rung_at = 0 where shop_id = $1 and id = $2`, shopID, id, WebhookReceived)
}

// FailWebhook records that a webhook cannot be processed as it is. One that
// another worker processed meanwhile stays as it is.
func (s *Store) FailWebhook(ctx context.Context, shopID, id, reason string) error {
	err := s.change(ctx, `update webhooks set state = $3, reason = $4, processed_at = $5 where shop_id = $1 and id = $2 and state = $6`,
		shopID, id, WebhookFailed, column(reason), micros(s.now()), WebhookReceived)
	if errors.Is(err, crm.ErrNotFound) {
		return nil // another worker was done with it
	}
	return err
}

// change runs a statement that must change one row.
func (s *Store) change(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(tx querier) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("%w", or(err, crm.ErrNotFound))
		}
		return nil
	})
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// one is the only row of a query, or crm.ErrNotFound.
func one[T any](found []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(found) == 0:
		return none, crm.ErrNotFound
	}
	return found[0], nil
}
