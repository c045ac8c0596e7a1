package templates

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
)

func TestFirstName(t *testing.T) {
	for in, want := range map[string]string{
		"Anna": "Anna", " Anna ": "Anna", "ANNA-LUISA": "Anna-Luisa", "O'BRIEN": "O'Brien", "anna": "anna", "JP": "JP", "Anna M.": "Anna", "Jean Paul": "Jean Paul",
		"ŁUKASZ": "Łukasz", "ИВАН": "ИВАН", "伟": "伟", "山田 太郎": "山田 太郎", "Zoë": "Zoë",
		"": "", "A": "", "Test": "", "TEST": "", "n/a": "", "Anna1": "", "anna@mail.example": "", "www.win.example": "", "Hauptstraße 5": "", "xxx": "", "Guest": "", "Mrs.": "",
		"Win at http://x.example": "", "🙂": "", "aaaa": "", "Anna\r\nBcc: x": "", "\u202eannA": "annA", strings.Repeat("Anna ", 10): "", "Anna;Maria": "Anna Maria", "=?utf-8?q?x?=": "",
	} {
		if got := firstName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestProductName(t *testing.T) {
	for _, c := range [][3]string{
		{"Blue Linen Apron", "", "Blue Linen Apron"},
		{"Blue Linen Apron - SKU-10442", "", "Blue Linen Apron"},
		{"Blue Linen Apron (Art. 4711)", "", "Blue Linen Apron"},
		{"Linen Apron - Blue / M", "Blue / M", "Linen Apron"},
		{"Linen Apron - Blue", "Blue", "Linen Apron"},
		{"Wool Socks, XL", "", "Wool Socks"},
		{"Honey – 500 g", "", "Honey"},
		{"Olive Soap | Handmade soaps online", "", "Olive Soap"},
		{"Tea - First Flush", "", "Tea - First Flush"},
		{"“Sunrise”", "", "Sunrise"},
		{`Tazza "Mattina"`, "", "Tazza ‘Mattina’"}, {"Tasse „Morgen“", "", "Tasse ‚Morgen‘"}, {`Pan 10"`, "", `Pan 10"`},
		{"Table AB-1200X", "", "Table"},
		{"Windows 11", "", "Windows 11"},
		{"NORTH FACE Jacket", "", "NORTH FACE Jacket"},
		{"Mug.", "", "Mug"},
		{"4711", "", ""}, {"www.buy.example", "", ""}, {"!!!", "", ""},
		{"A very long title that a search engine was meant to read and no person ever would say aloud", "", "A very long title that a search engine was meant to read and…"},
		{"שמלה", "", "\u2068שמלה\u2069"},
	} {
		got := productName(crm.LineItem{Title: c[0], Variant: c[1]})
		if got != c[2] && !(len(c[0]) > 80 && graphemes(got) <= maxTitle && strings.HasSuffix(got, "…")) {
			t.Errorf("%q: got %q, want %q", c[0], got, c[2])
		}
	}
}

func TestWhichProduct(t *testing.T) {
	o := &crm.Order{Items: []crm.LineItem{
		{ProductID: "1", Title: "Soap", Quantity: 1, Price: crm.Money{Minor: 500}},
		{ProductID: "2", Title: "Shirt", Variant: "M", Quantity: 1, Price: crm.Money{Minor: 3000}},
		{ProductID: "2", Title: "Shirt", Variant: "L", Quantity: 2, Price: crm.Money{Minor: 3000}},
		{Title: "Gift card", GiftCard: true, Quantity: 1, Price: crm.Money{Minor: 9000}},
		{Title: "Tip", Tip: true, Quantity: 1, Price: crm.Money{Minor: 9000}},
		{Title: "Lamp", Removed: true, Quantity: 1, Price: crm.Money{Minor: 9000}},
	}}
	items := itemsOf(o)
	if len(items) != 2 || best(items) != 1 || items[1].title != "Shirt" || items[1].quantity != 3 {
		t.Errorf("%+v, best %d", items, best(items))
	}
}

// TestPlurals: each language counts as CLDR says, the Slovenian dual included.
func TestPlurals(t *testing.T) {
	r := newRenderer(t)
	for _, c := range []struct {
		lang   string
		others int
		want   string
	}{
		{"en", 1, "one other thing"}, {"en", 2, "two other things"}, {"en", 11, "11 other things"},
		{"sl", 1, "en izdelek"}, {"sl", 2, "dva izdelka"}, {"sl", 3, "trije izdelki"}, {"sl", 4, "štirje izdelki"}, {"sl", 5, "pet izdelkov"}, {"sl", 101, "101 izdelek"}, {"sl", 102, "102 izdelka"},
		{"fr", 1, "un autre article"}, {"fr", 2, "deux autres articles"}, {"fr", 1_000_000, "1000000 autres articles"},
		{"de", 1, "noch etwas dazu"}, {"de", 7, "sieben weitere Sachen"}, {"hu", 2, "még két termék"}, {"it", 3, "altre tre cose"}, {"es", 2, "dos cosas más"}, {"fil", 4, "apat pang iba"},
	} {
		lang := r.tongues[c.lang]
		v := values{slotProduct: "P", slotN: lang.number(c.others)}
		if got := lang.counted(lang.AndOthers, c.others).fill(&v); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s %d: %q, want %q", c.lang, c.others, got, c.want)
		}
	}
}

func TestLanguageChoice(t *testing.T) {
	r := newRenderer(t)
	for _, c := range [][4]string{
		{"de-AT", "it", "fr", "de"}, {"", "it-CH", "fr", "it"}, {"", "", "fr", "fr"}, {"", "", "", "en"},
		{"tl", "", "de", "fil"}, {"tl-PH", "", "de", "fil"}, {"pt-BR", "", "de", "de"}, {"pt-BR", "", "pt", "en"}, {"pt-BR", "sl_SI", "de", "sl"}, {"nonsense!", "", "hu", "hu"}, {"ca", "", "de", "de"},
	} {
		f := crm.Facts{Customer: crm.Customer{Locale: c[0]}, Order: &crm.Order{Locale: c[1]}, Shop: crm.Shop{Locale: c[2]}}
		if lang, _ := r.choose(f); lang.tag != c[3] {
			t.Errorf("%v: %s", c, lang.tag)
		}
	}
	if got := strings.Join(r.Locales(), " "); got != "de en es fil fr hu it sl" {
		t.Error(got)
	}
}

func TestPlaces(t *testing.T) {
	for in, want := range map[string]string{
		"Wien": "Wien", "NEW YORK": "New York", "sankt pölten": "Sankt Pölten", "FRANKFURT AM MAIN": "Frankfurt am Main", "Krk": "Krk", "L'Aquila": "L'Aquila", "St. Gallen": "St. Gallen",
		"": "", "X": "", "Köln 50667": "", "東京": "", "N/A": "", "xxx": "", "sdfgh": "", "test": "", "-": "", "Wien <b>": "", "http://a.example": "",
	} {
		if got := placeName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for _, c := range []struct {
		country string
		month   time.Month
		want    string
	}{
		{"DE", time.January, "winter"}, {"DE", time.March, "spring"}, {"DE", time.December, "winter"}, {"DE", time.August, "summer"}, {"US", time.October, "autumn"},
		{"AU", time.January, "summer"}, {"AU", time.June, "winter"}, {"NZ", time.October, "spring"}, {"PH", time.June, ""}, {"", time.June, ""}, {"XX", time.June, ""}, {"de", time.June, ""},
	} {
		if got := season(c.country, time.Date(2026, c.month, 15, 0, 0, 0, 0, time.UTC)); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.country, c.month, got, c.want)
		}
	}
}

