package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) messageRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/messages", store.Viewer, "messages", "messages.title", (*seat).listMessages),
		act("/messages/cancel", store.Support, "messages", "messages.cancel-some", (*seat).cancelMessages),
		act("/messages/settle", store.Support, "messages", "messages.settle-some", (*seat).settleMessages),
		look("/messages/:message", store.Viewer, "messages", "messages.one", (*seat).showMessage),
		act("/messages/:message/cancel", store.Support, "messages", "messages.cancel", (*seat).cancelMessage),
		act("/messages/:message/send", store.Support, "messages", "messages.send", (*seat).sendMessage),
		act("/messages/:message/retry", store.Support, "messages", "messages.retry", (*seat).retryMessage),
		act("/messages/:message/approve", store.Manager, "messages", "messages.approve", (*seat).approveMessage),
		act("/messages/:message/settle", store.Support, "messages", "messages.settle", (*seat).settleMessage),
	}
}

// messagesAPage is how many stand on one page of the list.
const messagesAPage = 50

type messageList struct {
	Q        store.MessageQuery
	Tabs     []messageTab
	Lines    []messageRow
	Next     string
	Looked   time.Time
	Standing store.Standing
	Query    string
	Unknown  bool   // nothing is known by what was searched for
	About    string // whom or what the list is about
	Days     dayRange
	Filtered bool
	Journeys []console.Option
	Reasons  []console.Option
	May      bool // act on those that are ticked
}

type messageTab struct{ Key, Count, Href, Here string }

type messageRow struct {
	store.MessageLine
	At   time.Time // that the list is sorted by
	Tick string    // what a ticked box sends
}

// listMessages shows what goes out, what waits, and what became of the rest.
func (v *seat) listMessages() error {
	d := messageList{Query: clip(strings.TrimSpace(v.QueryParam("q")), 200)}
	if to, err := v.searched(d.Query); to != "" || err != nil {
		if err == nil {
			v.protect()
			err = v.Redirect(http.StatusSeeOther, to)
		}
		return err
	}
	d.Unknown = d.Query != ""
	q := store.MessageQuery{Standing: store.Standing(v.QueryParam("state")), Journey: clip(v.QueryParam("journey"), 100), Reason: crm.Reason(clip(v.QueryParam("reason"), 100)),
		CustomerID: clip(v.QueryParam("customer"), 200), ByHand: v.QueryParam("hand") != "", After: clip(v.QueryParam("after"), 200), Limit: messagesAPage}
	if !slices.Contains(store.Standings, q.Standing) {
		q.Standing = store.StandsAny
	}
	d.Standing = q.Standing
	if err := v.aboutOrder(&q, &d); err != nil {
		return err
	}
	d.Days = v.days()
	q.From, q.Until = d.Days.from, d.Days.until
	d.Filtered = q.Journey != "" || q.Reason != "" || q.CustomerID != "" || q.ByHand || d.Days != dayRange{}
	if err := v.messageTabs(&d); err != nil {
		return err
	}
	for _, j := range journeys.All {
		d.Journeys = append(d.Journeys, console.Option{Value: j.Key, Label: v.say("journeys." + j.Key)})
	}
	for _, r := range crm.Reasons() {
		said, err := v.page.Reason(r)
		if err != nil {
			return err
		}
		d.Reasons = append(d.Reasons, console.Option{Value: string(r), Label: clip(said, 70)})
	}
	slices.SortFunc(d.Reasons, func(a, b console.Option) int { return cmp.Compare(a.Label, b.Label) })
	d.Q = q
	found, err := v.Store.MessageList(v.ctx(), v.shop.ID, q)
	if err != nil {
		return err
	}
	d.Next, d.Looked, d.May = found.Next, found.Looked, v.may(store.Support) && (q.Standing == store.StandsWaiting || q.Standing == store.StandsUnknown)
	for _, l := range found.Lines {
		d.Lines = append(d.Lines, messageRow{l, messageTime(l.Message), l.ID + " " + seenMessage(l.Message)})
	}
	return v.show("messages", d)
}

