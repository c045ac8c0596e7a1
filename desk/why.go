package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/journeys"
)

// most bounds what is looked at of one customer.
const most = 200

// Occasion is one thing that may lead to one mail, and what became of it.
type Occasion struct {
	Journey  string           `json:"journey"`
	Subject  string           `json:"subject"`
	Order    string           `json:"order,omitempty"` // as the customer knows it
	Message  string           `json:"message,omitempty"`
	State    crm.MessageState `json:"state,omitempty"` // empty: nothing was planned
	Reason   crm.Reason       `json:"reason,omitempty"`
	Sentence string           `json:"sentence"`
}

// Why tells of every gesture what a customer got, will get, or why not: of her
// orders, her returns and her days. Where nothing was planned it tells what
// would be decided now.
func (d *Desk) Why(ctx context.Context, shop crm.Shop, who crm.Customer) ([]Occasion, error) {
	orders, err := d.Store.OrdersOf(ctx, shop.ID, who, most)
	if err != nil {
		return nil, err
	}
	messages, err := d.Store.MessagesOf(ctx, shop.ID, who, most)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	var events []crm.Event
	for _, o := range orders {
		names[o.ID] = o.Name
		events = append(events, crm.Event{Kind: crm.OrderPaid, At: d.Now(), Order: &o, Customer: &who})
		returns, err := d.Store.Returns(ctx, shop.ID, o.ID, most)
		if err != nil {
			return nil, err
		}
		for _, r := range returns {
			events = append(events, crm.Event{Kind: crm.ReturnChanged, At: d.Now(), Return: &r, Order: &o, Customer: &who})
		}
	}
	since, err := d.Store.FirstOrder(ctx, shop, who)
	if err != nil {
		return nil, err
	}
	events = append(events, crm.Event{Kind: crm.DayBegan, At: d.Now(), Customer: &who, FirstOrder: since})
	var all []Occasion
	for _, e := range events {
		for _, j := range journeys.All {
			if !slices.Contains(j.On, e.Kind) {
				continue
			}
			next, rest, err := d.tell(ctx, j, e, shop, messages)
			if err != nil {
				return nil, err
			}
			messages, all = rest, append(all, next...)
		}
	}
	for _, m := range messages {
		all = append(all, occasionOf(m))
	}
	for i := range all {
		all[i].Order = cmp.Or(names[all[i].Order], all[i].Order)
	}
	return all, nil
}

// tell tells of the occasions of one event, and takes their messages off the list.
func (d *Desk) tell(ctx context.Context, j journeys.Journey, e crm.Event, shop crm.Shop, messages []crm.Message) ([]Occasion, []crm.Message, error) {
	var all []Occasion
	due := j.Messages(e, shop)
	if len(due) == 0 && e.Kind == crm.DayBegan {
		return []Occasion{d.ahead(j, e, shop)}, messages, nil
	}
	if len(due) == 0 && e.Kind == crm.OrderPaid {
		// No occasion yet, or no more: the rules tell why.
		due = []crm.Message{{ShopID: shop.ID, Journey: j.Key, Purpose: j.Purpose, OrderID: e.Order.ID, CustomerID: e.Customer.ID, State: crm.Planned}}
	}
	for _, m := range due {
		i := slices.IndexFunc(messages, func(have crm.Message) bool { return have.Journey == m.Journey && have.Subject == m.Subject })
		if i >= 0 {
			all = append(all, occasionOf(messages[i]))
			messages = slices.Delete(messages, i, i+1)
			continue
		}
		if _, is := m.Reminder(); is {
			continue // it is told of once there is something to remind of
		}
		next, err := d.unplanned(ctx, j, m, target(e))
		if err != nil {
			return nil, nil, err
		}
		all = append(all, next)
	}
	return all, messages, nil
}

// ahead tells when the calendar will bring the next occasion of a journey.
func (d *Desk) ahead(j journeys.Journey, e crm.Event, shop crm.Shop) Occasion {
	out := Occasion{Journey: j.Key}
	for range 370 {
		e.At = e.At.AddDate(0, 0, 1)
		if next := j.Messages(e, shop); len(next) > 0 {
			out.Subject, out.Reason = next[0].Subject, crm.ReasonDelay
			out.Sentence = "The calendar plans it shortly before " + Moment(next[0].DueAt) + "."
			if !j.Values(shop).Bool("enabled") {
				out.Reason, out.Sentence = crm.ReasonJourneyOff, "Nothing is planned. "+crm.ReasonJourneyOff.Sentence()
			}
			return out
		}
	}
	out.Reason = crm.ReasonNoAnniversary
	if e.Customer.Birthday.Day == "" && j.Key == "birthday_coupon" {
		out.Reason = crm.ReasonNoBirthday
	}
	out.Sentence = "Nothing is planned. " + out.Reason.Sentence()
	return out
}

func occasionOf(m crm.Message) Occasion {
	return Occasion{Journey: m.Journey, Subject: m.Subject, Order: m.OrderID, Message: m.ID, State: m.State, Reason: m.Reason, Sentence: Explain(m)}
}

// unplanned tells what would be decided now about an occasion without a message.
func (d *Desk) unplanned(ctx context.Context, j journeys.Journey, m crm.Message, target string) (Occasion, error) {
	out := Occasion{Journey: m.Journey, Subject: m.Subject, Order: m.OrderID}
	if stored, err := d.Store.MessageAbout(ctx, m.ShopID, m.Journey, m.Subject); err == nil {
		return occasionOf(stored), nil // planned meanwhile, or beyond those that were listed
	}
	f, err := d.Facts(ctx, j, m)
	if err != nil {
		return out, err
	}
	switch decision := journeys.Decide(j, f, d.Now()); decision.Verdict {
	case crm.Skip:
		out.Reason, out.Sentence = decision.Reason, "Nothing is planned. "+decision.Reason.Sentence()
	case crm.Defer:
		out.Reason, out.Sentence = decision.Reason, "Nothing is planned yet. "+decision.Reason.Sentence()
	default:
		out.Sentence = fmt.Sprintf("Nothing is planned, though nothing speaks against it: the gesture was switched off when it was time, "+
			"or its webhook waits or failed. \"grazie job run %s %s\" sends it.", j.Key, target)
	}
	return out, nil
}

// target names what an event is about as a command does.
func target(e crm.Event) string {
	switch {
	case e.Return != nil:
		return "--return " + e.Return.ID
	case e.Order != nil:
		return "--order " + cmp.Or(strings.TrimPrefix(e.Order.Name, "#"), e.Order.ID)
	}
	return "--customer " + e.Customer.ID
}
