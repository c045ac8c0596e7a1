package handlers

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/journeys"
	"grazie/store"
)

func (d desktop) codeRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/codes", store.Viewer, "codes", "codes.title", (*seat).listCodes),
		page("/codes/year", store.Viewer, "codes", "codes.year", (*seat).showSpending),
		look("/codes/:code", store.Viewer, "codes", "codes.one", (*seat).showCode),
		act("/codes/:code/revoke", store.Manager, "codes", "codes.revoke", (*seat).revokeCode),
	}
}

type codeList struct {
	Codes     []codeLine
	Journeys  []string // that give codes
	Journey   string
	Standings []crm.CodeStanding
	Standing  crm.CodeStanding
	Query     string
	Next      string
}

// codeLine is a discount code in a list.
type codeLine struct {
	crm.Effect
	Gives string
	For   string
	Now   crm.CodeStanding
	Cost  crm.Money
}

func (v *seat) codeLine(e crm.Effect, names map[string]string) codeLine {
	l := codeLine{Effect: e, Gives: v.tellCode(*e.Code), For: names[e.CustomerID], Now: e.Standing()}
	if c := e.Code; l.Now == crm.CodeWorking && !c.EndsAt.IsZero() && v.Now().After(c.EndsAt) {
		l.Now = crm.CodeOver // the shop is told within the day
	}
	for _, u := range e.Code.Uses {
		l.Cost.Minor, l.Cost.Currency = l.Cost.Minor+u.Discount.Minor, u.Discount.Currency
	}
	return l
}

// listCodes lists the codes, the newest first; a search finds the one.
func (v *seat) listCodes() error {
	p := codeList{Journey: v.QueryParam("journey"), Standing: crm.CodeStanding(v.QueryParam("state")), Standings: crm.CodeStandings, Query: strings.TrimSpace(v.QueryParam("q"))}
	for _, j := range journeys.All {
		if slices.Contains(j.Needs, crm.DiscountCodeMade) || j.Effects != nil && j.Key != "return_upgrade" {
			p.Journeys = append(p.Journeys, j.Key)
		}
	}
	var all []crm.Effect
	var err error
	if p.Query != "" {
		all, err = v.findCode(p.Query)
	} else {
		all, err = v.Store.Codes(v.ctx(), v.shop.ID, store.CodeFilter{Journey: p.Journey, Standing: p.Standing, Before: v.QueryParam("after"), Limit: listPage + 1})
		all, p.Next = cutPage(all, func(e crm.Effect) string { return e.ID })
	}
	if err != nil {
		return err
	}
	ids := make([]string, len(all))
	for i, e := range all {
		ids[i] = e.CustomerID
	}
	names, err := v.namesOf(ids)
	if err != nil {
		return err
	}
	for _, e := range all {
		p.Codes = append(p.Codes, v.codeLine(e, names))
	}
	return v.show("codes", p)
}

// findCode finds a code as a customer reads it out, with what codes begin with or
// without.
func (v *seat) findCode(q string) ([]crm.Effect, error) {
	for _, code := range []string{q, journeys.RuleValues(v.shop)["code_prefix"] + "-" + q} {
		e, err := v.Store.EffectByCode(v.ctx(), v.shop.ID, code)
		if err == nil && e.Code != nil {
			return []crm.Effect{e}, nil
		} else if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

type codePage struct {
	codeLine
	Journey string
	Uses    []codeUse
	Ledger  []crm.Reward
	Cost    crm.Money // by the ledger
	Seen    string
}

type codeUse struct {
	crm.CodeUse
	Order string
}

// code is the effect that the address names; one that made no code is none.
func (v *seat) code() (crm.Effect, error) {
	e, err := v.Store.Effect(v.ctx(), v.shop.ID, plain(v.Param("code")))
	if err == nil && e.Code == nil {
		err = crm.ErrNotFound
	}
	return e, err
}

// showCode tells for whom a code is, what it gives, who used it and what it cost.
func (v *seat) showCode() error {
	e, err := v.code()
	if err != nil {
		return err
	}
	names, err := v.namesOf([]string{e.CustomerID})
	if err != nil {
		return err
	}
	p := codePage{codeLine: v.codeLine(e, names), Seen: seen(string(e.State), e.UpdatedAt)}
	message, _, _ := strings.Cut(e.MessageID, "/") // of a code that was put aside
	if m, err := v.Store.Message(v.ctx(), v.shop.ID, message); err == nil {
		p.Journey, p.MessageID = m.Journey, m.ID
	} else if !errors.Is(err, crm.ErrNotFound) {
		return err
	} else {
		p.MessageID = ""
	}
	for _, u := range e.Code.Uses {
		use := codeUse{u, u.OrderID}
		if o, err := v.Store.Order(v.ctx(), v.shop.ID, u.OrderID); err == nil {
			use.Order = cmp.Or(o.Name, o.ID)
		} else if !errors.Is(err, crm.ErrNotFound) {
			return err
		}
		p.Uses = append(p.Uses, use)
	}
	if p.Ledger, err = v.Store.RewardsOf(v.ctx(), v.shop.ID, e.ID); err != nil {
		return err
	}
	for _, l := range p.Ledger {
		p.Cost.Minor, p.Cost.Currency = p.Cost.Minor+l.Amount.Minor, l.Amount.Currency
	}
	v.page.Named = e.Code.Code
	return v.show("code", p)
}

// revokeCode takes a code back; the running server ends it at the shop.
func (v *seat) revokeCode() error {
	e, err := v.code()
	if err == nil {
		err = v.fresh(seen(string(e.State), e.UpdatedAt))
	}
	if err != nil {
		return err
	}
	why, err := desk.Line(v.typed("reason"), 200)
	if err != nil || why == "" {
		return &crm.Invalid{Field: "reason", Message: "say why, for whoever looks later"}
	}
	if _, err := v.Store.RevokeCode(v.ctx(), v.shop.ID, e.ID, v.name()+": "+why); err != nil {
		return err
	}
	return v.done(v.path("codes", e.ID), "codes.said.revoked")
}

type spendingPage struct {
	Year       int
	Open, Cost crm.Money
	Sum        crm.Money
	Budget     crm.Money
	Limited    bool
	Part       int // of the budget, in percent
}

// showSpending sums the gifts of this year against the budget. It reads the whole
// ledger of the year, so the list does not wait for it: scripts put it there.
func (v *seat) showSpending() error {
	// A budget that cannot be read is none here; the year stands in any case.
	limits, _ := journeys.Limits(crm.Facts{Shop: v.shop, Rules: journeys.RuleValues(v.shop)}, v.Now())
	sum, err := v.Store.Spending(v.ctx(), v.shop.ID, limits.Currency, limits.Since)
	if err != nil {
		return err
	}
	money := func(minor int64) crm.Money { return crm.Money{Minor: minor, Currency: limits.Currency} }
	p := spendingPage{Year: limits.Since.In(v.page.Zone).Year(), Open: money(sum.Open), Cost: money(sum.Cost), Sum: money(sum.Open + sum.Cost)}
	if limits.Shop != nil {
		p.Limited, p.Budget = true, money(*limits.Shop)
		if *limits.Shop > 0 {
			p.Part = int(min(100, 100*p.Sum.Minor / *limits.Shop))
		}
	}
	if v.Request().Header.Get("HX-Request") != "" {
		return v.part("codes_year", "spending", p)
	}
	return v.show("codes_year", p)
}
