package woocommerce

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"grazie/crm"
	"grazie/integrations"
)

// The headers of a webhook (platforms.md, E.1).
const (
	headerSource    = "X-WC-Webhook-Source"
	headerTopic     = "X-WC-Webhook-Topic"
	headerDelivery  = "X-WC-Webhook-Delivery-ID"
	headerSignature = "X-WC-Webhook-Signature"
)

// maxHeader is far beyond any value that a shop sends.
const maxHeader = 255

// ping is what a shop posts when a webhook is made, unsigned.
var ping = regexp.MustCompile(`^webhook_id=[0-9]{1,20}$`)

// Envelope reads the headers. The delivery id of the header is shared by the
// deliveries of one second: with the body it is unique, and the same on repeats.
func (*Platform) Envelope(header http.Header, body []byte) (integrations.Envelope, error) {
	if integrations.HeaderValue(header, headerSignature) == "" && ping.Match(body) {
		return integrations.Envelope{}, integrations.ErrPing
	}
	told := map[string]string{}
	for _, name := range []string{headerSource, headerTopic, headerDelivery, headerSignature} {
		v := integrations.HeaderValue(header, name)
		if v == "" {
			return integrations.Envelope{}, refuse("header %s is missing", name)
		}
		if len(v) > maxHeader || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return integrations.Envelope{}, refuse("header %s holds no value that WooCommerce would send", name)
		}
		told[name] = v
	}
	u, err := url.Parse(told[headerSource])
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return integrations.Envelope{}, refuse("header %s is not the address of a shop", headerSource)
	}
	sum := sha256.Sum256(body)
	return integrations.Envelope{Topic: told[headerTopic], Domain: domain(u), DeliveryID: told[headerDelivery] + ":" + hex.EncodeToString(sum[:12])}, nil
}

func refuse(format string, args ...any) error {
	return &integrations.Refused{Message: fmt.Sprintf(format, args...)}
}

// domain is the key of a shop: its host, and its folder where it lives in one.
func domain(u *url.URL) string {
	return strings.ToLower(strings.TrimRight(u.Host+u.EscapedPath(), "/"))
}

// Shop reads the address of a shop as people write it. It returns the shop's
// domain and its address with https, or with http if plain allows it.
func (p *Platform) Shop(address string) (name, location string, err error) {
	bad := &crm.Invalid{Field: "url", Message: "is not the address of a shop: write it as https://shop.example"}
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(address) > 200 || strings.ContainsFunc(address, unicode.IsSpace) {
		return "", "", bad
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !p.plain) {
		return "", "", &crm.Invalid{Field: "url", Message: "must begin with https://: keys and addresses of customers travel there"}
	}
	return domain(u), strings.ToLower(u.Scheme+"://"+u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}
