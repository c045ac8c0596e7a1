package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"time"

	"grazie/crm"
)

// InstallTime is how long a merchant may take to allow the app.
const InstallTime = 15 * time.Minute

// mostInstalls is how many may be under way on a platform at once: beginning one
// is free, so the oldest make room. Those of another platform do not: on some
// anybody may begin, on others only whom the platform vouched for.
const mostInstalls = 10_000

// BeginInstall remembers an installation that begins: its state, a nonce of the
// caller's, is good once, for its platform and shop, and for the browser with a
// cookie of this value.
func (s *Store) BeginInstall(ctx context.Context, platform, domain, state, browser string) error {
	return s.write(ctx, func(tx querier) error {
		now := s.now()
		_, err := tx.ExecContext(ctx, `delete from installs where created_at < $1`, micros(now.Add(-InstallTime)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `delete from installs where platform = $1 and created_at < (
			select created_at from installs where platform = $1 order by created_at desc limit 1 offset $2)`, platform, mostInstalls-1)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `insert into installs (state, platform, domain, browser, created_at) values ($1, $2, $3, $4, $5)`,
			digest(state), platform, column(domain), digest(browser), micros(now))
		return err
	})
}

// EndInstall uses up a state, and tells the shop that it was begun for. A state
// that is unknown, used, too old, of another platform or of another browser is
// crm.ErrNotFound: it does not tell which. An empty browser is one that the
// platform itself stands for, and fits any.
func (s *Store) EndInstall(ctx context.Context, platform, state, browser string) (domain string, err error) {
	err = s.write(ctx, func(tx querier) error {
		b, err := s.takeInstall(ctx, tx, platform, state)
		domain = b.Domain
		if browser != "" && subtle.ConstantTimeCompare([]byte(b.browser), []byte(digest(browser))) != 1 {
			domain = ""
		}
		return err
	})
	if err == nil && domain == "" {
		err = crm.ErrNotFound
	}
	return domain, err
}

// takeInstall uses up a state. One that is not good any more has no domain:
// whatever it is, a state that was shown to anybody is used, so that is no error.
func (s *Store) takeInstall(ctx context.Context, tx querier, platform, state string) (Begun, error) {
	var at int64
	b, err := one(rows(ctx, tx, func(r *sql.Rows) (b Begun, err error) {
		return b, r.Scan(&b.platform, &b.Domain, &b.browser, &at)
	}, `delete from installs where state = $1 returning platform, domain, browser, created_at`, digest(state)))
	if err == nil && (b.platform != platform || instant(at).Before(s.now().Add(-InstallTime))) {
		b.Domain = ""
	}
	return b, err
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