// TestNoWordOfTheArea: where a letter must not speak of the place.
func TestNoWordOfTheArea(t *testing.T) {
	r := newRenderer(t)
	for name, change := range map[string]func(*crm.Facts){
		"marked as a gift": func(f *crm.Facts) { f.Order.Gift = true },
		"another person":   func(f *crm.Facts) { f.Order.Shipping.FirstName = "Peter" },
		"pick-up":          func(f *crm.Facts) { f.Order.Pickup = true },
		"box":              func(f *crm.Facts) { f.Order.Shipping.POBox = true },
		"forces":           func(f *crm.Facts) { f.Order.Shipping.City = "APO" },
		"forces' state":    func(f *crm.Facts) { f.Order.Shipping.Country, f.Order.Shipping.ProvinceCode = "US", "AE" },
		"business":         func(f *crm.Facts) { f.Order.Company = true },
		"company address":  func(f *crm.Facts) { f.Order.Shipping.Company = "Carter Ltd" },
		"no city":          func(f *crm.Facts) { f.Order.Shipping.City = "" },
		"no such city":     func(f *crm.Facts) { f.Order.Shipping.City = "asdf" },
		"no address":       func(f *crm.Facts) { f.Order.Shipping = nil },
	} {
		for i := range 12 {
			f := thanks("en")
			f.Shop.Areas = []crm.Area{{Text: map[string]string{"en": "Everywhere is Bristol."}}}
			f.Message.ID += string(rune('a' + i))
			change(&f)
			m, err := r.Mail(f, autumn)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(m.Text, "Bristol") || strings.Contains(m.Text, "autumn") {
				t.Errorf("%s:\n%s", name, m.Text)
			}
		}
	}
	for name, ship := range map[string]crm.Address{
		"middle name": {FirstName: "Emily Rose", LastName: "Carter"}, "initial": {FirstName: "E.", LastName: "Carter"}, "swapped": {FirstName: "CARTER", LastName: "emily"}, "none": {},
	} {
		f := thanks("en")
		f.Order.Shipping = &ship
		if otherPerson(f) {
			t.Errorf("%s is taken for another person", name)
		}
	}
}

