package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"grazie/crm"
)

// A secret key is changed in three steps: the new one is put in front of the
// old one, for all processes; Rotate seals everything anew; the old one leaves
// the configuration. Links in mails that are out were sealed with the old one
// and never end (mail-and-domain.md, rule L2): so it is kept, sealed with the
// new one, and from then on opens links and nothing else.

// Rotated counts what was sealed anew; what was so already is not counted.
type Rotated struct {
	Connections int `json:"connections"`
	HashKeys    int `json:"hash_keys"`
	Requests    int `json:"requests"` // about personal data, while they wait
	KeyCheck    int `json:"key_check"`
	Retired     int `json:"retired"` // older keys
	Staff       int `json:"staff"`   // secrets of second factors
	Sessions    int `json:"sessions"`
}

// Add adds what another step did.
func (r *Rotated) Add(o Rotated) {
	r.Connections, r.HashKeys, r.Requests = r.Connections+o.Connections, r.HashKeys+o.HashKeys, r.Requests+o.Requests
	r.KeyCheck, r.Retired = r.KeyCheck+o.KeyCheck, r.Retired+o.Retired
	r.Staff, r.Sessions = r.Staff+o.Staff, r.Sessions+o.Sessions
}

// Sum is the number of all.
func (r Rotated) Sum() int {
	return r.Connections + r.HashKeys + r.Requests + r.KeyCheck + r.Retired + r.Staff + r.Sessions
}

// rotateRows is how many rows a step looks at.
const rotateRows = 100

// Rotate seals everything with the first configured key that another one
// sealed, row by row: each is replaced only if it still is what was read, so
// that others may write meanwhile. step is told what each step did; its error
// ends it. It may be cut short and begun again at any point.
func (s *Store) Rotate(ctx context.Context, step func(Rotated) error) error {
	retired, err := s.retire(ctx)
	if err != nil {
		return err
	}
	if err := step(retired); err != nil {
		return err
	}
	for _, t := range sealedColumns {
		for after := ""; ; {
			did, last, err := s.rotateSome(ctx, t, after)
			if err != nil {
				return err
			}
			if err := step(did); err != nil {
				return err
			}
			if after = last; after == "" {
				break
			}
		}
	}
	// The check last: when it opens with the new key alone, everything does.
	return s.rotateCheck(ctx, step)
}

// sealedColumns are what the keys seal, beside the check and the keys.
var sealedColumns = []sealedColumn{
	{"shops", "connection", func(id string) string { return id + "/connection" }, func(r *Rotated) *int { return &r.Connections }},
	{"shops", "hash_key", func(id string) string { return id + "/hash" }, func(r *Rotated) *int { return &r.HashKeys }},
	{"privacy_requests", "email", nil, func(r *Rotated) *int { return &r.Requests }},
	{"staff", "totp", totpPurpose, func(r *Rotated) *int { return &r.Staff }},
	{"sessions", "data", sessionPurpose, func(r *Rotated) *int { return &r.Sessions }},
}

type sealedColumn struct {
	table, column string
	purpose       func(id string) string
	count         func(*Rotated) *int
}

type sealedRow struct {
	shopID, id string
	sealed     []byte
}

// rotateSome looks at some rows behind an id; an empty last says that there are no more.
func (s *Store) rotateSome(ctx context.Context, t sealedColumn, after string) (did Rotated, last string, err error) {
	shop := "shop_id"
	switch t.table {
	case "shops":
		shop = "id"
	case "staff", "sessions":
		shop = "''" // of no shop
	}
	some, err := rows(ctx, s.read, func(r *sql.Rows) (x sealedRow, err error) { return x, r.Scan(&x.shopID, &x.id, &x.sealed) },
		`select `+shop+`, id, `+t.column+` from `+t.table+` where id > $1 order by id limit $2`, after, rotateRows)
	if err != nil {
		return did, "", err
	}
	for _, x := range some {
		for again := true; again; {
			if again, err = s.rotateOne(ctx, t, shop, x, &did); err != nil {
				return did, "", err
			}
			if again { // written meanwhile, perhaps with the old key still
				x.sealed, err = one(rows(ctx, s.read, blob, `select `+t.column+` from `+t.table+` where `+shop+` = $1 and id = $2`, x.shopID, x.id))
				if errors.Is(err, crm.ErrNotFound) { // and gone by now
					break
				} else if err != nil {
					return did, "", err
				}
			}
		}
	}
	if len(some) == rotateRows {
		last = some[len(some)-1].id
	}
	return did, last, nil
}

