// Package bigcommerce is the adapter for BigCommerce shops. Their webhooks name
// what changed and do not tell it, so orders and customers are read from the
// shop; and it acts there: discount codes, subscriptions, history,
// reconciliation, and the app's installation.
//
// The rules come from the fact report platforms.md, sections 0, E.2 and E.3,
// and where those are silent from BigCommerce's documentation (its repository
// bigcommerce/docs, as of 2026-04). Nothing of the second kind was seen from a
// real shop.
package bigcommerce

import (
	"crypto/subtle"
	"net/http"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Keys of the settings of a connection to a shop.
const (
	SettingToken          = "token"
	SettingSecret         = "secret"
	SettingPreviousSecret = "previous_secret"
	SettingClientID       = "client_id"
	SettingHookKey        = "hook_key"
	SettingBirthday       = "birthday_field"
	SettingAPIURL         = "api_url"
)

// KeyHeader is the header that our webhooks bring their key in: it was given
// when they were made, and is all that older ones are known by.
const KeyHeader = "X-Grazie-Key"

const name = "bigcommerce"

// Platform is BigCommerce. It keeps what it knows of each shop's quota of
// calls: a process needs one.
type Platform struct {
	http  *http.Client
	now   func() time.Time
	app   App
	quota quotas
}

var (
	_ integrations.Platform        = (*Platform)(nil)
	_ integrations.WebhookReader   = (*Platform)(nil)
	_ integrations.Credentialed    = (*Platform)(nil)
	_ integrations.Checker         = (*Platform)(nil)
	_ integrations.Describer       = (*Platform)(nil)
	_ integrations.DiscountCreator = (*Platform)(nil)
	_ integrations.Subscriber      = (*Platform)(nil)
	_ integrations.Historian       = (*Platform)(nil)
	_ integrations.Reconciler      = (*Platform)(nil)
	_ integrations.Loader          = (*Platform)(nil)
	_ integrations.Scoped          = (*Platform)(nil)
)

// New returns an adapter that calls shops with client, see
// integrations.NewHTTPClient. The zero App is none: shops are connected by staff.
func New(client *http.Client, now func() time.Time, app App) *Platform {
	return &Platform{http: client, now: now, app: app}
}

// Name is the word that is stored with every shop of this platform.
func (*Platform) Name() string { return name }

// CanAct tells whether the connection has a token.
func (*Platform) CanAct(c integrations.Connection) bool { return c.Settings[SettingToken] != "" }

// Settings declares what a connection to a shop needs.
func (*Platform) Settings() []crm.Setting {
	return []crm.Setting{
		{Key: SettingToken, Label: "Access token", Kind: crm.SettingSecret,
			Help: "Of an API account of the store, or of the app. Webhooks only name what changed: without it nothing can be read."},
		{Key: SettingSecret, Label: "Client secret", Kind: crm.SettingSecret,
			Help: "Of the same API account: BigCommerce signs webhooks with it. Leave it empty for a shop that installed the app."},
		{Key: SettingPreviousSecret, Label: "Previous client secret", Kind: crm.SettingSecret,
			Help: "The secret before the one in force, while webhooks may still be signed with it."},
		{Key: SettingClientID, Label: "Client id", Kind: crm.SettingText,
			Help: "Of the same API account; some old accounts are not let in without it."},
		{Key: SettingHookKey, Label: "Key of our webhooks", Kind: crm.SettingSecret,
			Help: "Grazie draws it, and gives it to each webhook that it subscribes to. It stands for the signature where BigCommerce does not sign."},
		{Key: SettingBirthday, Label: "Field with the birthday", Kind: crm.SettingText,
			Help: "The name of the customers' form field or attribute that holds it; empty: one that is called birthday, in one of many languages."},
		{Key: SettingAPIURL, Label: "API address", Kind: crm.SettingText,
			Help: "Only for trials: where a stand-in of the API answers, in place of https://api.bigcommerce.com. Leave it empty for a real shop."},
	}
}

// VerifyWebhook tells whether the body was signed by Standard Webhooks with a
// client secret, the bytes of which are the key, or brought the key of our
// webhooks (platforms.md, E.2). A connection that has a secret is verified with
// its own, any other with those of the app.
func (p *Platform) VerifyWebhook(c integrations.Connection, header http.Header, body []byte) bool {
	var secrets [][]byte
	for _, s := range p.secrets(c) {
		secrets = append(secrets, []byte(s))
	}
	signed := integrations.VerifyStandard(secrets, header, body, p.now())
	brought := sameKey(c.Settings[SettingHookKey], integrations.HeaderValue(header, KeyHeader))
	return signed || brought
}

func (p *Platform) secrets(c integrations.Connection) []string {
	if own := c.Settings[SettingSecret]; own != "" {
		return []string{own, c.Settings[SettingPreviousSecret]}
	}
	return p.app.Secrets
}

// sameKey compares in constant time; no key is like no other.
func sameKey(key, brought string) bool {
	equal := subtle.ConstantTimeCompare([]byte(key), []byte(brought)) == 1
	return equal && key != ""
}

func fail(kind integrations.Kind, detail string) *integrations.Error {
	return &integrations.Error{Kind: kind, Service: name, Detail: detail}
}
