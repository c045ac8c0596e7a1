package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

// messageKind is the frame of a message's mail.
const messageKind = "message"

type messagePage struct {
	M        crm.Message
	Customer *crm.Customer
	Order    *crm.Order
	InShop   string // the order in the shop's own admin
	Webhook  *store.Webhook
	Moments  []messageMoment
	Effects  []crm.Effect
	Mail     *messageMail
	Unknown  string        // why there is no mail to read
	Would    *crm.Decision // of one that waits, or could be tried again
	Gives    []crm.Effect  // what would be done before it
	Seen     string

	MayCancel, MaySend, MayRetry, MayApprove, MaySettle bool
	TakesMore                                           bool // it gives something: that takes a manager
	Own                                                 bool // she asked for it herself, so somebody else must say yes
}

// messageMail is a mail as it was handed over, or as it would be.
type messageMail struct {
	crm.Mail
	At      time.Time // when it was taken; zero: it is a preview
	Attempt int
	Frame   string
	Links   bool // links of hers were taken out
}

// messageMoment is one line of what happened.
type messageMoment struct {
	At   time.Time
	Tone string // good, bad, ask
	Key  string
	Word string // a detail of the provider's own
}

// showMessage tells all of one message: how it stands and why, how it came to be,
// what happened, and what it says.
func (v *seat) showMessage() error {
	m, err := v.Store.Message(v.ctx(), v.shop.ID, plain(v.Param("message")))
	if err != nil {
		return err
	}
	p, err := v.messagePage(m)
	if err != nil {
		return err
	}
	return v.show("message", p)
}

// againMessage is the page of a message with what is wrong with what was typed.
func (v *seat) againMessage(m crm.Message, wrong error) error {
	p, err := v.messagePage(m)
	if err != nil {
		return err
	}
	v.page.Title = "messages.one"
	return v.again("message", p, wrong)
}

func (v *seat) messagePage(m crm.Message) (p messagePage, err error) {
	ctx, shop := v.ctx(), v.shop.ID
	p = messagePage{M: m, Seen: seenMessage(m)}
	if c, err := v.Store.Customer(ctx, shop, m.CustomerID); err == nil {
		p.Customer = &c
	} else if !errors.Is(err, crm.ErrNotFound) {
		return p, err
	}
	if m.OrderID != "" {
		if o, err := v.Store.Order(ctx, shop, m.OrderID); err == nil {
			p.Order, p.InShop = &o, v.orderPage(o.ID)
		} else if !errors.Is(err, crm.ErrNotFound) {
			return p, err
		}
	}
	if m.WebhookID != "" {
		if w, err := v.Store.Webhook(ctx, shop, m.WebhookID); err == nil {
			p.Webhook = &w
		} else if !errors.Is(err, crm.ErrNotFound) {
			return p, err
		}
	}
	if p.Effects, err = v.Store.EffectsOf(ctx, shop, m.ID); err != nil {
		return p, err
	}
	told, err := v.Store.FeedbackOf(ctx, shop, m.ID)
	if err != nil {
		return p, err
	}
	if err := v.messageMail(&p); err != nil {
		return p, err
	}
	p.Moments = moments(p, told)
	j, _ := journeys.Find(m.Journey)
	offer := crm.Offer("")
	if m.Ask != nil {
		offer = m.Ask.Offer
		p.Own = m.Ask.Staff != "" && m.Ask.Staff == v.staff.ID
	}
	support, may := v.may(store.Support), v.may(store.Manager) || !gives(m.Journey, offer)
	waits, again := m.State == crm.Planned, m.State != crm.Planned && desk.Repeatable(m.State)
	held := waits && m.Reason == crm.ReasonNeedsApproval
	p.MayCancel = support && waits
	p.MaySend = support && may && waits && !held && j.Key != ""
	p.MayRetry = support && may && again && j.Key != "" && m.CustomerID+m.OrderID+m.ReturnID != ""
	p.MaySettle = support && m.State == crm.Unknown
	p.MayApprove = v.may(store.Manager) && held && !p.Own
	p.TakesMore = support && !may && (waits || again)
	return p, nil
}

