package config

import (
	"log/slog"
	"net/netip"
	"net/url"
)

// Secret is a text that nobody is shown.
type Secret string

// String tells whether there is one, not which.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "set"
}

// GoString and LogValue hide what String hides.
func (s Secret) GoString() string     { return s.String() }
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// oidc checks what is said of the provider that vouches for staff. Its secret may
// be missing: some give none to a client that proves itself by PKCE alone.
func (found *mistakes) oidc(c Config) {
	if c.OIDCIssuer == "" {
		if c.OIDCID != "" || c.OIDCSecret != "" {
			found.add("GRAZIE_OIDC_ISSUER", "", "signing in elsewhere needs the provider's address, such as https://login.example.com")
		}
		return
	}
	u, err := url.Parse(c.OIDCIssuer)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		found.add("GRAZIE_OIDC_ISSUER", "", "write the provider's address as it names itself, such as https://login.example.com")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		found.add("GRAZIE_OIDC_ISSUER", c.OIDCIssuer, "use https: what is not encrypted can vouch for nobody")
	}
	if c.OIDCID == "" {
		found.add("GRAZIE_OIDC_CLIENT_ID", "", "signing in elsewhere needs the client id that the provider gave you")
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
