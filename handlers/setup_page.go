package handlers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/integrations/senderdns"
	"grazie/journeys"
	"grazie/templates/pages"
)

// page is what is shown of the shop, with what was typed over it; nil: nothing was.
func (s setup) page(ctx context.Context, v step, typed url.Values) (pages.Setup, error) {
	page := pages.Setup{SetupVisit: v.SetupVisit, Fields: map[string]pages.SetupField{}, SetUp: !v.shop.SetUpAt.IsZero(), Currency: v.shop.Currency == "",
		Waits: v.shop.App && v.shop.State == crm.ShopPaused, Formal: v.shop.Formal, To: cmp.Or(v.shop.Owner, v.shop.Sender.Email),
		Checks: senderdns.Asks(s.mailerName()), ByHand: s.mailerName() == "smtp", Lacks: v.lacks()}
	proposed := s.proposed(ctx, v)
	for _, f := range setupFields {
		field := pages.SetupField{Value: f.Show(v.shop), Was: f.Show(v.shop)}
		switch own := f.Show(proposed); {
		case typed.Has(f.Name) && typed.Has(f.Name+"_was"):
			field.Value, field.Was = strings.TrimSpace(typed.Get(f.Name)), typed.Get(f.Name+"_was")
			page.Currency = page.Currency || f.Name == "currency"
		case field.Value == "" && own != "":
			field.Value, field.Proposed = own, true
		}
		page.Fields[f.Name] = field
	}
	formal := pages.SetupField{}
	if v.shop.Formal {
		formal.Was = "true"
	}
	if typed.Has("formal_was") {
		formal.Was, page.Formal = typed.Get("formal_was"), typed.Get("formal") == "true"
	}
	page.Fields["formal"] = formal
	for _, j := range journeys.All {
		page.Gestures = append(page.Gestures, v.gesture(j, typed))
	}
	o, found, err := s.Desk.TrialOrder(ctx, v.shop)
	if found {
		page.Order, page.Reader = cmp.Or(o.Name, o.ID), desk.TrialReader(v.shop)
	}
	if typed.Has("to") {
		page.To, page.Selector = typed.Get("to"), typed.Get("selector")
	}
	return page, err
}

func (v step) gesture(j journeys.Journey, typed url.Values) pages.SetupGesture {
	g := pages.SetupGesture{Key: j.Key, On: j.Values(v.shop).Bool("enabled")}
	g.Name, _ = v.SayOr("gesture."+j.Key, j.Name)
	g.Text, _ = v.SayOr("gesture."+j.Key+".text", "")
	if why := desk.Unable(v.platform, j.Key); why != "" {
		g.On, g.Unable = false, v.say("unable."+why)
		return g
	}
	if g.Was = g.On; slices.Contains(typed["shown"], j.Key) {
		g.On, g.Was = slices.Contains(typed["on"], j.Key), slices.Contains(typed["on_was"], j.Key)
	}
	return g
}

// lacks are what the shop misses, in her words. That she has not finished she sees.
func (v step) lacks() []pages.SetupLack {
	var all []pages.SetupLack
	for _, l := range desk.Lacks(v.shop, v.platform) {
		lack := pages.SetupLack{Needed: l.Stops, Field: l.Key}
		switch l.Key {
		case desk.LackFinish:
			continue
		case "from":
			lack.Field = "sender_email"
		case desk.LackGestures:
			lack.Field = "gestures-lead"
		case desk.LackConnection:
			lack.Field = ""
		case desk.LackScopes:
			lack.Field, lack.Text = "", v.say("missing.scopes", "scopes", strings.Join(missing(v.platform, v.shop), ", "))
		}
		if lack.Text == "" {
			lack.Text = v.say("missing." + l.Key)
		}
		all = append(all, lack)
	}
	return all
}

// proposed is what the platform knows of a shop of which something is not
// stored yet. It is shown and not taken before she has seen it.
func (s setup) proposed(ctx context.Context, v step) (known crm.Shop) {
	p, ok := v.platform.(integrations.Describer)
	if !ok || !slices.ContainsFunc(setupFields, func(f desk.ShopField) bool {
		return (f.Required || f.Name == "country") && f.Show(v.shop) == ""
	}) {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	settings, err := s.Store.Connection(ctx, v.shop.ID)
	c := integrations.Connection{ShopID: v.shop.ID, Domain: v.shop.Domain, Settings: settings}
	if able, is := v.platform.(integrations.Credentialed); err != nil || is && !able.CanAct(c) {
		return known
	}
	told, err := p.Describe(ctx, c)
	if err != nil {
		s.Log.Debug("a shop could not be asked about itself", "shop", v.shop.ID, "error", err.Error())
		return known
	}
	told.Sender.Email = cmp.Or(told.Sender.Email, told.Owner, v.shop.Owner)
	for _, f := range setupFields {
		if f.Set(&known, f.Show(told)) != nil {
			_ = f.Set(&known, "") // the platform may store what we cannot
		}
	}
	return known
}

func (s setup) mailerName() string {
	if s.Mailer == nil {
		return ""
	}
	return s.Mailer.Name()
}
