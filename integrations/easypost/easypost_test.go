package easypost

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
)

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

var settings = crm.Values{"key": "EZTK", "weight": "500", "length": "30", "width": "20.5", "height": "1"}

func TestParcelInOuncesAndInches(t *testing.T) {
	for _, c := range []struct {
		v    crm.Values
		want newParcel
	}{
		{crm.Values{"weight": "500", "length": "30", "width": "20.5", "height": "1"}, newParcel{17.6, 11.8, 8.1, 0.4}},
		{crm.Values{"weight": "1.5", "weight_unit": "kg", "length": "1", "width": "0.01", "height": "10", "size_unit": "in"}, newParcel{52.9, 1, 0.1, 10}},
		{crm.Values{"weight": "2", "weight_unit": "lb", "length": "10", "width": "10", "height": "10"}, newParcel{32, 3.9, 3.9, 3.9}},
		{crm.Values{"weight": "15.4", "weight_unit": "oz", "length": "10", "width": "8", "height": "4", "size_unit": "in"}, newParcel{15.4, 10, 8, 4}},
	} {
		r, err := newShipment(c.v, crm.Label{}, crm.PostalAddress{}, crm.PostalAddress{})
		if err != nil || r.Parcel != c.want {
			t.Errorf("%v: %+v, %v", c.v, r.Parcel, err)
		}
	}
}

