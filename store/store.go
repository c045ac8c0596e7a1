// Package store holds all SQL: one method per business operation, each one
// transaction, one text for SQLite and PostgreSQL. Rows of a shop are reached
// only through the shop's id.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options say where the database is and what the store is given.
type Options struct {
	URL     string   // postgres://...; empty: SQLite at Path
	Path    string   // file of the SQLite database, in a folder that exists
	Secrets []string // keys for what is sealed: the first seals, all open
	Now     func() time.Time

	// Lease is how long a message may be in the air before it counts as
	// unknown. It must be longer than jobs gives a mailer. Default two minutes.
	Lease time.Duration
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	db    *sql.DB     // PostgreSQL: all; SQLite: the one connection that writes
	pool  *sql.DB     // reads; on PostgreSQL the same as db
	read  querier     // pool, with its statements kept prepared where the driver does not
	lite  *liteWriter // SQLite's writer; nil on PostgreSQL
	now   func() time.Time
	keys  keyring
	old   keyring // keys that left the configuration: they open links in old mails, and nothing else
	lease time.Duration

	keyIDs   []string // of the configured keys, in their sequence: names that tell nothing
	keyBytes [][]byte // the keys themselves

	Installation string // short name of this installation, in its queues

	receive  *batcher[Webhook, Received]
	claims   *batcher[try, bool]
	outcomes *batcher[Outcome, bool]

	hashKeys sync.Map // shop id to the key of its address hashes; it never changes

	hashing chan struct{} // places for passwords that are being hashed
}

// largest batches: SQLite binds thousands of numbered parameters slowly.
const (
	mostReceived = 64
	mostMessages = 64
)

// Open connects, migrates under a lock, and checks that the secret keys fit.
func Open(ctx context.Context, o Options) (*Store, error) {
	ctx = Acting(ctx, nil) // what is written to open it is nobody's act
	keys, err := newKeyring(o.Secrets)
	if err != nil {
		return nil, err
	}
	s := &Store{now: o.Now, keys: keys, lease: o.Lease, hashing: make(chan struct{}, mostHashing)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.lease == 0 {
		s.lease = 2 * time.Minute
	}
	committers := 1
	if o.URL != "" {
		committers = 3
		err = s.openPostgres(o.URL)
	} else {
		err = s.openSQLite(o.Path)
	}
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, o); err != nil {
		s.closeDB()
		return nil, err
	}
	if o.URL == "" {
		if s.lite, err = newLiteWriter(ctx, s.db); err != nil {
			s.closeDB()
			return nil, err
		}
	}
	if err := s.checkKey(ctx); err != nil {
		s.closeDB()
		return nil, err
	}
	if err := s.loadRetired(ctx, o.Secrets); err != nil {
		s.closeDB()
		return nil, err
	}
	s.receive = newBatcher(committers, mostReceived, s.receiveBatch)
	s.claims = newBatcher(1, mostMessages, s.claimBatch)
	s.outcomes = newBatcher(1, mostMessages, s.outcomeBatch)
	return s, nil
}

// Close waits for running batches and closes the database.
func (s *Store) Close() error {
	s.receive.close()
	s.claims.close()
	s.outcomes.close()
	return s.closeDB()
}

func (s *Store) closeDB() error {
	var err error
	if s.lite != nil {
		err = s.lite.close()
	}
	err = errors.Join(err, s.db.Close())
	if s.pool != s.db {
		err = errors.Join(err, s.pool.Close())
	}
	return err
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.PingContext(ctx) }

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string {
	if s.pool == s.db {
		return "postgres"
	}
	return "sqlite"
}

func (s *Store) openPostgres(dsn string) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errors.New("DATABASE_URL cannot be read as a PostgreSQL URL") // the cause would show the password
	}
	cfg.RuntimeParams["application_name"] = "grazie"
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["timezone"] = "UTC"
	// Every row is reached by a key. But a plan made while a table was empty
	// reads all of it, and is kept until the table was analyzed: far too late
	// on a first day. Planning each time anew would cost as much as running.
	cfg.RuntimeParams["enable_seqscan"] = "off"
	cfg.RuntimeParams["jit"] = "off"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	s.db = stdlib.OpenDB(*cfg)
	s.db.SetMaxOpenConns(12)
	s.db.SetMaxIdleConns(12)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	s.pool, s.read = s.db, s.db
	return nil
}

// errStale makes write start over: a row changed between reading and writing.
var errStale = errors.New("store: a row changed meanwhile")

// write runs fn in a transaction, again from the start when another writer
// came in between.
func (s *Store) write(ctx context.Context, fn func(tx querier) error) error {
	once := s.once
	if s.lite != nil {
		once = s.lite.once
	}
	fn, written := s.acting(ctx, fn)
	var err error
	for try := range 12 {
		if err = once(ctx, fn); err == nil {
			written()
			return nil
		} else if !again(err) {
			return err
		}
		// Whoever lost comes back at another moment than the others who did.
		select {
		case <-time.After(rand.N(time.Millisecond << min(try, 6))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("store: too many writers at the same rows: %w", err)
}

func (s *Store) once(ctx context.Context, fn func(tx querier) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a panic in fn; else it is done already
	if err := fn(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// again tells whether an error is a matter of luck between writers.
func again(err error) bool {
	if errors.Is(err, errStale) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}

// badValue tells whether the engine refused what it was given, rather than
// failing itself.
func badValue(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23") || strings.HasPrefix(pg.Code, "54") // data, constraint, limit
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_CONSTRAINT || code == sqlite3.SQLITE_TOOBIG || code == sqlite3.SQLITE_MISMATCH
	}
	return false
}
