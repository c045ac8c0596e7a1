package simshop_test

import (
	"reflect"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

var start = time.Date(2026, 11, 21, 8, 30, 0, 0, time.UTC)

func parse(t testing.TB, s *simshop.Shop, w simshop.Webhook) []crm.Event {
	t.Helper()
	p := shopify.New()
	e, err := p.Envelope(w.Header, w.Body)
	if err != nil {
		t.Fatalf("%s: %v", w.Topic, err)
	}
	c := integrations.Connection{Settings: crm.Values{shopify.SettingSecret: s.Secret}}
	if !p.VerifyWebhook(c, w.Header, w.Body) {
		t.Fatalf("%s: the signature does not verify", w.Topic)
	}
	if e.Topic != w.Topic || e.Domain != s.Domain || e.TriggeredAt.IsZero() || e.EventID == "" {
		t.Fatalf("%s: envelope is %+v", w.Topic, e)
	}
	events, err := p.ParseWebhook(e, w.Body)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.Body)
	}
	return events
}

func TestBulk(t *testing.T) {
	s := simshop.New(7, start)
	seen := map[string]int{}
	unique := func(i int, values ...string) {
		for _, v := range values {
			if j, ok := seen[v]; ok {
				t.Errorf("orders %d and %d share %q", j, i, v)
			}
			seen[v] = i
		}
	}
	for _, i := range []int{0, 1, 2, 9, 10, 99_999, 12_345_678} {
		w := s.Bulk(i)
		if n := len(w.Body); n < 4500 || n > 6000 {
			t.Errorf("order %d has %d bytes, want about 5 kB", i, n)
		}
		events := parse(t, s, w)
		if len(events) != 2 || events[1].Kind != crm.OrderPaid || len(events[1].Order.Goods()) != 3 {
			t.Fatalf("order %d tells %+v", i, events)
		}
		o, c := events[1].Order, events[1].Customer
		unique(i, o.ID, o.Name, o.CustomerID, c.Email, o.Items[0].ID, o.Items[2].ID, w.Header.Get("X-Shopify-Webhook-Id"))
		if c.ID != o.CustomerID || c.Email != o.Email || len(o.ID) != 18 {
			t.Errorf("order %d: order %+v does not fit to customer %+v", i, o, c)
		}
		if again := s.Bulk(i); !reflect.DeepEqual(w, again) {
			t.Errorf("order %d differs when it is made again", i)
		}
	}
}

func BenchmarkBulk(b *testing.B) {
	s := simshop.New(7, start)
	b.ReportMetric(float64(len(s.Bulk(0).Body)), "bytes/body")
	for i := 0; b.Loop(); i++ {
		s.Bulk(i)
	}
}
