package integrations

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"grazie/crm"
)

// domains maps a domain as people write it to the form it has on the wire:
// UTS 46, non-transitional, so that "straße.example" keeps its own name
// (mail-and-domain.md, section 5.3).
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// Email normalises an address that came from outside: address is what can be
// written to, trimmed and with its domain in A-labels; key is what is
// compared, see crm.EmailKey. Whether such an address can exist is not judged
// here: what cannot be normalised is only trimmed, and a later gate reports it.
func Email(raw string) (address, key string) {
	address = strings.TrimFunc(raw, blank)
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = address[:at+1] + domain(address[at+1:])
	}
	return address, crm.EmailKey(address)
}

func domain(name string) string {
	if ascii(name) { // what UTS 46 would do to it, a hundred times cheaper
		return strings.ToLower(name)
	}
	if wire, err := domains.ToASCII(name); err == nil {
		return wire
	}
	return name
}

// blank tells white space and the invisible marks that come along when an
// address is copied from a page.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' || unicode.Is(unicode.Bidi_Control, r)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
