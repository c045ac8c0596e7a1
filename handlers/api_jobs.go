package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/journeys"
	"grazie/store"
)

// messageView is a mail with how it stands as a sentence.
type messageView struct {
	crm.Message
	Sentence string `json:"sentence" doc:"How it stands, and why."`
}

func viewOf(m crm.Message) messageView { return messageView{m, desk.Explain(m)} }

// Asked is what every gesture by hand is told.
type Asked struct {
	Journey journeyKey `json:"journey"`
	Reason  string     `json:"reason" minLength:"1" maxLength:"300" doc:"Why, for whoever looks later."`
	Note    string     `json:"note,omitempty" maxLength:"500" doc:"A line from us, which stands in the mail."`
	Offer   crm.Offer  `json:"offer,omitempty" enum:"none,code,free_shipping" doc:"What an apology brings along. Else her history of trouble decides."`
}

type jobInput struct {
	InShop
	Body struct {
		Asked
		Customer string `json:"customer,omitempty" maxLength:"200" doc:"Whom it is for, by id at the platform. Name one of customer, email, order, return."`
		Email    string `json:"email,omitempty" maxLength:"400" doc:"Or by mail address."`
		Order    string `json:"order,omitempty" maxLength:"200" doc:"Or the order, by id or by the name that the customer knows."`
		Return   string `json:"return,omitempty" maxLength:"200" doc:"Or the return, by id."`
		Again    string `json:"again,omitempty" maxLength:"300" doc:"Why there is a second one for an occasion that had its gesture."`
		DryRun   bool   `json:"dry_run,omitempty" doc:"Only tell what would happen, and show the mail."`
	}
}

type jobOutput struct {
	Status   int
	Location string `header:"Location" doc:"Where the mail is told of."`
	Body     jobView
}

// jobView is what happens, or would.
type jobView struct {
	Sentence string       `json:"sentence" doc:"What happens, or would, and why."`
	Message  *messageView `json:"message,omitempty" doc:"The mail that is planned; none for a dry run."`
	Decision crm.Verdict  `json:"decision" enum:"send,skip,defer" doc:"What is decided as things stand now."`
	Reason   crm.Reason   `json:"reason,omitempty" doc:"Why it is not sent, or not yet."`
	Why      string       `json:"why,omitempty" doc:"The reason as a sentence."`
	Until    *time.Time   `json:"until,omitempty" doc:"For defer: when it is decided again."`
	Effects  []effectView `json:"effects,omitempty" nullable:"false" doc:"Of a dry run: what would be done before the mail."`
	Mail     *mailView    `json:"mail,omitempty" doc:"Of a dry run: the mail that would be sent."`
}

type effectView struct {
	Kind     crm.EffectKind `json:"kind"`
	Sentence string         `json:"sentence"`
	Worth    crm.Money      `json:"worth" doc:"The most that it is thought to cost the shop."`
}

type mailView struct {
	From    crm.Mailbox `json:"from"`
	To      crm.Mailbox `json:"to"`
	ReplyTo string      `json:"reply_to,omitempty"`
	Subject string      `json:"subject"`
	Text    string      `json:"text"`
	HTML    string      `json:"html"`
	Locale  string      `json:"locale"`
}

// createJob runs a gesture by hand, or shows it. Who may not give may run what
// gives nothing, and look at everything.
func (a api) createJob(ctx context.Context, who caller, in *jobInput) (*jobOutput, error) {
	r, err := in.request(who)
	if err != nil {
		return nil, err
	}
	who.act.Target, who.act.Detail = cmp.Or(in.Body.Return, in.Body.Order, in.Body.Customer), strings.TrimSpace(string(in.Body.Journey)+" "+who.act.Detail)
	if in.Body.DryRun {
		p, err := a.Desk.Preview(ctx, who.shop, r)
		if err != nil {
			return nil, err
		}
		return &jobOutput{Status: http.StatusOK, Body: previewed(p)}, nil
	}
	if !mayRun(who.token.Role, r) {
		return nil, &problem{Title: http.StatusText(http.StatusForbidden), Status: http.StatusForbidden, Field: "journey",
			Detail: "the token's role, " + string(who.token.Role) + ", may run gestures that give nothing: thank_you, review_request, and apology with the offer none"}
	}
	d, err := a.Desk.Decide(ctx, who.shop, r)
	if err != nil {
		return nil, err
	}
	m, err := a.Desk.Run(ctx, who.shop, r)
	if err != nil {
		return nil, err
	}
	a.Ring(store.KindMessage, who.shop.ID, m.ID)
	view := viewOf(m)
	out := &jobOutput{Status: http.StatusAccepted, Location: apiPath + "/shops/" + who.shop.ID + "/messages/" + m.ID, Body: decided(d)}
	out.Body.Message, out.Body.Sentence = &view, view.Sentence
	if d.Verdict != crm.Send {
		out.Body.Sentence += " " + desk.Would(d)
	}
	return out, nil
}

// mayRun tells whether a role may run a gesture by hand: what may cost the shop
// something takes more.
func mayRun(role store.Role, r desk.Request) bool {
	return role.May(store.Manager) || role.May(store.Support) && !gives(r.Journey, r.Ask.Offer)
}

// gives tells whether a gesture by hand may cost the shop something.
func gives(journey string, offer crm.Offer) bool {
	j, _ := journeys.Find(journey)
	return j.Effects != nil && (j.Offer == nil || offer != crm.OfferNone)
}

func (in *jobInput) request(who caller) (desk.Request, error) {
	b := in.Body
	r := desk.Request{Journey: string(b.Journey), Customer: b.Customer, Order: b.Order, Return: b.Return}
	targets := 0
	for _, name := range []string{b.Customer, b.Email, b.Order, b.Return} {
		if strings.TrimSpace(name) != "" {
			targets++
		}
	}
	if targets != 1 {
		return r, &crm.Invalid{Message: "name one of customer, email, order and return"}
	}
	if b.Email != "" {
		_, r.Email = integrations.Email(b.Email)
	}
	var err error
	r.Ask, err = desk.Ask(crm.Ask{By: who.token.Name, Reason: b.Reason, Note: b.Note, Again: b.Again, Offer: b.Offer})
	return r, err
}

func decided(d crm.Decision) jobView {
	v := jobView{Decision: d.Verdict, Reason: d.Reason, Sentence: desk.Would(d)}
	if d.Reason != "" {
		v.Why = d.Reason.Sentence()
	}
	if !d.Until.IsZero() {
		until := d.Until.UTC()
		v.Until = &until
	}
	return v
}

func previewed(p desk.Preview) jobView {
	v := decided(p.Decision)
	for _, e := range p.Effects {
		v.Effects = append(v.Effects, effectView{e.Kind, desk.DescribeEffect(e), e.Worth})
	}
	if m := p.Mail; m != nil {
		v.Mail = &mailView{m.From, m.To, m.ReplyTo, m.Subject, m.Text, m.HTML, m.Locale}
	}
	return v
}
