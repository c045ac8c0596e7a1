package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/templates"
)

// testTemplate sends a mail that counts nowhere to whom staff says, as the first
// steps do. A past order is its customer's business: it goes to the shop's owner
// alone, anybody else gets the mail about an invented one.
func (v *seat) testTemplate() error {
	of, order := plain(v.typed("of")), plain(v.typed("order"))
	p, err := v.previewed(of, order, true)
	if err != nil {
		return err
	}
	refuse := func(key string) error {
		v.page.Wrong["to"] = v.say("templates.test.wrong." + key)
		v.page.Wrong[""] = v.say("templates.test.not")
		v.page.Typed = v.form()
		status := http.StatusUnprocessableEntity
		if key == "often" {
			status = http.StatusTooManyRequests
		}
		return v.render(status, "template_preview", p)
	}
	to, err := desk.Address(v.typed("to"))
	switch {
	case err != nil:
		return refuse("to")
	case v.shop.Sender.Email == "":
		return refuse("sender")
	case v.shop.State == crm.ShopUninstalled: // nothing of its customers leaves any more
		return refuse("uninstalled")
	case v.Mailer == nil:
		return refuse("mailer")
	case p.Lacks || len(p.Faults) > 0:
		return refuse("faulty")
	}
	text, err := textOf(v.ctx(), v.Store, v.shop.ID, proofRef{Journey: p.Journey, Locale: p.Locale, Of: p.Of})
	if err != nil {
		return err
	}
	text.Journey, text.Locale = p.Journey, p.Locale
	m, real, err := v.Desk.TrialProof(v.ctx(), v.shop, text, order, to, v.say("templates.test.mark"))
	if errors.As(err, new(*templates.TemplateError)) {
		return refuse("faulty")
	} else if err != nil {
		return err
	}
	v.act.Detail = p.Of + ", order " + cmp.Or(map[bool]string{true: order}[real], "invented")
	if err := v.Desk.TakeTrial(v.ctx(), v.shop); errors.Is(err, desk.ErrTrials) {
		return refuse("often")
	} else if err != nil {
		return err
	}
	// Whether she waits for the answer or not, the mail is in the air.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx()), testPatience)
	defer cancel()
	if _, err := v.Mailer.Send(ctx, v.Connection, m); err != nil {
		v.Log.Warn("a test mail was not taken", "shop", v.shop.ID, "kind", string(integrations.KindOf(err)), "error", err.Error())
		return refuse("refused")
	}
	said := "templates.said.tested"
	if order != "" && !real {
		said = "templates.said.invented"
	}
	return v.done(v.path("gestures", p.Journey, "mail", p.Locale, "preview")+"?of="+p.Of+"&order="+cmp.Or(order, "none"), said)
}
