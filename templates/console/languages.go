package console

import (
	"cmp"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// LanguageName is what a language is called in the language of the page; its tag,
// where it has no name.
func (p *Page) LanguageName(tag string) string {
	return cmp.Or(display.Tags(language.Make(p.Lang)).Name(language.Make(tag)), tag)
}
