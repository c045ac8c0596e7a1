package labeltest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// A shipment whose answer was lost costs nothing: another is made.
func lostPrepare(t *testing.T, b *bench) {
	b.desk.Fail(Prepare, Fault{Act: true, Reset: true})
	l, err := b.prepare(t)
	b.fails(t, err, integrations.Temporary)
	if l.ShipmentID != "" {
		t.Errorf("%+v", l)
	}
	b.bought(t, b.prepared(t))
	if n := len(b.desk.Shipments()); n != 2 {
		t.Errorf("%d shipments", n)
	}
	b.sold(t, 1)
}

// The service takes the money and the answer is lost, in each way there is.
func lostBuy(t *testing.T, b *bench) {
	for i, lost := range []Fault{
		{Act: true, Reset: true},
		{Act: true, Status: 500}, {Act: true, Status: 502, Body: "<html>"}, {Act: true, Status: 503}, {Act: true, Status: 504},
		{Act: true, Status: 200, Body: "{"}, {Act: true, Status: 200}, {Act: true, Status: 201, Body: `{"id":null}`}, {Act: true, Status: 200, Body: `[]`},
		{Act: true, Status: 200, Cut: true, Body: `{"id":`},
		{Act: true, Status: 200, Body: `{"x":"` + strings.Repeat("x", 2<<20) + `"}`},
	} {
		l := b.prepared(t)
		b.desk.Fail(Buy, lost)
		_, err := b.buy(t, l)
		e := b.fails(t, err, integrations.Temporary)
		if !e.RetryAt.Equal(now.Add(time.Minute)) {
			t.Errorf("fault %d: again at %v", i, e.RetryAt)
		}
		b.sold(t, i+1)
		// And the first look afterwards fails too.
		b.desk.Fail(Read, Fault{Status: 500})
		_, err = b.buy(t, l)
		b.fails(t, err, integrations.Temporary)
		out := b.bought(t, l)
		b.sold(t, i+1)
		if want := fmt.Sprintf("lbl_%d", i+1); out.LabelID != want {
			t.Errorf("fault %d: %s, want %s", i, out.LabelID, want)
		}
	}
}

func repeatedBuy(t *testing.T, b *bench) {
	l := b.prepared(t)
	first := b.bought(t, l)
	for range 3 {
		if again := b.bought(t, l); again != first {
			t.Errorf("%+v, then %+v", first, again)
		}
		if again := b.bought(t, first); again != first {
			t.Errorf("%+v, then %+v", first, again)
		}
	}
	b.sold(t, 1)
	if n := b.desk.Calls(Buy); n != 1 {
		t.Errorf("asked to buy %d times", n)
	}
}

// A label that is paid and not printed yet is waited for, not bought again.
func labelLater(t *testing.T, b *bench) {
	l := b.prepared(t)
	b.desk.Later = func(string) bool { return true }
	for range 2 {
		_, err := b.buy(t, l)
		b.fails(t, err, integrations.Temporary)
	}
	b.sold(t, 1)
	b.desk.Later = nil
	b.bought(t, l)
	b.sold(t, 1)
}

// Staff gave the label back: the customer must not get it, and no new one is bought.
func refunded(t *testing.T, b *bench) {
	l := b.prepared(t)
	b.bought(t, l)
	b.desk.Refund = b.Refunded
	_, err := b.buy(t, l)
	if e := b.fails(t, err, integrations.Rejected); !strings.Contains(e.Detail, "refund") {
		t.Error(err)
	}
	b.sold(t, 1)
}

func notPrepared(t *testing.T, b *bench) {
	l := b.prepared(t)
	for _, change := range []func(l *crm.Label){
		func(l *crm.Label) { *l = crm.Label{} }, func(l *crm.Label) { l.ShipmentID = "" }, func(l *crm.Label) { l.RateID = "" }, func(l *crm.Label) { l.By = "another" },
	} {
		other := l
		change(&other)
		_, err := b.buy(t, other)
		b.fails(t, err, integrations.Rejected)
	}
	gone := l
	gone.ShipmentID, gone.RateID = "shp_../9", "rate_9"
	_, err := b.buy(t, gone)
	b.fails(t, err, integrations.Rejected)
	b.sold(t, 0)
}

// Two buyers look at the same moment, see nothing bought, and both buy. A
// service that refuses the second sells one. Where it does not, only the
// caller's claim keeps them apart; all that is held then is that everybody sees
// the same label afterwards and none buys a third.
func twoBuyers(t *testing.T, b *bench) {
	l := b.prepared(t)
	var mu sync.Mutex
	looked, both := 0, make(chan struct{})
	b.desk.Pass = func(s Step) {
		if s != Buy {
			return
		}
		mu.Lock()
		if looked++; looked == 2 {
			close(both)
		}
		mu.Unlock()
		<-both
	}
	labels := make([]crm.Label, 2)
	var all sync.WaitGroup
	for i := range labels {
		all.Go(func() {
			out, err := b.BuyLabel(t.Context(), b.c, l)
			if err != nil {
				t.Error(err)
			}
			labels[i] = out
		})
	}
	all.Wait()
	after := b.bought(t, l)
	if after.LabelID != "lbl_1" {
		t.Errorf("not the older one: %s", after.LabelID)
	}
	if !b.Guarded {
		b.sold(t, 2)
		return
	}
	b.sold(t, 1)
	if labels[0] != after || labels[1] != after {
		t.Errorf("%+v and %+v", labels, after)
	}
}

