package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"grazie/crm"
)

const taskColumns = `id, shop_id, kind, source, customer_id, order_id, message_id, detail, created_at, taken_id, taken_by, done_at, done_by`

func scanTask(r *sql.Rows) (t crm.Task, err error) {
	var created, done int64
	err = r.Scan(&t.ID, &t.ShopID, &t.Kind, &t.Source, &t.CustomerID, &t.OrderID, &t.MessageID, &t.Detail, &created, &t.TakenID, &t.TakenBy, &done, &t.DoneBy)
	t.CreatedAt, t.DoneAt = instant(created), instant(done)
	return t, err
}

// OpenTask asks staff to do something. One that is open for the same source
// stays as it is; one that was done is opened again.
func (s *Store) OpenTask(ctx context.Context, t crm.Task) error {
	return s.write(ctx, func(tx querier) error { return s.openTask(ctx, tx, t) })
}

func (s *Store) openTask(ctx context.Context, tx querier, t crm.Task) error {
	_, err := tx.ExecContext(ctx, `insert into tasks (id, shop_id, kind, source, customer_id, order_id, message_id, detail, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (shop_id, kind, source) do update set detail = excluded.detail, created_at = excluded.created_at, done_at = 0, done_by = '', taken_id = '', taken_by = ''
			where tasks.done_at > 0`,
		NewID("tsk_"), t.ShopID, t.Kind, column(t.Source), column(t.CustomerID), column(t.OrderID), column(t.MessageID), column(t.Detail), micros(s.now()))
	return err
}

// FinishTask is staff's word that a task is done: by whom and how.
func (s *Store) FinishTask(ctx context.Context, shopID, id, by string) error {
	return s.change(ctx, `update tasks set done_at = $3, done_by = $4 where shop_id = $1 and id = $2 and done_at = 0`,
		shopID, id, micros(s.now()), column(by))
}

// Tasks lists what staff should do, the oldest first; with done also what is
// done, the newest first.
func (s *Store) Tasks(ctx context.Context, shopID string, done bool, limit int) ([]crm.Task, error) {
	query := `select ` + taskColumns + ` from tasks where shop_id = $1 and done_at = 0 order by id limit $2`
	if done {
		query = `select ` + taskColumns + ` from tasks where shop_id = $1 order by id desc limit $2`
	}
	return rows(ctx, s.read, scanTask, query, shopID, limit)
}

// Task is one task.
func (s *Store) Task(ctx context.Context, shopID, id string) (crm.Task, error) {
	return one(rows(ctx, s.read, scanTask, `select `+taskColumns+` from tasks where shop_id = $1 and id = $2`, shopID, id))
}

// OpenTasks lists what is to be done, the oldest first, of one kind or, if that is
// empty, of all; after is the id of the last one on the page before.
func (s *Store) OpenTasks(ctx context.Context, shopID string, kind crm.TaskKind, after string, limit int) ([]crm.Task, error) {
	return rows(ctx, s.read, scanTask, `select `+taskColumns+` from tasks where shop_id = $1 and done_at = 0 and id > $2 and ($3 = '' or `+checked("kind")+` = $3) order by id limit $4`,
		shopID, after, kind, limit)
}

// DoneTasks lists what was done before a time, the newest first; a zero time is now.
func (s *Store) DoneTasks(ctx context.Context, shopID string, before time.Time, limit int) ([]crm.Task, error) {
	until := int64(math.MaxInt64)
	if !before.IsZero() {
		until = micros(before)
	}
	return rows(ctx, s.read, scanTask, `select `+taskColumns+` from tasks where shop_id = $1 and done_at > 0 and done_at < $2 order by done_at desc limit $3`, shopID, until, limit)
}

// TaskCounts counts the open tasks of a shop by their kind.
func (s *Store) TaskCounts(ctx context.Context, shopID string) (map[crm.TaskKind]int, error) {
	type counted struct {
		kind crm.TaskKind
		n    int
	}
	found, err := rows(ctx, s.read, func(r *sql.Rows) (c counted, err error) { return c, r.Scan(&c.kind, &c.n) },
		`select kind, count(*) from tasks where shop_id = $1 and done_at = 0 group by kind`, shopID)
	all := map[crm.TaskKind]int{}
	for _, c := range found {
		all[c.kind] = c.n
	}
	return all, err
}

// TakeTask says who does an open task; an empty id: nobody any more. was is who did
// until now: where that changed meanwhile, it is crm.ErrConflict.
func (s *Store) TakeTask(ctx context.Context, shopID, id, was, staffID, name string) error {
	err := s.change(ctx, `update tasks set taken_id = $4, taken_by = $5 where shop_id = $1 and id = $2 and taken_id = $3 and done_at = 0`, shopID, id, was, staffID, column(name))
	if errors.Is(err, crm.ErrNotFound) {
		if _, there := s.Task(ctx, shopID, id); there == nil {
			err = crm.ErrConflict
		}
	}
	return err
}
