package shopify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// crowded is a shop with so many customers, each with an order, that its past
// takes several portions.
func crowded(t *testing.T, n int) *counter {
	t.Helper()
	c := open(t).fast()
	goods := c.shop.Products()
	for i := range n {
		who := c.shop.AddCustomer(simshop.Customer{FirstName: "Ada", LastName: fmt.Sprintf("Quercia %d", i), Email: fmt.Sprintf("ada.%d@posta.example", i),
			Locale: "it", Country: "IT", City: "Modena", Consent: "subscribed"})
		c.shop.Place(who, simshop.Cart{Items: []simshop.Item{{Product: goods[i%3], Quantity: 1}, {Product: goods[3], Quantity: 2}}})
	}
	return c
}

// TestHistory: all that a shop knows is told once, in portions, with how far it came.
func TestHistory(t *testing.T) {
	c := crowded(t, 450)
	portions, err := c.history("")
	if err != nil {
		t.Fatal(err)
	}
	customers, orders := past(t, portions)
	people := 450 + len(c.shop.Customers()) - 1 // a guest has no account
	if len(customers) != people || len(orders) != 450 {
		t.Errorf("%d customers and %d orders, want %d and 450", len(customers), len(orders), people)
	}
	for id, events := range orders {
		if o := events[0].Order; len(events) != 2 || events[1].Kind != crm.OrderPaid || len(o.Items) != 2 || o.CustomerID == "" || customers[o.CustomerID] == nil {
			t.Fatalf("order %s: %s", id, asText(t, events))
		}
	}
	last, done := portions[len(portions)-1], int64(0)
	for i, p := range portions {
		if p.Done < done || p.Total > 0 && p.Done > p.Total || len(p.Events) > 2*200 || strings.Contains(p.Cursor, "http") || strings.Contains(p.Cursor, "@") {
			t.Errorf("portion %d: %d of %d behind %d, %d events, cursor %s", i, p.Done, p.Total, done, len(p.Events), p.Cursor)
		}
		done = p.Done
	}
	if last.Done != last.Total || last.Done != int64(people+450) || len(portions) < 6 {
		t.Errorf("the last of %d portions is %d of %d", len(portions), last.Done, last.Total)
	}
}

// TestHistoryGoesOn: whoever is lost at any point goes on behind what was kept
// last, whether the file is served from the middle or not, and in the end
// everything was taken once.
func TestHistoryGoesOn(t *testing.T) {
	lost := errors.New("the worker was lost")
	for _, faults := range []simshop.Faults{{}, {WithoutRange: true}} {
		c := crowded(t, 250)
		c.shop.Break(faults)
		whole, err := c.history("")
		if err != nil {
			t.Fatal(err)
		}
		var want []crm.Event
		for _, p := range whole {
			want = append(want, p.Events...)
		}
		for _, after := range []int{0, 2} {
			var kept []crm.Event
			cursor, calls := "", 0
			for more := true; more; {
				calls++
				if calls > 2*len(whole)+2 {
					t.Fatal("it never ends")
				}
				n := 0
				err := c.p.History(t.Context(), c.c, cursor, func(p integrations.Portion) error {
					if n++; n > after+1 {
						return lost // this one was not taken
					}
					kept, cursor = append(kept, p.Events...), p.Cursor
					return nil
				})
				if more = errors.Is(err, lost); err != nil && !more {
					t.Fatal(err)
				}
			}
			if a, b := ids(kept), ids(want); !slices.Equal(a, b) {
				t.Fatalf("lost after every %d portions: %d events, want %d", after+1, len(a), len(b))
			}
		}
	}
}

func ids(events []crm.Event) []string {
	var all []string
	for _, e := range events {
		if e.Order != nil {
			all = append(all, string(e.Kind)+e.Order.ID)
		} else {
			all = append(all, string(e.Kind)+e.Customer.ID)
		}
	}
	return all
}

