package templates

import (
	stdhtml "html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"grazie/crm"
)

// kinds are the mails of the gestures beside the thank-you, each with what
// makes it of its kind.
var kinds = []struct {
	name, journey string
	change        func(*crm.Facts)
}{
	{"birthday", birthday, func(f *crm.Facts) {}},
	{"birthday-ahead", birthday, func(f *crm.Facts) { f.Message.Subject = "birthday:7:2026-10-15" }},
	{"birthday-late", birthday, func(f *crm.Facts) { f.Message.Subject = "birthday:7:2026-10-10" }},
	{"birthday-reminder", birthday, reminds},
	{"anniversary", anniversary, func(f *crm.Facts) { f.Effects[0].Code.Kind = crm.FreeShipping }},
	{"anniversary-reminder", anniversary, reminds},
	{"review", reviewRequest, func(f *crm.Facts) {}},
	{"review-reminder", reviewRequest, reminds},
	{"return", returnUpgrade, func(f *crm.Facts) { f.Effects = f.Effects[:1] }},
	{"return-exchange", returnUpgrade, func(f *crm.Facts) {}},
	{"return-words", returnUpgrade, func(f *crm.Facts) {
		f.Effects, f.Returns[0].Lines = nil, nil
		f.Settings = crm.Values{settingInstructions: "Bottega Lina\nVia dei Neri 12\n50122 Firenze"}
	}},
	{"apology", apology, func(f *crm.Facts) { f.Effects = nil }},
	{"apology-code", apology, func(f *crm.Facts) { f.Message.Ask.Offer = crm.OfferCode }},
	{"apology-shipping", apology, func(f *crm.Facts) {
		f.Effects[0].Code.Kind, f.Message.Ask.Offer = crm.FreeShipping, crm.OfferFreeShipping
		f.Message.Ask.Note = "Paolo sends his greetings as well."
		f.Message.Purpose, f.Links = crm.Marketing, customerLinks
	}},
}

var customerLinks = crm.Links{
	Unsubscribe: "https://grazie.lina.example/u/Zm9vYmFyYmF6&x", Preferences: "https://grazie.lina.example/p/Zm9vYmFyYmF6", Review: "https://grazie.lina.example/r/Zm9vYmFyYmF6",
}

// reminds makes a message the reminder of the one that it was.
func reminds(f *crm.Facts) {
	origin := f.Message
	origin.ID = "msg_first"
	f.Origin, f.Message.Subject = &origin, crm.ReminderOf(f.Message.Subject)
	for i := range f.Effects {
		f.Effects[i].MessageID = origin.ID
	}
}

// gestures in a language, with everything known.
func gestureFacts(journey, lang string) crm.Facts {
	f := thanks(lang)
	f.Message.ID, f.Message.Journey, f.Message.CustomerID = "msg_"+lang, journey, "7"
	f.Zone, f.Shop.Timezone = "Europe/Rome", "Europe/Rome"
	code := crm.Effect{
		ID: "eff_1", ShopID: "shp_1", MessageID: f.Message.ID, CustomerID: "7", Kind: crm.DiscountCodeMade, State: crm.EffectDone,
		Code: &crm.DiscountCode{
			Code: "GRAZIE-7KQ2M-9XTBC", CustomerID: "7", Kind: crm.Percentage, Percent: 15, Minimum: crm.Money{Minor: 4990, Currency: "EUR"},
			EndsAt: time.Date(2026, time.November, 13, 22, 59, 59, 0, time.UTC), Zone: "Europe/Rome", WithShipping: true,
		},
	}
	switch journey {
	case birthday, anniversary:
		f.Message.Purpose, f.Links, f.Order = crm.Marketing, customerLinks, nil
		f.Message.Subject = "birthday:7:2026-10-12"
		f.FirstOrder = time.Date(2024, time.October, 12, 9, 0, 0, 0, time.UTC)
		f.Effects = []crm.Effect{code}
	case reviewRequest:
		f.Message.Purpose, f.Links, f.Message.Subject = crm.Marketing, customerLinks, "review:1"
	case returnUpgrade:
		f.Message.Subject, f.Message.ReturnID = "return:9", "9"
		f.Returns = []crm.Return{{ID: "9", Name: "#1001-R1", OrderID: "1", CustomerID: "7", Lines: []crm.ReturnLine{{Title: people[lang].product, Quantity: 1}}}}
		f.Effects = []crm.Effect{
			{ShopID: "shp_1", MessageID: f.Message.ID, CustomerID: "7", Kind: crm.LabelBought, State: crm.EffectDone, Label: &crm.Label{
				By: "easypost", ReturnID: "9", URL: "https://labels.example/9.pdf?a=1&b=2", Carrier: "DHL", Tracking: "00340434161094", TrackingURL: "https://track.example/00340434161094",
			}},
			{ShopID: "shp_1", MessageID: f.Message.ID, CustomerID: "7", Kind: crm.ReplacementPlaced, State: crm.EffectDone, Replacement: &crm.Replacement{ReturnID: "9"}},
		}
	case apology:
		f.Message.Subject, f.Message.Ask = "apology:1", &crm.Ask{By: "Marta", Offer: crm.OfferNone}
		f.Effects = []crm.Effect{code}
	}
	return f
}

