package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

type messageCmd struct {
	List    messageListCmd    `cmd:"" help:"List the mails, planned and sent."`
	Show    messageShowCmd    `cmd:"" help:"Show one mail: its state, and why."`
	Settle  messageSettleCmd  `cmd:"" help:"Say of an unknown mail whether it was sent."`
	Approve messageApproveCmd `cmd:"" help:"Say yes to a gesture that is above the limit."`
	Cancel  messageCancelCmd  `cmd:"" help:"Say no to a mail that waits."`
}

type messageListCmd struct {
	inShop
	State   crm.MessageState `help:"Only those in this state, such as sent, planned, skipped, unknown." placeholder:"STATE"`
	Journey string           `help:"Only those of this gesture, such as thank_you." placeholder:"KEY"`
	page
	listing
}

func (c *messageListCmd) Run(ctx context.Context, g *globals) error {
	if err := errors.Join(oneOf("--state", c.State, crm.MessageStates), oneOf("--journey", c.Journey, journeyKeys()), c.page.check()); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Messages(ctx, shop.ID, store.MessageFilter{State: c.State, Journey: c.Journey, Before: c.Before, Limit: c.Limit})
	if err != nil {
		return err
	}
	return writeMessages(g, c.listing, all, "There is no mail of this kind.")
}

// messageView is a message with its reason as a sentence.
type messageView struct {
	crm.Message
	Sentence string `json:"sentence"`
}

func writeMessages(g *globals, l listing, all []crm.Message, empty string) error {
	views := make([]messageView, len(all))
	for i, m := range all {
		views[i] = messageView{m, desk.Explain(m)}
	}
	return writeList(g, l, views, empty, "PLANNED|STATE|JOURNEY|SUBJECT|ID|WHY", func(m messageView) []string {
		return []string{moment(m.CreatedAt), string(m.State), m.Journey, m.Message.Subject, m.ID, m.Sentence}
	})
}

type messageShowCmd struct {
	ID string `arg:"" help:"The message's id, msg_..."`
	inShop
	listing
}

func (c *messageShowCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := findMessage(ctx, s, shop, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(g.out, messageView{m, desk.Explain(m)})
	}
	return describeMessage(g, m)
}

func findMessage(ctx context.Context, s *store.Store, shop crm.Shop, id string) (crm.Message, error) {
	m, err := s.Message(ctx, shop.ID, id)
	return m, missing(err, `there is no message %q of %s: "grazie message list" shows those there are`, id, shop.Domain)
}

func describeMessage(g *globals, m crm.Message) error {
	fmt.Fprintf(g.out, "%s\n\n", desk.Explain(m))
	t := newTable(g.out)
	t.field("id", m.ID)
	t.field("journey", m.Journey)
	t.field("purpose", string(m.Purpose))
	t.field("subject", m.Subject)
	t.field("state", string(m.State))
	t.field("reason", string(m.Reason))
	t.field("detail", m.Detail)
	t.field("customer", m.CustomerID)
	t.field("order", m.OrderID)
	t.field("planned by", m.WebhookID)
	if m.ByHand {
		t.field("by hand", "yes")
	}
	t.field("tries", fmt.Sprint(m.Attempt))
	t.field("due", moment(m.DueAt))
	t.field("created", moment(m.CreatedAt))
	t.field("updated", moment(m.UpdatedAt))
	t.field("sent", moment(m.SentAt))
	t.field("mailer", m.Mailer)
	t.field("receipt", m.ProviderID)
	t.field("locale", m.Locale)
	t.field("sentences", strings.Join(m.Phrases, " "))
	return t.Flush()
}

type messageSettleCmd struct {
	ID string `arg:"" help:"The message's id, msg_..."`
	inShop
	Sent   bool   `xor:"word" required:"" help:"It was sent."`
	Not    bool   `name:"not-sent" xor:"word" required:"" help:"It was not sent, and is to be tried again."`
	Reason string `required:"" help:"How you know, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *messageSettleCmd) Help() string {
	return `A mail is unknown when it was handed over and the answer was lost: it may have been
sent. The provider's own log tells, under the id of the message.`
}

func (c *messageSettleCmd) Run(ctx context.Context, g *globals) error {
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := findMessage(ctx, s, shop, c.ID); err != nil {
		return err
	}
	if err := s.SettleMessage(ctx, shop.ID, c.ID, c.Sent, detail); err != nil {
		return err
	}
	m, err := findMessage(ctx, s, shop, c.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.out, desk.Explain(m))
	return err
}

type messageApproveCmd struct {
	ID string `arg:"" help:"The message's id, msg_..."`
	inShop
	byStaff
}

func (c *messageApproveCmd) Run(ctx context.Context, g *globals) error {
	if _, err := c.signed("approved"); err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := findMessage(ctx, s, shop, c.ID)
	if err != nil {
		return err
	}
	err = s.ApproveMessage(ctx, shop.ID, m.ID, strings.TrimSpace(c.By))
	if errors.Is(err, crm.ErrConflict) {
		return fmt.Errorf("there is nothing to approve: %s", desk.Explain(m))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.out, "Approved. The running server goes on with it within seconds.")
	return err
}

type messageCancelCmd struct {
	ID string `arg:"" help:"The message's id, msg_..."`
	inShop
	Reason string `required:"" help:"Why, for whoever looks later." placeholder:"WHY"`
	byStaff
}

func (c *messageCancelCmd) Run(ctx context.Context, g *globals) error {
	detail, err := c.signed(c.Reason)
	if err != nil {
		return err
	}
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := findMessage(ctx, s, shop, c.ID)
	if err != nil {
		return err
	}
	if err := s.CancelMessage(ctx, shop.ID, m.ID, detail); err != nil {
		return missing(err, "it does not wait any more: %s", desk.Explain(m))
	}
	if m, err = findMessage(ctx, s, shop, c.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.out, desk.Explain(m))
	return err
}
