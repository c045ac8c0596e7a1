package shippo

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"grazie/crm"
	"grazie/integrations"
)

var now = time.Date(2027, 3, 5, 9, 0, 0, 0, time.UTC)

var (
	settings = crm.Values{"key": "shippo_test", "weight": "1.5", "weight_unit": "kg", "length": "30", "width": "20.5", "height": "1"}
	prepared = crm.Label{By: "shippo", ReturnID: strings.Repeat("7", 120), ShipmentID: "s1", RateID: "r1", Carrier: "USPS", Cost: crm.Money{Minor: 550, Currency: "USD"}}
)

// api answers with texts; a GET of transactions finds none unless told.
func api(t *testing.T, answers map[string]string, status int) (*Maker, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", `=~/transactions/`, httpmock.NewStringResponder(200, `{"next":null,"results":[]}`))
	for at, body := range answers {
		method, path, _ := strings.Cut(at, " ")
		code := 200
		if method == "POST" {
			code = status
		}
		mock.RegisterResponder(method, DefaultBaseURL+path, httpmock.NewStringResponder(code, body))
	}
	return New(&http.Client{Transport: mock}, func() time.Time { return now }), mock
}

func buy(t *testing.T, m *Maker) (crm.Label, error) {
	t.Helper()
	return m.BuyLabel(t.Context(), integrations.Connection{Settings: settings}, prepared)
}

const shipmentBody = `{"object_id":"s1","address_to":{"name":"Anna Quisquilia","street1":"17 Weidenbruch","zip":90277},"address_from":{"company":"Shop"}}`

