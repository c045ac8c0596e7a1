package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/store"
)

// filled is the form of a page as a browser would send it untouched.
func filled(t *testing.T, root *html.Node) url.Values {
	t.Helper()
	form := url.Values{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		name, _ := attribute(n, "name")
		value, _ := attribute(n, "value")
		_, checked := attribute(n, "checked")
		switch kind, _ := attribute(n, "type"); {
		case n.Data == "input" && (kind == "hidden" || checked):
			form.Add(name, value)
		case n.Data == "select":
			for o := range n.Descendants() {
				if _, on := attribute(o, "selected"); on {
					value, _ = attribute(o, "value")
				}
			}
			form.Set(name, value)
		}
	}
	return form
}

func (o *own) preferences() url.Values {
	o.t.Helper()
	return filled(o.t, o.parse("preferences", o.get(o.path(store.LinkPreferences)), http.StatusOK))
}

func TestPreferencesAsTheyAre(t *testing.T) {
	o := newOwn(t)
	form := o.preferences()
	if want := []string{giftMail, reviewMail}; !slices.Equal(form["was"], want) || !slices.Equal(form["want"], want) {
		t.Errorf("%v", form)
	}
	if form.Get("language") != "en" || form.Get("day")+form.Get("month")+form.Get("birthday_was") != "" {
		t.Errorf("%v", form)
	}
	// Saving without a change changes nothing.
	before := o.rows()
	form.Set("do", "save")
	says(t, o.submit(o.path(store.LinkPreferences), form), "Saved.")
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
}