// TestGestures: every mail of every gesture in every language is as it was
// last looked at.
func TestGestures(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range r.Locales() {
		for _, k := range kinds {
			for _, formal := range []bool{false, true} {
				f := gestureFacts(k.journey, lang)
				f.Shop.Formal = formal
				k.change(&f)
				m, err := r.Mail(f, autumn)
				if err != nil {
					t.Fatal(lang, k.name, err)
				}
				name := k.name
				if formal {
					name += "-formal"
				}
				golden(t, lang, name+".txt", "Subject: "+m.Subject+"\nPhrases: "+strings.Join(m.Phrases, " ")+"\n\n"+m.Text)
				if lang == "en" && !formal {
					golden(t, lang, name+".html", m.HTML)
				}
				if *sampleDir != "" {
					write(t, filepath.Join(*sampleDir, lang+"-"+name+".html"), m.HTML)
				}
				holds(t, lang+" "+name, f, m)
			}
		}
	}
}

var (
	hrefs = regexp.MustCompile(`href="([^"]*)"`)
	urls  = regexp.MustCompile(`https?://\S+`)
)

// holds looks at what is true of every mail.
func holds(t interface {
	Helper()
	Errorf(string, ...any)
}, name string, f crm.Facts, m crm.Mail) {
	t.Helper()
	if m.Purpose != f.Message.Purpose || m.Journey != f.Message.Journey || m.MessageID != f.Message.ID || m.Subject == "" || graphemes(m.Subject) > maxSubject {
		t.Errorf("%s: head of the mail: %+v", name, m)
	}
	if len(m.HTML) > 60<<10 {
		t.Errorf("%s: %d bytes of HTML", name, len(m.HTML))
	}
	for _, s := range []string{m.Subject, m.HTML, m.Text} {
		if at := hole.FindString(s); at != "" {
			t.Errorf("%s: %q is left open", name, at)
		}
	}
	body := tagsOut.ReplaceAllString(m.HTML[strings.Index(m.HTML, "<body"):], "\n")
	for line := range strings.SplitSeq(m.Text+"\n"+stdhtml.UnescapeString(body), "\n") {
		if strings.Contains(line, "  ") || strings.Contains(line, " ,") || strings.Contains(line, "..") || strings.Contains(line, " .") {
			t.Errorf("%s: %q", name, line)
		}
	}
	if strings.Contains(m.Text, "\n\n\n") {
		t.Errorf("%s: a hole in the text:\n%s", name, m.Text)
	}
	var inHTML []string
	for _, match := range hrefs.FindAllStringSubmatch(m.HTML, -1) {
		inHTML = append(inHTML, stdhtml.UnescapeString(match[1]))
	}
	inText := urls.FindAllString(m.Text, -1)
	slices.Sort(inHTML)
	slices.Sort(inText)
	if !slices.Equal(inHTML, inText) {
		t.Errorf("%s: links of the HTML %v, of the text %v", name, inHTML, inText)
	}
	if tables := strings.Count(m.HTML, "<table"); tables != strings.Count(m.HTML, `<table role="presentation"`) {
		t.Errorf("%s: a table that is not for layout", name)
	}
	marketing := f.Message.Purpose == crm.Marketing
	for _, link := range []string{f.Links.Unsubscribe, f.Links.Preferences} {
		if marketing != (link != "" && slices.Contains(inHTML, link)) {
			t.Errorf("%s: the way out in mail that is %s: %v", name, m.Purpose, inHTML)
		}
	}
	if marketing && !strings.Contains(m.Text, "Bottega Lina srl\nVia dei Neri 12") {
		t.Errorf("%s: no imprint:\n%s", name, m.Text)
	}
	headersHold(t, name, marketing, f, m.Headers)
}

