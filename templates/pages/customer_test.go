package pages_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"gopkg.in/yaml.v2"

	"grazie/crm"
	"grazie/templates/pages"
)

func visit(locale string, formal bool) pages.Visit {
	return pages.Visit{Locale: locale, Formal: formal, Shop: "Bottega & Figli", Imprint: []string{"Bottega S.r.l.", "Via Roma 1"}}
}

// own are the customer's own pages in all their states.
func own(t *testing.T, v pages.Visit) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, u := range map[string]pages.Unsubscribe{
		"ask":             {Visit: v, Name: v.Stream("birthday_coupon", "x"), Preferences: "/p/token"},
		"ask for all":     {Visit: v},
		"stopped one":     {Visit: v, Name: v.Stream("birthday_coupon", "x"), Done: pages.StoppedStream, Preferences: "/p/token"},
		"stopped all":     {Visit: v, Done: pages.StoppedAll},
		"of another kind": {Visit: v, Name: v.Stream("name_day", "Name day"), Preferences: "/p/token"},
	} {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WriteUnsubscribe(b, u) })
	}
	choices := []pages.Choice{{Key: "birthday_coupon", Name: v.Stream("birthday_coupon", "x"), On: true, Was: true}, {Key: "review_request", Name: v.Stream("review_request", "x")}}
	for name, p := range map[string]pages.Preferences{
		"preferences":  {Visit: v, Choices: choices, Language: "it", LanguageWas: "it", AskBirthday: true, BirthdayWas: "02-29", Day: 29, Month: 2},
		"saved":        {Visit: v, Choices: choices, Language: "it", Saved: true, Blocked: true},
		"stopped":      {Visit: v, Choices: choices, Language: "it", Saved: true, Stopped: pages.StoppedAll},
		"no choice":    {Visit: v, Language: "it"},
		"bad birthday": {Visit: v, Choices: choices, Language: "it", AskBirthday: true, BadBirthday: true, Day: 31, Month: 2},
	} {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WritePreferences(b, p) })
	}
	for name, r := range map[string]pages.Review{
		"review":    {Visit: v, Order: "#1001", Goods: []string{"Olive oil"}},
		"no name":   {Visit: v},
		"again":     {Visit: v, Order: "#1001", Goods: []string{"Olive oil"}, Again: true, Rating: 2, Text: "\nLate", Publish: true},
		"no rating": {Visit: v, NoRating: true, Text: "Late"},
		"too long":  {Visit: v, TooLong: true, Rating: 5},
		"thanks":    {Visit: v, Thanks: true, Elsewhere: "https://reviews.example/bottega"},
	} {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WriteReview(b, r) })
	}
	for name, d := range dataPages(v) {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WriteData(b, d) })
	}
	for name, r := range returnsPages(v) {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WriteReturns(b, r) })
	}
	for name, p := range birthdayPages(v) {
		all[name] = render(t, func(b *bytes.Buffer) error { return pages.WriteBirthday(b, p) })
	}
	for _, trouble := range []pages.Trouble{pages.Lost, pages.Gone, pages.Away, pages.Large} {
		all[string(trouble)] = render(t, func(b *bytes.Buffer) error { return pages.WriteNotice(b, pages.Notice{Visit: v, Trouble: trouble}) })
	}
	return all
}

