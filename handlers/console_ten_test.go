package handlers_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"grazie/crm"
	"grazie/store"
)

// walker is somebody at a screen.
type walker struct {
	*scene
	ctx   context.Context
	t     *testing.T
	name  string // of the pictures
	phone bool
}

// goesTo takes the way that the page offers.
func (w walker) goesTo(key string) {
	w.t.Helper()
	menu := ".side.menu"
	if w.phone {
		menu = ".phone.menu"
		do(w.t, w.ctx, chromedp.Click(chromedp.CSS(".phone.menu > summary")))
	}
	w.does(menu+` a[href$="/`+key+`"]`, "main h1")
}

// does clicks on what leads to another page, and waits until something is there.
func (w walker) does(click, wait string) {
	w.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.documentElement.dataset.old = "yes"`)); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(click)), chromedp.WaitVisible(chromedp.CSS(`html:not([data-old]) :is(`+wait+`)`))); err != nil {
		picture(w.t, w.ctx, "task-"+w.name+"-lost")
		w.t.Fatalf("%s does not lead to %s: %v", click, wait, err)
	}
}

// writes puts a text into a field in the place of what is there.
func (w walker) writes(field, text string) {
	w.t.Helper()
	do(w.t, w.ctx, chromedp.SetValue(chromedp.CSS(field), text))
}

// reads checks that the page tells something.
func (w walker) reads(texts ...string) {
	w.t.Helper()
	said, err := chromedp.Run(w.ctx, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, text := range texts {
		if !strings.Contains(said, text) {
			w.t.Errorf("the page does not tell %q: %s", text, said)
		}
	}
}

func (w walker) shot(name string) {
	w.t.Helper()
	fitsWhole(w.t, w.ctx, w.name+" "+name)
	picture(w.t, w.ctx, "task-"+w.name+"-"+name)
}

// The ten commonest tasks of docs/console.md, each with a real browser, on a wide
// screen and on a phone, from the first page on.
func TestTenTasks(t *testing.T) {
	for name, width := range map[string]int64{"wide": 1280, "phone": 390} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.t = t
			s.stage()
			w := walker{s, newConsoleTab(t, s, "nobody"), t, name, name == "phone"}
			do(t, w.ctx, chromedp.EmulateViewport(width, 900))
			w.signsInAndLooks()
			w.tellsWhy()
			w.settlesUnknown()
			w.apologises()
			w.approves()
			w.changesASentence()
			w.switchesOn()
			w.stopsMails()
			w.prints()
			w.apologisesToMany()
		})
	}
}

func (w walker) signsInAndLooks() {
	w.hire("merchant", store.Owner, w.shopID)
	hash, err := w.store.HashPassword(w.t.Context(), "correct horse battery staple")
	if err == nil {
		err = w.store.SetPassword(w.t.Context(), w.staff["merchant"].ID, hash, "")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	do(w.t, w.ctx, chromedp.Navigate(w.url+"/console"), chromedp.WaitVisible(chromedp.CSS("#f-password")))
	w.shot("01-sign-in")
	w.writes("#f-email", "merchant@staff.example")
	w.writes("#f-password", "correct horse battery")
	w.does("button.main", ".wrong, .bad")
	w.writes("#f-password", "correct horse battery staple")
	w.does("button.main", ".figures")
	w.shot("01-today")
	w.reads("Today")
}

func (w walker) tellsWhy() {
	w.becomes(w.ctx, "support")
	w.goes(w.ctx, "")
	w.goesTo("customers")
	c, err := w.store.Customer(w.t.Context(), w.shopID, w.ids["customer"])
	if err != nil {
		w.t.Fatal(err)
	}
	w.writes("#q", c.Email)
	w.does(`form[role=search] button.main`, `a[href$="/customers/`+c.ID+`"]`)
	w.shot("02-found")
	w.does(`a[href$="/customers/`+c.ID+`"]`, ".timeline")
	w.shot("02-why")
	w.reads(c.Email)
}

func (w walker) settlesUnknown() {
	unknown := w.first(crm.Unknown)
	w.goesTo("messages")
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS(`.tabs a[href*="state=unknown"]`)), chromedp.WaitVisible(chromedp.CSS(`.tabs a[href*="state=unknown"][aria-current]`)))
	w.shot("03-unknown")
	w.does(`a[href$="/messages/`+unknown.ID+`"]`, `input[name=sent][value=yes]`)
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS(`input[name=sent][value=yes]`)))
	w.writes("#f-reason", "seen at the provider")
	w.shot("03-settle")
	w.does(`form[action$="/settle"] button`, "p.said[role=status]")
	if m := w.message(unknown.ID); m.State != crm.Sent {
		w.t.Errorf("%+v", m)
	}
	w.noted("messages.settle", "seen at the provider")
}

func (w walker) apologises() {
	w.becomes(w.ctx, "manager")
	w.goes(w.ctx, "")
	w.goesTo("jobs")
	order, _ := w.handBuyerOf("8801")
	w.does(`a[href$="/jobs/new"]`, "#q")
	w.writes("#q", "8801")
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS(`input[name=journey][value=apology]`)))
	w.does("form[role=search] button.main", `a[href*="order=`+order+`"]`)
	w.does(`a[href*="order=`+order+`"]`, `textarea[name=note]`)
	w.writes(`[name=reason]`, "The parcel was lost")
	w.writes(`textarea[name=note]`, "I am truly sorry, Anna.")
	w.shot("04-ask")
	w.does(`form.job button.main`, "iframe.mail")
	w.shot("04-look")
	w.reads("Anna Bianchi", "It would be sent now.")
	if n := len(w.about("apology", order)); n != 0 {
		w.t.Errorf("%d messages before she said so", n)
	}
	w.does(`form[action$="/jobs"] button.main`, "p.said[role=status]")
	if m := w.about("apology", order); len(m) != 1 || m[0].Ask == nil || m[0].Ask.Note != "I am truly sorry, Anna." {
		w.t.Errorf("%+v", m)
	}
}

func (w walker) approves() {
	w.becomes(w.ctx, "owner")
	w.goes(w.ctx, "")
	w.goesTo("jobs")
	id := w.ids["job"]
	w.shot("05-waiting")
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS("#yes-"+id+" summary")))
	w.does("#yes-"+id+" form button", "p.said[role=status]")
	if m := w.message(id); m.Ask.Approval == crm.ApprovalWanted {
		w.t.Errorf("%+v", m.Ask)
	}
}

func (w walker) changesASentence() {
	w.goesTo("gestures")
	w.does(`main a[href$="/gestures/thank_you"]`, `a[href$="/gestures/thank_you/mail/it"]`)
	before, err := w.store.Templates(w.t.Context(), w.shopID, "thank_you")
	if err != nil {
		w.t.Fatal(err)
	}
	w.does(`a[href$="/gestures/thank_you/mail/it"]`, "#f-subject")
	if len(before) == 0 || !hasOwn(before, "it") {
		w.does(`button[formaction$="/start"]`, "#f-html")
	}
	w.writes("#f-subject", "Grazie mille, {{ customer.first_name }}!")
	w.does(`button[value=look]`, "iframe.mail")
	w.shot("06-preview")
	w.reads("Grazie mille")
	do(w.t, w.ctx, chromedp.Navigate(w.url+w.at("/gestures/thank_you/mail/it")), chromedp.WaitVisible(chromedp.CSS("#f-subject")))
	w.shot("06-edit")
	w.writes("#publish-because, [name=reason]", "warmer")
	w.does(`button[formaction$="/publish"]`, "p.said[role=status]")
	published, err := w.store.Templates(w.t.Context(), w.shopID, "thank_you")
	if err != nil || newest(published, "it").Subject != "Grazie mille, {{ customer.first_name }}!" {
		w.t.Errorf("%+v, %v", newest(published, "it"), err)
	}
	do(w.t, w.ctx, chromedp.Navigate(w.url+w.at("/gestures/thank_you/mail/it/versions")), chromedp.WaitVisible(chromedp.CSS("main h1")))
	w.shot("06-versions")
}

func hasOwn(all []crm.Template, locale string) bool { return newest(all, locale).HTML != "" }

func newest(all []crm.Template, locale string) (found crm.Template) {
	for _, t := range all {
		if t.Locale == locale && t.Version >= found.Version {
			found = t
		}
	}
	return found
}

func (w walker) switchesOn() {
	w.set(func(s *crm.Shop) { delete(s.Journeys, "birthday_coupon") })
	w.goesTo("gestures")
	w.does(`main a[href$="/gestures/birthday_coupon"]`, `#f-percent`)
	w.writes("#f-percent", "150")
	w.does(`form:has(#f-percent) .actions button.main`, "#f-percent[aria-invalid]")
	w.shot("07-wrong")
	w.writes("#f-percent", "15")
	w.does(`form:has(#f-percent) .actions button.main`, "p.said[role=status]")
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS(`details.confirm > summary.main`)))
	w.does(`form[action$="/switch"] button.main`, "p.said[role=status]")
	w.shot("07-on")
	shop, err := w.store.Shop(w.t.Context(), w.shopID)
	if v := shop.Journeys["birthday_coupon"]; err != nil || v["percent"] != "15" || v["enabled"] != "true" {
		w.t.Errorf("%v, %v", v, err)
	}
}

