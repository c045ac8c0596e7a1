package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"grazie/crm"
)

const messageColumns = `id, shop_id, customer_id, order_id, journey, purpose, subject, state, reason, detail, due_at, attempt,
	created_at, updated_at, sent_at, mailer, provider_id, locale, phrases, webhook_id, by_hand, return_id, ask`

func scanMessage(r *sql.Rows) (m crm.Message, err error) {
	var due, created, updated, sent int64
	var phrases, ask string
	err = r.Scan(&m.ID, &m.ShopID, &m.CustomerID, &m.OrderID, &m.Journey, &m.Purpose, &m.Subject, &m.State, &m.Reason, &m.Detail, &due, &m.Attempt,
		&created, &updated, &sent, &m.Mailer, &m.ProviderID, &m.Locale, &phrases, &m.WebhookID, &m.ByHand, &m.ReturnID, &ask)
	m.DueAt, m.CreatedAt, m.UpdatedAt, m.SentAt = instant(due), instant(created), instant(updated), instant(sent)
	m.Phrases = strings.Fields(phrases)
	if err == nil && ask != "" {
		err = json.Unmarshal([]byte(ask), &m.Ask)
	}
	return m, err
}

// plan asks for the messages of all events, their nouns brought up to date.
func (w *applying) plan(applied []Applied, plan Plan) []crm.Message {
	var all []crm.Message
	if plan == nil {
		return nil
	}
	for i := range applied {
		for _, e := range applied[i].Events {
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

// PlanByHand plans the message that staff asks for and returns it as stored.
// The occasion stays unique: what waits, was skipped or failed is taken up
// again in its own row; what was sent, or may have been, is crm.ErrConflict
// together with the message that stands in the way.
func (s *Store) PlanByHand(ctx context.Context, m crm.Message) (crm.Message, error) {
	var stored crm.Message
	err := s.write(ctx, func(tx querier) error {
		now := s.now()
		m.ID = NewID("msg_")
		var p params
		b := newPlanned()
		b.add(plannedRow(m, now)...)
		inserted, err := rows(ctx, tx, text, insertMessages+s.table(&p, b)+` on conflict (shop_id, journey, subject) do nothing returning id`, p...)
		if err != nil {
			return err
		}
		if len(inserted) == 0 {
			_, err := tx.ExecContext(ctx, `update messages set state = $4, reason = $5, detail = $6, due_at = $7, rung_at = 0, updated_at = $7, by_hand = true,
					ask = $8, purpose = $9
				where shop_id = $1 and journey = $2 and subject = $3 and state in ('planned', 'skipped', 'cancelled', 'failed')`,
				m.ShopID, m.Journey, m.Subject, crm.Planned, crm.ReasonByHand, column(m.Detail), micros(now), document(m.Ask), m.Purpose)
			if err != nil {
				return err
			}
		}
		stored, err = one(rows(ctx, tx, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and journey = $2 and subject = $3`,
			m.ShopID, m.Journey, m.Subject))
		if err == nil && stored.State != crm.Planned {
			return crm.ErrConflict
		}
		if err == nil {
			err = s.reviveEffects(ctx, tx, m.ShopID, stored.ID)
		}
		return err
	})
	return stored, err
}

// try names one try of one message.
type try struct {
	shopID, id string
	attempt    int
}

// ClaimMessage takes a planned message into sending, for the length of the
// lease. False means that another worker has it, or that it must not go out any
// more: whoever loses stops. Claims that come together share a commit.
func (s *Store) ClaimMessage(ctx context.Context, m crm.Message) (bool, error) {
	return s.claims.do(ctx, try{m.ShopID, m.ID, m.Attempt})
}

// claimBatch writes due_at + 0 for the reason told at checked.
func (s *Store) claimBatch(ctx context.Context, batch []try) ([]bool, error) {
	now := s.now()
	p := params{crm.Sending, micros(now.Add(s.lease)), micros(now), crm.Planned}
	b := newBulk("text", "text", "bigint")
	for _, k := range batch {
		b.add(k.shopID, k.id, int64(k.attempt))
	}
	wanted := s.table(&p, b)
	won := map[string]bool{}
	err := s.write(ctx, func(tx querier) error {
		clear(won)
		ids, err := rows(ctx, tx, text, `update messages set state = $1, attempt = attempt + 1, lease_until = $2, updated_at = $3
			from (`+wanted+`) as v
			where messages.shop_id = v.column1 and messages.id = v.column2 and attempt = v.column3
				and `+checked("state")+` = $4 and due_at + 0 <= $3 returning id`, p...)
		for _, id := range ids {
			won[id] = true
		}
		return err
	})
	out := make([]bool, len(batch))
	for i, k := range batch {
		out[i] = won[k.id]
		delete(won, k.id) // two claims for one message in one batch: one wins
	}
	return out, err
}

// Outcome is what became of one try, or of a decision not to try.
type Outcome struct {
	Message    crm.Message      // as it was read: its state and attempt guard the change
	State      crm.MessageState // planned again, for later; or how it ended
	Reason     crm.Reason
	Detail     string    // the provider's own words
	DueAt      time.Time // for planned: not before
	Mailer     string
	ProviderID string
	SentAt     time.Time
	Locale     string
	Phrases    []string
}

// RecordOutcome stores what became of a message. False means that the row had
// moved on since it was read and was left as it is. A worker that was given up
// as lost and comes back late is still believed: it knows. Outcomes that come
// together share a commit.
func (s *Store) RecordOutcome(ctx context.Context, o Outcome) (bool, error) {
	return s.outcomes.do(ctx, o)
}

func (s *Store) outcomeBatch(ctx context.Context, batch []Outcome) ([]bool, error) {
	now := micros(s.now())
	p := params{now, RingAgain.Microseconds(), crm.Planned, crm.Unknown, crm.ReasonWorkerLost}
	b := newBulk("text", "text", "text", "bigint", "text", "text", "text", "bigint", "bigint", "text", "text", "text", "text", "bigint", "text")
	for _, o := range batch {
		m := o.Message
		detail := o.Detail
		if detail == "" && m.ByHand {
			detail = m.Detail
		}
		b.add(m.ShopID, m.ID, string(m.State), int64(m.Attempt), string(o.State), string(o.Reason), column(detail),
			micros(o.DueAt), micros(o.SentAt), o.Mailer, column(o.ProviderID), o.Locale, strings.Join(o.Phrases, " "), micros(m.UpdatedAt), string(m.Purpose))
	}
	outcomes := s.table(&p, b)
	done := map[string]bool{}
	err := s.write(ctx, func(tx querier) error {
		clear(done)
		ids, err := rows(ctx, tx, text, `update messages set state = v.column5, reason = v.column6, detail = v.column7,
				due_at = case when v.column8 > 0 then v.column8 else due_at end, sent_at = v.column9, mailer = v.column10,
				provider_id = v.column11, locale = v.column12, phrases = v.column13, purpose = v.column15, updated_at = $1, lease_until = 0, rung_at = v.column8 - $2
			from (`+outcomes+`) as v
			where messages.shop_id = v.column1 and messages.id = v.column2 and messages.attempt = v.column4 and (
				v.column3 = $3 and messages.state = $3 and messages.updated_at = v.column14
				or v.column3 <> $3 and (messages.state = v.column3 or messages.state = $4 and messages.reason = $5))
			returning id`, p...)
		for _, id := range ids {
			done[id] = true
		}
		if err != nil || len(done) == len(batch) {
			return err
		}
		// The provider's word of a mail may come before the worker's own: then the
		// state stays, but which mail it was is known only to the worker.
		var q params
		again := s.table(&q, b)
		_, err = tx.ExecContext(ctx, `update messages set mailer = v.column10, provider_id = v.column11, locale = v.column12, phrases = v.column13
			from (`+again+`) as v
			where messages.shop_id = v.column1 and messages.id = v.column2 and messages.attempt = v.column4
				and messages.provider_id = '' and messages.phrases = '' and messages.sent_at > 0 and v.column5 in (`+q.add(crm.Sent)+`, `+q.add(crm.Unknown)+`)`, q...)
		return err
	})
	out := make([]bool, len(batch))
	for i, o := range batch {
		out[i] = done[o.Message.ID]
	}
	return out, err
}

// Message is one message.
func (s *Store) Message(ctx context.Context, shopID, id string) (crm.Message, error) {
	return one(rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and id = $2`, shopID, id))
}

// MessageAbout is the message of a journey about an occasion.
func (s *Store) MessageAbout(ctx context.Context, shopID, journey, subject string) (crm.Message, error) {
	return one(rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and journey = $2 and subject = $3`, shopID, journey, subject))
}

// MessageFilter narrows a list; what is empty does not narrow.
type MessageFilter struct {
	State      crm.MessageState
	Journey    string
	CustomerID string
	OrderID    string
	Before     string // id: the page after the one that ended with it
	Limit      int
}

// Messages lists messages, the newest first.
func (s *Store) Messages(ctx context.Context, shopID string, f MessageFilter) ([]crm.Message, error) {
	p := params{shopID}
	where := "shop_id = $1"
	for _, c := range []struct{ column, value string }{
		{"state", string(f.State)}, {"journey", f.Journey}, {"customer_id", f.CustomerID}, {"order_id", f.OrderID},
	} {
		if c.value != "" {
			where += " and " + c.column + " = " + p.add(c.value)
		}
	}
	if f.Before != "" {
		where += " and id < " + p.add(f.Before)
	}
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where `+where+` order by id desc limit `+p.add(f.Limit), p...)
}

// SettleMessage is staff's word on an unknown message: it was sent, or it was
// not and is tried again. detail says who says so and why.
func (s *Store) SettleMessage(ctx context.Context, shopID, id string, wasSent bool, detail string) error {
	now := micros(s.now())
	err := s.change(ctx, `update messages set state = $3, reason = $4, detail = $5, updated_at = $6, due_at = $6, rung_at = 0,
			sent_at = case when $7 > 0 then updated_at else 0 end
		where shop_id = $1 and id = $2 and state = 'unknown'`, shopID, id,
		map[bool]crm.MessageState{true: crm.Sent, false: crm.Planned}[wasSent], crm.ReasonByHand, column(detail), now, map[bool]int{true: 1}[wasSent])
	if errors.Is(err, crm.ErrNotFound) {
		if m, e := s.Message(ctx, shopID, id); e == nil {
			return &crm.Invalid{Field: "message", Message: "is " + string(m.State) + "; only an unknown message can be settled"}
		}
	}
	return err
}

// ErrSamePerson says that who asked for a gesture cannot approve it.
var ErrSamePerson = errors.New("somebody else than who asked for it must say yes")

// ApproveMessage is somebody's yes to a gesture above the limit: whose it is
// must not have asked for it, else it is ErrSamePerson. What waits for no yes
// any more is crm.ErrConflict.
func (s *Store) ApproveMessage(ctx context.Context, shopID, id, by string) error {
	return s.write(ctx, func(tx querier) error {
		m, err := one(rows(ctx, tx, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and id = $2`+s.forUpdate(), shopID, id))
		if err != nil {
			return err
		}
		if m.State != crm.Planned || m.Ask == nil {
			return crm.ErrConflict
		}
		if strings.EqualFold(crm.Clean(m.Ask.By), crm.Clean(by)) {
			return ErrSamePerson
		}
		m.Ask.Approval = by
		now := micros(s.now())
		_, err = tx.ExecContext(ctx, `update messages set ask = $3, due_at = $4, rung_at = 0, updated_at = $4 where shop_id = $1 and id = $2 and state = 'planned'`,
			shopID, id, document(m.Ask), now)
		return err
	})
}
