package templates

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"grazie/crm"
)

// anyGesture are facts of a gesture with names and titles as people type them.
func anyGesture(t *rapid.T) crm.Facts {
	k := rapid.SampledFrom(kinds).Draw(t, "kind")
	lang := rapid.SampledFrom([]string{"de", "en", "es", "fil", "fr", "hu", "it", "sl"}).Draw(t, "lang")
	f := gestureFacts(k.journey, lang)
	k.change(&f)
	f.Customer.Locale = rapid.SampledFrom([]string{lang, lang + "-CH", lang + "_AT", lang + "-MX", "xx"}).Draw(t, "locale")
	f.Shop.Formal = rapid.Bool().Draw(t, "formal")
	f.Customer.FirstName, f.Customer.LastName = typedText(t, "first"), typedText(t, "last")
	f.Shop.Name, f.Shop.Sender.Name, f.Shop.Domain = typedText(t, "shop"), typedText(t, "sender"), rapid.SampledFrom([]string{"", "lina.example", "bad domain", "x"}).Draw(t, "domain")
	if f.Order != nil {
		f.Order.Name = typedText(t, "order")
		for i := range f.Order.Items {
			f.Order.Items[i].Title, f.Order.Items[i].Variant = typedText(t, "title"), typedText(t, "variant")
			f.Order.Items[i].Quantity = rapid.IntRange(0, 12).Draw(t, "quantity")
		}
	}
	for i := range f.Returns {
		f.Returns[i].Name = typedText(t, "return")
		for j := range f.Returns[i].Lines {
			f.Returns[i].Lines[j].Title = f.Order.Items[rapid.IntRange(0, len(f.Order.Items)-1).Draw(t, "line")].Title
		}
	}
	if f.Message.Ask == nil {
		f.Message.Ask = &crm.Ask{}
	}
	f.Message.Ask.Note = typedText(t, "note")
	if f.Settings[settingInstructions] != "" {
		f.Settings = crm.Values{settingInstructions: "x " + typedText(t, "instructions") + "\n" + typedText(t, "more")}
	}
	for i := range f.Effects {
		switch e := &f.Effects[i]; {
		case e.Label != nil:
			e.Label.Carrier, e.Label.Tracking = typedText(t, "carrier"), typedText(t, "tracking")
			e.Label.TrackingURL = rapid.SampledFrom([]string{"", "https://track.example/1", "javascript:x"}).Draw(t, "tracking url")
		case e.Code != nil:
			d := e.Code
			d.Kind = rapid.SampledFrom([]crm.DiscountKind{crm.Percentage, crm.FixedAmount, crm.FreeShipping, crm.FreeProduct}).Draw(t, "gives")
			d.Product, d.Amount = typedText(t, "product"), crm.Money{Minor: rapid.Int64Range(1, 1e9).Draw(t, "amount"), Currency: rapid.SampledFrom([]string{"EUR", "USD", "JPY", "HUF", "KWD", "XYZ"}).Draw(t, "currency")}
			d.Minimum = crm.Money{Minor: rapid.Int64Range(0, 1e6).Draw(t, "minimum"), Currency: d.Amount.Currency}
			d.WithOrder, d.WithProduct, d.WithShipping = rapid.Bool().Draw(t, "o"), rapid.Bool().Draw(t, "p"), rapid.Bool().Draw(t, "s")
			d.Zone = rapid.SampledFrom([]string{"", "Asia/Tokyo", "Nowhere"}).Draw(t, "zone")
			if rapid.Bool().Draw(t, "endless") {
				d.EndsAt = time.Time{}
			}
			if rapid.Bool().Draw(t, "later") {
				d.StartsAt = autumn.AddDate(0, 0, 2)
			}
		}
	}
	return f
}