// rotateOne seals one value anew. again says that it was another one by then.
func (s *Store) rotateOne(ctx context.Context, t sealedColumn, shop string, x sealedRow, did *Rotated) (again bool, err error) {
	purpose := privacyPurpose(x.shopID, x.id)
	if t.purpose != nil {
		purpose = t.purpose(x.id)
	}
	if x.sealed == nil {
		return false, nil
	}
	fresh, err := s.resealed(x.sealed, purpose)
	if err != nil || fresh == nil {
		if err != nil {
			err = fmt.Errorf("%s of %s cannot be opened: %w", t.column, x.id, err)
		}
		return false, err
	}
	err = s.write(ctx, func(tx querier) error {
		res, err := tx.ExecContext(ctx, `update `+t.table+` set `+t.column+` = $3 where `+shop+` = $1 and id = $2 and `+t.column+` = $4`, x.shopID, x.id, fresh, x.sealed)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		again = n == 0
		return err
	})
	if err == nil && !again {
		*t.count(did)++
	}
	return again, err
}

// resealed is a sealed value under the first key; nil: it is so already.
func (s *Store) resealed(sealed []byte, purpose string) ([]byte, error) {
	if _, err := s.keys[:1].open(sealed, purpose); err == nil {
		return nil, nil
	}
	plain, err := s.keys.open(sealed, purpose)
	if err != nil {
		return nil, err
	}
	return s.keys.seal(plain, purpose), nil
}

func (s *Store) rotateCheck(ctx context.Context, step func(Rotated) error) error {
	var did Rotated
	err := s.write(ctx, func(tx querier) error {
		did = Rotated{}
		check, err := one(rows(ctx, tx, blob, `select key_check from installation`+s.forUpdate()))
		if err != nil {
			return err
		}
		fresh, err := s.resealed(check, "installation")
		if err != nil || fresh == nil {
			return err
		}
		did.KeyCheck = 1
		_, err = tx.ExecContext(ctx, `update installation set key_check = $1`, fresh)
		return err
	})
	if err != nil {
		return err
	}
	return step(did)
}

func retiredPurpose(id string) string { return "retired/" + id }

// retire keeps all configured keys but the first, and seals with that one also
// those that were kept before.
func (s *Store) retire(ctx context.Context) (did Rotated, err error) {
	err = s.write(ctx, func(tx querier) error {
		did = Rotated{}
		kept, err := s.retired(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range kept {
			fresh, err := s.resealed(k.sealed, retiredPurpose(k.id))
			if err != nil {
				return fmt.Errorf("a key that was kept for links cannot be opened: %w", err)
			}
			if fresh == nil {
				continue
			}
			if _, err := tx.ExecContext(ctx, `update retired_keys set sealed = $2 where id = $1`, k.id, fresh); err != nil {
				return err
			}
			did.Retired++
		}
		for i, id := range s.keyIDs {
			if i == 0 || id == s.keyIDs[0] {
				continue
			}
			added, err := rows(ctx, tx, text, `insert into retired_keys (id, sealed, retired_at) values ($1, $2, $3) on conflict (id) do nothing returning id`,
				id, s.keys.seal(s.keyBytes[i], retiredPurpose(id)), micros(s.now()))
			if err != nil {
				return err
			}
			did.Retired += len(added)
		}
		return nil
	})
	return did, err
}

func (s *Store) retired(ctx context.Context, q querier) ([]sealedRow, error) {
	return rows(ctx, q, func(r *sql.Rows) (x sealedRow, err error) { return x, r.Scan(&x.id, &x.sealed) }, `select id, sealed from retired_keys order by retired_at, id`)
}

// loadRetired makes the keys ready that were kept for links. One that no
// configured key opens any more is left out: its links are lost, nothing else.
func (s *Store) loadRetired(ctx context.Context, secrets []string) error {
	for _, secret := range secrets {
		id, err := derived(secret, "grazie key id", 8)
		if err != nil {
			return err
		}
		key, err := derived(secret, keyPurpose, 32)
		if err != nil {
			return err
		}
		s.keyIDs, s.keyBytes = append(s.keyIDs, hex.EncodeToString(id)), append(s.keyBytes, key)
	}
	kept, err := s.retired(ctx, s.read)
	if err != nil {
		return err
	}
	for _, k := range kept {
		key, err := s.keys.open(k.sealed, retiredPurpose(k.id))
		if errors.Is(err, errWrongKey) {
			continue
		} else if err != nil {
			return err
		}
		if s.old, err = s.old.with(key); err != nil {
			return err
		}
	}
	return nil
}
