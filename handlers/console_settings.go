package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"grazie/crm"
	"grazie/store"
)

func (d desktop) settingRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/settings", store.Viewer, "settings", "settings.title", (*seat).showShopSettings),
		act("/settings", store.Owner, "settings", "settings.shop.save", (*seat).saveShopSettings),
		act("/settings/steps", store.Owner, "settings", "settings.steps.open", (*seat).openSteps),
		page("/settings/areas", store.Viewer, "settings", "settings.areas.title", (*seat).listAreas),
		act("/settings/areas", store.Manager, "settings", "settings.areas.add", (*seat).addArea),
		page("/settings/areas/:area", store.Manager, "settings", "settings.area.title", (*seat).showArea),
		act("/settings/areas/:area", store.Manager, "settings", "settings.areas.save", (*seat).saveArea),
		act("/settings/areas/:area/remove", store.Manager, "settings", "settings.areas.remove", (*seat).removeArea),
		page("/settings/rules", store.Viewer, "settings", "settings.rules.title", (*seat).showRules),
		act("/settings/rules", store.Manager, "settings", "settings.rules.save", (*seat).saveRules),
		page("/settings/retention", store.Viewer, "settings", "settings.retention.title", (*seat).showRules),
		act("/settings/retention", store.Manager, "settings", "settings.retention.save", (*seat).saveRules),
		page("/settings/connection", store.Viewer, "settings", "settings.connection.title", (*seat).showConnection),
		act("/settings/connection", store.Owner, "settings", "settings.connection.save", (*seat).saveConnection),
		page("/settings/pause", store.Viewer, "settings", "settings.pause.title", (*seat).showPause),
		act("/settings/pause", store.Manager, "settings", "settings.pause.stop", (*seat).pauseShop),
		act("/settings/resume", store.Manager, "settings", "settings.pause.resume", (*seat).resumeShop),
	}
}

// shopSettings are what is known of the shop itself, and who its mails are from.
type shopSettings struct {
	Fields    []shopSetting
	Formal    bool
	FormalWas string
	May       bool // change it
}

type shopSetting struct {
	Name, Type, Value, Was string
	Needed                 bool
}

// fieldTypes are those that are no line of text.
var fieldTypes = map[string]string{"sender_email": "email", "reply_to": "email"}

func (v *seat) shopSettings() shopSettings {
	p := shopSettings{Formal: v.shop.Formal, May: v.may(store.Owner)}
	for _, f := range setupFields {
		now := f.Show(v.shop)
		p.Fields = append(p.Fields, shopSetting{Name: f.Name, Type: fieldTypes[f.Name], Value: now, Was: now, Needed: f.Required})
	}
	if v.shop.Formal {
		p.FormalWas = "true"
	}
	return p
}

func (v *seat) showShopSettings() error { return v.show("settings", v.shopSettings()) }

// saveShopSettings is the saving of the first steps, with what they check.
func (v *seat) saveShopSettings() error {
	form := v.form()
	v.act.Detail = strings.Join(changedFields(form), ", ")
	only := url.Values{} // what this page has, and nothing that another one would
	for _, f := range append([]string{"formal"}, fieldNames()...) {
		for _, name := range []string{f, f + "_was"} {
			if form.Has(name) {
				only[name] = form[name]
			}
		}
	}
	_, wrong, err := setup{Options: v.Options}.save(v.ctx(), step{shop: v.shop, platform: v.Platforms[v.shop.Platform]}, only)
	if err != nil {
		return err
	}
	if len(wrong) == 0 {
		return v.done(v.path("settings"), "settings.said.saved")
	}
	p := v.shopSettings()
	p.FormalWas = form.Get("formal_was")
	status := http.StatusUnprocessableEntity
	for i, f := range p.Fields {
		if form.Has(f.Name + "_was") {
			p.Fields[i].Was = form.Get(f.Name + "_was")
		}
		c, is := wrong[f.Name]
		if !is {
			continue
		}
		switch c.what {
		case "needed":
			v.page.Wrong[f.Name] = v.say("shell.needed")
		case "taken":
			v.page.Wrong[f.Name] = v.say("settings.taken")
		case "changed":
			status = http.StatusConflict
			p.Fields[i].Was = c.now // she has seen it now
			v.page.Wrong[f.Name] = v.say("settings.changed", "now", c.now)
		default:
			v.page.Wrong[f.Name] = v.say("settings.bad." + f.Name)
		}
	}
	v.page.Wrong[""], v.page.Typed = v.say("shell.mend"), form
	return v.render(status, "settings", p)
}

func fieldNames() (all []string) {
	for _, f := range setupFields {
		all = append(all, f.Name)
	}
	return all
}

// changedFields are those that were typed anew, by name alone: the audit log
// holds no addresses.
func changedFields(form url.Values) (all []string) {
	for _, name := range append(fieldNames(), "formal") {
		if form.Has(name+"_was") && strings.TrimSpace(form.Get(name)) != form.Get(name+"_was") {
			all = append(all, name)
		}
	}
	return all
}

// openSteps leads an owner to the first steps again: there a test mail is sent,
// and the sender's domain is looked at.
func (v *seat) openSteps() error {
	v.protect()
	return v.Redirect(http.StatusSeeOther, "/setup/"+v.Store.SetupToken(v.shop.ID))
}

// pausePage is whether the shop's mails go out.
type pausePage struct {
	State  crm.ShopState
	Held   bool // somebody paused it, or nobody let it begin
	First  bool // the first steps were not finished: nobody can resume it here
	Seen   string
	Able   bool // resume or pause can be asked for
	May    bool
	Broken bool
}

func (v *seat) pausePage() pausePage {
	s := v.shop
	return pausePage{State: s.State, Held: s.Held, First: s.App && s.SetUpAt.IsZero() && s.State == crm.ShopPaused, Seen: pauseSeen(s),
		Able: s.State != crm.ShopUninstalled, May: v.may(store.Manager), Broken: s.Broken != ""}
}

func pauseSeen(s crm.Shop) string { return seen(string(s.State), s.Since) }

func (v *seat) showPause() error { return v.show("settings_pause", v.pausePage()) }

func (v *seat) pauseShop() error  { return v.turnShop(crm.ShopActive, crm.ShopPaused) }
func (v *seat) resumeShop() error { return v.turnShop(crm.ShopPaused, crm.ShopActive) }

// turnShop pauses the shop, or lets it go on, if it still is as the page showed.
func (v *seat) turnShop(from, to crm.ShopState) error {
	if v.act.Why == "" {
		return v.again("settings_pause", v.pausePage(), &crm.Invalid{Field: "reason", Message: v.say("shell.needed")})
	}
	_, err := v.Store.ChangeShop(v.ctx(), v.shop.ID, func(s *crm.Shop) error {
		if err := v.fresh(pauseSeen(*s)); err != nil {
			return err
		}
		if s.State != from || to == crm.ShopActive && s.App && s.SetUpAt.IsZero() {
			return crm.ErrConflict
		}
		s.State, s.Held = to, to == crm.ShopPaused
		return nil
	})
	if err != nil {
		return err
	}
	return v.done(v.path("settings", "pause"), map[crm.ShopState]string{crm.ShopPaused: "settings.said.paused", crm.ShopActive: "settings.said.resumed"}[to])
}
