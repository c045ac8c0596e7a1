package store

import (
	"context"
	"database/sql"
	"time"

	"grazie/crm"
)

// Kinds of row that wait for a worker; the same words name the tasks in the queue.
const (
	KindWebhook = "webhook:process"
	KindMessage = "message:deliver"
)

// Waiting is a row that should be looked at now.
type Waiting struct {
	Kind, ShopID, ID string
}

// Lead makes the caller the leader of a periodic work, or keeps it so, for as
// long as told. One holder leads at a time; when it stops, another follows
// after that time. The sweep looks at the rows of all shops.
func (s *Store) Lead(ctx context.Context, work, holder string, atMost time.Duration) (bool, error) {
	var leads bool
	err := s.write(ctx, func(tx querier) error {
		now := s.now()
		got, err := rows(ctx, tx, text, `insert into leases (name, holder, until) values ($1, $2, $3)
			on conflict (name) do update set holder = excluded.holder, until = excluded.until
			where leases.holder = excluded.holder or leases.until < $4 returning name`, work, holder, micros(now.Add(atMost)), micros(now))
		leads = len(got) == 1
		return err
	})
	return leads, err
}

// Resign lets another lead at once.
func (s *Store) Resign(ctx context.Context, work, holder string) error {
	return s.write(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `delete from leases where name = $1 and holder = $2`, work, holder)
		return err
	})
}

// RingAgain is how long a row that was rung may wait before it is rung again. A
// row of later counts as rung this long before it is due, so that one
// comparison, and one small index, tells what to ring.
const RingAgain = 30 * time.Second

// Ring returns rows that are due and whose bell was last rung before a time, and
// notes that it is rung now. Shops take turns, each with its oldest first: so
// a crowd of one shop never hides another's row. What was rung lately is left
// out: it stands in the queue.
func (s *Store) Ring(ctx context.Context, rungBefore time.Time, limit int) ([]Waiting, error) {
	// Most times nothing waits, and to look is cheaper than to write.
	waits, err := one(rows(ctx, s.read, value[bool], `select exists (select 1 from webhooks where state = 'received' and rung_at < $2)
		or exists (select 1 from messages where state = 'planned' and due_at <= $1 and rung_at < $2)`, micros(s.now()), micros(rungBefore)))
	if err != nil || !waits {
		return nil, err
	}
	var all []Waiting
	err = s.write(ctx, func(tx querier) error {
		now, before := micros(s.now()), micros(rungBefore)
		webhooks, err := rows(ctx, tx, waiting(KindWebhook), `update webhooks set rung_at = $1 where (shop_id, id) in (
			select shop_id, id from (`+inTurns+` from webhooks where state = 'received' and rung_at < $2) as due
			order by turn, rung_at limit $3) and `+checked("state")+` = 'received' returning shop_id, id`, now, before, limit)
		if err != nil {
			return err
		}
		messages, err := rows(ctx, tx, waiting(KindMessage), `update messages set rung_at = $1 where (shop_id, id) in (
			select shop_id, id from (`+inTurns+` from messages where state = 'planned' and due_at <= $1 and rung_at < $2) as due
			order by turn, rung_at limit $3) and `+checked("state")+` = 'planned' returning shop_id, id`, now, before, limit)
		all = append(webhooks, messages...)
		return err
	})
	return all, err
}

// inTurns numbers the rows of each shop, from its oldest.
const inTurns = `select shop_id, id, rung_at, row_number() over (partition by shop_id order by rung_at) as turn`

func waiting(kind string) func(*sql.Rows) (Waiting, error) {
	return func(r *sql.Rows) (Waiting, error) {
		w := Waiting{Kind: kind}
		return w, r.Scan(&w.ShopID, &w.ID)
	}
}

// LoseLeases turns messages whose lease ran out into unknown: their worker
// stopped between taking them and writing what became of them. It returns them.
func (s *Store) LoseLeases(ctx context.Context, before time.Time) ([]Waiting, error) {
	late, err := one(rows(ctx, s.read, value[bool], `select exists (select 1 from messages where state = 'sending' and lease_until < $1)`, micros(before)))
	if err != nil || !late {
		return nil, err
	}
	var lost []Waiting
	err = s.write(ctx, func(tx querier) error {
		var err error
		lost, err = rows(ctx, tx, waiting(KindMessage), `update messages set state = $1, reason = $2, updated_at = $3, lease_until = 0
			where state = 'sending' and lease_until < $4 returning shop_id, id`, crm.Unknown, crm.ReasonWorkerLost, micros(s.now()), micros(before))
		return err
	})
	return lost, err
}

// Backlog tells how much waits, and since when.
type Backlog struct {
	Webhooks, Messages int64
	Oldest             time.Time // when the oldest became due; zero when nothing waits
}

// Backlog looks at all shops.
func (s *Store) Backlog(ctx context.Context) (Backlog, error) {
	return one(rows(ctx, s.read, func(r *sql.Rows) (b Backlog, err error) {
		var w, m int64
		err = r.Scan(&b.Webhooks, &w, &b.Messages, &m)
		if w > 0 && (m == 0 || w < m) {
			m = w
		}
		b.Oldest = instant(m)
		return b, err
	}, `select
		(select count(*) from webhooks where state = 'received'), coalesce((select min(received_at) from webhooks where state = 'received'), 0),
		(select count(*) from messages where state = 'planned' and rung_at <= $1 and due_at <= $1), coalesce((select min(due_at) from messages where state = 'planned' and rung_at <= $1 and due_at <= $1), 0)`,
		micros(s.now())))
}
