package labeltest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

func settings(t *testing.T, b *bench) {
	declared := map[string]bool{}
	for _, s := range b.Settings() {
		if s.Key == "" || s.Label == "" || s.Kind == "" || declared[s.Key] {
			t.Errorf("setting %+v", s)
		}
		declared[s.Key] = true
		if s.Default != "" && s.Check(s.Default) != nil {
			t.Errorf("%s: its own default is refused", s.Key)
		}
		if s.Key == "key" && s.Kind != crm.SettingSecret {
			t.Error("the key is no secret")
		}
	}
	for k := range b.c.Settings {
		if !declared[k] {
			t.Errorf("uses the setting %q and does not declare it", k)
		}
	}
}

func happy(t *testing.T, b *bench) {
	l := b.prepared(t)
	if l.By != b.Name() || l.ReturnID != "gid://shopify/Return/1" || l.ShipmentID != "shp_1" || l.RateID != "rate_1_2" || l.Carrier != "USPS" || l.URL != "" ||
		l.Cost != (crm.Money{Minor: 593, Currency: "USD"}) {
		t.Errorf("prepared %+v", l)
	}
	b.sold(t, 0)
	s := b.desk.Shipments()[0]
	if s.To != Customer || s.From != Shop || !s.IsReturn {
		t.Errorf("the addresses are those of the way out, and it is a return: %+v", s)
	}
	if s.Reference != "gid://shopify/Return/1" {
		t.Errorf("the merchant would not find it: %q", s.Reference)
	}
	out := b.bought(t, l)
	b.sold(t, 1)
	if b.desk.Sales()[0].RateID != l.RateID || out.Cost != l.Cost || out.Carrier != "USPS" || out.LabelID != "lbl_1" || out.Tracking != "94001" {
		t.Errorf("bought %+v", out)
	}
	if f := b.desk.Shipments()[0].Format; f != "PDF" {
		t.Errorf("asked for %q", f)
	}
}

// The cheapest rate of an allowed carrier, whatever else is offered.
func rates(t *testing.T, b *bench) {
	for _, c := range []struct {
		name, carriers string
		offers         []Offer
		rate           string
		cost           crm.Money
	}{
		{"all", "", []Offer{{"A", "3.00", "EUR"}, {"B", "2.99", "EUR"}, {"C", "10", "EUR"}}, "B", crm.Money{Minor: 299, Currency: "EUR"}},
		{"allowed", " c ,, a", []Offer{{"A", "3.00", "EUR"}, {"B", "2.99", "EUR"}, {"C", "10", "EUR"}}, "A", crm.Money{Minor: 300, Currency: "EUR"}},
		{"not by text", "", []Offer{{"A", "10.00", "EUR"}, {"B", "9.50", "EUR"}}, "B", crm.Money{Minor: 950, Currency: "EUR"}},
		{"yen", "", []Offer{{"A", "1200", "JPY"}, {"B", "1100.00", "JPY"}}, "B", crm.Money{Minor: 1100, Currency: "JPY"}},
		{"finer than a cent", "", []Offer{{"A", "5.9301", "USD"}}, "A", crm.Money{Minor: 594, Currency: "USD"}},
		{"two currencies", "", []Offer{{"A", "7.00", "USD"}, {"B", "6.00", "JPY"}, {"C", "6.50", "USD"}}, "C", crm.Money{Minor: 650, Currency: "USD"}},
		{"unreadable ones", "", []Offer{{"A", "", "USD"}, {"B", "-4", "USD"}, {"C", "1e1", "USD"}, {"D", "4", ""}, {"", "1", "USD"}, {"E", "99999999999999999999", "USD"}, {"F", "5", "usd"}}, "F", crm.Money{Minor: 500, Currency: "USD"}},
		{"free", "", []Offer{{"A", "0.00", "USD"}}, "A", crm.Money{Currency: "USD"}},
	} {
		b.desk.Offers, b.c.Settings["carriers"] = c.offers, c.carriers
		l, err := b.prepare(t)
		if err != nil || l.Carrier != c.rate || l.Cost != c.cost {
			t.Errorf("%s: %+v, %v", c.name, l, err)
		}
	}
}

func noRates(t *testing.T, b *bench) {
	_, err := func() (crm.Label, error) { b.c.Settings["carriers"] = "DHL"; return b.prepare(t) }()
	if e := b.fails(t, err, integrations.Rejected); !strings.Contains(e.Detail, "DHL") || !strings.Contains(e.Detail, "FedEx, UPS, USPS") {
		t.Errorf("does not say what is offered: %v", err)
	}
	b.desk.Offers = nil
	b.desk.Says = "17 WEIDENBRUCH LANE, REDONDO BEACH 90277-2506 is no street we know (5553419393, Anna@customer.example)"
	_, err = b.prepare(t)
	if e := b.fails(t, err, integrations.Rejected); !strings.Contains(e.Detail, "no carrier offers a rate") || !strings.Contains(e.Detail, "UPS") || !strings.Contains(e.Detail, "is no street we know") {
		t.Errorf("does not say why: %v", err)
	}
	b.sold(t, 0)
}

