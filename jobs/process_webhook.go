package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"grazie/crm"
	"grazie/desk"
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
	if errors.Is(err, crm.ErrNotFound) { // it was erased while this came in
		return w.Store.EraseOrphans(ctx, shopID)
	}
	if err != nil {
		return err
	}
	hooks, applied, err := w.readAll(ctx, shop, hooks)
	if err != nil || len(hooks) == 0 {
		return err
	}
	w.step("webhook read")
	due, err := w.apply(ctx, shop, applied)
	if isFaultOf(err) {
		due, err = w.applyEach(ctx, shop, applied)
	}
	if err != nil {
		w.Bell.Ring(store.KindMessage, shopID, due...)
		return err
	}
	w.step("events applied")
	for i, h := range hooks {
		a := applied[i]
		topic := h.Topic
		if a.State == store.WebhookIgnored {
			topic = "other" // a sender writes what he likes there
		}
		w.Metrics.webhooks.WithLabelValues(topic, string(a.State)).Inc()
		w.Log.Info("webhook", "webhook", h.ID, "shop", shopID, "topic", h.Topic, "state", a.State, "reason", a.Reason, "planned", a.Planned,
			"waited_ms", began.Sub(h.ReceivedAt).Milliseconds(), "took_ms", time.Since(began).Milliseconds(), "together", len(hooks))
	}
	w.Bell.Ring(store.KindMessage, shopID, due...)
	w.step("message rung")
	return nil
}

// read parses one webhook. What cannot be read fails with its reason and waits
// for a replay.
func (w *Worker) read(shop crm.Shop, h store.Webhook) (a store.Applied) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error("a webhook made the program panic", "webhook", h.ID, "shop", shop.ID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			a = store.Applied{WebhookID: h.ID, State: store.WebhookFailed, Reason: errFault.Error()}
		}
	}()
	return desk.ReadWebhook(w.Platforms[shop.Platform], shop, h)
}

// apply is store.ApplyEvents, a panic in which is an error.
func (w *Worker) apply(ctx context.Context, shop crm.Shop, applied []store.Applied) (due []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error("webhooks made the program panic", "shop", shop.ID, "together", len(applied), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = errFault
		}
	}()
	return w.Store.ApplyEvents(ctx, shop.ID, applied, func(e crm.Event) []crm.Message { return journeys.Plan(e, shop) })
}

// isFaultOf tells whether an error lies in what was applied, so that it would
// come again. All others pass: a database that is away, other writers.
func isFaultOf(err error) bool { return errors.Is(err, errFault) || store.Refused(err) }

// applyEach finds, after a batch failed for what is in it, the webhook with
// the fault and fails that one alone. What another error stopped stays as it
// was and is tried again.
func (w *Worker) applyEach(ctx context.Context, shop crm.Shop, applied []store.Applied) (due []string, err error) {
	var errs []error
	for i, a := range applied {
		ids, err := w.apply(ctx, shop, []store.Applied{a})
		due = append(due, ids...)
		if isFaultOf(err) {
			reason := "the database refused it: " + err.Error()
			if errors.Is(err, errFault) {
				reason = err.Error()
			}
			applied[i].State, applied[i].Reason, applied[i].Planned = store.WebhookFailed, reason, 0
			err = w.Store.FailWebhook(ctx, shop.ID, a.WebhookID, reason)
		}
		errs = append(errs, err)
	}
	return due, errors.Join(errs...)
}
