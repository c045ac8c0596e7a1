package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/store"
)

// What is known of a customer is told, by her id or her address, and her
// erasure is asked for once somebody says so.
func TestPersonalDataOverTheAPI(t *testing.T) {
	c := newCounter(t)
	c.buys("1001", "77")
	c.buys("1002", "78")
	for _, who := range []string{"77", "ANNA77@posta.example"} {
		var x store.Export
		a := c.ask("manager", "GET /customers/"+who+"/export", nil)
		c.is("an export", a, http.StatusOK, "anna77@posta.example", "Olive soap")
		c.into(a, &x)
		if len(x.Customers) != 1 || len(x.Orders) != 1 || strings.Contains(a.body, "anna78") {
			t.Errorf("of %s: %s", who, a.body)
		}
	}
	c.is("of nobody", c.ask("manager", "GET /customers/79/export", nil), http.StatusNotFound)

	because := map[string]any{"reason": "she asked", "dry_run": true}
	c.is("a dry run", c.ask("manager", "POST /customers/77/erase", because), http.StatusAccepted, `"orders":1`)
	if open, err := c.store.OpenPrivacyRequests(t.Context(), c.shopID); err != nil || len(open) > 0 {
		t.Fatalf("a dry run asked: %+v, %v", open, err)
	}
	c.is("without a reason", c.ask("manager", "POST /customers/77/erase", map[string]any{"reason": ""}), http.StatusUnprocessableEntity)
	c.is("of an id that nobody has", c.ask("manager", "POST /customers/79/erase", map[string]any{"reason": "she asked"}), http.StatusNotFound)
	a := c.ask("manager", "POST /customers/anna77@posta.example/erase", map[string]any{"reason": "she asked"})
	c.is("an erasure", a, http.StatusAccepted, `"state":"open"`, "manager: she asked")
	if strings.Contains(a.body, "anna77@") {
		t.Errorf("the answer tells her address: %s", a.body)
	}
	open, err := c.store.OpenPrivacyRequests(t.Context(), c.shopID)
	if err != nil || len(open) != 1 || open[0].CustomerID != "77" || open[0].Kind != crm.PrivacyEraseCustomer {
		t.Fatalf("%+v, %v", open, err)
	}
	if strings.Contains(c.log.String(), "anna77") {
		t.Error("the log tells her address")
	}
}
