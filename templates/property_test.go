package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"grazie/crm"
)

// odd are texts that shops and customers really type, and some that they
// should not.
var odd = []string{
	"", "", " ", "A", "Anna", "ANNA-LUISA", "anna", "Test", "Jean  Paul", "O'Brien", "Łukasz", "山田", "محمد", "שרה כהן", "Дмитрий", "Zoë", "e\u0301",
	"<script>alert(1)</script>", "<b>Soap</b>", `"quoted"`, "a & b", "{{ shop.name }}", "{% include 'x' %}", "{first}", "<no value>", "%s %d",
	"Win at http://evil.example", "www.evil.example", "x@y.example", "=?utf-8?q?evil?=", "a;b,c", "line\r\nBcc: x", "nul\x00", "\u202eabc", "\u200b", "\ufeff", "bad\xff",
	"👩‍👩‍👧 Mug", "Soap - SKU-10442", "Shirt - Blue / M", "Linen Apron | Buy now", "12345", "Mug.", "Socks!", "   ", "\t", strings.Repeat("long ", 60), strings.Repeat("ä", 500),
	"Wien", "NEW YORK", "sankt pölten", "N/A", "Bristol", "APO", "東京", "Köln 50667", "#1001", "DE", "US", "XX",
}

func typedText(t *rapid.T, name string) string {
	if rapid.IntRange(0, 3).Draw(t, name+"?") == 0 {
		return rapid.String().Draw(t, name)
	}
	return rapid.SampledFrom(odd).Draw(t, name)
}

func anyAddress(t *rapid.T, name string) *crm.Address {
	if rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	return &crm.Address{
		FirstName: typedText(t, name+".first"), LastName: typedText(t, name+".last"), Company: rapid.SampledFrom([]string{"", "", "", "GmbH"}).Draw(t, name+".company"),
		City: typedText(t, name+".city"), Province: typedText(t, name+".province"), ProvinceCode: rapid.SampledFrom([]string{"", "AE", "NY"}).Draw(t, name+".code"),
		Country: rapid.SampledFrom([]string{"", "DE", "AT", "US", "AU", "PH", "XX", "de"}).Draw(t, name+".country"), POBox: rapid.Bool().Draw(t, name+".box"),
	}
}

// anyFacts are facts of every kind that a platform can tell.
func anyFacts(t *rapid.T) crm.Facts {
	locale := rapid.SampledFrom([]string{"", "de", "en-GB", "es-419", "fil", "tl-PH", "fr-CA", "hu", "it", "sl_SI", "pt-BR", "ar", "xx", "!"})
	f := crm.Facts{
		Message: crm.Message{ID: rapid.StringMatching(`msg_[a-z0-9]{4,12}`).Draw(t, "id"), ShopID: "shp_1", Journey: thankYou, Purpose: crm.Transactional},
		Shop: crm.Shop{
			ID: "shp_1", Name: typedText(t, "shop"), Sender: crm.Mailbox{Name: typedText(t, "sender"), Email: "owner@shop.example"},
			LegalName: typedText(t, "legal"), PostalAddress: typedText(t, "postal"), Country: "DE", Locale: locale.Draw(t, "shop.locale"), Formal: rapid.Bool().Draw(t, "formal"),
		},
		Customer: crm.Customer{
			ID: "1", Email: "customer@mail.example", FirstName: typedText(t, "first"), LastName: typedText(t, "last"), Locale: locale.Draw(t, "locale"),
		},
		OrdersBefore: rapid.IntRange(-1, 30).Draw(t, "before"), HistoryKnown: rapid.Bool().Draw(t, "known"),
	}
	o := &crm.Order{
		ID: "1", CustomerID: "1", Name: typedText(t, "order"), Locale: locale.Draw(t, "order.locale"), Shipping: anyAddress(t, "shipping"), Billing: anyAddress(t, "billing"),
		Pickup: rapid.IntRange(0, 4).Draw(t, "pickup") == 0, Gift: rapid.IntRange(0, 4).Draw(t, "gift") == 0, Company: rapid.IntRange(0, 4).Draw(t, "company") == 0,
	}
	for range rapid.IntRange(0, 6).Draw(t, "items") {
		o.Items = append(o.Items, crm.LineItem{
			Title: typedText(t, "title"), Variant: typedText(t, "variant"), Quantity: rapid.IntRange(-1, 12).Draw(t, "quantity"),
			Price:   crm.Money{Minor: rapid.Int64Range(0, 9999).Draw(t, "price")},
			Removed: rapid.IntRange(0, 5).Draw(t, "removed") == 0, Tip: rapid.IntRange(0, 5).Draw(t, "tip") == 0,
		})
	}
	f.Order = o
	if rapid.Bool().Draw(t, "areas") {
		f.Shop.Areas = []crm.Area{{City: typedText(t, "area.city"), Text: map[string]string{"de": typedText(t, "area.de"), "en": typedText(t, "area.en")}}}
	}
	return f
}

