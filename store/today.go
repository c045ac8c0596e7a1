package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"grazie/crm"
)

// What the first page of the console shows, each of it by an index of its own:
// a shop with a million messages is looked at as quickly as one with ten.

// notSent are the states of messages_not_sent, as the index has them. No other
// statement writes its condition so, not even one for which columns are checked.
const notSent = `shop_id = $1 and '' || state in ('skipped', 'failed', 'unknown', 'bounced', 'complained')`

// upcoming is what waits, as messages_upcoming has it.
const upcoming = `shop_id = $1 and '' || state = 'planned'`

// DayCount is what became of a shop's messages on one day.
type DayCount struct {
	Sent    int64 // handed over on that day, whatever became of them
	Skipped int64
	Failed  int64 // failed, bounced, reported as spam, or not known
}

// DayCounts counts the days between some instants, each up to the next: n
// instants are n - 1 days.
func (s *Store) DayCounts(ctx context.Context, shopID string, bounds []time.Time) ([]DayCount, error) {
	p := params{shopID}
	days := s.spans(&p, bounds)
	counts := make([]DayCount, len(bounds)-1)
	_, err := rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
		var day int
		var c DayCount
		err = r.Scan(&day, &c.Sent, &c.Skipped, &c.Failed)
		counts[day] = c
		return none, err
	}, `select column1,
			(select count(*) from messages where shop_id = $1 and sent_at <> 0 and sent_at >= column2 and sent_at < column3),
			(select count(*) from messages where `+notSent+` and state = 'skipped' and updated_at >= column2 and updated_at < column3),
			(select count(*) from messages where `+notSent+` and state = 'failed' and updated_at >= column2 and updated_at < column3)
				+ (select count(*) from messages where `+notSent+` and state = 'unknown' and updated_at >= column2 and updated_at < column3)
				+ (select count(*) from messages where `+notSent+` and state = 'bounced' and updated_at >= column2 and updated_at < column3)
				+ (select count(*) from messages where `+notSent+` and state = 'complained' and updated_at >= column2 and updated_at < column3)
		from (`+days+`) as days`, p...)
	return counts, err
}

// spans is a table of the days between some instants: the number of each, where
// it begins, and where the next does.
func (s *Store) spans(p *params, bounds []time.Time) string {
	b := newBulk("bigint", "bigint", "bigint")
	for i := range len(bounds) - 1 {
		b.add(int64(i), micros(bounds[i]), micros(bounds[i+1]))
	}
	return s.table(p, b)
}

// DayPlan is how many messages of one gesture are due on one day.
type DayPlan struct {
	Day     int // by the instants that were asked for
	Journey string
	Count   int64
}

// DayPlans counts what waits for the days between some instants, by gesture.
func (s *Store) DayPlans(ctx context.Context, shopID string, bounds []time.Time) ([]DayPlan, error) {
	p := params{shopID}
	days := s.spans(&p, bounds)
	return rows(ctx, s.read, func(r *sql.Rows) (d DayPlan, err error) { return d, r.Scan(&d.Day, &d.Journey, &d.Count) },
		`select column1, journey, count(*) from (`+days+`) as days join messages
			on `+upcoming+` and due_at >= column2 and due_at < column3
			group by column1, journey order by column1, journey`, p...)
}

// Birthdays counts the shop's customers by their birthday, of some days.
func (s *Store) Birthdays(ctx context.Context, shopID string, days []crm.MonthDay) (map[crm.MonthDay]int64, error) {
	p := params{shopID}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = string(d)
	}
	all := map[crm.MonthDay]int64{}
	_, err := rows(ctx, s.read, func(r *sql.Rows) (none struct{}, err error) {
		var day crm.MonthDay
		var n int64
		err = r.Scan(&day, &n)
		all[day] = n
		return none, err
	}, `select birthday, count(*) from customers where birthday <> '' and shop_id = $1 and birthday`+s.in(&p, names)+` group by birthday`, p...)
	return all, err
}

// Glance is what waits for somebody in a shop, in numbers.
type Glance struct {
	Waiting  int64 // planned, whenever they are due
	Due      int64 // those of them that are due
	Overdue  int64 // due for longer than told
	Unknown  int64 // may have been sent, whenever that was
	Failed   int64 // since the time that was asked for
	Webhooks int64 // that could not be read, since then
	Tasks    int64 // open
}

// Glance counts it. Messages count as failed since a time, and as overdue that
// were due before another.
func (s *Store) Glance(ctx context.Context, shopID string, since, overdue time.Time) (Glance, error) {
	return one(rows(ctx, s.read, func(r *sql.Rows) (g Glance, err error) {
		return g, r.Scan(&g.Waiting, &g.Due, &g.Overdue, &g.Unknown, &g.Failed, &g.Webhooks, &g.Tasks)
	}, `select
		waiting, due, overdue,
		(select count(*) from messages where `+notSent+` and state = 'unknown'),
		(select count(*) from messages where `+notSent+` and state = 'failed' and updated_at >= $4),
		(select count(*) from webhooks where shop_id = $1 and '' || state = 'failed' and received_at >= $4),
		(select count(*) from tasks where shop_id = $1 and done_at = 0)
		from (select count(*) as waiting, coalesce(sum(case when due_at <= $2 then 1 else 0 end), 0) as due, coalesce(sum(case when due_at < $3 then 1 else 0 end), 0) as overdue
			from messages where `+upcoming+`) as upcoming`,
		shopID, micros(s.now()), micros(overdue), micros(since)))
}

// Addressed is a message with the name of its customer, or else her address;
// empty when she is not known any more.
type Addressed struct {
	crm.Message
	Customer string
}

const addressed = `select m.id, m.shop_id, m.customer_id, m.order_id, m.journey, m.state, m.reason, m.due_at, m.updated_at, m.sent_at, coalesce(c.data, '')
	from (select * from messages where `

const addressedBy = `) as m left join customers as c on c.shop_id = m.shop_id and c.id = m.customer_id and c.shop_id = $1 `

func scanAddressed(r *sql.Rows) (a Addressed, err error) {
	var due, updated, sent int64
	var data string
	err = r.Scan(&a.ID, &a.ShopID, &a.CustomerID, &a.OrderID, &a.Journey, &a.State, &a.Reason, &due, &updated, &sent, &data)
	a.DueAt, a.UpdatedAt, a.SentAt = instant(due), instant(updated), instant(sent)
	if err == nil && data != "" {
		var c crm.Customer
		err = json.Unmarshal([]byte(data), &c)
		a.Customer = cmp.Or(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Email)
	}
	return a, err
}

// LastSent are the messages that were sent last, the newest first. Only what
// tells of them is read, see Addressed.
func (s *Store) LastSent(ctx context.Context, shopID string, limit int) ([]Addressed, error) {
	return rows(ctx, s.read, scanAddressed, addressed+`shop_id = $1 and sent_at <> 0 order by sent_at desc limit $2`+addressedBy+`order by m.sent_at desc, m.id desc`, shopID, limit)
}

// NextDue are the messages that are due next, the first to go first.
func (s *Store) NextDue(ctx context.Context, shopID string, limit int) ([]Addressed, error) {
	return rows(ctx, s.read, scanAddressed, addressed+upcoming+` order by due_at limit $2`+addressedBy+`order by m.due_at, m.id`, shopID, limit)
}
