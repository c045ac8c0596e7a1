// Package config reads the environment into one checked struct. Only cmd calls
// it: nothing else in Grazie looks at the environment.
//
// Every mistake is told at once, one line each, naming the variable and what to
// do about it; no message and no print of a Config shows a secret.
package config

import (
	"log/slog"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is all that can be set from outside. The zero values of Redis and
// Database mean the embedded ones: with an empty environment Grazie runs on one
// machine without anything else (DESIGN, promise 5).
type Config struct {
	Addr           string      `env:"GRAZIE_ADDR" envDefault:"127.0.0.1:8080"`
	MetricsAddr    string      `env:"GRAZIE_METRICS_ADDR"` // empty: off
	PublicURL      string      `env:"GRAZIE_PUBLIC_URL"`   // as customers reach it, without a slash at the end
	SecretKeys     SecretKeys  `env:"GRAZIE_SECRET_KEY"`   // see Keys
	DataDir        string      `env:"GRAZIE_DATA_DIR" envDefault:"./grazie-data"`
	Database       Database    `env:"DATABASE_URL"`
	Redis          Redis       `env:"REDIS_URL"`
	Mail           Mail        `env:"MAIL_URL" envDefault:"outbox:"`
	SendGridKeys   WebhookKeys `env:"GRAZIE_SENDGRID_WEBHOOK_KEYS"` // empty: its events are not taken in
	SendGridGroups Groups      `env:"GRAZIE_SENDGRID_UNSUBSCRIBE_GROUPS"`
	// The apps that merchants install; empty: shops are connected by staff.
	ShopifyID          string  `env:"GRAZIE_SHOPIFY_CLIENT_ID"`
	ShopifySecrets     Secrets `env:"GRAZIE_SHOPIFY_CLIENT_SECRET"`
	ShopifyURL         string  `env:"GRAZIE_SHOPIFY_URL"`         // only for trials: what stands for every https://{shop}
	WooCommerce        bool    `env:"GRAZIE_WOOCOMMERCE_INSTALL"` // any shop may connect itself
	BigCommerceID      string  `env:"GRAZIE_BIGCOMMERCE_CLIENT_ID"`
	BigCommerceSecrets Secrets `env:"GRAZIE_BIGCOMMERCE_CLIENT_SECRET"`

	// Who vouches for staff; empty: nobody, they sign in with what they have here.
	OIDCIssuer string `env:"GRAZIE_OIDC_ISSUER"`
	OIDCID     string `env:"GRAZIE_OIDC_CLIENT_ID"`
	OIDCSecret Secret `env:"GRAZIE_OIDC_CLIENT_SECRET"`
	OIDCName   string `env:"GRAZIE_OIDC_NAME" envDefault:"your organisation"` // as the button says it

	AllowPrivateHosts bool       `env:"GRAZIE_ALLOW_PRIVATE_HOSTS"` // outgoing connections may reach private addresses
	Log               LogFormat  `env:"GRAZIE_LOG"`
	LogLevel          slog.Level `env:"GRAZIE_LOG_LEVEL"`
	Sending           int        `env:"GRAZIE_SENDING" envDefault:"64"` // mails in the air at once, per worker process

	// Unknown are the GRAZIE_ variables that nothing reads: most often a
	// mistyped name. They are worth a warning and stop nothing.
	Unknown []string `env:"-"`
}

// Load reads a Config out of environ, variable to value. A variable that is set
// to nothing counts as not set. The error joins one *Mistake per variable.
func Load(environ map[string]string) (Config, error) {
	var c Config
	var found mistakes
	environ = withoutEmpty(environ)
	found.parsed(env.ParseWithOptions(&c, env.Options{Environment: environ, FuncMap: parsers}), environ)

	c.Addr = found.address("GRAZIE_ADDR", c.Addr, "127.0.0.1:8080")
	if c.MetricsAddr != "" {
		c.MetricsAddr = found.address("GRAZIE_METRICS_ADDR", c.MetricsAddr, "127.0.0.1:9090")
	}
	c.PublicURL = found.publicURL(c.PublicURL, c.Addr)
	if c.Database.Path == "" && !c.Database.Postgres() {
		c.Database.Path = filepath.Join(c.DataDir, "grazie.db")
	}
	if c.Database.Postgres() && len(c.SecretKeys) == 0 && environ["GRAZIE_SECRET_KEY"] == "" {
		found.add("GRAZIE_SECRET_KEY", "", "with PostgreSQL every process needs the same key: set 16 random characters or more, such as openssl rand -base64 32 writes")
	}
	if c.Mail.Kind == "outbox" && c.Mail.Settings["dir"] == "" {
		c.Mail.Settings["dir"] = filepath.Join(c.DataDir, "outbox")
	}
	found.apps(c)
	found.oidc(c)
	c.Unknown = unknown(environ)
	return c, found.err()
}

// LogFormat is how log lines are written; empty leaves it to what they are
// written to.
type LogFormat string

// Text tells whether lines are for people, given whether a terminal shows them.
func (f LogFormat) Text(terminal bool) bool { return f == "text" || f == "" && terminal }

// UnmarshalText accepts json and text.
func (f *LogFormat) UnmarshalText(text []byte) error {
	*f = LogFormat(text)
	if *f != "json" && *f != "text" {
		return shown("write json or text, or leave it out to get text on a terminal and json elsewhere")
	}
	return nil
}

func withoutEmpty(environ map[string]string) map[string]string {
	set := make(map[string]string, len(environ))
	for name, value := range environ {
		if value = strings.TrimSpace(value); value != "" {
			set[name] = value
		}
	}
	return set
}

// unknown lists the GRAZIE_ variables that no field names. Those of the tests
// and of the command line's own flags are other people's.
func unknown(environ map[string]string) []string {
	names := variables()
	var odd []string
	for name := range environ {
		if strings.HasPrefix(name, "GRAZIE_") && !strings.HasPrefix(name, "GRAZIE_TEST_") && !slices.Contains(names, name) {
			odd = append(odd, name)
		}
	}
	slices.Sort(odd)
	return odd
}

// variables are the names that Load reads.
func variables() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		if name := field.Tag.Get("env"); name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// browsable is addr as something a browser on this machine can open.
func browsable(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
