package simshop

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// idLife is how long an ID token is good (platforms.md, B.2).
const idLife = time.Minute

// claims are those of an ID token.
type claims struct {
	Issuer    string `json:"iss"`
	Dest      string `json:"dest"`
	Audience  string `json:"aud"`
	Subject   string `json:"sub"`
	Expires   int64  `json:"exp"`
	NotBefore int64  `json:"nbf"`
	Issued    int64  `json:"iat"`
	ID        string `json:"jti"`
	Session   string `json:"sid"`
}

// IDToken is what the admin gives a page in its frame about who of staff looks
// at it: good for a minute of the shop's clock.
func (s *Shop) IDToken(staff string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.idToken(staff)
}

func (s *Shop) idToken(staff string) string {
	now := s.Now.Unix()
	text := segment(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + segment(claims{
		Issuer: "https://" + s.Domain + "/admin", Dest: "https://" + s.Domain, Audience: s.ClientID, Subject: staff,
		Expires: now + int64(idLife.Seconds()), NotBefore: now, Issued: now, ID: hex(s.access.random, 32), Session: hex(s.access.random, 64),
	})
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac(text))
}

func segment(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// ours tells whether an ID token is one that the shop gave, and still good.
func (s *Shop) ours(token string) bool {
	text, signature, found := cutLast(token, ".")
	_, body, _ := strings.Cut(text, ".")
	signed, err := base64.RawURLEncoding.DecodeString(signature)
	if !found || err != nil || !hmac.Equal(signed, s.mac(text)) {
		return false
	}
	plain, err := base64.RawURLEncoding.DecodeString(body)
	var c claims
	return err == nil && json.Unmarshal(plain, &c) == nil && c.Dest == "https://"+s.Domain && c.Audience == s.ClientID && s.Now.Unix() < c.Expires
}

func cutLast(text, by string) (before, after string, found bool) {
	i := strings.LastIndex(text, by)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(by):], true
}

// Kinds of grants and of tokens (platforms.md, B.2).
const (
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	kindID        = "urn:ietf:params:oauth:token-type:id_token"
	kindOffline   = "urn:shopify:params:oauth:token-type:offline-access-token"
)

// tokenAsk is a request for a token, of any kind of grant.
type tokenAsk struct {
	ClientID      string   `json:"client_id"`
	ClientSecret  string   `json:"client_secret"`
	GrantType     string   `json:"grant_type"`
	RefreshToken  string   `json:"refresh_token"`
	Code          string   `json:"code"`
	Subject       string   `json:"subject_token"`
	SubjectKind   string   `json:"subject_token_type"`
	RequestedKind string   `json:"requested_token_type"`
	Expiring      flexible `json:"expiring"`
}

// flexible is a text, whether it came as one or as a number.
type flexible string

func (f *flexible) UnmarshalJSON(b []byte) error {
	*f = flexible(strings.Trim(string(b), `"`))
	return nil
}

// exchangeCode answers for a code: it is good once.
func (s *Shop) exchangeCode(w http.ResponseWriter, ask tokenAsk) {
	code, known := s.access.codes[ask.Code]
	delete(s.access.codes, ask.Code)
	if !known || !s.Now.Before(code.ends) {
		refuseToken(w, http.StatusBadRequest, "invalid_request", "The authorization code was not found or was already used")
		return
	}
	s.install(w, code.scope, ask.Expiring == "1")
}

// exchangeIDToken answers for an ID token.
func (s *Shop) exchangeIDToken(w http.ResponseWriter, ask tokenAsk) {
	switch {
	case ask.SubjectKind != kindID || ask.RequestedKind != kindOffline:
		refuseToken(w, http.StatusBadRequest, "invalid_request", "The simulated shop exchanges ID tokens for offline access tokens only")
	case !s.ours(ask.Subject):
		refuseToken(w, http.StatusBadRequest, "invalid_subject_token", "The subject token is invalid or has expired")
	default:
		asked := s.access.consent.Manifest
		if asked == "" {
			asked = scopes
		}
		s.install(w, s.access.consent.allowed(asked), ask.Expiring == "1")
	}
}

// install hands out tokens of an app that is installed now.
func (s *Shop) install(w http.ResponseWriter, scope string, expiring bool) {
	a := &s.access
	a.scope = scope
	if !expiring {
		if a.forever == "" {
			a.forever = "shpat_" + hex(a.random, 32)
		}
		writeJSON(w, http.StatusOK, map[string]string{"access_token": a.forever, "scope": scope})
		return
	}
	a.before = refreshToken{}
	a.refresh = refreshToken{text: "shprt_" + hex(a.random, 32), issued: s.Now}
	writeJSON(w, http.StatusOK, a.issue(s.Now))
}

func refuseToken(w http.ResponseWriter, status int, kind, description string) {
	writeJSON(w, status, map[string]string{"error": kind, "error_description": description})
}
