package woocommerce_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/woocommerce"
	"grazie/integrations/woocommerce/simwoo"
)

// shop is a stand-in, an adapter for trials, and a connection between them.
func shop(t *testing.T) (*simwoo.Shop, *woocommerce.Platform, integrations.Connection) {
	t.Helper()
	sim := simwoo.New()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true, Timeout: 5 * time.Second})
	t.Cleanup(client.CloseIdleConnections)
	return sim, woocommerce.New(client, clock, true), integrations.Connection{ShopID: "shp_1", Settings: crm.Values{
		woocommerce.SettingURL: server.URL + "/", woocommerce.SettingKey: sim.Key, woocommerce.SettingKeySecret: sim.Secret, woocommerce.SettingSecret: "hook-secret",
	}}
}

func code() crm.DiscountCode {
	return crm.DiscountCode{
		Code: "GRAZIE-7KQ2M-9XTBC", Title: "Birthday", CustomerID: "7", Kind: crm.Percentage, Percent: 15, Amount: crm.Money{Currency: "EUR"},
		StartsAt: now, EndsAt: time.Date(2026, 12, 24, 22, 59, 59, 0, time.UTC), Zone: "Europe/Rome",
	}
}

func wants(t *testing.T, name string, err error, kind integrations.Kind, detail string) {
	t.Helper()
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Service != "woocommerce" || !strings.Contains(e.Error(), detail) || strings.Contains(e.Error(), "cs_sim") {
		t.Errorf("%s: %v; want %s with %q", name, err, kind, detail)
	}
}

