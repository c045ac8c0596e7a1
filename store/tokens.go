package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

// Role says what the holder of a token may do: each role may what the one
// before it may, and more.
type Role string

const (
	Viewer  Role = "viewer"  // reads
	Support Role = "support" // also does tasks, and runs gestures that give nothing
	Manager Role = "manager" // also gives: gifts, returns made free, approvals, bulk jobs
	Owner   Role = "owner"   // everything
)

// Roles lists all roles, the one that may least first.
var Roles = []Role{Viewer, Support, Manager, Owner}

// May tells whether a role is at least another.
func (r Role) May(least Role) bool {
	have, need := slices.Index(Roles, r), slices.Index(Roles, least)
	return have >= 0 && need >= 0 && have >= need
}

// Token is one bearer token of the API. What its holder sends along is known
// to nobody else: only its SHA-256 is stored.
type Token struct {
	ID        string    `json:"id"`                // tok_...
	ShopID    string    `json:"shop_id,omitempty"` // empty: all shops
	Role      Role      `json:"role"`
	Name      string    `json:"name"` // who acts with it, as it stands with what is asked for by hand
	CreatedAt time.Time `json:"created_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// tokenPrefix begins every token, so that it is known for what it is wherever
// it turns up.
const tokenPrefix = "grz_"

// CreateToken stores a new token and returns, beside it, what its holder
// sends: that cannot be had a second time. A name that another token in force for
// the same shop has, in whatever case, is crm.ErrConflict: who asked is told from
// who approves by it.
func (s *Store) CreateToken(ctx context.Context, t Token) (Token, string, error) {
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		return t, "", err
	}
	secret := tokenPrefix + idText.EncodeToString(random[:])
	t.ID, t.CreatedAt, t.RevokedAt = cmp.Or(t.ID, NewID("tok_")), s.now().UTC(), time.Time{}
	err := s.write(ctx, func(tx querier) error {
		taken, err := rows(ctx, tx, text, `select name from api_tokens where revoked_at = 0 and ($1 in ('', shop_id) or shop_id = '')`, t.ShopID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(taken, func(name string) bool { return strings.EqualFold(name, t.Name) }) {
			return crm.ErrConflict
		}
		_, err = tx.ExecContext(ctx, `insert into api_tokens (hash, id, shop_id, role, name, created_at) values ($1, $2, $3, $4, $5, $6)`,
			hashOf(secret), t.ID, t.ShopID, t.Role, column(t.Name), micros(t.CreatedAt))
		return err
	})
	return t, secret, err
}

// hashOf is what a token is found by. Whoever tries can learn nothing from how
// long the search takes: what is compared is not what he chose but its hash.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const tokenColumns = `id, shop_id, role, name, created_at, revoked_at`

func scanToken(r *sql.Rows) (t Token, err error) {
	var created, revoked int64
	err = r.Scan(&t.ID, &t.ShopID, &t.Role, &t.Name, &created, &revoked)
	t.CreatedAt, t.RevokedAt = instant(created), instant(revoked)
	return t, err
}

// Token is the token that somebody sent. One that was revoked is not found.
func (s *Store) Token(ctx context.Context, secret string) (Token, error) {
	return one(rows(ctx, s.read, scanToken, `select `+tokenColumns+` from api_tokens where hash = $1 and revoked_at = 0`, hashOf(secret)))
}

// Tokens lists all tokens of the installation, the newest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	return rows(ctx, s.read, scanToken, `select `+tokenColumns+` from api_tokens order by id desc`)
}

// TokensOf lists the tokens that are for one shop alone, the newest first.
func (s *Store) TokensOf(ctx context.Context, shopID string) ([]Token, error) {
	return rows(ctx, s.read, scanToken, `select `+tokenColumns+` from api_tokens where shop_id = $1 and shop_id <> '' order by id desc`, shopID)
}

// RevokeTokenOf is RevokeToken for a token that is for one shop alone.
func (s *Store) RevokeTokenOf(ctx context.Context, shopID, id string) error {
	return s.change(ctx, `update api_tokens set revoked_at = $3 where shop_id = $1 and shop_id <> '' and id = $2 and revoked_at = 0`, shopID, id, micros(s.now()))
}

// RevokeToken lets a token work no more, from the next request on.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	return s.change(ctx, `update api_tokens set revoked_at = $2 where id = $1 and revoked_at = 0`, id, micros(s.now()))
}
