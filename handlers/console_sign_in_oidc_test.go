package handlers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	mathbig "math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/handlers"
)

// idProvider is an OpenID Connect provider at which somebody is signed in. It holds
// to RFC 6749, 7636 and OpenID Connect Core: a code is good once, for whoever has
// the verifier of its challenge.
type idProvider struct {
	t      *testing.T
	url    string
	key    *rsa.PrivateKey
	claims jwt.MapClaims // of who is signed in, beside those that it sets itself
	codes  map[string]url.Values
	spoil  func(claims jwt.MapClaims)
	broken bool
}

const clientSecret = "the client secret of the tests"

func newIDProvider(t *testing.T) *idProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idProvider{t: t, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if p.broken {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		p.tell(w, map[string]any{"issuer": p.url, "authorization_endpoint": p.url + "/authorize", "token_endpoint": p.url + "/token", "jwks_uri": p.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		n, e := base64.RawURLEncoding.EncodeToString(key.N.Bytes()), base64.RawURLEncoding.EncodeToString(mathbig.NewInt(int64(key.E)).Bytes())
		p.tell(w, map[string]any{"keys": []map[string]string{{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": n, "e": e}}})
	})
	mux.HandleFunc("/token", p.token)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *idProvider) tell(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// authorize is what her browser gets there: the way back with a code.
func (p *idProvider) authorize(location string) *url.URL {
	p.t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, p.url+"/authorize?") {
		p.t.Fatalf("she is led to %q", location)
	}
	q := u.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": "grazie", "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			p.t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || len(q.Get("code_challenge")) != 43 || strings.Contains(location, "secret") {
		p.t.Errorf("%s", location)
	}
	code := rand.Text()
	p.codes[code] = q
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !strings.HasSuffix(back.Path, handlers.OIDCBack) {
		p.t.Fatalf("the way back is %q", q.Get("redirect_uri"))
	}
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	return back
}

func (p *idProvider) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
	}
	secret, _ = url.QueryUnescape(secret)
	asked := p.codes[r.Form.Get("code")]
	delete(p.codes, r.Form.Get("code"))
	sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	if asked == nil || id != "grazie" || secret != clientSecret || r.Form.Get("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		p.tell(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := jwt.MapClaims{"iss": p.url, "aud": "grazie", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nonce": asked.Get("nonce")}
	for name, v := range p.claims {
		claims[name] = v
	}
	if p.spoil != nil {
		p.spoil(claims)
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = "1"
	signed, err := t.SignedString(p.key)
	if err != nil {
		p.t.Error(err)
	}
	p.tell(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": signed})
}

func oidcScene(t *testing.T) (*scene, *idProvider) {
	p := newIDProvider(t)
	return newScene(t, func(d *door) {
		d.options.OIDC = handlers.OIDC{Issuer: p.url, ClientID: "grazie", Secret: clientSecret, Name: "Head office", Client: http.DefaultClient}
	}), p
}

// through goes there and comes back with what the provider gave.
func (b *visitor) through(p *idProvider, to string) *url.URL {
	b.t.Helper()
	b.look("/console/sign-in/identity?to=" + url.QueryEscape(to))
	if b.last.status != http.StatusSeeOther {
		b.t.Fatalf("%d %s", b.last.status, b.last.body)
	}
	return p.authorize(b.last.header.Get("Location"))
}

func TestSignInElsewhere(t *testing.T) {
	s, p := oidcScene(t)
	p.claims = jwt.MapClaims{"sub": "7", "email": "VIEWER@staff.example", "email_verified": true}
	b := s.visitor()
	b.look("/console/sign-in?to=/console/" + s.shopID)
	b.expect(http.StatusOK, "Sign in with Head office", "/console/sign-in/identity?to=%2fconsole%2f"+s.shopID)
	back := b.through(p, "/console/"+s.shopID)
	waiting := b.cookies["grazie"]
	if b.inside() {
		t.Error("she is in before she was there")
	}
	b.look(back.RequestURI())
	b.expectTo("/console/" + s.shopID)
	if !b.inside() || b.cookies["grazie"] == waiting {
		t.Error("she is not in, or under the name of before")
	}
	if who, err := s.store.StaffByIdentity(t.Context(), p.url, "7"); err != nil || who.ID != s.staff["viewer"].ID {
		t.Errorf("%+v %v", who, err)
	}
	// From then on the subject says who she is, whatever address it has.
	p.claims = jwt.MapClaims{"sub": "7", "email": "owner@staff.example", "email_verified": true}
	again := s.visitor()
	again.look(again.through(p, "/console").RequestURI())
	again.expectTo("/console")
	if hers, err := s.store.Session(t.Context(), again.cookies["grazie"]); err != nil || hers.StaffID != s.staff["viewer"].ID {
		t.Errorf("%+v %v", hers, err)
	}
	// A link that somebody gives her does not sign her out, or another in.
	again.look("/console/sign-in/identity?to=//evil.example")
	again.expectTo("/console")
	if strings.Contains(s.log.String(), clientSecret) {
		t.Error("the log has the secret")
	}
}

// Whatever does not fit lets nobody in.
func TestSignInElsewhereRefused(t *testing.T) {
	s, p := oidcScene(t)
	good := jwt.MapClaims{"sub": "7", "email": "viewer@staff.example", "email_verified": true}
	try := func(name, said string, claims jwt.MapClaims, spoil func(jwt.MapClaims), change func(b *visitor, back *url.URL)) {
		t.Helper()
		p.claims, p.spoil = claims, spoil
		b := s.visitor()
		back := b.through(p, "/console")
		if change != nil {
			change(b, back)
		}
		b.look(back.RequestURI())
		if b.last.status == http.StatusSeeOther && strings.HasPrefix(b.last.header.Get("Location"), "/console/sign-in") && said == "" {
			// it begins anew
		} else if b.last.status != http.StatusForbidden || said == "" || !strings.Contains(b.last.body, said) {
			t.Errorf("%s: %d %q %s", name, b.last.status, b.last.header.Get("Location"), b.last.body)
		}
		if b.inside() {
			t.Errorf("%s lets in", name)
		}
	}
	set := func(name string, v any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = v } }
	query := func(name, v string) func(*visitor, *url.URL) {
		return func(_ *visitor, back *url.URL) {
			q := back.Query()
			q.Set(name, v)
			back.RawQuery = q.Encode()
		}
	}
	no, stranger := "did not vouch for you", "not on the staff here"
	try("not verified", stranger, jwt.MapClaims{"sub": "8", "email": "viewer@staff.example"}, nil, nil)
	try("verified by a word", stranger, jwt.MapClaims{"sub": "8", "email": "viewer@staff.example", "email_verified": "true"}, nil, nil)
	try("nobody's address", stranger, jwt.MapClaims{"sub": "8", "email": "nobody@staff.example", "email_verified": true}, nil, nil)
	try("no address", stranger, jwt.MapClaims{"sub": "8", "email_verified": true}, nil, nil)
	try("another nonce", no, good, set("nonce", "x"), nil)
	try("for another client", no, good, set("aud", "other"), nil)
	try("of another issuer", no, good, set("iss", "https://evil.example"), nil)
	try("too old", no, good, set("exp", time.Now().Add(-time.Hour).Unix()), nil)
	try("another state", no, good, nil, query("state", "x"))
	try("no state", no, good, nil, query("state", ""))
	try("no code", no, good, nil, query("code", ""))
	try("another code", no, good, nil, query("code", "x"))
	try("another browser", "", good, nil, func(b *visitor, _ *url.URL) { clear(b.cookies) })
	try("too late", "", good, nil, func(*visitor, *url.URL) { s.pass(10 * time.Minute) })

	// What came back is good once.
	p.claims, p.spoil = good, nil
	b := s.visitor()
	back := b.through(p, "/console")
	stolen := s.visitor()
	stolen.cookies["grazie"] = b.cookies["grazie"]
	b.look(back.RequestURI())
	b.expectTo("/console")
	stolen.look(back.RequestURI())
	if stolen.inside() {
		t.Error("the same answer lets a second one in")
	}
	if err := s.store.RemoveStaff(t.Context(), s.staff["viewer"].ID); err != nil {
		t.Fatal(err)
	}
	try("removed since", stranger, good, nil, nil)
}

// A provider that is away is said, and keeps nobody else out.
func TestSignInElsewhereAway(t *testing.T) {
	s, p := oidcScene(t)
	p.broken = true
	b := s.visitor()
	b.look("/console/sign-in/identity")
	b.expect(http.StatusBadGateway, "Head office does not answer", `name="password"`)
	b.signs(s.setPassword("viewer", goodPassword).Email, goodPassword)
	b.expectTo("/console")
	p.broken = false
	other := s.visitor()
	other.through(p, "/console")
	plain := newScene(t).visitor()
	plain.look("/console/sign-in/identity")
	plain.expect(http.StatusNotFound)
}