// Each page is one document in its language, whose fields all have names, and
// whose parts all find a style.
func TestOwnMarkup(t *testing.T) {
	css := string(pages.Style())
	for _, l := range (pages.Preferences{}).Languages() {
		for _, formal := range []bool{false, true} {
			for name, page := range own(t, visit(l.Tag, formal)) {
				at := l.Tag + ", " + name
				root, err := html.Parse(strings.NewReader(page))
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(page, "<!doctype html>\n<html lang=\""+l.Tag+"\">") {
					t.Errorf("%s begins %.60q", at, page)
				}
				count, ids, labels, wanted := map[string]int{}, map[string]bool{}, map[string]bool{}, []string(nil)
				for n := range root.Descendants() {
					if n.Type == html.TextNode && strings.ContainsAny(n.Data, "{}") {
						t.Errorf("%s: a value is missing in %q", at, n.Data)
					}
					if n.Type != html.ElementNode {
						continue
					}
					count[n.Data]++
					is := map[string]string{}
					for _, a := range n.Attr {
						is[a.Key] = a.Val
						if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
							t.Errorf("%s: the policy of the page forbids %s", at, a.Key)
						}
						if a.Key == "class" && !strings.Contains(css, "."+a.Val+" ") && !strings.Contains(css, "."+a.Val+",") {
							t.Errorf("%s: there is no style for %q", at, a.Val)
						}
					}
					if is["id"] != "" && ids[is["id"]] {
						t.Errorf("%s: two of %s", at, is["id"])
					}
					ids[is["id"]] = true
					labels[is["for"]] = true
					wanted = append(wanted, strings.Fields(is["aria-describedby"])...)
					field := n.Data == "select" || n.Data == "textarea" || n.Data == "input" && is["type"] != "hidden"
					if field && !labels[is["id"]] && n.Parent.Data != "label" {
						t.Errorf("%s: %s has no label", at, is["name"])
					}
					if n.Data == "form" && (is["method"] != "post" || is["action"] != "") {
						t.Errorf("%s: a form that leads elsewhere", at)
					}
				}
				for _, once := range []string{"title", "h1", "main", "header", "footer"} {
					if count[once] != 1 {
						t.Errorf("%s: %d of %s", at, count[once], once)
					}
				}
				if count["script"]+count["style"]+count["img"] != 0 || count["fieldset"] != count["legend"] {
					t.Errorf("%s: %v", at, count)
				}
				for _, id := range wanted {
					if !ids[id] {
						t.Errorf("%s: nothing is called %s", at, id)
					}
				}
			}
		}
	}
}

// What is written by others is text, wherever it stands.
func TestOwnPagesEscape(t *testing.T) {
	const evil = `</title></textarea><script>alert(1)</script>"' onfocus=x`
	v := visit("en", false)
	v.Shop, v.Imprint = evil, []string{evil}
	for name, page := range map[string]string{
		"review": render(t, func(b *bytes.Buffer) error {
			return pages.WriteReview(b, pages.Review{Visit: v, Order: evil, Goods: []string{evil}, Text: evil, Elsewhere: "javascript:alert(1)", Thanks: false})
		}),
		"thanks": render(t, func(b *bytes.Buffer) error {
			return pages.WriteReview(b, pages.Review{Visit: v, Thanks: true, Elsewhere: "javascript:alert(1)"})
		}),
		"unsubscribe": render(t, func(b *bytes.Buffer) error { return pages.WriteUnsubscribe(b, pages.Unsubscribe{Visit: v, Name: evil}) }),
		"preferences": render(t, func(b *bytes.Buffer) error {
			return pages.WritePreferences(b, pages.Preferences{Visit: v, Choices: []pages.Choice{{Key: evil, Name: evil, Was: true}}, LanguageWas: evil, AskBirthday: true, BirthdayWas: evil})
		}),
	} {
		if strings.Contains(page, "<script") || strings.Contains(page, `" onfocus`) || strings.Contains(page, `"javascript:`) {
			t.Errorf("%s:\n%s", name, page)
		}
	}
	// A text begins as it was written, although HTML drops a first line break.
	root, err := html.Parse(strings.NewReader(render(t, func(b *bytes.Buffer) error { return pages.WriteReview(b, pages.Review{Visit: v, Text: "\nLate"}) })))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Data == "textarea" && n.FirstChild.Data != "\nLate" {
			t.Errorf("%q", n.FirstChild.Data)
		}
	}
}

type texts struct {
	Months  []string
	Streams map[string]string
	Texts   map[string]any
}

// Every language says all that English says, with the same values in it.
func TestLanguagesAreComplete(t *testing.T) {
	read := func(path string) (x texts) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, &x); err != nil {
			t.Fatal(path, err)
		}
		return x
	}
	value := regexp.MustCompile(`\{\w+\}`)
	values := func(form any) []string {
		s, _ := form.(string)
		found := value.FindAllString(s, -1)
		slices.Sort(found)
		return found
	}
	files, err := filepath.Glob("texts/*.yaml")
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	english := read("texts/en.yaml")
	for _, path := range files {
		x := read(path)
		if a, b := slices.Sorted(maps.Keys(x.Texts)), slices.Sorted(maps.Keys(english.Texts)); !slices.Equal(a, b) {
			t.Errorf("%s has other texts: %q", path, a)
		}
		if a, b := slices.Sorted(maps.Keys(x.Streams)), slices.Sorted(maps.Keys(english.Streams)); !slices.Equal(a, b) || len(x.Months) != 12 {
			t.Errorf("%s: %q, %d months", path, a, len(x.Months))
		}
		for key, text := range x.Texts {
			forms := []any{text}
			if two, ok := text.(map[any]any); ok {
				forms = []any{two["informal"], two["formal"]}
			}
			for _, form := range forms {
				if s, _ := form.(string); strings.TrimSpace(s) == "" || strings.Contains(s, "--") {
					t.Errorf("%s: %s is %q", path, key, form)
				}
				if a, b := values(form), values(english.Texts[key]); !slices.Equal(a, b) {
					t.Errorf("%s: %s has %v, in English %v", path, key, a, b)
				}
			}
		}
	}
}

