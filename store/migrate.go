package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Processes that start together take
// turns: by an advisory lock on PostgreSQL, by a lock file beside SQLite.
func (s *Store) migrate(ctx context.Context, o Options) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{}
	if o.URL != "" {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	} else {
		unlock, err := lockFile(o.Path + ".migrate")
		if err != nil {
			return err
		}
		defer unlock()
	}
	p, err := goose.NewProvider(dialect, s.db, files, opts...)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the database cannot be brought up to date: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	if known := sources[len(sources)-1].Version; have > known {
		return fmt.Errorf("the database was written by a newer Grazie (schema %d, this program knows %d): update the program; nothing was changed", have, known)
	}
	if o.URL != "" {
		return s.tune(ctx)
	}
	return nil
}

// tune tells PostgreSQL not to pack bodies that are packed already: trying to
// costs a fifth of the time of taking webhooks in.
func (s *Store) tune(ctx context.Context) error {
	storage, err := one(rows(ctx, s.db, text, `select cast(attstorage as text) from pg_attribute
		where attrelid = cast('webhooks' as regclass) and attname = 'body'`))
	if err != nil || storage == "e" {
		return err
	}
	_, err = s.db.ExecContext(ctx, `alter table webhooks alter column body set storage external`)
	return err
}

// lockFile waits until this process alone holds the file's lock.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}

// checkKey makes sure that this database was sealed with one of our keys. The
// first process to come writes the proof and the installation's name.
func (s *Store) checkKey(ctx context.Context) error {
	type installation struct {
		id    string
		check []byte
	}
	return s.write(ctx, func(tx querier) error {
		found, err := rows(ctx, tx, func(r *sql.Rows) (i installation, err error) {
			return i, r.Scan(&i.id, &i.check)
		}, `select id, key_check from installation`)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			id := idText.EncodeToString(randomBytes(5))
			_, err := tx.ExecContext(ctx, `insert into installation (id, key_check, created_at) values ($1, $2, $3)`,
				id, s.keys.seal([]byte(id), "installation"), micros(s.now()))
			s.Installation = id
			return err
		}
		if _, err := s.keys.open(found[0].check, "installation"); err != nil {
			return errors.New("GRAZIE_SECRET_KEY is not the key that this database was written with: " +
				"set the old key again, or list it after the new one, separated by a comma")
		}
		s.Installation = found[0].id
		return nil
	})
}
