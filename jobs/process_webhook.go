package jobs

import (
	"context"
	"errors"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// processWebhooks turns stored webhooks of one shop into customers, orders and
// planned messages.
func (w *Worker) processWebhooks(ctx context.Context, shopID string, ids []string) error {
	began := time.Now()
	hooks, err := w.Store.WaitingWebhooks(ctx, shopID, ids)
	if err != nil || len(hooks) == 0 {
		return err
	}
	shop, err := w.Store.Shop(ctx, shopID)
	if err != nil {
		return err
	}
	applied := make([]store.Applied, len(hooks))
	for i, h := range hooks {
		applied[i] = w.read(shop, h)
	}
	w.step("webhook read")
	due, err := w.Store.ApplyEvents(ctx, shopID, applied)
	if err != nil {
		if due, err = w.applyEach(ctx, shopID, applied, err); err != nil {
			return err
		}
	}
	w.step("events applied")
	for i, h := range hooks {
		a := applied[i]
		w.Metrics.webhooks.WithLabelValues(h.Topic, string(a.State)).Inc()
		w.Log.Info("webhook", "webhook", h.ID, "shop", shopID, "topic", h.Topic, "state", a.State, "reason", a.Reason, "planned", len(a.Messages),
			"waited_ms", began.Sub(h.ReceivedAt).Milliseconds(), "took_ms", time.Since(began).Milliseconds(), "together", len(hooks))
	}
	w.Bell.Ring(store.KindMessage, shopID, due...)
	w.step("message rung")
	return nil
}

// read parses one webhook and plans what follows from it. What cannot be read
// fails with its reason and waits for a replay.
func (w *Worker) read(shop crm.Shop, h store.Webhook) store.Applied {
	a := store.Applied{WebhookID: h.ID, State: store.WebhookProcessed}
	fail := func(reason string) store.Applied {
		return store.Applied{WebhookID: h.ID, State: store.WebhookFailed, Reason: reason}
	}
	platform, ok := w.Platforms[shop.Platform]
	if !ok {
		return fail("no adapter for the platform " + shop.Platform)
	}
	at := h.TriggeredAt
	if at.IsZero() {
		at = h.ReceivedAt // the shop did not say when: it was before it came
	}
	var err error
	a.Events, err = platform.ParseWebhook(integrations.Envelope{
		Topic: h.Topic, Domain: shop.Domain, DeliveryID: h.DeliveryID, EventID: h.EventID, TriggeredAt: at, Version: h.Version,
	}, h.Body)
	if err != nil {
		return fail(err.Error())
	}
	if len(a.Events) == 0 {
		a.State, a.Reason = store.WebhookIgnored, "topic of no interest"
	}
	for _, e := range a.Events {
		a.Messages = append(a.Messages, journeys.Plan(e, shop)...)
	}
	return a
}

// applyEach finds, after a batch failed, the webhook that the database cannot
// take and fails that one alone. A database that is away takes nothing, not
// even the failure: then the task is tried again.
func (w *Worker) applyEach(ctx context.Context, shopID string, applied []store.Applied, cause error) ([]string, error) {
	if ctx.Err() != nil {
		return nil, cause
	}
	var due []string
	for _, a := range applied {
		ids, err := w.Store.ApplyEvents(ctx, shopID, []store.Applied{a})
		if err != nil {
			if failed := w.Store.FailWebhook(ctx, shopID, a.WebhookID, "the database refused it: "+err.Error()); failed != nil {
				return due, errors.Join(err, failed)
			}
			w.Log.Error("webhook", "webhook", a.WebhookID, "shop", shopID, "state", store.WebhookFailed, "error", err.Error())
		}
		due = append(due, ids...)
	}
	return due, nil
}
