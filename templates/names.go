package templates

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"grazie/crm"
)

// maxName is the longest name that is used; longer ones carry a message
// (mail-and-domain.md, 5.3).
const maxName = 40

// encodedWord is what some mail programs decode even inside a quoted name.
var encodedWord = regexp.MustCompile(`=\?[^\s]*?\?=`)

var unfit = strings.NewReplacer("=?", " ", ";", " ", ",", " ")

// cleanName is a display name that may stand in a header or a text: no control
// or turning characters, no encoded words, no ; or , (SendGrid refuses them).
// A name that looks like abuse of the mail is empty (mail-and-domain.md, 5.3).
func cleanName(s string) string {
	s = cleanLabel(s)
	if utf8.RuneCountInString(s) > maxName || strings.Contains(s, "@") || linked(s) {
		return ""
	}
	return s
}

// cleanLabel is cleanName for what the merchant named herself: it may be long.
func cleanLabel(s string) string {
	if s == "" {
		return ""
	}
	// Cleaned first: what it drops could stand between the signs looked for.
	s = clean(strings.ToValidUTF8(s, ""))
	if !strings.Contains(s, "=?") && !strings.ContainsAny(s, ";,") {
		return s
	}
	s = encodedWord.ReplaceAllString(s, " ")
	return clean(unfit.Replace(s))
}

// clean is crm.Clean without the spaces around, and without more marks that
// show nothing.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != zwj {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(crm.Clean(s))
}

// sayable is a name that can stand in a sentence: one with a letter or a digit.
func sayable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return ""
	}
	return isolate(s)
}

// linked tells whether a mail program would make a link of it.
func linked(s string) bool {
	return strings.Contains(s, "://") || strings.Contains(strings.ToLower(s), "www.")
}

// nobody are words that stand in name fields and name nobody.
var nobody = map[string]bool{
	"test": true, "tester": true, "testing": true, "test test": true, "prova": true, "proba": true, "teszt": true, "essai": true,
	"na": true, "n/a": true, "none": true, "null": true, "nil": true, "undefined": true, "unknown": true, "anonymous": true,
	"guest": true, "gast": true, "invitado": true, "invite": true, "ospite": true, "gost": true, "vendeg": true, "bisita": true,
	"customer": true, "kunde": true, "kundin": true, "client": true, "cliente": true, "stranka": true, "vasarlo": true,
	"user": true, "admin": true, "name": true, "vorname": true, "nome": true, "nombre": true, "prenom": true, "ime": true,
	"first name": true, "firstname": true, "last name": true, "lastname": true, "nachname": true,
	"asdf": true, "qwerty": true, "qwertz": true, "abc": true, "xyz": true, "aaa": true, "xxx": true, "xx": true, "no name": true, "noname": true,
	"mr": true, "mrs": true, "ms": true, "miss": true, "herr": true, "frau": true, "sir": true, "madam": true, "dr": true,
	"info": true, "office": true, "shop": true, "company": true, "firma": true,
}

// firstName is a first name as a letter may use it, or empty: one letter,
// digits, test entries and addresses in the field give a neutral greeting
// (mail-and-domain.md, 5.2).
func firstName(s string) string {
	s = cleanName(s)
	if s == "" || nobody[strings.Trim(fold(s), ".")] {
		return ""
	}
	n, han := 0, false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			n++
			han = han || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hangul, r)
		case unicode.Is(unicode.M, r), r == ' ', r == '-', r == '\'', r == '’', r == '.', r == '·', r == zwj:
		default:
			return ""
		}
	}
	if first, _ := utf8.DecodeRuneInString(s); n < 2 && !han || !unicode.IsLetter(first) {
		return ""
	}
	if repeated(s) {
		return ""
	}
	// "Anna M." is greeted as Anna.
	if i := strings.LastIndexByte(s, ' '); i > 0 && letters(s[i:]) == 1 && letters(s[:i]) > 1 && !han {
		s = s[:i]
	}
	if shouted(s) {
		s = titled(s)
	}
	return strings.TrimRight(s, " -'’")
}

// repeated tells whether a name is one letter over and over.
func repeated(s string) bool {
	first, n := utf8.DecodeRuneInString(s)
	return len(s) > n && strings.Trim(strings.ToLower(s), strings.ToLower(string(first))) == "" && letters(s) > 2
}

// customerNames are the first name and the full name that a letter may use.
// The buyer's own fields come first, then those of the bill; never those of
// the parcel, which may be for somebody else.
func customerNames(f crm.Facts, familyFirst bool) (first, full string) {
	first, last := f.Customer.FirstName, f.Customer.LastName
	if firstName(first) == "" && f.Order != nil && f.Order.Billing != nil {
		first, last = f.Order.Billing.FirstName, f.Order.Billing.LastName
	}
	if first = firstName(first); first == "" {
		return "", ""
	}
	// The rules for a first name hold for the last name of a letter too.
	last = firstName(last)
	if full = joinName(first, last, familyFirst); utf8.RuneCountInString(full) > maxName {
		full = first
	}
	return isolate(first), isolate(full)
}

func joinName(first, last string, familyFirst bool) string {
	switch {
	case last == "" || fold(first) == fold(last) || strings.HasSuffix(fold(first), " "+fold(last)):
		return first
	case familyFirst:
		return last + " " + first
	}
	return first + " " + last
}

// toName is the display name in the To of the mail.
func toName(f crm.Facts, familyFirst bool) string {
	first, last := cleanName(f.Customer.FirstName), cleanName(f.Customer.LastName)
	if first == "" {
		return "" // a last name alone, or none fit to use
	}
	return cleanName(joinName(first, last, familyFirst))
}

// otherPerson tells whether the parcel goes to somebody else than the buyer:
// the names share no more than a family name (mail-and-domain.md, 4.10).
// Middle names, initials and swapped fields make no other person.
func otherPerson(f crm.Facts) bool {
	ship := f.Order.Shipping
	if ship == nil {
		return false
	}
	to := strings.FieldsFunc(fold(ship.FirstName+" "+ship.LastName), separator)
	by := strings.FieldsFunc(fold(f.Customer.FirstName+" "+f.Customer.LastName), separator)
	if len(by) == 0 && f.Order.Billing != nil {
		by = strings.FieldsFunc(fold(f.Order.Billing.FirstName+" "+f.Order.Billing.LastName), separator)
	}
	if len(to) == 0 || len(by) == 0 {
		return false
	}
	return !within(to, by) && !within(by, to)
}

func separator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// within tells whether every word of a stands in b, an initial for its name.
func within(a, b []string) bool {
	for _, x := range a {
		found := false
		for _, y := range b {
			if x == y || utf8.RuneCountInString(x) == 1 && strings.HasPrefix(y, x) || utf8.RuneCountInString(y) == 1 && strings.HasPrefix(x, y) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
