package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/journeys"
	"grazie/templates/console"
)

// stageSettings puts something on each page of its area.
func stageSettings(s *scene) {
	s.t.Helper()
	s.set(func(shop *crm.Shop) {
		shop.Areas = []crm.Area{
			{Text: map[string]string{"en": "Far away is still near to us.", "it": "Anche lontano ci è vicino."}},
			{Country: "IT", Region: "Friuli-Venezia Giulia", City: "Sant’Ambrogio di Valpolicella-sul-Tagliamento", Text: map[string]string{"it": "Il <img src=x onerror=alert(1)> Tagliamento lo conosciamo bene, da sempre e per sempre.", "he": "אנחנו מכירים את העיר"}},
		}
		shop.Rules = crm.Values{"quiet_from": "21:00", "retention_messages": "500d"}
		shop.Scopes = []string{"read_orders", "read_customers"}
	})
	a := s.see("owner", "/settings/areas")
	_, rest, _ := strings.Cut(a.body, "/settings/areas/")
	s.ids["area"], _, _ = strings.Cut(rest, `"`)
}

// shopForm is what the page of the shop posts when nothing is typed anew.
func shopForm(t *testing.T, a answer, changed ...string) url.Values {
	t.Helper()
	form := url.Values{}
	for _, n := range elementsOf(t, a.body) {
		if n.Data == "input" && attrOf(n, "name") != "" && (attrOf(n, "type") != "checkbox" || slices.ContainsFunc(n.Attr, func(x html.Attribute) bool { return x.Key == "checked" })) {
			form.Set(attrOf(n, "name"), attrOf(n, "value"))
		}
		if n.Data == "option" && slices.ContainsFunc(n.Attr, func(x html.Attribute) bool { return x.Key == "selected" }) {
			form.Set(attrOf(n.Parent, "name"), attrOf(n, "value"))
		}
	}
	for i := 0; i < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	return form
}

