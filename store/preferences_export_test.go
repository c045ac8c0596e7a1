package store

import "context"

// PutSuppression writes a suppression of any kind, as if somebody else had.
func PutSuppression(ctx context.Context, s *Store, shopID, emailKey, scope, reason string) error {
	return s.write(ctx, func(tx querier) error {
		h, err := s.hash(ctx, tx, shopID, emailKey)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `insert into suppressions (shop_id, email_hash, scope, reason, created_at) values ($1, $2, $3, $4, 1)`, shopID, h, scope, reason)
		return err
	})
}
