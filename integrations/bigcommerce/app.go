package bigcommerce

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"grazie/crm"
	"grazie/integrations"
)

const loginURL = "https://login.bigcommerce.com"

// App is the app that merchants install on BigCommerce; the zero value is none,
// and shops are connected by staff.
type App struct {
	ID      string   // client id
	Secrets []string // client secrets, the newest first: each may still sign

	// URL stands for https://login.bigcommerce.com, only for trials.
	URL string
}

// scopes are what Grazie needs of a store. A scope without "_read_only" covers
// the one with it.
var scopes = []string{"store_v2_orders_read_only", "store_v2_customers_read_only", "store_v2_information_read_only", "store_v2_marketing"}

// MissingScopes are those that a merchant has not allowed.
func (*Platform) MissingScopes(granted []string) []string {
	has := map[string]bool{}
	for _, s := range granted {
		has[s], has[s+"_read_only"] = true, true
	}
	var missing []string
	for _, s := range scopes {
		if !has[s] {
			missing = append(missing, s)
		}
	}
	return missing
}

// BeginInstall is not how it goes: BigCommerce asks the merchant itself, and
// then opens our callback.
func (*Platform) BeginInstall(url.Values, string, string) (domain, location string, err error) {
	return "", "", &crm.Invalid{Field: "shop", Message: "begin in the store: open Apps in its control panel, and install Grazie there"}
}

// FinishInstall exchanges the code for a token. BigCommerce sends no state of
// ours: the code, good once and for our app alone, is what vouches for the
// request.
func (p *Platform) FinishInstall(ctx context.Context, answer url.Values, callback string) (integrations.Grant, error) {
	none := integrations.Grant{}
	code, context := answer.Get("code"), answer.Get("context")
	store, of := strings.CutPrefix(context, "stores/")
	if code == "" || !of || !StoreHash.MatchString(store) {
		return none, integrations.ErrForged
	}
	if p.app.ID == "" || len(p.app.Secrets) == 0 {
		return none, fail(integrations.Unsupported, "there is no app: set GRAZIE_BIGCOMMERCE_CLIENT_ID and GRAZIE_BIGCOMMERCE_CLIENT_SECRET")
	}
	told, err := p.exchangeCode(ctx, map[string]string{
		"client_id": p.app.ID, "client_secret": p.app.Secrets[0], "code": code, "scope": answer.Get("scope"),
		"context": context, "grant_type": "authorization_code", "redirect_uri": callback,
	})
	switch {
	case err != nil:
		return none, err
	case told.Context != context || told.Token == "": // the answer says whose token it is
		return none, integrations.ErrForged
	}
	granted := strings.Fields(told.Scope)
	return integrations.Grant{
		Domain: store, Scopes: granted, Missing: p.MissingScopes(granted),
		Settings: crm.Values{SettingToken: told.Token, SettingHookKey: NewHookKey()},
	}, nil
}

// NewHookKey draws a key for the webhooks of a connection.
func NewHookKey() string { return rand.Text() }

type tokenBody struct {
	Token   string `json:"access_token"`
	Scope   string `json:"scope"`
	Context string `json:"context"`
}

func (p *Platform) exchangeCode(ctx context.Context, in map[string]string) (told tokenBody, err error) {
	text, err := json.Marshal(in)
	if err != nil {
		return told, err
	}
	base := loginURL
	if p.app.URL != "" {
		base = strings.TrimRight(p.app.URL, "/")
	}
	req, err := http.NewRequest(http.MethodPost, base+"/oauth2/token", strings.NewReader(string(text)))
	if err != nil {
		return told, fail(integrations.Unauthorized, "the address of the login is malformed")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, body, err := p.exchange(ctx, req)
	if err != nil {
		return told, err
	}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return told, fail(integrations.Unauthorized, fmt.Sprintf("%d: BigCommerce refuses the app: compare its client id and secret", code))
	case code == http.StatusTooManyRequests, code >= 500:
		return told, fail(integrations.Temporary, fmt.Sprintf("%d: BigCommerce gives no token at this moment", code))
	case code != http.StatusOK: // the code is another app's, used, too old, or made up
		return told, integrations.ErrForged
	}
	if json.Unmarshal(body, &told) != nil {
		return told, fail(integrations.Temporary, "the answer is not what BigCommerce documents")
	}
	return told, nil
}

// claims are those of a signed payload.
type claims struct {
	jwt.RegisteredClaims
	User  person `json:"user"`
	Owner person `json:"owner"`
}

type person struct {
	ID scalar `json:"id"`
}

// clockSkew is how far BigCommerce's clock may be off from ours.
const clockSkew = 10 * time.Second

// VerifyPayload tells who a signed payload is of: a token under one of the
// app's secrets, for our client id, of BigCommerce, in its time (platforms.md,
// E.2).
func (p *Platform) VerifyPayload(payload string) (integrations.Identity, error) {
	none := integrations.Identity{}
	if p.app.ID == "" {
		return none, integrations.ErrForged
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(p.app.ID), jwt.WithIssuer("bc"),
		jwt.WithExpirationRequired(), jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(p.now))
	for _, secret := range p.app.Secrets {
		var told claims
		_, err := parser.ParseWithClaims(payload, &told, func(*jwt.Token) (any, error) { return []byte(secret), nil })
		store, of := strings.CutPrefix(told.Subject, "stores/")
		switch {
		case errors.Is(err, jwt.ErrTokenSignatureInvalid):
			continue
		case secret == "", errors.Is(err, jwt.ErrTokenInvalidAudience), errors.Is(err, jwt.ErrTokenInvalidIssuer):
			return none, integrations.ErrForged
		case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
			return none, integrations.ErrExpired
		case err != nil, !of, !StoreHash.MatchString(store):
			return none, integrations.ErrForged
		}
		who := integrations.Identity{Domain: store, Staff: string(told.User.ID), Owner: told.User.ID != "" && told.User.ID == told.Owner.ID}
		if told.IssuedAt != nil {
			who.At = told.IssuedAt.UTC()
		}
		return who, nil
	}
	return none, integrations.ErrForged
}

// Frame is the store's control panel, which shows the app's pages in a frame,
// and needs no script of its own there (bigcommerce/docs, store information:
// control_panel_base_url).
func (*Platform) Frame(domain string) (ancestors, scripts []string) {
	if !StoreHash.MatchString(domain) {
		return nil, nil
	}
	return []string{"https://store-" + domain + ".mybigcommerce.com"}, nil
}
