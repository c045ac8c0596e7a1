package handlers_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/store"
)

// byHandNames are what people are called in the stages below.
var byHandNames = [][2]string{{"Maria Antonietta Guglielmina", "von Hohenzollern-Sigmaringen della Rovere"}, {"שרה", "אברהמי"}, {`<img src=x onerror=alert(1)>`, "🌻"}}

// handBuyer is a customer with an order; her id and the order's are the same
// number.
func (s *scene) handBuyer(id string, first, last string) crm.Order {
	s.t.Helper()
	now, price := s.Now(), crm.Money{Minor: 4900, Currency: "EUR"}
	email := "buyer" + id + "@posta.example"
	who := crm.Customer{ID: id, FirstName: first, LastName: last, Email: email, EmailKey: email, Locale: "en", Address: &crm.Address{Country: "IT"}, UpdatedAt: now,
		Consent: crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "confirmed_opt_in", At: now}}
	o := crm.Order{ID: id, Name: "#" + id, CustomerID: id, Email: email, EmailKey: email, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{ID: "1", Title: "Olive soap", Quantity: 2, Price: price}}, Shipping: who.Address, CreatedAt: now, PaidAt: now, UpdatedAt: now}
	s.handTold(crm.Event{Kind: crm.OrderPaid, At: now, Order: &o, Customer: &who})
	return o
}