// TestAnyGesture: whatever was typed, the mail is whole, escaped, and shows
// what it must.
func TestAnyGesture(t *testing.T) {
	r := newRenderer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyGesture(t)
		m, err := r.Mail(f, autumn)
		if err != nil {
			if d := f.Code(); d != nil && d.Kind == crm.FreeProduct && productName(crm.LineItem{Title: d.Product}) == "" {
				return // it cannot be named
			}
			t.Fatal(err)
		}
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, "javascript:") {
			t.Fatal("unescaped HTML")
		}
		if graphemes(m.Subject) > maxSubject || m.Subject == "" || strings.ContainsAny(m.Subject, "\r\n") || len(m.HTML) > 60<<10 {
			t.Fatalf("%q, %d bytes", m.Subject, len(m.HTML))
		}
		for _, s := range []string{m.Text, m.HTML} {
			if at := hole.FindString(s); at != "" && !strings.Contains(strings.Join(odd, ""), at) && !written(f, at) {
				t.Fatalf("%q is left open", at)
			}
			if f.Message.Purpose == crm.Marketing && !strings.Contains(s, strings.ReplaceAll(f.Links.Unsubscribe, "&x", "")) {
				t.Fatal("no way out")
			}
			if d := f.Code(); d != nil && !strings.Contains(s, d.Code) {
				t.Fatal("no code")
			}
		}
		for name, v := range m.Headers {
			if strings.ContainsFunc(name+v, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%s: %q", name, v)
			}
		}
		if again, err := r.Mail(f, autumn); err != nil || again.Text != m.Text || again.HTML != m.HTML {
			t.Fatal("the same message was written in another way")
		}
	})
}

// written tells whether somebody typed the text into what is not of the order.
func written(f crm.Facts, s string) bool {
	all := f.Message.Ask.Note + f.Settings[settingInstructions] + f.Customer.FirstName + f.Customer.LastName + f.Shop.Name + f.Shop.Sender.Name
	if f.Order != nil {
		for _, it := range f.Order.Items {
			all += it.Title
		}
		all += f.Order.Name
	}
	for _, e := range f.Effects {
		if e.Label != nil {
			all += e.Label.Carrier + e.Label.Tracking
		}
		if e.Code != nil {
			all += e.Code.Product
		}
	}
	for _, r := range f.Returns {
		all += r.Name
	}
	return strings.Contains(all, s[:1])
}

// TestEveryCustomer: each mail in each language for customers of every kind,
// read as closely as the golden ones.
func TestEveryCustomer(t *testing.T) {
	r := newRenderer(t)
	for name, change := range map[string]func(*crm.Facts){
		"no first name": func(f *crm.Facts) { f.Customer.FirstName = "" },
		"long name": func(f *crm.Facts) {
			f.Customer.FirstName, f.Customer.LastName = "Maximiliane-Theodora", "von und zu Hohenstein"
		},
		"endless name":  func(f *crm.Facts) { f.Customer.FirstName = strings.Repeat("Anna", 40) },
		"right to left": func(f *crm.Facts) { f.Customer.FirstName, f.Customer.LastName = "שרה", "כהן" },
		"nothing more": func(f *crm.Facts) {
			f.Customer.FirstName, f.Customer.LastName, f.Shop.Sender.Name, f.Shop.Domain, f.Shop.Country, f.Zone = "", "", "", "", "", ""
			if f.Order != nil {
				*f.Order = crm.Order{ID: "1", CustomerID: "7"}
			}
			for i := range f.Returns {
				f.Returns[i] = crm.Return{ID: "9", OrderID: "1"}
			}
			for _, e := range f.Effects {
				if e.Label != nil {
					e.Label.Carrier, e.Label.Tracking, e.Label.TrackingURL = "", "", ""
				}
				if e.Code != nil {
					e.Code.EndsAt, e.Code.Zone = time.Time{}, ""
				}
			}
		},
	} {
		for _, lang := range r.Locales() {
			for _, k := range kinds {
				for _, formal := range []bool{false, true} {
					f := gestureFacts(k.journey, lang)
					f.Shop.Formal = formal
					k.change(&f)
					change(&f)
					m, err := r.Mail(f, autumn)
					if err != nil {
						var wrong *WrongHistory
						t.Fatalf("%s %s %s: %v %v", name, lang, k.name, err, errors.As(err, &wrong))
					}
					holds(t, name+" "+lang+" "+k.name, f, m)
				}
			}
		}
	}
}
