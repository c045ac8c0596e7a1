package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

// freshMessage is the one that the address names, as she saw it.
func (v *seat) freshMessage() (crm.Message, error) {
	m, err := v.Store.Message(v.ctx(), v.shop.ID, plain(v.Param("message")))
	if err == nil {
		err = v.fresh(seenMessage(m))
	}
	return m, err
}

// why is who acts and why, as it stands in a message's row.
func (v *seat) why() string {
	return strings.TrimSuffix(v.name()+": "+clip(crm.Clean(v.typed("reason")), 300), ": ")
}

// moved is an error of a row that was not there any more as it was seen.
func moved(err error) error {
	if errors.Is(err, crm.ErrNotFound) {
		return crm.ErrConflict
	}
	return err
}

// cancelMessage is her no to a message that waits.
func (v *seat) cancelMessage() error {
	m, err := v.freshMessage()
	if err == nil {
		err = moved(v.Store.CancelMessage(v.ctx(), v.shop.ID, m.ID, v.why()))
	}
	if err != nil {
		return err
	}
	return v.done(v.path("messages", m.ID), "messages.said.cancelled")
}

// sendMessage lets a message that waits go out now: what speaks against it still
// holds, only its time does not.
func (v *seat) sendMessage() error {
	return v.takeUp(crm.Planned)
}

// retryMessage takes up again what was not sent.
func (v *seat) retryMessage() error {
	return v.takeUp(crm.Failed, crm.Skipped, crm.Cancelled)
}

func (v *seat) takeUp(from ...crm.MessageState) error {
	m, err := v.freshMessage()
	if err != nil {
		return err
	}
	ok := false
	for _, state := range from {
		ok = ok || m.State == state
	}
	if !ok {
		return crm.ErrConflict
	}
	ask, err := v.asksAnew(m)
	if err != nil {
		return v.againMessage(m, err)
	}
	if gives(m.Journey, ask.Offer) && !v.may(store.Manager) {
		return errRole
	}
	m.ByHand, m.Ask, m.DueAt, m.Detail = true, &ask, v.Now(), ask.By+": "+ask.Reason
	stored, err := v.Store.PlanByHand(v.ctx(), m)
	if err != nil {
		return err
	}
	v.Ring(store.KindMessage, v.shop.ID, stored.ID)
	return v.done(v.path("messages", m.ID), "messages.said.taken")
}

// asksAnew is what she asks for, with what stood in an earlier asking. A yes to that one
// was not to hers.
func (v *seat) asksAnew(m crm.Message) (crm.Ask, error) {
	ask := crm.Ask{By: v.name(), Reason: v.typed("reason")}
	if m.Ask != nil {
		ask.Note, ask.Again, ask.Offer, ask.Bulk = m.Ask.Note, m.Ask.Again, m.Ask.Offer, m.Ask.Bulk
	}
	bulk := ask.Bulk
	ask, err := desk.Ask(ask)
	ask.At, ask.Bulk, ask.Staff, ask.Limit = v.Now().UTC(), bulk, v.staff.ID, v.member.GiftLimit
	return ask, err
}

// approveMessage is her yes to a gesture above a limit, as far as her own goes.
func (v *seat) approveMessage() error {
	m, err := v.freshMessage()
	if err != nil {
		return err
	}
	if v.member.GiftLimit != "" {
		worth, err := v.Desk.Worth(v.ctx(), m)
		if err != nil {
			return err
		}
		if journeys.Above(worth, v.member.GiftLimit) {
			return &crm.Invalid{Field: "limit", Message: "it is worth more than you may give"}
		}
	}
	if err := v.Store.ApproveMessage(v.ctx(), v.shop.ID, m.ID, v.name()); err != nil {
		return err
	}
	v.Ring(store.KindMessage, v.shop.ID, m.ID)
	return v.done(v.path("messages", m.ID), "messages.said.approved")
}

// settleMessage is her word on a mail of which nobody knows whether it was sent.
func (v *seat) settleMessage() error {
	m, err := v.freshMessage()
	if err != nil {
		return err
	}
	sent := v.typed("sent")
	if v.typed("reason") == "" || sent != "yes" && sent != "no" {
		field := "reason"
		if sent == "" {
			field = "sent"
		}
		return v.againMessage(m, &crm.Invalid{Field: field, Message: v.say("shell.needed")})
	}
	v.act.Detail = "sent: " + sent
	if err := v.settleOne(v.ctx(), m.ID, sent == "yes"); err != nil {
		return err
	}
	if sent == "yes" {
		return v.done(v.path("messages", m.ID), "messages.said.settled")
	}
	return v.done(v.path("messages", m.ID), "messages.said.again")
}

func (v *seat) settleOne(ctx context.Context, id string, sent bool) error {
	err := v.Store.SettleMessage(ctx, v.shop.ID, id, sent, v.why())
	if errors.As(err, new(*crm.Invalid)) {
		return crm.ErrConflict
	}
	if err == nil && !sent {
		v.Ring(store.KindMessage, v.shop.ID, id)
	}
	return err
}

// cancelMessages cancels those that are ticked on a page of the list.
func (v *seat) cancelMessages() error {
	return v.each("messages.cancel", "?state=planned", func(ctx context.Context, m crm.Message) error {
		return moved(v.Store.CancelMessage(ctx, v.shop.ID, m.ID, v.why()))
	})
}

// settleMessages settles those that are ticked on a page of the list.
func (v *seat) settleMessages() error {
	sent := v.typed("sent")
	if sent != "yes" && sent != "no" {
		return &crm.Invalid{Field: "sent", Message: v.say("shell.needed")}
	}
	return v.each("messages.settle", "?state=unknown", func(ctx context.Context, m crm.Message) error {
		return v.settleOne(ctx, m.ID, sent == "yes")
	})
}

// each does something to every message that is ticked and stands as it was seen.
// Each has a line of its own in the audit log, and all of them one that counts.
func (v *seat) each(name, back string, do func(ctx context.Context, m crm.Message) error) error {
	ticked := v.form()["tick"]
	if len(ticked) == 0 {
		return &crm.Invalid{Field: "tick", Message: "tick at least one"}
	}
	if v.typed("reason") == "" {
		return &crm.Invalid{Field: "reason", Message: v.say("shell.needed")}
	}
	done, changed := 0, 0
	for _, t := range ticked[:min(len(ticked), messagesAPage)] {
		id, was, _ := strings.Cut(t, " ")
		m, err := v.Store.Message(v.ctx(), v.shop.ID, plain(id))
		if err == nil && seenMessage(m) != was {
			err = crm.ErrConflict
		}
		if err == nil {
			one := &store.Act{ShopID: v.shop.ID, Staff: v.staff.ID, By: v.name(), Action: name, Target: m.ID, Why: v.act.Why}
			err = do(store.Acting(v.ctx(), one), m)
		}
		switch {
		case err == nil:
			done++
		case errors.Is(err, crm.ErrConflict) || errors.Is(err, crm.ErrNotFound):
			changed++
		default:
			return err
		}
	}
	v.act.Detail = fmt.Sprintf("%d done, %d changed meanwhile", done, changed)
	said := "messages.said.all"
	if changed > 0 && done > 0 {
		said = "messages.said.some"
	} else if done == 0 {
		return crm.ErrConflict
	}
	return v.done(v.path("messages")+back, said)
}