// What is typed about the shop is checked as in the first steps, and never
// overwrites what somebody else typed meanwhile unseen.
func TestSettingsOfShop(t *testing.T) {
	s := newScene(t)
	page := s.see("owner", "/settings")
	s.shows(page, "Anna", "anna@bottega.example", "Open the first steps")
	if a := s.see("viewer", "/settings"); strings.Contains(a.body, `name="sender_email"`) || !strings.Contains(a.body, "anna@bottega.example") {
		t.Error("a viewer sees a form, or nothing")
	}
	form := shopForm(t, page, "name", "Bottega Nuova", "sender_email", "nowhere", "timezone", "Mars/Olympus")
	a := s.post("owner", "/settings", form)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Write one address with a full domain") || !strings.Contains(a.body, "There is no such time zone") || !strings.Contains(a.body, `value="Bottega Nuova"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if shop := s.shopNow(); shop.Name != "Bottega" {
		t.Errorf("stored with what was wrong: %+v", shop)
	}
	form = shopForm(t, page, "name", "Bottega Nuova", "formal", "true")
	s.set(func(shop *crm.Shop) { shop.Country = "AT" }) // another field: no conflict
	s.leads(s.post("owner", "/settings", form), "/settings?said=settings.said.saved")
	if shop := s.shopNow(); shop.Name != "Bottega Nuova" || !shop.Formal || shop.Country != "AT" || shop.Sender.Name != "Anna" {
		t.Errorf("%+v", shop)
	}
	if e := s.logged(); e.Action != "settings.shop.save" || e.Detail != "name, formal" {
		t.Errorf("logged %+v", e)
	}
	form = shopForm(t, page, "name", "Mine") // shown before it was renamed
	a = s.post("owner", "/settings", form)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "Somebody changed this meanwhile, to “Bottega Nuova”") || !strings.Contains(a.body, `value="Mine"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("owner", "/settings", shopForm(t, a)), "/settings") // she has seen it
	if shop := s.shopNow(); shop.Name != "Mine" {
		t.Errorf("%+v", shop)
	}
	if a := s.post("manager", "/settings", form); a.status != http.StatusForbidden {
		t.Errorf("a manager: %d", a.status)
	}
	if a := s.post("owner", "/settings/steps", nil); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/setup/") {
		t.Errorf("first steps: %d %v", a.status, a.header)
	}
}

func (s *scene) shopNow() crm.Shop {
	s.t.Helper()
	shop, err := s.store.Shop(s.t.Context(), s.shopID)
	if err != nil {
		s.t.Fatal(err)
	}
	return shop
}

// Sentences about places are added, changed and removed; what is wrong stands
// beside its field, and two people are told of each other.
func TestSettingsOfAreas(t *testing.T) {
	s := newScene(t)
	a := s.post("manager", "/settings/areas", url.Values{"country": {""}, "city": {"Graz"}, "text.de": {"{{ name }}"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "needs its country") || !strings.Contains(a.body, "without template marks") || !strings.Contains(a.body, `value="Graz"`) || !strings.Contains(a.body, "{{ name }}") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.post("manager", "/settings/areas", url.Values{"country": {"AT"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "at least one language") {
		t.Errorf("without a sentence: %d", a.status)
	}
	graz := url.Values{"country": {"at"}, "city": {"Graz"}, "text.de": {"Graz kennen wir gut."}}
	s.leads(s.post("manager", "/settings/areas", graz), "/settings/areas?said=")
	if got := s.shopNow().Areas; len(got) != 1 || got[0].Country != "AT" || got[0].Text["de"] != "Graz kennen wir gut." {
		t.Fatalf("%+v", got)
	}
	if a := s.post("manager", "/settings/areas", graz); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "has its sentences already") {
		t.Errorf("twice: %d", a.status)
	}
	list := s.see("manager", "/settings/areas")
	s.shows(list, "Graz, AT", "Graz kennen wir gut.", "German")
	_, rest, _ := strings.Cut(list.body, "/settings/areas/")
	id, _, _ := strings.Cut(rest, `"`)
	page := s.see("manager", "/settings/areas/"+id)
	form := shopForm(t, page, "text.en", "We know Graz well.")
	s.leads(s.post("manager", "/settings/areas/"+id, form), "/settings/areas")
	stale := shopForm(t, page, "text.de", "Graz!")
	a = s.post("manager", "/settings/areas/"+id, stale)
	if a.status != http.StatusConflict || !strings.Contains(a.body, `value="Graz!"`) || !strings.Contains(a.body, "changed this place meanwhile") || s.shopNow().Areas[0].Text["de"] == "Graz!" {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("manager", "/settings/areas/"+id, shopForm(t, a)), "/settings/areas")
	if got := s.shopNow().Areas[0].Text; got["de"] != "Graz!" {
		t.Errorf("%+v", got)
	}
	if a := s.post("manager", "/settings/areas/"+id+"/remove", url.Values{"seen": {form.Get("seen")}}); a.status != http.StatusConflict {
		t.Errorf("a stale page removed: %d", a.status)
	}
	s.leads(s.post("manager", "/settings/areas/"+id+"/remove", shopForm(t, s.see("manager", "/settings/areas/"+id))), "/settings/areas")
	a = s.post("manager", "/settings/areas/"+id, stale)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "removed this place meanwhile") || !strings.Contains(a.body, `value="Graz!"`) || len(s.shopNow().Areas) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.post("support", "/settings/areas", graz); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
}

