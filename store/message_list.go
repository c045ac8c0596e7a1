package store

import (
	"context"
	"database/sql"
	"encoding/json"
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
const lookMost = 4000

// MessageList is a page of a list. It takes the same time in a shop of any size.
func (s *Store) MessageList(ctx context.Context, shopID string, q MessageQuery) (MessagePage, error) {
	w := walkOf(q)
	p := params{shopID}
	where := w.from(&p, q)
	at, order := w.column, "desc"
	if w.rising {
		order = ""
	}
	edge := func(sign string, t time.Time) {
		if !t.IsZero() {
			where += " and " + at + " " + sign + " " + p.add(micros(t))
		}
	}
	var fits []string
	var values []any
	fit := func(condition string, value ...any) { fits, values = append(fits, condition), append(values, value...) }
	narrow := func(column, value string) {
		if value != "" {
			fit(column+" = ", value)
		}
	}
	switch {
	case q.CustomerID != "": // few
		if !q.From.IsZero() {
			fit("created_at >= ", micros(q.From))
		}
		if !q.Until.IsZero() {
			fit("created_at < ", micros(q.Until))
		}
	case at == "id": // ids grow with time
		if !q.From.IsZero() {
			where += " and id >= " + p.add(idAt("msg_", q.From))
		}
		if !q.Until.IsZero() {
			where += " and id < " + p.add(idAt("msg_", q.Until))
		}
	default:
		edge(">=", q.From)
		edge("<", q.Until)
	}
	if q.After != "" {
		where += w.after(&p, q.After)
	}
	narrow("journey", q.Journey)
	narrow("reason", string(q.Reason))
	narrow("order_id", q.OrderID)
	if !w.stands {
		if q.Standing == StandsSent {
			fit("sent_at > ", int64(0))
		} else {
			narrow("state", string(q.Standing))
		}
	}
	if q.ByHand && !w.byHand {
		fit("ask <> '' and ask not like ", `%"bulk":%`)
	}
	sorted := " order by " + at + " " + order + ", id " + order
	if at == "id" {
		sorted = " order by id " + order
	}
	look := q.Limit
	if len(fits) > 0 {
		look = lookMost
	}
	// The rows in their sequence first, however few of them fit: so no planner can
	// take another way. How far it went is told by the last of them.
	type end struct {
		at int64
		id string
		n  int
	}
	walk := `select * from messages where ` + where + sorted + ` limit ` + p.add(look)
	own := slices.Clone(p)
	for i := range fits {
		fits[i] += p.add(values[i])
	}
	fitting := strings.Join(append(fits, "true"), " and ")
	found, err := rows(ctx, s.read, scanLine, `select `+prefixed("m.", messageColumns)+`, coalesce(c.data, ''), coalesce(o.name, '')
		from (select * from (`+walk+`) as walked where `+fitting+sorted+` limit `+p.add(q.Limit)+`) as m
		left join customers as c on c.shop_id = m.shop_id and c.id = m.customer_id and c.shop_id = $1
		left join orders as o on o.shop_id = m.shop_id and o.id = m.order_id and o.shop_id = $1
		order by m.`+at+` `+order+`, m.id `+order, p...)
	page := MessagePage{Lines: found}
	switch {
	case err != nil:
		return page, err
	case len(found) == q.Limit:
		page.Next = w.place(found[len(found)-1].Message)
	case look > q.Limit:
		last, err := one(rows(ctx, s.read, func(r *sql.Rows) (e end, err error) { return e, r.Scan(&e.n, &e.at, &e.id) },
			`select (select count(*) from (`+walk+`) as counted), `+timeOf(at)+`, id from (`+walk+`) as walked order by `+at+` `+opposite(order)+`, id `+opposite(order)+` limit 1`, own...))
		if err == crm.ErrNotFound || err == nil && last.n < look {
			return page, nil
		} else if err != nil {
			return page, err
		}
		page.Looked, page.Next = instant(last.at), strconv.FormatInt(last.at, 10)+"."+last.id
		if at == "id" {
			page.Next = last.id
		}
	}
	return page, nil
}

func timeOf(column string) string {
	if column == "id" {
		return "created_at"
	}
	return column
}

func opposite(order string) string {
	if order == "desc" {
		return ""
	}
	return "desc"
}

func prefixed(prefix, columns string) string {
	parts := strings.Split(columns, ",")
	for i, c := range parts {
		parts[i] = prefix + strings.TrimSpace(c)
	}
	return strings.Join(parts, ", ")
}

func scanLine(r *sql.Rows) (l MessageLine, err error) {
	var data string
	if l.Message, err = scanMessageAnd(r, &data, &l.Order); err != nil || data == "" {
		return l, err
	}
	var c crm.Customer
	err = json.Unmarshal([]byte(data), &c)
	l.Customer = first(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Email)
	return l, err
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
		w = walk{where: `shop_id = $1 and sent_at > 0`, column: "sent_at", stands: true}
	case StandsCancelled:
		w = walk{where: `shop_id = $1 and state = 'cancelled'`, column: "updated_at", stands: true}
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

func (w walk) place(m crm.Message) string {
	at := map[string]time.Time{"due_at": m.DueAt, "sent_at": m.SentAt, "updated_at": m.UpdatedAt}[w.column]
	if w.column == "id" {
		return m.ID
	}
	if w.column == "lease_until" {
		return "" // so few that a page holds them
	}
	return strconv.FormatInt(micros(at), 10) + "." + m.ID
}

// CountMost is where counts of a list end: beyond, it says "more".
const CountMost = 1000

// MessageCounts counts messages by how they stand, each up to one more than
// CountMost, whatever the shop's size.
func (s *Store) MessageCounts(ctx context.Context, shopID string) (map[Standing]int, error) {
	p := params{shopID}
	most := p.add(CountMost + 1)
	var query strings.Builder
	for _, st := range Standings {
		if query.Len() > 0 {
			query.WriteString(" union all ")
		}
		w := walkOf(MessageQuery{Standing: st})
		query.WriteString(`select cast('` + string(st) + `' as text), count(*) from (select 1 from messages where ` + w.where + ` limit ` + most + `) as counted`)
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
