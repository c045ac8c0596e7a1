package templates

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"grazie/crm"
)

var (
	update    = flag.Bool("update", false, "write the golden files anew")
	sampleDir = flag.String("samples", "", "write sample mails as HTML into this folder, to look at")
)

func newRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var autumn = time.Date(2026, time.October, 12, 9, 0, 0, 0, time.UTC)

// people are a customer and a place per language, so that the letters are read
// with the names they are made for.
var people = map[string]struct{ first, last, city, country, product, other string }{
	"en":  {"Emily", "Carter", "Bristol", "GB", "Blue Linen Apron", "Olive Soap"},
	"de":  {"Jana", "Schröder", "Freiburg im Breisgau", "DE", "Leinenschürze Blau", "Olivenseife"},
	"es":  {"Lucía", "Fernández", "Zaragoza", "ES", "Delantal de lino azul", "Jabón de oliva"},
	"fil": {"Maria Luz", "Santos", "Quezon City", "PH", "Blue Linen Apron", "Olive Soap"},
	"fr":  {"Chloé", "Moreau", "Angers", "FR", "Tablier en lin bleu", "Savon à l’olive"},
	"hu":  {"Eszter", "Kovács", "Szeged", "HU", "Kék lenvászon kötény", "Olívaszappan"},
	"it":  {"Giulia", "Ferrari", "Ancona", "IT", "Grembiule di lino blu", "Sapone all’oliva"},
	"sl":  {"Nika", "Novak", "Maribor", "SI", "Moder lanen predpasnik", "Oljčno milo"},
}

// thanks are the facts of an everyday order in a language.
func thanks(lang string) crm.Facts {
	p := people[lang]
	return crm.Facts{
		Message: crm.Message{ID: "msg_" + lang, ShopID: "shp_1", Journey: thankYou, Purpose: crm.Transactional},
		Shop: crm.Shop{
			ID: "shp_1", Name: "Bottega Lina", Domain: "lina.example", Sender: crm.Mailbox{Name: "Marta Lina", Email: "marta@lina.example"},
			LegalName: "Bottega Lina srl", PostalAddress: "Via dei Neri 12, 50122 Firenze, Italia", Country: p.country, Locale: "en",
		},
		Customer:     crm.Customer{ID: "7", Email: "customer@mail.example", FirstName: p.first, LastName: p.last, Locale: lang},
		HistoryKnown: true,
		Order: &crm.Order{
			ID: "1", Name: "#1001", CustomerID: "7",
			Items: []crm.LineItem{
				{ID: "a", Title: p.other, Quantity: 1, Price: crm.Money{Minor: 900, Currency: "EUR"}},
				{ID: "b", Title: p.product, Quantity: 1, Price: crm.Money{Minor: 4900, Currency: "EUR"}},
			},
			Shipping: &crm.Address{FirstName: p.first, LastName: p.last, City: p.city, Country: p.country},
		},
	}
}

// cases are the kinds of order whose letters differ.
var cases = []struct {
	name   string
	change func(*crm.Facts)
}{
	{"area", func(f *crm.Facts) {}},
	{"nth", func(f *crm.Facts) {
		f.OrdersBefore = 4
		f.Order.Items[1].Quantity = 2
		f.Order.Items = append(f.Order.Items, crm.LineItem{ID: "c", Title: "X", Quantity: 1}, crm.LineItem{ID: "d", Title: "Y", Quantity: 3})
	}},
	{"gift", func(f *crm.Facts) { f.Order.Gift = true; f.HistoryKnown, f.OrdersBefore = false, 1 }},
	{"pickup", func(f *crm.Facts) { f.Order.Pickup = true; f.Order.Shipping = nil; f.Order.Items = f.Order.Items[1:] }},
	{"bare", func(f *crm.Facts) {
		f.Customer.FirstName, f.Customer.LastName, f.HistoryKnown = "", "", false
		*f.Order = crm.Order{ID: "1", CustomerID: "7"}
		f.Shop = crm.Shop{ID: "shp_1", Name: "Bottega Lina", Sender: crm.Mailbox{Email: "marta@lina.example"}}
	}},
	{"formal", func(f *crm.Facts) { f.Shop.Formal = true; f.OrdersBefore = 1 }},
	{"abroad", func(f *crm.Facts) { f.Shop.Country, f.Message.ID = "XX", "msg_1"; f.Phrases = keysOf("place") }},
}

func keysOf(part string) (keys []string) {
	for i := range 9 {
		keys = append(keys, "thank_you."+part+"."+string(rune('1'+i)))
	}
	return keys
}

func TestGolden(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range r.Locales() {
		for _, c := range cases {
			f := thanks(lang)
			c.change(&f)
			m, err := r.Mail(f, autumn)
			if err != nil {
				t.Fatal(lang, c.name, err)
			}
			if m.Locale != lang {
				t.Errorf("%s: the mail is written in %s", lang, m.Locale)
			}
			golden(t, lang, c.name+".txt", "Subject: "+m.Subject+"\nPhrases: "+strings.Join(m.Phrases, " ")+"\n\n"+m.Text)
			if c.name == "area" || c.name == "bare" {
				golden(t, lang, c.name+".html", m.HTML)
			}
			if *sampleDir != "" {
				write(t, filepath.Join(*sampleDir, lang+"-"+c.name+".html"), m.HTML)
			}
		}
	}
}

func golden(t *testing.T, lang, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", lang, name)
	if *update {
		write(t, file, got)
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run with -update\n%s", file, got)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