func TestForms(t *testing.T) {
	say := func(v pages.Visit, key string, values ...string) string {
		t.Helper()
		s, err := v.Say(key, values...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if du, sie := say(visit("de", false), "review.title"), say(visit("de", true), "review.title"); du != "Wie hat es dir gefallen?" || sie != "Wie hat es Ihnen gefallen?" {
		t.Error(du, sie)
	}
	if s := say(visit("fr", true), "unsubscribe.lead"); s != "Quels mails de Bottega & Figli ne doivent plus arriver\u00a0?" {
		t.Errorf("%q", s)
	}
	if s := say(visit("fr", true), "unsubscribe.stream", "stream", "x"); s != "Arrêter «\u00a0x\u00a0»" {
		t.Errorf("%q", s)
	}
	arabic := pages.Visit{Locale: "en", Shop: "متجر"}
	if s := say(arabic, "preferences.lead"); s != "What \u2068متجر\u2069 may send you by mail." {
		t.Errorf("%q", s)
	}
	// A name is no place for another value.
	if s := say(pages.Visit{Locale: "en", Shop: "{stream}"}, "unsubscribe.lead", "stream", "x"); s != "Which mails from {stream} should stop?" {
		t.Errorf("%q", s)
	}
	if _, err := visit("en", false).Say("no.such"); err == nil {
		t.Error("a text that there is not was said")
	}
	if name := visit("de", false).Stream("name_day", "Name day"); name != "Name day" {
		t.Error(name)
	}
}

func TestLanguageOf(t *testing.T) {
	for want, tags := range map[string][]string{
		"de": {"de-AT"}, "fil": {"tl"}, "es": {"", "es_MX"}, "sl": {"xx", "sl"}, "fr": {"pt-BR", "fr-CA;q=0.9, en;q=0.1"}, "en": {"nonsense!", ""}, "it": {"it", "de"}, "hu": {"HU"},
	} {
		if got := pages.LanguageOf(tags...); got != want {
			t.Errorf("%q: %s, want %s", tags, got, want)
		}
	}
	if pages.LanguageOf() != "en" || pages.Speaks("de-AT") || !pages.Speaks("fil") {
		t.Error("the languages there are")
	}
}

// Fields have borders that can be seen, buttons and warnings can be read
// (WCAG 2.2, 1.4.3 and 1.4.11).
func TestOwnContrast(t *testing.T) {
	colour := regexp.MustCompile(`--(\w+): #([0-9a-f]{6})`)
	for i, css := range strings.SplitN(string(pages.Style()), "prefers-color-scheme: dark", 2) {
		is := map[string]float64{}
		for _, m := range colour.FindAllStringSubmatch(css, -1) {
			is[m[1]] = luminance(m[2])
		}
		for _, pair := range []struct {
			ink, ground string
			least       float64
		}{{"alarm", "card", 4.5}, {"alarm", "paper", 4.5}, {"card", "link", 4.5}, {"link", "paper", 4.5}, {"edge", "card", 3}, {"edge", "paper", 3}} {
			both := []float64{is[pair.ink] + .05, is[pair.ground] + .05}
			if ratio := slices.Max(both) / slices.Min(both); ratio < pair.least || is[pair.ink] == is[pair.ground] {
				t.Errorf("scheme %d: %s on %s: %.2f", i, pair.ink, pair.ground, ratio)
			}
		}
	}
}

func TestImprint(t *testing.T) {
	if got := pages.ImprintOf(crm.Shop{PostalAddress: "Via Roma 1"}); !slices.Equal(got, []string{"Via Roma 1"}) {
		t.Errorf("%q", got)
	}
}
