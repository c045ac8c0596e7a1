package journeys

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
)

// possible tells whether mail to the address could arrive at all: one plain
// mailbox at a domain with a dot, within the limits of RFC 5321 section 4.5.3.1.
func possible(address string) bool {
	if len(address) > 254 || strings.ContainsAny(address, "\"<>(),;:[]") || strings.ContainsFunc(address, hidden) {
		return false
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || a.Address != address {
		return false
	}
	at := strings.LastIndexByte(address, '@')
	local, domain := address[:at], strings.ToLower(address[at+1:])
	labels := strings.Split(domain, ".")
	if len(local) > 64 || len(labels) < 2 || slices.ContainsFunc(labels, badLabel) {
		return false
	}
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" {
		return false
	}
	return last != "invalid" && last != "localhost" // RFC 6761: never resolve
}

// hidden tells white space, controls, and the marks that show nothing or turn
// the direction of writing: net/mail takes those beyond ASCII for letters.
func hidden(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }

// badLabel tells what cannot be a part of a domain: adapters bring domains
// into A-labels, so letters beyond ASCII are those that have no such form.
func badLabel(label string) bool {
	return label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
		strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
}
