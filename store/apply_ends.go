package store

import (
	"context"

	"grazie/crm"
)

// cancelMessages stops what waits and must not go out any more.
func (w *applying) cancelMessages(ctx context.Context) error {
	if !w.uninstalled.IsZero() {
		gone, err := w.uninstall(ctx)
		if err != nil || gone {
			return err
		}
	}
	var cancelled, refunded, deleted, unsubscribed, emails, ended []string
	for _, r := range w.orders {
		switch {
		case !r.changed:
		case r.value.Cancelled():
			cancelled = append(cancelled, r.value.ID)
		case r.value.FullyRefunded():
			refunded = append(refunded, r.value.ID)
		}
	}
	for _, r := range w.customers {
		if !r.changed {
			continue
		}
		if !r.value.DeletedAt.IsZero() {
			deleted = append(deleted, r.value.ID)
		}
		if r.value.Consent.State == crm.ConsentUnsubscribed && r.was.Consent.State != crm.ConsentUnsubscribed {
			unsubscribed = append(unsubscribed, r.value.ID)
			emails = append(emails, r.value.EmailKey)
		}
	}
	if emails = distinct(emails); len(emails) > 0 { // a guest with her address is she
		p := params{w.shopID}
		same, err := rows(ctx, w.tx, text, `select id from customers where `+checked("shop_id")+` = $1 and email_key`+w.in(&p, emails), p...)
		if err != nil {
			return err
		}
		unsubscribed = distinct(append(unsubscribed, same...))
	}
	for _, r := range w.returns {
		if r.changed && r.value.Status != "" && !r.value.Pending() {
			ended = append(ended, r.value.ID)
		}
	}
	for _, c := range []struct {
		reason crm.Reason
		column string
		ids    []string
	}{{crm.ReasonOrderCancelled, "order_id", cancelled}, {crm.ReasonOrderRefunded, "order_id", refunded}, {crm.ReasonCustomerDeleted, "customer_id", deleted},
		{crm.ReasonUnsubscribed, "customer_id", unsubscribed}, {crm.ReasonReturnNotOpen, "return_id", ended}} {
		if len(c.ids) > 0 {
			if err := w.cancel(ctx, c.reason, c.column, c.ids); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *applying) cancel(ctx context.Context, reason crm.Reason, column string, ids []string) error {
	p := params{w.shopID, crm.Cancelled, reason, micros(w.now())}
	query := `update messages set state = $2, reason = $3, updated_at = $4 where state = 'planned' and `
	switch column {
	case "":
		query += `shop_id = $1`
	case "return_id":
		query += `return_id <> '' and ` // else its index does not serve
		fallthrough
	default:
		query += checked("shop_id") + ` = $1 and ` + column + w.in(&p, ids)
	}
	if reason == crm.ReasonUnsubscribed {
		query += ` and ` + checked("purpose") + ` = ` + p.add(crm.Marketing)
	}
	_, err := w.tx.ExecContext(ctx, query, p...)
	return err
}

func (w *applying) finishWebhooks(ctx context.Context, applied []Applied) error {
	for _, state := range []WebhookState{WebhookProcessed, WebhookIgnored, WebhookFailed} {
		reasons := map[string][]string{}
		for _, a := range applied {
			if a.State == state {
				reasons[a.Reason] = append(reasons[a.Reason], a.WebhookID)
			}
		}
		for reason, ids := range reasons {
			p := params{w.shopID, state, column(reason), micros(w.now()), WebhookReceived}
			_, err := w.tx.ExecContext(ctx, `update webhooks set state = $2, reason = $3, processed_at = $4
				where shop_id = $1 and `+checked("state")+` = $5 and id`+w.in(&p, ids), p...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
