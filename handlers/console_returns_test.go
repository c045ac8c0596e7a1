package handlers_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
)

// handReturn is a return of an order, read whole from the shop.
func (s *scene) handReturn(id, order string, status crm.ReturnStatus) crm.Return {
	s.t.Helper()
	r := crm.Return{ID: id, Name: "#" + order + "-R1", OrderID: order, CustomerID: order, Status: status, Value: crm.Money{Minor: 4900, Currency: "EUR"}, Fee: crm.Money{Minor: 650, Currency: "EUR"},
		Lines:       []crm.ReturnLine{{ID: "1", Title: "Olive soap", Quantity: 2, Reason: `Too big <img src=x onerror=alert(1)>`}},
		RequestedAt: s.Now().Add(-time.Hour), UpdatedAt: s.Now().Add(-time.Hour), ReadAt: s.Now()}
	s.handTold(crm.Event{Kind: crm.ReturnChanged, At: s.Now(), Return: &r})
	return r
}

// handEffect does what belongs to a message.
func (s *scene) handEffect(m crm.Message, wanted ...crm.Effect) []crm.Effect {
	s.t.Helper()
	all, full, err := s.store.PlanEffects(s.t.Context(), m, wanted, crm.Limits{})
	if err != nil || full != "" {
		s.t.Fatal(full, err)
	}
	for i, e := range all {
		e, ok, err := s.store.ClaimEffect(s.t.Context(), e)
		if !ok || err != nil {
			s.t.Fatal("not claimed", err)
		}
		e.State = crm.EffectDone
		if ok, err := s.store.SaveEffect(s.t.Context(), e); !ok || err != nil {
			s.t.Fatal("not saved", err)
		}
		all[i] = e
	}
	return all
}

// handPlanned is a message that came by itself.
func (s *scene) handPlanned(m crm.Message) crm.Message {
	s.t.Helper()
	m.DueAt = s.Now()
	if _, err := s.store.PlanMessages(s.t.Context(), s.shopID, []crm.Message{m}); err != nil {
		s.t.Fatal(err)
	}
	stored, err := s.store.MessageAbout(s.t.Context(), s.shopID, m.Journey, m.Subject)
	if err != nil {
		s.t.Fatal(err)
	}
	return stored
}

// stageReturns puts something on each page of its area.
func stageReturns(s *scene) {
	for i, name := range byHandNames {
		o := s.handBuyer("720"+string(rune('1'+i)), name[0], name[1])
		r := s.handReturn("820"+string(rune('1'+i)), o.ID, []crm.ReturnStatus{crm.ReturnRequested, crm.ReturnOpen, crm.ReturnDeclined}[i])
		if i == 1 {
			m := s.handPlanned(crm.Message{Journey: "return_upgrade", Subject: "return:" + r.ID, Purpose: crm.Transactional, CustomerID: o.ID, OrderID: o.ID, ReturnID: r.ID})
			s.handEffect(m, crm.Effect{Kind: crm.ReturnApproved}, crm.Effect{Kind: crm.LabelBought, Worth: crm.Money{Minor: 800, Currency: "EUR"},
				Label: &crm.Label{By: "merchant", ReturnID: r.ID, URL: "https://label.example/1", Tracking: "1Z999AA10123456784"}})
		}
	}
	s.handTold(crm.Event{Kind: crm.ReturnChanged, At: s.Now(), Return: &crm.Return{ID: "8204", OrderID: "7203", Status: crm.ReturnRequested, RequestedAt: s.Now(), UpdatedAt: s.Now()}})
	s.ids["return"] = "8201"
}