func headersHold(t interface {
	Helper()
	Errorf(string, ...any)
}, name string, marketing bool, f crm.Facts, have map[string]string) {
	t.Helper()
	want := []string{"Auto-Submitted", "Feedback-ID", "X-Entity-Ref-ID"}
	if marketing {
		want = append(want, "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
		if have["List-Unsubscribe"] != "<"+f.Links.Unsubscribe+">" || have["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
			t.Errorf("%s: %v", name, have)
		}
	}
	for _, h := range want {
		if v := have[h]; v == "" || len(v) > 900 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: %s is %q", name, h, v)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%s: headers %v", name, have)
	}
	fields := strings.Split(have["Feedback-ID"], ":")
	if slices.Sort(fields); len(fields) != 4 || len(slices.Compact(fields)) != 4 {
		t.Errorf("%s: Feedback-ID %q", name, have["Feedback-ID"])
	}
}

// TestGestureWords: what these mails must never say, in any sentence of any
// language (mail-and-domain.md, R3, R4, R5).
func TestGestureWords(t *testing.T) {
	r := newRenderer(t)
	never := regexp.MustCompile(`(?i)[★⭐]|\b5\b|five star|stelle|Sterne|étoile|estrella|zvezdic|csillag|bituin|discount|gutschein|sconto|descuento|réduction|popust|kedvezmény|diskuwento`)
	for tag, lang := range r.tongues {
		for part, g := range lang.Letters[reviewRequest] {
			for _, p := range g {
				for _, formal := range []bool{false, true} {
					if s := p.in(formal).fill(&values{}); never.MatchString(s) {
						t.Errorf("%s %s %s: %q asks for stars or offers something", tag, part, p.key, s)
					}
				}
			}
		}
		for _, journey := range []string{birthday, anniversary} {
			for _, g := range lang.Letters[journey] {
				for _, p := range g {
					if s := p.informal.fill(&values{}); regexp.MustCompile(`(?i)\d|years? old|alter |età|edad|\bâge|starost|éves|gulang`).MatchString(s) {
						t.Errorf("%s %s: %q speaks of an age", tag, p.key, s)
					}
				}
			}
		}
	}
	for _, k := range kinds {
		f := gestureFacts(k.journey, "en")
		k.change(&f)
		f.Links.Review = "https://grazie.lina.example/r/x"
		m, err := r.Mail(f, autumn)
		if err != nil {
			t.Fatal(err)
		}
		if asks := strings.Contains(m.HTML, f.Links.Review); asks != (k.journey == reviewRequest) {
			t.Errorf("%s: a link to the review page: %v", k.name, asks)
		}
	}
}

// TestNoteStandsAlone: a line of staff's own is a paragraph in every journey,
// escaped, and not endless.
func TestNoteStandsAlone(t *testing.T) {
	r := newRenderer(t)
	for _, journey := range r.Journeys() {
		f := gestureFacts(journey, "de")
		ask := crm.Ask{Note: "Liebe Grüße\nvom <b>ganzen</b> Team & mir  –  danke."}
		f.Message.Ask = &ask
		if journey == birthday || journey == anniversary {
			f.Order = nil
		}
		m, err := r.Mail(f, autumn)
		if err != nil {
			t.Fatal(journey, err)
		}
		if !strings.Contains(m.Text, "\n\nLiebe Grüße vom <b>ganzen</b> Team & mir – danke.\n\n") || !strings.Contains(m.HTML, ">Liebe Grüße vom &lt;b&gt;ganzen&lt;/b&gt; Team &amp; mir – danke.</p>") {
			t.Errorf("%s:\n%s", journey, m.Text)
		}
		ask.Note = strings.Repeat("sehr ", 1000)
		if m, err = r.Mail(f, autumn); err != nil || strings.Count(m.Text, "sehr") > maxNote/5 {
			t.Errorf("%s: %v, a note of %d words", journey, err, strings.Count(m.Text, "sehr"))
		}
	}
}

// TestSentencesOfTheYears: over the years no birthday letter says again what
// an earlier one said, while other sentences are left.
func TestSentencesOfTheYears(t *testing.T) {
	r := newRenderer(t)
	for _, lang := range r.Locales() {
		f := gestureFacts(birthday, lang)
		for year := range 4 {
			f.Message.ID = "msg_" + lang + string(rune('a'+year))
			f.Effects[0].MessageID = f.Message.ID
			m, err := r.Mail(f, autumn)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range m.Phrases {
				if slices.Contains(f.Phrases, k) {
					t.Errorf("%s, year %d: %s again", lang, year, k)
				}
			}
			f.Phrases = append(f.Phrases, m.Phrases...)
		}
	}
}