// handTold applies what the platform tells; nothing follows by itself.
func (s *scene) handTold(events ...crm.Event) {
	s.t.Helper()
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{Events: events}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// handAsked is a gesture that somebody asked for.
func (s *scene) handAsked(r desk.Request) crm.Message {
	s.t.Helper()
	m, err := s.options.Desk.Run(s.t.Context(), s.shop, r)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// handWaits is what a worker makes of a gift above the limit.
func (s *scene) handWaits(m crm.Message) crm.Message {
	s.t.Helper()
	if done, err := s.store.RecordOutcome(s.t.Context(), store.Outcome{Message: m, State: crm.Planned, Reason: crm.ReasonNeedsApproval, DueAt: s.Now().Add(time.Hour)}); !done || err != nil {
		s.t.Fatal(done, err)
	}
	return s.handMessage(m.ID)
}

func (s *scene) handMessage(id string) crm.Message {
	s.t.Helper()
	m, err := s.store.Message(s.t.Context(), s.shopID, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// stageJobs puts something on each page of its area.
func stageJobs(s *scene) {
	for i, name := range byHandNames {
		o := s.handBuyer("760"+string(rune('1'+i)), name[0], name[1])
		m := s.handAsked(desk.Request{Journey: "apology", Order: o.ID, Ask: crm.Ask{By: "Kim manager", Reason: `The parcel was lost twice <script>alert("x")</script>`, Offer: crm.OfferCode}})
		if i < 2 {
			s.ids["job"] = s.handWaits(m).ID
		}
	}
	s.sent(s.handAsked(desk.Request{Journey: "thank_you", Order: "7601", Ask: crm.Ask{By: "Kim support", Reason: "She asked on the telephone"}}).ID)
}

// hiddenIn is a hidden field of a page.
func hiddenIn(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no %s: %s", name, page)
	}
	return html.UnescapeString(found[1])
}

func apologyFor(order string, more url.Values) url.Values {
	v := url.Values{"journey": {"apology"}, "order": {order}, "reason": {"parcel lost twice"}, "offer": {"code"}, "note": {"I am so sorry."}}
	for k, all := range more {
		v[k] = all
	}
	return v
}

// What is shown before is what is done: the mail, its id and who asked; and before
// she says so nothing is.
func TestConsoleRunsByHand(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7001", "Ada", `<b>Rossi</b>`)
	s.shows(s.see("manager", "/jobs"), "Nobody asked for anything by hand yet.")
	s.shows(s.see("manager", "/jobs/new?journey=apology"), "For whom or what?", `value="apology" checked`)
	found := s.see("manager", "/jobs/new?journey=apology&q=7001")
	s.shows(found, "Order #7001", "?order=7001&amp;journey=apology")
	s.shows(s.see("manager", "/jobs/new?q=buyer7001%40posta.example"), "Ada &lt;b&gt;Rossi&lt;/b&gt;", "?customer=7001")
	s.shows(s.see("manager", "/jobs/new?q=none"), "Nothing here fits.")
	s.shows(s.see("manager", "/jobs/new?order=7001&journey=apology"), `<input type="hidden" name="order" value="7001">`)

	shown := s.post("manager", "/jobs/preview", apologyFor("7001", nil))
	s.shows(shown, "It would be sent now.", "Discount code: 10 % off", "worth up to", "buyer7001@posta.example", "I am so sorry.", "PREVIEW", "Send it now")
	if len(s.messages()) != 0 || len(s.rings()) != 0 {
		t.Fatal("a look planned something")
	}
	if l := s.logged(); l.Action != "jobs.preview" || l.Target != "order:7001" || strings.Contains(l.Detail+l.Target, "Ada") {
		t.Errorf("%+v", l)
	}
	frame := s.see("nobody", "/console/view/"+hiddenIn(t, shown.body, "draft"))
	if frame.status != http.StatusOK || !strings.Contains(frame.body, "I am so sorry.") || !strings.Contains(frame.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %s", frame.status, frame.body)
	}
	draft := url.Values{"draft": {hiddenIn(t, shown.body, "draft")}}
	s.leads(s.post("manager", "/jobs", draft), "/jobs?said=jobs.said.planned")
	all := s.messages()
	if len(all) != 1 || all[0].Ask == nil || all[0].Ask.By != "Kim manager" || all[0].Ask.Staff != s.staff["manager"].ID || all[0].Ask.Offer != crm.OfferCode || all[0].Ask.Reason != "parcel lost twice" {
		t.Fatalf("%+v", all)
	}
	if rung := s.rings(); len(rung) != 1 || rung[0] != all[0].ID {
		t.Errorf("rung for %v", rung)
	}
	if l := s.logged(); l.Action != "jobs.run" || l.Target != "order:7001" || l.Why != "parcel lost twice" || l.Staff != s.staff["manager"].ID {
		t.Errorf("%+v", l)
	}
	// The words are those that were shown: they follow the message's id.
	p, err := s.options.Desk.Preview(t.Context(), s.shop, desk.Request{Journey: "apology", Order: "7001", Ask: *all[0].Ask})
	if err != nil || p.Mail == nil || p.Mail.HTML != frame.body {
		t.Errorf("another mail would go out than was shown: %v", err)
	}
	s.leads(s.post("manager", "/jobs", draft), "/jobs?said=jobs.said.planned") // pressed twice
	if n := len(s.messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	s.shows(s.see("support", "/jobs"), "Apology", "Ada &lt;b&gt;Rossi&lt;/b&gt;", "Kim manager", "parcel lost twice", "Planned for")

	s.sent(all[0].ID)
	again := s.post("manager", "/jobs/preview", apologyFor("7001", nil))
	if again.status != http.StatusUnprocessableEntity || !strings.Contains(again.body, "This occasion had its gesture: Sent") || !strings.Contains(again.body, "parcel lost twice") {
		t.Errorf("%d %s", again.status, again.body)
	}
	s.shows(s.post("manager", "/jobs/preview", apologyFor("7001", url.Values{"again": {"her old address"}})), "Send it now")
}

// What changed since she saw it is not done but shown anew.
func TestConsoleShowsByHandAnew(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7001", "Ada", "Rossi")
	preview := func() url.Values {
		return url.Values{"draft": {hiddenIn(t, s.post("manager", "/jobs/preview", apologyFor("7001", nil)).body, "draft")}}
	}
	draft := preview()
	s.set(func(shop *crm.Shop) { shop.Journeys["apology"] = crm.Values{"enabled": "true", "percent": "20"} })
	a := s.post("manager", "/jobs", draft)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "It is not what you saw a moment ago") || !strings.Contains(a.body, "20 % off") || !strings.Contains(a.body, `value="parcel lost twice"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if len(s.messages()) != 0 {
		t.Error("it was done")
	}
	s.leads(s.post("manager", "/jobs", url.Values{"draft": {hiddenIn(t, a.body, "draft")}}), "/jobs")

	s.handBuyer("7002", "Bea", "Rossi")
	for name, draft := range map[string]url.Values{
		"somebody else's": {"draft": {hiddenIn(t, s.post("owner", "/jobs/preview", apologyFor("7002", nil)).body, "draft")}},
		"another token":   {"draft": {s.store.ViewToken(s.shopID, "message/msg_1")}},
		"none":            nil,
	} {
		if a := s.post("manager", "/jobs", draft); a.status != http.StatusConflict {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	draft = preview2(s, "7002")
	s.pass(store.ViewTime + time.Minute)
	if a := s.post("manager", "/jobs", draft); a.status != http.StatusConflict {
		t.Errorf("an old one: %d", a.status)
	}
}

func preview2(s *scene, order string) url.Values {
	return url.Values{"draft": {hiddenIn(s.t, s.post("manager", "/jobs/preview", apologyFor(order, nil)).body, "draft")}}
}

// Support looks at everything and runs what gives nothing.
func TestConsoleRolesByHand(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7001", "Ada", "Rossi")
	gift := s.post("support", "/jobs/preview", apologyFor("7001", nil))
	s.shows(gift, "Ask a manager to run this one.", "Discount code")
	if strings.Contains(gift.body, `name="draft"`) {
		t.Error("there is a button that would be refused")
	}
	src := regexp.MustCompile(`src="/console/view/([^"]+)"`).FindStringSubmatch(gift.body)
	if a := s.post("support", "/jobs", url.Values{"draft": {src[1]}}); a.status != http.StatusForbidden || len(s.messages()) != 0 {
		t.Errorf("%d, %d messages", a.status, len(s.messages()))
	}
	plain := s.post("support", "/jobs/preview", apologyFor("7001", url.Values{"offer": {"none"}}))
	s.shows(plain, "Nothing else is done.")
	s.leads(s.post("support", "/jobs", url.Values{"draft": {hiddenIn(t, plain.body, "draft")}}), "/jobs")
	if a := s.post("viewer", "/jobs/preview", apologyFor("7001", nil)); a.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", a.status)
	}
}

// What is wrong stands beside its field, and what was typed stays.
func TestConsoleByHandWrongInput(t *testing.T) {
	s := newScene(t)
	s.handBuyer("7001", "Ada", "Rossi")
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"no gesture":     {apologyFor("7001", url.Values{"journey": {"name_day"}}), "This gesture does not fit."},
		"no occasion":    {apologyFor("7001", url.Values{"journey": {"birthday_coupon"}}), "This gesture does not fit."},
		"no reason":      {apologyFor("7001", url.Values{"reason": {" "}}), "Say why, in one line"},
		"a long note":    {apologyFor("7001", url.Values{"note": {strings.Repeat("a", 501)}}), "One line of up to 500 letters"},
		"another offer":  {apologyFor("7001", url.Values{"offer": {"money"}}), "Choose one of the list."},
		"no first":       {apologyFor("7001", url.Values{"again": {"why not"}}), "there was no first one"},
		"no target":      {url.Values{"journey": {"apology"}, "reason": {"x"}, "note": {"I am so sorry."}}, "Something cannot be taken as it is"},
		"two at a time":  {apologyFor("7001", url.Values{"reason": {""}, "note": {"I am\u202e so sorry."}}), "One line of up to 500 letters"},
		"script as text": {apologyFor("7001", url.Values{"reason": {""}, "note": {`<script>"I am so sorry."`}}), "&lt;script&gt;&#34;I am so sorry."},
	} {
		a := s.post("manager", "/jobs/preview", c.form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if c.form.Get("order") != "" && c.form.Get("note") == "I am so sorry." && !strings.Contains(a.body, "I am so sorry.</textarea>") {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	if a := s.post("manager", "/jobs/preview", apologyFor("9999", nil)); a.status != http.StatusNotFound {
		t.Errorf("no such order: %d", a.status)
	}
	if len(s.messages()) != 0 {
		t.Error("something was planned")
	}
}

// A person's own limit holds a gift back as the shop's does; who asked cannot say
// yes, nor can who may not give so much.
func TestConsoleApproves(t *testing.T) {
	s := newScene(t)
	s.hire("second", store.Manager, s.shopID)
	small, err := s.store.AddStaff(t.Context(), crm.Staff{Email: "small@staff.example", Name: "Kim small"}, store.Member{ShopID: s.shopID, Role: store.Manager, GiftLimit: "1.00"})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.store.CreateSession(t.Context(), store.Session{StaffID: small.ID, Stage: store.StageIn, Until: s.Now().Add(store.SessionTime)}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.cookies["small"] = secret
	s.handBuyer("7001", "Ada", "Rossi")
	s.handBuyer("7002", "Bea", "Rossi")
	s.shows(s.post("manager", "/jobs/preview", apologyFor("7001", nil)), "It would be sent now.")
	shown := s.post("small", "/jobs/preview", apologyFor("7001", nil))
	s.shows(shown, "it waits until somebody else says yes", "Discount code", "I am so sorry.", "Ask for a yes")
	s.leads(s.post("small", "/jobs", url.Values{"draft": {hiddenIn(t, shown.body, "draft")}}), "/jobs?said=jobs.said.waits")
	m := s.messages()[0]
	if m.Ask.Limit != "1.00" {
		t.Errorf("%+v", m.Ask)
	}
	if d, err := s.options.Desk.Preview(t.Context(), s.shop, desk.Request{Journey: "apology", Order: "7001", Ask: *m.Ask}); err != nil || d.Decision.Reason != crm.ReasonNeedsApproval {
		t.Errorf("%+v, %v", d.Decision, err)
	}
	m = s.handWaits(m)
	list := s.see("second", "/jobs")
	s.shows(list, "Waits for a yes", "Say yes", "Say no", "Kim small asked on", "parcel lost twice")
	seen := url.Values{"seen": {hiddenIn(t, list.body, "seen")}}
	s.shows(s.see("small", "/jobs"), "You asked for it. Somebody else must say yes.")
	s.shows(s.see("support", "/jobs"), "A manager can say yes or no.")

	yes, no := "/jobs/"+m.ID+"/approve", "/jobs/"+m.ID+"/decline"
	for who, status := range map[string]int{"support": http.StatusForbidden, "small": http.StatusUnprocessableEntity, "stranger": http.StatusNotFound} {
		if a := s.post(who, yes, seen); a.status != status {
			t.Errorf("%s: %d %s", who, a.status, a.body)
		}
	}
	if a := s.post("second", yes, url.Values{"seen": {"planned 2020-01-01T00:00:00Z"}}); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	if a := s.post("second", no, seen); a.status != http.StatusUnprocessableEntity || s.handMessage(m.ID).State != crm.Planned {
		t.Errorf("no without a reason: %d", a.status)
	}
	s.leads(s.post("second", yes, seen), "/jobs?said=jobs.said.approved")
	if got := s.handMessage(m.ID); got.Ask.Approval != "Kim second" {
		t.Errorf("%+v", got.Ask)
	}
	if l := s.logged(); l.Action != "jobs.approve" || l.Target != m.ID || !strings.Contains(l.Detail, "EUR") {
		t.Errorf("%+v", l)
	}
	if a := s.post("second", yes, seen); a.status != http.StatusConflict {
		t.Errorf("twice: %d", a.status)
	}

	// Her own limit was lifted meanwhile, and still she asked for it herself.
	other := s.handWaits(s.handAsked(desk.Request{Journey: "apology", Order: "7002", Ask: crm.Ask{By: "Kim second, as she was called", Staff: s.staff["second"].ID, Reason: "x", Offer: crm.OfferCode}}))
	list = s.see("manager", "/jobs")
	seen = url.Values{"seen": {hiddenIn(t, list.body, "seen")}, "reason": {"too much"}}
	if a := s.post("second", "/jobs/"+other.ID+"/approve", seen); a.status != http.StatusForbidden {
		t.Errorf("her own: %d", a.status)
	}
	s.leads(s.post("manager", "/jobs/"+other.ID+"/decline", seen), "/jobs?said=jobs.said.declined")
	if got := s.handMessage(other.ID); got.State != crm.Cancelled || got.Detail != "Kim manager: too much" {
		t.Errorf("%+v", got)
	}
}