func TestMerchantsAreas(t *testing.T) {
	areas := []crm.Area{
		{Text: map[string]string{"en": "everywhere"}},
		{Country: "at", Text: map[string]string{"en": "country", "de": "Land"}},
		{Country: "AT", Region: "steiermark", Text: map[string]string{"en-GB": "region"}},
		{Country: "AT", City: "GRAZ", Text: map[string]string{"en": "city!"}},
		{Country: "AT", City: "Sankt Polten", Text: map[string]string{"it": "città"}},
	}
	for _, c := range []struct {
		a          crm.Address
		lang, want string
	}{
		{crm.Address{Country: "AT", Province: "Steiermark", City: "Graz"}, "en", "city!"},
		{crm.Address{Country: "AT", Province: "Steiermark", City: "Leoben"}, "en", "region."},
		{crm.Address{Country: "AT", City: "Wien"}, "en", "country."},
		{crm.Address{Country: "AT", City: "Wien"}, "de", "Land."},
		{crm.Address{Country: "DE", City: "Graz"}, "en", "everywhere."},
		{crm.Address{Country: "DE", City: "Graz"}, "de", ""},
		{crm.Address{Country: "AT", City: "St. Pölten"}, "it", ""},
		{crm.Address{Country: "AT", City: "sankt pölten"}, "it", "città."},
	} {
		if got, _ := ownLine(areas, &c.a, c.lang); got != c.want {
			t.Errorf("%+v %s: %q, want %q", c.a, c.lang, got, c.want)
		}
	}
	r := newRenderer(t)
	f := thanks("en")
	f.Shop.Areas = []crm.Area{{City: "bristol", Text: map[string]string{"en": "Say hello to the <Harbour> from me"}}}
	m, err := r.Mail(f, autumn)
	if err != nil || !strings.Contains(m.Text, "\nSay hello to the <Harbour> from me.\n") || !strings.Contains(m.HTML, "&lt;Harbour&gt;") {
		t.Errorf("%v\n%s", err, m.Text)
	}
	f.Phrases = m.Phrases
	if m, err = r.Mail(f, autumn); err != nil || strings.Contains(m.Text, "Harbour") {
		t.Error("the merchant's sentence came twice")
	}
}

