package store

import (
	"bytes"
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
		// Whoever comes tidies up behind those who left.
		if _, err := tx.ExecContext(ctx, `delete from sessions where id in (select id from sessions where until < $1 order by until limit 20)`, micros(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into sessions (hash, id, staff_id, stage, data, agent, created_at, seen_at, until) values ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
			hashOf(secret), n.ID, n.StaffID, n.Stage, s.sealedData(n), column(n.Agent), micros(now), micros(n.Until))
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
	if sealed == nil {
		return found, nil
	}
	found.Data, err = s.keys.open(sealed, sessionPurpose(found.ID))
	if err != nil { // sealed with a key that is gone: she signs in again
		return Session{}, crm.ErrNotFound
	}
	return found, nil
}

func sessionPurpose(id string) string { return id + "/session" }

// sealedData is what the next step needs to know, as it lies there.
func (s *Store) sealedData(n Session) any {
	if len(n.Data) == 0 {
		return nil
	}
	return s.keys.seal(n.Data, sessionPurpose(n.ID))
}

// SaveSession changes what the next step needs to know. A session that ended is
// crm.ErrNotFound, and so is one whose data is not what it was: a challenge is
// answered once.
func (s *Store) SaveSession(ctx context.Context, was Session, data []byte) error {
	want := was
	want.Data = data
	return s.write(ctx, func(tx querier) error {
		sealed, err := one(rows(ctx, tx, blob, `select data from sessions where id = $1`+s.forUpdate(), was.ID))
		if err != nil {
			return err
		}
		var now []byte
		if sealed != nil {
			if now, err = s.keys.open(sealed, sessionPurpose(was.ID)); err != nil {
				return crm.ErrNotFound
			}
		}
		if !bytes.Equal(now, was.Data) {
			return crm.ErrNotFound
		}
		_, err = tx.ExecContext(ctx, `update sessions set data = $2 where id = $1`, was.ID, s.sealedData(want))
		return err
	})
}

// TakeSession ends a session that was to lead to the next step, once: whoever
// comes second with it finds none.
func (s *Store) TakeSession(ctx context.Context, id string) error {
	return s.change(ctx, `delete from sessions where id = $1`, id)
}

// SessionsOf are those in which somebody is signed in, the newest first.
func (s *Store) SessionsOf(ctx context.Context, staffID string) ([]Session, error) {
	now := s.now()
	all, err := rows(ctx, s.read, func(r *sql.Rows) (n Session, err error) {
		var created, seen, until int64
		err = r.Scan(&n.ID, &n.StaffID, &n.Stage, &n.Agent, &created, &seen, &until)
		n.CreatedAt, n.SeenAt, n.Until = instant(created), instant(seen), instant(until)
		return n, err
	}, `select id, staff_id, stage, agent, created_at, seen_at, until from sessions where staff_id = $1 and stage = $2 and until > $3 and seen_at > $4 order by created_at desc limit 100`,
		staffID, StageIn, micros(now), micros(now.Add(-SessionIdle)))
	return all, err
}

// EndSessionOf signs somebody out of one of her sessions.
func (s *Store) EndSessionOf(ctx context.Context, staffID, id string) error {
	return s.change(ctx, `delete from sessions where staff_id = $1 and id = $2`, staffID, id)
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
