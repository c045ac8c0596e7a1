package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"grazie/crm"
)

// What only staff asks for, beside the running server.

// ChangeConnection changes a shop and the settings of its connection in one
// transaction: fn gets both as stored, and its error leaves both as they were.
// A shop that was removed at the platform is active again, one that staff
// paused stays paused.
func (s *Store) ChangeConnection(ctx context.Context, shopID string, fn func(*crm.Shop, crm.Values) error) (crm.Shop, error) {
	var shop crm.Shop
	err := s.write(ctx, func(tx querier) error {
		found, err := one(rows(ctx, tx, scanShop, `select state, data from shops where id = $1`+s.forUpdate(), shopID))
		if err != nil {
			return err
		}
		connection, err := s.connection(ctx, tx, shopID)
		if err != nil {
			return err
		}
		if err := fn(&found, connection); err != nil {
			return err
		}
		if found.State == crm.ShopUninstalled {
			found.State, found.Since, found.RemovedAt = crm.ShopActive, s.now().UTC(), time.Time{}
		}
		found.Broken, found.BrokenAt = "", time.Time{}
		shop = found
		_, err = tx.ExecContext(ctx, `update shops set state = $2, data = $3, connection = $4, updated_at = $5 where id = $1`,
			shopID, shop.State, document(shop), s.keys.seal([]byte(document(connection)), shopID+"/connection"), micros(s.now()))
		if err == nil {
			err = s.reconnected(ctx, tx, shopID, shop.Since)
		}
		return err
	})
	return shop, err
}

// MessagesOf lists the messages to a person and about her orders, by account
// or by address, the newest first.
func (s *Store) MessagesOf(ctx context.Context, shopID string, c crm.Customer, limit int) ([]crm.Message, error) {
	return rows(ctx, s.read, scanMessage, `select `+messageColumns+` from messages where shop_id = $1 and (customer_id = $2
			or customer_id in (select id from customers where shop_id = $1 and email_key = $3 and email_key <> '')
			or order_id in (select id from orders where shop_id = $1 and (customer_id = $2 or (email_key = $3 and email_key <> ''))))
		order by id desc limit $4`, shopID, c.ID, c.EmailKey, limit)
}

// Condition is how the database itself is.
type Condition struct {
	Engine  string // sqlite, postgres
	Version string
	Schema  int64     // number of the newest migration
	Clock   time.Time // of the database's machine; for SQLite our own

	// Durable tells whether a commit outlives a loss of power; Settings are
	// what that was read from, in the engine's own words.
	Durable  bool
	Settings string
}

// Condition looks at the whole database. It asks a connection of those that
// commit: durability is a setting of the connection.
func (s *Store) Condition(ctx context.Context) (Condition, error) {
	c := Condition{Engine: s.Engine(), Clock: s.now().UTC()}
	err := s.write(ctx, func(tx querier) error {
		var err error
		if c.Schema, err = one(rows(ctx, tx, value[int64], `select max(version_id) from goose_db_version`)); err != nil {
			return err
		}
		if c.Engine == "postgres" {
			return c.postgres(ctx, tx)
		}
		return c.sqlite(ctx, tx)
	})
	return c, err
}

func value[T any](r *sql.Rows) (v T, err error) { return v, r.Scan(&v) }

func (c *Condition) postgres(ctx context.Context, tx querier) error {
	var commit, fsync string
	var clock int64
	_, err := one(rows(ctx, tx, func(r *sql.Rows) (struct{}, error) { return struct{}{}, r.Scan(&c.Version, &commit, &fsync, &clock) },
		`select current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync'),
			cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)`))
	c.Clock = instant(clock)
	c.Durable = fsync == "on" && commit != "off"
	c.Settings = fmt.Sprintf("fsync=%s, synchronous_commit=%s", fsync, commit)
	return err
}

func (c *Condition) sqlite(ctx context.Context, tx querier) error {
	var err error
	if c.Version, err = one(rows(ctx, tx, value[string], `select sqlite_version()`)); err != nil {
		return err
	}
	journal, err := one(rows(ctx, tx, value[string], `pragma journal_mode`))
	if err != nil {
		return err
	}
	level, err := one(rows(ctx, tx, value[int], `pragma synchronous`))
	if err != nil {
		return err
	}
	c.Durable = level >= 2 && journal != "off" && journal != "memory"
	c.Settings = fmt.Sprintf("journal_mode=%s, synchronous=%s", journal, []string{"OFF", "NORMAL", "FULL", "EXTRA"}[level&3])
	return nil
}
