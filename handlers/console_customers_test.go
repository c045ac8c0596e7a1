package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// hurt is a name that would break a page that trusted it.
const hurt = `<img src=x onerror=alert(1)> Maximiliane-Theodora von und zu Hohenlohe-Schillingsfürst-Langenburg 🌷`

// stageCustomers puts something on each page of its area.
func stageCustomers(s *scene) {
	s.t.Helper()
	s.ids["customer"] = "9001"
	s.buyer(crm.Customer{ID: "9001", FirstName: hurt, LastName: "د. عبد الرحمن", Email: "frida@mail.example", Locale: "it", Birthday: crm.Birthday{Day: "03-05", Source: "form", At: s.Now()},
		Address: &crm.Address{City: "Roma", Country: "IT"}, Consent: crm.Consent{State: crm.ConsentSubscribed, OptInLevel: "single_opt_in", Source: "shopify", At: s.Now()}}, "9101", "9102")
	s.buyer(crm.Customer{ID: "9002", FirstName: "Bea", LastName: "Rossi", Email: "bea@mail.example"}, "9103")
	for _, err := range []error{
		s.store.Suppress(s.t.Context(), s.shopID, "frida@mail.example", crm.ScopeMarketing, "Kim: <b>she asked on the telephone</b>", time.Time{}),
		s.store.Suppress(s.t.Context(), s.shopID, "frida@mail.example", crm.ScopeAll, crm.SuppressedComplained, time.Time{}),
	} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// buyer is a customer with orders that went all ways.
func (s *scene) buyer(c crm.Customer, orders ...string) {
	s.t.Helper()
	c.EmailKey, c.UpdatedAt = crm.EmailKey(c.Email), s.Now()
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.Now().AddDate(0, -1, 0)
	}
	events := []crm.Event{{Kind: crm.CustomerChanged, Customer: &c}}
	for i, id := range orders {
		at := s.Now().Add(-time.Duration(48*(i+1)) * time.Hour)
		o := crm.Order{ID: id, Name: "#" + id, CustomerID: c.ID, Email: c.Email, EmailKey: c.EmailKey, Status: crm.Paid, Total: crm.Money{Minor: 4990, Currency: "EUR"}, Subtotal: crm.Money{Minor: 4490, Currency: "EUR"},
			Items: []crm.LineItem{{ID: "1", Title: "Soap of <i>lavender</i>", Quantity: 2, Price: crm.Money{Minor: 2245, Currency: "EUR"}}}, CreatedAt: at, PaidAt: at, UpdatedAt: s.Now(),
			Fulfillments: []crm.Fulfillment{{ID: "f" + id, Status: "success", ShipmentStatus: "delivered", CreatedAt: at.Add(time.Hour), DeliveredAt: at.Add(26 * time.Hour)}}}
		events = append(events, crm.Event{Kind: crm.OrderChanged, Order: &o})
	}
	if len(orders) > 1 {
		events = append(events, crm.Event{Kind: crm.ReturnChanged, Return: &crm.Return{ID: "r" + orders[0], Name: "#R1", OrderID: orders[0], Status: crm.ReturnRequested, RequestedAt: s.Now().Add(-time.Hour), Lines: []crm.ReturnLine{{Title: "Soap", Quantity: 1}}}})
	}
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{Events: events}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// valueOfHidden is the value of a hidden field of a page.
func valueOfHidden(t *testing.T, a answer, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no hidden %s in %s", name, a.body)
	}
	return strings.NewReplacer("&#43;", "+", "&amp;", "&", "&#34;", `"`).Replace(m[1])
}

