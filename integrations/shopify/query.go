package shopify

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// queryAge is how far the time in a signed query may be off (platforms.md, B.1).
const queryAge = 90 * time.Second

// maxQuery bounds what is sorted and signed before anything is known of it.
const maxQuery = 16 << 10

// signedQuery tells whether Shopify signed a query with one of the app's
// secrets, and just now. It always tries them all. Every name comes once, but
// for the elements of an array, "ids[]": of two shops nobody could say which one
// is meant.
func (p *Platform) signedQuery(q url.Values) bool {
	claimed, at := q.Get("hmac"), q.Get("timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	message, ok := queryMessage(q)
	if !ok || err != nil || p.now == nil || !p.app.there() {
		return false
	}
	signed := false
	for _, secret := range p.app.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(message))
		equal := hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(claimed))
		signed = signed || equal && secret != ""
	}
	off := p.now().Sub(time.Unix(seconds, 0)).Truncate(time.Second)
	return signed && off.Abs() <= queryAge
}

// queryMessage is what is signed of a query: all but the signature, sorted by
// name, in the encoding of Shopify's own library, which is that of forms with
// %20 for a space.
func queryMessage(q url.Values) (message string, ok bool) {
	names, size := make([]string, 0, len(q)), 0
	for name, values := range q {
		array := strings.HasSuffix(name, "[]")
		if len(values) != 1 && !array || !utf8.ValidString(name) {
			return "", false
		}
		for _, v := range values {
			size += len(name) + len(v)
			if !utf8.ValidString(v) {
				return "", false
			}
		}
		if name != "hmac" && name != "signature" {
			names = append(names, name)
		}
	}
	if size > maxQuery {
		return "", false
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.TrimSuffix(a, "[]"), strings.TrimSuffix(b, "[]")), cmp.Compare(a, b))
	})
	var b strings.Builder
	for _, name := range names {
		for _, v := range q[name] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(escaped(name))
			b.WriteByte('=')
			b.WriteString(escaped(v))
		}
	}
	return b.String(), true
}

// asForms makes of Go's encoding that of forms (WHATWG URL, 5.2), which keeps
// the star and not the tilde.
var asForms = strings.NewReplacer("+", "%20", "%2A", "*", "~", "%7E")

func escaped(s string) string { return asForms.Replace(url.QueryEscape(s)) }
