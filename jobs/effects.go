package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// errBusy says that another worker does it now. It is no fault: the row waits,
// and the sweep rings for it again.
var errBusy = errors.New("another worker has it")

// effects does what belongs to a message before its mail. Each effect is stored
// before it is asked for, done by one worker at a time, and not done again
// once it has its receipt. acted tells that something was done since the facts
// were read, by this worker or by another; an outcome means that the mail must
// wait, or will never go.
func (w *Worker) effects(ctx context.Context, j journeys.Journey, f crm.Facts, now time.Time) (acted bool, no *store.Outcome, err error) {
	m := f.Message
	wanted := j.Effects(f, now)
	if no := w.unable(f, wanted); no != nil {
		return false, no, nil
	}
	all, full, err := w.planEffects(ctx, f, wanted, now)
	if rule := (*unreadable)(nil); errors.As(err, &rule) {
		return false, &store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonRule, Detail: detail(rule), DueAt: now.Add(time.Hour)}, nil
	}
	if err != nil {
		return false, nil, err
	}
	if full != "" {
		return false, &store.Outcome{Message: m, State: crm.Skipped, Reason: full}, nil
	}
	read := f
	f.Effects = all
	for i := range all {
		e := &all[i]
		if known := read.Effect(e.Kind); known == nil || known.State != e.State {
			acted = true // by another, since the facts were read
		}
		switch {
		case e.Code != nil && isOver(*e, now):
			return acted, codeOver(m, *e), nil // a mail promises no code that does not work
		case e.State == crm.EffectDone, e.State == crm.EffectFailed && failures[e.Kind].optional:
			continue
		case e.State == crm.EffectFailed || e.State == crm.EffectUndone:
			return acted, &store.Outcome{Message: m, State: crm.Failed, Reason: failures[e.Kind].reason, Detail: e.Detail}, nil
		}
		if w.stopping.Err() != nil {
			return acted, nil, errBusy // the row waits for the next start
		}
		claimed, ok, err := w.Store.ClaimEffect(ctx, *e)
		if err != nil {
			return acted, nil, err
		}
		if !ok { // another worker does it, or was lost while it did: its lease ends soon
			return acted, &store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonMakesEffect, DueAt: now.Add(sweepEvery)}, nil
		}
		w.step("effect claimed")
		*e = claimed
		c, failed := w.connection(ctx, f.Shop)
		if failed == nil {
			failed = w.guarded("an effect", e.ID, func() error { return w.act(ctx, f, e, c) })
		}
		w.step("effect done")
		no, err := w.saveEffect(ctx, f, e, c, failed)
		if no != nil || err != nil {
			return acted, no, err
		}
		w.step("effect recorded")
		acted = true
	}
	return acted, nil, nil
}

// unable is the outcome of a mail that promises what the shop's platform cannot
// do, ever: it is told before anything is stored or counted. What the mail goes
// without is left out by itself.
func (w *Worker) unable(f crm.Facts, wanted []crm.Effect) *store.Outcome {
	platform, ok := w.Platforms[f.Shop.Platform]
	if !ok {
		return nil
	}
	for _, e := range wanted {
		lacks := integrations.Lacks(platform, e.Kind)
		if had := f.Effect(e.Kind); lacks == "" || failures[e.Kind].optional || had != nil && had.State == crm.EffectDone {
			continue
		}
		return &store.Outcome{Message: f.Message, State: crm.Skipped, Reason: crm.ReasonEffectUnsupported, Detail: platform.Name() + " has no " + lacks + " that Grazie could make"}
	}
	return nil
}

// isOver tells whether a code will not work any more. That it begins to work a
// moment from now is no matter: another worker's clock may be ahead.
func isOver(e crm.Effect, now time.Time) bool {
	return e.State == crm.EffectUndone || e.State == crm.EffectDone && !e.Code.Works(now) && !now.Before(e.Code.StartsAt)
}