func TestDiscountCode(t *testing.T) {
	sim, p, c := shop(t)
	d := code()
	d.Minimum = crm.Money{Minor: 2050, Currency: "EUR"}
	first, err := p.CreateDiscountCode(t.Context(), c, d)
	if err != nil || first.ID == "" || first.By != "woocommerce" || first.At != now {
		t.Fatalf("%+v, %v", first, err)
	}
	got := sim.Coupons[0]
	made := simwoo.Object{
		"code": "grazie-7kq2m-9xtbc", "description": "Birthday", "discount_type": "percent", "amount": "15", "date_expires_gmt": "2026-12-24T22:59:59",
		"usage_limit": 1.0, "usage_limit_per_user": 1.0, "individual_use": true, "free_shipping": false, "minimum_amount": "20.50",
	}
	for name, want := range made {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if again, err := p.CreateDiscountCode(t.Context(), c, d); err != nil || again.ID != first.ID || len(sim.Coupons) != 1 {
		t.Errorf("asked for again: %+v, %v, %d coupons", again, err, len(sim.Coupons))
	}
	other := d
	other.Percent = 20
	_, err = p.CreateDiscountCode(t.Context(), c, other)
	wants(t, "with other terms", err, integrations.Rejected, "for something else")

	if err := p.EndDiscountCode(t.Context(), c, d); err != nil || sim.Coupons[0]["date_expires_gmt"] != "2026-11-24T09:59:00" {
		t.Errorf("ended: %v, %v", err, sim.Coupons[0]["date_expires_gmt"])
	}
	calls := len(sim.Calls)
	if err := p.EndDiscountCode(t.Context(), c, d); err != nil || len(sim.Calls) != calls+1 {
		t.Errorf("ended again: %v, %v", err, sim.Calls[calls:])
	}
	_, err = p.CreateDiscountCode(t.Context(), c, d)
	wants(t, "ended in the shop", err, integrations.Rejected, "it was ended there")
	d.Code = "GRAZIE-NOBODY-KNOWS"
	if err := p.EndDiscountCode(t.Context(), c, d); err != nil {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestDiscountKinds(t *testing.T) {
	for name, v := range map[string]struct {
		change func(*crm.DiscountCode)
		want   simwoo.Object // of the coupon
		kind   integrations.Kind
		detail string
	}{
		"amount":   {func(d *crm.DiscountCode) { d.Kind, d.Amount.Minor = crm.FixedAmount, 500 }, simwoo.Object{"discount_type": "fixed_cart", "amount": "5.00"}, "", ""},
		"shipping": {func(d *crm.DiscountCode) { d.Kind = crm.FreeShipping }, simwoo.Object{"free_shipping": true, "amount": "0"}, "", ""},
		"product": {func(d *crm.DiscountCode) { d.Kind, d.ProductID = crm.FreeProduct, "22" },
			simwoo.Object{"discount_type": "percent", "amount": "100", "limit_usage_to_x_items": 1.0}, "", ""},
		"with all":       {func(d *crm.DiscountCode) { d.WithOrder, d.WithProduct, d.WithShipping = true, true, true }, simwoo.Object{"individual_use": false}, "", ""},
		"with some":      {func(d *crm.DiscountCode) { d.WithShipping = true }, simwoo.Object{"individual_use": true}, "", ""},
		"without end":    {func(d *crm.DiscountCode) { d.EndsAt = time.Time{} }, simwoo.Object{"date_expires_gmt": nil}, "", ""},
		"percent":        {func(d *crm.DiscountCode) { d.Percent = 101 }, nil, integrations.Rejected, "101 is not a percentage"},
		"nothing off":    {func(d *crm.DiscountCode) { d.Kind = crm.FixedAmount }, nil, integrations.Rejected, "not more than nothing"},
		"no product":     {func(d *crm.DiscountCode) { d.Kind, d.ProductID = crm.FreeProduct, "gid://x/1" }, nil, integrations.Rejected, "is not the number of one"},
		"another kind":   {func(d *crm.DiscountCode) { d.Kind = "gold" }, nil, integrations.Unsupported, "no codes of this kind"},
		"other currency": {func(d *crm.DiscountCode) { d.Kind, d.Amount = crm.FixedAmount, crm.Money{Minor: 500, Currency: "USD"} }, nil, integrations.Rejected, "the code is in USD, and the shop sells in EUR"},
		"percent in USD": {func(d *crm.DiscountCode) { d.Amount.Currency = "USD" }, simwoo.Object{"amount": "15"}, "", ""},
	} {
		sim, p, c := shop(t)
		d := code()
		v.change(&d)
		_, err := p.CreateDiscountCode(t.Context(), c, d)
		if v.kind != "" {
			if wants(t, name, err, v.kind, v.detail); len(sim.Coupons) != 0 {
				t.Errorf("%s: a coupon was made", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for field, want := range v.want {
			if got := sim.Coupons[0][field]; got != want {
				t.Errorf("%s: %s is %v, want %v", name, field, got, want)
			}
		}
	}
}

// A code whose answer got lost is found by the next try; one that another made
// is left alone.
func TestDiscountAnswerLost(t *testing.T) {
	sim, p, c := shop(t)
	lose := true
	real := sim.Fault
	sim.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !lose {
			return false
		}
		lose = false
		sim.Fault = real
		sim.Unlock() // it does what it is asked for, and the answer is lost
		sim.ServeHTTP(httptest.NewRecorder(), r)
		sim.Lock()
		panic(http.ErrAbortHandler)
	}
	_, err := p.CreateDiscountCode(t.Context(), c, code())
	wants(t, "lost", err, integrations.Temporary, "no answer")
	if _, err := p.CreateDiscountCode(t.Context(), c, code()); err != nil || len(sim.Coupons) != 1 {
		t.Errorf("again: %v, %d coupons", err, len(sim.Coupons))
	}

	sim, p, c = shop(t)
	sim.Coupons = []simwoo.Object{{"id": 5, "code": "grazie-7kq2m-9xtbc", "date_expires_gmt": nil, "meta_data": []any{}}}
	_, err = p.CreateDiscountCode(t.Context(), c, code())
	wants(t, "another's", err, integrations.Rejected, "for something else")
	wants(t, "another's", p.EndDiscountCode(t.Context(), c, code()), integrations.Rejected, "of its own")

	// Two workers at once: the shop shows nothing, and then refuses.
	sim, p, c = shop(t)
	sim.Coupons = []simwoo.Object{{"id": 5, "code": "grazie-7kq2m-9xtbc", "meta_data": []any{}}}
	sim.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			_, err := w.Write([]byte(`[]`))
			return err == nil
		}
		return false
	}
	_, err = p.CreateDiscountCode(t.Context(), c, code())
	wants(t, "taken and not to be found", err, integrations.Temporary, "does not show it yet")
}

func TestRefusals(t *testing.T) {
	for name, v := range map[string]struct {
		status int
		header string
		body   string
		kind   integrations.Kind
		detail string
	}{
		"key":          {401, "", `{"code":"woocommerce_rest_cannot_view","message":"Sorry, ck_sim:cs_sim and cs_sim are wrong"}`, integrations.Unauthorized, "woocommerce_rest_cannot_view Sorry, (key):(key) and (key) are wrong"},
		"server":       {401, "", `<html>`, integrations.Unauthorized, "hand the Authorization header on"},
		"forbidden":    {403, "", `{"code":"rest_forbidden","message":"no"}`, integrations.Unauthorized, "rest_forbidden no"},
		"a firewall":   {403, "", `<html>`, integrations.Temporary, "a firewall before the shop"},
		"no wordpress": {404, "", `<html>`, integrations.Unauthorized, "no REST API of WooCommerce"},
		"no route":     {404, "", `{"code":"rest_no_route","message":"x"}`, integrations.Unauthorized, "no REST API of WooCommerce"},
		"no thing":     {404, "", `{"code":"woocommerce_rest_invalid_id","message":"Invalid ID."}`, integrations.Rejected, "Invalid ID."},
		"moved":        {301, "Location: https://elsewhere.example/", ``, integrations.Unauthorized, "sends its API elsewhere"},
		"slow down":    {429, "Retry-After: 30", `{}`, integrations.RateLimited, ""},
		"down":         {503, "Retry-After: 30", `<html>`, integrations.Temporary, "503"},
		"bad":          {400, "", `{"code":"rest_invalid_param","message":"Invalid parameter(s): code"}`, integrations.Rejected, "rest_invalid_param Invalid parameter(s): code"},
		"a page":       {200, "", `<html>maintenance</html>`, integrations.Temporary, "something else than its API's JSON"},
		"not a list":   {200, "", `{"id":1}`, integrations.Temporary, "lacks what was asked for"},
		"odd coupon":   {200, "", `[{"id":"x"}]`, integrations.Temporary, "lacks what was asked for"},
	} {
		sim, p, c := shop(t)
		sim.Fault = func(w http.ResponseWriter, _ *http.Request) bool {
			if key, value, ok := strings.Cut(v.header, ": "); ok {
				w.Header().Set(key, value)
			}
			w.WriteHeader(v.status)
			_, err := w.Write([]byte(v.body))
			return err == nil
		}
		_, err := p.CreateDiscountCode(t.Context(), c, code())
		wants(t, name, err, v.kind, v.detail)
		if e, _ := errors.AsType[*integrations.Error](err); strings.HasPrefix(v.header, "Retry") && !e.RetryAt.Equal(now.Add(30*time.Second)) {
			t.Errorf("%s: again at %v", name, e.RetryAt)
		}
	}
	_, p, c := shop(t)
	for name, change := range map[string]func(crm.Values){
		"address":    func(v crm.Values) { v[woocommerce.SettingURL] = "ftp://shop.example" },
		"no address": func(v crm.Values) { v[woocommerce.SettingURL] = "" },
		"no key":     func(v crm.Values) { v[woocommerce.SettingKey] = "" },
	} {
		wrong := integrations.Connection{Settings: crm.Values{}}
		for key, v := range c.Settings {
			wrong.Settings[key] = v
		}
		change(wrong.Settings)
		wants(t, name, p.Check(t.Context(), wrong), integrations.Unauthorized, "the shop's")
	}
	wants(t, "without TLS", adapter().Check(t.Context(), c), integrations.Unauthorized, "must begin with https://")
	c.Settings[woocommerce.SettingURL] = "http://127.0.0.1:1"
	wants(t, "nobody there", p.Check(t.Context(), c), integrations.Temporary, "no connection")
}

func TestCheckAndDescribe(t *testing.T) {
	sim, p, c := shop(t)
	if err := p.Check(t.Context(), c); err != nil {
		t.Error(err)
	}
	got, err := p.Describe(t.Context(), c)
	if err != nil || got.Name != "Bottega & Co" || got.Timezone != "Europe/Rome" || got.Currency != "EUR" || got.Country != "IT" {
		t.Errorf("%+v, %v", got, err)
	}
	sim.Zone, sim.Settings = "UTC+2", nil // and a key that may not read settings
	if got, err = p.Describe(t.Context(), c); err != nil || got.Timezone+got.Currency+got.Country != "" {
		t.Errorf("%+v, %v", got, err)
	}
	sim.Secret = "another"
	wants(t, "a key that was revoked", p.Check(t.Context(), c), integrations.Unauthorized, "cannot list")
	if !p.CanAct(c) || p.CanAct(integrations.Connection{Settings: crm.Values{woocommerce.SettingSecret: "s"}}) {
		t.Error("what can act is told wrongly")
	}
}

func TestSubscribe(t *testing.T) {
	const address = "https://grazie.example/webhooks/woocommerce/shp_1"
	all := []string{"customer.created", "customer.deleted", "customer.updated", "order.created", "order.deleted", "order.restored", "order.updated"}
	sim, p, c := shop(t)
	sim.Webhooks = []simwoo.Object{{"id": 3, "name": "of somebody else", "topic": "order.created", "status": "active", "delivery_url": "https://other.example/"}}
	subscribe := func(want ...string) {
		t.Helper()
		mended, err := p.Subscribe(t.Context(), c, address)
		if err != nil || !slices.Equal(mended, want) || len(sim.Webhooks) != 1+len(all) {
			t.Errorf("mended %v, %v; want %v; %d webhooks", mended, err, want, len(sim.Webhooks))
		}
	}
	subscribe(all...)
	subscribe()
	for _, h := range sim.Webhooks[1:] {
		if h["secret"] != "hook-secret" || h["delivery_url"] != address || h["status"] != "active" || strings.Contains(h["name"].(string), "hook") {
			t.Errorf("%v", h)
		}
	}
	sim.Webhooks[1]["status"] = "disabled" // by the shop, after failures
	subscribe("customer.created")
	sim.Webhooks[2]["delivery_url"] = "https://before.example/webhooks" // Grazie moved
	subscribe("customer.deleted")
	c.Settings[woocommerce.SettingSecret] = "another-secret"
	subscribe(all...)
	if sim.Webhooks[4]["secret"] != "another-secret" {
		t.Error("a changed secret did not reach the shop")
	}
	if sim.Webhooks[0]["delivery_url"] != "https://other.example/" {
		t.Error("somebody else's webhook was changed")
	}
	sim.Permissions = "read"
	c.Settings[woocommerce.SettingSecret] = "third"
	_, err := p.Subscribe(t.Context(), c, address)
	wants(t, "a key that may only read", err, integrations.Unauthorized, "does not have write permissions")
	delete(c.Settings, woocommerce.SettingSecret)
	_, err = p.Subscribe(t.Context(), c, address)
	wants(t, "no secret", err, integrations.Unauthorized, "no webhook secret")
}

func TestHistory(t *testing.T) {
	sim, p, c := shop(t)
	for i := range 60 {
		sim.Customers = append(sim.Customers, simwoo.Object{"id": i + 1, "email": "nina@mail.example", "first_name": "Nina"})
	}
	for i := range 120 {
		sim.Orders = append(sim.Orders, simwoo.Order(i+1, 7, "nina@mail.example", now.Add(time.Duration(i)*time.Minute)))
	}
	sim.Orders[110] = simwoo.Object{"id": 111, "status": "processing"} // no currency
	read := func(cursor string, stop int) (portions []integrations.Portion) {
		t.Helper()
		enough := errors.New("enough")
		err := p.History(t.Context(), c, cursor, func(portion integrations.Portion) error {
			if portions = append(portions, portion); len(portions) == stop {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			t.Fatal(err)
		}
		return portions
	}
	whole := read("", 0)
	var cursors []string
	customers, orders := 0, 0
	for _, portion := range whole {
		cursors = append(cursors, portion.Cursor)
		for _, e := range portion.Events {
			switch e.Kind {
			case crm.CustomerChanged:
				customers++
			case crm.OrderPaid:
				orders++
			}
		}
	}
	last := whole[len(whole)-1]
	if customers != 60 || orders != 119 || last.Done != 180 || last.Total != 180 {
		t.Errorf("%d customers, %d orders, the end %d of %d", customers, orders, last.Done, last.Total)
	}
	if want := []string{"customers/2/50", "orders/1/60", "orders/2/110", "orders/3/160", "orders/4/180"}; !slices.Equal(cursors, want) {
		t.Errorf("cursors %v, want %v", cursors, want)
	}
	if len(last.Skipped) != 1 || !strings.Contains(last.Skipped[0], "orders, page 3, number 11: order.updated: currency: is missing") {
		t.Errorf("skipped: %v", last.Skipped)
	}
	// Cut off after each portion and taken up again, it tells the same.
	for cursor, n := "", 0; n < len(whole); n++ {
		part := read(cursor, 1)
		if len(part) != 1 || len(part[0].Events) != len(whole[n].Events) || part[0].Cursor != whole[n].Cursor || part[0].Done != whole[n].Done {
			t.Fatalf("behind %q: %+v", cursor, part)
		}
		cursor = part[0].Cursor
	}
	if again := read("nonsense", 1); again[0].Cursor != "customers/2/50" {
		t.Errorf("a cursor of another version: %+v", again[0].Cursor)
	}
}

func TestChanged(t *testing.T) {
	sim, p, c := shop(t)
	for i := range 70 {
		sim.Orders = append(sim.Orders, simwoo.Order(70-i, 7, "nina@mail.example", now.Add(-time.Duration(i)*time.Minute)))
	}
	sim.Orders[1]["status"] = "checkout-draft"
	sim.Orders[2]["secret_of_a_plugin"] = "x"
	var got []integrations.Changed
	err := p.Changed(t.Context(), c, now.Add(-time.Hour), now.Add(-time.Minute/2), func(ch integrations.Changed) error {
		got = append(got, ch)
		return nil
	})
	if err != nil || len(got) != 59 || got[0].ID != "10" || !got[0].At.Equal(now.Add(-time.Hour)) || got[58].ID != "68" {
		t.Fatalf("%d changed, %v: %+v", len(got), err, got)
	}
	events, err := p.ParseWebhook(integrations.Envelope{Topic: got[58].Topic}, got[58].Body)
	if err != nil || len(events) != 2 || events[1].Order.ID != "68" || strings.Contains(string(got[58].Body), "secret") {
		t.Errorf("%+v, %v from %s", events, err, got[58].Body)
	}
	if err := p.Changed(t.Context(), c, now.Add(-time.Hour), now, func(integrations.Changed) error { return context.Canceled }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestInstall(t *testing.T) {
	sim, p, c := shop(t)
	site := strings.TrimRight(c.Settings[woocommerce.SettingURL], "/")
	const callback = "https://grazie.example/auth/woocommerce/callback"
	name, location, err := p.BeginInstall(url.Values{"shop": {site + "/"}}, "st4te", callback)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(location)
	if err != nil || "http://"+name != site || !strings.HasPrefix(location, site+"/wc-auth/v1/authorize?") {
		t.Fatalf("%s, %s, %v", name, location, err)
	}
	for key, want := range map[string]string{"app_name": "Grazie", "scope": "read_write", "user_id": "st4te", "callback_url": callback, "return_url": callback + "?state=st4te"} {
		if got := at.Query().Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	for _, odd := range []string{"", "javascript:alert(1)", "http://shop.example", "https://user:x@shop.example", "https://shop.example?x=1", "https://shop.example#x", "https://", "https://shop .example"} {
		_, _, err := adapter().BeginInstall(url.Values{"shop": {odd}}, "s", callback)
		if invalid, ok := errors.AsType[*crm.Invalid](err); !ok || invalid.Field != "shop" {
			t.Errorf("%q: %v", odd, err)
		}
	}
	if name, location, err := adapter().BeginInstall(url.Values{"shop": {"Example.com/Shop/"}}, "s", callback); err != nil || name != "example.com/shop" || !strings.HasPrefix(location, "https://example.com/Shop/wc-auth/") {
		t.Errorf("%s, %s, %v", name, location, err)
	}
	if _, _, err := adapter().BeginInstall(url.Values{"shop": {"shop.example"}}, "s", "http://grazie.example/x"); err == nil {
		t.Error("a callback without TLS: the shop would not call it")
	}

	keys := `{"key_id":1,"user_id":"st4te","consumer_key":"ck_sim","consumer_secret":"cs_sim","key_permissions":"read_write"}`
	if state, err := p.PostedState([]byte(keys)); err != nil || state != "st4te" {
		t.Errorf("%s, %v", state, err)
	}
	g, err := p.ReceiveKeys(t.Context(), name, []byte(keys))
	if err != nil || g.Domain != name || len(g.Missing) > 0 || len(g.Settings[woocommerce.SettingSecret]) < 40 || !p.CanAct(integrations.Connection{Settings: g.Settings}) {
		t.Errorf("%+v, %v", g, err)
	}
	if again, err := p.ReceiveKeys(t.Context(), name, []byte(keys)); err != nil || again.Settings[woocommerce.SettingSecret] == g.Settings[woocommerce.SettingSecret] {
		t.Errorf("two shops share a secret: %v", err)
	}
	if g, err := p.ReceiveKeys(t.Context(), name, []byte(strings.Replace(keys, "read_write", "read", 1))); err != nil || !slices.Equal(g.Missing, []string{"read_write"}) {
		t.Errorf("%+v, %v", g, err)
	}
	for _, odd := range []string{``, `[]`, `{}`, `{"user_id":["x"]}`, `{"user_id":""}`} {
		if _, err := p.PostedState([]byte(odd)); !errors.Is(err, integrations.ErrForged) {
			t.Errorf("%s: %v", odd, err)
		}
		if _, err := p.ReceiveKeys(t.Context(), name, []byte(odd)); !errors.Is(err, integrations.ErrForged) {
			t.Errorf("%s: %v", odd, err)
		}
	}
	sim.Secret = "another"
	_, err = p.ReceiveKeys(t.Context(), name, []byte(keys))
	wants(t, "keys that do not work there", err, integrations.Unauthorized, "")
}
