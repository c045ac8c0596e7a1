// Package shopify is the adapter for Shopify shops. It reads their webhooks,
// with headers, signature, and the events that the bodies tell; and it acts in
// the shop over the Admin API: discount codes, returns, replacements.
//
// The rules come from the fact report platforms.md, sections 0, A and C; they
// describe Shopify's API 2026-10 and the bodies seen in the wild.
package shopify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"grazie/crm"
	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

// Keys of the settings of a connection to a shop.
const (
	SettingSecret         = admin.SettingSecret
	SettingPreviousSecret = "previous_secret"
	SettingToken          = admin.SettingToken
	SettingTokenExpires   = admin.SettingTokenExpires
	SettingRefreshToken   = admin.SettingRefreshToken
	SettingRefreshExpires = admin.SettingRefreshExpires
	SettingClientID       = admin.SettingClientID
	SettingAdminURL       = admin.SettingURL
)

// Platform is Shopify. It may be shared. The zero value reads webhooks; what
// acts in a shop needs one made with Connected.
type Platform struct {
	api *admin.Client
	now func() time.Time
	app App
}

var (
	_ integrations.Platform        = (*Platform)(nil)
	_ integrations.DiscountCreator = (*Platform)(nil)
	_ integrations.ReturnUpgrader  = (*Platform)(nil)
	_ integrations.Replacer        = (*Platform)(nil)
)

// New returns an adapter that reads webhooks and acts nowhere.
func New() *Platform { return &Platform{} }

// Connected returns an adapter that acts in shops with client, see
// integrations.NewHTTPClient. It keeps what it knows of each shop's limit of
// calls: a process needs one.
func Connected(client *http.Client, now func() time.Time, app App) *Platform {
	api := admin.NewClient(client, now)
	api.AppSecret = app.secret
	return &Platform{api: api, now: now, app: app}
}

// CanAct tells whether the connection has a token: receiving needs none.
func (*Platform) CanAct(c integrations.Connection) bool { return c.Settings[SettingToken] != "" }

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
		{Key: SettingTokenExpires, Label: "End of the access token", Kind: crm.SettingText,
			Help: "When the token ends, such as 2027-01-31T12:00:00Z. Leave it empty for a token that never ends, as those of custom apps."},
		{Key: SettingRefreshToken, Label: "Refresh token", Kind: crm.SettingSecret,
			Help: "For a token that ends: what it is renewed with. Grazie keeps it up to date by itself."},
		{Key: SettingRefreshExpires, Label: "End of the refresh token", Kind: crm.SettingText,
			Help: "When the refresh token ends: 90 days after it was given."},
		{Key: SettingClientID, Label: "Client id", Kind: crm.SettingText,
			Help: "The client id of your app; needed to renew a token that ends."},
		{Key: SettingAdminURL, Label: "Admin API address", Kind: crm.SettingText,
			Help: "Only for trials: where a stand-in of the Admin API answers, in place of https://your-shop.myshopify.com. Leave it empty for a real shop."},
	}
}

// Sign is the signature that Shopify puts on a body: base64 of its HMAC-SHA256
// under the app's client secret (platforms.md, A.1).
func Sign(secret string, body []byte) string {
	return string(signature(secret, body))
}

// VerifyWebhook tells whether the body was signed with the connection's secret
// or with the one before it; or, for a shop that installed the app, with one of
// the app's. Of a shop that is not here there is no connection: then the app's
// secrets tell whether Shopify sent it at all. It always signs as often, with a
// made-up key where there is no secret, so that its time tells nobody which
// shops exist.
func (p *Platform) VerifyWebhook(c integrations.Connection, header http.Header, body []byte) bool {
	claimed := []byte(integrations.HeaderValue(header, headerSignature))
	verified := false
	for i := range max(2, len(p.app.Secrets)) {
		signed := signedWith(p.key(c, i), claimed, body)
		verified = verified || signed
	}
	return verified
}

// key is one of the secrets that sign a connection's webhooks; empty: it has no
// more. One with a secret of its own belongs to an app of the merchant's own:
// ours does not speak for it.
func (p *Platform) key(c integrations.Connection, i int) string {
	own := [2]string{c.Settings[SettingSecret], c.Settings[SettingPreviousSecret]}
	switch {
	case own != [2]string{}:
		if i < len(own) {
			return own[i]
		}
	case (len(c.Settings) == 0 || p.app.holds(c.Settings)) && i < len(p.app.Secrets):
		return p.app.Secrets[i]
	}
	return ""
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
