package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates"
)

// deliverMessages decides about due messages of one shop and hands over those
// that should go out. The facts are read for all of them together; each is then
// claimed, sent and recorded for itself, so that a stop in the middle leaves
// only those unknown that were in the air.
func (w *Worker) deliverMessages(ctx context.Context, shopID string, ids []string) error {
	return w.deliverAs(ctx, true, shopID, ids)
}

// deliverFirst is deliverMessages for what came by the first lane.
func (w *Worker) deliverFirst(ctx context.Context, shopID string, ids []string) error {
	return w.deliverAs(ctx, false, shopID, ids)
}

func (w *Worker) deliverAs(ctx context.Context, crowd bool, shopID string, ids []string) error {
	if !w.loud(ctx, shopID) {
		return nil // the rows wait; the sweep rings for them again
	}
	facts, err := w.Store.Facts(ctx, shopID, ids)
	if err != nil {
		return err
	}
	w.step("facts read")
	for i, f := range facts {
		leave, err := w.take(ctx, w.stopping.Done(), crowd, shopID)
		switch {
		case errors.Is(err, errCrowded): // this shop's mails take their time: the others' lane is not for them
			w.Bell.ringCrowd(store.KindMessage, shopID, idsOf(facts[i:]))
			return nil
		case errors.Is(err, errBusy):
			return nil // what is in the air is finished, and no other mail begun
		case err != nil:
			return err
		}
		// The task does not wait: one mail that hangs must not hold its
		// neighbours' place. Whatever happens now stands in the row.
		w.flying.Go(func() {
			defer leave()
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), messageTime)
			defer cancel()
			if err := w.deliver(ctx, f); err != nil && !errors.Is(err, errBusy) {
				w.Log.Error("a message has no outcome yet; the sweep finds it", "message", f.Message.ID, "shop", shopID, "error", err.Error())
			}
		})
	}
	return nil
}

func idsOf(facts []crm.Facts) []string {
	ids := make([]string, len(facts))
	for i, f := range facts {
		ids[i] = f.Message.ID
	}
	return ids
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
	f, no, err := w.prepare(ctx, j, f, now)
	if err != nil {
		return err // an outcome beside it is not this worker's to tell
	}
	if no != nil {
		return w.record(ctx, *no, now)
	}
	m = f.Message
	mail, err := w.Templates.Mail(f, now)
	if err != nil {
		o := w.unwritten(ctx, f, err)
		w.untold(ctx, f, o)
		return w.record(ctx, o, now)
	}
	w.step("mail written")
	mine, err := w.claim(ctx, m, mail)
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
		w.untold(ctx, f, o)
		return errors.Join(w.record(ctx, o, now), w.refused(ctx, m, f.Address(), err, o.State == crm.Failed))
	}
	return w.record(ctx, store.Outcome{Message: m, State: crm.Sent, Mailer: receipt.By, ProviderID: receipt.ID, SentAt: receipt.At,
		Locale: mail.Locale, Phrases: mail.Phrases}, now)
}