// bought is an answer in the form that EasyPost recorded, with other values.
func bought(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/bought.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRecordedForm(t *testing.T) {
	s, err := parse(bought(t))
	if err != nil || !s.bought() {
		t.Fatal(s, err)
	}
	got := s.label(crm.Label{By: "easypost", ShipmentID: "shp_9af9", RateID: "rate_b936", Carrier: "?"})
	want := crm.Label{
		By: "easypost", ShipmentID: "shp_9af9", RateID: "rate_b936", LabelID: "pl_6ba4", Carrier: "USPS", Cost: crm.Money{Minor: 593, Currency: "USD"},
		URL: "https://files.example/label.pdf", Tracking: "9400100105442285876350", TrackingURL: "https://track.easypost.com/djE6",
	}
	if got != want {
		t.Errorf("%+v", got)
	}
	if r := s.rates(); len(r) != 3 || r[1].Price.Minor != 695 {
		t.Errorf("%+v", r)
	}
}

// Any sign of a purchase keeps us from buying again.
func TestSignsOfAPurchase(t *testing.T) {
	for body, want := range map[string]bool{
		`{"id":"shp_1"}`: false,
		`{"id":"shp_1","selected_rate":null,"postage_label":null,"tracking_code":null,"tracker":null}`: false,
		`{"id":"shp_1","selected_rate":{}}`: true, `{"id":"shp_1","postage_label":{}}`: true, `{"id":"shp_1","tracking_code":"1"}`: true,
	} {
		s, err := parse([]byte(body))
		if err != nil || s.bought() != want {
			t.Errorf("%s: %v, %v", body, s.bought(), err)
		}
	}
}

func TestRefusal(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"code":"PARAMETER.REQUIRED","message":"Missing required parameter.","errors":[{"field":"shipment","message":"cannot be blank"}]}}`:                        "PARAMETER.REQUIRED: Missing required parameter.: shipment cannot be blank",
		`{"error":{"code":"NOT_FOUND","errors":["No eligible insurance."],"message":"Not found."}}`:                                                                          "NOT_FOUND: Not found.: No eligible insurance.",
		`{"error":{"code":"ADDRESS.VERIFY.FAILURE","message":"Address not found","errors":[{"field":"street1","message":"House number is missing","suggestion":"9 X St"}]}}`: "ADDRESS.VERIFY.FAILURE: Address not found: street1 House number is missing",
		`{"error":{"code":"X","message":["a","b"]}}`: "X",
		`{"error":"no"}`: "", `{`: "", `<html>`: "", `[]`: "", `{}`: "", `{"error":{"errors":[1,null,{},[]]}}`: "1",
	} {
		if _, said := refusal([]byte(body)); said != want {
			t.Errorf("%s: %q", body, said)
		}
	}
}

// What the codes of a refused purchase mean.
func TestCodes(t *testing.T) {
	for code, kind := range map[string]integrations.Kind{
		"SHIPMENT.PURCHASE.IN_PROGRESS": integrations.Temporary, "SHIPMENT.POSTAGE.NO_RESPONSE": integrations.Temporary, "SHIPMENT.POSTAGE.TIMED_OUT": integrations.Temporary,
		"SHIPMENT.POSTAGE.FAILURE": integrations.Rejected, "SHIPMENT.MISSING_RATE": integrations.Rejected, "": integrations.Rejected,
	} {
		mock := httpmock.NewMockTransport()
		read := mock.RegisterResponder
		read("GET", DefaultBaseURL+"/v2/shipments/shp_1", httpmock.NewStringResponder(200, `{"id":"shp_1","to_address":{"name":"Anna Quisquilia","zip":90277}}`))
		read("POST", DefaultBaseURL+"/v2/shipments/shp_1/buy", httpmock.NewStringResponder(422, `{"error":{"code":"`+code+`","message":"Quisquilia, 90277: no"}}`))
		m := New(&http.Client{Transport: mock}, func() time.Time { return now })
		_, err := m.BuyLabel(t.Context(), integrations.Connection{Settings: settings}, crm.Label{By: "easypost", ShipmentID: "shp_1", RateID: "rate_1"})
		if integrations.KindOf(err) != kind || strings.Contains(err.Error(), "Quisquilia") || strings.Contains(err.Error(), "90277") || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// The service says that it sold already and shows nothing of it: it is not bought on.
func TestExistsAndIsNotThere(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", DefaultBaseURL+"/v2/shipments/shp_1", httpmock.NewStringResponder(200, `{"id":"shp_1"}`))
	mock.RegisterResponder("POST", DefaultBaseURL+"/v2/shipments/shp_1/buy", httpmock.NewStringResponder(422, `{"error":{"code":"SHIPMENT.POSTAGE.EXISTS"}}`))
	m := New(&http.Client{Transport: mock}, func() time.Time { return now })
	l, err := m.BuyLabel(t.Context(), integrations.Connection{Settings: settings}, crm.Label{By: "easypost", ShipmentID: "shp_1", RateID: "rate_1"})
	if integrations.KindOf(err) != integrations.Temporary || l.URL != "" {
		t.Errorf("%+v, %v", l, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(bought(f))
	f.Add([]byte(`{"id":"shp_1","rates":[{"id":"r","rate":5.9,"currency":"USD","carrier":null}],"postage_label":{"label_url":"javascript:x"}}`))
	f.Add([]byte(`{"id":"shp_1","postage_label":{"label_url":"https://a/\u202e"},"selected_rate":{"rate":"9e9","currency":"usd"},"tracker":{"public_url":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		refusal(body)
		s, err := parse(body)
		if err != nil {
			if strings.Contains(err.Error(), "shp_") {
				t.Error(err)
			}
			return
		}
		s.said()
		s.addresses()
		if r, err := integrations.CheapestRate(s.rates(), ""); err == nil && (r.ID == "" || r.Price.Minor < 0 || len(r.Price.Currency) != 3) {
			t.Errorf("%+v", r)
		}
		l, err := New(nil, nil).sold(crm.Label{}, s, nil)
		if err != nil {
			return
		}
		if !integrations.LabelLink(l.URL) || l.TrackingURL != "" && !integrations.LabelLink(l.TrackingURL) || l.Cost.Minor < 0 || len(l.Tracking)+len(l.Carrier)+len(l.LabelID) > 300 || crm.Clean(l.Carrier) != l.Carrier {
			t.Errorf("%+v", l)
		}
		if _, err := json.Marshal(l); err != nil {
			t.Error(err)
		}
	})
}
