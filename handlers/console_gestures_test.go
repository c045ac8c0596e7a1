package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/journeys"
	"grazie/templates"
	"grazie/templates/console"
)

// stageGestures puts something on each page of its area.
func stageGestures(s *scene) {
	s.set(func(shop *crm.Shop) {
		shop.Journeys["birthday_coupon"] = crm.Values{"enabled": "true", "kind": "free_product"}
		shop.Journeys["return_upgrade"] = crm.Values{"enabled": "true", "label": "none"}
	})
	s.ids["journey"] = "birthday_coupon"
}

// shown are the hidden values of a form of settings, as its page has them.
func (s *scene) shown(path string) url.Values {
	s.t.Helper()
	values := url.Values{}
	for _, n := range elementsOf(s.t, s.see("owner", path).body) {
		name := attrOf(n, "name")
		switch {
		case n.Data == "input" && attrOf(n, "type") == "checkbox":
			if strings.Contains(name, ".") || hasAttr(n, "checked") {
				values.Set(name, attrOf(n, "value"))
			}
		case n.Data == "input" && name != "" && name != "to":
			values.Set(name, attrOf(n, "value"))
		case n.Data == "option" && hasAttr(n, "selected"):
			values.Set(attrOf(n.Parent, "name"), attrOf(n, "value"))
		}
	}
	return values
}

func TestGesturesAreTold(t *testing.T) {
	s := newScene(t)
	stageGestures(s)
	a := s.see("viewer", "/gestures")
	s.shows(a, "Thank-you", "Birthday coupon", "Name the product below", "you do not say how to send goods back", "nothing sent")
	for _, j := range journeys.All {
		s.shows(s.see("viewer", "/gestures/"+j.Key), console1(t, "gestures.law."+j.Key), "Only managers and owners")
	}
	if a := s.see("viewer", "/gestures/name_day"); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
}

func console1(t *testing.T, key string) string {
	t.Helper()
	said, err := console.Say("en", key)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// To turn one on says what happens, and does it once: who looks at an old page
// changes nothing.
func TestGestureIsSwitched(t *testing.T) {
	s := newScene(t)
	if a := s.post("support", "/gestures/review_request/switch", url.Values{"to": {"on"}}); a.status != http.StatusForbidden {
		t.Error(a.status)
	}
	s.shows(s.see("manager", "/gestures/review_request"), "Nothing is sent for the past")
	s.leads(s.post("manager", "/gestures/review_request/switch", url.Values{"to": {"on"}, "reason": {"spring"}}), "/gestures/review_request?said=gestures.said.on")
	if got := s.stored().Journeys["review_request"]["enabled"]; got != "true" {
		t.Errorf("it is %q", got)
	}
	if e := s.logged(); e.Action != "gestures.switch" || e.Detail != "enabled: false -> true" || e.Why != "spring" || e.Target != "review_request" {
		t.Errorf("%+v", e)
	}
	if a := s.post("manager", "/gestures/review_request/switch", url.Values{"to": {"on"}}); a.status != http.StatusConflict {
		t.Errorf("an old page: %d", a.status)
	}
	s.leads(s.post("manager", "/gestures/review_request/switch", url.Values{"to": {"off"}}), "/gestures/review_request")
	if _, there := s.stored().Journeys["review_request"]["enabled"]; there {
		t.Error("what is the default again is stored")
	}
}

func (s *scene) stored() crm.Shop {
	s.t.Helper()
	shop, err := s.store.Shop(s.t.Context(), s.shopID)
	if err != nil {
		s.t.Fatal(err)
	}
	return shop
}

// Settings are changed as typed, old and new value stand in the audit log, and all
// that is wrong is told beside its field, with what was typed still there.
func TestGestureSettings(t *testing.T) {
	s := newScene(t)
	v := s.shown("/gestures/birthday_coupon")
	for field, value := range map[string]string{"percent": "15", "validity": "2", "validity.unit": "d", "minimum": "12,50", "hour": "10:00", "kind": "fixed_amount"} {
		v.Set(field, value)
	}
	v.Del("reminder")
	s.leads(s.post("manager", "/gestures/birthday_coupon", v), "/gestures/birthday_coupon?said=gestures.said.saved")
	want := crm.Values{"enabled": "true", "percent": "15", "validity": "2d", "minimum": "12.50", "hour": "10:00", "kind": "fixed_amount", "reminder": "false"}
	got := s.stored().Journeys["birthday_coupon"]
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %q, not %q", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("what nobody changed is stored: %v", got)
	}
	if e := s.logged(); e.Detail != "hour: 9:00 -> 10:00; reminder: true -> false; kind: percentage -> fixed_amount; percent: 10 -> 15; minimum: (none) -> 12.50; validity: 30d -> 2d" {
		t.Error(e.Detail)
	}
	v = s.shown("/gestures/birthday_coupon")
	for field, value := range map[string]string{"percent": "150", "validity": "soon", "amount": "", "product": "<script>alert(1)</script>", "hour": "25:00"} {
		v.Set(field, value)
	}
	a := s.post("manager", "/gestures/birthday_coupon", v)
	for _, text := range []string{"from 1 to 100", "such as 3", "Fill this in", "Choose an hour", `value="150"`, `value="soon"`, "&lt;script&gt;"} {
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, text) {
			t.Errorf("%d, without %q", a.status, text)
		}
	}
	if strings.Contains(a.body, "<script>alert") || s.stored().Journeys["birthday_coupon"]["percent"] != "15" {
		t.Error("something was stored, or a script stands in the page")
	}
	s.hireSpeaking("it", "anna", "manager", s.shopID)
	if a := s.post("anna", "/gestures/birthday_coupon", v); !strings.Contains(a.body, "Un numero intero da 1 a 100") {
		t.Error("not told in Italian")
	}
}

