package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grazie/crm"
	"grazie/desk"
	"grazie/handlers"
	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/internal/needs"
	"grazie/store"
	"grazie/templates"
)

// searches are what is looked for on lists, beside all there is.
var searches = map[string][]string{
	"/customers": {"?q=anna", "?q=rossi500", "?q=anna+rossi", "?q=anna+bea", "?q=person500@mail.example", "?q=person", "?q=%23500", "?q=nobody+at+all", "?birthday=1", "?birthday=1&consent=subscribed",
		"?suppressed=1", "?suppressed=1&q=anna", "?suppressed=1&birthday=1"},
	"/messages": {"?state=planned", "?state=sending", "?state=sent", "?state=unknown", "?state=failed", "?state=cancelled", "?state=skipped&reason=no_consent", "?journey=thank_you",
		"?journey=apology", "?hand=1", "?q=%23500"},
	"/codes":    {"?q=GRAZIE-500", "?state=works", "?state=revoked", "?journey=apology", "?journey=apology&state=works", "?journey=thank_you&state=works"},
	"/tasks":    {"?state=done", "?kind=low_rating"},
	"/returns":  {"?state=requested"},
	"/reviews":  {"?rating=1"},
	"/packing":  {"?from=2026-11-09&to=2026-11-22", "?from=2026-10-23&to=2026-11-22"},
	"/webhooks": {"?state=failed", "?topic=customers/update", "?again=1"},
	"/audit":    {"?action=customers.suppress", "?by=Kim"},
}

// BenchmarkConsole asks for each page of a shop with 1,000 customers and ten times
// as many messages, and tells how much longer it takes than in a shop that is
// empty. With GRAZIE_BENCH_LARGE=true there are 100,000 customers. Run it with
// -benchtime 20x.
func BenchmarkConsole(b *testing.B) {
	customers := 1000
	if os.Getenv("GRAZIE_BENCH_LARGE") == "true" {
		customers = 100_000
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
			o := store.Options{Path: filepath.Join(b.TempDir(), "grazie.db"), Secrets: []string{"a secret key for the benchmark"}, Now: func() time.Time { return now }}
			where := o.Path
			if engine == "postgres" {
				o.URL = needs.FreshPostgres(b)
				where = o.URL
			}
			s, err := store.Open(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			renderer, err := templates.New()
			if err != nil {
				b.Fatal(err)
			}
			platform := shopify.New()
			h := handlers.New(handlers.Options{Store: s, Platforms: map[string]integrations.Platform{platform.Name(): platform}, Ring: func(string, string, ...string) {},
				PingQueue: func(context.Context) error { return nil }, Now: o.Now, Log: slog.New(slog.DiscardHandler), Metrics: handlers.NewMetrics(prometheus.NewRegistry()),
				Desk: &desk.Desk{Store: s, Templates: renderer, PublicURL: "https://grazie.example", Now: o.Now}})
			shop := func(domain string) crm.Shop {
				shop, _, err := s.ConnectShop(b.Context(), crm.Shop{Platform: "shopify", Domain: domain, Name: "Bottega", Sender: crm.Mailbox{Name: "Anna", Email: "anna@bottega.example"},
					Timezone: "Europe/Rome", Locale: "it", Currency: "EUR"}, crm.Values{"secret": "hush"})
				if err != nil {
					b.Fatal(err)
				}
				return shop
			}
			full, empty := shop("full.myshopify.com"), shop("empty.myshopify.com")
			needs.FillShop(b, where, full.ID, customers, now)
			if _, err := s.ChangeShop(b.Context(), full.ID, func(shop *crm.Shop) error {
				shop.Calls = crm.Values{"enabled": "true"}
				shop.Journeys = map[string]crm.Values{"thank_you": {"enabled": "true"}}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			p, err := s.AddStaff(b.Context(), crm.Staff{Email: "kim@staff.example", Name: "Kim"}, store.Member{Role: store.Owner})
			if err != nil {
				b.Fatal(err)
			}
			secret, err := s.CreateSession(b.Context(), store.Session{StaffID: p.ID, Stage: store.StageIn, Until: now.Add(time.Hour)}, "")
			if err != nil {
				b.Fatal(err)
			}
			ask := func(b *testing.B, shop, path string) time.Duration {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/console/"+shop+path, nil)
				r.AddCookie(&http.Cookie{Name: "grazie", Value: secret})
				w := httptest.NewRecorder()
				began := time.Now()
				h.ServeHTTP(w, r)
				took := time.Since(began)
				if w.Code == http.StatusForbidden || w.Code >= 500 { // a search leads on, and nobody signed cards
					b.Fatalf("%s: %d", path, w.Code)
				}
				return took
			}
			fill := strings.NewReplacer(":customer", "c500", ":message", "msg_1000000500", ":order", "o500", ":journey", "thank_you", ":locale", "it",
				":call", "o500", ":code", "eff_1000000500", ":return", "1000000500", ":review", "rev_1000000500", ":webhook", "whk_1000000500", ":bulk", "blk_1005", ":staff", p.ID)
			for _, r := range handlers.ConsoleRoutes() {
				path := fill.Replace(r.Path)
				if r.Method != http.MethodGet || strings.Contains(path, ":") {
					continue
				}
				for _, query := range append([]string{""}, searches[r.Path]...) {
					b.Run("page="+path+query, func(b *testing.B) {
						var took, bare []time.Duration
						for b.Loop() {
							took = append(took, ask(b, full.ID, path+query))
						}
						if !strings.Contains(r.Path, ":") {
							for range 5 {
								bare = append(bare, ask(b, empty.ID, path+query))
							}
							slices.Sort(bare)
						}
						slices.Sort(took)
						b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
						b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-max")
						if len(bare) > 0 {
							b.ReportMetric(float64(took[len(took)/2])/float64(bare[len(bare)/2]), "x-empty")
						}
					})
				}
			}
		})
	}
}
