package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

type customerWhyCmd struct {
	oneCustomer
	listing
}

func (c *customerWhyCmd) Help() string {
	return `One line for each gesture and each order: sent when and with what receipt, or planned
for when, or why not. Where nothing was planned, it tells what would be decided now.`
}

// occasion is one thing that may lead to one mail, and what became of it.
type occasion struct {
	Journey  string           `json:"journey"`
	Subject  string           `json:"subject"`
	Order    string           `json:"order,omitempty"` // as the customer knows it
	Message  string           `json:"message,omitempty"`
	State    crm.MessageState `json:"state,omitempty"` // empty: nothing was planned
	Reason   crm.Reason       `json:"reason,omitempty"`
	Sentence string           `json:"sentence"`
}

func (c *customerWhyCmd) Run(ctx context.Context, g *globals) error {
	s, shop, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	defer s.Close()
	who, err := c.find(ctx, s, shop)
	if err != nil {
		return err
	}
	all, err := occasions(ctx, s, shop, who, time.Now())
	if err != nil {
		return err
	}
	return writeList(g, c.listing, all, "She has no orders here, so there is nothing to thank for.", "JOURNEY|ORDER|WHY", func(o occasion) []string {
		return []string{o.Journey, o.Order, o.Sentence}
	})
}

// occasions are those of every order, the newest first, and then those of
// messages that belong to no order that is shown.
func occasions(ctx context.Context, s *store.Store, shop crm.Shop, who crm.Customer, now time.Time) ([]occasion, error) {
	orders, err := s.OrdersOf(ctx, shop.ID, who, mostOfOne)
	if err != nil {
		return nil, err
	}
	messages, err := s.MessagesOf(ctx, shop.ID, who, mostOfOne)
	if err != nil {
		return nil, err
	}
	var all []occasion
	for _, o := range orders {
		for _, j := range journeys.All {
			if !slices.Contains(j.On, crm.OrderPaid) {
				continue
			}
			m := thoughtOf(j, shop, who, o)
			i := slices.IndexFunc(messages, func(have crm.Message) bool { return have.Journey == m.Journey && have.Subject == m.Subject })
			if i >= 0 {
				all = append(all, occasionOf(messages[i], o.Name))
				messages = slices.Delete(messages, i, i+1)
				continue
			}
			next, err := unplanned(ctx, s, j, m, o.Name, now)
			if err != nil {
				return nil, err
			}
			all = append(all, next)
		}
	}
	for _, m := range messages {
		all = append(all, occasionOf(m, m.OrderID))
	}
	return all, nil
}

// thoughtOf is the message that a journey would plan for a paid order.
func thoughtOf(j journeys.Journey, shop crm.Shop, who crm.Customer, o crm.Order) crm.Message {
	e := crm.Event{Kind: crm.OrderPaid, Order: &o}
	m, _ := j.ByHand(e, shop, crm.Ask{}, time.Time{})
	m.ByHand, m.Ask, m.Detail = false, nil, ""
	if due := j.Occasions(e, shop, j.Values(shop)); len(due) > 0 {
		m.DueAt = due[0].Due
	}
	if m.CustomerID == "" {
		m.CustomerID = who.ID
	}
	return m
}

func occasionOf(m crm.Message, order string) occasion {
	sentence := explain(m)
	if m.ByHand && m.Detail != "" {
		sentence += " By hand, " + strings.TrimSuffix(m.Detail, ".") + "."
	}
	return occasion{Journey: m.Journey, Subject: m.Subject, Order: order, Message: m.ID, State: m.State, Reason: m.Reason, Sentence: sentence}
}

// unplanned tells what would be decided now about an occasion without a message.
func unplanned(ctx context.Context, s *store.Store, j journeys.Journey, m crm.Message, order string, now time.Time) (occasion, error) {
	out := occasion{Journey: m.Journey, Subject: m.Subject, Order: order}
	f, err := factsOf(ctx, s, j, m)
	if err != nil {
		return out, err
	}
	if f.Message.ID != "" { // planned meanwhile, or beyond those that were listed
		return occasionOf(f.Message, order), nil
	}
	switch d := journeys.Decide(j, f, now); d.Verdict {
	case crm.Skip:
		out.Reason, out.Sentence = d.Reason, "Nothing is planned. "+d.Reason.Sentence()
	case crm.Defer:
		out.Reason, out.Sentence = d.Reason, fmt.Sprintf("Nothing is planned yet. %s", d.Reason.Sentence())
	default:
		out.Sentence = fmt.Sprintf("Nothing is planned, though nothing speaks against it: the gesture was switched off when the payment came in, "+
			"or its webhook waits or failed. \"grazie job run %s --order %s\" sends it.", j.Key, strings.TrimPrefix(order, "#"))
	}
	return out, nil
}
