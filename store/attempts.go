package store

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"grazie/crm"
)

// Limit is how often something may be tried that can be guessed. Whoever is wrong
// waits: at first half a minute, then twice as long each time, up to Most.
type Limit struct {
	Name string // what is counted, such as "account anna@shop.example"; of it a keyed hash is stored
	Free int    // tries before the first wait
	Most time.Duration
}

const (
	firstWait   = 30 * time.Second
	forgetTries = time.Hour // after the newest
)

// wait is how long it takes until the next try.
func (l Limit) wait(tries int) time.Duration {
	over := tries - l.Free
	if over < 0 {
		return 0
	}
	return min(firstWait<<min(over, 20), l.Most)
}

// ErrWait says that somebody has to wait before she tries again.
type ErrWait struct{ For time.Duration }

func (e *ErrWait) Error() string { return "too many tries; the next one in " + e.For.String() }

// Try counts a try under all limits, before it is looked at: many at once are no
// way around. If one of them says to wait, it is an *ErrWait and not counted: who
// waits as told gets in. What was right is taken back by Tried.
func (s *Store) Try(ctx context.Context, limits ...Limit) error {
	limits = slices.Clone(limits)
	slices.SortFunc(limits, func(a, b Limit) int { return cmp.Compare(a.Name, b.Name) }) // one sequence of locks
	now := s.now()
	return s.write(ctx, func(tx querier) error {
		if _, err := tx.ExecContext(ctx, `delete from attempts where name in (select name from attempts where at < $1 order by at limit 20)`, micros(now.Add(-forgetTries))); err != nil {
			return err
		}
		for _, l := range limits {
			name := s.attemptName(l.Name)
			counted, err := one(rows(ctx, tx, scanCount, `insert into attempts (name, count, until, at) values ($1, 1, 0, $2)
				on conflict (name) do update set at = excluded.at, count = case when attempts.at < $3 then 1 else attempts.count + 1 end
				where attempts.until <= excluded.at returning count`, name, micros(now), micros(now.Add(-forgetTries))))
			if errors.Is(err, crm.ErrNotFound) {
				until, err := one(rows(ctx, tx, scanCount, `select until from attempts where name = $1`, name))
				if err != nil {
					return err
				}
				return &ErrWait{instant(until).Sub(now)}
			} else if err != nil {
				return err
			}
			if w := l.wait(int(counted)); w > 0 {
				_, err = tx.ExecContext(ctx, `update attempts set until = $2 where name = $1`, name, micros(now.Add(w)))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Tried takes a try back that was right, and under the limits of its own account
// all before it: others of one address are counted on.
func (s *Store) Tried(ctx context.Context, shared Limit, own ...Limit) error {
	return s.write(ctx, func(tx querier) error {
		for _, l := range own {
			if _, err := tx.ExecContext(ctx, `delete from attempts where name = $1`, s.attemptName(l.Name)); err != nil {
				return err
			}
		}
		if shared.Name == "" {
			return nil
		}
		_, err := tx.ExecContext(ctx, `update attempts set count = count - 1, until = 0 where name = $1 and count > 0`, s.attemptName(shared.Name))
		return err
	})
}

func scanCount(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) }

// attemptName is what a limit is stored by: who reads the table learns of nobody
// whether she tried.
func (s *Store) attemptName(name string) string {
	key, err := hkdf.Key(sha256.New, s.keyBytes[0], nil, "grazie attempts", 32)
	if err != nil {
		panic(err) // only for lengths that are none
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}
