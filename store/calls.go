package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"grazie/crm"
)

// Bounds of the list of calls.
const (
	callWindow = 60 * 24 * time.Hour // an order that arrived longer ago is not called about any more
	callRest   = 90 * 24 * time.Hour // between two calls to one customer
	callRounds = 5                   // pages of orders that one look at the list reads
	callRows   = 200                 // of each; of the first, which is mostly enough, a quarter
	callLease  = 30 * time.Minute    // that a call is kept for who took it
)

// Callable is a customer who may be called about an order.
type Callable struct {
	Order    crm.Order
	Customer crm.Customer
	Call     crm.Call  // zero: nobody took it yet
	At       time.Time // when all of the order had arrived
}

const callColumns = `shop_id, order_id, customer_id, state, tries, holder_id, holder, lease_until, due_at, updated_at`

func scanCall(r *sql.Rows) (c crm.Call, err error) {
	var lease, due, updated int64
	err = r.Scan(&c.ShopID, &c.OrderID, &c.CustomerID, &c.State, &c.Tries, &c.HolderID, &c.Holder, &lease, &due, &updated)
	c.LeaseUntil, c.DueAt, c.UpdatedAt = instant(lease), instant(due), instant(updated)
	return c, err
}

// restful says of an order o that its customer may be disturbed: nothing of hers
// is on its way back, nothing was complained of, and she did not ask to be left
// alone, nor was she called a short while ago.
func restful(p *params, now time.Time) string {
	return `o.counted and o.customer_id <> ''
		and not exists (select 1 from returns r where r.customer_id = o.customer_id and r.customer_id <> '' and ` + checked("r.shop_id") + ` = $1 and r.status in ('requested', 'open'))
		and not exists (select 1 from returns r where r.order_id = o.id and ` + checked("r.shop_id") + ` = $1 and r.status in ('requested', 'open'))
		and not exists (select 1 from tasks t where t.customer_id = o.customer_id and t.customer_id <> '' and t.done_at = 0 and ` + checked("t.shop_id") + ` = $1)
		and not exists (select 1 from calls c where c.customer_id = o.customer_id and c.customer_id <> '' and ` + checked("c.shop_id") + ` = $1 and c.order_id <> o.id
			and (c.state in ('never', 'open', 'again') or c.updated_at > ` + p.add(micros(now.Add(-callRest))) + `))`
}

// Callables lists whom to call about what, at most limit: first those who were not
// reached before and whose next day has come, and those whom somebody has in
// hand, then those whose order had arrived by arrived, the longest ago first. Of
// one customer there is one order. An order of less than minimum is passed over.
func (s *Store) Callables(ctx context.Context, shopID string, arrived time.Time, minimum crm.Money, limit int) ([]Callable, error) {
	now := s.now()
	begun, err := s.begunCalls(ctx, shopID, now, limit)
	if err != nil {
		return nil, err
	}
	all, seen := begun, map[string]bool{}
	for _, c := range begun {
		seen[c.Order.CustomerID] = true
	}
	from := arrived.Add(-callWindow)
	for round := 0; round < callRounds && len(all) < limit; round++ {
		most := callRows
		if round == 0 {
			most /= 4
		}
		p := params{shopID, micros(from), micros(arrived), most}
		some, err := rows(ctx, s.read, scanMaybe, `select o.data, o.delivered_at, case when `+restful(&p, now)+` then 1 else 0 end from (
			select o.id, o.customer_id, o.counted, o.data, o.delivered_at from orders o where o.shop_id = $1 and o.delivered_at <> 0 and o.delivered_at >= $2 and o.delivered_at < $3
				and not exists (select 1 from calls c where c.shop_id = $1 and c.order_id = o.id) order by o.delivered_at limit $4) o order by o.delivered_at`, p...)
		if err != nil {
			return nil, err
		}
		var fit []Callable
		for _, c := range some {
			from = c.At // those of this very moment come once more
			if o := c.Order; !c.fit || seen[o.CustomerID] || minimum.Minor > 0 && (o.Net().Currency != minimum.Currency || o.Net().Minor < minimum.Minor) {
				continue
			}
			seen[c.Order.CustomerID] = true
			fit = append(fit, c.Callable)
		}
		if fit, err = s.withCustomers(ctx, shopID, fit); err != nil {
			return nil, err
		}
		all = append(all, fit...)
		if len(some) < most {
			break
		}
	}
	return all[:min(len(all), limit)], nil
}

// maybe is one who may be called, or not just now.
type maybe struct {
	Callable
	fit bool
}

func scanMaybe(r *sql.Rows) (m maybe, err error) {
	var at, fit int64
	m.Order, err = scanDocumentAnd[crm.Order](r, &at, &fit)
	m.At, m.fit = instant(at), fit == 1
	return m, err
}

