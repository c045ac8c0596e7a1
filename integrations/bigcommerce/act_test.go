package bigcommerce_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
	"grazie/integrations/bigcommerce/simstore"
)

func gift(change func(*crm.DiscountCode)) crm.DiscountCode {
	d := crm.DiscountCode{Code: "GRAZIE-7KQ2M-9XTBC", Title: "Birthday", CustomerID: "32", Kind: crm.Percentage, Percent: 10,
		StartsAt: start, EndsAt: start.AddDate(0, 0, 30), Zone: "Europe/Rome", Minimum: crm.Money{Currency: "EUR"}}
	if change != nil {
		change(&d)
	}
	return d
}

func TestCouponTerms(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*crm.DiscountCode)
		want   map[string]any
	}{
		"percentage": {nil, map[string]any{"type": "percentage_discount", "amount": "10", "min_purchase": "0", "max_uses": 1., "max_uses_per_customer": 1., "enabled": true, "expires": "Mon, 21 Dec 2026 09:30:00 +0000"}},
		"amount": {func(d *crm.DiscountCode) {
			d.Kind, d.Amount, d.Minimum.Minor = crm.FixedAmount, crm.Money{Minor: 550, Currency: "EUR"}, 2500
		}, map[string]any{"type": "per_total_discount", "amount": "5.50", "min_purchase": "25.00"}},
		"free shipping": {func(d *crm.DiscountCode) { d.Kind, d.EndsAt = crm.FreeShipping, time.Time{} }, map[string]any{"type": "free_shipping", "amount": "0", "expires": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, bigcommerce.App{})
			got, err := s.CreateDiscountCode(t.Context(), s.conn, gift(c.change))
			if err != nil || got.ID == "" || got.By != "bigcommerce" || s.coupons() != 1 {
				t.Fatalf("%+v, %v, %v", got, err, s.Coupons)
			}
			for field, want := range c.want {
				if s.Coupons[0][field] != want {
					t.Errorf("%s is %v, want %v", field, s.Coupons[0][field], want)
				}
			}
			if name := s.Coupons[0]["name"]; name != "Grazie GRAZIE-7KQ2M-9XTBC: Birthday" {
				t.Errorf("its name is %q", name)
			}
		})
	}
}

// A coupon cannot give one piece, and has no currency of its own.
func TestWhatCouponsCannot(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	for name, c := range map[string]struct {
		change func(*crm.DiscountCode)
		want   integrations.Kind
	}{
		"a product":        {func(d *crm.DiscountCode) { d.Kind, d.ProductID = crm.FreeProduct, "87" }, integrations.Unsupported},
		"something new":    {func(d *crm.DiscountCode) { d.Kind = "points" }, integrations.Unsupported},
		"another currency": {func(d *crm.DiscountCode) { d.Kind, d.Amount = crm.FixedAmount, crm.Money{Minor: 500, Currency: "USD"} }, integrations.Rejected},
		"another minimum":  {func(d *crm.DiscountCode) { d.Minimum = crm.Money{Minor: 500, Currency: "USD"} }, integrations.Rejected},
	} {
		if _, err := s.CreateDiscountCode(t.Context(), s.conn, gift(c.change)); kindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.coupons() != 0 {
		t.Errorf("made all the same: %v", s.Coupons)
	}
}

// A code whose answer got lost is there once, and found.
func TestCodeWhoseAnswerIsLost(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	s.Break(simstore.Faults{Lose: "POST"})
	if _, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); kindOf(err) != integrations.Temporary || s.coupons() != 1 {
		t.Fatalf("without an answer: %v, %d coupons", err, s.coupons())
	}
	s.Break(simstore.Faults{})
	for range 2 {
		if got, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); err != nil || got.ID != "1001" || s.coupons() != 1 {
			t.Errorf("%+v, %v, and %d coupons", got, err, s.coupons())
		}
	}
}

