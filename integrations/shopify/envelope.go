package shopify

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"grazie/integrations"
)

// The headers of a webhook (platforms.md, A.1).
const (
	headerTopic     = "X-Shopify-Topic"
	headerDomain    = "X-Shopify-Shop-Domain"
	headerVersion   = "X-Shopify-API-Version"
	headerDelivery  = "X-Shopify-Webhook-Id"
	headerSignature = "X-Shopify-Hmac-Sha256"
	headerEvent     = "X-Shopify-Event-Id"     // treated as optional
	headerTriggered = "X-Shopify-Triggered-At" // treated as optional
)

// maxHeader is far beyond any value that Shopify sends.
const maxHeader = 255

// ShopName is Shopify's own rule for the domain of a shop (platforms.md, B.1).
var ShopName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9\-]*\.myshopify\.com$`)

// Envelope reads the headers, whose names come in any letter case. A missing
// or malformed one that Shopify always sends is refused. The two optional ones
// are left empty when they cannot be read: better a webhook without them than
// no webhook.
func (*Platform) Envelope(header http.Header, _ []byte) (integrations.Envelope, error) {
	var e integrations.Envelope
	for _, h := range []struct {
		name string
		into *string
	}{
		{headerTopic, &e.Topic},
		{headerDomain, &e.Domain},
		{headerVersion, &e.Version},
		{headerDelivery, &e.DeliveryID},
		{headerSignature, new(string)},
	} {
		v := integrations.HeaderValue(header, h.name)
		if v == "" {
			return integrations.Envelope{}, refuse("header %s is missing", h.name)
		}
		if !plain(v) {
			return integrations.Envelope{}, refuse("header %s holds no value that Shopify would send", h.name)
		}
		*h.into = v
	}
	if !ShopName.MatchString(e.Domain) {
		return integrations.Envelope{}, refuse("header %s is not the name of a shop at myshopify.com", headerDomain)
	}
	e.Domain = strings.ToLower(e.Domain)
	if id := integrations.HeaderValue(header, headerEvent); plain(id) {
		e.EventID = id
	}
	if at, ok := timestamp(integrations.HeaderValue(header, headerTriggered)); ok {
		e.TriggeredAt = at
	}
	return e, nil
}

func refuse(format string, args ...any) error {
	return &integrations.Refused{Message: fmt.Sprintf(format, args...)}
}

// plain tells a value that may be stored, logged and compared.
func plain(v string) bool {
	return len(v) <= maxHeader && utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl)
}