func scanDelivered(r *sql.Rows) (c Callable, err error) {
	var at int64
	c.Order, err = scanDocumentAnd[crm.Order](r, &at)
	c.At = instant(at)
	return c, err
}

// begunCalls are those that somebody took or that are to be tried again, as far as
// nothing speaks against them by now.
func (s *Store) begunCalls(ctx context.Context, shopID string, now time.Time, limit int) ([]Callable, error) {
	p := params{shopID, micros(now), limit}
	found, err := rows(ctx, s.read, func(r *sql.Rows) (c Callable, err error) {
		var at, lease, due, updated int64
		k := &c.Call
		c.Order, err = scanDocumentAnd[crm.Order](r, &at, &k.ShopID, &k.OrderID, &k.CustomerID, &k.State, &k.Tries, &k.HolderID, &k.Holder, &lease, &due, &updated)
		c.At, k.LeaseUntil, k.DueAt, k.UpdatedAt = instant(at), instant(lease), instant(due), instant(updated)
		return c, err
	}, `select o.data, o.delivered_at, k.shop_id, k.order_id, k.customer_id, k.state, k.tries, k.holder_id, k.holder, k.lease_until, k.due_at, k.updated_at
		from calls k join orders o on o.shop_id = $1 and o.id = k.order_id
		where k.state in ('open', 'again') and k.due_at <= $2 and `+checked("k.shop_id")+` = $1 and `+restful(&p, now)+` order by k.due_at limit $3`, p...)
	if err != nil {
		return nil, err
	}
	return s.withCustomers(ctx, shopID, found)
}