// last is the cursor to go on with.
func last(portions []integrations.Portion, before string) string {
	if len(portions) == 0 {
		return before
	}
	return portions[len(portions)-1].Cursor
}

// TestHistoryWaits: a bulk operation takes its time, and the one that was begun
// is taken up again.
func TestHistoryWaits(t *testing.T) {
	c := crowded(t, 3)
	c.shop.ExportTime = 10 * time.Minute
	begun, err := c.history("")
	c.fails("at once", err, integrations.Temporary, "still collecting its customers")
	var e *integrations.Error
	if errors.As(err, &e); !e.RetryAt.Equal(c.shop.Clock().Add(30*time.Second)) || len(begun) != 1 || begun[0].Events != nil {
		t.Fatalf("again at %v, after %+v", e.RetryAt, begun)
	}
	again, err := c.history(begun[0].Cursor)
	c.fails("soon", err, integrations.Temporary, "still collecting")
	if len(again) != 0 {
		t.Errorf("another bulk operation was begun: %+v", again)
	}
	c.shop.MoveTo(c.shop.Clock().Add(11 * time.Minute))
	customers, err := c.history(begun[0].Cursor)
	c.fails("then its orders", err, integrations.Temporary, "still collecting its orders")
	if told, _ := past(t, customers); len(told) < 4 {
		t.Errorf("%d customers", len(told))
	}
	c.shop.MoveTo(c.shop.Clock().Add(11 * time.Minute))
	rest, err := c.history(last(customers, ""))
	if _, orders := past(t, rest); err != nil || len(orders) != 3 {
		t.Errorf("%d orders, %v", len(orders), err)
	}

	for range 5 { // of other programs of the app
		if _, err = c.history(""); err == nil {
			t.Error("it took no time")
		}
	}
	_, err = c.history("")
	c.fails("five run already", err, integrations.Temporary, "five bulk operations")
	if errors.As(err, &e); e.RetryAt.IsZero() {
		t.Error("it does not say when to come again")
	}
}

// TestHistoryBeginsAnew: what a bulk operation came to nothing with is told, and
// the next call begins another.
func TestHistoryBeginsAnew(t *testing.T) {
	for name, trial := range map[string]struct {
		faults simshop.Faults
		later  time.Duration
		says   string
	}{
		"failed":             {simshop.Faults{ExportFails: "INTERNAL_SERVER_ERROR"}, 0, "failed, INTERNAL_SERVER_ERROR"},
		"without permission": {simshop.Faults{ExportFails: "ACCESS_DENIED"}, 0, "needs the permissions read_customers and read_orders"},
		"link ended":         {simshop.Faults{ExportGone: true}, 0, "link to the file has ended"},
		"expired":            {simshop.Faults{}, 8 * 24 * time.Hour, "expired"},
	} {
		c := crowded(t, 3)
		c.shop.ExportTime = time.Minute
		begun, _ := c.history("")
		c.shop.MoveTo(c.shop.Clock().Add(time.Minute + trial.later))
		c.shop.Break(trial.faults)
		portions, err := c.history(begun[0].Cursor)
		c.fails(name, err, integrations.Temporary, trial.says)
		var e *integrations.Error
		if errors.As(err, &e); e.RetryAt.IsZero() || last(portions, begun[0].Cursor) == begun[0].Cursor {
			t.Errorf("%s: again at %v, with the cursor %s", name, e.RetryAt, last(portions, ""))
		}
		c.shop.Break(simshop.Faults{})
		c.shop.ExportTime = 0
		rest, err := c.history(last(portions, ""))
		if customers, orders := past(t, rest); err != nil || len(orders) != 3 || len(customers) < 4 {
			t.Errorf("%s: then %d customers, %d orders, %v", name, len(customers), len(orders), err)
		}

		c.shop.Break(simshop.Faults{ExportFails: "TIMEOUT"})
		cursor := ""
		for range 5 {
			portions, err = c.history(cursor)
			cursor = last(portions, cursor)
		}
		if errors.As(err, &e); !e.RetryAt.IsZero() {
			t.Errorf("%s: after five that failed it comes again at %v, as if nothing were wrong", name, e.RetryAt)
		}
	}
	c := crowded(t, 1)
	portions, err := c.history(`{"phase":"customers","export":"gid://shopify/BulkOperation/1"}`)
	c.fails("unknown to the shop", err, integrations.Temporary, "does not know it any more")
	if rest, err := c.history(last(portions, "")); err != nil || len(rest) < 3 {
		t.Errorf("then %d portions, %v", len(rest), err)
	}
	for _, cursor := range []string{"nonsense", `{"phase":"from another version","byte":7}`} {
		if portions, err := c.history(cursor); err != nil || len(portions) < 3 {
			t.Errorf("cursor %s: %d portions, %v", cursor, len(portions), err)
		}
	}
}

