package config

import (
	"log/slog"
	"net/url"
	"strings"
)

// Mail is the mailer for shops that have no connection to one of their own.
type Mail struct {
	Kind     string            // the mailer's name: outbox, smtp or sendgrid
	Settings map[string]string // the settings that this mailer declares; for the outbox, its dir
	from     address
}

// UnmarshalText reads
//
//	outbox:[/path]                                     files in a folder, shown in the console
//	smtp://[user:password@]host[:587][?tls=opportunistic|none]   STARTTLS, required unless told otherwise
//	smtps://[user:password@]host[:465]                 TLS from the first byte
//	sendgrid://KEY@api.sendgrid.com                    or api.eu.sendgrid.com
//	sendgrid+http://KEY@127.0.0.1:8025                 a stand-in, without TLS
func (m *Mail) UnmarshalText(text []byte) error {
	value := string(text)
	if dir, ok := strings.CutPrefix(value, "outbox:"); ok {
		*m = Mail{Kind: "outbox", Settings: map[string]string{"dir": strings.TrimPrefix(dir, "//")}}
		return nil
	}
	a, err := parseAddress(value)
	switch {
	case !strings.HasPrefix(a.scheme, "smtp") && !strings.HasPrefix(a.scheme, "sendgrid"), !schemes[a.scheme]:
		return hidden("start with outbox:, smtp://, smtps:// or sendgrid://")
	case err != nil:
		return err
	case len(a.hosts) != 1:
		return hidden("name one host")
	case strings.Trim(a.path, "/") != "":
		return hidden("ends with the host: no path; " + encoded)
	}
	if strings.HasPrefix(a.scheme, "smtp") {
		return m.smtp(a)
	}
	return m.sendgrid(a)
}

func (m *Mail) smtp(a address) error {
	host, port := splitPort(a.hosts[0])
	mode, standard := "starttls", "587"
	if a.scheme == "smtps" {
		mode, standard = "implicit", "465"
	}
	if port == "" {
		port = standard
	}
	if a.stray("tls") != "" {
		return hidden("knows one parameter only: tls")
	}
	if want := a.query.Get("tls"); want != "" {
		if a.scheme == "smtps" || want != "starttls" && want != "opportunistic" && want != "none" {
			return hidden("tls is starttls, opportunistic or none, and stands with smtp:// only")
		}
		mode = want
	}
	if (a.user == "") != (a.password == "") {
		return hidden("give user name and password, or none of them")
	}
	*m = Mail{Kind: "smtp", from: a, Settings: map[string]string{
		"host":     strings.Trim(host, "[]"),
		"port":     port,
		"username": a.user,
		"password": a.password,
		"tls":      mode,
	}}
	return nil
}

func (m *Mail) sendgrid(a address) error {
	if a.user == "" || a.password != "" || len(a.query) > 0 {
		return hidden("write the API key before the host: sendgrid://KEY@api.sendgrid.com")
	}
	scheme := "https"
	if a.scheme == "sendgrid+http" {
		scheme = "http"
	}
	base := url.URL{Scheme: scheme, Host: a.hosts[0]}
	*m = Mail{Kind: "sendgrid", from: a, Settings: map[string]string{"key": a.user, "base_url": base.String()}}
	return nil
}

// String shows which mailer it is, without its credentials.
func (m Mail) String() string {
	if m.Kind == "outbox" {
		return "outbox:" + m.Settings["dir"]
	}
	return m.from.String()
}

// GoString and LogValue hide what String hides.
func (m Mail) GoString() string     { return m.String() }
func (m Mail) LogValue() slog.Value { return slog.StringValue(m.String()) }
