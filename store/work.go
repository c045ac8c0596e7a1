package store

import (
	"context"
	"database/sql"
	"time"
)

// Work is what of one shop is being worked on, or waits for it.
type Work struct {
	Webhooks int64     // received and not processed yet
	Oldest   time.Time // when the oldest of them came in; zero: none waits
	Due      int64     // messages that are due and not claimed
	DueSince time.Time // since when the oldest of them is
	Sending  int64     // messages that a worker holds
	Lost     int64     // those of them whose lease ran out: the sweep declares them unknown
}

// Work counts a shop's own rows.
func (s *Store) Work(ctx context.Context, shopID string) (Work, error) {
	return one(rows(ctx, s.read, func(r *sql.Rows) (w Work, err error) {
		var received, due int64
		err = r.Scan(&w.Webhooks, &received, &w.Due, &due, &w.Sending, &w.Lost)
		w.Oldest, w.DueSince = instant(received), instant(due)
		return w, err
	}, `select webhooks, oldest, due, due_since, sending, lost from
		(select count(*) as webhooks, coalesce(min(received_at), 0) as oldest from webhooks where state = 'received' and `+checked("shop_id")+` = $1) as w,
		(select count(*) as due, coalesce(min(due_at), 0) as due_since from messages where `+upcoming+` and due_at <= $2) as d,
		(select count(*) as sending, coalesce(sum(case when lease_until < $2 then 1 else 0 end), 0) as lost from messages where state = 'sending' and `+checked("shop_id")+` = $1) as a`,
		shopID, micros(s.now())))
}

// Leader is who leads a periodic work of the installation, and until when, if it
// gives no sign of life again.
type Leader struct {
	Work, Holder string
	Until        time.Time
}

// Leaders lists the periodic works that somebody leads, or led last.
func (s *Store) Leaders(ctx context.Context) ([]Leader, error) {
	return rows(ctx, s.read, func(r *sql.Rows) (l Leader, err error) {
		var until int64
		err = r.Scan(&l.Work, &l.Holder, &until)
		l.Until = instant(until)
		return l, err
	}, `select name, holder, until from leases where name in ('sweep', 'tidy') order by name`)
}
