package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"

	"grazie/crm"
)

func totpPurpose(staffID string) string { return staffID + "/totp" }

// SetTOTP stores the secret of somebody's codes (RFC 6238), sealed, and that the
// code of a step was used to show that it works.
func (s *Store) SetTOTP(ctx context.Context, staffID, secret string, step int64) error {
	return s.change(ctx, `update staff set totp = $2, totp_step = $3, updated_at = $4 where id = $1 and removed_at = 0`,
		staffID, s.keys.seal([]byte(secret), totpPurpose(staffID)), step, micros(s.now()))
}

// DropTOTP lets somebody sign in without codes.
func (s *Store) DropTOTP(ctx context.Context, staffID string) error {
	return s.write(ctx, func(tx querier) error {
		gone, err := rows(ctx, tx, text, `update staff set totp = null, updated_at = $2 where id = $1 and totp is not null returning id`, staffID, micros(s.now()))
		if err == nil && len(gone) == 0 {
			err = crm.ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.dropLoneCodes(ctx, tx, staffID)
	})
}

// TOTP is the secret of somebody's codes; none is crm.ErrNotFound.
func (s *Store) TOTP(ctx context.Context, staffID string) (string, error) {
	sealed, err := one(rows(ctx, s.read, blob, `select totp from staff where id = $1 and totp is not null and removed_at = 0`, staffID))
	if err != nil {
		return "", err
	}
	secret, err := s.keys.open(sealed, totpPurpose(staffID))
	return string(secret), err
}

// UseTOTP takes the code of a time step. It was good once: that step, and any
// before it, is false from then on.
func (s *Store) UseTOTP(ctx context.Context, staffID string, step int64) (good bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		used, err := rows(ctx, tx, text, `update staff set totp_step = $2 where id = $1 and totp_step < $2 returning id`, staffID, step)
		good = len(used) > 0
		return err
	})
	return good, err
}

// recoveryCodes is how many there are.
const recoveryCodes = 8

// MakeRecoveryCodes replaces somebody's recovery codes and returns the new ones:
// they cannot be had a second time. Each has 80 random bits.
func (s *Store) MakeRecoveryCodes(ctx context.Context, staffID string) ([]string, error) {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var random [10]byte
		if _, err := rand.Read(random[:]); err != nil {
			return nil, err
		}
		t := idText.EncodeToString(random[:])
		codes[i] = t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
	}
	return codes, s.write(ctx, func(tx querier) error {
		if _, err := tx.ExecContext(ctx, `delete from recovery_codes where staff_id = $1`, staffID); err != nil {
			return err
		}
		for _, code := range codes {
			if _, err := tx.ExecContext(ctx, `insert into recovery_codes (staff_id, hash) values ($1, $2)`, staffID, recoveryHash(code)); err != nil {
				return err
			}
		}
		return nil
	})
}

// recoveryHash is of a code as it was typed, in whatever case, with or without
// what stands between its parts.
func recoveryHash(code string) string {
	return hashOf(strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code)))
}

// UseRecoveryCode takes one of somebody's codes: it is good once.
func (s *Store) UseRecoveryCode(ctx context.Context, staffID, code string) (good bool, err error) {
	err = s.write(ctx, func(tx querier) error {
		used, err := rows(ctx, tx, text, `delete from recovery_codes where staff_id = $1 and hash = $2 returning staff_id`, staffID, recoveryHash(code))
		good = len(used) > 0
		return err
	})
	return good, err
}

// RecoveryCodes is how many somebody has left.
func (s *Store) RecoveryCodes(ctx context.Context, staffID string) (int, error) {
	return one(rows(ctx, s.read, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) }, `select count(*) from recovery_codes where staff_id = $1`, staffID))
}

// dropLoneCodes takes recovery codes away with the last factor that they stand for.
func (s *Store) dropLoneCodes(ctx context.Context, tx querier, staffID string) error {
	_, err := tx.ExecContext(ctx, `delete from recovery_codes where staff_id = $1 and not exists (select 1 from passkeys where staff_id = $1)
		and not exists (select 1 from staff where id = $1 and totp is not null)`, staffID)
	return err
}
