package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
)

// deliverMessages decides about due messages of one shop and hands over those
// that should go out. The facts are read for all of them together; each is then
// claimed, sent and recorded for itself, so that a stop in the middle leaves
// only those unknown that were in the air.
func (w *Worker) deliverMessages(ctx context.Context, shopID string, ids []string) error {
	if !w.loud(ctx, shopID) {
		return nil // the rows wait; the sweep rings for them again
	}
	facts, err := w.Store.Facts(ctx, shopID, ids)
	if err != nil {
		return err
	}
	w.step("facts read")
	for _, f := range facts {
		select {
		case w.air <- struct{}{}:
		case <-w.stopping.Done():
			return nil // what is in the air is finished, and no other mail begun
		case <-ctx.Done():
			return ctx.Err()
		}
		// The task does not wait: one mail that hangs must not hold its
		// neighbours' place. Whatever happens now stands in the row.
		w.flying.Go(func() {
			defer func() { <-w.air }()
			if err := w.deliver(ctx, f); err != nil {
				w.Log.Error("a message has no outcome yet; the sweep finds it", "message", f.Message.ID, "shop", shopID, "error", err.Error())
			}
		})
	}
	return nil
}

func (w *Worker) deliver(ctx context.Context, f crm.Facts) (err error) {
	m, now := f.Message, w.Now()
	defer func() {
		// Whatever it is about this message, the others do not suffer from it.
		if r := recover(); r != nil {
			w.Log.Error("a message made the program panic", "message", m.ID, "shop", m.ShopID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			o := store.Outcome{Message: m, State: crm.Failed, Reason: crm.ReasonTemplate, Detail: errFault.Error()}
			if m.State == crm.Sending {
				o.State, o.Reason = crm.Unknown, crm.ReasonWorkerLost
			}
			err = w.record(ctx, o, now)
		}
	}()
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
	if s := w.silence(m.ShopID); s.until.After(now) {
		return w.record(ctx, store.Outcome{Message: m, State: crm.Planned, Reason: s.reason, DueAt: s.until}, now)
	}
	mail, err := w.Templates.Mail(f, now)
	if err != nil {
		return w.record(ctx, store.Outcome{Message: m, State: crm.Failed, Reason: crm.ReasonTemplate, Detail: detail(err)}, now)
	}
	w.step("mail written")
	mine, err := w.claim(ctx, m)
	if err != nil || !mine {
		return err
	}
	w.step("message claimed")
	m.State, m.Attempt = crm.Sending, m.Attempt+1
	// Neither the end of the task nor of the program cuts a mail in two.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	receipt, err := w.Mailer.Send(sending, w.Connection, mail)
	cancel()
	w.step("mail sent")
	if err != nil {
		o := w.failed(m, err, w.Now())
		o.Locale, o.Phrases = mail.Locale, mail.Phrases // it may have arrived
		return w.record(ctx, o, now)
	}
	return w.record(ctx, store.Outcome{Message: m, State: crm.Sent, Mailer: receipt.By, ProviderID: receipt.ID, SentAt: receipt.At,
		Locale: mail.Locale, Phrases: mail.Phrases}, now)
}

// claim is not cut short either: a claim that nobody hears of is a mail that
// nobody sends.
func (w *Worker) claim(ctx context.Context, m crm.Message) (bool, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	return w.Store.ClaimMessage(ctx, m)
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

// silence is a time in which no mail goes out, of a shop or of all: the mailer
// asked for it, or refuses the shop's credentials.
type silence struct {
	until  time.Time
	reason crm.Reason
}

// silence is the one in force for a shop, the longer of its own and of all's.
func (w *Worker) silence(shopID string) silence {
	var s silence
	for _, key := range []string{"", shopID} {
		if have, ok := w.silent.Load(key); ok && have.(silence).until.After(s.until) {
			s = have.(silence)
		}
	}
	return s
}

// shortSilence is waited for; a longer one is left to the sweep.
const shortSilence = 3 * time.Second

// loud waits out a short silence and tells whether mails may go out now.
func (w *Worker) loud(ctx context.Context, shopID string) bool {
	left := w.silence(shopID).until.Sub(w.Now())
	if left <= 0 {
		return true
	}
	if left > shortSilence {
		return false
	}
	wait := time.NewTimer(left)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-w.stopping.Done():
	case <-ctx.Done():
	}
	return false
}

// failed reads the tables of retry.go and keeps the mailer's wish for silence.
func (w *Worker) failed(m crm.Message, err error, now time.Time) store.Outcome {
	if key, s, ok := silenceAfter(err, m.ShopID, now); ok {
		w.hushing.Lock()
		if s.until.After(w.silence(key).until) {
			w.silent.Store(key, s)
		}
		w.hushing.Unlock()
	}
	return afterError(m, err, now)
}
