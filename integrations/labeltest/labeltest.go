// Package labeltest holds what every label maker must keep, above all that a
// label is not paid twice, and a stand-in for the services that talks as each of
// them does.
package labeltest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

const key = "the-secret-key"

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

// Service is one label maker and how its service talks.
type Service struct {
	New      func(client *http.Client, now func() time.Time) integrations.LabelMaker
	Handler  func(d *Desk) http.Handler
	Guarded  bool   // the service itself refuses to sell a label twice
	Refunded string // its word for a label that was given back
}

// bench is a label maker in front of a fresh desk.
type bench struct {
	Service
	integrations.LabelMaker
	desk *Desk
	c    integrations.Connection
	down func()
}

// Customer and Shop are the two ends of a return.
var (
	Customer = crm.PostalAddress{Name: "Änna Quisquilia", Street1: "17 Weidenbruch Lane", Street2: "Apt 20", City: "Redondo Beach", Province: "CA", Zip: "90277", Country: "US", Phone: "+1 555 341 9393", Email: "anna@customer.example"}
	Shop     = crm.PostalAddress{Company: "Rosas Laden", Street1: "388 Townsend St", City: "San Francisco", Province: "CA", Zip: "94107", Country: "US", Phone: "+1 555 000 1111"}
)

func start(t *testing.T, s Service) *bench {
	t.Helper()
	d := &Desk{Key: key, Offers: []Offer{{"FedEx", "9.10", "USD"}, {"USPS", "31.25", "USD"}, {"USPS", "5.93", "USD"}, {"UPS", "5.93", "USD"}}}
	server := httptest.NewServer(s.Handler(d))
	t.Cleanup(server.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, MaxResponse: 1 << 20, Timeout: 5 * time.Second})
	t.Cleanup(client.CloseIdleConnections)
	return &bench{
		Service: s, LabelMaker: s.New(client, func() time.Time { return now }), desk: d, down: server.Close,
		c: integrations.Connection{ShopID: "shp_1", Settings: crm.Values{
			"key": key, "base_url": server.URL, "weight": "500", "length": "30", "width": "20.5", "height": "10", "carriers": "usps, UPS",
		}},
	}
}

func (b *bench) prepare(t *testing.T) (crm.Label, error) {
	t.Helper()
	l, err := b.PrepareLabel(t.Context(), b.c, crm.Label{ReturnID: "gid://shopify/Return/1"}, Customer, Shop)
	b.silent(t, err)
	return l, err
}

// prepared must succeed.
func (b *bench) prepared(t *testing.T) crm.Label {
	t.Helper()
	l, err := b.prepare(t)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (b *bench) buy(t *testing.T, l crm.Label) (crm.Label, error) {
	t.Helper()
	bought, err := b.BuyLabel(t.Context(), b.c, l)
	b.silent(t, err)
	if err != nil && bought != l {
		t.Errorf("failed, and the label became %+v", bought)
	}
	return bought, err
}

// bought must succeed with a whole label.
func (b *bench) bought(t *testing.T, l crm.Label) crm.Label {
	t.Helper()
	out, err := b.buy(t, l)
	if err != nil {
		t.Fatal(err)
	}
	if out.LabelID == "" || !strings.Contains(out.URL, ".pdf?signature=a%2Bb") || out.Tracking == "" || !strings.HasPrefix(out.TrackingURL, "https://track.example/") {
		t.Errorf("label %+v", out)
	}
	if out.By != l.By || out.ReturnID != l.ReturnID || out.ShipmentID != l.ShipmentID || out.RateID != l.RateID {
		t.Errorf("%+v became %+v", l, out)
	}
	return out
}

// sold holds how many labels were paid.
func (b *bench) sold(t *testing.T, want int) {
	t.Helper()
	if all := b.desk.Sales(); len(all) != want {
		t.Errorf("%d labels were paid, want %d: %+v", len(all), want, all)
	}
}

// fails checks the kind of an error and returns it.
func (b *bench) fails(t *testing.T, err error, kind integrations.Kind) *integrations.Error {
	t.Helper()
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Service != b.Name() {
		t.Fatalf("%v, want %s of %s", err, kind, b.Name())
	}
	return e
}

// silent checks that an error tells neither the key nor anything of an address.
func (b *bench) silent(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	told := strings.ToLower(err.Error())
	for _, secret := range []string{
		key, "änna", "anna", "quisquilia", "weidenbruch", "lane", "redondo", "90277", "-2506", "341 9393", "3419393", "customer.example", "townsend", "94107", "rosas", "http://",
	} {
		if strings.Contains(told, secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}

// Run holds a label maker to the contract of integrations.LabelMaker.
func Run(t *testing.T, s Service) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, b *bench)
	}{
		{"Settings", settings}, {"Happy", happy}, {"Rates", rates}, {"NoRates", noRates}, {"PreparedStays", preparedStays},
		{"BadSettings", badSettings}, {"BadAddress", badAddress}, {"WrongKey", wrongKey}, {"Down", down},
		{"LostPrepare", lostPrepare}, {"LostBuy", lostBuy}, {"RepeatedBuy", repeatedBuy}, {"LabelLater", labelLater}, {"Refunded", refunded},
		{"NotPrepared", notPrepared}, {"TwoBuyers", twoBuyers}, {"Statuses", statuses}, {"OddBodies", oddBodies}, {"Cancelled", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, start(t, s)) })
	}
}