// codeOver is the outcome of a mail whose code came to its end before it: it
// expired while the mailer was away, was revoked, or was used.
func codeOver(m crm.Message, e crm.Effect) *store.Outcome {
	o := &store.Outcome{Message: m, State: crm.Skipped, Reason: crm.ReasonCodeEnded, Detail: e.Detail}
	if e.Code.Used() {
		o.Reason = crm.ReasonCodeUsed
	}
	return o
}

// planEffects stores what is wanted. Codes are drawn here: by chance, and
// again if the shop has one of the same letters.
func (w *Worker) planEffects(ctx context.Context, f crm.Facts, wanted []crm.Effect, now time.Time) ([]crm.Effect, crm.Reason, error) {
	limits, err := journeys.Limits(f, now)
	if err != nil {
		return nil, "", &unreadable{err}
	}
	prefix := f.Rules["code_prefix"]
	if err := crm.CheckCodePrefix(prefix); err != nil && slices.ContainsFunc(wanted, func(e crm.Effect) bool { return e.Code != nil }) {
		return nil, "", &unreadable{err}
	}
	for range 5 {
		for i := range wanted {
			if c := wanted[i].Code; c != nil {
				if c.Amount.Minor > 0 && c.Amount.Currency != f.Shop.Currency {
					return nil, crm.ReasonCurrency, nil
				}
				if c.Code, err = crm.NewCode(prefix, w.Random); err != nil {
					return nil, "", err
				}
			}
		}
		all, full, err := w.Store.PlanEffects(ctx, f.Message, wanted, limits)
		if !errors.Is(err, crm.ErrConflict) {
			w.step("effects stored")
			return all, full, err
		}
	}
	return nil, "", errors.New("five codes drawn were all taken")
}

// unreadable is a rule of the shop that means nothing, such as an amount with
// cents since its currency has none.
type unreadable struct{ error }

// act does one effect and writes what came of it into e.
func (w *Worker) act(ctx context.Context, f crm.Facts, e *crm.Effect, c integrations.Connection) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	defer cancel()
	platform := w.Platforms[f.Shop.Platform]
	cannot := &integrations.Error{Kind: integrations.Unsupported, Service: f.Shop.Platform, Detail: "the platform has no " + string(e.Kind)}
	switch e.Kind {
	case crm.DiscountCodeMade:
		can, ok := platform.(integrations.DiscountCreator)
		if !ok {
			return cannot
		}
		if e.Receipt, err = can.CreateDiscountCode(ctx, c, *e.Code); err == nil {
			e.Code.PlatformID = e.Receipt.ID
		}
		return err
	case crm.LabelBought:
		return w.buyLabel(ctx, f, e, c)
	case crm.ReplacementPlaced:
		can, ok := platform.(integrations.Replacer)
		if !ok || f.Return() == nil {
			return cannot
		}
		placed, err := can.PlaceReplacement(ctx, c, *f.Return(), e.ID)
		if err == nil {
			placed.DueBack, placed.ReturnID = e.Replacement.DueBack, f.Return().ID
			e.Replacement, e.Receipt = &placed, crm.Receipt{By: f.Shop.Platform, ID: placed.OrderID, At: w.Now()}
		}
		return err
	}
	can, ok := platform.(integrations.ReturnUpgrader)
	if !ok || f.Return() == nil {
		return cannot
	}
	switch e.Kind {
	case crm.ReturnApproved:
		e.Receipt, err = can.ApproveReturn(ctx, c, *f.Return())
	case crm.ReturnFeeWaived:
		e.Receipt, err = can.WaiveReturnFee(ctx, c, *f.Return())
	case crm.LabelAttached:
		e.Receipt, err = can.AttachLabel(ctx, c, *f.Return(), *f.Label())
	default:
		err = cannot
	}
	return err
}

// failure is what follows when an effect is refused for good.
type failure struct {
	reason   crm.Reason
	task     crm.TaskKind
	optional bool // the mail goes out without it
	promised bool // and says that it is done: what the platform cannot do, staff does
}