// Rules are set by a manager, each checked by its declaration.
func TestSettingsOfRules(t *testing.T) {
	s := newScene(t)
	page := s.see("manager", "/settings/rules")
	for _, r := range journeys.Rules {
		at := page
		if strings.HasPrefix(r.Key, "retention_") {
			at = s.see("manager", "/settings/retention")
		}
		s.shows(at, `name="`+r.Key+`"`)
	}
	a := s.post("manager", "/settings/rules", shopForm(t, page, "cap_day", "many", "reward_budget", "500.50"))
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "A whole number, 0 or more.") || !strings.Contains(a.body, `value="many"`) || !strings.Contains(a.body, `value="500.50"`) || len(s.shopNow().Rules) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("manager", "/settings/rules", shopForm(t, page, "cap_day", "3", "reward_budget", "500.50", "quiet_from", "21:00")), "/settings/rules?said=")
	if r := s.shopNow().Rules; r["cap_day"] != "3" || r["reward_budget"] != "500.50" || r["quiet_from"] != "21:00" || len(r) != 3 {
		t.Errorf("%v", r)
	}
	if e := s.logged(); e.Action != "settings.rules.save" || !strings.Contains(e.Detail, "cap_day: 1 -> 3") {
		t.Errorf("logged %+v", e)
	}
	a = s.post("manager", "/settings/rules", shopForm(t, page, "cap_day", "5"))
	if a.status != http.StatusConflict || !strings.Contains(a.body, `value="5"`) || s.shopNow().Rules["cap_day"] != "3" {
		t.Errorf("stale: %d %s", a.status, a.body)
	}
	keep := s.see("manager", "/settings/retention")
	a = s.post("manager", "/settings/retention", shopForm(t, keep, "retention_messages", "30"))
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Between 400 days and 730 days.") {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("manager", "/settings/retention", shopForm(t, keep, "retention_messages", "500")), "/settings/retention")
	if r := s.shopNow().Rules; r["retention_messages"] != "500d" || r["cap_day"] != "3" {
		t.Errorf("%v", r)
	}
	read := s.see("viewer", "/settings/rules")
	if s.shows(read, "500.50 EUR", "Only a manager"); strings.Contains(read.body, `name="cap_day"`) {
		t.Error("a viewer sees a form")
	}
}

// Every rule has its words in both languages; the English ones are the declared.
func TestSettingsNameRules(t *testing.T) {
	for _, r := range journeys.Rules {
		for _, lang := range console.Languages {
			for word, declared := range map[string]string{"label": r.Label, "help": r.Help} {
				said, err := console.Say(lang, "settings.rule."+r.Key+"."+word)
				if err != nil {
					t.Error(err)
				} else if lang == "en" && said != declared {
					t.Errorf("%s is %q, not %q", r.Key, said, declared)
				} else if lang != "en" && said == declared && r.Key != "soft_opt_in" {
					t.Errorf("%s is not said in %s: %q", r.Key, lang, said)
				}
			}
			for _, c := range r.Choices {
				if _, err := console.Say(lang, "settings.rule."+r.Key+".choice."+c); err != nil {
					t.Error(err)
				}
			}
		}
	}
	p := shopify.New()
	for _, lang := range console.Languages {
		for _, key := range []string{"secret", "token", "refresh_token", "client_id"} {
			if !console.Has(lang, "settings.connection."+p.Name()+"."+key+".label") {
				t.Errorf("%s: %s has no words", lang, key)
			}
		}
	}
}

// A shop is paused and let go on by a manager, who says why.
func TestSettingsPause(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", "/settings/pause"), "Mails go out", "Only a manager")
	form := shopForm(t, s.see("manager", "/settings/pause"))
	if a := s.post("manager", "/settings/pause", form); a.status != http.StatusUnprocessableEntity || s.shopNow().State != crm.ShopActive {
		t.Errorf("without a reason: %d", a.status)
	}
	form.Set("reason", "the warehouse burns")
	s.leads(s.post("manager", "/settings/pause", form), "/settings/pause?said=settings.said.paused")
	if shop := s.shopNow(); shop.State != crm.ShopPaused || !shop.Held {
		t.Errorf("%+v", shop)
	}
	if e := s.logged(); e.Action != "settings.pause.stop" || e.Why != "the warehouse burns" {
		t.Errorf("logged %+v", e)
	}
	if a := s.post("manager", "/settings/pause", form); a.status != http.StatusConflict {
		t.Errorf("again: %d", a.status)
	}
	again := shopForm(t, s.see("manager", "/settings/pause"), "reason", "it is out")
	if a := s.post("support", "/settings/resume", again); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
	s.leads(s.post("manager", "/settings/resume", again), "/settings/pause?said=settings.said.resumed")
	if shop := s.shopNow(); shop.State != crm.ShopActive || shop.Held {
		t.Errorf("%+v", shop)
	}
	s.set(func(shop *crm.Shop) { shop.App, shop.State = true, crm.ShopPaused })
	page := s.see("manager", "/settings/pause")
	if s.shows(page, "first steps to be finished"); strings.Contains(page.body, "/settings/resume") {
		t.Error("a shop that was never set up can be resumed")
	}
	if a := s.post("manager", "/settings/resume", url.Values{"reason": {"now"}, "seen": {again.Get("seen")}}); a.status != http.StatusConflict {
		t.Errorf("resumed without first steps: %d", a.status)
	}
}

