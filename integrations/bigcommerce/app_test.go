package bigcommerce_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/integrations"
	"grazie/integrations/bigcommerce"
)

// login stands in for login.bigcommerce.com: it takes one code once.
type login struct {
	code, context string
	status        int
	answer        map[string]any
	asked         map[string]string
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.asked = map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&l.asked); err != nil || r.URL.Path != "/oauth2/token" || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch {
	case l.status != 0:
		w.WriteHeader(l.status)
	case l.asked["code"] != l.code || l.asked["context"] != l.context || l.asked["client_secret"] != "new":
		w.WriteHeader(http.StatusBadRequest)
	default:
		l.code = ""
		if err := json.NewEncoder(w).Encode(l.answer); err != nil {
			panic(err)
		}
	}
}

func TestFinishInstall(t *testing.T) {
	good := url.Values{"code": {"qr6h3thvbvag2ffq"}, "context": {"stores/g5cd38"}, "scope": {"store_v2_orders store_v2_customers_read_only"}, "account_uuid": {"12345678"}}
	answer := map[string]any{"access_token": "tok", "scope": "store_v2_orders store_v2_customers_read_only", "context": "stores/g5cd38", "user": map[string]any{"id": 24654}}
	for name, c := range map[string]struct {
		change func(q url.Values, l *login)
		forged bool
		kind   integrations.Kind
	}{
		"good":             {change: func(url.Values, *login) {}},
		"made up":          {change: func(q url.Values, _ *login) { q.Set("code", "made up") }, forged: true},
		"no code":          {change: func(q url.Values, _ *login) { q.Del("code") }, forged: true},
		"another's code":   {change: func(q url.Values, _ *login) { q.Set("context", "stores/other") }, forged: true},
		"no store":         {change: func(q url.Values, _ *login) { q.Set("context", "stores/../../v2") }, forged: true},
		"another's token":  {change: func(_ url.Values, l *login) { l.answer["context"] = "stores/other" }, forged: true},
		"no token":         {change: func(_ url.Values, l *login) { delete(l.answer, "access_token") }, forged: true},
		"away":             {change: func(_ url.Values, l *login) { l.status = 503 }, kind: integrations.Temporary},
		"a wrong secret":   {change: func(_ url.Values, l *login) { l.status = 401 }, kind: integrations.Unauthorized},
		"too many at once": {change: func(_ url.Values, l *login) { l.status = 429 }, kind: integrations.Temporary},
	} {
		t.Run(name, func(t *testing.T) {
			l := &login{code: good.Get("code"), context: "stores/g5cd38", answer: map[string]any{}}
			for k, v := range answer {
				l.answer[k] = v
			}
			server := httptest.NewServer(l)
			t.Cleanup(server.Close)
			s := newStand(t, bigcommerce.App{ID: "app", Secrets: []string{"new", "old"}, URL: server.URL})
			q := url.Values{}
			for k, v := range good {
				q[k] = v
			}
			c.change(q, l)
			grant, err := s.FinishInstall(t.Context(), q, "https://grazie.example/auth/bigcommerce/callback")
			switch {
			case c.forged:
				if !errors.Is(err, integrations.ErrForged) {
					t.Errorf("%+v, %v", grant, err)
				}
			case c.kind != "":
				if kindOf(err) != c.kind {
					t.Errorf("%+v, %v", grant, err)
				}
			default:
				if err != nil || grant.Domain != "g5cd38" || grant.Settings[bigcommerce.SettingToken] != "tok" || len(grant.Settings[bigcommerce.SettingHookKey]) < 20 ||
					!slices.Equal(grant.Missing, []string{"store_v2_information_read_only", "store_v2_marketing"}) || l.asked["redirect_uri"] != "https://grazie.example/auth/bigcommerce/callback" ||
					l.asked["client_id"] != "app" || l.asked["grant_type"] != "authorization_code" {
					t.Errorf("%+v, %v, asked %v", grant, err, l.asked)
				}
				if _, err := s.FinishInstall(t.Context(), q, "x"); !errors.Is(err, integrations.ErrForged) {
					t.Errorf("a code twice: %v", err)
				}
			}
		})
	}
	s := newStand(t, bigcommerce.App{})
	if _, err := s.FinishInstall(t.Context(), good, "x"); kindOf(err) != integrations.Unsupported {
		t.Errorf("without an app: %v", err)
	}
	if _, _, err := s.BeginInstall(nil, "state", "callback"); err == nil {
		t.Error("an installation begins with us")
	}
}

