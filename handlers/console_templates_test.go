package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/sendgrid"
	"grazie/store"
	"grazie/templates"
)

// stageTemplates puts something on each page of its area.
func stageTemplates(s *scene) {
	s.buys("T-1001", "t77")
	text := ownText(s.t, "birthday_coupon", "it")
	text.Subject = "Auguri {{ customer.first_name }} <img src=x onerror=alert(1)>"
	for _, subject := range []string{"Tanti auguri", text.Subject} {
		one := text
		one.Subject = subject
		ctx := store.Acting(s.t.Context(), &store.Act{ShopID: s.shopID, By: "אבגד <b>Kim</b>", Why: "un nome molto lungo per una ragione ancora più lunga, scritta da chi non si ferma mai", Action: "templates.publish"})
		if _, err := s.store.SaveTemplate(ctx, s.shopID, one); err != nil {
			s.t.Fatal(err)
		}
	}
	text.HTML = strings.Replace(text.HTML, "{{ letter.sign_off }}", "{{ letter.sign_of }}<script>alert(1)</script>", 1)
	if _, err := s.store.SaveDraft(store.Acting(s.t.Context(), &store.Act{ShopID: s.shopID, By: "Kim manager", Action: "templates.save"}), s.shopID, store.Draft{Template: text, Base: 1}); err != nil {
		s.t.Fatal(err)
	}
	s.ids["journey"], s.ids["locale"], s.ids["version"] = "birthday_coupon", "it", "2"
}

// ownText is a copy of Grazie's own.
func ownText(t *testing.T, journey, locale string) crm.Template {
	t.Helper()
	text, err := templates.Source(journey, locale)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

const thanksInItalian = "/gestures/thank_you/mail/it"

// fields is the editor's form as its page has it.
func (s *scene) fields(who, path string) url.Values {
	s.t.Helper()
	v := url.Values{}
	for _, n := range elementsOf(s.t, s.see(who, path).body) {
		switch name := attrOf(n, "name"); {
		case n.Data == "textarea" && name != "":
			text := ""
			if n.FirstChild != nil {
				text = strings.TrimPrefix(n.FirstChild.Data, "\n")
			}
			v.Set(name, text)
		case n.Data == "input" && (name == "revision" || name == "seen") && !v.Has(name):
			v.Set(name, attrOf(n, "value"))
		}
	}
	return v
}

func (s *scene) draft(journey, locale string) (store.Draft, bool) {
	s.t.Helper()
	d, err := s.store.Draft(s.t.Context(), s.shopID, journey, locale)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		s.t.Fatal(err)
	}
	return d, err == nil
}

func (s *scene) live(journey, locale string) crm.Template {
	s.t.Helper()
	all, err := s.store.Templates(s.t.Context(), s.shopID, journey)
	if err != nil {
		s.t.Fatal(err)
	}
	if i := slices.IndexFunc(all, func(t crm.Template) bool { return t.Locale == locale }); i >= 0 {
		return all[i]
	}
	return crm.Template{}
}

