package jobs

import (
	"net/http"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/mailertest"
)

// What no mail can tell is not done: a return whose mail the merchant's own
// template cannot write stays as the customer asked for it.
func TestNothingIsDoneThatCannotBeTold(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf")
	for _, locale := range []string{"it", "en"} {
		if _, err := g.Store.SaveTemplate(t.Context(), g.shopID, crm.Template{Journey: "return_upgrade", Locale: locale, Subject: "{{ nosuch }"}); err != nil {
			t.Fatal(err)
		}
	}
	id, back := g.returned("giulia")
	g.deliverAll(id)
	g.is(id, crm.Failed, crm.ReasonTemplate)
	if all := g.keeps(id); len(all) != 0 {
		t.Errorf("effects: %+v", all)
	}
	if r := g.shop.ReturnState(back); r.Status != "requested" {
		t.Errorf("the return is %s", r.Status)
	}
}

// A return was made free, and the provider refuses the mail: staff tells her.
// The merchant's own label costs what he says that it does.
func TestStaffTellsWhatNoMailCan(t *testing.T) {
	g := newGifts(t, 4)
	g.set("return_upgrade", "label_url", "https://bottega.example/label.pdf", "label_cost", "8.00")
	g.mails.Fault = func(string) mailertest.Fault {
		return mailertest.Fault{Status: http.StatusBadRequest, Body: `{"errors":[{"message":"no","field":"content"}]}`}
	}
	id, back := g.returned("giulia")
	g.deliverAll(id)
	g.is(id, crm.Failed, crm.ReasonMailerRefused)
	g.asks(crm.TaskTellCustomer)
	if r := g.shop.ReturnState(back); r.Status != "open" {
		t.Errorf("the return is %s", r.Status)
	}
	if given, err := g.Store.Given(t.Context(), g.shopID, "", "EUR", time.Time{}); given != 800 || err != nil {
		t.Errorf("the label cost %d, %v", given, err)
	}
}
