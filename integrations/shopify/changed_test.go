package shopify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/simshop"
)

// since gathers what changed in a time.
func (c *counter) since(since, until time.Time) []integrations.Changed {
	c.Helper()
	var all []integrations.Changed
	if err := c.p.Changed(c.Context(), c.c, since, until, func(ch integrations.Changed) error { all = append(all, ch); return nil }); err != nil {
		c.Fatal(err)
	}
	return all
}

func kinds(all []integrations.Changed, kind integrations.ChangedKind) (list []integrations.Changed) {
	for _, ch := range all {
		if ch.Kind == kind {
			list = append(list, ch)
		}
	}
	return list
}

// TestChanged: orders are told by when they changed, over several pages, the
// oldest first, and those before and after the wanted time are not.
func TestChanged(t *testing.T) {
	c := open(t).fast()
	s, mug := c.shop, c.shop.Products()[0]
	var placed []*simshop.Order
	for range 130 {
		s.MoveTo(s.Clock().Add(time.Minute))
		placed = append(placed, s.Place(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: mug, Quantity: 1}}}))
	}
	s.MoveTo(s.Clock().Add(time.Hour))
	mark := s.Clock()
	s.OrderUpdated(placed[7], "late")
	var want []string
	for i, o := range placed {
		if i >= 10 {
			want = append(want, digits(o.ID))
		}
	}
	var got []string
	orders := kinds(c.since(start.Add(10*time.Minute+30*time.Second), mark.Add(-time.Minute)), integrations.ChangedOrder)
	for i, ch := range orders {
		got = append(got, ch.ID)
		if ch.Topic != "reconcile/order" || ch.Body != nil || ch.Read == nil || i > 0 && ch.At.Before(orders[i-1].At) {
			t.Fatalf("%+v", ch)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d orders changed, want %d", len(got), len(want))
	}
	if late := kinds(c.since(mark, s.Clock()), integrations.ChangedOrder); len(late) != 1 || late[0].ID != digits(placed[7].ID) {
		t.Errorf("changed last: %+v", late)
	} else if o := c.changed(late[0])[0].Order; !slices.Equal(o.Tags, []string{"late"}) || !o.UpdatedAt.Equal(late[0].At) {
		t.Errorf("it is %+v", o)
	}
}

// TestChangedLongOrder: an order with more lines than a page has all of them.
func TestChangedLongOrder(t *testing.T) {
	c := open(t).fast()
	var items []simshop.Item
	for i := range 130 {
		items = append(items, simshop.Item{Product: c.shop.Products()[i%5], Quantity: 1 + i})
	}
	o := c.shop.Place(c.shop.Customer("neza"), simshop.Cart{Items: items})
	orders := kinds(c.since(start.Add(-time.Minute), c.shop.Clock()), integrations.ChangedOrder)
	if len(orders) != 1 || orders[0].ID != digits(o.ID) {
		t.Fatal(orders)
	}
	got := c.changed(orders[0])[0].Order
	if want := c.webhook(c.shop.OrderUpdated(o, ""))[0].Order; asText(t, got.Items) != asText(t, want.Items) || len(got.Items) != 130 {
		t.Errorf("%d lines: %s", len(got.Items), asText(t, got.Items))
	}
}

// TestChangedReturns: a return comes with its order, in the status that it has,
// and becomes what its webhook would have told.
func TestChangedReturns(t *testing.T) {
	c := open(t).fast()
	s := c.shop
	o, _, err := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Fulfill(o)
	r, w, err := s.RequestReturn(o, "Too small")
	if err != nil {
		t.Fatal(err)
	}
	check := func(status crm.ReturnStatus, w simshop.Webhook) {
		t.Helper()
		all := kinds(c.since(start.Add(-time.Minute), s.Clock()), integrations.ChangedReturn)
		if len(all) != 1 || all[0].Topic != "reconcile/return" || all[0].ID != digits(r.ID) || all[0].State != string(status) {
			t.Fatalf("%+v", all)
		}
		got, told := c.changed(all[0]), c.webhook(w)
		if len(got) != 1 || got[0].Kind != crm.ReturnChanged || got[0].Return.Name != s.ReturnState(r).Name || !got[0].Return.UpdatedAt.Equal(all[0].At) || got[0].Return.RequestedAt.IsZero() ||
			got[0].Return.ID != told[0].Return.ID || got[0].Return.OrderID != told[0].Return.OrderID || got[0].Return.Status != told[0].Return.Status {
			t.Errorf("%s\nits webhook %s", asText(t, got), asText(t, told))
		}
		if after := told[0].Return.Apply(*got[0].Return); after.Status != status {
			t.Errorf("behind its webhook it is %s", after.Status)
		}
	}
	check(crm.ReturnRequested, w)
	if w, err = s.ApproveReturn(r); err != nil {
		t.Fatal(err)
	}
	check(crm.ReturnOpen, w)
	if w, err = s.CloseReturn(r); err != nil {
		t.Fatal(err)
	}
	check(crm.ReturnClosed, w)
}

