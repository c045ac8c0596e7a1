package integrations

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"grazie/crm"
)

const hidden = "(address)"

// telling are words that stand in addresses and that services need to say what
// is wrong with one.
var telling = map[string]bool{
	"street": true, "address": true, "road": true, "house": true, "number": true, "city": true, "state": true, "zip": true,
	"the": true, "is": true, "not": true, "no": true, "of": true, "and": true, "in": true, "for": true, "to": true,
}

var (
	tail = regexp.MustCompile(`\(address\)(?:-?\d+)+`)             // what services append to a postcode: ZIP+4
	run  = regexp.MustCompile(`\(address\)(?:[ ,.]+\(address\))+`) // several words of one address
)

// HideAddresses takes every word of the addresses out of what a label service
// said, however the service spelled it: they like to repeat what they refuse.
func HideAddresses(text string, addresses ...crm.PostalAddress) string {
	private := map[string]bool{}
	for _, a := range addresses {
		for _, part := range []string{a.Name, a.Company, a.Street1, a.Street2, a.City, a.Zip, a.Phone, a.Email} {
			folded := fold(part)
			for _, word := range strings.FieldsFunc(folded, apart) {
				private[word] = true
			}
			private[strings.Join(strings.FieldsFunc(folded, apart), "")] = true // 555 123 as 555123
		}
	}
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if apart(r) {
			b.WriteString(text[:size])
			text = text[size:]
			continue
		}
		end := strings.IndexFunc(text, apart)
		if end < 0 {
			end = len(text)
		}
		word := fold(text[:end])
		if private[word] && !telling[word] && utf8.RuneCountInString(word) > 1 || long(word) {
			b.WriteString(hidden)
		} else {
			b.WriteString(text[:end])
		}
		text = text[end:]
	}
	return run.ReplaceAllString(tail.ReplaceAllString(b.String(), hidden), hidden)
}

// long tells what may be a telephone number, with or without its country's.
func long(word string) bool {
	return len(word) >= 7 && strings.Trim(word, "0123456789") == ""
}

// apart tells what stands between two words.
func apart(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
}

// fold makes two spellings of a word one: "MULLER" is "Müller".
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ReplaceAll(strings.ToLower(s), "ß", "ss")))
}
