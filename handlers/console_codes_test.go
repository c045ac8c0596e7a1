package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"grazie/crm"
)

// handCode is a code that works.
func (s *scene) handCode(customer, code string) crm.Effect {
	s.t.Helper()
	m := s.handPlanned(crm.Message{Journey: "birthday_coupon", Purpose: crm.Marketing, CustomerID: customer, Subject: "birthday:" + customer + ":2027-03-05"})
	worth := crm.Money{Minor: 1000, Currency: "EUR"}
	return s.handEffect(m, crm.Effect{Kind: crm.DiscountCodeMade, Worth: worth, Code: &crm.DiscountCode{Code: code, CustomerID: customer, Kind: crm.FixedAmount, Amount: worth, StartsAt: s.Now(), EndsAt: s.Now().AddDate(0, 0, 30)}})[0]
}

// handUses is an order that holds a code.
func (s *scene) handUses(order, customer, code string) {
	s.t.Helper()
	price := crm.Money{Minor: 4900, Currency: "EUR"}
	o := crm.Order{ID: order, Name: "#" + order, CustomerID: customer, Status: crm.Paid, Total: price, Subtotal: price, Items: []crm.LineItem{{ID: "1", Title: "Apron", Quantity: 1, Price: price}},
		Codes: []crm.CodeOnOrder{{Code: code, Amount: crm.Money{Minor: 700, Currency: "EUR"}}}, CreatedAt: s.Now(), PaidAt: s.Now(), UpdatedAt: s.Now()}
	s.handTold(crm.Event{Kind: crm.OrderPaid, At: s.Now(), Order: &o})
}

// stageCodes puts something on each page of its area.
func stageCodes(s *scene) {
	for i, name := range byHandNames {
		id := "730" + string(rune('1'+i))
		s.handBuyer(id, name[0], name[1])
		e := s.handCode(id, "GRAZIE-7KQ2M-9XTB"+string(rune('2'+i)))
		if i == 1 {
			s.handUses("7390", "7301", e.Code.Code)
			s.ids["code"] = e.ID
		}
	}
}

// A code is found by what the customer reads out, by what gave it and by how it
// stands; its page tells who used it and what that cost; a manager takes one back.
func TestConsoleCodes(t *testing.T) {
	s := newScene(t)
	stageCodes(s)
	s.shows(s.see("viewer", "/codes"), "GRAZIE-7KQ2M-9XTB2", "works", "used", "7.00 EUR", "10.00 EUR off")
	for query, finds := range map[string]string{"q=grazie+7kq2m+9xtb2": "TB2", "q=7KQ2M-9XTB4": "TB4", "state=used": "TB3", "state=used&journey=birthday_coupon": "TB3"} {
		a := s.see("viewer", "/codes?"+query)
		if n := strings.Count(a.body, "<code class=\"nowrap\">GRAZIE-7KQ2M-9X"); n != 1 || !strings.Contains(a.body, "GRAZIE-7KQ2M-9X"+finds) {
			t.Errorf("%s finds %d: %s", query, n, a.body)
		}
	}
	s.shows(s.see("viewer", "/codes?q=GRAZIE-NONE"), "There is no such code of ours.")
	s.shows(s.see("viewer", "/codes?journey=apology"), "No code fits this.")
	used := s.see("manager", "/codes/"+s.ids["code"])
	s.shows(used, "#7390", "used by somebody else than it was for", "7.00 EUR", "promised", "released")
	if strings.Contains(used.body, "Revoke the code") {
		t.Error("a code that was used can be revoked")
	}

	works, err := s.store.EffectByCode(t.Context(), s.shopID, "GRAZIE-7KQ2M-9XTB2")
	if err != nil {
		t.Fatal(err)
	}
	page := s.see("manager", "/codes/"+works.ID)
	if a := s.see("support", "/codes/"+works.ID); strings.Contains(a.body, "Revoke the code") {
		t.Error("support is shown what she may not do")
	}
	revoke := "/codes/" + works.ID + "/revoke"
	form := url.Values{"seen": {hiddenIn(t, page.body, "seen")}, "reason": {"asked for twice"}}
	if a := s.post("support", revoke, form); a.status != http.StatusForbidden {
		t.Errorf("support: %d", a.status)
	}
	if a := s.post("manager", revoke, url.Values{"seen": form["seen"]}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", a.status)
	}
	if a := s.post("manager", revoke, url.Values{"seen": {"done x"}, "reason": {"x"}}); a.status != http.StatusConflict {
		t.Errorf("a stale page: %d", a.status)
	}
	s.leads(s.post("manager", revoke, form), "/codes/"+works.ID+"?said=codes.said.revoked")
	if got, err := s.store.Effect(t.Context(), s.shopID, works.ID); err != nil || got.State != crm.EffectUndone || got.Detail != "revoked: Kim manager: asked for twice" {
		t.Errorf("%+v, %v", got, err)
	}
	if l := s.logged(); l.Action != "codes.revoke" || l.Target != works.ID || l.Why != "asked for twice" {
		t.Errorf("%+v", l)
	}
	s.shows(s.see("viewer", "/codes?state=revoked"), "GRAZIE-7KQ2M-9XTB2")
	if a := s.see("viewer", "/codes/eff_none"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
}

// The sums of the year stand against the budget, as a page and as a part of one.
func TestConsoleSpending(t *testing.T) {
	s := newScene(t)
	stageCodes(s)
	s.shows(s.see("viewer", "/codes/year"), "7.00 EUR", "20.00 EUR", "27.00 EUR", "there is no budget")
	s.set(func(shop *crm.Shop) { shop.Rules = crm.Values{"reward_budget": "54.00"} })
	s.shows(s.see("viewer", "/codes/year"), "of a budget of 54.00 EUR", `value="50"`)
	header := s.as("viewer")
	header.Set("HX-Request", "true")
	if a := s.send(http.MethodGet, s.at("/codes/year"), header, nil); a.status != http.StatusOK || strings.Contains(a.body, "<html") || !strings.Contains(a.body, `id="spending"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}