// Whoever is on the telephone is found by what she says.
func TestConsoleFindsCustomers(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("viewer", "/customers"), "No customer has come in")
	stageCustomers(s)
	s.shows(s.see("viewer", "/customers"), "Bea Rossi", "bea@mail.example", "44.90", "Mails stopped", "/customers/9001", "&lt;img src=x onerror=alert(1)&gt;")
	for query, want := range map[string]string{"q=ros": "9002", "q=BEA+rossi": "9002", "q=hohenlohe": "9001", "q=frida%40": "9001", "q=9103": "placed the order #9103", "q=%239103": "placed the order #9103",
		"q=9002": "has the number 9002", "birthday=true": "9001", "consent=subscribed": "9001", "suppressed=true": "9001"} {
		a := s.see("viewer", "/customers?"+query)
		s.shows(a, want)
		if other := "/customers/" + map[bool]string{true: "9002", false: "9001"}[want == "9001"] + `"`; strings.Contains(a.body, other) {
			t.Errorf("%s finds others too", query)
		}
	}
	s.shows(s.see("viewer", "/customers?q=nobody"), "Nobody is found so", `value="nobody"`)
	if a := s.see("viewer", "/customers?after=cut"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Begin the list again") {
		t.Errorf("%d %s", a.status, a.body)
	}
	for i := range 60 {
		s.buyer(crm.Customer{ID: fmt.Sprint("many", i), FirstName: "Ann", Email: fmt.Sprintf("ann%d@mail.example", i)})
	}
	a := s.see("viewer", "/customers?q=ann")
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(a.body)
	if next == nil || strings.Count(a.body, "<tr>") != 51 {
		t.Fatalf("%d rows, %v", strings.Count(a.body, "<tr>"), next)
	}
	if a = s.see("viewer", strings.ReplaceAll(next[1], "&amp;", "&")); strings.Count(a.body, "<tr>") != 11 {
		t.Errorf("%d rows on the second page: %s", strings.Count(a.body, "<tr>"), a.body)
	}
}

// One page tells who she is, what happened, and of every gesture why or why not;
// that somebody looked is written down.
func TestConsoleTellsOfACustomer(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	a := s.see("support", "/customers/9001")
	s.shows(a, "&lt;img src=x onerror=alert(1)&gt;", "frida@mail.example", "5 Mar", "herself, on her own page", "agreed", "Europe/Rome", "by her address", "89.80",
		"Order #9101 for 49.90", "Order #9101 was delivered", "Return of order #9101", "Soap of &lt;i&gt;lavender&lt;/i&gt;", "Consent: never told → agreed (the shop’s platform)",
		"She reported a mail as spam.", "Kim: &lt;b&gt;she asked", "Birthday coupon", "The calendar plans it", "Thank-you", "Nothing is planned",
		"/jobs/new?customer=9001&amp;journey=birthday_coupon", "/jobs/new?journey=thank_you&amp;order=9101", "journey=return_upgrade&amp;return=r9101", "Change them there")
	if strings.Contains(a.body, "/erase") || strings.Contains(a.body, "/consent\"") {
		t.Error("support is offered what only managers may")
	}
	if e := s.logged(); e.Action != "customers.one" || e.Target != "9001" || strings.Contains(fmt.Sprint(e), "frida") {
		t.Errorf("%+v", e)
	}
	if a := s.see("viewer", "/customers/9001"); strings.Contains(a.body, "/jobs/new") || strings.Contains(a.body, "/birthday") {
		t.Error("a viewer is offered what she may not")
	}
	s.shows(s.see("manager", "/customers/9001"), "/customers/9001/erase", "/customers/9001/consent", "/lift?stop=")
	if a := s.see("viewer", "/customers/nobody"); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
}

// The page of one with thousands of orders reads the newest, goes on by pages, and
// tells of gestures when asked.
func TestConsoleBoundsACustomersStory(t *testing.T) {
	s := newScene(t)
	var orders []string
	for i := range 130 {
		orders = append(orders, fmt.Sprint(7000+i))
	}
	s.buyer(crm.Customer{ID: "whale", FirstName: "Moby", Email: "moby@mail.example"}, orders...)
	a := s.see("viewer", "/customers/whale")
	s.shows(a, "100 or more", "a great many orders", "?why=true")
	pages := 1
	for ; pages < 20; pages++ {
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(a.body)
		if next == nil {
			break
		}
		a = s.see("viewer", strings.ReplaceAll(next[1], "&amp;", "&"))
	}
	s.shows(a, "Older orders and mails are not shown here", "Order #7099 for")
	if pages != 8 { // 300 of orders, one of a return
		t.Errorf("%d pages", pages)
	}
	s.shows(s.see("viewer", "/customers/whale?why=true"), "Thank-you", "#7000")
}