// Preparing again what is prepared changes nothing: the shipment may be bought.
func preparedStays(t *testing.T, b *bench) {
	l := b.prepared(t)
	again, err := b.PrepareLabel(t.Context(), b.c, l, Customer, Shop)
	if err != nil || again != l || len(b.desk.Shipments()) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

func badSettings(t *testing.T, b *bench) {
	l := b.prepared(t)
	for _, bad := range []struct{ key, value, says string }{
		{"key", "", "key"}, {"key", "two words", "key"}, {"key", "schlüssel", "key"}, {"base_url", "api.example", "address"}, {"base_url", "https://u:p@x", "address"},
		{"base_url", "https://x?y", "address"}, {"weight", "", "weight"}, {"weight", "0", "weight"}, {"weight", "1,5", "1.5"}, {"weight", "-3", "weight"}, {"weight", "NaN", "weight"},
		{"weight", "1e3", "weight"}, {"length", "Inf", "length"}, {"width", "x", "width"}, {"height", "1000000", "height"}, {"weight_unit", "stone", "g, kg, oz, lb"}, {"size_unit", "ell", "cm, in"},
	} {
		old := b.c.Settings[bad.key]
		b.c.Settings[bad.key] = bad.value
		_, err := b.prepare(t)
		if e := b.fails(t, err, integrations.Unauthorized); !strings.Contains(e.Detail, bad.says) || strings.Contains(e.Detail, "u:p") {
			t.Errorf("%s %q: %v", bad.key, bad.value, err)
		}
		if bad.key == "key" || bad.key == "base_url" {
			_, err = b.buy(t, l)
			b.fails(t, err, integrations.Unauthorized)
		}
		b.c.Settings[bad.key] = old
	}
	strict := integrations.NewHTTPClient(integrations.HTTPOptions{})
	_, err := b.New(strict, time.Now).BuyLabel(t.Context(), b.c, l)
	b.fails(t, err, integrations.Unauthorized) // a merchant's address must not lead into the house
	b.sold(t, 0)
}

func badAddress(t *testing.T, b *bench) {
	for what, change := range map[string]func(a *crm.PostalAddress){
		"name": func(a *crm.PostalAddress) { a.Name = " " }, "street": func(a *crm.PostalAddress) { a.Street1 = "" },
		"city": func(a *crm.PostalAddress) { a.City = "" }, "country": func(a *crm.PostalAddress) { a.Country = "Germany" },
	} {
		a := Customer
		change(&a)
		_, err := b.PrepareLabel(t.Context(), b.c, crm.Label{}, a, Shop)
		b.silent(t, err)
		if e := b.fails(t, err, integrations.Rejected); !strings.Contains(e.Detail, what) || !strings.Contains(e.Detail, "customer") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := b.desk.Calls(Prepare); n != 0 {
		t.Errorf("%d requests", n)
	}
	b.desk.Refuse = func(s *Shipment) error {
		return errors.New("Invalid street: " + s.To.Street1 + ", " + strings.ToUpper(s.To.City) + " of ÄNNA QUISQUILIA <" + s.To.Email + "> not found")
	}
	_, err := b.prepare(t)
	if e := b.fails(t, err, integrations.Rejected); !strings.Contains(e.Detail, "Invalid street: (address) of (address)") || !strings.Contains(e.Detail, "not found") {
		t.Errorf("does not say what is wrong: %v", err)
	}
}

// A service that repeats the key in its answer does not bring it into our log.
func wrongKey(t *testing.T, b *bench) {
	l := b.prepared(t)
	b.desk.Key = "another"
	_, err := b.prepare(t)
	b.fails(t, err, integrations.Unauthorized)
	_, err = b.buy(t, l)
	b.fails(t, err, integrations.Unauthorized)
	b.desk.Key = key
	b.desk.Fail(Buy, Fault{Status: http.StatusForbidden, Body: `{"error":{"code":"X","message":"key ` + key + `"},"detail":"key ` + key + `"}`})
	_, err = b.buy(t, l)
	b.fails(t, err, integrations.Unauthorized)
	b.sold(t, 0)
	b.bought(t, l)
}

func down(t *testing.T, b *bench) {
	l := b.prepared(t)
	b.down()
	_, err := b.prepare(t)
	b.fails(t, err, integrations.Temporary)
	_, err = b.buy(t, l)
	b.fails(t, err, integrations.Temporary)
}

func cancelled(t *testing.T, b *bench) {
	l := b.prepared(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.PrepareLabel(ctx, b.c, crm.Label{}, Customer, Shop)
	b.fails(t, err, integrations.Temporary)
	_, err = b.BuyLabel(ctx, b.c, l)
	b.fails(t, err, integrations.Temporary)
	if n := b.desk.Calls(Read) + b.desk.Calls(Buy); n != 0 {
		t.Errorf("%d requests", n)
	}
	// Given up while the purchase is under way: it is found again.
	ctx, cancel = context.WithCancel(t.Context())
	gone := make(chan struct{})
	b.desk.Pass = func(s Step) {
		if s == Buy {
			cancel()
			<-gone
		}
	}
	_, err = b.BuyLabel(ctx, b.c, l)
	close(gone)
	b.fails(t, err, integrations.Temporary)
	b.down() // waits for the request to end
	b.sold(t, 1)
}
