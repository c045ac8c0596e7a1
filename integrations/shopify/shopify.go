// Package shopify reads the webhooks of Shopify shops: their headers, their
// signature, and the events that their bodies tell.
//
// The rules come from the fact report platforms.md, sections 0 and A; they
// describe Shopify's API 2026-10 and the bodies seen in the wild.
package shopify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"grazie/crm"
	"grazie/integrations"
)

// Keys of the settings of a connection to a shop.
const (
	SettingSecret         = "secret"
	SettingPreviousSecret = "previous_secret"
	SettingToken          = "token"
	SettingAdminURL       = "admin_url"
)

// Platform is Shopify. It holds no state and may be shared.
type Platform struct{}

var _ integrations.Platform = (*Platform)(nil)

// New returns the adapter.
func New() *Platform { return &Platform{} }

// Name is the word that is stored with every shop of this platform.
func (*Platform) Name() string { return "shopify" }

// Settings declares what a connection to a shop needs.
func (*Platform) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: SettingSecret, Label: "Client secret", Kind: crm.SettingSecret, Required: true,
			Help: "The client secret of your app. Shopify signs every webhook with it. Webhooks made by hand in the admin's notification settings are signed with another secret and are refused."},
		{Key: SettingPreviousSecret, Label: "Previous client secret", Kind: crm.SettingSecret,
			Help: "After a rotation Shopify may sign with the old secret for up to an hour. Remove it afterwards."},
		{Key: SettingToken, Label: "Admin API access token", Kind: crm.SettingSecret,
			Help: "Needed for what Grazie does in the shop, such as discount codes; not for receiving webhooks."},
		{Key: SettingAdminURL, Label: "Admin API address", Kind: crm.SettingText,
			Help: "Only for trials with a stand-in of the Admin API. Leave it empty for a real shop."},
	}
}

// Sign is the signature that Shopify puts on a body: base64 of its HMAC-SHA256
// under the app's client secret (platforms.md, A.1).
func Sign(secret string, body []byte) string {
	return string(signature(secret, body))
}

// VerifyWebhook tells whether the body was signed with the connection's secret
// or with the one before it. It always signs twice, with a made-up key where
// there is no secret, so that its time tells nobody which shops exist.
func (*Platform) VerifyWebhook(c integrations.Connection, header http.Header, body []byte) bool {
	claimed := []byte(value(header, headerSignature))
	current := signedWith(c.Settings[SettingSecret], claimed, body)
	previous := signedWith(c.Settings[SettingPreviousSecret], claimed, body)
	return current || previous
}

// standIn is the key where there is no secret. Anybody can read it here, so
// that what it signs must never verify.
const standIn = "no secret verifies nothing"

// signedWith compares the texts, not the decoded bytes: another spelling of
// the same signature is not one that Shopify sends.
func signedWith(secret string, claimed, body []byte) bool {
	key := secret
	if key == "" {
		key = standIn
	}
	equal := hmac.Equal(signature(key, body), claimed)
	return equal && secret != ""
}

func signature(secret string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}
