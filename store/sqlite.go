package store

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"runtime"
	"sync"
)

func (s *Store) openSQLite(path string) error {
	// FULL: a commit is on the disk before it is told.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=temp_store(MEMORY)&_pragma=secure_delete(ON)"
	var err error
	if s.db, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if s.pool, err = sql.Open("sqlite", dsn+"&_pragma=query_only(true)"); err != nil {
		return err
	}
	s.pool.SetMaxOpenConns(runtime.NumCPU() + 2)
	s.pool.SetMaxIdleConns(runtime.NumCPU() + 2) // a connection that is closed forgets its statements
	s.read = &liteReader{DB: s.pool, byText: map[string]*sql.Stmt{}}
	return nil
}

// liteReader keeps the statements of the connections that read prepared, as
// the writer does. Lists come in few lengths (see in), so there are few texts;
// beyond the bound a statement is read each time.
type liteReader struct {
	*sql.DB
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

func (r *liteReader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.mu.RLock()
	stmt, ok := r.byText[query]
	r.mu.RUnlock()
	if !ok {
		var err error
		if stmt, err = r.prepare(ctx, query); err != nil {
			return nil, err
		}
	}
	if stmt == nil {
		return r.DB.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// prepare keeps a statement; nil when there is no room.
func (r *liteReader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stmt, ok := r.byText[query]; ok || len(r.byText) >= 2*mostPrepared {
		return stmt, nil
	}
	stmt, err := r.PrepareContext(context.WithoutCancel(ctx), query)
	if err == nil {
		r.byText[query] = stmt
	}
	return stmt, err
}

// liteWriter is SQLite's only writing connection. It keeps its statements
// prepared: reading a statement of sixty rows costs as much as running it, and
// the driver does not remember any.
type liteWriter struct {
	mu     sync.Mutex // its holder writes
	conn   *sql.Conn
	byText map[string]*list.Element
	recent *list.List // of preparedText, the latest used in front
}

type preparedText struct {
	text string
	stmt *sql.Stmt
}

// mostPrepared bounds the statements kept: batches come in all sizes.
const mostPrepared = 160

func newLiteWriter(ctx context.Context, db *sql.DB) (*liteWriter, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &liteWriter{conn: conn, byText: map[string]*list.Element{}, recent: list.New()}, nil
}

func (w *liteWriter) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conn.Close()
}

// once runs fn in a transaction. It is immediate: it waits for other processes
// at its start instead of failing in its middle. Once begun it is carried to
// its end whatever becomes of ctx, so that the connection is never left inside.
func (w *liteWriter) once(ctx context.Context, fn func(tx querier) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := w.ExecContext(ctx, "begin immediate"); err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended { // fn panicked: whoever catches that writes on
			_, _ = w.ExecContext(ctx, "rollback")
		}
	}()
	err := fn(w)
	ended = true
	if err == nil {
		if _, err = w.ExecContext(ctx, "commit"); err == nil {
			return nil
		}
	}
	_, back := w.ExecContext(ctx, "rollback")
	return errors.Join(err, back)
}

func (w *liteWriter) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.WithoutCancel(ctx), args...)
}

func (w *liteWriter) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.WithoutCancel(ctx), args...)
}

func (w *liteWriter) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if e, ok := w.byText[query]; ok {
		w.recent.MoveToFront(e)
		return e.Value.(preparedText).stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	w.byText[query] = w.recent.PushFront(preparedText{query, stmt})
	if w.recent.Len() > mostPrepared {
		last := w.recent.Remove(w.recent.Back()).(preparedText)
		delete(w.byText, last.text)
		return stmt, last.stmt.Close()
	}
	return stmt, nil
}
