package shopify_test

import (
	"encoding/json"
	"testing"
	"time"

	"grazie/integrations"
	"grazie/integrations/shopify"
	"grazie/integrations/shopify/simshop"
)

// BenchmarkParse reads a paid order of three lines. The second figure is how
// its time compares to json.Unmarshal into any, which reads all and knows nothing.
func BenchmarkParse(b *testing.B) {
	w := simshop.New(1, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)).Bulk(4)
	p := shopify.New()
	e, err := p.Envelope(w.Header, w.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(w.Body)))
	for b.Loop() {
		if _, err := p.ParseWebhook(e, w.Body); err != nil {
			b.Fatal(err)
		}
	}
	parsed := b.Elapsed()
	b.StopTimer()
	begin := time.Now()
	for range b.N {
		var v any
		if err := json.Unmarshal(w.Body, &v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(parsed)/float64(time.Since(begin)), "of-any")
}

// BenchmarkVerify is the time of both signatures and the headers.
func BenchmarkVerify(b *testing.B) {
	s := simshop.New(1, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
	w, p := s.Bulk(4), shopify.New()
	c := integrations.Connection{Settings: map[string]string{shopify.SettingSecret: s.Secret}}
	b.SetBytes(int64(len(w.Body)))
	for b.Loop() {
		if !p.VerifyWebhook(c, w.Header, w.Body) {
			b.Fatal("not verified")
		}
	}
}
