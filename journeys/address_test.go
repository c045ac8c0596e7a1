package journeys_test

import (
	"strings"
	"testing"

	"grazie/crm"
	"grazie/journeys"
)

// TestPossibleAddress reads addresses as adapters hand them over: trimmed,
// with the domain in A-labels where it has such a form.
func TestPossibleAddress(t *testing.T) {
	label := strings.Repeat("d", 63)
	for _, c := range []struct {
		what, address string
		possible      bool
	}{
		{"a plain one", "anna@mail.example", true},
		{"a plus tag and dots", "anna.m+shop@mail.example", true},
		{"signs that RFC 5322 allows", "o'brien!#$%&*/=?^_`{|}~-@mail.example", true},
		{"capitals", "Anna@Mail.Example", true},
		{"letters beyond ASCII before the at", "käthe@mail.example", true},
		{"another script before the at", "用户@mail.example", true},
		{"an A-label", "anna@xn--bcher-kva.example", true},
		{"digits in the domain", "anna@4711.example", true},
		{"one letter each", "a@b.cd", true},
		{"64 octets before the at", strings.Repeat("a", 64) + "@mail.example", true},
		{"a label of 63", "anna@" + label + ".example", true},
		{"254 octets", strings.Repeat("a", 62) + "@" + label + "." + label + "." + label, true},

		{"65 octets before the at", strings.Repeat("a", 65) + "@mail.example", false},
		{"65 octets of two-octet letters", strings.Repeat("ä", 33) + "@mail.example", false},
		{"a label of 64", "anna@" + label + "d.example", false},
		{"255 octets", strings.Repeat("a", 63) + "@" + label + "." + label + "." + label, false},
		{"no at", "anna.mail.example", false},
		{"two ats", "anna@mail@mail.example", false},
		{"nothing before the at", "@mail.example", false},
		{"nothing after it", "anna@", false},
		{"a domain without a dot", "anna@mail", false},
		{"this machine", "anna@localhost", false},
		{"a domain below localhost", "anna@shop.localhost", false},
		{"a domain that never exists", "anna@mail.invalid", false},
		{"the same in capitals", "anna@mail.INVALID", false},
		{"a trailing dot", "anna@mail.example.", false},
		{"a leading dot in the domain", "anna@.mail.example", false},
		{"two dots in the domain", "anna@mail..example", false},
		{"a leading dot", ".anna@mail.example", false},
		{"a dot before the at", "anna.@mail.example", false},
		{"two dots", "an..na@mail.example", false},
		{"an address of numbers", "anna@192.0.2.1", false},
		{"an IP literal", "anna@[192.0.2.1]", false},
		{"an IPv6 literal", "anna@[IPv6:2001:db8::1]", false},
		{"a quoted local part", `"anna"@mail.example`, false},
		{"a quoted local part with a space", `"an na"@mail.example`, false},
		{"a name before it", "Anna <anna@mail.example>", false},
		{"brackets", "<anna@mail.example>", false},
		{"a comment", "anna(home)@mail.example", false},
		{"two addresses", "anna@mail.example,nina@mail.example", false},
		{"two addresses with a semicolon", "anna@mail.example;nina@mail.example", false},
		{"a group", "friends:anna@mail.example;", false},
		{"a scheme", "mailto:anna@mail.example", false},
		{"a backslash", `an\na@mail.example`, false},
		{"a space inside", "an na@mail.example", false},
		{"a space behind", "anna@mail.example ", false},
		{"a second header", "anna@mail.example\r\nBcc: nina@mail.example", false},
		{"a line feed before the at", "anna\n@mail.example", false},
		{"a carriage return alone", "anna\r@mail.example", false},
		{"NUL", "anna\x00@mail.example", false},
		{"delete", "anna\x7f@mail.example", false},
		{"a control beyond ASCII", "anna\u0085@mail.example", false},
		{"a line separator", "anna\u2028@mail.example", false},
		{"a mark that turns the direction", "an\u202ena@mail.example", false},
		{"a mark that shows nothing", "an\u200bna@mail.example", false},
		{"bytes that are no text", "an\xffna@mail.example", false},
		{"a wide at", "anna＠mail.example", false},
		{"a domain that has no A-label", "anna@ü☃\u200b.example", false},
		{"a hyphen before the domain", "anna@-mail.example", false},
		{"a hyphen after a label", "anna@mail-.example", false},
		{"signs in the domain", "anna@mail!.example", false},
		{"an underscore in the domain", "anna@my_mail.example", false},
	} {
		f := wanted()
		f.Order.Email = c.address
		d := journeys.Decide(thankYou(t), f, noon)
		if c.possible && d.Verdict != crm.Send || !c.possible && d.Reason != crm.ReasonBadAddress {
			t.Errorf("%s: %+q: got %+v", c.what, c.address, d)
		}
	}
}