// Of two who change the settings at a time, the second is told what the first made
// of them, keeps what she typed, and may put it in place.
func TestGestureSettingsOfTwo(t *testing.T) {
	s := newScene(t)
	kim, bea := s.shown("/gestures/thank_you"), s.shown("/gestures/thank_you")
	kim.Set("delay", "2")
	s.leads(s.post("manager", "/gestures/thank_you", kim), "/gestures/thank_you")
	bea.Set("delay", "3")
	a := s.post("owner", "/gestures/thank_you", bea)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "Now it is: 2 hours") || !strings.Contains(a.body, `name="delay" inputmode="numeric" autocomplete="off" value="3"`) || !strings.Contains(a.body, `name="was.delay" value="2h"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := s.stored().Journeys["thank_you"]["delay"]; got != "2h" {
		t.Errorf("the first one's is lost: %q", got)
	}
	bea.Set("was.delay", "2h")
	s.leads(s.post("owner", "/gestures/thank_you", bea), "/gestures/thank_you")
	if got := s.stored().Journeys["thank_you"]["delay"]; got != "3h" {
		t.Errorf("%q", got)
	}
}

// missingWords are the words of declared settings that a language of the console
// does not have. English may leave labels and help to the declaration.
func missingWords(lang string, declared []crm.Setting, words ...string) (missing []string) {
	for _, s := range declared {
		wanted := map[string]bool{"label": lang != "en", "help": lang != "en" && s.Help != ""}
		for _, c := range s.Choices {
			wanted["choice."+c] = true
		}
	next:
		for word, is := range wanted {
			for _, prefix := range words {
				if !is || console.Has(lang, prefix+"."+s.Key+"."+word) {
					continue next
				}
			}
			missing = append(missing, words[0]+"."+s.Key+"."+word)
		}
	}
	return missing
}

// Every setting of every gesture, and every name that a text may use, is told in
// each language of the console.
func TestConsoleNamesSettingsOfGestures(t *testing.T) {
	for _, lang := range console.Languages {
		for _, j := range journeys.All {
			for _, key := range missingWords(lang, j.Settings, "gestures."+j.Key, "gestures.any") {
				t.Errorf("%s in %s is missing", key, lang)
			}
			for _, v := range templates.Variables(j.Key) {
				if lang != "en" && !console.Has(lang, "templates.means."+v.Name) {
					t.Errorf("templates.means.%s in %s is missing", v.Name, lang)
				}
			}
		}
	}
}
