package bigcommerce_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/bigcommerce"
)

// Created and updated of one second may share their hash, and two changes of
// one order do: each is a delivery of its own, and its retry is the same.
func TestDeliveryIDs(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	id := func(h http.Header, body string) string {
		t.Helper()
		e, err := s.Envelope(h, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return e.DeliveryID
	}
	const body = `{"scope":"store/order/updated","store_id":"1","data":{"type":"order","id":250},"hash":"dd70","created_at":1795255200,"producer":"stores/abc123"}`
	key := http.Header{bigcommerce.KeyHeader: {"k"}}
	signed := func(id string) http.Header {
		return integrations.SignStandard([]byte("s"), id, start, []byte(body))
	}
	first := id(key, body)
	if retry := id(key, body); retry != first {
		t.Error("a retry has another id")
	}
	for name, other := range map[string]string{
		"another scope":  strings.Replace(body, "updated", "created", 1),
		"a second later": strings.Replace(body, "1795255200", "1795255201", 1),
		"another hash":   strings.Replace(body, "dd70", "dd71", 1),
		"no hash":        strings.Replace(body, `"hash":"dd70",`, "", 1),
	} {
		if id(key, other) == first {
			t.Errorf("%s: the same id", name)
		}
	}
	one, retry, other := id(signed("msg_1"), body), id(signed("msg_1"), body), id(signed("msg_2"), body)
	if one != retry || one == other {
		t.Errorf("signed: %s, its retry %s, and another %s", one, retry, other)
	}
}

// Anything that does not name a store of BigCommerce's is refused, and stored nowhere.
func TestEnvelopeRefuses(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	key := http.Header{bigcommerce.KeyHeader: {"k"}}
	for _, body := range []string{
		`{"scope":"store/order/updated"}`,
		`{"scope":"store/order/updated","producer":"stores/"}`,
		`{"scope":"store/order/updated","producer":"stores/{store_hash}"}`,
		`{"scope":"store/order/updated","producer":"stores/abc/../def"}`,
		`{"scope":"store/order/updated","producer":"abc123"}`,
		`{"scope":"store/order/updated","producer":["stores/abc123"]}`,
		`{"producer":"stores/abc123"}`,
		`{"scope":"store/order/updated\n","producer":"stores/abc123"}`,
		`{"scope":"` + strings.Repeat("a", 200) + `","producer":"stores/abc123"}`,
	} {
		if e, err := s.Envelope(key, []byte(body)); err == nil {
			t.Errorf("%s is taken: %+v", body, e)
		}
	}
	e, err := s.Envelope(key, []byte(`{"scope":"store/order/updated","producer":"stores/ABC123","created_at":"9e99"}`))
	if err != nil || e.Domain != "abc123" || !e.TriggeredAt.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
}

// Older hooks are known by the key that they bring, newer ones by the signature
// of their account or, of a shop that installed the app, of the app.
func TestWhoVouches(t *testing.T) {
	s := newStand(t, bigcommerce.App{ID: "app", Secrets: []string{"new-of-the-app", "old-of-the-app"}})
	body := []byte(`{}`)
	sign := func(secret string) http.Header {
		return integrations.SignStandard([]byte(secret), "msg_1", start, body)
	}
	key := func(k string) http.Header { return http.Header{http.CanonicalHeaderKey(bigcommerce.KeyHeader): {k}} }
	own := crm.Values{bigcommerce.SettingSecret: "own", bigcommerce.SettingHookKey: "the-key"}
	installed := crm.Values{bigcommerce.SettingToken: "t", bigcommerce.SettingHookKey: "the-key"}
	for name, c := range map[string]struct {
		v    crm.Values
		h    http.Header
		want bool
	}{
		"own secret":                        {own, sign("own"), true},
		"the app's, for an account":         {own, sign("new-of-the-app"), false},
		"the app's":                         {installed, sign("new-of-the-app"), true},
		"the app's before the rotation":     {installed, sign("old-of-the-app"), true},
		"another app's":                     {installed, sign("other"), false},
		"the key":                           {own, key("the-key"), true},
		"another key":                       {own, key("the-kez"), false},
		"the key's beginning":               {own, key("the-ke"), false},
		"no key":                            {crm.Values{bigcommerce.SettingSecret: "own"}, key(""), false},
		"a key twice":                       {own, http.Header{http.CanonicalHeaderKey(bigcommerce.KeyHeader): {"the-key", "the-key"}}, false},
		"the app's, of a shop that is gone": {nil, sign("new-of-the-app"), true},
		"nothing":                           {own, http.Header{}, false},
	} {
		if got := s.VerifyWebhook(integrations.Connection{Settings: c.v}, c.h, body); got != c.want {
			t.Errorf("%s: verified is %t", name, got)
		}
	}
}

// A body under another store's name removes nobody.
func TestUninstalledByAnother(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	for producer, ok := range map[string]bool{"stores/abc123": true, "stores/other": false, "": false} {
		e := integrations.Envelope{Topic: "store/app/uninstalled", Domain: "abc123", TriggeredAt: start}
		events, err := s.ParseWebhook(e, []byte(`{"scope":"store/app/uninstalled","producer":"`+producer+`"}`))
		if (err == nil) != ok || (len(events) == 1) != ok {
			t.Errorf("%q: %v, %v", producer, events, err)
		}
	}
}

// Without a connection a body tells what it can.
func TestParseAlone(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	parse := func(topic, body string) ([]crm.Event, error) {
		return s.ParseWebhook(integrations.Envelope{Topic: topic, Domain: "abc123", TriggeredAt: start}, []byte(body))
	}
	events, err := parse("store/customer/deleted", `{"data":{"id":32}}`)
	if err != nil || len(events) != 1 || events[0].Kind != crm.CustomerDeleted || events[0].Customer.ID != "32" || !events[0].Customer.DeletedAt.Equal(start) {
		t.Errorf("%+v, %v", events, err)
	}
	for _, body := range []string{`{"data":{}}`, `{"data":{"id":0}}`, `{"data":{"id":"x"}}`, `{"data":{"id":-1}}`, `{"data":{"id":1.5}}`, `{"data":[1]}`, `{"data":{"id":123456789012345678901}}`} {
		if events, err := parse("store/customer/deleted", body); err == nil {
			t.Errorf("%s: %+v", body, events)
		}
		if events, err := parse("store/order/updated", body); err == nil || events != nil {
			t.Errorf("%s of an order: %+v, %v", body, events, err)
		}
	}
	if events, err := parse("store/order/updated", `{"data":{"id":250}}`); err != nil || events != nil {
		t.Errorf("%+v, %v", events, err)
	}
}

// FuzzWebhook: no body makes the door or the reader panic, what was read once
// is read the same again, and nothing is told together with an error.
func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"scope":"store/order/updated","data":{"type":"order","id":250},"hash":"a","created_at":1795255200,"producer":"stores/abc123"}`))
	f.Add([]byte(`{"scope":"store/app/uninstalled","data":{},"producer":"stores/abc123"}`))
	f.Add([]byte(`{"scope":"store/customer/address/updated","data":{"id":60,"address":{"customer_id":"32"}},"producer":"stores/ABC"}`))
	f.Add([]byte(`{"scope":"store/customer/deleted","data":{"id":1e3},"producer":"stores/abc123","created_at":1e99}`))
	p := bigcommerce.New(nil, func() time.Time { return start }, bigcommerce.App{})
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := p.Envelope(http.Header{bigcommerce.KeyHeader: {"k"}}, body)
		if err != nil {
			if e != (integrations.Envelope{}) {
				t.Fatalf("refused, and told: %+v", e)
			}
			e = integrations.Envelope{Topic: "store/customer/deleted", Domain: "abc123"}
		}
		if !bigcommerce.StoreHash.MatchString(e.Domain) || len(e.DeliveryID) > 512 {
			t.Fatalf("%+v", e)
		}
		events, err := p.ParseWebhook(e, body)
		again, errAgain := p.ParseWebhook(e, body)
		if len(events) != len(again) || (err == nil) != (errAgain == nil) || err != nil && events != nil {
			t.Fatalf("%+v, %v and then %+v, %v", events, err, again, errAgain)
		}
		about := p.About(e, body)
		if about != p.About(e, body) || strings.ContainsAny(about, " \n?#&") || about != "" && err != nil {
			t.Fatalf("it is about %q, %v", about, err)
		}
	})
}