var (
	tagsOut = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
	hole    = regexp.MustCompile(`\{[a-z_]*\}|\{\{|\{%|<no value>|<nil>|%!`)
)

// typed tells whether a fault was typed by somebody rather than made by us.
func typed(f crm.Facts, s string) bool {
	all := []string{
		f.Shop.Name, f.Shop.Sender.Name, f.Shop.LegalName, f.Shop.PostalAddress, f.Customer.FirstName, f.Customer.LastName, f.Order.Name,
	}
	for _, a := range []*crm.Address{f.Order.Shipping, f.Order.Billing} {
		if a != nil {
			all = append(all, a.FirstName, a.LastName, a.City)
		}
	}
	for _, it := range f.Order.Items {
		all = append(all, it.Title)
	}
	for _, area := range f.Shop.Areas {
		for _, s := range area.Text {
			all = append(all, s)
		}
	}
	return slices.ContainsFunc(all, func(v string) bool { return strings.Contains(v, s) })
}

// TestAnyFacts: whatever is known of an order, the mail is whole.
func TestAnyFacts(t *testing.T) {
	r := newRenderer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0)
		m, err := r.Mail(f, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{m.Subject, m.HTML, m.Text, m.From.Name, m.To.Name} {
			if !utf8.ValidString(s) {
				t.Fatalf("not UTF-8: %q", s)
			}
		}
		for name, v := range m.Headers {
			if strings.ContainsAny(name+v, "\r\n\x00") {
				t.Fatalf("header %s: %q", name, v)
			}
		}
		for _, s := range []string{m.Subject, m.From.Name, m.To.Name, m.From.Email, m.To.Email} {
			if strings.ContainsAny(s, "\r\n\x00;") || strings.Contains(s, "=?") {
				t.Fatalf("head of the mail: %q", s)
			}
		}
		if graphemes(m.Subject) > maxSubject || m.Subject == "" {
			t.Fatalf("subject of %d: %q", graphemes(m.Subject), m.Subject)
		}
		if len(m.HTML) > maxOutput || len(m.HTML) > 12<<10 {
			t.Fatalf("%d bytes of HTML", len(m.HTML))
		}
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<b>") {
			t.Fatal("unescaped HTML")
		}
		for _, name := range []string{m.To.Name, firstName(f.Customer.FirstName)} {
			if linked(name) || strings.Contains(name, "@") {
				t.Fatalf("a name that is a link: %q", name)
			}
		}
		whole(t, f, "subject", m.Subject)
		letter, _, _ := strings.Cut(m.Text, "\n--\n")
		whole(t, f, "text", letter)
		shown := tagsOut.ReplaceAllString(m.HTML[strings.Index(m.HTML, "<body"):], "\n")
		for line := range strings.SplitSeq(shown, "\n") {
			whole(t, f, "html", line)
		}
		history(t, f, m)
		if again, err := r.Mail(f, now); err != nil || again.Text != m.Text || again.HTML != m.HTML {
			t.Fatal("the same message was written in another way")
		}
	})
}