func TestPreferencesAreSaved(t *testing.T) {
	o := newOwn(t)
	form := o.preferences()
	form["want"] = []string{giftMail}
	form.Set("language", "de")
	form.Set("day", "29")
	form.Set("month", "2")
	form.Set("do", "save")
	a := o.submit(o.path(store.LinkPreferences), form)
	says(t, a, "Gespeichert.", `lang="de"`)
	shown := filled(t, o.parse("saved", a, http.StatusOK))
	if !slices.Equal(shown["want"], []string{giftMail}) || shown.Get("language") != "de" || shown.Get("birthday_was") != "02-29" || shown.Get("day") != "29" || shown.Get("month") != "2" {
		t.Errorf("%v", shown)
	}
	if c := o.chosen().Customer; c.Locale != "de" || c.Birthday.Day != "02-29" || c.Birthday.Source != "form" {
		t.Errorf("%+v", c)
	}
	if n := o.stopped(); n[reviewMail] != 2 || n[giftMail] != 0 {
		t.Errorf("stopped: %v", n)
	}
	// And it can be taken back.
	form = o.preferences()
	form["want"] = []string{giftMail, reviewMail}
	form.Set("day", "")
	form.Set("month", "")
	o.submit(o.path(store.LinkPreferences), form)
	if p := o.chosen(); p.Customer.Birthday.Day != "" || p.Customer.Birthday.FirstDay != "" || len(p.Suppressions) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestStopAllOnThePreferences(t *testing.T) {
	o := newOwn(t)
	form := o.preferences()
	form.Set("do", "stop")
	a := o.submit(o.path(store.LinkPreferences), form)
	says(t, a, "No more offers or greetings from Bottega will come.")
	if shown := filled(t, o.parse("stopped", a, http.StatusOK)); len(shown["want"]) != 0 {
		t.Errorf("%v", shown)
	}
	if c := o.chosen().Customer.Consent; c.State != crm.ConsentUnsubscribed {
		t.Errorf("%+v", c)
	}
	// A tick afterwards is a new consent, with the version of what she read.
	form = o.preferences()
	form["want"] = []string{reviewMail}
	o.submit(o.path(store.LinkPreferences), form)
	if p := o.chosen(); p.Customer.Consent.State != crm.ConsentSubscribed || p.Customer.Consent.Wording == "" || len(p.Suppressions) != 1 || p.Suppressions[0].Scope != giftMail {
		t.Errorf("%+v", p)
	}
}

// A date that does not exist saves nothing at all and stays on the page.
func TestImpossibleBirthday(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	for _, date := range [][2]string{{"31", "2"}, {"30", "2"}, {"31", "4"}, {"", "5"}, {"5", ""}, {"0", "0"}, {"-1", "3"}, {"x", "<b>"}} {
		form := o.preferences()
		was := form["was"]
		form["want"] = nil
		form.Set("language", "de")
		form.Set("birthday_was", "01-01")
		form.Set("day", date[0])
		form.Set("month", date[1])
		a := o.submit(o.path(store.LinkPreferences), form)
		root := o.parse("31 February", a, http.StatusUnprocessableEntity)
		says(t, a, "There is no such date.", "Nothing has been saved yet.")
		if shown := filled(t, root); len(shown["want"]) != 0 || date[0] == "31" && shown.Get("day") != "31" {
			t.Errorf("%v: her wishes are lost: %v", date, shown)
		} else if !slices.Equal(shown["was"], was) || shown.Get("language_was") != "en" || shown.Get("birthday_was") != "01-01" || shown.Get("language") != "de" {
			t.Errorf("%v: sent again, it would be no change: %v", date, shown)
		}
	}
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
	form := o.preferences()
	form.Set("language", "tlh")
	if a := o.submit(o.path(store.LinkPreferences), form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a language that there is not: %+v", a)
	}
}

// No form can ask for what the page does not offer.
func TestForgedChoices(t *testing.T) {
	o := newOwn(t)
	before := o.rows()
	o.submit(o.path(store.LinkPreferences), url.Values{"was": {"marketing", "thank_you"}, "want": {"all"}})
	if after := o.rows(); after != before {
		t.Errorf("from\n%s\nto\n%s", before, after)
	}
}

// What the shop began while the page stood open does not come along with a tick.
func TestTickIsForWhatSheSaw(t *testing.T) {
	o := newOwn(t)
	o.submit(o.path(store.LinkUnsubscribe), url.Values{"scope": {"all"}})
	o.changeShop(func(s *crm.Shop) { s.Journeys[giftMail] = crm.Values{"enabled": "false"} })
	form := o.preferences()
	form["want"] = []string{reviewMail}
	o.changeShop(func(s *crm.Shop) { s.Journeys[giftMail] = crm.Values{"enabled": "true"} })
	shown := filled(t, o.parse("saved", o.submit(o.path(store.LinkPreferences), form), http.StatusOK))
	if !slices.Equal(shown["want"], []string{reviewMail}) {
		t.Errorf("%v", shown)
	}
}

// A birthday is asked for only where something comes of it.
func TestBirthdayIsAskedForAPurpose(t *testing.T) {
	o := newOwn(t)
	o.changeShop(func(s *crm.Shop) { s.Journeys[giftMail] = crm.Values{"enabled": "false"} })
	if form := o.preferences(); form.Has("birthday_was") || len(form["was"]) != 1 {
		t.Errorf("%v", form)
	}
	day := crm.MonthDay("03-05")
	if _, err := o.store.SavePreferences(t.Context(), o.link, store.Choices{Birthday: &day}, nil); err != nil {
		t.Fatal(err)
	}
	if form := o.preferences(); form.Get("birthday_was") != "03-05" {
		t.Errorf("what is stored cannot be deleted: %v", form)
	}
}

// To an address that bounced nothing goes, whatever is ticked, and the page says so.
func TestBlockedAddress(t *testing.T) {
	o := newOwn(t)
	if err := o.store.Suppress(t.Context(), o.shopID, "ada@posta.example", crm.ScopeAll, crm.SuppressedBounced, time.Time{}); err != nil {
		t.Fatal(err)
	}
	form := o.preferences()
	form["want"] = []string{giftMail}
	a := o.submit(o.path(store.LinkPreferences), form)
	says(t, a, "Mails to your address came back")
	if shown := filled(t, o.parse("blocked", a, http.StatusOK)); len(shown["want"]) != 0 {
		t.Errorf("%v", shown)
	}
}

// Where the law lets the shop write until she objects, the ticks say so; that
// they stay is no consent, and that one goes is an objection.
func TestTicksWithoutConsent(t *testing.T) {
	o := newOwn(t)
	o.changeShop(func(s *crm.Shop) { s.Country = "US" })
	o.consent(crm.Consent{State: crm.ConsentNone, Source: "shopify", At: o.Now()})
	form := o.preferences()
	if want := []string{giftMail, reviewMail}; !slices.Equal(form["want"], want) {
		t.Errorf("%v", form)
	}
	o.submit(o.path(store.LinkPreferences), form)
	if c := o.chosen().Customer.Consent; c.State != crm.ConsentNone {
		t.Errorf("staying was taken for consent: %+v", c)
	}
	form["want"] = []string{giftMail}
	o.submit(o.path(store.LinkPreferences), form)
	if p := o.chosen(); p.Customer.Consent.State != crm.ConsentNone || len(p.Suppressions) != 1 || p.Suppressions[0].Scope != reviewMail {
		t.Errorf("%+v", p)
	}
}

// Where a consent must be confirmed, the link from her mail confirms it, and
// what she leaves without a tick does not come along.
func TestTickConfirms(t *testing.T) {
	o := newOwn(t)
	o.changeShop(func(s *crm.Shop) { s.Country = "DE" })
	o.consent(crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "single_opt_in", Source: "shopify", At: o.Now()})
	form := o.preferences()
	if len(form["want"]) != 0 || len(form["was"]) != 0 {
		t.Errorf("%v", form)
	}
	form["want"] = []string{giftMail}
	shown := filled(t, o.parse("confirmed", o.submit(o.path(store.LinkPreferences), form), http.StatusOK))
	if p := o.chosen(); p.Customer.Consent.OptInLevel != "confirmed_opt_in" || !slices.Equal(shown["want"], []string{giftMail}) || len(p.Suppressions) != 1 || p.Suppressions[0].Scope != reviewMail {
		t.Errorf("%v, %+v", shown, p)
	}
}

// consent is told by the platform.
func (o *own) consent(c crm.Consent) {
	o.t.Helper()
	ada := crm.Customer{ID: "77", Partial: true, Consent: c, UpdatedAt: o.Now()}
	if _, err := o.store.ApplyEvents(o.t.Context(), o.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.ConsentChanged, Customer: &ada}}}}, nil); err != nil {
		o.t.Fatal(err)
	}
}
