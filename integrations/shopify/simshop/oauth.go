package simshop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	hexadecimal "encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// codeLife is how long a code may be exchanged.
const codeLife = 10 * time.Minute

// Consent is how the merchant answers when an app asks to be installed, and
// what the app's manifest says about it.
type Consent struct {
	Without  []string // scopes that she does not allow
	Redirect string   // the only redirect_uri that the app has configured; empty: any
	Manifest string   // the scopes of a managed installation, between commas; empty: what such an app has by default
}

// Consents sets the answer to all that is asked from now on. Without it she
// allows everything.
func (s *Shop) Consents(c Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.consent = c
}

// issued is what a code stands for, until it is exchanged once.
type issued struct {
	scope string
	ends  time.Time
}

// allowed are the scopes of those between commas that the merchant allows.
func (c Consent) allowed(asked string) string {
	var all []string
	for scope := range strings.SplitSeq(asked, ",") {
		if scope = strings.TrimSpace(scope); scope != "" && !slices.Contains(c.Without, scope) {
			all = append(all, scope)
		}
	}
	return strings.Join(all, ",")
}

// serveAuthorize is GET /admin/oauth/authorize: the merchant, who is logged in,
// allows the app at once, and her browser goes back to it with a code
// (platforms.md, B.1).
func (s *Shop) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	ask := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.refuse(w) {
		return
	}
	back, err := url.Parse(ask.Get("redirect_uri"))
	consent := s.access.consent
	switch {
	case ask.Get("client_id") != s.ClientID:
		http.Error(w, "Oauth error application_cannot_be_found: no app has this client id", http.StatusBadRequest)
	case err != nil || back.Host == "" || consent.Redirect != "" && ask.Get("redirect_uri") != consent.Redirect:
		http.Error(w, "Oauth error invalid_request: The redirect_uri is not whitelisted", http.StatusBadRequest)
	case consent.allowed(ask.Get("scope")) == "":
		http.Error(w, "Oauth error invalid_scope: The access scope is invalid", http.StatusBadRequest)
	default:
		code := hex(s.access.random, 32)
		s.access.codes[code] = issued{consent.allowed(ask.Get("scope")), s.Now.Add(codeLife)}
		answer := s.sign(url.Values{"code": {code}, "host": {s.host()}, "shop": {s.Domain}, "state": {ask.Get("state")}})
		query := back.Query()
		for name, values := range answer {
			query[name] = values
		}
		back.RawQuery = query.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	}
}

// host names the shop's admin, as the platform hands it to its own script.
func (s *Shop) host() string {
	name, _, _ := strings.Cut(s.Domain, ".")
	return base64.RawStdEncoding.EncodeToString([]byte("admin.shopify.com/store/" + name))
}

// sign adds the time and the signature of a query (platforms.md, B.1).
func (s *Shop) sign(q url.Values) url.Values {
	q.Set("timestamp", strconv.FormatInt(s.Now.Unix(), 10))
	var pairs []string
	for name := range q {
		pairs = append(pairs, name+"="+q.Get(name))
	}
	slices.Sort(pairs)
	q.Set("hmac", hexadecimal.EncodeToString(s.mac(strings.Join(pairs, "&"))))
	return q
}

func (s *Shop) mac(text string) []byte {
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// Opening is the query with which the admin opens the app's page: signed, and
// in a frame also with an ID token of one of staff.
func (s *Shop) Opening(embedded bool) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := url.Values{"shop": {s.Domain}, "host": {s.host()}}
	if embedded {
		q.Set("embedded", "1")
		q.Set("locale", "en")
		q.Set("session", hex(s.access.random, 64))
		q.Set("id_token", s.idToken("81234"))
	}
	return s.sign(q)
}