// What each status means, where nothing was done.
func statuses(t *testing.T, b *bench) {
	in30 := http.Header{"Retry-After": {"30"}}
	for _, c := range []struct {
		Fault
		kind  integrations.Kind
		retry time.Time
	}{
		{Fault{Status: 400, Body: `{"detail":"no"}`}, integrations.Rejected, time.Time{}},
		{Fault{Status: 401}, integrations.Unauthorized, time.Time{}},
		{Fault{Status: 402}, integrations.Unauthorized, time.Time{}},
		{Fault{Status: 403}, integrations.Unauthorized, time.Time{}},
		{Fault{Status: 404, Body: "<html>"}, integrations.Rejected, time.Time{}},
		{Fault{Status: 302, Header: http.Header{"Location": {"/elsewhere"}}}, integrations.Rejected, time.Time{}},
		{Fault{Status: 408}, integrations.Temporary, time.Time{}},
		{Fault{Status: 409}, integrations.Temporary, time.Time{}},
		{Fault{Status: 422, Cut: true, Body: `{"error":{"mess`}, integrations.Rejected, time.Time{}},
		{Fault{Status: 429}, integrations.RateLimited, time.Time{}},
		{Fault{Status: 429, Header: in30}, integrations.RateLimited, now.Add(30 * time.Second)},
		{Fault{Status: 429, Header: http.Header{"Retry-After": {now.Add(time.Minute).Format(http.TimeFormat)}}}, integrations.RateLimited, now.Add(time.Minute)},
		{Fault{Status: 429, Header: http.Header{"Retry-After": {"999999999"}}}, integrations.RateLimited, now.Add(time.Hour)},
		{Fault{Status: 429, Header: http.Header{"Retry-After": {"-5"}}}, integrations.RateLimited, now},
		{Fault{Status: 429, Header: http.Header{"Retry-After": {"soon"}}}, integrations.RateLimited, time.Time{}},
		{Fault{Status: 503, Header: in30}, integrations.Temporary, now.Add(30 * time.Second)},
	} {
		b.desk.Fail(Prepare, c.Fault)
		_, err := b.prepare(t)
		if e := b.fails(t, err, c.kind); !e.RetryAt.Equal(c.retry) {
			t.Errorf("prepare %d %v: again at %v, want %v", c.Status, c.Header, e.RetryAt, c.retry)
		}
		l := b.prepared(t)
		b.desk.Fail(Buy, c.Fault)
		_, err = b.buy(t, l)
		if e := b.fails(t, err, c.kind); !e.RetryAt.Equal(c.retry) {
			t.Errorf("buy %d %v: again at %v, want %v", c.Status, c.Header, e.RetryAt, c.retry)
		}
		if c.Status == http.StatusFound {
			continue // a read may be sent elsewhere on the same host
		}
		b.desk.Fail(Read, c.Fault)
		_, err = b.buy(t, l)
		b.fails(t, err, c.kind)
	}
	b.sold(t, 0)
}

// Whatever a service answers with a success, nothing is bought on the strength of
// it, and nothing panics.
func oddBodies(t *testing.T, b *bench) {
	l := b.prepared(t)
	for _, body := range []string{
		"", "null", "{}", "[]", "1", `"x"`, "{", "<html>", "\xff", `{"id":1}`, `{"id":{}}`, `{"id":"shp_other"}`, `{"object_id":[]}`, `{"id":"shp_1","rates":{}}`,
		`{"results":null}`, `{"results":{}}`, `{"results":[{"rate":"rate_other","status":"SUCCESS"}]}`, `{"results":[[]]}`, `{"results":[],"next":"https://x/?page=2"}`,
		strings.Repeat("[", 100_000), `{"id":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		b.desk.Fail(Prepare, Fault{Status: 200, Body: body})
		_, err := b.prepare(t)
		if integrations.KindOf(err) != integrations.Temporary && integrations.KindOf(err) != integrations.Rejected || err == nil {
			t.Errorf("prepare %.60q: %v", body, err)
		}
		b.desk.Fail(Read, Fault{Status: 200, Body: body})
		_, err = b.buy(t, l)
		b.fails(t, err, integrations.Temporary)
	}
	b.desk.Fail(Read, Fault{Status: 200, Cut: true, Body: `{"id":"shp_1","results":[]}`})
	_, err := b.buy(t, l)
	b.fails(t, err, integrations.Temporary)
	if n := b.desk.Calls(Buy); n != 0 {
		t.Errorf("asked to buy %d times", n)
	}
	b.bought(t, l)
	b.sold(t, 1)
}
