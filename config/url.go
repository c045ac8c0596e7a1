package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// address is a URL that may name several hosts, as those of Redis Sentinel and
// PostgreSQL do; net/url refuses them. All parts are decoded.
type address struct {
	scheme   string
	user     string
	password string
	hosts    []string // each host or host:port as written; may be none
	path     string   // with its slash
	query    url.Values
}

// encoded is what to do when a URL cannot be read, most often because of a
// password with a slash or an at sign in it.
const encoded = "percent-encode special characters in user name and password (@ is %40, / is %2F, : is %3A, # is %23)"

// parseAddress reads scheme://[user[:password]@]host[:port][,host[:port]...][/path][?query].
// Its errors never show the text.
func parseAddress(text string) (address, error) {
	var a address
	var ok bool
	if a.scheme, text, ok = strings.Cut(text, "://"); !ok {
		return a, hidden("has no scheme://")
	}
	rest, query, _ := strings.Cut(text, "?")
	var err error
	if a.query, err = url.ParseQuery(query); err != nil || strings.ContainsAny(text, "# \t\r\n\x00") {
		return a, hidden(encoded)
	}
	authority := rest
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, a.path = rest[:slash], rest[slash:]
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		var badUser, badPassword error
		a.user, badUser = url.PathUnescape(user)
		a.password, badPassword = url.PathUnescape(password)
		if badUser != nil || badPassword != nil || strings.ContainsAny(a.user+a.password, "\r\n\x00") {
			return a, hidden(encoded)
		}
		authority = authority[at+1:]
	}
	if a.path, err = url.PathUnescape(a.path); err != nil || strings.ContainsRune(a.path, 0) {
		return a, hidden(encoded)
	}
	if authority == "" {
		return a, nil
	}
	for host := range strings.SplitSeq(authority, ",") {
		if !validHost(host) {
			return a, hidden("a host is malformed; IPv6 addresses stand in [brackets]; " + encoded)
		}
		a.hosts = append(a.hosts, host)
	}
	return a, nil
}

// validHost tells whether text is a name, an IPv4 address or a bracketed IPv6
// address, with a port or without.
func validHost(text string) bool {
	host, port := splitPort(text)
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && strings.Contains(inner, ":") && net.ParseIP(inner) != nil
	}
	return host != "" && !strings.HasSuffix(text, ":") && !strings.ContainsAny(host, ":[]@%/\\<>\"'`{}|^")
}

// splitPort cuts the port off; an IPv6 host keeps its brackets.
func splitPort(text string) (host, port string) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 || strings.HasSuffix(text, "]") {
		return text, ""
	}
	return text[:colon], text[colon+1:]
}

// hostPort is what a dialer wants: no brackets lost, the default port filled in.
func hostPort(text, port string) string {
	if _, own := splitPort(text); own != "" {
		return text
	}
	return text + ":" + port
}

// harmless is what of a URL can be shown when it could not be read: nothing but
// its scheme, since everything else may be a misplaced password.
func harmless(text string) string {
	scheme, _, ok := strings.Cut(text, ":")
	if !ok || !schemes[scheme] {
		return "***"
	}
	return scheme + ":***"
}

// schemes are those that harmless may show: a text that begins with another
// word may begin with a secret.
var schemes = map[string]bool{
	"postgres": true, "postgresql": true, "sqlite": true, "mysql": true, "mariadb": true, "file": true,
	"redis": true, "rediss": true, "redis-sentinel": true, "rediss-sentinel": true, "redis-cluster": true, "rediss-cluster": true,
	"outbox": true, "smtp": true, "smtps": true, "sendgrid": true, "sendgrid+http": true, "http": true, "https": true,
}

// stray is the name of a query parameter that is not among allowed, or empty.
func (a address) stray(allowed ...string) string {
	for name := range a.query {
		if !slices.Contains(allowed, name) {
			return name
		}
	}
	return ""
}
