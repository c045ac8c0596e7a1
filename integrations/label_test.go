package integrations_test

import (
	"encoding/json"
	"strings"
	"testing"

	"grazie/crm"
	"grazie/integrations"
)

func TestHideAddresses(t *testing.T) {
	a := crm.PostalAddress{Name: "Jürgen Müller", Street1: "Große Gasse 17", City: "Bad Ems", Zip: "56130", Phone: "+49 2603 123-456", Email: "j.mueller@posta.example", Province: "RP", Country: "DE"}
	for said, want := range map[string]string{
		"":             "",
		"Rate expired": "Rate expired",
		"Müller, Grosse Gasse 17, 56130 BAD EMS not found": "(address) not found",
		"JURGEN MULLER is unknown":                         "(address) is unknown",
		"JU\u0308RGEN has no street":                       "(address) has no street",
		"zip 56130-1234 is wrong":                          "zip (address) is wrong",
		"call +492603123456 or 02603123456":                "call +(address) or (address)",
		"Mueller-like: 12 oz too heavy":                    "(address)-like: 12 oz too heavy", // from the mail address
		"Gassenhauer stays":                                "Gassenhauer stays",
		"RP in DE":                                         "RP in DE",
		"\xff odd":                                         "\xff odd",
	} {
		if got := integrations.HideAddresses(said, a); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
	if got := integrations.HideAddresses("the street is not 1 of a city"); got != "the street is not 1 of a city" {
		t.Error(got)
	}
}

// Of a street that stands in a sentence, in whatever spelling, no word is left.
func FuzzHideAddresses(f *testing.F) {
	f.Add("Wald Weg")
	f.Add("ſtraßE 5b")
	f.Add("a\u0308\xff\u200d9")
	f.Fuzz(func(t *testing.T, street string) {
		for _, said := range []string{street, strings.ToUpper(street), strings.ToLower(street)} {
			out := integrations.HideAddresses("no \""+said+"\" here", crm.PostalAddress{Street1: street})
			if !strings.HasPrefix(out, `no "`) || !strings.HasSuffix(out, `" here`) {
				t.Fatalf("%q: the sentence is lost: %q", street, out)
			}
			for word := range strings.FieldsFuncSeq(said, func(r rune) bool { return r > 'z' || r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' }) {
				if len(word) > 3 && word == said && strings.Contains(out, word) && !strings.Contains("street address road house number city state", strings.ToLower(word)) {
					t.Fatalf("%q is left in %q", word, out)
				}
			}
		}
	})
}

func TestLabelPrice(t *testing.T) {
	for _, c := range []struct {
		amount, currency string
		minor            int64 // -1: refused
	}{
		{"5.93", "USD", 593}, {"5.93000", "usd", 593}, {"5.9301", "USD", 594}, {"0.001", "USD", 1}, {"5", "EUR", 500}, {".5", "EUR", -1}, {"5.", "EUR", 500},
		{"1200", "JPY", 1200}, {"1200.5", "JPY", 1201}, {"1.2345", "KWD", 1235},
		{"", "USD", -1}, {"5", "", -1}, {"5", "US", -1}, {"5", "U$D", -1}, {"-5", "USD", -1}, {"5,5", "USD", -1}, {"1e3", "USD", -1}, {"1.2.3", "USD", -1}, {"1.23.4", "USD", -1},
		{"NaN", "USD", -1}, {"99999999999999999999", "USD", -1}, {".", "USD", -1}, {" 5", "USD", -1},
	} {
		got, err := integrations.LabelPrice(c.amount, c.currency)
		if (err != nil) != (c.minor < 0) || err == nil && (got.Minor != c.minor || got.Currency != strings.ToUpper(c.currency)) {
			t.Errorf("%q %q: %v, %v", c.amount, c.currency, got, err)
		}
	}
}

func TestLabelLink(t *testing.T) {
	for link, want := range map[string]bool{
		"https://x.example/a.pdf?Signature=a%3D&Expires=1": true,
		"": false, "http://x.example/a": false, "javascript:alert(1)": false, "https:///a": false, "//x/a": false, "https://u:p@x/a": false, "https://x/a b": false,
		"https://x/\u202e": false, "https://x/\n": false, "https://x/" + strings.Repeat("a", 2000): false,
	} {
		if integrations.LabelLink(link) != want {
			t.Errorf("%q: %v", link, !want)
		}
	}
}

func TestJSONText(t *testing.T) {
	for body, want := range map[string]string{`"5.93"`: "5.93", `5.930`: "5.930", `-1`: "-1", `null`: "", `"a\u0000\nb"`: "a b", `""`: ""} {
		var got integrations.JSONText
		if err := json.Unmarshal([]byte(body), &got); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for _, body := range []string{`{}`, `[]`, `true`, `"`} {
		var got integrations.JSONText
		if json.Unmarshal([]byte(body), &got) == nil {
			t.Errorf("%s is taken", body)
		}
	}
	if long := integrations.JSONText(strings.Repeat("x", 101)); long.Short() != "" || long[:100].Short() == "" {
		t.Error("what is too long is not kept")
	}
}