// failures is the one table from a kind of effect to that.
var failures = map[crm.EffectKind]failure{
	crm.DiscountCodeMade:  {reason: crm.ReasonEffectRefused, task: crm.TaskCodeRefused},
	crm.ReturnApproved:    {reason: crm.ReasonEffectRefused, task: crm.TaskReturnRefused},
	crm.ReturnFeeWaived:   {reason: crm.ReasonEffectRefused, task: crm.TaskReturnRefused, optional: true, promised: true},
	crm.LabelBought:       {reason: crm.ReasonLabelMissing, task: crm.TaskLabelMissing},
	crm.LabelAttached:     {reason: crm.ReasonEffectRefused, task: crm.TaskReturnRefused, optional: true},
	crm.ReplacementPlaced: {reason: crm.ReasonEffectRefused, task: crm.TaskReturnRefused, optional: true},
}

// saveEffect writes down how an effect ended. All adapters look first at what
// is there, so whatever may pass is simply tried again.
func (w *Worker) saveEffect(ctx context.Context, f crm.Facts, e *crm.Effect, c integrations.Connection, failed error) (*store.Outcome, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	now, rule := w.Now(), failures[e.Kind]
	o := &store.Outcome{Message: f.Message, State: crm.Planned}
	later := func(reason crm.Reason, at time.Time) {
		e.State, o.Reason, o.DueAt = crm.EffectPlanned, reason, at
	}
	kind, theirs := integrations.KindOf(failed), of(failed, f.Shop.Platform)
	away := failed != nil && (kind == integrations.Temporary || kind == integrations.Unknown)
	e.Detail = ""
	if failed != nil {
		e.Detail = detail(failed)
	}
	if e.Away++; !away {
		e.Away = 0
	}
	wait := now.Add(jitter(waits[min(max(e.Away, 1), len(waits))-1], e.ID))
	if at := retryAt(failed); at.After(wait) {
		wait = at.Add(jitter(time.Second, e.ID) - time.Second)
	}
	switch {
	case failed == nil:
		e.State, o = crm.EffectDone, nil
	case kind == integrations.Unauthorized && !theirs: // a label service, which staff has to mend
		w.ask(ctx, f, rule.task, e.Detail)
		later(rule.reason, now.Add(time.Hour))
	case kind == integrations.Unauthorized:
		if w.broken(ctx, f.Shop, c.Settings, e.Detail) {
			later(crm.ReasonShopAuth, now.Add(time.Hour))
		} else {
			later(crm.ReasonMakesEffect, wait)
		}
	case kind == integrations.RateLimited && theirs:
		later(crm.ReasonShopBusy, wait)
	case kind == integrations.RateLimited, away && !theirs && e.Away <= len(waits):
		later(crm.ReasonMakesEffect, wait)
	case away && e.Away <= len(waits):
		later(crm.ReasonShopAway, wait)
	default:
		e.State, o.State, o.Reason, e.Away = crm.EffectFailed, crm.Failed, rule.reason, 0
		switch {
		case rule.reason != crm.ReasonEffectRefused:
		case kind == integrations.Unsupported:
			o.Reason = crm.ReasonEffectUnsupported
		case away:
			o.Reason = crm.ReasonOutOfTries
		}
		if rule.optional {
			o = nil
		}
		if !rule.optional || rule.promised || kind != integrations.Unsupported { // what the platform cannot do is no news
			w.ask(ctx, f, rule.task, e.Detail)
		}
	}
	if o != nil {
		o.Detail = e.Detail
	}
	e.UpdatedAt = now
	saved, err := w.Store.SaveEffect(ctx, *e)
	if err == nil && !saved {
		err = errBusy // its lease ended while it was done: whoever has it now looks first at what is there
		if failed == nil && e.Code != nil {
			err = errors.Join(err, w.takenBack(ctx, *e))
		}
	}
	w.Log.Info("effect", "effect", e.ID, "kind", e.Kind, "shop", e.ShopID, "message", e.MessageID, "state", e.State, "attempt", e.Attempt, "detail", e.Detail)
	return o, err
}

