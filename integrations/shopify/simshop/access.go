package simshop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"time"
)

// Lives of tokens and refresh tokens, and for how long the refresh token
// before the present one may be tried again (platforms.md, B.3).
const (
	accessLife  = 3600 * time.Second
	refreshLife = 7776000 * time.Second
	retryLife   = 30 * 24 * time.Hour
)

// scopes is what the shop granted.
const scopes = "read_all_orders,write_customers,write_discounts,write_draft_orders,read_fulfillments,read_products,write_orders,write_returns"

// access is who may call the API. Its texts come from a source of their own,
// so that a refresh does not change what the shop sends next.
type access struct {
	random  *rand.Rand
	forever string
	tokens  map[string]time.Time // expiring ones, by when they end
	refresh refreshToken         // the present one
	before  refreshToken         // the one that it came of, good until it is used

	scope   string            // what the merchant allowed
	consent Consent           // what she would allow
	codes   map[string]issued // that wait for their exchange
}

type refreshToken struct {
	text      string
	issued    time.Time
	exchanged time.Time
}

// Token is a pair as the shop hands it out.
type Token struct {
	Access           string    `json:"access_token"`
	Scope            string    `json:"scope"`
	ExpiresIn        int       `json:"expires_in"`
	Refresh          string    `json:"refresh_token"`
	RefreshExpiresIn int       `json:"refresh_token_expires_in"`
	ExpiresAt        time.Time `json:"-"`
	RefreshExpiresAt time.Time `json:"-"`
}

func (a *access) open(seed uint64) {
	a.random = rand.New(rand.NewPCG(seed, 0x746f6b656e73))
	a.tokens, a.codes, a.scope = map[string]time.Time{}, map[string]issued{}, scopes
	a.forever = "shpat_" + hex(a.random, 32)
}

func (a *access) revoke() {
	a.forever, a.refresh, a.before = "", refreshToken{}, refreshToken{}
	clear(a.tokens)
	clear(a.codes)
}

// Token is the one that does not expire, as a custom app has it.
func (s *Shop) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access.forever
}

// ExpiringToken installs the app anew as public apps are: the token lives an
// hour of the shop's clock, its refresh token 90 days. Older refresh tokens
// die, the other access tokens live on.
func (s *Shop) ExpiringToken() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.before = refreshToken{}
	s.access.refresh = refreshToken{text: "shprt_" + hex(s.access.random, 32), issued: s.Now}
	return s.access.issue(s.Now)
}

// Revoke makes every token useless, as uninstalling does. ExpiringToken is
// the way back.
func (s *Shop) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access.revoke()
}

// issue makes a fresh access token beside the present refresh token.
func (a *access) issue(now time.Time) Token {
	for text, ends := range a.tokens {
		if !now.Before(ends) {
			delete(a.tokens, text)
		}
	}
	t := Token{Access: "shpat_" + hex(a.random, 32), Scope: a.scope, ExpiresIn: int(accessLife.Seconds()), ExpiresAt: now.Add(accessLife),
		Refresh: a.refresh.text, RefreshExpiresAt: a.refresh.issued.Add(refreshLife)}
	t.RefreshExpiresIn = int(t.RefreshExpiresAt.Sub(now).Seconds())
	a.tokens[t.Access] = t.ExpiresAt
	return t
}

func (a *access) valid(token string, now time.Time) bool {
	ends, expiring := a.tokens[token]
	return token != "" && (token == a.forever || expiring && now.Before(ends))
}

// exchange is a refresh: both tokens change, and the refresh token before may
// be tried again until the new one is used. A repeat answers with that same
// new refresh token.
func (a *access) exchange(text string, now time.Time) (Token, bool) {
	switch {
	case text == "":
		return Token{}, false
	case text == a.refresh.text && now.Before(a.refresh.issued.Add(refreshLife)):
		a.before = a.refresh
		a.before.exchanged = now
		a.refresh = refreshToken{text: "shprt_" + hex(a.random, 32), issued: now}
	case text == a.before.text && now.Before(a.before.issued.Add(refreshLife)) && now.Before(a.before.exchanged.Add(retryLife)):
	default:
		return Token{}, false
	}
	return a.issue(now), true
}

// serveToken is POST /admin/oauth/access_token, for every kind of grant.
func (s *Shop) serveToken(w http.ResponseWriter, r *http.Request) {
	var ask tokenAsk
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil {
			refuseToken(w, http.StatusBadRequest, "invalid_request", fmt.Sprintf("the body is no JSON: %v", err))
			return
		}
	} else {
		form := r.PostFormValue
		ask = tokenAsk{form("client_id"), form("client_secret"), form("grant_type"), form("refresh_token"), form("code"),
			form("subject_token"), form("subject_token_type"), form("requested_token_type"), flexible(form("expiring"))}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if answered := s.faults.refuse(w); answered {
		return
	}
	switch {
	case ask.ClientID != s.ClientID || ask.ClientSecret != s.Secret:
		refuseToken(w, http.StatusBadRequest, "application_cannot_be_found", "No app has this client id and secret")
	case ask.GrantType == "" && ask.Code != "":
		s.exchangeCode(w, ask)
	case ask.GrantType == grantExchange:
		s.exchangeIDToken(w, ask)
	case ask.GrantType != "refresh_token":
		refuseToken(w, http.StatusBadRequest, "unsupported_grant_type", "The simulated shop knows codes, ID tokens and refresh tokens only")
	default:
		token, ok := s.access.exchange(ask.RefreshToken, s.Now)
		if !ok || s.faults.DeadToken {
			refuseToken(w, http.StatusUnauthorized, "invalid_request", "This request requires an active refresh_token")
			return
		}
		writeJSON(w, http.StatusOK, token)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away is no matter of ours
}