func TestVerifyPayload(t *testing.T) {
	s := newStand(t, bigcommerce.App{ID: "app", Secrets: []string{"new", "old"}})
	good := jwt.MapClaims{"aud": "app", "iss": "bc", "iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(24 * time.Hour).Unix(), "jti": "1", "sub": "stores/z4zn3wo",
		"user": map[string]any{"id": 9876543, "email": "user@example.com"}, "owner": map[string]any{"id": 7654321}}
	for name, c := range map[string]struct {
		secret string
		method jwt.SigningMethod
		change func(jwt.MapClaims)
		now    time.Duration
		want   error
	}{
		"good":            {},
		"before rotation": {secret: "old"},
		"another secret":  {secret: "other", want: integrations.ErrForged},
		"an empty secret": {secret: "-", want: integrations.ErrForged},
		"another app":     {change: func(c jwt.MapClaims) { c["aud"] = "other" }, want: integrations.ErrForged},
		"another issuer":  {change: func(c jwt.MapClaims) { c["iss"] = "shopify" }, want: integrations.ErrForged},
		"no store":        {change: func(c jwt.MapClaims) { c["sub"] = "stores/../x" }, want: integrations.ErrForged},
		"no subject":      {change: func(c jwt.MapClaims) { delete(c, "sub") }, want: integrations.ErrForged},
		"no end":          {change: func(c jwt.MapClaims) { delete(c, "exp") }, want: integrations.ErrForged},
		"ended":           {now: 24*time.Hour + time.Minute, want: integrations.ErrExpired},
		"not yet":         {now: -time.Minute, want: integrations.ErrExpired},
		"another method":  {method: jwt.SigningMethodHS512, want: integrations.ErrForged},
		"no method":       {method: jwt.SigningMethodNone, want: integrations.ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			claims := jwt.MapClaims{}
			for k, v := range good {
				claims[k] = v
			}
			if c.change != nil {
				c.change(claims)
			}
			key := any([]byte("new"))
			switch {
			case c.method == jwt.SigningMethodNone:
				key = jwt.UnsafeAllowNoneSignatureType
			case c.secret == "-":
				key = []byte{}
			case c.secret != "":
				key = []byte(c.secret)
			}
			if c.method == nil {
				c.method = jwt.SigningMethodHS256
			}
			token, err := jwt.NewWithClaims(c.method, claims).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			s.now = start.Add(c.now)
			who, err := s.VerifyPayload(token)
			if !errors.Is(err, c.want) || c.want == nil && (who.Domain != "z4zn3wo" || who.Staff != "9876543" || who.Owner || !who.At.Equal(start)) {
				t.Errorf("%+v, %v; want %v", who, err, c.want)
			}
			if c.want != nil && who != (integrations.Identity{}) {
				t.Errorf("refused, and told %+v", who)
			}
		})
	}
	for _, odd := range []string{"", "a", "a.b.c", "....", string(make([]byte, 1<<16))} {
		if _, err := s.VerifyPayload(odd); !errors.Is(err, integrations.ErrForged) {
			t.Errorf("%.10q: %v", odd, err)
		}
	}
	empty, err := jwt.NewWithClaims(jwt.SigningMethodHS256, good).SignedString([]byte{})
	if err != nil {
		t.Fatal(err)
	}
	if who, err := newStand(t, bigcommerce.App{ID: "app", Secrets: []string{""}}).VerifyPayload(empty); !errors.Is(err, integrations.ErrForged) {
		t.Errorf("an app with an empty secret: %+v, %v", who, err)
	}
	if _, err := newStand(t, bigcommerce.App{}).VerifyPayload("a.b.c"); !errors.Is(err, integrations.ErrForged) {
		t.Errorf("without an app: %v", err)
	}
}

func TestFrame(t *testing.T) {
	s := newStand(t, bigcommerce.App{})
	if ancestors, scripts := s.Frame("abc123"); !slices.Equal(ancestors, []string{"https://store-abc123.mybigcommerce.com"}) || scripts != nil {
		t.Errorf("%v, %v", ancestors, scripts)
	}
	if ancestors, _ := s.Frame("evil.com/ "); ancestors != nil {
		t.Errorf("%v", ancestors)
	}
}
