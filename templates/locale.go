package templates

import (
	"slices"
	"strings"

	"golang.org/x/text/language"

	"grazie/crm"
)

// fallback is the language of last resort.
const fallback = "en"

// choose finds the language of a mail: the customer's, the order's, the shop's,
// English; the first that we speak (mail-and-domain.md, 5.2). It returns the
// tag that led to it, for the merchant's own templates.
func (r *Renderer) choose(f crm.Facts) (*tongue, string) {
	tags := [...]string{f.Customer.Locale, "", f.Shop.Locale}
	if f.Order != nil {
		tags[1] = f.Order.Locale
	}
	for _, tag := range tags {
		if t := r.speak(tag); t != nil {
			return t, tag
		}
	}
	return r.tongues[fallback], fallback
}

// speak is our language for a BCP 47 tag: de for de-AT and for gsw, fil for tl;
// nil when we have none that its readers know well.
func (r *Renderer) speak(tag string) *tongue {
	if tag == "" {
		return nil
	}
	if t := r.tongues[baseOf(tag)]; t != nil {
		return t
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return nil
	}
	if _, i, sure := r.matcher.Match(parsed); sure >= language.High {
		return r.tongues[r.locales[i]]
	}
	return nil
}

// baseOf is the language of a tag without region and script, in small letters.
func baseOf(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

// own is the merchant's template for a journey and language: the one for the
// very tag before one for the same language.
func (r *Renderer) own(f crm.Facts, t *tongue, tag string) crm.Template {
	var found crm.Template
	for _, own := range f.Templates {
		if own.Journey != f.Message.Journey || r.speak(own.Locale) != t {
			continue
		}
		if strings.EqualFold(own.Locale, tag) {
			return own
		}
		if found.Locale == "" || own.Locale < found.Locale {
			found = own
		}
	}
	return found
}

// Locales lists the built-in languages.
func (r *Renderer) Locales() []string { return slices.Clone(r.locales) }