// messageMail finds the mail that was handed over, or writes the one that would be.
func (v *seat) messageMail(p *messagePage) error {
	kept, err := v.Store.MailOf(v.ctx(), v.shop.ID, p.M.ID)
	switch {
	case err == nil:
		p.Mail = &messageMail{Mail: kept.Mail, At: kept.At, Attempt: kept.Attempt}
	case !errors.Is(err, crm.ErrNotFound):
		return err
	case !desk.Repeatable(p.M.State):
		p.Unknown = "messages.mail.none"
		return nil
	}
	if desk.Repeatable(p.M.State) && p.M.CustomerID+p.M.OrderID+p.M.ReturnID != "" {
		preview, unwritten, err := v.Desk.PreviewStored(v.ctx(), p.M)
		if errors.Is(err, crm.ErrNotFound) {
			p.Unknown = "messages.mail.cannot"
			return nil
		} else if err != nil {
			return err
		}
		p.Would, p.Gives = &preview.Decision, preview.Effects
		if unwritten != nil {
			p.Unknown = "messages.mail.cannot"
		}
		if p.Mail == nil && preview.Mail != nil {
			p.Mail = &messageMail{Mail: *preview.Mail}
		}
	} else if p.Mail == nil {
		p.Unknown = "messages.mail.none"
	}
	if p.Mail != nil {
		inert := crm.Inert(p.Mail.Text)
		p.Mail.Links = inert != p.Mail.Text || crm.Inert(p.Mail.HTML) != p.Mail.HTML
		p.Mail.Text, p.Unknown = inert, ""
		p.Mail.Frame = v.frameFor(messageKind, p.M.ID)
	}
	return nil
}

// viewMessage is the HTML of a message's mail, for its frame.
func viewMessage(d desktop, ctx context.Context, shop crm.Shop, id string) (string, error) {
	kept, err := d.Store.MailOf(ctx, shop.ID, id)
	if err == nil {
		return crm.Inert(kept.Mail.HTML), nil
	} else if !errors.Is(err, crm.ErrNotFound) {
		return "", err
	}
	m, err := d.Store.Message(ctx, shop.ID, id)
	if err != nil {
		return "", err
	}
	if !desk.Repeatable(m.State) || m.CustomerID+m.OrderID+m.ReturnID == "" {
		return "", crm.ErrNotFound
	}
	preview, unwritten, err := d.Desk.PreviewStored(ctx, m)
	if err != nil || unwritten != nil || preview.Mail == nil {
		return "", errors.Join(err, crm.ErrNotFound)
	}
	return crm.Inert(preview.Mail.HTML), nil
}

// moments are what happened to a message, the first first.
func moments(p messagePage, told []crm.Feedback) []messageMoment {
	m := p.M
	all := []messageMoment{{At: m.CreatedAt, Key: "messages.moment.planned"}}
	if m.Ask != nil && !m.Ask.At.IsZero() {
		all = append(all, messageMoment{At: m.Ask.At, Key: "messages.moment.asked", Word: m.Ask.By + ": " + m.Ask.Reason})
	}
	for _, e := range p.Effects {
		tone := map[crm.EffectState]string{crm.EffectDone: "good", crm.EffectFailed: "bad"}[e.State]
		all = append(all, messageMoment{At: cmp.Or(e.Receipt.At, e.UpdatedAt), Tone: tone, Key: "effects.kind." + string(e.Kind), Word: e.Detail})
	}
	if p.Mail != nil && !p.Mail.At.IsZero() {
		all = append(all, messageMoment{At: p.Mail.At, Key: "messages.moment.tried", Word: fmt.Sprint(p.Mail.Attempt)})
	}
	switch m.State {
	case crm.Sent, crm.Delivered, crm.Bounced, crm.Complained:
		all = append(all, messageMoment{At: m.SentAt, Tone: "good", Key: "messages.moment.sent", Word: strings.TrimSpace(m.Mailer + " " + m.ProviderID)})
	case crm.Unknown:
		all = append(all, messageMoment{At: m.UpdatedAt, Tone: "ask", Key: "messages.moment.unknown", Word: m.Detail})
	case crm.Failed:
		all = append(all, messageMoment{At: m.UpdatedAt, Tone: "bad", Key: "messages.moment.failed", Word: m.Detail})
	case crm.Skipped, crm.Cancelled:
		all = append(all, messageMoment{At: m.UpdatedAt, Key: "messages.moment." + string(m.State), Word: m.Detail})
	}
	for _, f := range told {
		tone := ""
		switch f.Kind {
		case crm.FeedbackDelivered:
			tone = "good"
		case crm.FeedbackBounced, crm.FeedbackComplained:
			tone = "bad"
		}
		all = append(all, messageMoment{At: f.At, Tone: tone, Key: "messages.told." + string(f.Kind), Word: f.Detail})
	}
	slices.SortStableFunc(all, func(a, b messageMoment) int { return a.At.Compare(b.At) })
	return all
}
