package shopify

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"grazie/integrations/shopify/admin"
)

// Where Shopify reaches the app, below Grazie's public address.
const (
	PathApp      = "/app/shopify"           // its first page
	PathCallback = "/auth/shopify/callback" // where the merchant comes back to
	PathWebhooks = "/webhooks/shopify"
)

// Manifest is what Shopify's own command line is told of the app, in
// shopify.app.toml (platforms.md, A.2).
type Manifest struct {
	ClientID  string   // empty: that command line asks for it
	URL       string   // of Grazie, https, without a slash at the end
	Gestures  []string // that are switched on, by their keys; none: all
	AllOrders bool     // asks for orders of all ages, see Scope.Asked
}

// Scopes are the ones that it asks for.
func (m Manifest) Scopes() []string {
	names := ScopesFor(m.Gestures...)
	for _, s := range Scopes {
		if s.Asked && m.AllOrders {
			names = append(names, s.Name)
		}
	}
	return names
}

// Topics are those of the topics that the scopes allow. Those about personal
// data stand apart.
func (m Manifest) Topics() []string {
	scopes := m.Scopes()
	return slices.DeleteFunc(Topics(), func(topic string) bool {
		scope := topicScope(topic)
		return scope != "" && !Covers(scopes, scope)
	})
}

// topicScope is the scope that subscribing to a topic needs; none for those
// about the app itself and about personal data.
func topicScope(topic string) string {
	resource, _, _ := strings.Cut(topic, "/")
	if slices.Contains(Compliance, topic) {
		return ""
	}
	switch resource {
	case "orders", "refunds":
		return "read_orders"
	case "fulfillments", "fulfillment_events":
		return "read_fulfillments"
	case "customers", "customers_email_marketing_consent":
		return "read_customers"
	case "returns":
		return "read_returns"
	}
	return ""
}

// TOML is the file. Its addresses are written in full: what begins with a slash
// would be put behind the address of the first page.
func (m Manifest) TOML() string {
	birthdays := func(topic string) bool { return topic == "customers/create" || topic == "customers/update" }
	var b strings.Builder
	err := manifest.Execute(&b, map[string]any{
		"ID": m.ClientID, "App": m.URL + PathApp, "Callback": m.URL + PathCallback, "Webhooks": m.URL + PathWebhooks, "Version": admin.Version,
		"Scopes": strings.Join(m.Scopes(), ","), "Why": slices.DeleteFunc(slices.Clone(Scopes), func(s Scope) bool { return !slices.Contains(m.Scopes(), s.Name) }),
		"Compliance": Compliance, "Topics": slices.DeleteFunc(m.Topics(), birthdays), "Customers": slices.DeleteFunc(m.Topics(), func(t string) bool { return !birthdays(t) }),
	})
	if err != nil {
		panic(err) // it is made of texts
	}
	return b.String()
}

var manifest = template.Must(template.New("").Funcs(template.FuncMap{"text": quoted, "list": quotedList}).Parse(
	`# The app that merchants install, for "shopify app deploy". Made by
# "grazie shopify app-toml": make it anew after an update of Grazie.
name = "Grazie"
client_id = {{text .ID}}
application_url = {{text .App}}
embedded = true

[access_scopes]
{{range .Why}}# {{.Name}}: {{.Why}}
{{end}}scopes = {{text .Scopes}}

[auth]
redirect_urls = [{{text .Callback}}]

[webhooks]
api_version = {{text .Version}}

# Requests about personal data: the App Store demands them.
[[webhooks.subscriptions]]
compliance_topics = {{list .Compliance}}
uri = {{text .Webhooks}}

[[webhooks.subscriptions]]
topics = {{list .Topics}}
uri = {{text .Webhooks}}
{{with .Customers}}
[[webhooks.subscriptions]]
topics = {{list .}}
uri = {{text $.Webhooks}}
# Birthdays stand in the metafield facts.birth_date. Grazie reads them with the
# shop's history. Where your version of Shopify's command line knows metafields of
# subscriptions, take the signs away, and birthdays come as soon as they are told:
# [[webhooks.subscriptions.metafields]]
# namespace = "facts"
# key = "birth_date"
{{end}}`))

// quoted is a text of TOML. What Grazie puts there is printable ASCII.
func quoted(s string) string { return fmt.Sprintf("%+q", s) }

func quotedList(all []string) string {
	var b strings.Builder
	b.WriteString("[\n")
	for _, s := range all {
		b.WriteString("  " + quoted(s) + ",\n")
	}
	b.WriteString("]")
	return b.String()
}
