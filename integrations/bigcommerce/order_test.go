package bigcommerce_test

import (
	"fmt"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

// Every documented status, and how the payment's own state counts beside it.
func TestStatuses(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	base := s.Orders[250]
	for _, c := range []struct {
		status    int
		payment   string
		want      crm.FinancialStatus
		paid      bool
		cancelled bool
	}{
		{0, "", crm.Pending, false, false},
		{1, "", crm.Pending, false, false},
		{2, "", crm.Paid, true, false},
		{2, "authorized", crm.Paid, true, false},
		{2, "void", crm.Voided, false, true},
		{3, "captured", crm.Paid, true, false},
		{4, "", crm.Refunded, true, false},
		{5, "captured", crm.Paid, true, true},
		{6, "declined", crm.Voided, false, true},
		{7, "", crm.Pending, false, false},
		{7, "authorized", crm.Authorized, false, false},
		{7, "captured", crm.Pending, false, false},
		{8, "captured", crm.Paid, true, false},
		{9, "held for review", crm.Pending, false, false},
		{10, "", crm.Paid, true, false},
		{11, "captured", crm.Paid, true, false},
		{11, "Captured", crm.Paid, true, false},
		{11, "authorized", crm.Authorized, false, false},
		{11, "capture pending", crm.Authorized, false, false},
		{11, "refunded", crm.Refunded, true, false},
		{11, "partially refunded", crm.PartiallyRefunded, true, false},
		{12, "captured", crm.Pending, false, false},
		{13, "captured", crm.Pending, false, false},
		{14, "", crm.PartiallyRefunded, true, false},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.payment), func(t *testing.T) {
			s.Change(func() {
				o := base
				o.StatusID, o.PaymentStatus = c.status, c.payment
				s.Orders[250] = o
			})
			events, err := s.read(t, "store/order/statusUpdated", map[string]any{"id": 250})
			if err != nil {
				t.Fatal(err)
			}
			o := events[0].Order
			if o.Status != c.want || o.Cancelled() != c.cancelled || (len(events) == 2) != c.paid || c.paid && events[1].Kind != crm.OrderPaid {
				t.Errorf("%s, cancelled %t, %d events", o.Status, o.Cancelled(), len(events))
			}
		})
	}
}

// Of somebody who only reached the payment page nothing personal is taken in.
func TestIncompleteOrderNamesNobody(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	events, err := s.read(t, "store/order/created", map[string]any{"id": 253})
	if err != nil || len(events) != 1 {
		t.Fatalf("%v, %v", events, err)
	}
	if o := events[0].Order; o.Email != "" || o.CustomerID != "" || o.Billing != nil || len(o.Items) != 0 || events[0].Customer != nil || o.UpdatedAt.IsZero() {
		t.Errorf("it tells %+v", o)
	}
}

func TestOrderOfManyKinds(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	guest := s.order(t, 251)
	if guest.CustomerID != "" || guest.EmailKey != "ospite@xn--strae-oqa.example" || !guest.Billing.POBox || guest.Counted() {
		t.Errorf("a guest's order: %+v", guest)
	}
	if sent := s.order(t, 255); len(sent.Fulfillments) != 1 || sent.Fulfillments[0].ID != "12" || !sent.Fulfillments[0].DeliveredAt.IsZero() || !sent.Gift {
		t.Errorf("a parcel's order: %+v", sent)
	}
	s.Change(func() {
		o := s.Orders[250]
		o.ID, o.PaymentMethod, o.Pickup, o.Company = 260, "Test Payment Gateway", true, "Bottega Srl"
		o.Items = append(o.Items, simstore.Item{ID: 2, Quantity: 1, Name: "Buono", Price: "20", Type: "giftcertificate"}, simstore.Item{ID: 3, ProductID: 88, Quantity: 1, Refunded: 1, Name: "Candela", Price: "9"})
		s.Orders[260] = o
	})
	o := s.order(t, 260)
	if !o.Test || !o.Pickup || !o.Company || o.Shipping != nil || len(o.Items) != 3 || !o.Items[1].GiftCard || o.Items[1].ProductID != "" || !o.Items[2].Removed || len(o.Goods()) != 1 {
		t.Errorf("a pick-up: %+v", o)
	}
}

