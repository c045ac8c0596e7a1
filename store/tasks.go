package store

import (
	"context"
	"database/sql"

	"grazie/crm"
)

const taskColumns = `id, shop_id, kind, source, customer_id, order_id, message_id, detail, created_at, done_at, done_by`

func scanTask(r *sql.Rows) (t crm.Task, err error) {
	var created, done int64
	err = r.Scan(&t.ID, &t.ShopID, &t.Kind, &t.Source, &t.CustomerID, &t.OrderID, &t.MessageID, &t.Detail, &created, &done, &t.DoneBy)
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
		on conflict (shop_id, kind, source) do update set detail = excluded.detail, created_at = excluded.created_at, done_at = 0, done_by = ''
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