// From Grazie's own text to a published one and back, as a manager does it; what
// customers get changes only with a publication.
func TestTemplateFromCopyToPublished(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", thanksInItalian), "Grazie’s own text", "customer.first_name")
	a := s.see("manager", thanksInItalian)
	s.shows(a, "Start from a copy", "usable first name")
	s.leads(s.post("manager", thanksInItalian+"/start", url.Values{"revision": {"0"}, "seen": {"0"}}), thanksInItalian)
	v := s.fields("manager", thanksInItalian)
	if v.Get("html") != ownText(t, "thank_you", "it").HTML || v.Get("subject") != "{{ letter.subject }}" || s.live("thank_you", "it").Version != 0 {
		t.Fatalf("not the copy, or it is in use already: %v", v)
	}
	v.Set("subject", "Grazie di cuore, {{ customer.first_name }}")
	v.Set("reason", "warmer")
	s.leads(s.post("manager", thanksInItalian, v), thanksInItalian+"?said=templates.said.draft")
	if d, _ := s.draft("thank_you", "it"); d.Subject != v.Get("subject") || d.Revision != 2 || d.By != "Kim manager" || strings.Contains(d.HTML, "\r") {
		t.Errorf("%+v", d)
	}
	v = s.fields("manager", thanksInItalian)
	v.Set("reason", "warmer")
	v.Set("html", strings.ReplaceAll(v.Get("html"), "\n", "\r\n")) // as browsers send it
	s.leads(s.post("manager", thanksInItalian+"/publish", v), thanksInItalian+"?said=templates.said.published")
	if live := s.live("thank_you", "it"); live.Version != 1 || live.Subject != "Grazie di cuore, {{ customer.first_name }}" || strings.Contains(live.HTML, "\r") {
		t.Errorf("%+v", live)
	}
	if _, there := s.draft("thank_you", "it"); there {
		t.Error("the draft did not end")
	}
	if e := s.logged(); e.Action != "templates.publish" || e.Target != "thank_you it" || e.Why != "warmer" || e.Detail != "version 1" {
		t.Errorf("%+v", e)
	}
	s.shows(s.see("viewer", thanksInItalian+"/versions"), "Version 1", "Kim manager", "warmer")
	a = s.see("viewer", thanksInItalian+"/versions/1")
	s.shows(a, "Grazie di cuore", "{{ letter.subject }}") // what it was before stands beside it
	if a := s.post("manager", thanksInItalian+"/publish", s.fields("manager", thanksInItalian)); a.status != http.StatusUnprocessableEntity || s.live("thank_you", "it").Version != 1 {
		t.Errorf("the same was published again: %d", a.status)
	}
}

// An old version comes back as a new one, and so does Grazie's own text. An old page
// brings nothing back.
func TestTemplateRollsBack(t *testing.T) {
	s := newScene(t)
	for _, subject := range []string{"uno", "due"} {
		if _, err := s.store.SaveTemplate(t.Context(), s.shopID, crm.Template{Journey: "thank_you", Locale: "it", Subject: subject}); err != nil {
			t.Fatal(err)
		}
	}
	s.shows(s.see("manager", thanksInItalian+"/versions/1"), "Publish this version again", "uno")
	back := url.Values{"seen": {"2"}, "reason": {"it was better"}}
	if a := s.post("support", thanksInItalian+"/versions/1/publish", back); a.status != http.StatusForbidden {
		t.Error(a.status)
	}
	s.leads(s.post("manager", thanksInItalian+"/versions/1/publish", back), thanksInItalian)
	if live := s.live("thank_you", "it"); live.Version != 3 || live.Subject != "uno" {
		t.Errorf("%+v", live)
	}
	if e := s.logged(); e.Action != "templates.rollback" || e.Detail != "version 1 as 3" || e.Why != "it was better" {
		t.Errorf("%+v", e)
	}
	if a := s.post("manager", thanksInItalian+"/versions/2/publish", back); a.status != http.StatusConflict || s.live("thank_you", "it").Version != 3 {
		t.Errorf("an old page: %d", a.status)
	}
	s.shows(s.see("manager", thanksInItalian+"/versions/0"), "Go back to Grazie")
	s.leads(s.post("manager", thanksInItalian+"/versions/0/publish", url.Values{"seen": {"3"}}), thanksInItalian)
	if live := s.live("thank_you", "it"); live.Version != 4 || live.Subject != "" {
		t.Errorf("%+v", live)
	}
	s.shows(s.see("viewer", thanksInItalian+"/versions"), "Version 4", "(Grazie’s own)", "command line")
	if a := s.see("viewer", thanksInItalian+"/versions/9"); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
}

