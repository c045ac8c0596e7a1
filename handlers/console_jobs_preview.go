package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// How old what is known of a return may be, and how long the shop is waited for.
const (
	readReturnAgain    = 5 * time.Minute
	readReturnPatience = 8 * time.Second
)

// shownJob is what a gesture by hand would lead to, as it is shown.
type shownJob struct {
	desk.Preview
	Effects  []effectLine
	Worth    crm.Money
	Frame    string // address of the mail as it looks
	Draft    string // sealed: what is done if she says so
	Possible bool   // it would be sent, now or later
	Approval bool   // it would wait for somebody's yes
	May      bool   // her role allows it
	Changed  bool   // it is not what she was shown before
	Code     bool   // it brings a code along
	Retaken  bool   // a mail that was planned, skipped, cancelled or failed is taken up again
}

// draftJob is a gesture by hand that somebody was shown. It stands sealed in the
// page, so that what was shown is what is done.
type draftJob struct {
	Request desk.Request
	Staff   string
	Print   string // desk.Preview.Print of what was shown
}

const draftKind = "job"

// previewJob shows the decision, the mail and every effect, and plans nothing.
func (v *seat) previewJob() error {
	p := v.jobPage()
	r, err := v.jobRequest(&p)
	if err != nil {
		return v.again("job_new", p, err)
	}
	v.act.Target, v.act.Detail = p.Target.Kind+":"+p.Target.ID, r.Journey
	if r.Return != "" {
		if err := v.readReturn(r.Return); err != nil {
			return err
		}
	}
	r.MessageID = store.NewID("msg_")
	shown, err := v.preview(r)
	if err != nil {
		return v.cannot(p, err)
	}
	p.Shown = &shown
	v.page.Typed = v.form()
	return v.show("job_preview", p)
}

func (v *seat) preview(r desk.Request) (shownJob, error) {
	p, err := v.wouldBe(r)
	if err != nil {
		return shownJob{}, err
	}
	s := shownJob{Preview: p, Effects: v.effectLines(p.Effects), Worth: p.Worth(), May: mayRun(v.member.Role, r)}
	s.Possible, s.Approval = p.Decision.Verdict != crm.Skip, p.Decision.Reason == crm.ReasonNeedsApproval
	s.Code = slices.ContainsFunc(p.Effects, func(e crm.Effect) bool { return e.Code != nil })
	s.Retaken = p.Message.State != "" && !p.Message.CreatedAt.IsZero()
	b, err := json.Marshal(draftJob{r, v.staff.ID, p.Print()})
	if err != nil {
		return s, err
	}
	s.Draft = v.Store.ViewToken(v.shop.ID, draftKind+"/"+string(b))
	s.Frame = "/console/view/" + s.Draft
	return s, nil
}

// wouldBe is what a request would lead to. A mail that cannot be written is not sent.
func (v *seat) wouldBe(r desk.Request) (desk.Preview, error) {
	p, err := v.Desk.Preview(v.ctx(), v.shop, r)
	if no, ok := errors.AsType[*desk.Unwritten](err); ok {
		p.Decision, p.Effects, p.Mail = crm.SkipFor(no.Reason), nil, nil
		return p, nil
	}
	return p, err
}

// cannot shows the form again with what stands in the way.
func (v *seat) cannot(p jobPage, err error) error {
	if there, ok := errors.AsType[*desk.InTheWay](err); ok {
		said, err := v.page.Explain(there.Message)
		if err != nil {
			return err
		}
		v.page.Wrong["again"] = v.say("jobs.in-the-way", "said", said)
		err = there
		return v.again("job_new", p, err)
	}
	return v.again("job_new", p, err)
}

// runJob does what she was shown. If it would be something else by now, it is
// shown anew.
func (v *seat) runJob() error {
	d, err := v.draft()
	if err != nil {
		return err
	}
	r := d.Request
	p := v.jobPage()
	if err := v.nameTarget(&p, r); err != nil {
		return err
	}
	v.act.Target, v.act.Detail, v.act.Why = p.Target.Kind+":"+p.Target.ID, r.Journey, clip(r.Ask.Reason, 200)
	if !mayRun(v.member.Role, r) {
		return errRole
	}
	r.Ask.Limit = v.member.GiftLimit // it may have been changed meanwhile
	now, err := v.preview(r)
	if m := now.Message; err == nil && m.ID == r.MessageID && !m.CreatedAt.IsZero() {
		return v.done(v.path("jobs"), "jobs.said.planned") // she pressed twice
	}
	if there, ok := errors.AsType[*desk.InTheWay](err); ok && there.Message.ID == r.MessageID {
		return v.done(v.path("jobs"), "jobs.said.planned")
	}
	if err != nil {
		v.retype(r)
		return v.cannot(p, err)
	}
	if now.Print() != d.Print {
		now.Changed = true
		v.retype(r)
		p.Shown = &now
		return v.render(http.StatusConflict, "job_preview", p)
	}
	m, err := v.Desk.Run(v.ctx(), v.shop, r)
	if err != nil {
		return err
	}
	v.Ring(store.KindMessage, v.shop.ID, m.ID)
	said := "jobs.said.planned"
	if now.Approval {
		said = "jobs.said.waits"
	}
	return v.done(v.path("jobs"), said)
}

// draft is what she was shown. One that is too old, of somebody else or of another
// shop is as good as changed.
func (v *seat) draft() (d draftJob, err error) {
	shopID, what, err := v.Store.OpenView(v.form().Get("draft"))
	rest, ok := strings.CutPrefix(what, draftKind+"/")
	if err != nil || !ok || shopID != v.shop.ID {
		return d, crm.ErrConflict
	}
	if err := json.Unmarshal([]byte(rest), &d); err != nil || d.Staff != v.staff.ID {
		return d, crm.ErrConflict
	}
	return d, nil
}

// nameTarget finds the target that a request names.
func (v *seat) nameTarget(p *jobPage, r desk.Request) (err error) {
	p.Journey = r.Journey
	switch {
	case r.Return != "":
		p.Target, err = v.jobTarget("return", r.Return)
	case r.Order != "":
		p.Target, err = v.jobTarget("order", r.Order)
	default:
		p.Target, err = v.jobTarget("customer", r.Customer)
	}
	return err
}

// retype puts what a draft holds where the form looks for what was typed.
func (v *seat) retype(r desk.Request) {
	form := v.form()
	for field, value := range map[string]string{"journey": r.Journey, "order": r.Order, "customer": r.Customer, "return": r.Return,
		"reason": r.Ask.Reason, "note": r.Ask.Note, "again": r.Ask.Again, "offer": string(r.Ask.Offer)} {
		form.Set(field, value)
	}
	v.page.Typed = form
}

// viewJob is the HTML of the mail that a draft would lead to.
func viewJob(d desktop, ctx context.Context, shop crm.Shop, what string) (string, error) {
	var draft draftJob
	if err := json.Unmarshal([]byte(what), &draft); err != nil {
		return "", crm.ErrNotFound
	}
	p, err := d.Desk.Preview(ctx, shop, draft.Request)
	if err != nil {
		return "", err
	}
	if p.Mail == nil {
		return "", crm.ErrNotFound
	}
	return p.Mail.HTML, nil
}