// refused tells the store what a refusal says about the address: refusals at
// the door count as those that a provider reports later.
func (w *Worker) refused(ctx context.Context, m crm.Message, address string, err error, final bool) error {
	var e *integrations.Error
	if !errors.As(err, &e) || e.Class == "" {
		return nil
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	result, err := w.Store.RecordRefusal(ctx, m, crm.EmailKey(address), e.Class, e.Code, final)
	for _, a := range result.Alarms {
		w.Log.Error("mails of a shop are refused too often", "shop", a.ShopID, "stops", a.Stops, "journey", a.Brake.Journey, "domain", a.Brake.Domain, "detail", a.Brake.Detail)
	}
	return err
}

// prepare decides, and does what must be done before the mail. An outcome
// means that there will be no mail now; errBusy that another worker has it.
func (w *Worker) prepare(ctx context.Context, j journeys.Journey, f crm.Facts, now time.Time) (crm.Facts, *store.Outcome, error) {
	if f.Message.ReturnID != "" && f.Shop.State == crm.ShopActive {
		var no *store.Outcome
		var err error
		if f, no, err = w.readReturn(ctx, f, now); no != nil || err != nil {
			return f, no, err
		}
	}
	f = w.complete(j, f)
	for again := false; ; again = true {
		m := f.Message
		switch d := journeys.Decide(j, f, now); d.Verdict {
		case crm.Skip:
			return f, &store.Outcome{Message: m, State: crm.Skipped, Reason: d.Reason}, nil
		case crm.Defer:
			if d.Reason == crm.ReasonNeedsApproval {
				w.ask(ctx, f, crm.TaskApproval, "A gift above the limit waits for somebody's yes: grazie message approve "+m.ID)
			}
			return f, &store.Outcome{Message: m, State: crm.Planned, Reason: d.Reason, DueAt: d.Until}, nil
		}
		if s := w.silence(m.ShopID); s.until.After(now) {
			return f, &store.Outcome{Message: m, State: crm.Planned, Reason: s.reason, DueAt: s.until}, nil
		}
		if again || j.Effects == nil {
			return f, nil, nil
		}
		// Written once as if all were done: what cannot be told is not done. What
		// failed or was taken back before, the effects tell better.
		if !slices.ContainsFunc(f.Effects, func(e crm.Effect) bool {
			return e.State == crm.EffectFailed || e.State == crm.EffectUndone || e.Code != nil && !e.Code.Works(now)
		}) {
			if _, err := w.Templates.Mail(desk.AsIfDone(j, f, now), now); err != nil {
				o := w.unwritten(ctx, f, err)
				return f, &o, nil
			}
		}
		acted, no, err := w.effects(ctx, j, f, now)
		if no != nil || err != nil || !acted {
			return f, no, err
		}
		// What was done took its time: the customer may have changed her mind.
		if f, err = w.reread(ctx, j, m); err != nil {
			return f, nil, err
		}
	}
}

// complete adds to facts what no row holds.
func (w *Worker) complete(j journeys.Journey, f crm.Facts) crm.Facts {
	f.Settings, f.Rules = j.Values(f.Shop), journeys.RuleValues(f.Shop)
	f = j.Settle(f)
	f.Links = w.links(f.Message)
	return f
}

// reread are the facts of a message as they are now.
func (w *Worker) reread(ctx context.Context, j journeys.Journey, m crm.Message) (crm.Facts, error) {
	facts, err := w.Store.Facts(ctx, m.ShopID, []string{m.ID})
	if err == nil && len(facts) == 0 {
		err = errBusy // it is not planned any more
	}
	if err != nil {
		return crm.Facts{}, err
	}
	return w.complete(j, facts[0]), nil
}

// links are the addresses of the customer's own pages.
func (w *Worker) links(m crm.Message) crm.Links {
	page := func(kind string) string {
		return w.PublicURL + "/" + kind + "/" + w.Store.LinkToken(kind, m.ShopID, m.CustomerID, m.ID)
	}
	if m.Purpose != crm.Marketing {
		return crm.Links{}
	}
	return crm.Links{Unsubscribe: page(store.LinkUnsubscribe), Preferences: page(store.LinkPreferences), Review: page(store.LinkReview)}
}

// untold asks staff to tell a customer what no mail will: that her return was
// made free. Of a return whose order is not known here staff decides.
func (w *Worker) untold(ctx context.Context, f crm.Facts, o store.Outcome) {
	switch {
	case f.Message.ReturnID == "" || o.State != crm.Failed && o.State != crm.Skipped:
	case o.Reason == crm.ReasonOrderUnknown:
		w.ask(ctx, f, crm.TaskReturnRefused, "A return was requested of an order that is older than the connection to the shop, so no rule could decide about it.")
	case f.Effect(crm.ReturnApproved) != nil && f.Effect(crm.ReturnApproved).State == crm.EffectDone:
		w.ask(ctx, f, crm.TaskTellCustomer, "Her return was approved, and the mail that says so cannot go out: "+o.Reason.Sentence())
	}
}

// unwritten is the outcome of a mail that could not be written. One that would
// have told a customer somebody else's story is staff's to look at.
func (w *Worker) unwritten(ctx context.Context, f crm.Facts, err error) store.Outcome {
	m := f.Message
	o := store.Outcome{Message: m, State: crm.Failed, Reason: crm.ReasonTemplate, Detail: detail(err)}
	if wrong := (*templates.WrongHistory)(nil); errors.As(err, &wrong) {
		o.Reason = crm.ReasonWrongHistory
		w.ask(ctx, f, crm.TaskWrongHistory, err.Error())
	}
	return o
}

// claim is not cut short either: a claim that nobody hears of is a mail that
// nobody sends.
func (w *Worker) claim(ctx context.Context, m crm.Message, mail crm.Mail) (bool, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	return w.Store.ClaimMessage(ctx, m, mail)
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