// A text with an error is kept as a draft and never published: the same check as on
// the command line says why, beside the field and with its line.
func TestTemplateWithAnErrorIsNotPublished(t *testing.T) {
	s := newScene(t)
	const mail = "/gestures/birthday_coupon/mail/it"
	text := ownText(t, "birthday_coupon", "it")
	for name, c := range map[string]struct{ html, says string }{
		"unknown variable":      {"<p>\n{{ customer.shoe_size }}</p><a href=\"{{ unsubscribe_url }}\">no</a>", "Line 2:"},
		"no way to unsubscribe": {"<p>{{ letter.greeting }}</p>", "unsubscribe_url"},
		"no Liquid":             {"<p>{% if %}</p>", "Line 1:"},
	} {
		v := s.fields("manager", mail)
		v.Set("subject", text.Subject)
		v.Set("html", c.html)
		v.Set("text", text.Text)
		a := s.post("manager", mail+"/publish", v)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "f-html-wrong") || !strings.Contains(a.body, html.EscapeString(c.says)) || !strings.Contains(a.body, "It was not published") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if d, _ := s.draft("birthday_coupon", "it"); d.HTML != c.html || s.live("birthday_coupon", "it").Version != 0 {
			t.Errorf("%s: the draft is lost, or it is in use: %+v", name, d)
		}
		renderer, err := templates.New()
		if err != nil {
			t.Fatal(err)
		}
		d, _ := s.draft("birthday_coupon", "it")
		var fault *templates.TemplateError
		if err := renderer.Check(d.Template); !errors.As(err, &fault) || !strings.Contains(a.body, html.EscapeString(fault.Message)) && !strings.Contains(a.body, strings.ReplaceAll(html.EscapeString(fault.Message), "&#34;", "&quot;")) {
			t.Errorf("%s: the command line says %v", name, err)
		}
		if e := s.logged(); e.Action != "templates.save" {
			t.Errorf("%s: the audit log says %+v", name, e)
		}
		s.shows(s.see("viewer", mail), "keeps this from being published")
	}
}

// Of two who write at one text, the second gets both texts side by side, and
// neither is lost.
func TestTemplateOfTwoWriters(t *testing.T) {
	s := newScene(t)
	kim, bea := s.fields("manager", thanksInItalian), s.fields("owner", thanksInItalian)
	kim.Set("subject", "from Kim")
	s.leads(s.post("manager", thanksInItalian, kim), thanksInItalian)
	bea.Set("subject", "from Bea <script>alert(2)</script>")
	for _, way := range []string{"", "/publish"} {
		a := s.post("owner", thanksInItalian+way, bea)
		for _, text := range []string{"from Kim", "from Bea &lt;script&gt;", "Saved by Kim manager", `name="revision" value="1"`} {
			if a.status != http.StatusConflict || !strings.Contains(a.body, text) {
				t.Errorf("%q: %d, without %q", way, a.status, text)
			}
		}
		if d, _ := s.draft("thank_you", "it"); d.Subject != "from Kim" || strings.Contains(a.body, "<script>alert") {
			t.Errorf("%+v", d)
		}
	}
	bea.Set("revision", "1") // as the page of both has it
	s.leads(s.post("owner", thanksInItalian, bea), thanksInItalian)
	if d, _ := s.draft("thank_you", "it"); !strings.HasPrefix(d.Subject, "from Bea") || d.Revision != 2 {
		t.Errorf("%+v", d)
	}
	if a := s.post("manager", thanksInItalian+"/discard", url.Values{"revision": {"1"}}); a.status != http.StatusConflict {
		t.Errorf("an old page throws away what another wrote: %d", a.status)
	}
	s.leads(s.post("manager", thanksInItalian+"/discard", url.Values{"revision": {"2"}}), thanksInItalian)
	if _, there := s.draft("thank_you", "it"); there {
		t.Error("it is still there")
	}
}