// An answer with a success can be a no.
func TestNoInside(t *testing.T) {
	for _, c := range []struct {
		name, body, look string
		kind             integrations.Kind
		says             string
	}{
		{"refused", `{"object_id":"t1","status":"ERROR","messages":[{"source":"UPS","code":"","text":"Invalid phone of QUISQUILIA at 17 Weidenbruch 90277"}]}`, shipmentBody, integrations.Rejected, "the carrier made no label: UPS: Invalid phone of (address) at (address)"},
		{"addresses not to be had", `{"object_id":"t1","status":"ERROR","messages":[{"source":"UPS","text":"Quisquilia"}]}`, `{}`, integrations.Rejected, "Shippo's own log"},
		{"addresses of another", `{"object_id":"t1","status":"ERROR","messages":[{"source":"UPS","text":"Quisquilia"}]}`, `{"object_id":"s2","address_to":{},"address_from":{}}`, integrations.Rejected, "Shippo's own log"},
		{"silent", `{"object_id":"t1","status":"ERROR"}`, shipmentBody, integrations.Rejected, "the carrier made no label"},
		{"slow carrier", `{"object_id":"t1","status":"ERROR","messages":[{"source":"UPS","code":"carrier_timeout","text":"try again"}]}`, shipmentBody, integrations.Temporary, "try again"},
		{"queued", `{"object_id":"t1","status":"QUEUED"}`, shipmentBody, integrations.Temporary, "still being made"},
		{"new state", `{"object_id":"t1","status":"PONDERING"}`, shipmentBody, integrations.Temporary, "still being made"},
		{"no link", `{"object_id":"t1","status":"SUCCESS"}`, shipmentBody, integrations.Temporary, "link"},
		{"odd link", `{"object_id":"t1","status":"SUCCESS","label_url":"javascript:alert(1)"}`, shipmentBody, integrations.Temporary, "link"},
	} {
		m, _ := api(t, map[string]string{"POST /transactions/": c.body, "GET /shipments/s1": c.look}, 201)
		_, err := buy(t, m)
		if integrations.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || strings.Contains(strings.ToLower(err.Error()), "quisquilia") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRefusedPurchase(t *testing.T) {
	m, _ := api(t, map[string]string{"POST /transactions/": `{"rate":["Rate of Quisquilia is too old"],"__all__":["no"]}`, "GET /shipments/s1": shipmentBody}, 400)
	_, err := buy(t, m)
	if integrations.KindOf(err) != integrations.Rejected || err.Error() != "shippo: rejected: 400: no; rate: Rate of (address) is too old" {
		t.Error(err)
	}
}

// What the list of a rate's transactions leads to: to a label, to waiting, or to a purchase.
func TestList(t *testing.T) {
	const good = `{"object_id":"t2","status":"SUCCESS","rate":"r1","object_created":"2027-03-05T09:00:01Z","label_url":"https://x.example/a.pdf"}`
	for _, c := range []struct{ name, results, found string }{
		{"nothing", ``, ""},
		{"only failed ones", `{"object_id":"t1","status":"ERROR","rate":"r1"}`, ""},
		{"after a failed one", `{"object_id":"t1","status":"ERROR","rate":"r1"},` + good, "t2"},
		{"the older of two", `{"object_id":"t1","status":"SUCCESS","rate":"r1","object_created":"2027-03-05T09:00:02Z"},` + good, "t2"},
		{"one that holds before one under way", `{"object_id":"t1","status":"QUEUED","rate":"r1","object_created":"2027"},` + good, "t2"},
		{"one that holds before one given back", `{"object_id":"t1","status":"REFUNDED","rate":"r1","object_created":"2027"},` + good, "t2"},
		{"under way", `{"object_id":"t1","status":"WAITING","rate":"r1"}`, "t1"},
		{"given back", `{"object_id":"t1","status":"REFUNDED","rate":"r1"}`, "t1"},
		{"a state that we do not know", `{"object_id":"t1","rate":"r1"}`, "t1"},
		{"its old name", `{"object_id":"t1","object_status":"ERROR","rate":"r1"}`, ""},
		{"the rate written out", `{"object_id":"t1","status":"SUCCESS","rate":{"object_id":"r1","amount":"5.5"}}`, "t1"},
		{"no rate told", `{"object_id":"t1","status":"SUCCESS"}`, "t1"},
		{"another's", `{"object_id":"t1","status":"SUCCESS","rate":"r2"}`, "error"},
		{"another's failed one", `{"object_id":"t1","status":"ERROR","rate":{"object_id":"r2"}}`, "error"},
	} {
		found, err := find([]byte(`{"next":null,"results":[`+c.results+`]}`), "r1")
		got := ""
		if err != nil {
			got = "error"
		} else if found != nil {
			got = string(found.ID)
		}
		if got != c.found {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if _, err := find([]byte(`{"next":"https://x/?page=2","results":[{"status":"ERROR"}]}`), "r1"); err == nil {
		t.Error("a list that goes on may hide a purchase")
	}
}

func TestRequests(t *testing.T) {
	m, mock := api(t, nil, 201)
	var sent map[string]any
	mock.RegisterResponder("POST", DefaultBaseURL+"/transactions/", func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &sent)
		}
		return httpmock.NewStringResponse(201, `{"object_id":"t1","status":"SUCCESS","label_url":"https://x.example/a.pdf?Signature=a%3D","tracking_number":"94","tracking_url_provider":"javascript:x","rate":{"object_id":"r1","amount":"6.10","currency":"USD","provider":"USPS"}}`), err
	})
	l, err := buy(t, m)
	if err != nil || l.LabelID != "t1" || l.TrackingURL != "" || l.Cost.Minor != 610 || l.URL != "https://x.example/a.pdf?Signature=a%3D" {
		t.Errorf("%+v, %v", l, err)
	}
	if sent["rate"] != "r1" || sent["label_file_type"] != "PDF" || sent["async"] != false || len(sent["metadata"].(string)) != 100 {
		t.Errorf("%v", sent)
	}
	in, err := newShipment(settings, crm.Label{}, crm.PostalAddress{Name: "to"}, crm.PostalAddress{Name: "from"})
	if err != nil || in.Parcels[0] != (newParcel{"1.5", "kg", "30", "20.5", "1", "cm"}) || in.To.Name != "to" || in.From.Name != "from" || !in.Extra["is_return"] {
		t.Errorf("%+v, %v", in, err)
	}
}

func TestRefusal(t *testing.T) {
	for body, want := range map[string]string{
		`{"detail":"Carrier is not supported."}`:                            "Carrier is not supported.",
		`{"address_to":[{"street1":["is required","x"]}],"__all__":["no"]}`: "no; street1: is required; street1: x",
		`["a"]`: "a", `"a"`: "a", `{`: "", `1`: "", `null`: "", `["1","2","3","4","5","6"]`: "1; 2; 3; 4; 5",
	} {
		if got := refusal([]byte(body)); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(shipmentBody))
	f.Add([]byte(`{"object_id":"t1","status":"SUCCESS","label_url":"https://x/a","rate":{"object_id":"r1","amount":5.5,"currency":"USD"},"rates":[{"object_id":"r1","amount":"5","currency":"USD","provider":"UPS"}]}`))
	f.Add([]byte(`{"results":[{"object_id":"t1","status":"SUCCESS","rate":"r1"},{"rate":null}],"next":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		refusal(body)
		if s, err := parseShipment(body); err == nil {
			said(s.Messages)
			if r, err := integrations.CheapestRate(s.rates(), ""); err == nil && (r.ID == "" || r.Price.Minor < 0 || len(r.Price.Currency) != 3) {
				t.Errorf("%+v", r)
			}
		}
		if found, err := find(body, "r1"); err == nil && found != nil && (found.state() == "ERROR" || found.Rate.ID != "" && found.Rate.ID != "r1") {
			t.Errorf("%+v", found)
		}
		tx, err := parseTransaction(body)
		if err != nil {
			return
		}
		offline := New(&http.Client{Transport: httpmock.NewMockTransport()}, func() time.Time { return now })
		l, err := offline.sold(t.Context(), integrations.Connection{Settings: settings}, prepared, tx)
		if err != nil {
			return
		}
		if !integrations.LabelLink(l.URL) || l.TrackingURL != "" && !integrations.LabelLink(l.TrackingURL) || l.Cost.Minor < 0 || len(l.Tracking)+len(l.Carrier)+len(l.LabelID) > 300 {
			t.Errorf("%+v", l)
		}
	})
}