// takenBack has a code ended once more that staff revoked while it was made: at
// the shop that may have come first.
func (w *Worker) takenBack(ctx context.Context, e crm.Effect) error {
	_, err := w.Store.ChangeEffect(ctx, e.ShopID, e.ID, func(e *crm.Effect) error {
		if e.State == crm.EffectUndone {
			e.Code.Ended, e.Code.EndedAt = "", time.Time{}
		}
		return nil
	})
	return err
}

// of tells whether an error is the word of a service.
func of(err error, service string) bool {
	var e *integrations.Error
	return errors.As(err, &e) && e.Service == service
}

// guarded does what hands hostile answers to adapters: a panic is an error,
// whose place is in the log.
func (w *Worker) guarded(what, id string, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error(what+" made the program panic", "id", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = errFault
		}
	}()
	return do()
}

// ask opens a task for staff. It never stops what it is about: the log has it
// when the database has not.
func (w *Worker) ask(ctx context.Context, f crm.Facts, kind crm.TaskKind, what string) {
	m := f.Message
	err := w.Store.OpenTask(ctx, crm.Task{ShopID: m.ShopID, Kind: kind, Source: "message:" + m.ID, CustomerID: m.CustomerID, OrderID: m.OrderID, MessageID: m.ID, Detail: what})
	if err != nil {
		w.Log.Error("a task could not be opened", "kind", kind, "message", m.ID, "shop", m.ShopID, "detail", what, "error", err.Error())
	}
}

// buyLabel gets a return label. The shipment is stored before it is paid for.
func (w *Worker) buyLabel(ctx context.Context, f crm.Facts, e *crm.Effect, c integrations.Connection) error {
	r := f.Return()
	if e.Label == nil || r == nil {
		return fmt.Errorf("effect %s is about no label", e.ID)
	}
	if e.Label.By == merchantLabel {
		if e.Label.URL == "" {
			e.Label.URL = f.Settings["label_url"] // set since this was first wanted
		}
		if e.Label.URL == "" {
			return &integrations.Error{Kind: integrations.Rejected, Service: merchantLabel, Detail: "the shop has no label link of its own set"}
		}
		if e.Label.Cost.Minor == 0 {
			e.Label.Cost = e.Worth // what the merchant says that a label costs
		}
		e.Receipt = crm.Receipt{By: merchantLabel, At: w.Now()}
		return nil
	}
	maker, ok := w.Labels[e.Label.By]
	if !ok {
		return &integrations.Error{Kind: integrations.Unsupported, Service: e.Label.By, Detail: "there is no such label service here"}
	}
	labels := integrations.Connection{ShopID: c.ShopID, Settings: integrations.Within(c.Settings, e.Label.By)}
	if e.Label.ShipmentID == "" {
		can, ok := w.Platforms[f.Shop.Platform].(integrations.ReturnUpgrader)
		if !ok {
			return &integrations.Error{Kind: integrations.Unsupported, Service: f.Shop.Platform, Detail: "the platform does not tell addresses"}
		}
		customer, shop, err := can.Addresses(ctx, c, r.OrderID)
		if err != nil {
			return err
		}
		prepared, err := maker.PrepareLabel(ctx, labels, *e.Label, customer, shop)
		if err != nil {
			return err
		}
		e.Label, e.UpdatedAt = &prepared, w.Now()
		if saved, err := w.Store.SaveEffect(ctx, *e); err != nil || !saved {
			return errors.Join(err, errBusy)
		}
		w.step("shipment stored")
	}
	bought, err := maker.BuyLabel(ctx, labels, *e.Label)
	if err != nil {
		return err
	}
	e.Label, e.Receipt = &bought, crm.Receipt{By: maker.Name(), ID: bought.LabelID, At: w.Now()}
	return nil
}

// merchantLabel is who makes labels that the merchant has himself.
const merchantLabel = "merchant"
