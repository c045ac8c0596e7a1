package admin

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"grazie/crm"
	"grazie/integrations"
)

// Keys of the settings of a connection that this package reads. A custom app's
// token never ends; one of a public app lives an hour and comes with a refresh
// token of 90 days (platforms.md, B.3). Times are in RFC 3339.
const (
	SettingToken          = "token"
	SettingTokenExpires   = "token_expires"
	SettingRefreshToken   = "refresh_token"
	SettingRefreshExpires = "refresh_token_expires"
	SettingClientID       = "client_id"
	SettingSecret         = "secret"    // the app's client secret
	SettingURL            = "admin_url" // where a stand-in answers, in place of https://{shop}
)

// ahead is how long before its end a token is renewed.
const ahead = 5 * time.Minute

const reconnect = "connect the shop again"

// domain is Shopify's own rule for the name of a shop.
var domain = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9\-]*\.myshopify\.com$`)

// token is what to call with now. One that is about to end is renewed; if that
// cannot be done just now, it serves until its end.
func (s *session) token(ctx context.Context, base string) (string, error) {
	v := s.conn.Settings
	token := v[SettingToken]
	if token == "" {
		return "", fail(integrations.Unauthorized, "the connection has no access token: "+reconnect+" with one", nil)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fail(integrations.Unauthorized, "the access token holds a space or another character that no token has: "+reconnect, nil)
	}
	ends := moment(v[SettingTokenExpires])
	if ends.IsZero() || s.now().Before(ends.Add(-ahead)) {
		return token, nil
	}
	fresh, err := s.renew(ctx, base, token)
	if err != nil && integrations.KindOf(err) != integrations.Unauthorized && s.now().Before(ends) {
		return token, nil
	}
	return fresh, err
}

// renew replaces a token that ended or was refused, once for all workers: who
// finds another one stored takes that.
func (s *session) renew(ctx context.Context, base, old string) (string, error) {
	if s.conn.Renew == nil || s.conn.Settings[SettingRefreshToken] == "" {
		return "", fail(integrations.Unauthorized, "the access token has ended: "+reconnect, nil)
	}
	v, err := s.conn.Renew(ctx, func(ctx context.Context, current crm.Values) (crm.Values, error) {
		ends := moment(current[SettingTokenExpires])
		if current[SettingToken] != old && (ends.IsZero() || s.now().Before(ends)) {
			return current, nil
		}
		return s.refresh(ctx, base, current)
	})
	if err != nil {
		return "", err
	}
	if v[SettingToken] == old { // other settings were changed meanwhile, and nothing was exchanged
		return "", fail(integrations.Temporary, "the connection is being changed", nil)
	}
	s.conn.Settings = v
	return v[SettingToken], nil
}

// refresh exchanges the refresh token. Its answer may be lost: Shopify takes
// the same one again until the new one was used.
func (s *session) refresh(ctx context.Context, base string, current crm.Values) (crm.Values, error) {
	if ends := moment(current[SettingRefreshExpires]); !ends.IsZero() && !s.now().Before(ends) {
		return nil, fail(integrations.Unauthorized, "the shop was not spoken with for 90 days, and the refresh token has ended: "+reconnect, nil)
	}
	secret := current[SettingSecret]
	if secret == "" && s.AppSecret != nil {
		secret = s.AppSecret(current[SettingClientID])
	}
	if current[SettingClientID] == "" || secret == "" {
		return nil, fail(integrations.Unauthorized, "the access token cannot be renewed without the app's client id and secret: "+reconnect+" with them", nil)
	}
	resp, raw, err := s.ask(ctx, base, map[string]string{
		"client_id": current[SettingClientID], "client_secret": secret,
		"grant_type": "refresh_token", "refresh_token": current[SettingRefreshToken],
	})
	if err != nil && integrations.KindOf(err) == integrations.Unauthorized {
		return nil, err
	}
	if err != nil {
		return nil, fail(integrations.Temporary, "the access token could not be renewed", errors.Unwrap(err))
	}
	return s.granted(resp, raw, current)
}

// granted reads the answer to renewing tokens.
func (s *session) granted(resp *http.Response, raw []byte, current crm.Values) (crm.Values, error) {
	told, err := readTokens(raw)
	detail := told.detail(resp)
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		e := fail(integrations.RateLimited, "the access token could not be renewed ("+detail+")", nil)
		e.RetryAt = s.now().Add(retryAfter(resp.Header, s.now()))
		return nil, e
	case code >= 500:
		return nil, fail(integrations.Temporary, "the access token could not be renewed ("+detail+")", nil)
	case code != http.StatusOK:
		return nil, fail(integrations.Unauthorized, "Shopify does not renew the access token ("+detail+"): "+reconnect, nil)
	case err != nil || told.AccessToken == "":
		return nil, fail(integrations.Temporary, "the answer to renewing the access token cannot be read", nil)
	}
	v := maps.Clone(current)
	told.into(v, s.now())
	return v, nil
}

// moment reads a stored time; none is no end.
func moment(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}