// Of two workers who make one code at once, both have it.
func TestCodeMadeMeanwhile(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	s.Race = func() {
		s.Coupons = append(s.Coupons, map[string]any{"id": 77, "name": "Grazie GRAZIE-7KQ2M-9XTBC: Birthday", "code": "GRAZIE-7KQ2M-9XTBC", "type": "percentage_discount", "enabled": true})
	}
	if got, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); err != nil || got.ID != "77" || s.coupons() != 1 {
		t.Errorf("%+v, %v, and %d coupons", got, err, s.coupons())
	}
}

// Another's code of the same letters is left alone, and neither made nor ended.
func TestCodeOfAnother(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	s.Coupons = []map[string]any{{"id": 9, "name": "Black Friday", "code": "GRAZIE-7KQ2M-9XTBC", "type": "percentage_discount", "amount": "50", "enabled": true, "applies_to": map[string]any{}}}
	if _, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); kindOf(err) != integrations.Rejected || !strings.Contains(err.Error(), "something else") {
		t.Errorf("made: %v", err)
	}
	if err := s.EndDiscountCode(t.Context(), s.conn, gift(nil)); kindOf(err) != integrations.Rejected {
		t.Errorf("ended: %v", err)
	}
	if s.Coupons[0]["enabled"] != true {
		t.Error("it works no more")
	}
}

// Ending keeps what a coupon was, works twice, and is not undone by a late try
// to make it.
func TestEndCode(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	if err := s.EndDiscountCode(t.Context(), s.conn, gift(nil)); err != nil {
		t.Errorf("one that is not there: %v", err)
	}
	if _, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.EndDiscountCode(t.Context(), s.conn, gift(nil)); err != nil {
			t.Fatal(err)
		}
	}
	c := s.Coupons[0]
	if c["enabled"] != false || c["applies_to"] == nil || c["amount"] != "10" || c["max_uses"] != 1. {
		t.Errorf("the coupon is %v", c)
	}
	puts := 0
	for _, call := range s.Calls() {
		if strings.HasPrefix(call, "PUT") {
			puts++
		}
	}
	if puts != 1 {
		t.Errorf("changed %d times", puts)
	}
	if _, err := s.CreateDiscountCode(t.Context(), s.conn, gift(nil)); kindOf(err) != integrations.Rejected {
		t.Errorf("made again: %v", err)
	}
}