// The list is narrowed by status; the page tells what comes back and why, what was
// done, and what a free return would lead to.
func TestConsoleReturns(t *testing.T) {
	s := newScene(t)
	stageReturns(s)
	s.shows(s.see("viewer", "/returns"), "#7201-R1", "asked for", "declined", "Olive soap", "not read yet")
	if a := s.see("viewer", "/returns?state=open"); !strings.Contains(a.body, "#7202-R1") || strings.Contains(a.body, "#7201-R1") {
		t.Errorf("%s", a.body)
	}
	one := s.see("support", "/returns/8201")
	s.shows(one, "Reason: Too big &lt;img src=x onerror=alert(1)&gt;", "6.50 EUR", "49.00 EUR", "If you make it free by hand: It would be sent now.", "Return approved", "Return fee waived", "Return label",
		"worth up to 8.00 EUR", "/jobs/new?journey=return_upgrade&amp;return=8201", "https://"+s.shop.Domain+"/admin/orders/7201")
	if l := s.logged(); l.Action != "returns.one" || l.Target != "8201" {
		t.Errorf("%+v", l)
	}
	s.shows(s.see("support", "/returns/8202"), "https://label.example/1", "1Z999AA10123456784", "Planned for", "done")
	if a := s.see("viewer", "/returns/8201"); strings.Contains(a.body, "/jobs/new") {
		t.Error("a viewer is shown what she may not do")
	}
	strange := s.handReturn("8205", "7201", crm.ReturnRequested)
	strange.Lines, strange.ReadAt = []crm.ReturnLine{{ID: "9", Title: "סבון זית", Quantity: 1, Reason: "Other"}}, s.Now().Add(time.Second)
	s.handTold(crm.Event{Kind: crm.ReturnChanged, At: s.Now(), Return: &strange})
	s.shows(s.see("support", "/returns/8205"), "It would not be sent. The mail would have named what is not in this customer&#39;s history.")
	s.shows(s.see("support", "/returns/8203"), "There is nothing to upgrade any more.")
	s.set(func(shop *crm.Shop) { shop.Journeys["return_upgrade"]["enabled"] = "false" })
	s.shows(s.see("support", "/returns/8201"), "It would not be sent. This gesture is switched off for the shop.")

	s.shows(s.post("manager", "/jobs/preview", url.Values{"journey": {"return_upgrade"}, "return": {"8202"}, "reason": {"x"}}), "switched off")
}

// readers is a platform that tells a return whole.
type returnTeller struct {
	*shopify.Platform
	tells crm.Return
}

func (p returnTeller) Return(context.Context, integrations.Connection, string) (crm.Return, error) {
	return p.tells, nil
}

// A return that only webhooks spoke of is read before an upgrade is shown: else she
// would not see what it leads to.
func TestConsoleReadsReturnFirst(t *testing.T) {
	whole := crm.Return{ID: "8204", OrderID: "7201", CustomerID: "7201", Status: crm.ReturnRequested, Value: crm.Money{Minor: 4900, Currency: "EUR"}, Lines: []crm.ReturnLine{{ID: "1", Title: "Olive soap", Quantity: 1}}}
	s := newScene(t, func(d *door) {
		d.options.Platforms = map[string]integrations.Platform{"shopify": returnTeller{shopify.New(), whole}}
	})
	s.handBuyer("7201", "Ada", "Rossi")
	s.handTold(crm.Event{Kind: crm.ReturnChanged, At: s.Now(), Return: &crm.Return{ID: "8204", OrderID: "7201", Status: crm.ReturnRequested, RequestedAt: s.Now(), UpdatedAt: s.Now()}})
	s.shows(s.see("manager", "/returns/8204"), "It would wait. The return is being read from the shop.")
	s.shows(s.post("manager", "/jobs/preview", url.Values{"journey": {"return_upgrade"}, "return": {"8204"}, "reason": {"x"}}), "It would be sent now.", "Return approved", "Olive soap")
	if l := s.logged(); l.Action != "jobs.preview" || l.Target != "return:8204" {
		t.Errorf("%+v", l)
	}
	stored, err := s.store.Return(t.Context(), s.shopID, "8204")
	if err != nil || stored.ReadAt.IsZero() || stored.Value.Minor != 4900 {
		t.Errorf("%+v, %v", stored, err)
	}
}
