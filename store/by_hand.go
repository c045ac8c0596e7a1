package store

import (
	"context"
	"errors"
	"strings"

	"grazie/crm"
)

// PlanByHand plans the message that staff asks for and returns it as stored.
// The occasion stays unique: what waits, was skipped or failed is taken up
// again in its own row; what was sent, or may have been, is crm.ErrConflict
// together with the message that stands in the way. A new message has the id that
// is given with it, if any: it chooses the sentences of its mail.
func (s *Store) PlanByHand(ctx context.Context, m crm.Message) (crm.Message, error) {
	var stored crm.Message
	err := s.write(ctx, func(tx querier) error {
		now := s.now()
		if m.ID == "" {
			m.ID = NewID("msg_")
		}
		var p params
		b := newPlanned()
		b.add(plannedRow(m, now)...)
		inserted, err := rows(ctx, tx, text, insertMessages+s.table(&p, b)+` on conflict do nothing returning id`, p...)
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
// must not have asked for it, else it is ErrSamePerson. Staff who acts (see
// Acting) is known by her id as well, whatever she is called by now. What waits
// for no yes any more is crm.ErrConflict.
func (s *Store) ApproveMessage(ctx context.Context, shopID, id, by string) error {
	return s.write(ctx, func(tx querier) error {
		m, err := one(rows(ctx, tx, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and id = $2`+s.forUpdate(), shopID, id))
		if err != nil {
			return err
		}
		if m.State != crm.Planned || m.Ask == nil {
			return crm.ErrConflict
		}
		if strings.EqualFold(crm.Clean(m.Ask.By), crm.Clean(by)) || m.Ask.Staff != "" && m.Ask.Staff == acts(ctx).Staff {
			return ErrSamePerson
		}
		m.Ask.Approval = by
		now := micros(s.now())
		_, err = tx.ExecContext(ctx, `update messages set ask = $3, due_at = $4, rung_at = 0, updated_at = $4, reason = $5 where shop_id = $1 and id = $2 and state = 'planned'`,
			shopID, id, document(m.Ask), now, crm.ReasonByHand)
		if err == nil {
			_, err = tx.ExecContext(ctx, `update tasks set done_at = $4, done_by = $5 where shop_id = $1 and kind = $2 and source = $3 and done_at = 0`,
				shopID, crm.TaskApproval, "message:"+id, now, column(by))
		}
		return err
	})
}

// CancelMessage is staff's no to a message that waits; detail says who and why.
func (s *Store) CancelMessage(ctx context.Context, shopID, id, detail string) error {
	return s.change(ctx, `update messages set state = $3, reason = $4, detail = $5, by_hand = true, updated_at = $6 where shop_id = $1 and id = $2 and state = 'planned'`,
		shopID, id, crm.Cancelled, crm.ReasonByHand, column(detail), micros(s.now()))
}