// What an order brought is kept in the shop's currency, exact to its unit.
func TestMoney(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	for _, c := range []struct {
		currency, shop, rate, total string
		want, shown                 crm.Money
	}{
		{"EUR", "", "1.0000000000", "62.6750", crm.Money{Minor: 6268, Currency: "EUR"}, crm.Money{Minor: 6268, Currency: "EUR"}},
		{"EUR", "EUR", "", "62.6749", crm.Money{Minor: 6267, Currency: "EUR"}, crm.Money{Minor: 6267, Currency: "EUR"}},
		{"JPY", "", "", "5900.0000", crm.Money{Minor: 5900, Currency: "JPY"}, crm.Money{Minor: 5900, Currency: "JPY"}},
		{"KWD", "", "", "1.2345", crm.Money{Minor: 1235, Currency: "KWD"}, crm.Money{Minor: 1235, Currency: "KWD"}},
		{"JPY", "USD", "150.0000000000", "5900.0000", crm.Money{Minor: 3933, Currency: "USD"}, crm.Money{Minor: 5900, Currency: "JPY"}},
	} {
		s.Change(func() {
			o := s.Orders[250]
			o.Currency, o.ShopCurrency, o.Rate, o.Total = c.currency, c.shop, c.rate, c.total
			s.Orders[250] = o
		})
		if o := s.order(t, 250); o.Total != c.want || o.Presentment != c.shown {
			t.Errorf("%s %s at %s: %v, shown %v", c.total, c.currency, c.rate, o.Total, o.Presentment)
		}
	}
}

// What cannot be read fails by the name of its field, and tells nothing of what
// stands there.
func TestUnreadableOrder(t *testing.T) {
	for field, change := range map[string]func(*simstore.Order){
		"total_inc_tax": func(o *simstore.Order) { o.Total = "1e9999999" },
		"subtotal":      func(o *simstore.Order) { o.Subtotal = "twelve" },
		"status_id":     func(o *simstore.Order) { o.StatusID = 77 },
		"currency":      func(o *simstore.Order) { o.Currency = "EURO" },
		"exchange_rate": func(o *simstore.Order) { o.ShopCurrency, o.Rate = "USD", "0.0000" },
		"quantity":      func(o *simstore.Order) { o.Items[0].Quantity = -1 },
		"customer_id":   func(o *simstore.Order) { o.CustomerID = -4 },
	} {
		t.Run(field, func(t *testing.T) {
			s := newStand(t, bigcommerce.App{})
			fill(s.Store)
			s.Change(func() { o := s.Orders[250]; change(&o); s.Orders[250] = o })
			events, err := s.read(t, "store/order/updated", map[string]any{"id": 250})
			if events != nil || err == nil || !strings.Contains(err.Error(), field) || kindOf(err) != "" {
				t.Errorf("%v, %v; want it refused for good, by name", events, err)
			}
			if err != nil && (strings.Contains(err.Error(), "giulia") || strings.Contains(err.Error(), "twelve")) {
				t.Errorf("it quotes: %v", err)
			}
		})
	}
}

// Older stores put the goods elsewhere.
func TestGoodsAreAskedForWhereTheyAreNotTold(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	s.Change(func() { o := s.Orders[250]; o.Items[0].ID = 0; s.Orders[250] = o })
	if _, err := s.read(t, "store/order/updated", map[string]any{"id": 250}); err != nil {
		t.Fatal(err)
	}
	if calls := strings.Join(s.Calls(), "\n"); !strings.Contains(calls, "GET /v2/orders/250/products") {
		t.Errorf("calls:\n%s", calls)
	}
}