func (w walker) stopsMails() {
	w.becomes(w.ctx, "support")
	w.goes(w.ctx, "/customers/"+w.ids["customer"])
	w.does(`a[href$="/suppress"]`, "#f-reason")
	w.does(`main form button.main`, "#f-reason[aria-invalid]")
	w.writes("#f-scope", crm.ScopeAll)
	w.writes("#f-reason", "she asked on the telephone")
	w.shot("08-stop")
	w.does(`main form button.main`, "p.said[role=status]")
	c, err := w.store.Customer(w.t.Context(), w.shopID, w.ids["customer"])
	if err != nil {
		w.t.Fatal(err)
	}
	if all, err := w.store.Suppressions(w.t.Context(), w.shopID, c.EmailKey, 10); err != nil || len(all) == 0 {
		w.t.Errorf("%+v, %v", all, err)
	}
	w.noted("customers.suppress", "she asked on the telephone")
}

func (w walker) prints() {
	w.becomes(w.ctx, "owner")
	w.goes(w.ctx, "")
	w.goesTo("packing")
	w.shot("09-packing")
	href, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`(() => { const f = document.querySelector("form[action$='/cards']"); return f.getAttribute("action") + "?" + new URLSearchParams(new FormData(f)) })()`))
	if err != nil {
		w.t.Fatal(err)
	}
	if a := w.see("owner", href); a.status != 200 || !strings.HasPrefix(a.body, "%PDF-") {
		w.t.Errorf("%s: %d %.80s", href, a.status, a.body)
	}
}

