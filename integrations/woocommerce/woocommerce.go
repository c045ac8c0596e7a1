// Package woocommerce is the adapter for shops on WooCommerce. It reads their
// webhooks, and acts in a shop over its REST API v3: discount codes, webhooks,
// and what happened before.
//
// The rules come from the fact report platforms.md, section E.1; they describe
// WooCommerce 11.
package woocommerce

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Keys of the settings of a connection to a shop.
const (
	SettingSecret         = "secret"
	SettingPreviousSecret = "previous_secret"
	SettingURL            = "url"
	SettingKey            = "consumer_key"
	SettingKeySecret      = "consumer_secret"
)

// Platform is WooCommerce. It may be shared.
type Platform struct {
	api   *integrations.JSONAPI
	now   func() time.Time
	plain bool
}

var (
	_ integrations.Platform        = (*Platform)(nil)
	_ integrations.Credentialed    = (*Platform)(nil)
	_ integrations.Checker         = (*Platform)(nil)
	_ integrations.Describer       = (*Platform)(nil)
	_ integrations.DiscountCreator = (*Platform)(nil)
	_ integrations.Subscriber      = (*Platform)(nil)
	_ integrations.Historian       = (*Platform)(nil)
	_ integrations.Reconciler      = (*Platform)(nil)
	_ integrations.KeyReceiver     = (*Platform)(nil)
)

// New returns the adapter, which acts in shops with client, see
// integrations.NewHTTPClient. plain lets shops answer without TLS: only for
// trials, credentials travel in the clear then.
func New(client *http.Client, now func() time.Time, plain bool) *Platform {
	return &Platform{now: now, plain: plain, api: &integrations.JSONAPI{
		Service: "woocommerce", BaseURL: "https://shop.example", Client: client, Now: now, Authorize: authorize,
	}}
}

// Name is the word that is stored with every shop of this platform.
func (*Platform) Name() string { return "woocommerce" }

// CanAct tells whether the connection has an API key: receiving needs none.
func (*Platform) CanAct(c integrations.Connection) bool {
	return c.Settings[SettingURL] != "" && c.Settings[SettingKey] != "" && c.Settings[SettingKeySecret] != ""
}

// Settings declares what a connection to a shop needs.
func (*Platform) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: SettingSecret, Label: "Webhook secret", Kind: crm.SettingSecret, Required: true,
			Help: "The shop signs its webhooks with it. Grazie gives it to those that it subscribes to; put it into those that you make by hand."},
		{Key: SettingPreviousSecret, Label: "Previous webhook secret", Kind: crm.SettingSecret,
			Help: "Accepted as well, until all webhooks have the new one."},
		{Key: SettingURL, Label: "Address of the shop", Kind: crm.SettingText,
			Help: "Such as https://shop.example, or https://example.com/shop where WordPress lives in a folder. Needed for what Grazie does in the shop."},
		{Key: SettingKey, Label: "Consumer key", Kind: crm.SettingSecret,
			Help: "Of an API key that may read and write: WooCommerce, Settings, Advanced, REST API. Not needed for receiving webhooks."},
		{Key: SettingKeySecret, Label: "Consumer secret", Kind: crm.SettingSecret,
			Help: "It is shown once, beside the consumer key."},
	}
}

// entities are what WordPress writes in place of signs in a stored text, and
// takes back before it signs (wp_specialchars_decode, with both quotes).
var (
	entities = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#x26;", "&", "&quot;", `"`, "&#34;", `"`, "&#x22;", `"`,
		"&#39;", "'", "&#x27;", "'", "&lt;", "<", "&#60;", "<", "&#x3c;", "<", "&gt;", ">", "&#62;", ">", "&#x3e;", ">")
	// padded are numbers with zeros before them, which WordPress writes.
	padded = regexp.MustCompile(`(?i)&#(x?)0*(3[489]|6[02]|2[267]|3[ce]);`)
)

func decoded(secret string) string {
	return entities.Replace(padded.ReplaceAllStringFunc(secret, func(e string) string {
		return strings.ToLower(padded.ReplaceAllString(e, "&#$1$2;"))
	}))
}

// Sign is the signature that WooCommerce puts on a body: base64 of its
// HMAC-SHA256 under the webhook's own secret.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(decoded(secret)))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyWebhook tells whether the body was signed with the connection's secret
// or with the one before it. It signs twice in any case, so that its time tells
// nobody which shops exist.
func (*Platform) VerifyWebhook(c integrations.Connection, header http.Header, body []byte) bool {
	claimed := []byte(integrations.HeaderValue(header, headerSignature))
	good := false
	for _, setting := range []string{SettingSecret, SettingPreviousSecret} {
		secret := c.Settings[setting]
		equal := hmac.Equal([]byte(Sign(cmp.Or(secret, "no secret verifies nothing"), body)), claimed)
		good = good || equal && secret != ""
	}
	return good
}
