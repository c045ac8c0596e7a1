package store

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// plan asks for the messages of all events, their nouns brought up to date.
func (w *applying) plan(applied []Applied, plan Plan) []crm.Message {
	var all []crm.Message
	if plan == nil {
		return nil
	}
	for i := range applied {
		for _, e := range applied[i].Events {
			if w.forgotten(e) {
				continue
			}
			e = w.known(e)
			for _, m := range plan(e) {
				m.WebhookID = applied[i].WebhookID
				all = append(all, m)
				applied[i].Planned++
			}
		}
	}
	return all
}

// known is the event with its nouns as they are now.
func (w *applying) known(e crm.Event) crm.Event {
	if e.Return != nil {
		e.Return = &w.returns[e.Return.ID].value
		if o := w.orders[e.Return.OrderID]; o != nil {
			e.Return.CustomerID = first(e.Return.CustomerID, o.value.CustomerID)
		}
	}
	customer := ""
	if e.Customer != nil {
		customer = e.Customer.ID
	}
	if e.Order != nil {
		e.Order = &w.orders[e.Order.ID].value
		customer = first(e.Order.CustomerID, customer)
	}
	if c := w.customers[customer]; c != nil {
		e.Customer = &c.value
	}
	return e
}

func first(values ...string) string { return cmp.Or(values...) }

// PlanMessages stores what the calendar leads to. The unique key over shop,
// journey and subject makes the second plan for an occasion a plan that
// changes nothing. It returns the ids of those that are due already.
func (s *Store) PlanMessages(ctx context.Context, shopID string, planned []crm.Message) ([]string, error) {
	var due []string
	err := s.write(ctx, func(tx querier) error {
		w := &applying{Store: s, tx: tx, shopID: shopID}
		var err error
		due, err = w.planMessages(ctx, planned)
		return err
	})
	return due, err
}

// planMessages inserts what is planned. What waits for its time already is
// moved to the new one, and what only an unsubscription stopped waits again
// once there is a new plan: whether it may go out is asked when it is due.
func (w *applying) planMessages(ctx context.Context, messages []crm.Message) ([]string, error) {
	now := w.now()
	b := newPlanned()
	planned := map[[2]string]bool{} // two webhooks of one batch can plan the same
	for _, m := range messages {
		key := [2]string{m.Journey, m.Subject}
		if planned[key] {
			continue
		}
		planned[key] = true
		m.ID, m.ShopID = NewID("msg_"), w.shopID
		b.add(plannedRow(m, now)...)
	}
	if b.rows == 0 {
		return nil, nil
	}
	var p params
	due, err := rows(ctx, w.tx, dueOnly(now), insertMessages+w.table(&p, b)+`
		on conflict (shop_id, journey, subject) do update set due_at = excluded.due_at, rung_at = excluded.rung_at, updated_at = excluded.updated_at,
			state = excluded.state, reason = excluded.reason
		where messages.attempt = 0 and not messages.by_hand and (
			messages.state = 'planned' and messages.reason = 'delay' and messages.due_at <> excluded.due_at
			or messages.state = 'cancelled' and messages.reason = 'unsubscribed' and excluded.due_at > messages.updated_at)
		returning id, due_at`, p...)
	return distinct(due), err
}

// dueOnly scans ids with their due times; those of later come out empty.
func dueOnly(now time.Time) func(*sql.Rows) (string, error) {
	return func(r *sql.Rows) (id string, err error) {
		var due int64
		if err = r.Scan(&id, &due); instant(due).After(now) {
			id = ""
		}
		return id, err
	}
}

const insertMessages = `insert into messages (id, shop_id, customer_id, order_id, return_id, journey, purpose, subject, state, reason, detail,
	due_at, rung_at, created_at, updated_at, webhook_id, by_hand, ask) `

func newPlanned() *bulk {
	return newBulk("text", "text", "text", "text", "text", "text", "text", "text", "text", "text", "text",
		"bigint", "bigint", "bigint", "bigint", "text", "boolean", "text")
}

func plannedRow(m crm.Message, now time.Time) []any {
	reason, rung := crm.ReasonDelay, micros(m.DueAt.Add(-RingAgain))
	if m.ByHand {
		reason = crm.ReasonByHand
	}
	if !m.DueAt.After(now) && !m.ByHand {
		rung = micros(now) // its bell is rung as soon as this is committed; by hand there may be no bell, only the sweep
	}
	if m.ByHand {
		rung = 0
	}
	ask := ""
	if m.Ask != nil {
		ask = document(m.Ask)
	}
	return []any{m.ID, m.ShopID, column(m.CustomerID), column(m.OrderID), column(m.ReturnID), m.Journey, string(m.Purpose), column(m.Subject), string(crm.Planned), string(reason), column(m.Detail),
		micros(m.DueAt), rung, micros(now), micros(now), m.WebhookID, m.ByHand, ask}
}
