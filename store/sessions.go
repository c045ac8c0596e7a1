package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"grazie/crm"
)

// How long somebody stays signed in: since she was last seen, and altogether.
const (
	SessionIdle = 12 * time.Hour
	SessionTime = 7 * 24 * time.Hour
)

// StageIn is the stage of a session that is signed in. Any other names what is
// asked next, and lets nobody in.
const StageIn = "in"

// Session is somebody who is signed in, or about to. What her cookie holds is
// known to nobody else: only its SHA-256 is stored.
type Session struct {
	ID        string // ses_...
	StaffID   string // empty: not known yet
	Stage     string
	Data      []byte // what the next step needs to know; sealed while it lies there
	Agent     string // the browser's own word
	CreatedAt time.Time
	SeenAt    time.Time
	Until     time.Time
}

// CreateSession stores a session and returns what its cookie holds. A session
// that it takes the place of ends with it: nobody is signed in under a name that
// was known before (session fixation).
func (s *Store) CreateSession(ctx context.Context, n Session, insteadOf string) (secret string, err error) {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	secret = idText.EncodeToString(random[:])
	now := s.now()
	n.ID = NewID("ses_")
	err = s.write(ctx, func(tx querier) error {
		if _, err := tx.ExecContext(ctx, `delete from sessions where hash = $1`, hashOf(insteadOf)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into sessions (hash, id, staff_id, stage, data, agent, created_at, seen_at, until) values ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
			hashOf(secret), n.ID, n.StaffID, n.Stage, s.keys.seal(n.Data, n.ID+"/session"), column(n.Agent), micros(now), micros(n.Until))
		return err
	})
	return secret, err
}

// Session is the session that a cookie names, while it lasts. One of somebody who
// was removed is not found.
func (s *Store) Session(ctx context.Context, secret string) (Session, error) {
	var sealed []byte
	found, err := one(rows(ctx, s.read, func(r *sql.Rows) (n Session, err error) {
		var created, seen, until int64
		err = r.Scan(&n.ID, &n.StaffID, &n.Stage, &sealed, &n.Agent, &created, &seen, &until)
		n.CreatedAt, n.SeenAt, n.Until = instant(created), instant(seen), instant(until)
		return n, err
	}, `select id, staff_id, stage, data, agent, created_at, seen_at, until from sessions where hash = $1`, hashOf(secret)))
	if err != nil {
		return found, err
	}
	if now := s.now(); !now.Before(found.Until) || now.Sub(found.SeenAt) >= SessionIdle {
		return Session{}, crm.ErrNotFound
	}
	found.Data, err = s.keys.open(sealed, found.ID+"/session")
	if err != nil { // sealed with a key that is gone: she signs in again
		return Session{}, crm.ErrNotFound
	}
	return found, nil
}

// SeeSession remembers that somebody was there, at most once a minute.
func (s *Store) SeeSession(ctx context.Context, n Session) error {
	now := s.now()
	if now.Sub(n.SeenAt) < time.Minute {
		return nil
	}
	return s.write(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `update sessions set seen_at = $2 where id = $1`, n.ID, micros(now))
		return err
	})
}

// EndSession signs out.
func (s *Store) EndSession(ctx context.Context, secret string) error {
	return s.write(ctx, func(tx querier) error {
		_, err := tx.ExecContext(ctx, `delete from sessions where hash = $1`, hashOf(secret))
		return err
	})
}
