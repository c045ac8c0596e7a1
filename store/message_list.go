package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"grazie/crm"
)

// Standing is how messages stand, as the tabs of a list tell it. Each has a time of
// its own, by which its list is sorted.
type Standing string

const (
	StandsAny       Standing = ""        // by when they were planned, the newest first
	StandsWaiting   Standing = "planned" // by when they are due, the next first
	StandsInAir     Standing = "sending" // by when the claim ends, the next first
	StandsSent      Standing = "sent"    // handed over, whatever the provider told since; by when, the newest first
	StandsUnknown   Standing = "unknown" // this and the rest by when it came to be so, the newest first
	StandsFailed    Standing = "failed"  //
	StandsBounced   Standing = "bounced" //
	StandsSpam      Standing = "complained"
	StandsSkipped   Standing = "skipped"
	StandsCancelled Standing = "cancelled"
)

// Standings lists all of them, as tabs stand.
var Standings = []Standing{StandsAny, StandsWaiting, StandsInAir, StandsSent, StandsUnknown, StandsFailed, StandsBounced, StandsSpam, StandsSkipped, StandsCancelled}

// MessageQuery is what a list of messages shows; what is empty does not narrow.
type MessageQuery struct {
	Standing
	Journey    string
	Reason     crm.Reason
	CustomerID string    // of one customer the time is when they were planned
	OrderID    string    // beside CustomerID: an order has one
	ByHand     bool      // what staff asked for, one by one; by when they were planned
	From       time.Time // by the list's own time
	Until      time.Time // before it
	After      string    // MessagePage.Next of the page before
	Limit      int
}

// MessageLine is one message on a list, with whom and what it is about.
type MessageLine struct {
	crm.Message
	Customer string // her name, or else her address; empty: she is not known any more
	Order    string // as the customer knows it
}

// MessagePage is a page of a list.
type MessagePage struct {
	Lines  []MessageLine
	Next   string    // where the next page begins; empty: this is the end
	Looked time.Time // the page was looked for up to here, and may go on; zero: it is full, or the end
}

// lookMost is how many rows a page looks at, where only some of them fit what is
// asked for: a rare gesture in a million messages is looked for page by page.
const lookMost = 2000

