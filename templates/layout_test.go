package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
)

// TestLayoutHolds: the rules of mail-and-domain.md 5.1 and 1.3 that a change of
// the layout breaks easily.
func TestLayoutHolds(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range r.Locales() {
		m, err := r.Mail(thanks(lang), autumn)
		if err != nil {
			t.Fatal(err)
		}
		for _, need := range []string{
			`<html lang="` + lang + `" dir="ltr"`, `<div lang="` + lang + `" dir="ltr"`, `<meta name="color-scheme" content="light dark">`, `<title>`,
			`<!--[if mso]><table role="presentation" width="600"`, `max-width:600px`, `prefers-color-scheme:dark`,
		} {
			if !strings.Contains(m.HTML, need) {
				t.Errorf("%s: no %s", lang, need)
			}
		}
		for _, never := range []string{"<img", "<a ", "http:", "https:", "#000", "#fff;", "#ffffff", "display:flex", "position:", "var(--", "{{", "<h1", "base64"} {
			if strings.Contains(m.HTML, never) {
				t.Errorf("%s: %s has no place in a letter", lang, never)
			}
		}
		tables := strings.Count(m.HTML, "<table")
		if roles := strings.Count(m.HTML, `<table role="presentation"`); roles != tables {
			t.Errorf("%s: %d of %d tables are for layout", lang, roles, tables)
		}
		if n := len(m.HTML); n > 7<<10 {
			t.Errorf("%s: %d bytes", lang, n)
		}
		pre := regexp.MustCompile(`mso-hide:all">([^<]*)</div>`).FindStringSubmatch(m.HTML)
		if pre == nil || graphemes(pre[1]) < 40 || graphemes(pre[1]) > 90 {
			t.Errorf("%s: preheader %q", lang, pre)
		}
	}
}

// TestContrast: every text colour on every ground it stands on, light and dark,
// reaches 4.5:1 (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	for _, c := range [][2]string{
		{"2e2925", "fffdfa"}, {"8c4f33", "fffdfa"}, {"6b6158", "fffdfa"}, {"6b6158", "f4f0ea"},
		{"fffdfa", "8c4f33"}, {"8c4f33", "f8f2e9"}, {"6b6158", "f8f2e9"}, {"262320", "d9a98b"}, {"d9a98b", "2e2a26"}, {"b5aa9d", "2e2a26"}, {"ece6dd", "1b1917"},
		{"ece6dd", "262320"}, {"d9a98b", "262320"}, {"b5aa9d", "262320"}, {"b5aa9d", "1b1917"},
	} {
		source, _ := layout(partHTML, "coupon", crm.Marketing)
		if !strings.Contains(source, c[0]) || !strings.Contains(source, c[1]) {
			t.Errorf("%v is no longer in the layout", c)
		}
		a, b := luminance(c[0]), luminance(c[1])
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%s on %s: %.2f", c[0], c[1], ratio)
		}
	}
}

func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func TestGraphemes(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "e\u0301": 1, "👩‍👩‍👧": 1, "👍🏽!": 2, "🇮🇹🇸🇮": 2, "❤️": 1} {
		if got := graphemes(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
	if got := truncate("one two three", 9); got != "one two…" {
		t.Errorf("%q", got)
	}
	if got := truncate("🇮🇹🇮🇹🇮🇹", 2); got != "🇮🇹…" {
		t.Errorf("%q", got)
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	r := newRenderer(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := thanks(r.Locales()[i])
			f.Templates = []crm.Template{{Journey: thankYou, Locale: f.Customer.Locale, Subject: "Hi {{ customer.first_name }}"}}
			for range 20 {
				if _, err := r.Mail(f, autumn); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkMail writes one whole mail, and tells how many times longer that
// takes than the same HTML part alone through html/template and through fmt.
func BenchmarkMail(b *testing.B) {
	r := newRenderer(b)
	f := thanks("en")
	m, err := r.Mail(f, autumn)
	if err != nil {
		b.Fatal(err)
	}
	paragraphs := strings.Split(m.Text, "\n\n")[1:4]
	page := m.HTML
	for i, p := range append([]string{"Hi Emily,"}, paragraphs...) {
		page = strings.Replace(page, escapeHTML(p), fmt.Sprintf("{{ index . %d }}", i), 1)
	}
	std := template.Must(template.New("").Parse(page))
	data := append([]string{"Hi Emily,"}, paragraphs...)

	const rounds = 2000
	cost := func(do func()) float64 {
		start := time.Now()
		for range rounds {
			do()
		}
		return float64(time.Since(start)) / rounds
	}
	mail := cost(func() { _, _ = r.Mail(f, autumn) })
	byStd := cost(func() {
		var buf bytes.Buffer
		_ = std.Execute(&buf, data)
	})
	byFmt := cost(func() { _ = fmt.Sprintf("%s%s", page, strings.Join(data, "\n")) })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Mail(f, autumn); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(mail/byStd, "x-html/template")
	b.ReportMetric(mail/byFmt, "x-concat")
}