func TestHeadOfTheMail(t *testing.T) {
	r := newRenderer(t)
	f := thanks("hu")
	f.Shop.Sender.Name, f.Shop.ReplyTo = "Marta; Lina\r\nBcc: x", "hello@lina.example"
	f.Order.Email = "order@mail.example"
	m, err := r.Mail(f, autumn)
	if err != nil {
		t.Fatal(err)
	}
	if m.From.Name != "Marta Lina Bcc: x" || m.To.Email != "order@mail.example" || m.To.Name != "Kovács Eszter" || m.ReplyTo != "hello@lina.example" {
		t.Errorf("%+v", m)
	}
	if m.Headers["Feedback-ID"] != "thankyou:shp_1:tx:grazie" || m.Headers["Auto-Submitted"] != "auto-generated" || m.Headers["X-Entity-Ref-ID"] != reference("msg_hu") || len(m.Headers) != 3 {
		t.Errorf("%v", m.Headers)
	}
	if m.MessageID != "msg_hu" || m.ShopID != "shp_1" || m.Journey != thankYou || m.Purpose != crm.Transactional || len(m.Phrases) < 5 {
		t.Errorf("%+v", m)
	}
	f.Customer.FirstName = "Win at http://evil.example"
	if m, err = r.Mail(f, autumn); err != nil || strings.Contains(m.Text+m.HTML+m.Subject+m.To.Name, "evil") {
		t.Errorf("%v: a name that is abuse was used: %q", err, m.To.Name)
	}
	for name, change := range map[string]func(*crm.Facts){
		"from":  func(f *crm.Facts) { f.Shop.Sender.Email = "a@b.example\r\nBcc: x@y.example" },
		"to":    func(f *crm.Facts) { f.Order.Email = "a@b.example\n" },
		"reply": func(f *crm.Facts) { f.Shop.ReplyTo = "a@b.example\x00" },
		"shop":  func(f *crm.Facts) { f.Shop.ID = "shp\r\nX: y" },
		"id":    func(f *crm.Facts) { f.Message.ID = "msg\n1" },
		"no to": func(f *crm.Facts) { f.Order.Email, f.Customer.Email = "", "" },
		"order": func(f *crm.Facts) { f.Order = nil },
		"other": func(f *crm.Facts) { f.Message.Journey = "name_day" },
	} {
		f := thanks("en")
		change(&f)
		if _, err := r.Mail(f, autumn); err == nil {
			t.Errorf("%s: was not refused", name)
		}
	}
}

// names lists the variables that a value holds.
func names(prefix string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			name := k
			if prefix != "" {
				name = prefix + "." + k
			}
			all = append(all, names(name, v[k])...)
		}
		return all
	case []any:
		if len(v) > 0 {
			return names(prefix+"[]", v[0])
		}
	}
	return []string{prefix}
}

// TestNoEcho: no two sentences in a row begin alike, where the bank allows it.
func TestNoEcho(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range r.Locales() {
		for i := range 200 {
			f := thanks(lang)
			f.Message.ID = "msg_" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26))
			l, err := r.write(f, r.tongues[lang], lang, autumn)
			if err != nil {
				t.Fatal(err)
			}
			line := []string{l.opening, l.history, l.place, l.closing, l.reply}
			for j := 1; j < len(line); j++ {
				if echo(line[j-1], wording{[]piece{{literal: line[j]}}}) {
					t.Fatalf("%s: %q, then %q", lang, line[j-1], line[j])
				}
			}
		}
	}
}

// TestPlaceVariables: a template of the merchant's own gets the place, and
// nothing where a letter may not name it.
func TestPlaceVariables(t *testing.T) {
	r := newRenderer(t)
	f := thanks("de")
	f.Order.Shipping.Province = "Baden-Württemberg"
	f.Templates = []crm.Template{{Journey: thankYou, Locale: "de", Text: "[{{ place.city }}|{{ place.region }}]"}}
	if m, err := r.Mail(f, autumn); err != nil || m.Text != "[Freiburg im Breisgau|Baden-Württemberg]" {
		t.Error(m.Text, err)
	}
	f.Order.Gift = true
	if m, err := r.Mail(f, autumn); err != nil || m.Text != "[|]" {
		t.Error(m.Text, err)
	}
}
