package store

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
)

// DeferWebhook puts a webhook off whose shop cannot be asked now: it stays
// received, with the reason for staff, and is rung again at a time. One that
// another worker was done with stays as it is.
func (s *Store) DeferWebhook(ctx context.Context, shopID, id, reason string, until time.Time) error {
	err := s.change(ctx, `update webhooks set reason = $3, rung_at = $4 where shop_id = $1 and id = $2 and state = $5`,
		shopID, id, column(reason), micros(until.Add(-RingAgain)), WebhookReceived)
	if errors.Is(err, crm.ErrNotFound) {
		return nil
	}
	return err
}

// wakeWebhooks rings for those that were put off.
func (s *Store) wakeWebhooks(ctx context.Context, tx querier, shopID string) error {
	_, err := tx.ExecContext(ctx, `update webhooks set rung_at = 0
		where state = 'received' and rung_at > 0 and reason <> '' and `+checked("shop_id")+` = $1`, shopID)
	return err
}