// Who publishes over a version that she did not see is told, and keeps her draft.
func TestTemplatePublishedMeanwhile(t *testing.T) {
	s := newScene(t)
	v := s.fields("manager", thanksInItalian)
	v.Set("subject", "mine")
	if _, err := s.store.SaveTemplate(t.Context(), s.shopID, crm.Template{Journey: "thank_you", Locale: "it", Subject: "from the command line"}); err != nil {
		t.Fatal(err)
	}
	a := s.post("manager", thanksInItalian+"/publish", v)
	if d, _ := s.draft("thank_you", "it"); a.status != http.StatusConflict || d.Subject != "mine" || s.live("thank_you", "it").Subject != "from the command line" {
		t.Errorf("%d %+v", a.status, d)
	}
	v = s.fields("manager", thanksInItalian)
	s.leads(s.post("manager", thanksInItalian+"/publish", v), thanksInItalian)
	if live := s.live("thank_you", "it"); live.Subject != "mine" || live.Version != 2 {
		t.Errorf("%+v", live)
	}
}

// Who may only look gets no form, and changes nothing.
func TestTemplateRoles(t *testing.T) {
	s := newScene(t)
	stageTemplates(s)
	const mail = "/gestures/birthday_coupon/mail/it"
	for _, who := range []string{"viewer", "support"} {
		a := s.see(who, mail)
		s.shows(a, "Only managers and owners", "&lt;img src=x onerror")
		if strings.Contains(a.body, "<textarea") || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, "<script>alert") {
			t.Errorf("%s gets fields, or a script: %s", who, a.body)
		}
		for _, way := range []string{"", "/start", "/publish", "/discard", "/versions/1/publish", "/test"} {
			if a := s.post(who, mail+way, url.Values{"subject": {"changed"}, "revision": {"1"}, "seen": {"2"}}); a.status != http.StatusForbidden {
				t.Errorf("%s %s: %d", who, way, a.status)
			}
		}
	}
	for _, path := range []string{"/gestures/thank_you/mail/xx", "/gestures/thank_you/mail/IT", "/gestures/name_day/mail/it", "/gestures/thank_you/mail/it%2F.."} {
		if a := s.see("owner", path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

var frameOfMail = regexp.MustCompile(`<iframe class="mail[^"]*" src="([^"]+)"`)

// framed is what the frames of a page show.
func (s *scene) framed(a answer) (all []string) {
	s.t.Helper()
	for _, m := range frameOfMail.FindAllStringSubmatch(a.body, -1) {
		view := s.send(http.MethodGet, m[1], http.Header{}, nil)
		if view.status != http.StatusOK || !strings.Contains(view.header.Get("Content-Security-Policy"), "sandbox; default-src 'none'") {
			s.t.Errorf("%d %v", view.status, view.header)
		}
		all = append(all, view.body)
	}
	return all
}

// The preview shows a real past order in the draft's text and in the published one,
// wide, on a phone, in the dark and as text; a look at her data is in the audit log.
func TestTemplatePreview(t *testing.T) {
	s := newScene(t)
	s.set(func(shop *crm.Shop) { shop.Locale = "en" })
	s.buys("T-1001", "t77")
	text := ownText(t, "thank_you", "it")
	text.Subject = "Pubblicato"
	if _, err := s.store.SaveTemplate(t.Context(), s.shopID, text); err != nil {
		t.Fatal(err)
	}
	text.Subject, text.HTML = "Bozza per {{ customer.first_name }}, con un oggetto fin troppo lungo", strings.Replace(text.HTML, "{{ letter.greeting }}", `{{ letter.greeting }}<img src="https://x.example/a.png"><b>bozza {{ order.name }}</b>`, 1)
	text.Text = ""
	if _, err := s.store.SaveDraft(t.Context(), s.shopID, store.Draft{Template: text}); err != nil {
		t.Fatal(err)
	}
	const preview = thanksInItalian + "/preview"
	a := s.see("viewer", preview)
	s.shows(a, "Bozza per Anna", "#T-1001", "Pictures without an alternative text, 1", "the plain text is Grazie’s", "Your customers also read: English", " KB")
	if e := s.logged(); e.Action != "templates.preview.title" || e.Detail != "T-1001" {
		t.Errorf("a look is not written down: %+v", e)
	}
	frames := s.framed(a)
	if len(frames) != 3 || !strings.Contains(frames[0], "bozza #T-1001") || frames[0] != frames[1] {
		t.Fatalf("%d frames: %v", len(frames), frames)
	}
	if !strings.Contains(frames[2], "@media (min-width:0){.desk") || strings.Contains(frames[0], "prefers-color-scheme") || !strings.Contains(frames[0], "@media (max-width:0){.desk") {
		t.Error("the dark frame is not dark, or the light one may be")
	}
	live := s.see("viewer", preview+"?of=live&order=T-1001")
	if s.shows(live, "Pubblicato"); strings.Contains(strings.Join(s.framed(live), ""), "bozza") {
		t.Error("the published text shows the draft")
	}
	builtin := s.see("viewer", preview+"?of=builtin&order=none")
	if strings.Contains(builtin.body, "Bozza") || strings.Contains(strings.Join(s.framed(builtin), ""), "#T-1001") {
		t.Error("an invented order shows the real one")
	}
	for i, c := range []struct{ html, says string }{{"{% for i in (1..2) %}" + strings.Repeat("<p>too much</p>", 3250) + "{% endfor %}", "Gmail cuts off"}, {"{{ nobody }}", "This text has an error"}} {
		if _, err := s.store.SaveDraft(t.Context(), s.shopID, store.Draft{Template: crm.Template{Journey: "thank_you", Locale: "it", HTML: c.html}, Revision: i + 1}); err != nil {
			t.Fatal(err)
		}
		s.shows(s.see("viewer", preview), c.says)
	}
	if a := s.see("viewer", preview+"?order=T-9999"); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	for _, j := range []string{"birthday_coupon", "anniversary_coupon", "review_request", "return_upgrade", "apology"} {
		if frames := s.framed(s.see("viewer", "/gestures/"+j+"/mail/de/preview")); len(frames) != 3 || !strings.Contains(frames[0], `lang="de"`) {
			t.Errorf("%s: %d frames", j, len(frames))
		}
	}
}

// A test mail is of the draft, goes to whom staff says, and counts nowhere.
func TestTemplateTestMail(t *testing.T) {
	var mu sync.Mutex
	var taken []string
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		taken = append(taken, string(body))
		mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(provider.Close)
	s := newScene(t, func(d *door) {
		d.options.Mailer = sendgrid.New(http.DefaultClient, d.Now)
		d.options.Connection = integrations.Connection{Settings: crm.Values{"key": "SG.secret", "base_url": provider.URL}}
	})
	s.buys("T-1001", "t77")
	text := ownText(t, "thank_you", "it")
	text.Subject = "Bozza"
	if _, err := s.store.SaveDraft(t.Context(), s.shopID, store.Draft{Template: text}); err != nil {
		t.Fatal(err)
	}
	send := func(to string) answer {
		return s.post("manager", thanksInItalian+"/test", url.Values{"of": {"draft"}, "order": {"T-1001"}, "to": {to}})
	}
	if a := send("not an address"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Write one mail address") || !strings.Contains(a.body, `value="not an address"`) {
		t.Errorf("%d", a.status)
	}
	s.leads(send("anna@bottega.example"), thanksInItalian+"/preview")
	s.leads(send("kim@staff.example"), thanksInItalian+"/preview")
	if len(taken) != 2 || !strings.Contains(taken[0], "[Test] Bozza") || !strings.Contains(taken[0], "Olive soap") || strings.Contains(taken[1], "Olive soap") {
		t.Errorf("%d mails: %v", len(taken), taken)
	}
	if e := s.logged(); e.Action != "templates.test" || e.Detail != "draft, order invented" || strings.Contains(e.Target+e.Why+e.Detail, "@") {
		t.Errorf("%+v", e)
	}
	if all := s.messages(); len(all) != 0 {
		t.Errorf("it became a message: %+v", all)
	}
	if rewards, err := s.store.Rewards(t.Context(), s.shopID, "", 10); err != nil || len(rewards) != 0 {
		t.Error(rewards, err)
	}
	for range 3 {
		s.leads(send("kim@staff.example"), thanksInItalian)
	}
	if a := send("kim@staff.example"); a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "Five test mails an hour") {
		t.Errorf("%d", a.status)
	}
}
