package jobs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations/shopify/simshop"
	"grazie/internal/needs"
	"grazie/store"
)

// All that a customer leaves on her way through every gesture, as the platform
// tells it, is gone when she was erased, and does not come back: not when all
// of it is told again, nor when the shop's changes and history are read again.
func TestErasedByWhateverWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grazie.db")
	g := newGiftsOn(t, 4, store.Options{Path: path})
	g.doChores()
	giulia := g.shop.Customer("giulia")
	words := []string{giulia.LastName, giulia.Email, giulia.Street, "too small for Giulia", "note for her"}
	with := func() (found []string) {
		for _, l := range needs.SQLiteText(t, path) {
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(l), strings.ToLower(w)) }) {
				found = append(found, l)
			}
		}
		return found
	}

	g.set("thank_you", "enabled", "true")
	g.set("return_upgrade", "enabled", "true", "label_url", "https://bottega.example/label.pdf")
	told := g.shop.AddCustomer(giulia)
	order, bought, err := g.shop.Buy(told, simshop.Cart{Items: []simshop.Item{{Product: g.shop.Products()[0], Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	_, sent := g.shop.Fulfill(order)
	_, asked, err := g.shop.RequestReturn(order, "too small for Giulia")
	if err != nil {
		t.Fatal(err)
	}
	hooks := append(append(bought, sent...), asked)
	g.take(hooks...)
	g.later(time.Hour)
	g.rung()
	ids := g.birthdays("giulia")
	g.deliverAll(ids...)
	o, err := g.Store.Order(t.Context(), g.shopID, fmt.Sprint(order.ID))
	if err != nil {
		t.Fatal(err)
	}
	g.byHand(crm.Message{ShopID: g.shopID, Journey: "apology", Purpose: crm.Transactional, Subject: "apology:order:" + o.ID, CustomerID: o.CustomerID, OrderID: o.ID, Ask: &crm.Ask{By: "kim", Note: "note for her"}})
	g.rung()
	if _, err := g.Store.CreateBulk(t.Context(), crm.Bulk{ShopID: g.shopID, Journey: "apology"}, []string{"customer:" + giulia.Email, "order:" + o.Name}); err != nil {
		t.Fatal(err)
	}
	broken, err := g.Store.ReceiveWebhook(t.Context(), store.Webhook{ShopID: g.shopID, DeliveryID: "broken", Topic: "orders/updated", Headers: "{}", Body: []byte(`{"email":"` + giulia.Email + `",`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.processWebhooks(t.Context(), g.shopID, []string{broken.ID}); err != nil {
		t.Fatal(err)
	}
	if n := len(with()); n < 8 {
		t.Fatalf("only %d rows tell of her: this test would see nothing", n)
	}

	sweep := func() { // what reconciliation took in is read, and what is due goes out
		t.Helper()
		g.later(20 * time.Minute)
		rows, err := g.Store.Ring(t.Context(), g.Now().Add(-store.RingAgain), 1000)
		for _, r := range rows {
			if err == nil && r.Kind == store.KindWebhook {
				err = g.processWebhooks(t.Context(), g.shopID, []string{r.ID})
			} else if err == nil {
				g.deliverAll(r.ID)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	g.later(time.Minute)
	g.take(g.shop.RedactCustomer(giulia, order))
	for range 3 {
		g.doChores()
		sweep()
	}
	if r := g.requests()[0]; r.State != crm.PrivacyDone {
		t.Fatalf("%+v", r)
	}
	clean := func(after string) {
		t.Helper()
		if left := with(); len(left) > 0 {
			t.Errorf("%s there is\n%.600s", after, strings.Join(left, "\n"))
		}
	}
	clean("after the erasure")
	mails := len(g.mails.Mails())

	again := slices.Clone(hooks)
	for i := range again { // as if the first ones had been forgotten by now
		again[i].Header = again[i].Header.Clone()
		again[i].Header.Set("X-Shopify-Webhook-Id", fmt.Sprint("again-", i))
	}
	g.take(again...)
	clean("after all was told again")
	for _, kind := range []crm.ChoreKind{crm.ChoreHistory, crm.ChoreReconcile} {
		if err := g.Store.AskChore(t.Context(), g.shopID, kind, g.Now(), true); err != nil {
			t.Fatal(err)
		}
		g.later(time.Minute)
		g.doChores()
	}
	if _, _, err := g.Reconcile(t.Context(), g.stored(), g.Now().AddDate(0, -2, 0), g.Now(), false, nil); err != nil {
		t.Fatal(err)
	}
	sweep()
	clean("after the shop was read again")
	if n := len(g.mails.Mails()); n != mails {
		t.Errorf("%d mails went out to her", n-mails)
	}
	for _, w := range words {
		if strings.Contains(strings.ToLower(g.log.String()), strings.ToLower(w)) {
			t.Errorf("the log tells %q", w)
		}
	}
}
