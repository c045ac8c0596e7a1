package bigcommerce

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"grazie/integrations"
)

// StoreHash is how BigCommerce names a store: the key of a shop.
var StoreHash = regexp.MustCompile(`^[a-z0-9]{1,40}$`)

// topicName is how scopes look, which are our topics: "store/order/created".
var topicName = regexp.MustCompile(`^[A-Za-z0-9_/*-]{1,100}$`)

// plainID is a text that may stand in a delivery's id.
var plainID = regexp.MustCompile(`^[A-Za-z0-9_.=+/:-]{1,128}$`)

// Envelope reads the scope, the store and the time from the body: there are no
// headers for them.
//
// The hash is that of the payload, which for two changes of one order is the
// same: BigCommerce's own examples of created and updated share theirs. So it
// is a key only together with the scope and the second, and where BigCommerce
// signs, with webhook-id, which tells two changes in one second apart. Both are
// kept over retries (platforms.md, E.2 and E.3).
func (*Platform) Envelope(header http.Header, body []byte) (integrations.Envelope, error) {
	none := integrations.Envelope{}
	if err := signs(header); err != nil {
		return none, err
	}
	b, err := integrations.ReadBody(body, true)
	if err != nil {
		return none, &integrations.Refused{Message: err.Error()}
	}
	store, of := strings.CutPrefix(b.At("producer").Text(), "stores/")
	store = strings.ToLower(store)
	e := integrations.Envelope{Topic: b.At("scope").Text(), Domain: store}
	switch {
	case !topicName.MatchString(e.Topic):
		return none, &integrations.Refused{Message: "scope is missing in the body, or is none that BigCommerce has"}
	case !of || !StoreHash.MatchString(store):
		return none, &integrations.Refused{Message: "producer in the body does not name a store as stores/abc123"}
	}
	created := ""
	if at, ok := seconds(b.At("created_at").Text()); ok {
		e.TriggeredAt, created = at, strconv.FormatInt(at.Unix(), 10)
	}
	hash := b.At("hash").Text()
	if !plainID.MatchString(hash) { // one that nobody documented
		sum := sha256.Sum256(body)
		hash = hex.EncodeToString(sum[:])
	}
	e.DeliveryID = e.Topic + ":" + created + ":" + hash
	if id := integrations.HeaderValue(header, integrations.StandardID); plainID.MatchString(id) {
		e.DeliveryID += ":" + id
	}
	return e, nil
}

// signs refuses what brings neither our key nor all that a signature needs.
func signs(header http.Header) error {
	if integrations.HeaderValue(header, KeyHeader) != "" {
		return nil
	}
	for _, name := range []string{integrations.StandardID, integrations.StandardTimestamp, integrations.StandardSignature} {
		if v := integrations.HeaderValue(header, name); v == "" || len(v) > maxHeader || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return &integrations.Refused{Message: "header " + name + " is missing, or holds nothing that BigCommerce would send"}
		}
	}
	return nil
}

// maxHeader is far beyond a list of signatures.
const maxHeader = 2048

// seconds reads a Unix time of our days.
func seconds(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}, false
	}
	at := time.Unix(n, 0).UTC()
	return at, at.Year() <= 9999
}
