// Package desk is what staff asks for by hand. It finds what a gesture would be
// about, shows the decision, the mail and every effect before anything
// happens, and lets it happen. The command line, the API and bulk jobs are its
// faces; the running workers do the rest, as for any other message.
package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"grazie/crm"
	"grazie/journeys"
	"grazie/store"
	"grazie/templates"
)

// Desk is where staff sits.
type Desk struct {
	Store     *store.Store
	Templates *templates.Renderer
	PublicURL string // where customers reach their own pages, for previews
	Now       func() time.Time
}

// Request names a gesture and what it is for: one of customer, order, return.
type Request struct {
	Journey  string
	Customer string // id at the platform
	Email    string // or the address, in the form for comparing
	Order    string // id, or the name that the customer knows
	Return   string // id
	Ask      crm.Ask

	// MessageID is that of the message, if a new one is planned: what a preview
	// shows is in the words of that id. Empty: one is drawn.
	MessageID string
}

// NotFound says what a request is about that is not here.
type NotFound struct{ What, Name string }

func (e *NotFound) Error() string {
	return fmt.Sprintf("there is no %s %q of this shop here", e.What, e.Name)
}
func (e *NotFound) Unwrap() error { return crm.ErrNotFound }

// InTheWay says that the occasion had its gesture, or may have had it.
type InTheWay struct{ Message crm.Message }

func (e *InTheWay) Error() string {
	return fmt.Sprintf("%s stands in the way: it is %s", e.Message.ID, e.Message.State)
}
func (e *InTheWay) Unwrap() error { return crm.ErrConflict }

// Run plans what staff asks for. The running server decides about it and sends
// it within seconds. What stands in the way is an *InTheWay.
func (d *Desk) Run(ctx context.Context, shop crm.Shop, r Request) (crm.Message, error) {
	_, m, err := d.message(ctx, shop, r)
	if err != nil {
		return m, err
	}
	stored, err := d.Store.PlanByHand(ctx, m)
	if errors.Is(err, crm.ErrConflict) {
		return stored, &InTheWay{stored}
	}
	return stored, err
}

// Preview is what would happen, and nothing of it done.
type Preview struct {
	Message  crm.Message
	Decision crm.Decision
	Effects  []crm.Effect // those that would arise; a code is not drawn yet
	Mail     *crm.Mail    // nil unless it would be sent, now or after somebody's yes
	Facts    crm.Facts
}

// Preview decides and writes the mail, and changes nothing.
func (d *Desk) Preview(ctx context.Context, shop crm.Shop, r Request) (Preview, error) {
	j, f, err := d.wanted(ctx, shop, r)
	if err != nil {
		return Preview{}, err
	}
	return d.preview(ctx, j, f)
}

// Decide tells what would be decided now, and changes nothing.
func (d *Desk) Decide(ctx context.Context, shop crm.Shop, r Request) (crm.Decision, error) {
	j, f, err := d.wanted(ctx, shop, r)
	if err != nil {
		return crm.Decision{}, err
	}
	decision, _, err := d.decide(ctx, j, f, d.Now())
	return decision, err
}

// wanted are the facts about the message that a request comes to. What stands
// in the way is an *InTheWay.
func (d *Desk) wanted(ctx context.Context, shop crm.Shop, r Request) (journeys.Journey, crm.Facts, error) {
	j, m, err := d.message(ctx, shop, r)
	if err != nil {
		return j, crm.Facts{}, err
	}
	stored, err := d.Store.MessageAbout(ctx, shop.ID, m.Journey, m.Subject)
	switch {
	case errors.Is(err, crm.ErrNotFound):
	case err != nil:
		return j, crm.Facts{}, err
	case !Repeatable(stored.State):
		return j, crm.Facts{}, &InTheWay{stored}
	default:
		stored.ByHand, stored.Ask, stored.DueAt, stored.Purpose = true, m.Ask, m.DueAt, m.Purpose
		m = stored
	}
	f, err := d.Facts(ctx, j, m)
	return j, f, err
}

func (d *Desk) preview(ctx context.Context, j journeys.Journey, f crm.Facts) (Preview, error) {
	p := Preview{Message: f.Message, Facts: f}
	var err error
	if p.Decision, p.Effects, err = d.decide(ctx, j, f, d.Now()); err == nil && p.Decision.Reason == crm.ReasonNeedsApproval && f.Message.Ask != nil {
		err = d.asIfApproved(ctx, j, &p)
		return p, err
	}
	if err != nil || p.Decision.Verdict != crm.Send {
		return p, err
	}
	err = d.write(j, f, &p)
	return p, err
}

// draft writes a mail as if what belongs to it were done.
func (d *Desk) draft(j journeys.Journey, f crm.Facts) (crm.Mail, error) {
	now := d.Now()
	if f.Message.ID == "" {
		f.Message.ID = "msg_preview"
	}
	return d.Templates.Mail(AsIfDone(j, f, now), now)
}

// Draft writes the mail of a request whatever is decided about it, in a given
// language if there is one, and tells what would be decided.
func (d *Desk) Draft(ctx context.Context, shop crm.Shop, r Request, locale string) (crm.Mail, crm.Decision, error) {
	j, m, err := d.message(ctx, shop, r)
	if err != nil {
		return crm.Mail{}, crm.Decision{}, err
	}
	if stored, err := d.Store.MessageAbout(ctx, shop.ID, m.Journey, m.Subject); err == nil {
		m = stored // so that it is the same mail
	}
	f, err := d.Facts(ctx, j, m)
	if err != nil {
		return crm.Mail{}, crm.Decision{}, err
	}
	if locale != "" {
		f.Customer.Locale = locale
		if f.Order != nil {
			f.Order.Locale = locale
		}
	}
	mail, err := d.draft(j, f)
	if err != nil {
		return mail, crm.Decision{}, err
	}
	decision, _, err := d.decide(ctx, j, f, d.Now())
	return mail, decision, err
}

// Facts are the facts about a message, stored or only thought of, as a worker
// would find them, but for the links: what is only shown must not open her pages.
func (d *Desk) Facts(ctx context.Context, j journeys.Journey, m crm.Message) (crm.Facts, error) {
	facts, err := d.Store.FactsOf(ctx, m.ShopID, []crm.Message{m})
	if err != nil {
		return crm.Facts{}, err
	}
	return d.settled(j, facts[0]), nil
}

// settled are facts with the settings of the journey.
func (d *Desk) settled(j journeys.Journey, f crm.Facts) crm.Facts {
	f.Settings, f.Rules = j.Values(f.Shop), journeys.RuleValues(f.Shop)
	f = j.Settle(f)
	if f.Message.Purpose == crm.Marketing {
		page := func(kind string) string { return d.PublicURL + "/" + kind + "/preview" }
		f.Links = crm.Links{Unsubscribe: page(store.LinkUnsubscribe), Preferences: page(store.LinkPreferences), Review: page(store.LinkReview)}
	}
	return f
}

// Repeatable tells whether staff may take up a message in this state again.
func Repeatable(state crm.MessageState) bool {
	return state == crm.Planned || state == crm.Skipped || state == crm.Cancelled || state == crm.Failed
}