// TestChangedCustomers: consent and birthday are found as well.
func TestChangedCustomers(t *testing.T) {
	c := open(t).fast()
	s := c.shop
	s.MoveTo(start.Add(time.Hour))
	s.SetBirthday(s.Customer("giulia"), "1988-02-29")
	s.MoveTo(start.Add(2 * time.Hour))
	s.Unsubscribe(s.Customer("reka"))
	s.CustomerUpdated(s.Customer("reka"))
	all := kinds(c.since(start.Add(30*time.Minute), s.Clock()), integrations.ChangedCustomer)
	if len(all) != 2 || all[0].ID != digits(s.Customer("giulia").ID) || all[1].ID != digits(s.Customer("reka").ID) {
		t.Fatalf("%+v", all)
	}
	if strings.Contains(string(all[0].Body), "1988") || !strings.Contains(string(all[0].Body), `"02-29"`) {
		t.Errorf("the year of a birthday would be stored: %s", all[0].Body)
	}
	giulia, reka := c.changed(all[0])[0], c.changed(all[1])[0]
	if giulia.Kind != crm.CustomerChanged || giulia.Customer.Birthday.Day != "02-29" || !giulia.Customer.UpdatedAt.Equal(all[0].At) || reka.Customer.Consent.State != crm.ConsentUnsubscribed || reka.Customer.Consent.At.IsZero() {
		t.Errorf("%s %s", asText(t, giulia), asText(t, reka))
	}
	if early := kinds(c.since(start.Add(30*time.Minute), start.Add(90*time.Minute)), integrations.ChangedCustomer); len(early) != 1 {
		t.Errorf("until then: %+v", early)
	}
}

// TestChangedIsPatient: the shop's limit of calls is waited for; other errors
// come back as they are, and what the caller refuses ends it.
func TestChangedIsPatient(t *testing.T) {
	c := open(t).fast()
	c.shop.Place(c.shop.Customer("neza"), simshop.Cart{Items: []simshop.Item{{Product: c.shop.Products()[0], Quantity: 1}}})
	until := c.shop.Clock()
	ask := func() (n int, err error) {
		err = c.p.Changed(t.Context(), c.c, start.Add(-time.Minute), until, func(integrations.Changed) error { n++; return nil })
		return n, err
	}
	want, err := ask()
	if err != nil || want == 0 {
		t.Fatal(want, err)
	}
	c.shop.Break(simshop.Faults{Status: 429, Times: 1})
	if _, err := ask(); integrations.KindOf(err) != integrations.RateLimited { // its very first question is whether it may ask at all
		t.Errorf("refused at once: %v", err)
	}
	c.shop.Break(simshop.Faults{Frozen: true})
	_, err = ask()
	c.fails("frozen", err, integrations.Temporary, "frozen")
	c.shop.Break(simshop.Faults{})
	full := fmt.Errorf("no room")
	if err := c.p.Changed(t.Context(), c.c, start.Add(-time.Minute), until, func(integrations.Changed) error { return full }); err != full {
		t.Error(err)
	}
}

// TestAnswersAreNoWebhooks: a body that a shop signed for a webhook tells
// nothing under a topic of ours.
func TestAnswersAreNoWebhooks(t *testing.T) {
	c := open(t)
	o := c.shop.Place(c.shop.Customer("neza"), simshop.Cart{Items: []simshop.Item{{Product: c.shop.Products()[0], Quantity: 1}}})
	for _, w := range []simshop.Webhook{c.shop.OrderUpdated(o, ""), c.shop.CustomerUpdated(c.shop.Customer("neza"))} {
		for _, topic := range []string{"reconcile/order", "reconcile/customer", "reconcile/return"} {
			events, err := c.p.ParseWebhook(integrations.Envelope{Topic: topic, Version: "2026-10"}, w.Body)
			if err == nil {
				t.Errorf("%s under %s tells %s", w.Topic, topic, asText(t, events))
			}
			if err != nil && strings.Contains(err.Error(), "podgorsek") {
				t.Errorf("the error tells who it is: %v", err)
			}
		}
	}
}

// TestFewScopes: a merchant who allowed only what thank-yous need has a past
// and changes as well, without what the others would be for.
func TestFewScopes(t *testing.T) {
	c := open(t).fast()
	s := c.shop
	o, _, err := s.Buy(s.Customer("giulia"), simshop.Cart{Items: []simshop.Item{{Product: s.Products()[0], Quantity: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Fulfill(o)
	if _, _, err := s.RequestReturn(o, "Too small"); err != nil {
		t.Fatal(err)
	}
	s.Grant("read_orders,read_customers")
	all := c.since(start.Add(-time.Minute), s.Clock())
	if orders := kinds(all, integrations.ChangedOrder); len(orders) != 1 || len(kinds(all, integrations.ChangedReturn)) != 0 {
		t.Errorf("%+v", all)
	} else if items := c.changed(orders[0])[0].Order.Items; len(items) != 1 || items[0].Title == "" || items[0].ProductID != "" {
		t.Errorf("%+v", items)
	}
	portions, err := c.history("")
	if _, orders := past(t, portions); err != nil || len(orders) != 1 {
		t.Errorf("%d orders, %v", len(orders), err)
	}
	made, err := c.p.Subscribe(t.Context(), c.c, hooks)
	if err != nil || slices.Contains(made, "returns/request") || !slices.Contains(made, "orders/create") || !slices.Contains(made, "app/uninstalled") {
		t.Errorf("subscribed to %v, %v", made, err)
	}
}
