package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// deliverMessages decides about due messages of one shop and hands over those
// that should go out. The facts are read for all of them together; each is then
// claimed, sent and recorded for itself, so that a stop in the middle leaves
// only those unknown that were in the air.
func (w *Worker) deliverMessages(ctx context.Context, shopID string, ids []string) error {
	facts, err := w.Store.Facts(ctx, shopID, ids)
	if err != nil {
		return err
	}
	w.step("facts read")
	var wg sync.WaitGroup
	errs := make([]error, len(facts))
	for i, f := range facts {
		select {
		case w.air <- struct{}{}:
		case <-ctx.Done():
			return errors.Join(append(errs, ctx.Err())...)
		}
		wg.Go(func() {
			defer func() { <-w.air }()
			errs[i] = w.deliver(ctx, f)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (w *Worker) deliver(ctx context.Context, f crm.Facts) error {
	m, now := f.Message, w.Now()
	j, ok := journeys.Find(m.Journey)
	if !ok {
		return w.record(ctx, store.Outcome{Message: m, State: crm.Failed, Reason: crm.ReasonTemplate, Detail: "this program has no journey " + m.Journey}, now)
	}
	f.Settings = j.Values(f.Shop)
	switch d := journeys.Decide(j, f, now); d.Verdict {
	case crm.Skip:
		return w.record(ctx, store.Outcome{Message: m, State: crm.Skipped, Reason: d.Reason}, now)
	case crm.Defer:
		return w.record(ctx, store.Outcome{Message: m, State: crm.Planned, Reason: d.Reason, DueAt: d.Until}, now)
	}
	if until := time.UnixMicro(w.notUntil.Load()); until.After(now) {
		return w.record(ctx, store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonMailerBusy, DueAt: until}, now)
	}
	mail, err := w.Templates.Mail(f, now)
	if err != nil {
		return w.record(ctx, store.Outcome{Message: m, State: crm.Failed, Reason: crm.ReasonTemplate, Detail: err.Error()}, now)
	}
	w.step("mail written")
	mine, err := w.Store.ClaimMessage(ctx, m)
	if err != nil || !mine {
		return err
	}
	w.step("message claimed")
	m.State, m.Attempt = crm.Sending, m.Attempt+1
	receipt, err := w.Mailer.Send(ctx, w.Connection, mail)
	w.step("mail sent")
	if err != nil {
		return w.record(ctx, w.failed(m, err, w.Now()), now)
	}
	return w.record(ctx, store.Outcome{Message: m, State: crm.Sent, Mailer: receipt.By, ProviderID: receipt.ID, SentAt: receipt.At,
		Locale: mail.Locale, Phrases: mail.Phrases}, now)
}

// record writes down what became of a message. A mail that is out must be
// recorded: so it tries for as long as the claim holds. What cannot be written
// then is found as unknown when the lease ends.
func (w *Worker) record(ctx context.Context, o store.Outcome, began time.Time) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if o.Mailer == "" {
		o.Mailer = w.Mailer.Name()
	}
	var written bool
	var err error
	for pause := 100 * time.Millisecond; ; pause *= 2 {
		if written, err = w.Store.RecordOutcome(ctx, o); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
	w.step("outcome recorded")
	m, state := o.Message, string(o.State)
	if !written {
		state = "overtaken" // the row moved on between reading and writing
	}
	w.Metrics.messages.WithLabelValues(state).Inc()
	w.Log.Info("message", "message", m.ID, "shop", m.ShopID, "journey", m.Journey, "order", m.OrderID, "customer", m.CustomerID, "webhook", m.WebhookID,
		"state", state, "reason", o.Reason, "attempt", m.Attempt, "mailer", o.Mailer, "provider_id", o.ProviderID,
		"planned_ms", began.Sub(m.CreatedAt).Milliseconds(), "took_ms", w.Now().Sub(began).Milliseconds())
	return nil
}

// silence keeps all mails back until the mailer wants them again.
func (w *Worker) silence(until time.Time) {
	for {
		have := w.notUntil.Load()
		if until.UnixMicro() <= have || w.notUntil.CompareAndSwap(have, until.UnixMicro()) {
			return
		}
	}
}

// failed reads the table of retry.go and keeps the mailer's wish for silence.
func (w *Worker) failed(m crm.Message, err error, now time.Time) store.Outcome {
	o := afterError(m, err, now)
	if kind := integrations.KindOf(err); kind == integrations.RateLimited || kind == integrations.Unauthorized {
		w.silence(o.DueAt)
	}
	return o
}