// TestHistoryCut: wherever a file breaks off, that is no end, and what came
// whole is not lost.
func TestHistoryCut(t *testing.T) {
	c := crowded(t, 2)
	whole, err := c.history("")
	if err != nil {
		t.Fatal(err)
	}
	_, want := past(t, whole)
	for cut := 1; cut < 6000; cut += 211 {
		c.shop.Break(simshop.Faults{ExportCut: cut})
		portions, err := c.history(`{"phase":"orders"}`)
		if integrations.KindOf(err) != integrations.Temporary || err == nil || !strings.Contains(err.Error(), "broke off") {
			if size := len(portions); err == nil && cut > 3000 && size > 0 && portions[size-1].Done == 2 { // longer than the file
				break
			}
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		c.shop.Break(simshop.Faults{})
		rest, err := c.history(last(portions, ""))
		if err != nil {
			t.Fatal(err)
		}
		_, got := past(t, append(portions, rest...))
		if a, b := asText(t, got), asText(t, want); a != b {
			t.Fatalf("cut after %d bytes, the whole is\n%s\nwant\n%s", cut, a, b)
		}
	}
}

// depot is a shop of which nothing matters but the file of its orders.
type depot struct {
	objects, roots, size int64
	serve                http.HandlerFunc
	asked                []string // operations
}

func (d *depot) open(t *testing.T) (*shopify.Platform, integrations.Connection) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /file", d.serve)
	mux.HandleFunc("POST /admin/api/2026-10/graphql.json", func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ OperationName string }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			t.Error(err)
		}
		d.asked = append(d.asked, ask.OperationName)
		size := "null"
		if d.size > 0 {
			size = fmt.Sprintf(`"%d"`, d.size)
		}
		fmt.Fprint(w, withCost(map[string]string{
			"Shop":         `{"data":{"shop":{},"currentAppInstallation":{"accessScopes":[{"handle":"read_orders"}]}}}`,
			"RunBulkQuery": `{"data":{"bulkOperationRunQuery":{"bulkOperation":{"id":"gid://shopify/BulkOperation/7"},"userErrors":[]}}}`,
			"BulkOperation": fmt.Sprintf(`{"data":{"bulkOperation":{"id":"gid://shopify/BulkOperation/7","status":"COMPLETED","objectCount":"%d","rootObjectCount":"%d","fileSize":%s,"url":"%s/file"}}}`,
				d.objects, d.roots, size, server.URL),
		}[ask.OperationName]))
	})
	client := integrations.NewHTTPClient(integrations.HTTPOptions{AllowPrivate: true})
	t.Cleanup(client.CloseIdleConnections)
	return shopify.Connected(client, func() time.Time { return start }, shopify.App{}), integrations.Connection{
		ShopID: "shp_1", Settings: crm.Values{shopify.SettingToken: "t", shopify.SettingAdminURL: server.URL}}
}

