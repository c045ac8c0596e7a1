package pages

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// fallback is the language of last resort.
const fallback = "en"

// tongue is one language of the customer's own pages.
type tongue struct {
	Name    string            `yaml:"name"` // the language's own name
	Months  []string          `yaml:"months"`
	Streams map[string]string `yaml:"streams"` // names of journeys, by key
	Texts   map[string]said   `yaml:"texts"`
}

// said is a text in its two forms; one form serves both where they are alike.
type said struct{ Informal, Formal string }

// UnmarshalYAML takes a text, or its two forms.
func (s *said) UnmarshalYAML(read func(any) error) error {
	var one string
	if read(&one) == nil {
		*s = said{one, one}
		return nil
	}
	var two struct{ Informal, Formal string }
	if err := read(&two); err != nil {
		return err
	}
	*s = said(two)
	return nil
}

func (t *tongue) say(key string, formal bool, values ...string) (string, error) {
	s, ok := t.Texts[key]
	if !ok {
		return "", fmt.Errorf("pages: there is no text %q", key)
	}
	text := s.Informal
	if formal {
		text = s.Formal
	}
	pairs := make([]string, len(values))
	for i, v := range values {
		if pairs[i] = isolated(v); i%2 == 0 {
			pairs[i] = "{" + v + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// isolated keeps a name that is written from right to left from turning the
// sentence around it.
func isolated(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana)
	}) {
		return "\u2068" + s + "\u2069"
	}
	return s
}

var tongues = func() map[string]*tongue {
	texts, err := fs.Sub(textFiles, "texts")
	if err != nil {
		panic(err) // it is in the binary
	}
	return readTongues(texts)
}()

// readTongues reads a folder of files, each named after its language.
func readTongues(texts fs.FS) map[string]*tongue {
	all := map[string]*tongue{}
	names, err := fs.Glob(texts, "*.yaml")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(texts, name)
		if err != nil {
			panic(err) // it is in the binary
		}
		tag := strings.TrimSuffix(name, ".yaml")
		if tag == "fr" {
			text = []byte(french.Replace(string(text)))
		}
		t := &tongue{}
		if err := yaml.UnmarshalStrict(text, t); err != nil {
			panic("pages: " + name + ": " + err.Error()) // a test reads them all
		}
		all[tag] = t
	}
	return all
}

// french sets no-break spaces where French has them before and inside
// punctuation. A colon of the file's own form has no space before it.
var french = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?", "« ", "«\u00a0", " »", "\u00a0»")

// Language is a language that mails and pages can be had in.
type Language struct{ Tag, Name string }

var languages = func() []Language {
	var all []Language
	for _, tag := range slices.Sorted(maps.Keys(tongues)) {
		all = append(all, Language{tag, tongues[tag].Name})
	}
	return all
}()

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(languages))
	for i, l := range languages {
		tags[i] = language.Make(l.Tag)
	}
	return language.NewMatcher(tags)
}()

// LanguageOf is the language of the first tag that we speak: de for de-AT, fil
// for tl. A tag may be the value of an Accept-Language header. When we speak
// none, English.
func LanguageOf(tags ...string) string {
	for _, tag := range tags {
		wanted, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(tag, "_", "-"))
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, i, sure := matcher.Match(wanted...); sure >= language.High {
			return languages[i].Tag
		}
	}
	return fallback
}

// Speaks tells whether a tag is exactly one of Languages.
func Speaks(tag string) bool { return tongues[tag] != nil }