// A birthday is changed with a reason; a wrong day stays beside its field, and a
// stale page changes nothing.
func TestConsoleEditsABirthday(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	form := s.see("support", "/customers/9001/birthday")
	s.shows(form, `value="03-05"`)
	was := valueOfHidden(t, form, "seen")
	for field, values := range map[string]url.Values{"birthday": {"birthday": {"31-12"}, "reason": {"she <b>called</b>"}, "seen": {was}}, "reason": {"birthday": {"12-31"}, "reason": {"  "}, "seen": {was}}} {
		a := s.post("support", "/customers/9001/birthday", values)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-`+field+`-wrong"`) || !strings.Contains(a.body, `value="`+values.Get("birthday")+`"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	s.leads(s.post("support", "/customers/9001/birthday", url.Values{"birthday": {"12-31"}, "reason": {"she called"}, "seen": {was}}), "/customers/9001?said=customers.said.birthday")
	c, err := s.store.Customer(t.Context(), s.shopID, "9001")
	if err != nil || c.Birthday.Day != "12-31" || c.Birthday.Source != "staff" {
		t.Errorf("%+v, %v", c.Birthday, err)
	}
	if e := s.logged(); e.Action != "customers.birthday" || e.Why != "she called" || e.Target != "9001" {
		t.Errorf("%+v", e)
	}
	s.shows(s.see("support", "/customers/9001"), "31 Dec", "Change a birthday, by Kim support", "she called", "counts after a day")
	if a := s.post("support", "/customers/9001/birthday", url.Values{"birthday": {"01-01"}, "reason": {"x"}, "seen": {was}}); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	fresh := valueOfHidden(t, s.see("support", "/customers/9001/birthday"), "seen")
	s.leads(s.post("support", "/customers/9001/birthday", url.Values{"birthday": {""}, "reason": {"a mistake"}, "seen": {fresh}}), "/customers/9001?said=customers.said.birthday.gone")
	if a := s.post("viewer", "/customers/9001/birthday", url.Values{}); a.status != http.StatusForbidden {
		t.Error(a.status)
	}
}

// What she says of marketing is noted with its proof.
func TestConsoleNotesAConsent(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	was := valueOfHidden(t, s.see("manager", "/customers/9002/consent"), "seen")
	a := s.post("manager", "/customers/9002/consent", url.Values{"state": {"redacted"}, "evidence": {""}, "seen": {was}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-state-wrong"`) || !strings.Contains(a.body, `id="f-evidence-wrong"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("manager", "/customers/9002/consent", url.Values{"state": {"subscribed"}, "level": {"confirmed_opt_in"}, "evidence": {"a form, <b>signed</b>"}, "seen": {was}}), "/customers/9002?said=customers.said.consent")
	c, err := s.store.Customer(t.Context(), s.shopID, "9002")
	if err != nil || c.Consent.State != crm.ConsentSubscribed || c.Consent.OptInLevel != "confirmed_opt_in" || c.Consent.Source != "staff" {
		t.Errorf("%+v, %v", c.Consent, err)
	}
	s.shows(s.see("viewer", "/customers/9002"), "Consent: never told → agreed (staff)", "Kim manager: a form, &lt;b&gt;signed&lt;/b&gt;")
	if e := s.logged(); strings.Contains(fmt.Sprint(e), "signed") {
		t.Errorf("her words stand in the audit log: %+v", e)
	}
	if a := s.post("manager", "/customers/9002/consent", url.Values{"state": {"unsubscribed"}, "evidence": {"x"}, "seen": {was}}); a.status != http.StatusConflict {
		t.Error(a.status)
	}
	if a := s.post("support", "/customers/9002/consent", url.Values{}); a.status != http.StatusForbidden {
		t.Error(a.status)
	}
}

// Mails are stopped and allowed again; what she said herself is not staff's to lift.
func TestConsoleStopsAndAllowsMails(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	if a := s.post("support", "/customers/9002/suppress", url.Values{"scope": {"everything"}, "reason": {"she asked"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-scope-wrong"`) || !strings.Contains(a.body, "she asked") {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(s.post("support", "/customers/9002/suppress", url.Values{"scope": {"birthday_coupon"}, "reason": {"she asked"}}), "/customers/9002?said=customers.said.suppressed")
	stops := func(email string) []store.Suppressed {
		all, err := s.store.Suppressions(t.Context(), s.shopID, email, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := stops("bea@mail.example"); len(all) != 1 || all[0].Scope != "birthday_coupon" || all[0].Reason != "Kim support: she asked" {
		t.Errorf("%+v", all)
	}
	if e := s.logged(); e.Action != "customers.suppress" || e.Detail != "birthday_coupon" || e.Why != "she asked" {
		t.Errorf("%+v", e)
	}
	lift := func(email, scope string, more url.Values) answer {
		for _, x := range stops(email) {
			if x.Scope == scope {
				id := map[string]string{"bea@mail.example": "9002", "frida@mail.example": "9001"}[email]
				form := s.see("manager", "/customers/"+id+"/lift?stop="+x.Hash+"."+scope)
				more.Set("stop", x.Hash+"."+scope)
				more.Set("seen", valueOfHidden(t, form, "seen"))
				return s.post("manager", "/customers/"+id+"/lift", more)
			}
		}
		t.Fatal("no such stop")
		return answer{}
	}
	s.leads(lift("bea@mail.example", "birthday_coupon", url.Values{"reason": {"she wants them"}}), "/customers/9002?said=customers.said.lifted")
	if all := stops("bea@mail.example"); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if a := lift("frida@mail.example", crm.ScopeAll, url.Values{"reason": {"she wants them"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "reported a mail as spam") || len(stops("frida@mail.example")) != 2 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.leads(lift("frida@mail.example", crm.ScopeAll, url.Values{"reason": {"her letter"}, "agreed": {"true"}}), "/customers/9001?said=customers.said.lifted")
	if a := s.see("manager", "/customers/9001/lift?stop=gone.all"); a.status != http.StatusConflict {
		t.Error(a.status)
	}
}

// All that is known of her is handed over, which is written down; and she is
// forgotten once somebody made sure.
func TestConsoleHandsOverAndErases(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	s.shows(s.see("manager", "/customers/9001/export"), "Orders", "frida@mail.example", "as=json")
	a := s.see("manager", "/customers/9001/export?as=json")
	s.shows(a, `"email": "frida@mail.example"`, `"consents"`)
	if !strings.Contains(a.header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("%v", a.header)
	}
	if e := s.logged(); e.Action != "customers.export" || e.Target != "9001" {
		t.Errorf("%+v", e)
	}
	form := s.see("manager", "/customers/9001/erase")
	s.shows(form, "What would be forgotten", "<dt>Orders</dt><dd>2</dd>")
	for _, values := range []url.Values{{"reason": {"she asked"}}, {"reason": {"she asked"}, "word": {"yes"}}, {"word": {"erase"}}} {
		if a := s.post("manager", "/customers/9001/erase", values); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", values, a.status)
		}
	}
	s.leads(s.post("manager", "/customers/9001/erase", url.Values{"reason": {"she asked"}, "word": {" Erase "}}), "/customers/9001?said=customers.said.erasing")
	open, err := s.store.OpenPrivacyRequests(t.Context(), s.shopID)
	if err != nil || len(open) != 1 || open[0].Source != "Kim manager: she asked" || open[0].CustomerID != "9001" {
		t.Fatalf("%+v, %v", open, err)
	}
	s.shows(s.see("manager", "/customers/9001"), "to erase her")
	if a := s.post("manager", "/customers/9001/erase", url.Values{"reason": {"she asked"}, "word": {"erase"}}); a.status != http.StatusConflict {
		t.Errorf("twice: %d", a.status)
	}
	was := valueOfHidden(t, s.see("support", "/customers/9001/birthday"), "seen")
	for more := true; more; {
		if more, err = s.store.EraseStep(t.Context(), s.shopID, open[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	s.shows(s.see("viewer", "/customers/9001"), "She is not here any more", "Her data was erased")
	a = s.post("support", "/customers/9001/birthday", url.Values{"birthday": {"12-31"}, "reason": {"what I wrote at length"}, "seen": {was}})
	if a.status != http.StatusConflict || !strings.Contains(a.body, "what I wrote at length") || !strings.Contains(a.body, "12-31") {
		t.Errorf("while the page stood open: %d %s", a.status, a.body)
	}
	if a := s.see("viewer", "/customers?q=frida"); !strings.Contains(a.body, "Nobody is found so") {
		t.Error(a.body)
	}
}

// In Italian too, down to the reasons.
func TestConsoleTellsOfACustomerInItalian(t *testing.T) {
	s := newScene(t)
	stageCustomers(s)
	p, err := s.store.AddStaff(t.Context(), crm.Staff{Email: "it@staff.example", Name: "Pia", Locale: "it"}, store.Member{ShopID: s.shopID, Role: store.Owner})
	if err != nil {
		t.Fatal(err)
	}
	if s.cookies["italian"], err = s.store.CreateSession(t.Context(), store.Session{StaffID: p.ID, Stage: store.StageIn, Until: s.Now().Add(time.Hour)}, ""); err != nil {
		t.Fatal(err)
	}
	s.shows(s.see("italian", "/customers/9001"), "Ordine #9101 per 49,90", "Buono di compleanno", "Non è previsto nulla", "Ha segnalato una mail come spam.", "5 mar")
	s.shows(s.see("italian", "/customers"), "Tutti", "Ultimo ordine")
}
