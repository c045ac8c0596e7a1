package integrations_test

import (
	"testing"

	"grazie/integrations"
)

func TestEmail(t *testing.T) {
	for _, c := range []struct{ raw, address, key string }{
		{"", "", ""},
		{"  Nina@Posta.Example \n", "Nina@posta.example", "nina@posta.example"},
		{"\u200bnina@posta.example\ufeff", "nina@posta.example", "nina@posta.example"},
		{"nina+shop@posta.example", "nina+shop@posta.example", "nina+shop@posta.example"},
		{"käthe@blumen-müller.example", "käthe@xn--blumen-mller-klb.example", "käthe@xn--blumen-mller-klb.example"},
		{"K@Blumen-MÜLLER.example", "K@xn--blumen-mller-klb.example", "k@xn--blumen-mller-klb.example"},
		{"k@straße.example", "k@xn--strae-oqa.example", "k@xn--strae-oqa.example"}, // not strasse: another domain
		{"sakura@例え。example", "sakura@xn--r8jz45g.example", "sakura@xn--r8jz45g.example"},
		{`"a@b"@posta.example`, `"a@b"@posta.example`, `"a@b"@posta.example`},
		// What cannot exist is kept: a later gate reports it.
		{"no at sign", "no at sign", "no at sign"},
		{"nina@", "nina@", "nina@"},
		{"nina@posta..example", "nina@posta..example", "nina@posta..example"},
		{"nina@ü..example", "nina@ü..example", "nina@ü..example"},
		{"a\r\nb@posta.example", "a\r\nb@posta.example", "a\r\nb@posta.example"},
	} {
		address, key := integrations.Email(c.raw)
		if address != c.address || key != c.key {
			t.Errorf("Email(%q) = %q, %q; want %q, %q", c.raw, address, key, c.address, c.key)
		}
		again, _ := integrations.Email(address)
		if again != address {
			t.Errorf("Email(%q) = %q: normalising twice differs", address, again)
		}
	}
}
