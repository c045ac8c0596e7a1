package bigcommerce_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

var start = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// stand is the adapter with a store at the other end.
type stand struct {
	*simstore.Store
	*bigcommerce.Platform
	conn integrations.Connection
	now  time.Time
}

func newStand(t testing.TB, app bigcommerce.App) *stand {
	t.Helper()
	s := &stand{Store: simstore.New(), now: start}
	server := httptest.NewServer(s.Store)
	t.Cleanup(server.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, Timeout: 2 * time.Second})
	s.Platform = bigcommerce.New(client, func() time.Time { return s.now }, app)
	s.conn = integrations.Connection{ShopID: "shp_1", Domain: s.Hash, Settings: crm.Values{
		bigcommerce.SettingToken: s.Token, bigcommerce.SettingSecret: s.Secret, bigcommerce.SettingAPIURL: server.URL}}
	return s
}

// read is what a webhook tells, by way of the door.
func (s *stand) read(t testing.TB, scope string, data map[string]any) ([]crm.Event, error) {
	t.Helper()
	header, body := s.Webhook(scope, s.now, data)
	e, err := s.Envelope(header, body)
	if err != nil {
		t.Fatal(err)
	}
	return s.ReadWebhook(t.Context(), s.conn, e, body)
}

// order reads an order of the store and returns it.
func (s *stand) order(t testing.TB, id int) *crm.Order {
	t.Helper()
	events, err := s.read(t, "store/order/updated", map[string]any{"id": id})
	if err != nil || len(events) == 0 {
		t.Fatalf("order %d: %v, %v", id, events, err)
	}
	return events[0].Order
}

// fill puts people and orders into a store.
func fill(s *simstore.Store) {
	day := start.AddDate(0, 0, -1)
	soap := simstore.Item{ID: 1, ProductID: 87, Quantity: 2, Name: "Sapone alla lavanda", Price: "12.5000", Option: "Grande"}
	base := simstore.Order{CustomerID: 32, StatusID: 11, PaymentStatus: "captured", Subtotal: "25.0000", Total: "31.9000", Email: "giulia@casa.example", FirstName: "Giulia", LastName: "Ferrantini",
		Street: "Via Roma 1", City: "Bologna", Country: "IT", Locale: "it", Items: []simstore.Item{soap}, Created: day, Modified: start}
	with := func(id int, change func(*simstore.Order)) {
		o := base
		o.ID, o.Items = id, append([]simstore.Item(nil), base.Items...)
		change(&o)
		s.Orders[id] = o
	}
	with(250, func(o *simstore.Order) {
		o.Codes, o.CouponOff, o.Total = []simstore.Code{{Code: "GRAZIE-7KQ2M-9XTBC", Off: "2.5"}}, "2.5000", "29.4000"
	})
	with(251, func(o *simstore.Order) {
		o.CustomerID, o.Email, o.FirstName, o.StatusID = 0, "Ospite@Straße.example", "Ospite", 7
		o.PaymentStatus, o.Street = "", "PO Box 12"
	})
	with(252, func(o *simstore.Order) { o.StatusID = 5 })
	with(253, func(o *simstore.Order) { o.StatusID, o.PaymentStatus = 0, "" })
	with(254, func(o *simstore.Order) {
		o.StatusID, o.PaymentStatus = 14, "partially refunded"
		o.Items[0].Refunded = 1
		o.Refunds = []simstore.Refund{{ID: 31, Amount: 12.5, At: start}, {ID: 32, Amount: 5, Declined: true, At: start}}
	})
	with(255, func(o *simstore.Order) {
		o.StatusID, o.Shipments = 2, []simstore.Shipment{{ID: 12, At: start}}
		o.Items[0].Wrapped = true
	})
	s.AttributeNames[4] = "Date of birth"
	s.Customers[32] = simstore.Customer{ID: 32, Email: "giulia@casa.example", FirstName: "Giulia", LastName: "Ferrantini", City: "Bologna", Country: "IT",
		Fields: map[string]any{"Compleanno": "1990-03-05T00:00:00+00:00", "Shoe size": 38}, Created: day, Modified: start}
	s.Customers[33] = simstore.Customer{ID: 33, Email: "imogen@home.example", FirstName: "Imogen", City: "York", Country: "GB", Attributes: map[int]string{4: "1985-02-29"}, Created: day, Modified: start}
	s.Subscribers[7] = simstore.Subscriber{ID: 7, Email: "giulia@casa.example", Consents: []string{"marketing_newsletter", "abandoned_cart"}, Modified: start}
}

// kindOf is the kind of an error, and empty for none.
func kindOf(err error) integrations.Kind {
	var e *integrations.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
