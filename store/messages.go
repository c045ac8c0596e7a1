package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"grazie/crm"
)

const messageColumns = `id, shop_id, customer_id, order_id, journey, purpose, subject, state, reason, detail, due_at, attempt,
	created_at, updated_at, sent_at, mailer, provider_id, locale, phrases, webhook_id, by_hand, return_id, ask`

func scanMessage(r *sql.Rows) (crm.Message, error) { return scanMessageAnd(r) }

// scanMessageAnd reads into more what else was selected.
func scanMessageAnd(r *sql.Rows, more ...any) (m crm.Message, err error) {
	var due, created, updated, sent int64
	var phrases, ask string
	err = r.Scan(append([]any{&m.ID, &m.ShopID, &m.CustomerID, &m.OrderID, &m.Journey, &m.Purpose, &m.Subject, &m.State, &m.Reason, &m.Detail, &due, &m.Attempt,
		&created, &updated, &sent, &m.Mailer, &m.ProviderID, &m.Locale, &phrases, &m.WebhookID, &m.ByHand, &m.ReturnID, &ask}, more...)...)
	m.DueAt, m.CreatedAt, m.UpdatedAt, m.SentAt = instant(due), instant(created), instant(updated), instant(sent)
	m.Phrases = strings.Fields(phrases)
	if err == nil && ask != "" {
		err = json.Unmarshal([]byte(ask), &m.Ask)
	}
	return m, err
}

// try names one try of one message, and holds its mail.
type try struct {
	shopID, id string
	attempt    int
	mail       []byte // packed; nil: none
	template   int
	locale     string
}

// ClaimMessage takes a planned message into sending, for the length of the
// lease. False means that another worker has it, or that it must not go out any
// more: whoever loses stops. Claims that come together share a commit. The mail
// that is about to be handed over is stored with it, so that also one whose end
// nobody knows can be read.
func (s *Store) ClaimMessage(ctx context.Context, m crm.Message, mail ...crm.Mail) (bool, error) {
	t := try{shopID: m.ShopID, id: m.ID, attempt: m.Attempt}
	for _, w := range mail {
		t.mail, t.template, t.locale = packMail(w), w.Template, w.Locale
	}
	return s.claims.do(ctx, t)
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
		if err != nil {
			return err
		}
		return s.keepMails(ctx, tx, batch, won)
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