// MessageList is a page of a list. It takes the same time in a shop of any size.
func (s *Store) MessageList(ctx context.Context, shopID string, q MessageQuery) (MessagePage, error) {
	w := walkOf(q)
	p := params{shopID}
	where := w.from(&p, q)
	if w.column == "id" && q.CustomerID == "" { // ids grow with time
		if !q.From.IsZero() {
			where += " and id >= " + p.add(idAt("msg_", q.From))
		}
		if !q.Until.IsZero() {
			where += " and id < " + p.add(idAt("msg_", q.Until))
		}
	}
	if q.After != "" {
		where += w.after(&p, q.After)
	}
	fits := q.fits(&p, w)
	if w.column != "id" {
		where += between(&p, w.column, q.From, q.Until)
	}
	order := " order by id" + w.turn()
	if w.column != "id" {
		order = " order by " + w.column + w.turn() + ", id" + w.turn()
	}
	look := q.Limit
	if fits != "" {
		look = lookMost
	}
	// First the rows in their sequence, whichever of them fit: so no planner can
	// take another way to them. Then those that the page shows.
	walked, err := rows(ctx, s.read, scanPlace, `select id, `+w.time()+`, case when true`+fits+` then 1 else 0 end from messages where `+where+order+atMost(&p, look), p...)
	if err != nil {
		return MessagePage{}, err
	}
	shown, next, looked := pageOf(walked, q.Limit, look)
	page := MessagePage{Looked: looked}
	if next != nil {
		page.Next = w.place(*next)
	}
	if len(shown) == 0 {
		return page, nil
	}
	p = params{shopID}
	found, err := rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and id`+s.in(&p, shown), p...)
	if err != nil {
		return page, err
	}
	slices.SortFunc(found, func(a, b crm.Message) int { return cmp.Compare(slices.Index(shown, a.ID), slices.Index(shown, b.ID)) })
	page.Lines, err = s.lines(ctx, shopID, found)
	return page, err
}

// lines adds whom and what messages are about. Each is asked for by its ids: of a
// join PostgreSQL made a look at all customers.
func (s *Store) lines(ctx context.Context, shopID string, found []crm.Message) ([]MessageLine, error) {
	customers, orders := make([]string, len(found)), make([]string, len(found))
	for i, m := range found {
		customers[i], orders[i] = m.CustomerID, m.OrderID
	}
	who, err := s.CustomersByID(ctx, shopID, customers)
	if err != nil {
		return nil, err
	}
	p := params{shopID}
	names := map[string]string{}
	if orders = distinct(orders); len(orders) > 0 {
		if _, err := rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
			var id, name string
			err = r.Scan(&id, &name)
			names[id] = name
			return none, err
		}, `select id, name from orders where shop_id = $1 and id`+s.in(&p, orders), p...); err != nil {
			return nil, err
		}
	}
	all := make([]MessageLine, len(found))
	for i, m := range found {
		c := who[m.CustomerID]
		all[i] = MessageLine{m, first(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Email), names[m.OrderID]}
	}
	return all, nil
}

// atMost ends a walk after some rows. Written so, PostgreSQL does not know how many:
// without statistics it takes any shop for small, and would sort the whole of it
// rather than walk so far.
func atMost(p *params, rows int) string {
	return ` limit (select cast(` + p.add(rows) + ` as bigint))`
}

// place is a row that a list walked over.
type place struct {
	id   string
	at   int64
	fits bool
}

func scanPlace(r *sql.Rows) (p place, err error) {
	var fits int
	err = r.Scan(&p.id, &p.at, &fits)
	p.fits = fits == 1
	return p, err
}

// pageOf are the ids of the first rows that fit, and the place behind which the
// next page begins. looked is set if it was not for want of room that there are so
// few.
func pageOf(walked []place, limit, look int) (shown []string, next *place, looked time.Time) {
	for i, w := range walked {
		if !w.fits {
			continue
		}
		if shown = append(shown, w.id); len(shown) == limit {
			if i+1 < len(walked) || len(walked) == look {
				return shown, &walked[i], looked
			}
			return shown, nil, looked
		}
	}
	if len(walked) < look {
		return shown, nil, looked
	}
	last := &walked[len(walked)-1]
	return shown, last, instant(last.at)
}

// fits says what rows are looked through for; empty: all are shown.
func (q MessageQuery) fits(p *params, w walk) string {
	fits := ""
	narrow := func(column, value string) {
		if value != "" {
			fits += " and " + column + " = " + p.add(value)
		}
	}
	narrow("journey", q.Journey)
	narrow("reason", string(q.Reason))
	narrow("order_id", q.OrderID)
	if q.CustomerID != "" {
		fits += between(p, "created_at", q.From, q.Until)
	}
	if !w.stands && q.Standing == StandsSent {
		fits += " and sent_at <> 0"
	} else if !w.stands {
		narrow("state", string(q.Standing))
	}
	if q.ByHand && !w.byHand {
		fits += " and ask <> '' and ask not like '%\"bulk\":%'"
	}
	return fits
}

func between(p *params, column string, from, until time.Time) (where string) {
	if !from.IsZero() {
		where += " and " + column + " >= " + p.add(micros(from))
	}
	if !until.IsZero() {
		where += " and " + column + " < " + p.add(micros(until))
	}
	return where
}

// walk is one way through the messages of a shop, by an index of its own.
type walk struct {
	where  string // with $1 for the shop
	column string // that it is sorted by; and by id
	rising bool   // the first first
	stands bool   // its rows are those of the standing that was asked for
	byHand bool
}

func walkOf(q MessageQuery) walk {
	switch {
	case q.CustomerID != "":
		return walk{where: checked("shop_id") + ` = $1`, column: "id"}
	case q.ByHand && q.Standing == StandsAny:
		return walk{where: `shop_id = $1 and ask <> '' and ask not like '%"bulk":%'`, column: "id", byHand: true, stands: true}
	}
	w := walk{where: notSent + ` and state = '` + string(q.Standing) + `'`, column: "updated_at", stands: true}
	switch q.Standing {
	case StandsAny:
		w = walk{where: `shop_id = $1`, column: "id", stands: true}
	case StandsWaiting:
		w = walk{where: upcoming, column: "due_at", rising: true, stands: true}
	case StandsInAir:
		w = walk{where: `state = 'sending' and ` + checked("shop_id") + ` = $1`, column: "lease_until", rising: true, stands: true}
	case StandsSent:
		w = walk{where: `shop_id = $1 and sent_at <> 0`, column: "sent_at", stands: true}
	case StandsCancelled:
		w = walk{where: `shop_id = $1 and updated_at <> 0 and state = 'cancelled'`, column: "updated_at", stands: true}
	}
	return w
}

func (w walk) from(p *params, q MessageQuery) string {
	if q.CustomerID != "" {
		return "customer_id = " + p.add(q.CustomerID) + " and " + w.where
	}
	return w.where
}

// after continues behind a place. A place that nobody made begins anew.
func (w walk) after(p *params, place string) string {
	sign := " < "
	if w.rising {
		sign = " > "
	}
	if w.column == "id" {
		return " and id" + sign + p.add(place)
	}
	at, id, _ := strings.Cut(place, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" {
		return ""
	}
	t := p.add(n)
	return " and " + w.column + strings.TrimRight(sign, " ") + "= " + t + " and (" + w.column + sign + t + " or id" + sign + p.add(id) + ")"
}

// time is what is told of where a walk got to.
func (w walk) time() string {
	if w.column == "id" {
		return "created_at"
	}
	return w.column
}

// turn is how its rows are sorted.
func (w walk) turn() string {
	if w.rising {
		return ""
	}
	return " desc"
}

func (w walk) place(p place) string {
	if w.column == "id" {
		return p.id
	}
	return strconv.FormatInt(p.at, 10) + "." + p.id
}

// CountMost is where counts of a list end: beyond, it says "more".
const CountMost = 1000

// MessageCounts counts messages by how they stand, each up to one more than
// CountMost, whatever the shop's size.
func (s *Store) MessageCounts(ctx context.Context, shopID string) (map[Standing]int, error) {
	p := params{shopID}
	most := atMost(&p, CountMost+1)
	var query strings.Builder
	for _, st := range Standings {
		if query.Len() > 0 {
			query.WriteString(" union all ")
		}
		w := walkOf(MessageQuery{Standing: st})
		query.WriteString(`select cast('` + string(st) + `' as text), count(*) from (select 1 from messages where ` + w.where + most + `) as counted`)
	}
	all := map[Standing]int{}
	_, err := rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
		var st Standing
		var n int
		err = r.Scan(&st, &n)
		all[st] = n
		return none, err
	}, query.String(), p...)
	return all, err
}

// MessagesByWebhook lists the messages that a webhook planned, the oldest first.
func (s *Store) MessagesByWebhook(ctx context.Context, shopID, webhookID string, limit int) ([]crm.Message, error) {
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages
		where webhook_id = $2 and webhook_id <> '' and `+checked("shop_id")+` = $1 order by `+checked("id")+` limit $3`, shopID, webhookID, limit)
}
