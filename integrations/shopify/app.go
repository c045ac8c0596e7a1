package shopify

import (
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// App is the app that merchants install on Shopify; the zero value is none, and
// shops are connected by staff.
type App struct {
	ID      string   // client id
	Secrets []string // client secrets, the newest first: each may still sign

	// URL stands for https://{shop}, only for trials.
	URL string
}

var (
	_ integrations.Installer = (*Platform)(nil)
	_ integrations.Embedded  = (*Platform)(nil)
	_ integrations.Scoped    = (*Platform)(nil)
)

// there tells whether there is an app at all.
func (a App) there() bool { return a.ID != "" && len(a.Secrets) > 0 && a.Secrets[0] != "" }

// holds tells whether a connection came of an installation of the app.
func (a App) holds(v crm.Values) bool { return a.there() && v[SettingClientID] == a.ID }

// secret is what a token of the app with a client id is renewed with. It is not
// stored with every shop: a new one holds for all of them at once.
func (a App) secret(clientID string) string {
	if !a.holds(crm.Values{SettingClientID: clientID}) {
		return ""
	}
	return a.Secrets[0]
}

// base is where a shop answers.
func (a App) base(domain string) string {
	if a.URL != "" {
		return strings.TrimRight(a.URL, "/")
	}
	return "https://" + domain
}