// searched is where a search for an order's number, a mail address or an id leads;
// empty: nothing is known by it. So no address stays in that of the page.
func (v *seat) searched(query string) (string, error) {
	if query == "" {
		return "", nil
	}
	to := func(name, value string) string { return v.path("messages") + "?" + url.Values{name: {value}}.Encode() }
	if strings.HasPrefix(query, "msg_") {
		if m, err := v.Store.Message(v.ctx(), v.shop.ID, query); !errors.Is(err, crm.ErrNotFound) {
			return v.path("messages", m.ID), err
		}
	}
	if strings.Contains(query, "@") {
		_, key := integrations.Email(query)
		c, err := v.Store.CustomerByEmail(v.ctx(), v.shop.ID, key)
		if errors.Is(err, crm.ErrNotFound) {
			return "", nil
		}
		return to("customer", c.ID), err
	}
	o, err := v.Store.Order(v.ctx(), v.shop.ID, query)
	if errors.Is(err, crm.ErrNotFound) && !strings.HasPrefix(query, "#") {
		o, err = v.Store.Order(v.ctx(), v.shop.ID, "#"+query)
	}
	if !errors.Is(err, crm.ErrNotFound) {
		return to("order", o.ID), err
	}
	c, err := v.Store.Customer(v.ctx(), v.shop.ID, query)
	if errors.Is(err, crm.ErrNotFound) {
		return "", nil
	}
	return to("customer", c.ID), err
}

// aboutOrder narrows a list to an order, and tells whom or what a list is about.
func (v *seat) aboutOrder(q *store.MessageQuery, d *messageList) error {
	if id := clip(v.QueryParam("order"), 200); id != "" {
		o, err := v.Store.Order(v.ctx(), v.shop.ID, id)
		if err != nil {
			return err
		}
		q.OrderID, q.CustomerID, d.About = o.ID, cmp.Or(o.CustomerID, "-"), cmp.Or(o.Name, o.ID)
		return nil
	}
	if q.CustomerID == "" {
		return nil
	}
	c, err := v.Store.Customer(v.ctx(), v.shop.ID, q.CustomerID)
	d.About = cmp.Or(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Email, q.CustomerID)
	return err
}

// messageTabs are the ways a message can stand. Those of trouble are shown when
// there is any.
func (v *seat) messageTabs(d *messageList) error {
	counts, err := v.Store.MessageCounts(v.ctx(), v.shop.ID)
	if err != nil {
		return err
	}
	always := []store.Standing{store.StandsAny, store.StandsWaiting, store.StandsSent, store.StandsSkipped, store.StandsCancelled}
	for _, st := range store.Standings {
		if counts[st] == 0 && st != d.Standing && !slices.Contains(always, st) {
			continue
		}
		t := messageTab{Key: cmp.Or(string(st), "all"), Count: strconv.Itoa(counts[st]), Href: v.page.With("state", string(st))}
		if counts[st] > store.CountMost {
			t.Count = strconv.Itoa(store.CountMost) + "+"
		}
		if st == d.Standing {
			t.Here = "page"
		}
		d.Tabs = append(d.Tabs, t)
	}
	return nil
}

// messageTime is the moment that tells most of a message.
func messageTime(m crm.Message) time.Time {
	switch m.State {
	case crm.Planned:
		return m.DueAt
	case crm.Sent, crm.Delivered, crm.Bounced, crm.Complained:
		return m.SentAt
	}
	return m.UpdatedAt
}

func seenMessage(m crm.Message) string { return seen(string(m.State), m.UpdatedAt) }

// dayRange are days of the shop's own calendar, as a filter has them.
type dayRange struct {
	From, Until string // 2026-11-21, the last one as well
	from, until time.Time
}

// days reads the filter. A day that is none does not narrow.
func (v *seat) days() (d dayRange) {
	if t, err := time.ParseInLocation(time.DateOnly, v.QueryParam("from"), v.page.Zone); err == nil {
		d.From, d.from = v.QueryParam("from"), t
	}
	if t, err := time.ParseInLocation(time.DateOnly, v.QueryParam("until"), v.page.Zone); err == nil {
		d.Until, d.until = v.QueryParam("until"), t.AddDate(0, 0, 1)
	}
	return d
}
