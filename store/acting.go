package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"
)

// Act is what somebody does to a shop, for its audit log. Texts may hold ids, and
// never a customer's name or address: the log outlives an erasure.
type Act struct {
	ShopID string // empty: it is about the installation
	Staff  string // id of who does it; empty: a token or the command line
	By     string // who, in words
	Action string // "messages.cancel"
	Target string // what it is done to, "msg_..."
	Why    string // the reason that was typed
	Detail string // what else is to be known: old and new value, an amount

	written atomic.Bool
}

type actKey struct{}

// Acting lets the next transaction of the context write the act into the audit
// log as well: either both are stored, or neither.
func Acting(ctx context.Context, a *Act) context.Context { return context.WithValue(ctx, actKey{}, a) }

// acts is who acts in the context; nobody that is known: an empty one.
func acts(ctx context.Context) *Act {
	if a, _ := ctx.Value(actKey{}).(*Act); a != nil {
		return a
	}
	return &Act{}
}

// about says what an act of the installation is done to, where that is known no
// earlier than in its transaction.
func about(ctx context.Context, id string) {
	if a := acts(ctx); a.ShopID == "" {
		a.Target = id
	}
}

// Written tells whether the act stands in the log.
func (a *Act) Written() bool { return a.written.Load() }

// acting is fn, and the line in the audit log that belongs to it, if any.
func (s *Store) acting(ctx context.Context, fn func(tx querier) error) (_ func(tx querier) error, done func()) {
	a, _ := ctx.Value(actKey{}).(*Act)
	if a == nil || a.Written() {
		return fn, func() {}
	}
	return func(tx querier) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.append(ctx, tx, a)
	}, func() { a.written.Store(true) }
}

// Record writes an act that changes no row, such as a look at somebody's data.
func (s *Store) Record(ctx context.Context, a *Act) error {
	return s.write(Acting(ctx, a), func(querier) error { return nil })
}

// append is the last thing that a transaction does: it holds the head of the
// shop's chain until the commit.
func (s *Store) append(ctx context.Context, tx querier, a *Act) error {
	head, err := one(rows(ctx, tx, func(r *sql.Rows) (e Entry, err error) { return e, r.Scan(&e.Seq, &e.Hash) },
		`insert into audit_heads (shop_id, seq, hash) values ($1, 1, '') on conflict (shop_id) do update set seq = audit_heads.seq + 1 returning seq, hash`, a.ShopID))
	if err != nil {
		return err
	}
	e := Entry{ShopID: a.ShopID, Seq: head.Seq, At: s.now().UTC().Truncate(time.Microsecond), Staff: a.Staff, By: column(a.By), Action: a.Action,
		Target: column(a.Target), Why: column(a.Why), Detail: column(a.Detail), Previous: head.Hash}
	e.Hash = e.sum()
	_, err = tx.ExecContext(ctx, `insert into audit (shop_id, seq, at, staff_id, actor, action, target, why, detail, previous, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, e.ShopID, e.Seq, micros(e.At), e.Staff, e.By, e.Action, e.Target, e.Why, e.Detail, e.Previous, e.Hash)
	if err == nil {
		_, err = tx.ExecContext(ctx, `update audit_heads set hash = $2 where shop_id = $1`, e.ShopID, e.Hash)
	}
	return err
}

// Entry is one line of an audit log.
type Entry struct {
	ShopID   string    `json:"shop_id,omitempty"`
	Seq      int64     `json:"seq"` // 1, 2, ... without a gap
	At       time.Time `json:"at"`
	Staff    string    `json:"staff,omitempty"`
	By       string    `json:"by"`
	Action   string    `json:"action"`
	Target   string    `json:"target,omitempty"`
	Why      string    `json:"why,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Previous string    `json:"previous"` // hash of the line before; of the first, empty
	Hash     string    `json:"hash"`     // SHA-256 of all the above
}

// sum is the hash of the line. It is of a JSON array, so that no text can be
// moved from one field into the next.
func (e Entry) sum() string {
	b, err := json.Marshal([]any{e.Previous, e.ShopID, e.Seq, micros(e.At), e.Staff, e.By, e.Action, e.Target, e.Why, e.Detail})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

const entryColumns = `shop_id, seq, at, staff_id, actor, action, target, why, detail, previous, hash`

func scanEntry(r *sql.Rows) (e Entry, err error) {
	var at int64
	err = r.Scan(&e.ShopID, &e.Seq, &at, &e.Staff, &e.By, &e.Action, &e.Target, &e.Why, &e.Detail, &e.Previous, &e.Hash)
	e.At = instant(at)
	return e, err
}

// Broken says where an audit log was tampered with.
type Broken struct {
	Seq  int64
	What string
}

func (b *Broken) Error() string { return fmt.Sprintf("line %d of the audit log: %s", b.Seq, b.What) }