// whole looks for holes: double spaces, lost punctuation, open slots.
func whole(t *rapid.T, f crm.Facts, where, s string) {
	if at := hole.FindString(s); at != "" && !typed(f, at[:1]) {
		t.Fatalf("%s: %q is left open in %q", where, at, s)
	}
	for _, bad := range []string{"  ", " ,", " .", "..", ",,", "( ", " )", "()", "„“", "“”", "»«", "«»", "\u2068\u2069", ": ."} {
		if strings.Contains(s, bad) && !typed(f, strings.TrimSpace(bad)[:1]) {
			t.Fatalf("%s: %q in %q", where, bad, s)
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line != strings.TrimSpace(line) && where == "text" {
			t.Fatalf("a line with stray spaces: %q", line)
		}
	}
}

// history is the wrong-history guard: a letter speaks of a product only if the
// order has it, of a number only if it is known, of a place only if it may.
func history(t *rapid.T, f crm.Facts, m crm.Mail) {
	has := func(part string) bool {
		return slices.ContainsFunc(m.Phrases, func(k string) bool { return strings.HasPrefix(k, "thank_you."+part+".") })
	}
	if has("first") != (f.HistoryKnown && f.OrdersBefore == 0) {
		t.Fatalf("first order: %v, known %v, before %d", m.Phrases, f.HistoryKnown, f.OrdersBefore)
	}
	if has("nth") && (!f.HistoryKnown || f.OrdersBefore < 1) {
		t.Fatalf("a number that is not sure: %v", m.Phrases)
	}
	if has("again") && f.OrdersBefore < 1 {
		t.Fatalf("welcomed back without an order before: %v", m.Phrases)
	}
	if has("open") && len(f.Order.Goods()) == 0 {
		t.Fatalf("names a product of an order that has none: %v", m.Phrases)
	}
	private := f.Order.Gift || f.Order.Pickup || f.Order.Company || f.Order.Shipping == nil || f.Order.Shipping.POBox || f.Order.Shipping.Company != ""
	if private && (has("place") || has("own") || has("abroad") || has("winter") || has("summer")) {
		t.Fatalf("speaks of the area: %v", m.Phrases)
	}
	if s := f.Order.Shipping; s != nil && (otherPerson(f) || placeName(s.City) == "") && (has("place") || has("own")) {
		t.Fatalf("speaks of a place that it should not: %v", m.Phrases)
	}
	for i, k := range m.Phrases {
		if slices.Contains(m.Phrases[:i], k) {
			t.Fatalf("the same sentence twice in one letter: %v", m.Phrases)
		}
	}
}

// TestNoSentenceTwice: letter after letter to one customer, no sentence comes
// again while others are left for its part.
func TestNoSentenceTwice(t *testing.T) {
	r := newRenderer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := thanks(rapid.SampledFrom(r.Locales()).Draw(t, "lang"))
		f.Shop.Formal = rapid.Bool().Draw(t, "formal")
		f.HistoryKnown = false
		bank := r.tongues[f.Customer.Locale].Letters[thankYou]
		for i := range 9 {
			f.Message.ID = rapid.StringMatching(`msg_[a-z0-9]{8}`).Draw(t, "id")
			m, err := r.Mail(f, autumn)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range m.Phrases {
				part := strings.Split(k, ".")[1]
				seen := lastIndex(f.Phrases, k)
				if seen < 0 {
					continue
				}
				if i < len(bank[part]) {
					t.Fatalf("letter %d: %s again, of %d", i, k, len(bank[part]))
				}
				for _, p := range bank[part] { // then the one longest ago
					if last := lastIndex(f.Phrases, p.key); last < seen {
						t.Fatalf("letter %d: %s again, although %s was longer ago", i, k, p.key)
					}
				}
			}
			f.Phrases = append(f.Phrases, m.Phrases...)
		}
	})
}
