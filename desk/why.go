package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

	// The same for pages, which say it in their own words.
	Stored  *crm.Message `json:"-"` // nil: nothing was planned
	Verdict crm.Verdict  `json:"-"` // what would be decided now, where nothing was planned; empty: nothing is asked yet
	NextAt  time.Time    `json:"-"` // when the calendar brings the next one
	Return  string       `json:"-"` // that it is about
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
	return d.WhyOf(ctx, shop, who, orders, messages)
}

// WhyOf is Why about some orders and messages of hers alone.
func (d *Desk) WhyOf(ctx context.Context, shop crm.Shop, who crm.Customer, orders []crm.Order, messages []crm.Message) ([]Occasion, error) {
	w := &whying{Desk: d, shop: shop, messages: messages}
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
	for _, e := range events {
		for _, j := range journeys.All {
			if !slices.Contains(j.On, e.Kind) {
				continue
			}
			if err := w.tell(ctx, j, e); err != nil {
				return nil, err
			}
		}
	}
	if err := w.decide(ctx); err != nil {
		return nil, err
	}
	for _, m := range w.messages {
		w.all = append(w.all, occasionOf(m))
	}
	for i := range w.all {
		w.all[i].Order = cmp.Or(names[w.all[i].Order], w.all[i].Order)
	}
	return w.all, nil
}

// whying is one run of Why.
type whying struct {
	*Desk
	shop     crm.Shop
	messages []crm.Message // of no occasion by now
	all      []Occasion
	open     []undecided
}

// undecided is an occasion without a message: what would be decided about it is
// found for all at once.
type undecided struct {
	at      int // in all
	journey journeys.Journey
	message crm.Message
	target  string
}

// tell tells of the occasions of one event, and takes their messages off the list.
func (w *whying) tell(ctx context.Context, j journeys.Journey, e crm.Event) error {
	due := j.Messages(e, w.shop)
	if len(due) == 0 && e.Kind == crm.DayBegan {
		w.all = append(w.all, w.ahead(j, e, w.shop))
		return nil
	}
	if len(due) == 0 && e.Kind == crm.OrderPaid {
		// No occasion yet, or no more: the rules tell why.
		due = []crm.Message{{ShopID: w.shop.ID, Journey: j.Key, Purpose: j.Purpose, OrderID: e.Order.ID, CustomerID: e.Customer.ID, State: crm.Planned}}
	}
	for _, m := range due {
		i := slices.IndexFunc(w.messages, func(have crm.Message) bool { return have.Journey == m.Journey && have.Subject == m.Subject })
		if i >= 0 {
			w.all = append(w.all, occasionOf(w.messages[i]))
			w.messages = slices.Delete(w.messages, i, i+1)
			continue
		}
		if _, is := m.Reminder(); is {
			continue // it is told of once there is something to remind of
		}
		if stored, err := w.Store.MessageAbout(ctx, m.ShopID, m.Journey, m.Subject); err == nil {
			w.all = append(w.all, occasionOf(stored)) // planned meanwhile, or beyond those that were listed
			continue
		} else if !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		w.open = append(w.open, undecided{len(w.all), j, m, target(e)})
		w.all = append(w.all, Occasion{Journey: m.Journey, Subject: m.Subject, Order: m.OrderID, Return: m.ReturnID})
	}
	return nil
}

// ahead tells when the calendar will bring the next occasion of a journey.
func (d *Desk) ahead(j journeys.Journey, e crm.Event, shop crm.Shop) Occasion {
	out := Occasion{Journey: j.Key}
	for range 370 {
		e.At = e.At.AddDate(0, 0, 1)
		if next := j.Messages(e, shop); len(next) > 0 {
			out.Subject, out.Reason, out.NextAt = next[0].Subject, crm.ReasonDelay, next[0].DueAt
			out.Sentence = "The calendar plans it shortly before " + Moment(next[0].DueAt) + "."
			if !j.Values(shop).Bool("enabled") {
				out.NextAt, out.Reason, out.Sentence = time.Time{}, crm.ReasonJourneyOff, "Nothing is planned. "+crm.ReasonJourneyOff.Sentence()
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
	return Occasion{Journey: m.Journey, Subject: m.Subject, Order: m.OrderID, Return: m.ReturnID, Message: m.ID, State: m.State, Reason: m.Reason, Sentence: Explain(m), Stored: &m}
}

// decide tells what would be decided now about the occasions without a message.
func (w *whying) decide(ctx context.Context) error {
	if len(w.open) == 0 {
		return nil
	}
	about := make([]crm.Message, len(w.open))
	for i, o := range w.open {
		about[i] = o.message
	}
	facts, err := w.Store.FactsOf(ctx, w.shop.ID, about)
	if err != nil {
		return err
	}
	for i, o := range w.open {
		out := &w.all[o.at]
		decision := journeys.Decide(o.journey, w.settled(o.journey, facts[i]), w.Now())
		out.Verdict, out.Reason = decision.Verdict, decision.Reason
		switch decision.Verdict {
		case crm.Skip:
			out.Sentence = "Nothing is planned. " + decision.Reason.Sentence()
		case crm.Defer:
			out.Sentence = "Nothing is planned yet. " + decision.Reason.Sentence()
		default:
			out.Sentence = fmt.Sprintf("Nothing is planned, though nothing speaks against it: the gesture was switched off when it was time, "+
				"or its webhook waits or failed. \"grazie job run %s %s\" sends it.", o.journey.Key, o.target)
		}
	}
	return nil
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
