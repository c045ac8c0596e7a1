package handlers

import (
	"cmp"
	"errors"
	"slices"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
)

func (d desktop) returnRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/returns", store.Viewer, "returns", "returns.title", (*seat).listReturns),
		look("/returns/:return", store.Viewer, "returns", "returns.one", (*seat).showReturn),
	}
}

// returnStatuses are those that the list can be narrowed to.
var returnStatuses = []crm.ReturnStatus{crm.ReturnRequested, crm.ReturnOpen, crm.ReturnClosed, crm.ReturnDeclined, crm.ReturnCanceled}

// statusOf is a return's status as a key of texts.
func statusOf(r crm.Return) string {
	if slices.Contains(returnStatuses, r.Status) {
		return string(r.Status)
	}
	return "unknown"
}

type returnsPage struct {
	Returns  []returnLine
	Statuses []crm.ReturnStatus
	Status   crm.ReturnStatus
	Next     string
}

type returnLine struct {
	crm.Return
	Stands string
	For    string
	Order  string
}

// listReturns lists the returns, the newest first.
func (v *seat) listReturns() error {
	p := returnsPage{Statuses: returnStatuses, Status: crm.ReturnStatus(v.QueryParam("state"))}
	all, err := v.Store.ReturnPage(v.ctx(), v.shop.ID, p.Status, v.QueryParam("after"), listPage+1)
	if err != nil {
		return err
	}
	all, p.Next = cutPage(all, func(r crm.Return) string { return r.ID })
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.CustomerID
	}
	names, err := v.namesOf(ids)
	if err != nil {
		return err
	}
	for _, r := range all {
		p.Returns = append(p.Returns, returnLine{Return: r, Stands: statusOf(r), For: names[r.CustomerID]})
	}
	return v.show("returns", p)
}

type returnPage struct {
	returnLine
	Bought    *crm.Order // nil: it has not arrived
	InShop    string     // address of the order in the shop's own admin; empty: not known
	Able      bool       // the platform lets Grazie make returns free
	Messages  []returnMail
	Decision  *crm.Decision // what would be decided of an upgrade by hand; nil: there was one
	WhyNot    string        // of what is no decision
	Pending   bool
	Effects   []effectLine
	Worth     crm.Money
	LastLabel *crm.Label
}

type returnMail struct {
	crm.Message
	Effects []effectLine
}

// showReturn shows what comes back and why, what was done about it, and what a
// free return would lead to.
func (v *seat) showReturn() error {
	r, err := v.Store.Return(v.ctx(), v.shop.ID, plain(v.Param("return")))
	if err != nil {
		return err
	}
	p := returnPage{returnLine: returnLine{Return: r, Stands: statusOf(r)}, Pending: r.Pending()}
	p.Able = integrations.Lacks(v.Platforms[v.shop.Platform], crm.ReturnApproved) == ""
	v.page.Named = cmp.Or(r.Name, r.ID)
	if o, err := v.Store.Order(v.ctx(), v.shop.ID, r.OrderID); err == nil && r.OrderID != "" {
		p.Bought, p.Order = &o, cmp.Or(o.Name, o.ID)
	} else if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	if r.OrderID != "" {
		p.InShop = v.orderPage(r.OrderID)
	}
	names, err := v.namesOf([]string{r.CustomerID})
	if err != nil {
		return err
	}
	p.For = names[r.CustomerID]
	if err := v.tellUpgrades(&p); err != nil {
		return err
	}
	return v.show("return", p)
}

// tellUpgrades tells of the mails about the return with all that was done for
// each; where there is none, what would be decided now.
func (v *seat) tellUpgrades(p *returnPage) error {
	all, err := v.Store.MessagesAboutReturn(v.ctx(), v.shop.ID, p.ID, 10)
	if err != nil {
		return err
	}
	had := false
	for _, m := range all {
		effects, err := v.Store.EffectsOf(v.ctx(), v.shop.ID, m.ID)
		if err != nil {
			return err
		}
		p.Messages = append(p.Messages, returnMail{m, v.effectLines(effects)})
		had = had || !desk.Repeatable(m.State)
		for _, e := range effects {
			if e.Label != nil && e.Label.URL != "" && e.State == crm.EffectDone {
				p.LastLabel = e.Label
			}
		}
	}
	if had || !p.Able {
		return nil
	}
	shown, err := v.wouldBe(desk.Request{Journey: "return_upgrade", Return: p.ID, Ask: crm.Ask{By: "-", Limit: v.member.GiftLimit}})
	switch {
	case errors.As(err, new(*crm.Invalid)), errors.Is(err, crm.ErrConflict), errors.Is(err, crm.ErrNotFound):
		p.WhyNot = v.say("returns.no-occasion")
	case err != nil:
		return err
	default:
		p.Decision, p.Effects, p.Worth = &shown.Decision, v.effectLines(shown.Effects), shown.Worth()
	}
	return nil
}