// withCustomers adds whom to call, and leaves out who was erased or deleted.
func (s *Store) withCustomers(ctx context.Context, shopID string, some []Callable) ([]Callable, error) {
	var ids []string
	for _, c := range some {
		ids = append(ids, c.Order.CustomerID)
	}
	found, err := s.customersBy(ctx, s.read, shopID, "id", distinct(ids))
	if err != nil {
		return nil, err
	}
	by := map[string]crm.Customer{}
	for _, c := range found {
		if c.ErasedAt.IsZero() && c.DeletedAt.IsZero() {
			by[c.ID] = c
		}
	}
	var kept []Callable
	for _, c := range some {
		var there bool
		if c.Customer, there = by[c.Order.CustomerID]; there {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// Call is the call about an order.
func (s *Store) Call(ctx context.Context, shopID, orderID string) (crm.Call, error) {
	return one(rows(ctx, s.read, scanCall, `select `+callColumns+` from calls where shop_id = $1 and order_id = $2`, shopID, orderID))
}

// CallQuota is how many calls a shop makes; the times are when its day and its
// week began.
type CallQuota struct {
	PerDay, PerWeek int
	Day, Week       time.Time
}

// ErrQuota says that the shop made the calls of its day, or of its week.
var ErrQuota = errors.New("the calls of today, or of this week, are made")

// CallsLeft is how many calls may still be begun.
func (s *Store) CallsLeft(ctx context.Context, shopID string, q CallQuota) (int, error) {
	return s.callsLeft(ctx, s.read, shopID, "", q)
}

// callsLeft counts what was tried, and what others have in hand.
func (s *Store) callsLeft(ctx context.Context, tx querier, shopID, butOrder string, q CallQuota) (int, error) {
	day, err := one(rows(ctx, tx, value[int], `select count(*) from call_tries where shop_id = $1 and at >= $2`, shopID, micros(q.Day)))
	if err != nil {
		return 0, err
	}
	week, err := one(rows(ctx, tx, value[int], `select count(*) from call_tries where shop_id = $1 and at >= $2`, shopID, micros(q.Week)))
	if err != nil {
		return 0, err
	}
	inHand, err := one(rows(ctx, tx, value[int], `select count(*) from calls where state in ('open', 'again') and due_at > 0 and `+checked("shop_id")+` = $1
		and holder_id <> '' and lease_until > $2 and order_id <> $3`, shopID, micros(s.now()), butOrder))
	return max(0, min(q.PerDay-day, q.PerWeek-week)-inHand), err
}

// TakeCall keeps the call about an order for somebody, for half an hour; once more
// for the same one. Where another has it, the call comes with crm.ErrConflict; one
// that ended, or about an order that nobody should be called about, is
// crm.ErrNotFound. Beyond the quota it is ErrQuota.
func (s *Store) TakeCall(ctx context.Context, shopID, orderID, staffID, name string, q CallQuota) (c crm.Call, err error) {
	err = s.write(ctx, func(tx querier) error {
		now := s.now().UTC()
		// The shop's row is held, so that two do not take the last of the quota.
		if _, err := one(rows(ctx, tx, text, `select id from shops where id = $1`+s.forUpdate(), shopID)); err != nil {
			return err
		}
		p := params{shopID, orderID}
		o, err := one(rows(ctx, tx, scanDelivered, `select o.data, o.delivered_at from orders o where o.shop_id = $1 and o.id = $2 and o.delivered_at <> 0 and `+restful(&p, now), p...))
		if err != nil {
			return err
		}
		c, err = one(rows(ctx, tx, scanCall, `select `+callColumns+` from calls where shop_id = $1 and order_id = $2`+s.forUpdate(), shopID, orderID))
		switch {
		case errors.Is(err, crm.ErrNotFound):
			c = crm.Call{ShopID: shopID, OrderID: orderID, CustomerID: o.Order.CustomerID, State: crm.CallOpen, DueAt: now}
		case err != nil:
			return err
		case c.State != crm.CallOpen && c.State != crm.CallAgain, c.DueAt.After(now):
			return crm.ErrNotFound
		case c.Held(now) && c.HolderID != staffID:
			return crm.ErrConflict
		}
		if left, err := s.callsLeft(ctx, tx, shopID, orderID, q); err != nil {
			return err
		} else if left == 0 {
			return ErrQuota
		}
		c.HolderID, c.Holder, c.LeaseUntil, c.UpdatedAt = staffID, column(name), now.Add(callLease), now
		return s.saveCall(ctx, tx, c)
	})
	return c, err
}

func (s *Store) saveCall(ctx context.Context, tx querier, c crm.Call) error {
	_, err := tx.ExecContext(ctx, `insert into calls (`+callColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (shop_id, order_id) do update set state = excluded.state, tries = excluded.tries, holder_id = excluded.holder_id, holder = excluded.holder,
			lease_until = excluded.lease_until, due_at = excluded.due_at, updated_at = excluded.updated_at`,
		c.ShopID, column(c.OrderID), column(c.CustomerID), c.State, c.Tries, c.HolderID, c.Holder, micros(c.LeaseUntil), micros(c.DueAt), micros(c.UpdatedAt))
	return err
}

// LeaveCall gives back a call that somebody took and did not make. One that is
// not hers is crm.ErrConflict.
func (s *Store) LeaveCall(ctx context.Context, shopID, orderID, staffID string) error {
	return s.write(ctx, func(tx querier) error {
		c, err := s.heldCall(ctx, tx, shopID, orderID, staffID)
		if err != nil {
			return err
		}
		if c.Tries == 0 {
			_, err = tx.ExecContext(ctx, `delete from calls where shop_id = $1 and order_id = $2`, shopID, orderID)
			return err
		}
		c.HolderID, c.Holder, c.LeaseUntil = "", "", time.Time{}
		return s.saveCall(ctx, tx, c)
	})
}

func (s *Store) heldCall(ctx context.Context, tx querier, shopID, orderID, staffID string) (crm.Call, error) {
	c, err := one(rows(ctx, tx, scanCall, `select `+callColumns+` from calls where shop_id = $1 and order_id = $2`+s.forUpdate(), shopID, orderID))
	if errors.Is(err, crm.ErrNotFound) || err == nil && (c.HolderID != staffID || staffID == "") {
		err = crm.ErrConflict // it ran out, and somebody else took it, or made it
	}
	return c, err
}

// FinishCall notes what came of a try, by who took the call; again is when she is
// tried another time if she was not reached. After the last try she is left alone.
// A problem opens the task. A call that is not hers any more is crm.ErrConflict.
func (s *Store) FinishCall(ctx context.Context, t crm.CallTry, again time.Time, task *crm.Task) error {
	return s.write(ctx, func(tx querier) error {
		now := s.now().UTC()
		c, err := s.heldCall(ctx, tx, t.ShopID, t.OrderID, t.StaffID)
		if err != nil {
			return err
		}
		c.Tries++
		c.State, c.HolderID, c.Holder, c.LeaseUntil, c.UpdatedAt = t.Outcome, "", "", time.Time{}, now
		if t.Outcome == crm.CallNotReached && c.Tries < crm.CallTries {
			c.State, c.DueAt = crm.CallAgain, again
		}
		if err := s.saveCall(ctx, tx, c); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into call_tries (shop_id, order_id, n, customer_id, outcome, note, staff_id, by_staff, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.ShopID, c.OrderID, c.Tries, c.CustomerID, t.Outcome, column(t.Note), t.StaffID, column(t.By), micros(now)); err != nil {
			return err
		}
		if task == nil {
			return nil
		}
		task.ShopID, task.OrderID, task.CustomerID = t.ShopID, c.OrderID, c.CustomerID
		return s.openTask(ctx, tx, *task)
	})
}