func (w walker) apologisesToMany() {
	w.becomes(w.ctx, "manager")
	w.goes(w.ctx, "")
	w.goesTo("bulks")
	order, _ := w.handBuyerOf("8802")
	w.does(`a[href$="/bulks/new"]`, "#f-reason")
	do(w.t, w.ctx, chromedp.Click(chromedp.CSS(`input[name=journey][value=apology]`)), chromedp.Click(chromedp.CSS(`input[name=mean][value=list]`)))
	w.writes("#f-targets", "order:"+order)
	w.writes("#f-reason", "the strike")
	w.shot("10-new")
	w.does(`form.bulk .actions button.main`, "#progress")
	w.does(`form[action$="/start"] button`, `form[action$="/pause"]`)
	w.does(`form[action$="/pause"] button`, `form[action$="/resume"]`)
	w.shot("10-paused")
	w.does(`form[action$="/resume"] button`, `form[action$="/pause"]`)
	bulks, err := w.store.Bulks(w.t.Context(), w.shopID, 1)
	if err != nil || len(bulks) != 1 || bulks[0].State != crm.BulkRunning {
		w.t.Fatalf("%+v, %v", bulks, err)
	}
	if a := w.see("manager", "/bulks/"+bulks[0].ID+"/result"); a.status != 200 || !strings.Contains(a.body, "order:"+order) {
		w.t.Errorf("%d %s", a.status, a.body)
	}
}

// noted checks that one of the newest lines of the audit log tells of an act, and why.
func (w walker) noted(action, why string) {
	w.t.Helper()
	all, err := w.store.Audit(w.t.Context(), w.shopID, 0, 10)
	if err != nil || !slices.ContainsFunc(all, func(e store.Entry) bool { return e.Action == action && e.Why == why }) {
		w.t.Errorf("no line of %s, %q: %+v, %v", action, why, all, err)
	}
}

// handBuyerOf is the order of somebody who bought just now, and her.
func (w walker) handBuyerOf(number string) (order, name string) {
	o := w.handBuyer(number, "Anna", "Bianchi")
	return o.ID, "Anna"
}

func (w walker) message(id string) crm.Message {
	w.t.Helper()
	m, err := w.store.Message(w.t.Context(), w.shopID, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// first is a message in a state.
func (w walker) first(state crm.MessageState) crm.Message {
	w.t.Helper()
	all, err := w.store.Messages(w.t.Context(), w.shopID, store.MessageFilter{State: state, Limit: 1})
	if err != nil || len(all) == 0 {
		w.t.Fatalf("there is no %s message: %v", state, err)
	}
	return all[0]
}

// about are the messages of a journey about an order.
func (w walker) about(journey, order string) (found []crm.Message) {
	w.t.Helper()
	all, err := w.store.Messages(w.t.Context(), w.shopID, store.MessageFilter{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range all {
		if m.Journey == journey && m.OrderID == order {
			found = append(found, m)
		}
	}
	return found
}
