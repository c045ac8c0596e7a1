package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

// stageCalls puts something on each page of its area.
func stageCalls(s *scene) {
	s.mayCall()
	s.arrives("7201", "721", "Wilhelmine Friederike", "von Hohenstaufen-Wiedenbrück-Donaudampfschifffahrt")
	s.arrives("7202", "722", "עדה", "לוי")
	s.arrives("7203", "723", scriptInText, "")
	s.arrives("7204", "724", "Ida", "")
	for order, outcome := range map[string]crm.CallState{"7204": crm.CallProblem} {
		s.calls(order, "support", outcome)
	}
	s.ids["call"] = "7201"
}

// mayCall switches calls on.
func (s *scene) mayCall() {
	s.t.Helper()
	s.set(func(shop *crm.Shop) { shop.Calls = crm.Values{"enabled": "true"} })
}

// arrives is an order that its customer has for twenty days.
func (s *scene) arrives(order, customer, first, last string) {
	s.t.Helper()
	at := s.Now().AddDate(0, 0, -20)
	price := crm.Money{Minor: 4200, Currency: "EUR"}
	email := "call" + customer + "@posta.example"
	o := crm.Order{ID: order, Name: "#" + order, CustomerID: customer, Email: email, EmailKey: email, Status: crm.Paid, Total: price, Subtotal: price,
		Items: []crm.LineItem{{Title: "Olive soap " + scriptInText, Quantity: 2, Price: price}}, CreatedAt: at, PaidAt: at, UpdatedAt: at,
		Fulfillments: []crm.Fulfillment{{ID: "1", Status: "success", CreatedAt: at, UpdatedAt: at, DeliveredAt: at}}}
	who := crm.Customer{ID: customer, FirstName: first, LastName: last, Email: email, EmailKey: email, Locale: "it", UpdatedAt: at}
	if _, err := s.store.ApplyEvents(s.t.Context(), s.shopID, []store.Applied{{Events: []crm.Event{{Kind: crm.OrderChanged, Order: &o, Customer: &who}}}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// calls is a call that somebody made.
func (s *scene) calls(order, who string, outcome crm.CallState) {
	s.t.Helper()
	if _, err := s.store.TakeCall(s.t.Context(), s.shopID, order, s.staff[who].ID, s.staff[who].Name, store.CallQuota{PerDay: 9, PerWeek: 9}); err != nil {
		s.t.Fatal(err)
	}
	err := s.store.FinishCall(s.t.Context(), crm.CallTry{ShopID: s.shopID, OrderID: order, StaffID: s.staff[who].ID, By: s.staff[who].Name, Outcome: outcome, Note: "The cap was loose. " + scriptInText}, s.Now().Add(24*time.Hour), nil)
	if err != nil {
		s.t.Fatal(err)
	}
}

// A call is made by one, with what to say in her language, and noted.
func TestCallsAreTakenAndNoted(t *testing.T) {
	s := newScene(t)
	s.shows(s.see("support", "/calls"), "Calls are switched off")
	s.mayCall()
	s.arrives("81", "810", "Ada", "Rossi")
	s.shows(s.see("support", "/calls"), "Ada Rossi", "not called yet", "5 calls are left")
	s.shows(s.see("support", "/calls/81"), "Buongiorno, parlo con Ada Rossi? Sono Kim support di Bottega.", "/admin/orders/81", "does not keep numbers", "I am calling")
	if e := s.logged(); e.Action != "calls.call" || e.Target != "81" {
		t.Errorf("the look: %+v", e)
	}
	s.leads(s.post("support", "/calls/81/take", nil), "/calls/81?said=calls.said.taken")
	s.shows(s.see("manager", "/calls/81"), "Kim support is calling this customer")
	if a := s.post("manager", "/calls/81/take", nil); a.status != http.StatusConflict || !strings.Contains(a.body, "Kim support is calling this customer") {
		t.Errorf("the second: %d %s", a.status, a.body)
	}
	if a := s.post("manager", "/calls/81/finish", url.Values{"outcome": {"happy"}}); a.status != http.StatusConflict {
		t.Errorf("noted by who did not call: %d", a.status)
	}
	if a := s.post("support", "/calls/81/finish", url.Values{"note": {"typed text"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose what came of it") || !strings.Contains(a.body, "typed text") {
		t.Errorf("without an outcome: %d %s", a.status, a.body)
	}
	if a := s.post("support", "/calls/81/finish", url.Values{"outcome": {"problem"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a problem without a note: %d", a.status)
	}
	s.leads(s.post("support", "/calls/81/finish", url.Values{"outcome": {"problem"}, "note": {"broken <b>cap</b>"}}), "/calls?said=calls.said.problem")
	if e := s.logged(); e.Action != "calls.finish" || e.Detail != "problem" || strings.Contains(e.Why+e.Detail, "cap") {
		t.Errorf("%+v", e)
	}
	s.shows(s.see("support", "/calls"), "Nobody is to be called today", "broken &lt;b&gt;cap&lt;/b&gt;", "4 calls are left")
	s.shows(s.see("support", "/calls/81"), "This call is made")
	s.shows(s.see("support", "/tasks"), "told of a problem on the telephone", "/calls/81")
	if a := s.post("support", "/calls/81/take", nil); a.status != http.StatusConflict {
		t.Errorf("called twice: %d", a.status)
	}
	if a := s.see("viewer", "/calls"); a.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", a.status)
	}
}

// A manager says how calls are made; what cannot be is told beside its field.
func TestCallSettings(t *testing.T) {
	s := newScene(t)
	form := func(seen string) url.Values {
		return url.Values{"seen": {seen}, "enabled": {"true"}, "days": {"21"}, "minimum": {"50.00"}, "per_day": {"2"}, "per_week": {"4"}, "script_it": {"Ciao {name}!\nTutto bene con {goods}?"}}
	}
	seen := s.settingsSeen()
	bad := form(seen)
	bad.Set("days", "99")
	bad.Set("minimum", "much")
	if a := s.post("manager", "/calls/settings", bad); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "From 1 to 60 days") || !strings.Contains(a.body, "An amount such as") || !strings.Contains(a.body, "Tutto bene con") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if shop, _ := s.store.Shop(t.Context(), s.shopID); len(shop.Calls) != 0 {
		t.Errorf("saved: %v", shop.Calls)
	}
	s.leads(s.post("manager", "/calls/settings", form(seen)), "/calls?said=calls.said.saved")
	if e := s.logged(); e.Action != "calls.settings" {
		t.Errorf("%+v", e)
	}
	if a := s.post("manager", "/calls/settings", form(seen)); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	s.arrives("82", "820", "Ada", "")
	if body := s.see("support", "/calls").body; strings.Contains(body, "/calls/82") || !strings.Contains(body, "2 calls are left") {
		t.Errorf("after 20 of 21 days, and of a small order: %s", body)
	}
	s.shows(s.see("support", "/calls/82"), "Ciao Ada!")
	if a := s.see("support", "/calls/settings"); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
}

func (s *scene) settingsSeen() string {
	s.t.Helper()
	for _, n := range elementsOf(s.t, s.see("manager", "/calls/settings").body) {
		if attrOf(n, "name") == "seen" {
			return attrOf(n, "value")
		}
	}
	return ""
}
