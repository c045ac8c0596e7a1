package simshop_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"grazie/integrations/shopify/simshop"
)

// BenchmarkOrder is an order's whole life: bought, sent, delivered, with all
// its webhooks. It tells what the shop keeps of it.
func BenchmarkOrder(b *testing.B) {
	s := simshop.New(1, start)
	people := make([]simshop.Customer, 5000)
	for i := range people {
		people[i] = s.AddCustomer(simshop.Customer{FirstName: "Ada", LastName: fmt.Sprint("Number ", i), Email: fmt.Sprintf("ada.%d@posta.example", i), Country: "IT"})
	}
	goods := s.Products()
	cart := simshop.Cart{Items: []simshop.Item{{Product: goods[0], Quantity: 1}, {Product: goods[1], Quantity: 2}}}
	before := heap()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		o, _, err := s.Buy(people[n%len(people)], cart)
		if err != nil {
			b.Fatal(err)
		}
		f, _ := s.Fulfill(o)
		s.Deliver(f)
		n++
	}
	b.ReportMetric(float64(heap()-before)/float64(n), "kept-B/order")
	runtime.KeepAlive(s)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMutation is a code that is made over the API, without a network.
func BenchmarkMutation(b *testing.B) {
	s := simshop.New(1, start)
	api := s.API()
	n := 0
	for b.Loop() {
		n++
		body := fmt.Sprintf(`{"query":%q,"variables":{"d":{"title":"t","code":"C%d","startsAt":"2026-11-21T08:00:00Z","context":{"all":"ALL"},"customerGets":{"items":{"all":true},"value":{"percentage":0.1}}}}}`, basic, n)
		req := httptest.NewRequest("POST", "/admin/api/2026-10/graphql.json", strings.NewReader(body))
		req.Header.Set("X-Shopify-Access-Token", s.Token())
		w := httptest.NewRecorder()
		api.ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body.String())
		}
		s.TakeWebhooks()
		s.MoveTo(s.Clock().Add(1e9))
	}
}
