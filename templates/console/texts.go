package console

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

// Languages are those of the console.
var Languages = []string{"en", "it"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Italian})

// Language is the language of the first tag that the console speaks; a tag may be
// the value of an Accept-Language header. Else English.
func Language(tags ...string) string {
	for _, tag := range tags {
		wanted, _, err := language.ParseAcceptLanguage(tag)
		if err != nil || len(wanted) == 0 {
			continue
		}
		if _, i, sure := matcher.Match(wanted...); sure >= language.High {
			return Languages[i]
		}
	}
	return Languages[0]
}

// texts are all words, by language and key. Each file of a language is an area,
// and its keys begin with the area's name and a dot.
var texts = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		all[lang] = map[string]string{}
		names, err := fs.Glob(files, "texts/"+lang+"/*.yaml")
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			text, err := files.ReadFile(name)
			if err != nil {
				panic(err) // it is in the binary
			}
			area := map[string]string{}
			if err := yaml.UnmarshalStrict(text, &area); err != nil {
				panic("console: " + name + ": " + err.Error()) // a test reads them all
			}
			prefix := strings.TrimSuffix(path.Base(name), ".yaml") + "."
			for key, said := range area {
				all[lang][prefix+key] = said
			}
		}
	}
	return all
})

// Has tells whether there is a text.
func Has(lang, key string) bool { _, ok := texts()[lang][key]; return ok }

// Say is a text in a language. The values come in pairs of a name and what stands
// for "{name}" in it. A text that is not there is an error: a page with a hole is
// not shown.
func Say(lang, key string, values ...any) (string, error) {
	text, ok := texts()[lang][key]
	if !ok {
		return "", fmt.Errorf("console: there is no text %q in %q", key, lang)
	}
	if len(values)%2 != 0 {
		return "", fmt.Errorf("console: %q is given a name without a value", key)
	}
	pairs := make([]string, len(values))
	for i, v := range values {
		if s := fmt.Sprint(v); i%2 == 0 {
			pairs[i] = "{" + s + "}"
		} else {
			pairs[i] = isolated(s)
		}
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// Say is a text in the language of the page.
func (p *Page) Say(key string, values ...any) (string, error) { return Say(p.Lang, key, values...) }

// SayOr is Say, or else what is given where there is no such text.
func (p *Page) SayOr(key, otherwise string) (string, error) {
	if !Has(p.Lang, key) {
		return otherwise, nil
	}
	return p.Say(key)
}

// Count is a text for a number: "key.one" for 1, else "key.other", with {n}.
func (p *Page) Count(key string, n any, values ...any) (string, error) {
	form := ".other"
	if fmt.Sprint(n) == "1" {
		form = ".one"
	}
	return p.Say(key+form, append(values, "n", n)...)
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