func TestSubscribe(t *testing.T) {
	const address = "https://grazie.example/webhooks/bigcommerce/shp_1"
	s := newStand(t, bigcommerce.App{})
	s.conn.Settings[bigcommerce.SettingHookKey] = "the-key"
	s.Hooks = []simstore.Hook{{ID: 1, Scope: "store/order/updated", Destination: "https://erp.example/hooks", Active: true}}
	made, err := s.Subscribe(t.Context(), s.conn, address)
	if err != nil || len(made) < 10 || len(s.Hooks) != len(made)+1 {
		t.Fatalf("%v, %v, %d hooks", made, err, len(s.Hooks))
	}
	for _, h := range s.Hooks[1:] {
		if h.Destination != address || !h.Active || h.Headers[bigcommerce.KeyHeader] != "the-key" {
			t.Errorf("%+v", h)
		}
	}
	if mended, err := s.Subscribe(t.Context(), s.conn, address); err != nil || len(mended) != 0 {
		t.Errorf("a second time: %v, %v", mended, err)
	}
	s.Change(func() {
		s.Hooks[1].Active = false
		s.Hooks[2].Destination = "https://old.example/webhooks/bigcommerce/shp_1"
		s.Hooks[3].Headers = nil
		s.Hooks = append(s.Hooks[:4], s.Hooks[5:]...)
	})
	mended, err := s.Subscribe(t.Context(), s.conn, address)
	if err != nil || len(mended) != 4 || len(s.Hooks) != len(made)+1 {
		t.Errorf("mended %v, %v, %d hooks", mended, err, len(s.Hooks))
	}
	if other := s.Hooks[0]; other.Destination != "https://erp.example/hooks" || other.Headers != nil {
		t.Errorf("another's hook became %+v", other)
	}
	for _, bad := range []string{"http://grazie.example/webhooks", "https://grazie.example:8443/webhooks"} {
		if _, err := s.Subscribe(t.Context(), s.conn, bad); kindOf(err) != integrations.Rejected {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestCheckAndDescribe(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	if err := s.Check(t.Context(), s.conn); err != nil {
		t.Error(err)
	}
	shop, err := s.Describe(t.Context(), s.conn)
	if err != nil || shop.Name != "Bottega" || shop.Owner != "owner@bottega.example" || shop.Country != "IT" || shop.Currency != "EUR" || shop.Timezone != "Europe/Rome" || shop.Locale != "it" {
		t.Errorf("%+v, %v", shop, err)
	}
	s.Break(simstore.Faults{At: map[string]int{"coupons": 403, "customers": 403}})
	if err := s.Check(t.Context(), s.conn); kindOf(err) != integrations.Unauthorized || !strings.Contains(err.Error(), "Customers, Marketing") {
		t.Errorf("without permissions: %v", err)
	}
}

// Every way to fail has its class, tells neither token nor address, and a time
// where the store named one.
func TestErrorsAreClassed(t *testing.T) {
	for status, want := range map[int]integrations.Kind{400: integrations.Rejected, 401: integrations.Unauthorized, 402: integrations.Unauthorized, 403: integrations.Unauthorized,
		409: integrations.Rejected, 422: integrations.Rejected, 429: integrations.RateLimited, 500: integrations.Temporary, 502: integrations.Temporary, 503: integrations.Temporary, 302: integrations.Temporary} {
		s := newStand(t, bigcommerce.App{})
		fill(s.Store)
		s.Break(simstore.Faults{Status: status})
		_, err := s.read(t, "store/order/updated", map[string]any{"id": 250})
		if kindOf(err) != want || strings.Contains(err.Error(), s.Token) || strings.Contains(err.Error(), "anna@") {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
	}
	for name, break_ := range map[string]func(*stand){
		"no token":       func(s *stand) { delete(s.conn.Settings, bigcommerce.SettingToken) },
		"a broken token": func(s *stand) { s.conn.Settings[bigcommerce.SettingToken] = "a b" },
		"another token":  func(s *stand) { s.conn.Settings[bigcommerce.SettingToken] = "other" },
		"no store":       func(s *stand) { s.conn.Domain = "../v2" },
		"no address":     func(s *stand) { s.conn.Settings[bigcommerce.SettingAPIURL] = "ftp://x" },
	} {
		s := newStand(t, bigcommerce.App{})
		break_(s)
		if err := s.Check(t.Context(), s.conn); kindOf(err) != integrations.Unauthorized {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := newStand(t, bigcommerce.App{})
	fill(s.Store)
	s.Break(simstore.Faults{Garbage: true})
	if _, err := s.read(t, "store/order/updated", map[string]any{"id": 250}); kindOf(err) != integrations.Rejected {
		t.Errorf("garbage: %v", err)
	}
	s.Break(simstore.Faults{Hang: make(chan struct{})})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Describe(ctx, s.conn); kindOf(err) != integrations.Temporary {
		t.Errorf("no answer in time: %v", err)
	}
}

// When the quota is used up nothing is asked before the next window.
func TestQuota(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	s.Quota, s.Reset = 2, 9*time.Second
	for range 2 {
		if _, err := s.Describe(t.Context(), s.conn); err != nil {
			t.Fatal(err)
		}
	}
	s.Calls()
	_, err := s.Describe(t.Context(), s.conn)
	e, ok := err.(*integrations.Error)
	if !ok || e.Kind != integrations.RateLimited || !e.RetryAt.Equal(start.Add(9*time.Second)) || len(s.Calls()) != 0 {
		t.Errorf("%v", err)
	}
	s.Change(func() { s.Quota = 100 })
	s.now = start.Add(9 * time.Second)
	if _, err := s.Describe(t.Context(), s.conn); err != nil {
		t.Errorf("in the next window: %v", err)
	}
}

// coupons counts them while nobody is served.
func (s *stand) coupons() (n int) {
	s.Change(func() { n = len(s.Coupons) })
	return n
}
