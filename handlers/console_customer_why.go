package handlers

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

// herGesture is one journey with all that it did, will do or will not do for one
// customer.
type herGesture struct {
	Key   string
	Lines []gestureLine
	Older []gestureLine // beyond the first few
	Run   string        // address of the page that makes it by hand; empty: she may not
	rank  int
}

// gestureLine is one occasion.
type gestureLine struct {
	Order   string
	Message string // its address; empty: there is none
	State   string
	Badge   string // key
	Said    string
	rank    int
}

// linesAtOnce is how many occasions of a gesture are told before the rest folds away.
const linesAtOnce = 3

// gestures tells of every gesture why, or why not: of her newest orders and her
// days. What comes next stands first.
func (v *seat) gestures(c crm.Customer, y store.Story) ([]herGesture, error) {
	orders := y.Orders[:min(len(y.Orders), whyOrders)]
	ours := func(m crm.Message) bool {
		return m.OrderID == "" || slices.ContainsFunc(orders, func(o crm.Order) bool { return o.ID == m.OrderID })
	}
	messages := slices.DeleteFunc(slices.Clone(y.Messages), func(m crm.Message) bool { return !ours(m) })
	told, err := v.Desk.WhyOf(v.ctx(), v.shop, c, orders, messages)
	if err != nil {
		return nil, err
	}
	byKey := map[string]*herGesture{}
	var all []*herGesture
	for _, j := range journeys.All {
		g := &herGesture{Key: j.Key, rank: 9}
		byKey[j.Key], all = g, append(all, g)
		if v.may(store.Support) && c.DeletedAt.IsZero() {
			g.Run = v.runByHand(j.Key, c, orders, told)
		}
	}
	for _, o := range told {
		g := byKey[o.Journey]
		if g == nil { // a gesture of an older program
			g = &herGesture{Key: o.Journey, rank: 9}
			byKey[o.Journey], all = g, append(all, g)
		}
		line, err := v.gestureLine(o)
		if err != nil {
			return nil, err
		}
		g.Lines, g.rank = append(g.Lines, line), min(g.rank, line.rank)
	}
	slices.SortStableFunc(all, func(a, b *herGesture) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]herGesture, len(all))
	for i, g := range all {
		slices.SortStableFunc(g.Lines, func(a, b gestureLine) int { return cmp.Compare(a.rank, b.rank) })
		if len(g.Lines) > linesAtOnce {
			g.Lines, g.Older = g.Lines[:linesAtOnce], g.Lines[linesAtOnce:]
		}
		out[i] = *g
	}
	return out, nil
}

// gestureLine says in the language of the page what desk.Why found.
func (v *seat) gestureLine(o desk.Occasion) (gestureLine, error) {
	l := gestureLine{Order: o.Order}
	var err error
	switch {
	case o.Stored != nil:
		l.Message, l.State, l.Badge = v.path("messages", o.Stored.ID), string(o.State), "states."+string(o.State)
		l.rank = map[crm.MessageState]int{crm.Planned: 0, crm.Sending: 0, crm.Unknown: 1, crm.Failed: 1}[o.State]
		if l.rank == 0 && o.State != crm.Planned && o.State != crm.Sending {
			l.rank = 4
		}
		l.Said, err = v.page.Explain(*o.Stored)
	case !o.NextAt.IsZero():
		l.Said, l.rank = v.say("customers.why.calendar", "day", v.page.Day(o.NextAt)), 2
	case o.Verdict == crm.Send:
		l.Said, l.State, l.Badge, l.rank = v.say("customers.why.open"), "ask", "customers.why.open.badge", 1
	case o.Verdict == crm.Defer:
		l.rank = 3
		l.Said, err = v.page.Reason(o.Reason)
		l.Said = v.say("customers.why.later") + " " + l.Said
	default:
		l.rank = 5
		l.Said, err = v.page.Reason(o.Reason)
		l.Said = v.say("customers.why.not") + " " + l.Said
	}
	return l, err
}

// runByHand is the address of the page that makes a gesture by hand, for what it
// would be about: a return of hers, her newest order, or herself.
func (v *seat) runByHand(journey string, c crm.Customer, orders []crm.Order, told []desk.Occasion) string {
	q := url.Values{"journey": {journey}}
	j, _ := journeys.Find(journey)
	switch {
	case slices.Contains(j.On, crm.ReturnChanged):
		i := slices.IndexFunc(told, func(o desk.Occasion) bool { return o.Journey == journey && o.Return != "" })
		if i < 0 {
			return ""
		}
		q.Set("return", told[i].Return)
	case slices.Contains(j.On, crm.DayBegan):
		q.Set("customer", c.ID)
	case len(orders) > 0:
		q.Set("order", orders[0].ID)
	default:
		return ""
	}
	return strings.Join([]string{v.path("jobs", "new"), q.Encode()}, "?")
}
