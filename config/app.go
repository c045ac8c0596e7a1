package config

import (
	"log/slog"
	"strings"
)

// Secrets are an app's client secret, and the one before it while it is
// rotated: Shopify signs with the old one for up to an hour.
type Secrets []string

// UnmarshalText reads secrets between commas, the newest first.
func (s *Secrets) UnmarshalText(text []byte) error {
	var secrets Secrets
	for secret := range strings.SplitSeq(string(text), ",") {
		secret = strings.TrimSpace(secret)
		if secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return hidden("copy the client secret of your app again: it holds no spaces; two stand between a comma, the newest first")
		}
		secrets = append(secrets, secret)
	}
	if len(secrets) > 2 {
		return hidden("give two secrets at most: the one in force, and the one before it")
	}
	*s = secrets
	return nil
}

// String tells whether there are any, not which.
func (s Secrets) String() string {
	if len(s) == 0 {
		return ""
	}
	return "set"
}

// GoString and LogValue hide what String hides.
func (s Secrets) GoString() string     { return s.String() }
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// apps finds apps of which only one half is set.
func (found *mistakes) apps(c Config) {
	for _, app := range []struct {
		name, id string
		secrets  Secrets
	}{{"SHOPIFY", c.ShopifyID, c.ShopifySecrets}, {"BIGCOMMERCE", c.BigCommerceID, c.BigCommerceSecrets}} {
		if (app.id == "") != (len(app.secrets) == 0) {
			missing := "GRAZIE_" + app.name + "_CLIENT_ID"
			if app.id != "" {
				missing = "GRAZIE_" + app.name + "_CLIENT_SECRET"
			}
			found.add(missing, "", "an app needs both, its client id and its client secret")
		}
	}
}