const (
	anOrder = `{"id":"gid://shopify/Order/%d","name":"#%[1]d","email":"ada@posta.example","test":false,"tags":[],"createdAt":"2026-01-02T03:04:05Z","processedAt":"2026-01-02T03:04:05Z","updatedAt":"2026-02-02T03:04:05Z","currencyCode":"EUR","presentmentCurrencyCode":"EUR","displayFinancialStatus":"PAID","sourceName":"web","discountCodes":[],"totalPriceSet":{"shopMoney":{"amount":"24.5","currencyCode":"EUR"},"presentmentMoney":{"amount":"24.5","currencyCode":"EUR"}},"subtotalPriceSet":{"shopMoney":{"amount":"24.5","currencyCode":"EUR"}},"customer":null,"fulfillments":[],"refunds":[]}` + "\n"
	aLine   = `{"id":"gid://shopify/LineItem/%d","title":"Tazza","quantity":1,"currentQuantity":1,"isGiftCard":false,"requiresShipping":true,"originalUnitPriceSet":{"shopMoney":{"amount":"24.5","currencyCode":"EUR"}},"customAttributes":[],"discountAllocations":[],"__parentId":"gid://shopify/Order/%d"}` + "\n"
)

// TestHistoryPassesOver: what cannot be read is named by its line, and keeps
// nothing from being read; a line of 300 MB is not even kept.
func TestHistoryPassesOver(t *testing.T) {
	order, line := func(n int) string { return fmt.Sprintf(anOrder, n) }, func(n, of int) string { return fmt.Sprintf(aLine, n, of) }
	huge := int64(300 << 20)
	file := []string{
		order(1), line(11, 1),
		`{"id":"gid://shopify/Order/2","note":"`, "", `"}` + "\n", // 300 MB
		line(21, 2), // of the order that was too long
		order(3), "this is no JSON\n", line(31, 3),
		strings.Replace(order(4), `"24.5"`, `"a lot"`, 1), line(41, 4),
		order(5), line(51, 5), line(52, 6), "\n", line(53, 5),
	}
	d := &depot{objects: 13, roots: 5, serve: func(w http.ResponseWriter, r *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<20)
		for _, part := range file {
			if part == "" {
				for range huge >> 20 {
					w.Write(block)
				}
			}
			w.Write([]byte(part))
		}
	}}
	p, c := d.open(t)
	before, most := heap(), uint64(0)
	var skipped []string
	items := map[string]int{}
	err := p.History(t.Context(), c, `{"phase":"orders"}`, func(p integrations.Portion) error {
		most = max(most, heap())
		skipped = append(skipped, p.Skipped...)
		for _, e := range p.Events {
			if e.Kind == crm.OrderChanged {
				items[e.Order.ID] = len(e.Order.Items)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"1": 1, "3": 1, "5": 2}; !maps.Equal(items, want) {
		t.Errorf("orders with so many lines %v, want %v", items, want)
	}
	all := strings.Join(skipped, "\n")
	for _, want := range []string{"orders, line 3 is longer than 1048576 bytes", "orders, line 1 is followed by 1 lines of another thing", "orders, line 6 the body is not JSON",
		"orders, line 8 ", "not an amount of EUR", "orders, line 10 is followed by 1 lines of another thing"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q:\n%s", want, all)
		}
	}
	if len(skipped) != 5 || strings.Contains(all, "ada@") {
		t.Errorf("%d notes:\n%s", len(skipped), all)
	}
	if most > before+(32<<20) {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}

// TestHistoryHeap streams a file of 300,000 lines: what is in memory does not
// grow with it.
func TestHistoryHeap(t *testing.T) {
	const orders, lines = 60_000, 4
	d := &depot{objects: orders * (1 + lines), roots: orders, serve: func(w http.ResponseWriter, r *http.Request) {
		for n := 1; n <= orders; n++ {
			fmt.Fprintf(w, anOrder, n)
			for i := range lines {
				fmt.Fprintf(w, aLine, n*10+i, n)
			}
		}
	}}
	p, c := d.open(t)
	began, before, most, portions, told := time.Now(), heap(), uint64(0), 0, 0
	err := p.History(t.Context(), c, `{"phase":"orders"}`, func(p integrations.Portion) error {
		if portions++; portions%50 == 0 {
			most = max(most, heap())
		}
		told += len(p.Events)
		return nil
	})
	if err != nil || told != 2*orders {
		t.Errorf("%d events, %v", told, err)
	}
	t.Logf("%d lines in %v, %d portions; live heap %d KiB before, %d KiB at most", orders*(1+lines), time.Since(began).Round(time.Millisecond), portions, before>>10, most>>10)
	if most > before+(8<<20) {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}

// TestHistoryIsNotDone: a file that holds less than it promised is no end.
func TestHistoryIsNotDone(t *testing.T) {
	whole := fmt.Sprintf(anOrder+aLine, 1, 11, 1)
	for name, trial := range map[string]struct {
		file          string
		objects, size int64
		says          string
	}{
		"all of it":                        {whole, 2, int64(len(whole)), ""},
		"no size told":                     {whole, 2, 0, ""},
		"without its last newline":         {strings.TrimSuffix(whole, "\n"), 2, int64(len(whole)) - 1, ""},
		"cut before the last newline":      {strings.TrimSuffix(whole, "\n"), 2, int64(len(whole)), "broke off"},
		"the same where no size is told":   {strings.TrimSuffix(whole, "\n"), 2, 0, "broke off"},
		"cut between two lines":            {fmt.Sprintf(anOrder, 1), 2, int64(len(whole)), "broke off"},
		"the same where no size is told ":  {fmt.Sprintf(anOrder, 1), 2, 0, "broke off"},
		"nothing":                          {"", 2, int64(len(whole)), "broke off"},
		"fewer things than it was to hold": {whole, 3, int64(len(whole)), "holds less than it promised"},
	} {
		d := &depot{objects: trial.objects, roots: 1, size: trial.size, serve: func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(trial.file)) }}
		p, c := d.open(t)
		var events []crm.Event
		err := p.History(t.Context(), c, `{"phase":"orders"}`, func(p integrations.Portion) error { events = append(events, p.Events...); return nil })
		if trial.says == "" {
			if err != nil || len(events) != 2 || len(events[0].Order.Items) != 1 {
				t.Errorf("%s: %d events, %v", name, len(events), err)
			}
			continue
		}
		if len(events) != 0 || integrations.KindOf(err) != integrations.Temporary || !strings.Contains(err.Error(), trial.says) {
			t.Errorf("%s: %d events, %v; want %q", name, len(events), err, trial.says)
		}
	}
}

// heap is what is alive of it.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestHistoryAsksForTheRest: who goes on asks for the file from where she was,
// and begins no other bulk operation.
func TestHistoryAsksForTheRest(t *testing.T) {
	first, second := fmt.Sprintf(anOrder+aLine, 1, 11, 1), fmt.Sprintf(anOrder+aLine, 2, 21, 2)
	ranged := ""
	d := &depot{objects: 4, roots: 2, size: int64(len(first + second)), serve: func(w http.ResponseWriter, r *http.Request) {
		ranged = r.Header.Get("Range")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(first+second))
	}}
	p, c := d.open(t)
	var events []crm.Event
	err := p.History(t.Context(), c, fmt.Sprintf(`{"phase":"orders","export":"gid://shopify/BulkOperation/7","byte":%d,"line":2,"things":1}`, len(first)), func(p integrations.Portion) error {
		events = append(events, p.Events...)
		if p.Done != 2 || p.Total != 2 {
			t.Errorf("%d of %d", p.Done, p.Total)
		}
		return nil
	})
	if err != nil || len(events) != 2 || events[0].Order.ID != "2" || ranged != fmt.Sprintf("bytes=%d-", len(first)) || !slices.Equal(d.asked, []string{"BulkOperation"}) {
		t.Errorf("%d events, range %q, asked %v, %v", len(events), ranged, d.asked, err)
	}
}