// picky is a Shopify that takes one token.
type picky struct {
	*shopify.Platform
	asked int
}

func (p *picky) Check(_ context.Context, c integrations.Connection) error {
	p.asked++
	if c.Settings[shopify.SettingToken] != "shpat_good" {
		return &integrations.Error{Kind: integrations.Unauthorized, Detail: "401: invalid token"}
	}
	return nil
}

// Credentials are replaced without ever being shown, and only by some that work.
func TestSettingsOfConnection(t *testing.T) {
	p := &picky{Platform: shopify.New()}
	s := newScene(t, func(d *door) { d.options.Platforms = map[string]integrations.Platform{p.Name(): p} })
	before, err := s.store.Connection(t.Context(), s.shopID)
	if err != nil {
		t.Fatal(err)
	}
	s.set(func(shop *crm.Shop) { shop.Broken = "401" })
	stored := func() crm.Values {
		t.Helper()
		v, err := s.store.Connection(t.Context(), s.shopID)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	page := s.see("owner", "/settings/connection")
	s.shows(page, "Shopify", "One is stored", "None came in", s.shop.Domain)
	if strings.Contains(page.body, before["secret"]) || strings.Contains(s.see("manager", "/settings/connection").body, `name="secret"`) {
		t.Error("a secret is shown, or asked of a manager")
	}
	a := s.post("owner", "/settings/connection", shopForm(t, page, "token", "has a space"))
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "holds a space") || strings.Contains(a.body, "has a space\"") || p.asked != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = s.post("owner", "/settings/connection", shopForm(t, page, "token", "shpat_bad"))
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "401: invalid token") || strings.Contains(a.body, "shpat_bad") || stored()["token"] != before["token"] || s.shopNow().Broken == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("owner", "/settings/connection", shopForm(t, page, "token", "shpat_good", "secret", "a-new-secret")), "/settings/connection?said=settings.said.connected")
	if v := stored(); v["token"] != "shpat_good" || v["secret"] != "a-new-secret" || v["previous_secret"] != before["secret"] || s.shopNow().Broken != "" {
		t.Errorf("%v %+v", v, s.shopNow())
	}
	if e := s.logged(); e.Action != "settings.connection.save" || !strings.Contains(e.Detail, "token: changed") || strings.Contains(e.Detail, "shpat") {
		t.Errorf("logged %+v", e)
	}
	s.leads(s.post("owner", "/settings/connection", shopForm(t, s.see("owner", "/settings/connection"))), "/settings/connection?said=settings.said.same")
	if v := stored(); v["token"] != "shpat_good" {
		t.Errorf("empty fields changed %v", v)
	}
	if a := s.post("manager", "/settings/connection", url.Values{"token": {"shpat_good"}}); a.status != http.StatusForbidden {
		t.Errorf("a manager: %d", a.status)
	}
	s.set(func(shop *crm.Shop) { shop.App, shop.SetUpAt = true, s.Now() })
	page = s.see("owner", "/settings/connection")
	if s.shows(page, "installed the app herself"); strings.Contains(page.body, `name="token"`) {
		t.Error("an app's credentials are asked for")
	}
	if a := s.post("owner", "/settings/connection", url.Values{"token": {"shpat_other"}}); a.status != http.StatusConflict || stored()["token"] != "shpat_good" {
		t.Errorf("an app's credentials were replaced: %d", a.status)
	}
	if text := s.log.String(); strings.Contains(text, "shpat_") || strings.Contains(text, "a-new-secret") {
		t.Error("the log tells a secret")
	}
}
