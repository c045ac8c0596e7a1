package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"grazie/crm"
)

func scanBulk(r *sql.Rows) (b crm.Bulk, err error) {
	var state crm.BulkState
	var data string
	if err := r.Scan(&state, &data); err != nil {
		return b, err
	}
	err = json.Unmarshal([]byte(data), &b)
	b.State = state
	return b, err
}

// CreateBulk stores a bulk job with its targets, each once. Nothing runs until
// it is told to.
func (s *Store) CreateBulk(ctx context.Context, b crm.Bulk, targets []string) (crm.Bulk, error) {
	err := s.write(ctx, func(tx querier) error {
		b.ID, b.State, b.CreatedAt = NewID("blk_"), crm.BulkCounted, s.now().UTC()
		seen := map[string]bool{}
		var once []string
		for _, t := range targets {
			if !seen[t] {
				seen[t] = true
				once = append(once, t)
			}
		}
		b.Total = len(once)
		if _, err := tx.ExecContext(ctx, `insert into bulks (shop_id, id, state, data, created_at) values ($1, $2, $3, $4, $5)`,
			b.ShopID, b.ID, b.State, document(b), micros(b.CreatedAt)); err != nil {
			return err
		}
		for from := 0; from < len(once); from += mostItems {
			rows := newBulk("text", "text", "bigint", "text", "text")
			for i, t := range once[from:min(from+mostItems, len(once))] {
				rows.add(b.ShopID, b.ID, int64(from+i+1), column(t), string(crm.BulkWaiting))
			}
			var p params
			if _, err := tx.ExecContext(ctx, `insert into bulk_items (shop_id, bulk_id, position, target, state) `+s.table(&p, rows), p...); err != nil {
				return err
			}
		}
		return nil
	})
	return b, err
}

const mostItems = 500

// Bulk is one bulk job.
func (s *Store) Bulk(ctx context.Context, shopID, id string) (crm.Bulk, error) {
	return one(rows(ctx, s.read, scanBulk, `select state, data from bulks where shop_id = $1 and id = $2`, shopID, id))
}

// Bulks lists bulk jobs, the newest first.
func (s *Store) Bulks(ctx context.Context, shopID string, limit int) ([]crm.Bulk, error) {
	return rows(ctx, s.read, scanBulk, `select state, data from bulks where shop_id = $1 order by id desc limit $2`, shopID, limit)
}

// RunningBulks lists the bulk jobs of all shops that should go on.
func (s *Store) RunningBulks(ctx context.Context) ([]crm.Bulk, error) {
	return rows(ctx, s.read, scanBulk, `select state, data from bulks where state = 'running' order by created_at`)
}

// TurnBulk moves a bulk job from one of some states to another.
func (s *Store) TurnBulk(ctx context.Context, shopID, id string, to crm.BulkState, from ...crm.BulkState) error {
	p := params{shopID, id, to}
	states := make([]string, len(from))
	for i, f := range from {
		states[i] = string(f)
	}
	return s.change(ctx, `update bulks set state = $3 where shop_id = $1 and id = $2 and state`+s.in(&p, states), p...)
}

// WaitingItems are the next targets of a bulk job.
func (s *Store) WaitingItems(ctx context.Context, shopID, bulkID string, limit int) ([]crm.BulkItem, error) {
	return s.items(ctx, `where i.shop_id = $1 and i.bulk_id = $2 and i.state = 'waiting' order by i.position limit $3`, shopID, bulkID, limit)
}

// BulkItems lists the targets of a bulk job after a position, with what became
// of their messages.
func (s *Store) BulkItems(ctx context.Context, shopID, bulkID string, after, limit int) ([]crm.BulkItem, error) {
	return s.items(ctx, `where i.shop_id = $1 and i.bulk_id = $2 and i.position > $3 order by i.position limit $4`, shopID, bulkID, after, limit)
}

func (s *Store) items(ctx context.Context, where string, args ...any) ([]crm.BulkItem, error) {
	return rows(ctx, s.read, func(r *sql.Rows) (i crm.BulkItem, err error) {
		return i, r.Scan(&i.Position, &i.Target, &i.State, &i.MessageID, &i.Detail, &i.Outcome, &i.Reason)
	}, `select i.position, i.target, i.state, i.message_id, i.detail, coalesce(m.state, ''), coalesce(m.reason, '')
		from bulk_items i left join messages m on m.shop_id = i.shop_id and m.id = i.message_id `+where, args...)
}

// CountBulk counts the targets of a bulk job by how far they are.
func (s *Store) CountBulk(ctx context.Context, shopID, bulkID string) (map[crm.BulkItemState]int, error) {
	type count struct {
		state crm.BulkItemState
		n     int
	}
	found, err := rows(ctx, s.read, func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.state, &c.n) },
		`select state, count(*) from bulk_items where shop_id = $1 and bulk_id = $2 group by state`, shopID, bulkID)
	all := map[crm.BulkItemState]int{}
	for _, c := range found {
		all[c.state] = c.n
	}
	return all, err
}

// SettleItem writes what became of one target.
func (s *Store) SettleItem(ctx context.Context, shopID, bulkID string, i crm.BulkItem) error {
	return s.change(ctx, `update bulk_items set state = $4, message_id = $5, detail = $6 where shop_id = $1 and bulk_id = $2 and position = $3 and state = 'waiting'`,
		shopID, bulkID, i.Position, i.State, i.MessageID, column(i.Detail))
}

// Targets lists what a segment holds, as targets of a bulk job.
func (s *Store) Targets(ctx context.Context, shopID string, t crm.BulkTarget) ([]string, error) {
	p := params{shopID}
	where := []string{"o.shop_id = $1", "o.counted"}
	if !t.Since.IsZero() {
		where = append(where, "o.created_at >= "+p.add(micros(t.Since)))
	}
	if !t.Until.IsZero() {
		where = append(where, "o.created_at < "+p.add(micros(t.Until)))
	}
	target := "'customer:' || o.customer_id"
	if t.Orders {
		target = "'order:' || o.id"
	}
	if t.MinOrders > 1 {
		where = append(where, "(select count(*) from orders n where n.customer_id = o.customer_id and n.shop_id = o.shop_id and n.counted) >= "+p.add(t.MinOrders))
	}
	query := `select distinct ` + target + `, c.data from orders o join customers c on c.shop_id = o.shop_id and c.id = o.customer_id
		where ` + strings.Join(where, " and ") + ` order by 1`
	type row struct {
		target  string
		country string
	}
	found, err := rows(ctx, s.read, func(r *sql.Rows) (out row, err error) {
		var data string
		if err := r.Scan(&out.target, &data); err != nil {
			return out, err
		}
		var c crm.Customer
		if err = json.Unmarshal([]byte(data), &c); err == nil && c.Address != nil {
			out.country = c.Address.Country
		}
		return out, err
	}, query, p...)
	var targets []string
	for _, f := range found {
		if t.Country == "" || strings.EqualFold(t.Country, f.country) {
			targets = append(targets, f.target)
		}
	}
	return targets, err
}
